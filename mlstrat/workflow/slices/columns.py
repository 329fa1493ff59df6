"""Columns to slice by: which are of use, which are circular, and which two models share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlstrat.data.columns import Columns, find_column
from mlstrat.data.grouping import Together, unordered
from mlstrat.data.opening import open_table
from mlstrat.data.roles import columns_of
from mlstrat.data.table import Table
from mlstrat.errors import InputError
from mlstrat.workflow.slices.search import Reason

if TYPE_CHECKING:
    from mlstrat.workflow.slices.cutter import Cut
    from mlstrat.workflow.slices.passes import Outcomes

MOST_COLUMNS = 1_000
"""Columns that are sliced by unasked: a table of features has more, and half a million pairs are
enough to search through (ours)."""

OWN = frozenset({
    "confidence", "conf", "certainty", "uncertainty", "entropy", "logit", "logits",
})  # fmt: skip
"""Names, in lower case, of what a model says of its own prediction."""


def own_of_model(name: str) -> bool:
    """Tell by its name whether a column is a model's: another prediction, or how sure it is."""
    return name.lower().startswith("pred_") or name.lower() in OWN


def free_columns(columns: Columns) -> list[str]:
    """Return the columns without a role."""
    taken = set(columns.roles.values())
    return [x for x in columns.header if x not in taken]


def default_columns(columns: Columns) -> list[str]:
    """Return the label and every column without a role, but not a model's own.

    By name: the order of columns in a file says nothing.
    """
    free = sorted(x for x in free_columns(columns) if not own_of_model(x))
    label = columns.get("label")
    return free if label is None else [label, *free]


def asked_columns(columns: Columns, by: Sequence[str], file: str) -> list[str]:
    """Return the columns that ``--by`` names, as the header writes them."""
    found = [find_column(columns.header, name, file=file, option="--by") for name in by]
    return list(dict.fromkeys(found))


def unasked_columns(columns: Columns, file: str) -> list[str]:
    """Return the columns to slice by where nobody names them: no more than a search can take."""
    names = default_columns(columns)
    if len(names) > MOST_COLUMNS:
        raise InputError(
            f"{len(names):,} columns to slice by",
            file=file,
            accepted=f"at most {MOST_COLUMNS:,} that nobody named",
            hint="name those that matter: --by COLUMN",
        )
    return names


MOST_COMPARED = 50
"""Values of a column that are compared one by one; more are an id or a number (ours)."""

MOST_CELLS = 20_000
"""Combinations of values of all columns, as far as rows can fill them: beyond, the joint table of
two runs would grow towards one entry a row (ours)."""

MOST_ROWS = 1_000_000
"""Rows beyond which the values are not looked at: that would be one more reading (ours)."""


@dataclass(frozen=True)
class ComparableColumns:
    """Columns to compare by, and those left out with their numbers of values, if known."""

    columns: tuple[str, ...] = ()
    left_out: tuple[tuple[str, int | None], ...] = ()


def comparable_columns(source: Any, roles: dict[str, str], rows: int) -> ComparableColumns:
    """Return the columns without a role that have few values, by name.

    `roles` go from role to column, as ``--map`` says it; the run has so many `rows`.
    """
    table = open_table(source, surveyed=rows <= MOST_ROWS)
    found = columns_of(table, roles)
    asked: dict[str, Any] = {}
    for name in default_columns(found):
        if name == found.get("label"):
            continue
        try:
            asked[name] = table.category(name)
        except InputError:  # lists and structs have no values to compare by
            continue
    if not asked:
        return ComparableColumns()
    if rows > MOST_ROWS or len(asked) > MOST_COLUMNS:
        return ComparableColumns((), tuple((name, None) for name in asked))
    counted = table.collect(
        lambda frame: frame.select(
            *(x.n_unique().alias(f"n{i}") for i, x in enumerate(asked.values()))
        )
    )
    kept: list[str] = []
    left: list[tuple[str, int | None]] = []
    cells = 1
    for i, name in enumerate(asked):
        values = int(counted.value(f"n{i}"))
        if values > MOST_COMPARED or min(rows, cells * values) > MOST_CELLS:
            left.append((name, values))
        elif values > 1:
            kept.append(name)
            cells *= values
    return ComparableColumns(tuple(kept), tuple(left))


LOOKED = 20_000
"""Rows that rule out most columns, before all rows are asked of the others."""

TELLING = frozenset({
    "0", "1", "true", "false", "yes", "no", "right", "wrong", "correct", "incorrect", "ok", "error",
    "hit", "miss",
})  # fmt: skip
"""What columns hold that say of each row whether it is wrong."""


def following(
    table: Table,
    frame: Any,
    cuts: Sequence[Cut],
    values: Mapping[str, Any],
    outcomes: Outcomes,
) -> dict[str, Reason]:
    """Return the columns that follow from the prediction or tell the error, and which of it.

    A column determines the prediction where each of its values goes with one prediction alone, or
    where numbers of different predictions do not overlap. It tells the error where it holds truth
    values, each of right rows alone or of wrong ones alone. That is looked at on the first rows,
    and then on all rows for what is left. `frame` has the rows that count; `values` are the columns
    that were cut in ranges, as numbers.
    """
    found: dict[str, Reason] = {}
    left = list(cuts)
    first = table.collect(lambda _frame: frame.head(LOOKED)).frame.lazy()
    for rows, least in ((first, 1), (frame, 2)):
        found = _found(table, rows, left, values, outcomes, least)
        left = [x for x in left if x[0].name in found]
        if not left:
            break
    return found


def _found(
    table: Table,
    rows: Any,
    cuts: Sequence[Cut],
    values: Mapping[str, Any],
    outcomes: Outcomes,
    least: int,
) -> dict[str, Reason]:
    """Return what those rows say of the columns, where they hold so many predictions at least."""
    import polars as pl

    said, wrong = outcomes.predicted.alias("said"), outcomes.wrong.alias("wrong")
    ends = [pl.col("said", "wrong").min().name.prefix("low "),
            pl.col("said", "wrong").max().name.prefix("high ")]  # fmt: skip
    asked = []
    for column, code in cuts:
        asked.append(unordered(rows.select(code.alias("by"), said, wrong), ["by"], *ends))
        if column.name in values:
            x = values[column.name].alias("x")
            low, high = pl.col("x").min().alias("low"), pl.col("x").max().alias("high")
            numbers = rows.select(x, said).drop_nulls("x")
            asked.append(unordered(numbers, ["said"], low, high))
    tables = iter(table.collect(lambda _frame: Together(asked)).frame)
    out: dict[str, Reason] = {}
    for column, _ in cuts:
        by_value = next(tables)
        apart = column.name in values and _apart(next(tables), least)
        if apart or _one_each(by_value, "said", least):
            out[column.name] = "prediction"
        elif {x.lower() for x in column.values} <= TELLING and _one_each(by_value, "wrong", least):
            out[column.name] = "error"
    return out


def _one_each(by_value: Any, what: str, least: int) -> bool:
    """Tell whether each value of a column has one prediction (or outcome), of so many in all."""
    low, high = by_value[f"low {what}"], by_value[f"high {what}"]
    return bool((low == high).all()) and low.n_unique() >= least


def _apart(by_prediction: Any, least: int) -> bool:
    """Tell whether the numbers of each prediction lie apart from those of every other."""
    if len(by_prediction) < least:
        return False
    ranked = by_prediction.sort("low")
    return bool((ranked["high"].head(-1) < ranked["low"].tail(-1)).all())
