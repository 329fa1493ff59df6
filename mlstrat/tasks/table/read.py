"""Reads a ratio table: its numbers are checked, its examples summed by split, group and slice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from mlstrat.core.counts import Ints
from mlstrat.core.findings import Finding
from mlstrat.core.ratio import Ratios
from mlstrat.core.ratio_pairs import Category, RatioTable
from mlstrat.core.record import Record
from mlstrat.data.asked.read_as import no_rows
from mlstrat.data.columns import find_column
from mlstrat.data.counting import Range, floored, measure, tally
from mlstrat.data.grouping import Counted
from mlstrat.data.opening import open_table
from mlstrat.data.roles import no_splits
from mlstrat.data.table import Table
from mlstrat.data.values import check_split_as
from mlstrat.errors import InputError
from mlstrat.tasks.contract import How
from mlstrat.tasks.findings import CATEGORY, NO_SPLIT_COLUMN
from mlstrat.tasks.keys import (
    RowKeys,
    bucket_notes,
    buckets_for,
    collapse,
    group_codes,
    split_codes,
    text_codes,
)
from mlstrat.tasks.measured import Measured
from mlstrat.tasks.table.columns import (
    COUNT,
    FIXED_HINT,
    PARTS,
    Added,
    Amount,
    Asked,
    Example,
    RatioColumns,
    example_of,
    find_ratio_columns,
    fixed_example,
    most_of,
)

NO_UNITS = "nothing that could be wrong: every den is 0"


class Opened(Record):
    """A ratio table whose numbers are checked.

    ``keys`` is what it is counted by, as the readers of runs take it; ``ranges`` the least and the
    greatest of each column of numbers.
    """

    table: Table
    columns: RatioColumns
    keys: RowKeys
    rows: int
    ranges: Mapping[str, Range]
    signed: bool = False
    """Whether fixing a kind may add to single examples, as where amounts become average."""

    @property
    def example(self) -> Example:
        """Num and den of an example."""
        return example_of(self.table, self.columns, self.ranges)


def open_ratios(source: Any, how: How) -> Opened:
    """Return a ratio table, its columns found and its numbers checked."""
    targets = check_split_as(how.split_as)
    table = open_table(source)
    leave = no_splits(table, how.columns)
    columns = find_ratio_columns(table.header, how.columns, file=table.name, leave=leave)
    by = dict.fromkeys(
        find_column(table.header, name, file=table.name, option="--by") for name in how.by
    )
    keys = RowKeys(table, columns.shared, targets, tuple(by))
    rows, ranges = measure(table, columns.numbers)
    if not rows:
        raise no_rows(table)
    keys = replace(keys, buckets=buckets_for(table, columns.shared))
    return Opened(table, columns, keys, rows, ranges)


def measure_ratios(source: Any, how: How) -> Measured:
    """Read a ratio table in two passes: one checks its numbers, one sums its examples."""
    table = open_table(source)
    by_kind = CATEGORY in how.by and CATEGORY not in table.header and COUNT in "".join(table.header)
    by = tuple(x for x in how.by if not by_kind or x != CATEGORY)
    opened = replace(
        open_ratios(table, replace(how, by=by)), signed=bool(how.options.get("signed"))
    )
    table, keys = opened.table, opened.keys
    asked = Asked(table, opened.rows)
    example = opened.example
    asked.add_sums("all", example)
    ask_kind(asked, example)
    for name, one in opened.columns.categories.items():
        fixed = fixed_example(table, opened.columns, name, example, opened.ranges)
        most = most_of(table, one.count, "count", opened.ranges[one.count].high)
        count = Amount(table.number(one.count), most)
        asked.add(f"count {name}", count)
        asked.add_flag(f"has {name}", count.x > 0)
        asked.add_sums(f"fixed {name}", fixed)
        asked.add_cross(f"cross {name}", example, fixed)
        for part in PARTS:
            if getattr(one, part) is not None:
                asked.add_flag(f"bad {name} {part}", _bad_change(opened, name, part))
    found = tally(table, key_expressions(keys), asked.expressions)
    table.check_counted(found)
    _check_changes(opened, found)
    flags = not found.ints("over").any(), not found.ints("parted").any()

    def adder(order: Ints, starts: Ints) -> Added:
        return Added(found, asked.scales, order, starts)

    result = assembled(keys, found, opened.columns.categories, adder, flags)
    _check_units(result, table, opened.columns)
    measured = measured_of(result, keys, opened.columns.roles, how)
    return replace(measured, by=tuple(how.by)) if by_kind else measured


def assembled(
    keys: RowKeys,
    found: Counted,
    categories: Iterable[str],
    adder: Callable[[Ints, Ints], Added],
    flags: tuple[bool, bool],
) -> RatioTable:
    """Return what was counted as cells; ``flags`` say whether it is bounded, and whole."""
    splits, split = split_codes(keys, found)
    groups, group = group_codes(keys, found)
    slices = {column: text_codes(found, f"by {column}") for column in keys.by}
    codes = [split, *([] if group is None else [group]), *(c for _, c in slices.values())]
    order, starts = collapse(codes)
    first = order[starts]
    added = adder(order, starts)
    return RatioTable(
        splits,
        split[first],
        Ratios(added.sums("all"), None if group is None else group[first], *flags),
        {column: (values, c[first]) for column, (values, c) in slices.items()},
        {
            name: Category(
                added.of(f"count {name}"),
                added.of(f"has {name}"),
                added.sums(f"fixed {name}"),
                added.cross(f"cross {name}"),
            )
            for name in categories
        },
        groups,
    )


def measured_of(
    result: RatioTable,
    keys: RowKeys,
    roles: Mapping[str, str],
    how: How,
    sums: Collection[str] = (),
) -> Measured:
    """Return a run with what is to be told of it; `sums` are its columns beside roles."""
    table, examples = keys.table, result.ratios.examples
    notes: tuple[Finding, ...] = ()
    if keys.columns.get("split") is None:
        notes = (Finding(NO_SPLIT_COLUMN, {"rows": examples}),)
    notes += bucket_notes(keys.buckets)
    return Measured(
        result.splits,
        roles,
        notes,
        (table.described(examples, checksum=how.checksum),),
        tuple(keys.by),
        tuple(x for x in table.header if x not in {*roles.values(), *sums}),
        result,
    )


def key_expressions(keys: RowKeys) -> dict[str, Any]:
    """Return what examples are told apart by; all are one cell where that is nothing."""
    return {"all rows": keys.table.ns.lit(0), **keys.expressions()}


def ask_kind(asked: Asked, example: Example, name: str = "") -> None:
    """Ask whether num may exceed den, and whether both are counts."""
    num, den = (example[part].x for part in PARTS)
    asked.add_flag(f"over{name}", num > den)
    asked.add_flag(f"parted{name}", (num != floored(num)) | (den != floored(den)))


def _bad_change(opened: Opened, category: str, part: str) -> Any:
    """Return the expression that is true where a change cannot be: it adds errors, or too few."""
    change = opened.table.number(getattr(opened.columns.categories[category], part))
    below = opened.example[part].x + change < 0
    return below | (change > 0) if part == "num" and not opened.signed else below


def _check_changes(opened: Opened, found: Counted) -> None:
    for name, one in opened.columns.categories.items():
        for part in PARTS:
            column = getattr(one, part)
            if column is None or not found.ints(f"bad {name} {part}").any():
                continue
            bad = _bad_change(opened, name, part)
            file, row, value = opened.table.first_row(bad, opened.table.column(column))
            adds = part == "num" and value is not None and float(value) > 0
            raise InputError(
                f"{str(value)[:60]!r} "
                + ("adds errors" if adds else f"takes more from {part} than there is"),
                file=file,
                row=row,
                column=column,
                accepted=f"from minus {part} to 0" if part == "num" else f"at least minus {part}",
                hint=FIXED_HINT,
            )


def _check_units(result: RatioTable, table: Table, columns: RatioColumns) -> None:
    for name in result.splits:
        if not result.of_split(name).ratios.sums.den.sum() > 0:
            raise InputError(
                f"{NO_UNITS} in {name}",
                file=table.name,
                column=columns.den,
                accepted="a den above 0 somewhere in each split",
            )
