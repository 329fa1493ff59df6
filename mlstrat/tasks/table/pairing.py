"""Tables joined by id, never by the order of rows: two runs, or predictions and what is right.

Two ratio tables are paired in one join, and summed by group and slice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.core.ratio import Ratios
from mlstrat.core.ratio_pairs import PairedRatios, PairedRatioTable
from mlstrat.data.columns import ALIASES
from mlstrat.data.grouping import unordered
from mlstrat.data.opening import in_polars
from mlstrat.data.table import Table
from mlstrat.data.values import value_texts
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


def place_of(table: Table, index: int) -> tuple[str, int | None]:
    """Return the file and the row of the record of this index, where that is one file."""
    if table.files is not None and len(table.files.parts) != 1:
        return table.name, None
    return table.name, table.row_of(index)


def joined(
    run: Table, frame: Any, truth: Table, right: Any, column: str | None = None
) -> tuple[Any, frozenset[str]]:
    """Return the rows of the truth with the columns of the predictions, joined by id."""
    import polars as pl

    other, order = matched(run, frame, truth, right, column)
    more = [x for x in frame.columns if x != other and x not in right.columns]
    ordered = frame[order]
    added = pl.DataFrame({x: ordered[x] for x in more})  # to `select`, "*" is every column
    return pl.concat([right, added], how="horizontal"), frozenset(more)


def matched(
    run: Table, frame: Any, truth: Table, right: Any, column: str | None = None, *,
    part: bool = False,
) -> tuple[str, list[int]]:  # fmt: skip
    """Return the id column of predictions, and their rows in the order of those of the truth.

    ``column`` is the id column of both, where their names do not say it; ``part`` whether the truth
    may be of a part of the predictions.
    """
    sides = []
    for table, rows in ((truth, right), (run, frame)):
        known = ALIASES["id"] if column is None else (column.strip().lower(),)
        names = [x for x in rows.columns if x.strip().lower() in known]
        if not names:
            raise InputError("no id column, and predictions are joined to the truth by id",
                             file=table.name, accepted=", ".join(known))  # fmt: skip
        ids = value_texts(rows[names[0]].to_list())
        seen: dict[str, int] = {}
        for i, text in enumerate(ids):
            if text in seen:
                file, row = place_of(table, i)
                raise InputError(f"the id {text[:40]!r} twice", file=file, row=row,
                                 column=names[0], accepted="each id once")  # fmt: skip
            seen[text] = i
        sides.append((names[0], seen))
    (_, here), (other, there) = sides
    lost, strange = [x for x in here if x not in there], [x for x in there if x not in here]
    strange = [] if part else strange
    if lost or strange:
        file = run.name if lost else truth.name
        first = (lost or strange)[:3]
        raise InputError(
            f"{len(lost or strange):,} ids of {len(here if lost else there):,} are missing here: "
            + ", ".join(map(repr, first)),
            file=file, accepted="the same ids in both files",
        )  # fmt: skip
    return other, [there[x] for x in here]
