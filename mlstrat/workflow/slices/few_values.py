"""Which columns of a run two models can be compared by, value by value, unasked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlstrat.data.columns import resolve_columns
from mlstrat.data.opening import open_table
from mlstrat.errors import InputError
from mlstrat.workflow.slices.columns import MOST_COLUMNS, default_columns

MOST_VALUES = 50
"""Values of a column that are compared one by one; more are an id or a number (ours)."""

MOST_CELLS = 20_000
"""Combinations of values of all columns, as far as rows can fill them: beyond, the joint table of
two runs would grow towards one entry a row (ours)."""

MOST_ROWS = 1_000_000
"""Rows beyond which the values are not looked at: that would be one more reading (ours)."""


@dataclass(frozen=True)
class FewValues:
    """Columns to compare by, and those left out with their numbers of values, if known."""

    columns: tuple[str, ...] = ()
    left_out: tuple[tuple[str, int | None], ...] = ()


def few_valued(source: Any, roles: dict[str, str], rows: int) -> FewValues:
    """Return the columns without a role that have few values, in the order of the header.

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
    >>> few_valued(frame, {}, 60)
    FewValues(columns=('place',), left_out=(('day', 60),))
    """
    table = open_table(source, surveyed=rows <= MOST_ROWS)
    found = resolve_columns(table.header, roles, file=table.name)
    asked: dict[str, Any] = {}
    for name in default_columns(found)[1:]:
        try:
            asked[name] = table.category(name)
        except InputError:  # lists and structs have no values to compare by
            continue
    if not asked:
        return FewValues()
    if rows > MOST_ROWS or len(asked) > MOST_COLUMNS:
        return FewValues((), tuple((name, None) for name in asked))
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
        if values > MOST_VALUES or min(rows, cells * values) > MOST_CELLS:
            left.append((name, values))
        elif values > 1:
            kept.append(name)
            cells *= values
    return FewValues(tuple(kept), tuple(left))
