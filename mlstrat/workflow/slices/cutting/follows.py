"""Columns that follow from the prediction, or tell the error: to slice by them is circular."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.data.grouping import Together, unordered
from mlstrat.data.table import Table
from mlstrat.workflow.slices.counts import LeftOut, Reason
from mlstrat.workflow.slices.cutting.cutter import Cut
from mlstrat.workflow.slices.outcomes import Outcomes

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
    and then on all rows for what is left.

    Parameters
    ----------
    table, frame
        A table, and the rows of it that count.
    cuts
        Columns cut into values.
    values
        Those of them that were cut in ranges, as numbers.
    outcomes
        What became of a row.
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


def without(cuts: Sequence[Cut], found: Mapping[str, Reason]) -> tuple[list[Cut], list[LeftOut]]:
    """Return the columns that stay, and those that are left out."""
    left = [LeftOut(x.name, found[x.name], len(x.values)) for x, _ in cuts if x.name in found]
    return [x for x in cuts if x[0].name not in found], left
