"""Two ratio tables on the same examples: paired by id in one join, summed by group and slice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.core.ratio import Ratios
from mlstrat.core.ratio_pairs import PairedRatios, PairedRatioTable
from mlstrat.data.columns import ALIASES
from mlstrat.data.grouping import unordered
from mlstrat.data.opening import in_polars
from mlstrat.errors import InputError, UsageError
from mlstrat.places import is_standard
from mlstrat.tasks.contract import How
from mlstrat.tasks.findings import NO_SPLIT_COLUMN
from mlstrat.tasks.keys import RowKeys, bucket_notes, collapse, group_codes, text_codes
from mlstrat.tasks.measured import MeasuredPair
from mlstrat.tasks.pairing import Side, added, counted, in_parts
from mlstrat.tasks.table.columns import PARTS, Added, Amount, Asked, Example
from mlstrat.tasks.table.read import Opened, ask_kind, key_expressions, open_ratios
from mlstrat.tasks.unpaired import common_split, unpaired


def pair_ratios(a: Any, b: Any, how: tuple[How, How]) -> MeasuredPair:
    """Return two ratio tables paired by id; groups and slices are those of a."""
    if is_standard(a) and is_standard(b):
        raise UsageError("both runs are standard input", accepted="- for one of the two")
    opened = (_in_polars(open_ratios(a, how[0])), _in_polars(open_ratios(b, how[1])))
    left, right = (_side(x) for x in opened)
    left, right = counted(left, right)
    main = common_split(left, right, how[0].split)
    left, right = left.only(main), right.only(main)
    missing, extra = unpaired(left, right)
    table = _joined(opened, left, right, main)
    notes: tuple[Finding, ...] = ()
    if all(x.keys.columns.get("split") is None for x in opened):
        notes = (Finding(NO_SPLIT_COLUMN, {"rows": table.pair.a.examples}),)
    notes += bucket_notes(left.keys.buckets)
    return MeasuredPair(
        main,
        (left.table.name, right.table.name),
        (opened[0].columns.roles, opened[1].columns.roles),
        notes,
        tuple(x.table.described(x.all_rows, checksum=how[0].checksum) for x in (left, right)),
        missing,
        extra,
        tuple(left.keys.by),
        table,
    )


def _in_polars(opened: Opened) -> Opened:
    table = in_polars(opened.table)
    return replace(opened, table=table, keys=replace(opened.keys, table=table))


def _side(opened: Opened) -> Side[RowKeys]:
    column = opened.columns.shared.get("id")
    if column is None:
        raise InputError(
            "no id column, and two runs are paired by id, never by the order of rows",
            file=opened.table.name,
            accepted=", ".join(ALIASES["id"]),
            hint="name it: --map id=COLUMN",
        )
    return Side(opened.keys, column, (opened.rows, opened.ranges))


def _joined(
    opened: tuple[Opened, Opened], left: Side[RowKeys], right: Side[RowKeys], main: str
) -> PairedRatioTable:
    keys = opened[0].keys
    ns = keys.table.ns
    by = {name: x for name, x in key_expressions(keys).items() if name != "split"}
    # After the join num and den are columns of their own names.
    sides = tuple(_named(x, side) for x, side in zip(opened, "ab", strict=True))
    asked = Asked(keys.table, min(left.rows, right.rows))
    for example, side in zip(sides, "ab", strict=True):
        asked.add_sums(side, example)
        ask_kind(asked, example, f" {side}")
    asked.add_cross("cross", *sides)

    def rows(side: Side[RowKeys], of: Opened, name: str, more: dict[str, Any]) -> Any:
        numbers = [of.example[part].x.alias(f"{part} {name}") for part in PARTS]
        return side.frame.select(
            side.id.alias("id"), *numbers, *(x.alias(key) for key, x in more.items())
        )

    def count(here: Side[RowKeys], there: Side[RowKeys]) -> Any:
        joined = rows(here, opened[0], "a", by).join(
            rows(there, opened[1], "b", {}), on="id", how="inner"
        )
        sums = (x.sum().alias(name) for name, x in asked.expressions.items())
        return unordered(joined, by, ns.len().alias("n"), *sums)

    found = added(in_parts(count, left, right), tuple(by))
    _, group = group_codes(keys, found)
    slices = {x: text_codes(found, f"by {x}") for x in keys.by}
    codes = [*([] if group is None else [group]), *(c for _, c in slices.values())]
    order, starts = collapse(codes or [found.ints("all rows")])
    first = order[starts]
    sums = Added(found, asked.scales, order, starts)
    shared = None if group is None else group[first]
    bounded = not any(found.ints(f"over {x}").any() for x in "ab")
    whole = not any(found.ints(f"parted {x}").any() for x in "ab")
    a, b = (Ratios(sums.sums(x), shared, bounded, whole) for x in "ab")
    return PairedRatioTable(
        main,
        PairedRatios(a, b, sums.cross("cross")),
        {x: (values, c[first]) for x, (values, c) in slices.items()},
    )


def _named(opened: Opened, side: str) -> Example:
    ns = opened.table.ns
    return {
        part: Amount(ns.col(f"{part} {side}"), amount.most)
        for part, amount in opened.example.items()
    }
