"""The lazy passes: rows in, sums by distinct raw values out.

Written once for both modules whose expressions a `Table` may speak. Sums of floats depend on the
order in which threads meet; so weights and losses are summed as whole multiples of a power of
two, which is exact, and the same in every run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.record import Record
from mlstrat.data.columns import COUNT, Columns
from mlstrat.data.grouping import Counted, unordered
from mlstrat.data.progress import begin_rows, counted
from mlstrat.data.table import Table
from mlstrat.data.values import PercentError
from mlstrat.errors import InputError, UsageError

SUM_BITS = 61
"""Bits that a sum of whole numbers may fill in 64 with a sign, and one to spare."""


class Range(Record):
    """Smallest and largest value of a column of numbers."""

    low: float
    high: float


class Number(Record):
    """A column to be read as finite numbers, and the bounds that they must keep."""

    role: str
    column: str
    low: float = -math.inf
    high: float = math.inf
    hint: str | None = None
    whole: bool = False

    @property
    def accepted(self) -> str:
        """What is accepted, in words."""
        if math.isfinite(self.high):
            return f"a probability from {self.low:g} to {self.high:g}"
        number = "a whole number" if self.whole else "a finite number"
        return number + (f" of at least {self.low:g}" if self.low == 0 else "")

    def bad(self, table: Table) -> Any:
        """Return the expression that is true where a value is not accepted."""
        x = table.number(self.column)
        bad = x.is_null() | ~x.is_finite()
        if math.isfinite(self.low):
            bad = bad | (x < self.low)
        if self.whole:
            bad = bad | (x != x.round())
        return bad | (x > self.high) if math.isfinite(self.high) else bad

    def accepts(self, value: Any) -> bool:
        """Whether a single value is accepted."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            return False
        fits = math.isfinite(number) and self.low <= number <= self.high
        return fits and (number.is_integer() or not self.whole)


def measure(table: Table, numbers: list[Number]) -> tuple[int, dict[str, Range]]:
    """Return the number of examples, and the range of each column of numbers; as `measure_too`."""
    rows, ranges, _ = measure_too(table, numbers, {})
    return rows, ranges


def measure_too(
    table: Table, numbers: list[Number], more: Mapping[str, Any]
) -> tuple[int, dict[str, Range], dict[str, Any]]:
    """Return the number of examples, the range of each number, and what is asked more."""
    ns = table.ns

    def ask(frame: Any) -> Any:
        asked = [table.size.alias("n"), *(x.alias(name) for name, x in more.items())]
        for i, number in enumerate(numbers):
            x = table.number(number.column)
            asked += [
                number.bad(table).cast(ns.Int64).sum().alias(f"bad{i}"),
                x.min().alias(f"low{i}"),
                x.max().alias(f"high{i}"),
            ]
        needed = [*(number.column for number in numbers), *([table.counts] if table.counts else [])]
        columns = dict.fromkeys(table.names[table.header.index(name)] for name in needed)
        return watched(frame.select(*columns), table).select(*asked)

    try:
        found = table.collect(ask)
    except InputError:
        if not table.polars:  # other engines stop at text where Polars reads a null
            _refuse_text(table, numbers)
        raise
    for i, number in enumerate(numbers):
        if found.value(f"bad{i}"):
            table.check_rows()  # a row of another length has its numbers elsewhere
            name, row, value = table.first_row(number.bad(table), table.column(number.column))
            raise _bad_number(number, name, row, value)
    ranges = {
        number.column: Range(float(found.value(f"low{i}")), float(found.value(f"high{i}")))
        for i, number in enumerate(numbers)
        if found.value("n")
    }
    return int(found.value("n")), ranges, {name: found.value(name) for name in more}


Aside = tuple[Any, Callable[[Any], None]]
"""An expression of Polars, and what takes its values a batch at a time, in no order.

In a pass that is made anyway, a column costs a third of a pass of its own."""


def _set_aside(frame: Any, take: Callable[[Any], None]) -> Any:
    """Return a lazy frame whose column ``aside`` is taken as its rows pass."""

    def passing(batch: Any) -> Any:
        take(batch["aside"])
        return batch

    return frame.map_batches(
        passing, streamable=True, validate_output_schema=False,
        projection_pushdown=False, predicate_pushdown=False,
    )  # fmt: skip


def tally(
    table: Table,
    keys: Mapping[str, Any],
    values: Mapping[str, Any],
    most: int | None = None,
    aside: Aside | None = None,
) -> Counted:
    """Return examples (``n``) and sums of the values by distinct keys, in one pass and no order.

    Of distinct keys at most `most` come back, any of them.
    """
    ns, n = table.ns, table.multiple
    size = [ns.len().alias("n")]
    if n is not None:
        values, size = {**{name: e * n for name, e in values.items()}, "n": n}, []

    def ask(frame: Any) -> Any:
        asked = {**keys, **values} if aside is None else {**keys, **values, "aside": aside[0]}
        chosen = watched(frame.select(*(e.alias(x) for x, e in asked.items())), table)
        chosen = chosen if aside is None else _set_aside(chosen, aside[1])
        found = unordered(chosen, keys, *size, *(ns.col(name).sum() for name in values))
        return found if most is None else found.head(most)

    return table.collect(ask)


def scale_for(bound: float, rows: int) -> float:
    """Return the power of two by which values up to `bound` are multiplied before summing."""
    exponent = SUM_BITS - math.ceil(math.log2(max(bound, 1e-300) * max(rows, 1)))
    return math.ldexp(1.0, max(-1000, min(1000, exponent)))


def scaled(table: Table, x: Any, scale: float) -> Any:
    """Return the expression of a value as a whole multiple of 1 / `scale`.

    What `round` does with a half differs between engines; floor, and products by a power of two,
    do not.
    """
    return floored(x * scale + 0.5).cast(table.ns.Int64)


def floored(x: Any) -> Any:
    """Return the expression of the whole part of a number of at least 0."""
    return x.floor() if hasattr(x, "floor") else x - x % 1.0  # narwhals 2.0 has none


def squares_of(
    weight: NDArray[np.float64], squares: NDArray[np.float64], n: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return Σw² of cells; where rounding left none of it, that of n equal weights.

    A weight a thousand million times lighter than the heaviest has a square that is less than one
    part of the scale, and a variance of nothing at all would come of it.
    """
    return np.where((squares > 0) | (weight == 0), squares, weight**2 / n)


def _refuse_text(table: Table, numbers: list[Number]) -> None:
    for number in numbers:
        x = table.column(number.column).alias("x")
        found = table.collect(lambda frame, x=x: frame.select(x))  # type: ignore[misc]
        for index, value in enumerate(found.frame["x"].to_list()):
            if not number.accepts(value):
                raise _bad_number(number, table.name, index + 1, value)


def _bad_number(number: Number, file: str, row: int | None, value: Any) -> InputError:
    text = "" if value is None else str(value).strip()
    blank = f"a {number.role} that is blank" + (f" ({text!r})" if text else "")
    return (PercentError if text.endswith("%") else InputError)(
        blank if text.lower() in ("", "nan") else f"{str(value)[:60]!r} is not a {number.role}",
        file=file,
        row=row,
        column=number.column,
        accepted=number.accepted,
        hint=number.hint,
    )


def watched(frame: Any, table: Table) -> Any:
    """Return a lazy frame of some columns of a table; its rows count as they pass, in a new pass.

    Only behind a selection: the engine reads all columns of what is counted.
    """
    begin_rows(lambda: rows_within(table))
    return counted(frame)


def rows_within(table: Table) -> int:
    """Return the rows of a table: of Parquet as its footers tell, of text by its separators."""
    import polars as pl

    if not table.polars:
        return 0
    if table.delimited and len(table.header) > 1:
        lines = table.separators // (len(table.header) - 1)
        return lines - (len(table.files.parts) if table.files else 0)
    if table.files is not None and table.files.format == "parquet":
        rows = pl.concat([frame.select(pl.len()) for frame in table.frames])
        return int(rows.collect(engine="streaming")["len"].sum())
    return 0


MOST_EXAMPLES = 2**53
"""Examples that counts may add up to: so many whole numbers a float of 64 bits tells apart."""


OTHERWISE = (
    "a table without ids whose last column is n holds counts; if it does not, say so: --map n="
)


def with_counts(table: Table, columns: Columns, by: Collection[str] = ()) -> Table:
    """Return a table whose rows count as the examples they stand for; itself if it is no counts."""
    column = columns.get(COUNT)
    if column is None:
        return table
    if column in by:
        raise UsageError(
            f"{column!r} says how many examples a row stands for: it is not a column to slice by",
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
    """Refuse counts where rows are `wanted`, as in ``to pair by id``."""
    if (column := columns.get(COUNT)) is not None:
        raise InputError(
            f"these are counts, which have no rows {wanted}",
            file=file,
            column=column,
            accepted="a run with one row an example",
            hint=hint,
        )
