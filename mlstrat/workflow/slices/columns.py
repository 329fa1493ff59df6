"""Columns to slice by: which are of use, which of their values, and which two models share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from mlstrat.data.columns import Columns, find_column
from mlstrat.data.opening import open_table
from mlstrat.data.roles import columns_of
from mlstrat.data.values import display_order
from mlstrat.errors import InputError

MOST_VALUES = 50
"""Values of a column that are kept apart; rarer ones are joined (ours: tables of pairs stay small,
and nobody reads the fifty-first)."""


OTHER = "other"
"""What joined values are called."""


def kept_values(rows: Mapping[str, int], smallest: int) -> tuple[str, ...]:
    """Return the values that are frequent enough to be kept apart, in display order.

    Examples
    --------
    >>> kept_values({"a": 90, "b": 50, "c": 3, "d": 2}, smallest=20)
    ('a', 'b')
    """
    frequent = [x for x in rows if rows[x] >= smallest]
    frequent.sort(key=lambda x: (-rows[x], x))
    return display_order(frequent[:MOST_VALUES])


def other_name(values: Mapping[str, int]) -> str:
    """Return what joined values are called, where no value is called so already."""
    name = OTHER
    while name in values:
        name = f"({name})"
    return name


def rounded_edges(edges: Sequence[float]) -> tuple[float, ...]:
    """Return edges with as few digits as keep them apart, each once.

    Examples
    --------
    >>> rounded_edges([1.23456, 1.23456, 7.0])
    (1.235, 7.0)
    """
    distinct = sorted(set(edges))
    for digits in (4, 6, 9, 17):
        rounded = [float(f"{x:.{digits}g}") for x in distinct]
        if len(set(rounded)) == len(distinct):
            return tuple(rounded)
    return tuple(distinct)


def range_names(edges: Sequence[float]) -> tuple[str, ...]:
    """Return the names of the ranges that edges make; each begins at its edge.

    Examples
    --------
    >>> range_names((10.0, 20.5))
    ('< 10', '10 to < 20.5', '>= 20.5')
    """
    if not edges:
        return ("all",)
    text = [np.format_float_positional(x, trim="-") for x in edges]
    between = [f"{low} to < {high}" for low, high in pairwise(text)]
    return (f"< {text[0]}", *between, f">= {text[-1]}")


MOST_COLUMNS = 1_000
"""Columns that are sliced by unasked: a table of features has more, and half a million pairs are
enough to search through (ours)."""


OWN = frozenset({
    "confidence", "conf", "certainty", "uncertainty", "entropy", "logit", "logits",
})  # fmt: skip
"""Names, in lower case, of what a model says of its own prediction."""


def own_of_model(name: str) -> bool:
    """Tell by its name whether a column is a model's: another prediction, or how sure it is.

    Examples
    --------
    >>> [own_of_model(x) for x in ("pred_old", "Confidence", "site")]
    [True, True, False]
    """
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
    """Return the columns that ``--by`` names, as the header writes them.

    Raises
    ------
    InputError
        For a column that is not there, with the nearest name.
    """
    found = [find_column(columns.header, name, file=file, option="--by") for name in by]
    return list(dict.fromkeys(found))


def unasked_columns(columns: Columns, file: str) -> list[str]:
    """Return the columns to slice by where nobody names them.

    Raises
    ------
    InputError
        For more than a search through them and their pairs can take.
    """
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

    Parameters
    ----------
    source
        A path or a frame.
    roles
        Role to column, as ``--map`` says it.
    rows
        How many rows it has.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"label": [0, 1] * 30, "prediction": [0] * 60, "day": range(60),
    ...                       "place": ["north", "south"] * 30, "pred_old": [1] * 60})
    >>> comparable_columns(frame, {}, 60)
    ComparableColumns(columns=('place',), left_out=(('day', 60),))
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
