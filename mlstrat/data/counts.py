"""Counts: a run whose rows stand for ``n`` examples each, as `mlstrat count` writes it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from mlstrat.data.columns import COUNT, Columns
from mlstrat.data.counting import Number, measure
from mlstrat.data.table import Table
from mlstrat.errors import InputError, UsageError

MOST_EXAMPLES = 2**53
"""Examples that counts may add up to: so many whole numbers a float of 64 bits tells apart."""

OTHERWISE = "a table without ids whose last column is n holds counts; call it something else if not"


def with_counts(table: Table, columns: Columns, by: Collection[str] = ()) -> Table:
    """Return a table whose rows count as the examples they stand for; itself if it is no counts.

    Raises
    ------
    InputError
        For a count that is blank, negative or not whole, and for too many examples.
    UsageError
        For the counts as a column to slice by.
    """
    column = columns.get(COUNT)
    if column is None:
        return table
    if column in by:
        raise UsageError(
            f"{column!r} says how many examples a row stands for: it is no column to slice by",
            hint=OTHERWISE,
        )
    if table.is_boolean(column):
        raise InputError(
            "the counts are truth values", file=table.name, column=column, hint=OTHERWISE
        )
    table.check_rows()
    measure(table, [Number("count", column, low=0.0, hint=OTHERWISE, whole=True)])
    total = table.collect(lambda frame: frame.select(table.number(column).sum().alias("n")))
    if (examples := total.value("n") or 0) > MOST_EXAMPLES:
        raise InputError(
            f"the counts add up to {examples:.3g} examples",
            file=table.name,
            column=column,
            accepted=f"at most {MOST_EXAMPLES:,}",
        )
    return replace(table, counts=column)


def refuse_counts(columns: Columns, file: str, wanted: str, hint: str) -> None:
    """Refuse counts where rows are wanted.

    Parameters
    ----------
    columns, file
        Of a run.
    wanted
        What rows are wanted for, as in ``to pair by id``.
    hint
        What can be done instead.

    Raises
    ------
    InputError
        Where the run is counts.
    """
    if (column := columns.get(COUNT)) is not None:
        raise InputError(
            f"these are counts, which have no rows {wanted}",
            file=file,
            column=column,
            accepted="a run with one row an example",
            hint=hint,
        )
