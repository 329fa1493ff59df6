"""Very many groups, put together at random: buckets are as independent as the groups in them.

A group of its own costs a row of counts for each pair of labels that occurs in it, so millions of
groups would not be counted but copied. Buckets keep what an interval is made of: sums that are
independent of each other, only of some hundred groups each.
"""

from __future__ import annotations

from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.data.columns import Columns
from mlstrat.data.grouping import about_distinct
from mlstrat.data.table import Table
from mlstrat.tasks.findings import GROUPS_BUCKETED

MOST_GROUPS = 200_000
"""Groups counted apart, at most (ours)."""

MOST_APART = 4_000_000
"""Counts up to which groups are counted apart, at most: half a gigabyte of them (ours)."""

BUCKETS, FEWEST_BUCKETS = 8_192, 128
"""Many enough that a t quantile is a normal one, and a variance right within some 2%; and as few
as an interval stays honest with, its variance right within 13% and the quantile that of so many
(ours)."""

MOST_COUNTED = 500_000
"""Counts of buckets that are aimed at. A hash table of many more is kept by the engine in pieces
that grow with the rows: of 100 million rows 2.8 million counts took 5.4 GB, 0.8 million 1.5 GB."""

SMALL = 2**20
"""Bytes of text below which groups are not counted beforehand: it cannot hold too many. Packed
files can; and whether groups are put together must not depend on the kind of file."""


def buckets_for(table: Table, columns: Columns) -> int:
    """Return the number of buckets that groups are put into; 0 where each is counted apart."""
    column = columns.get("group")
    if column is None or not table.polars or surely_few(table):
        return 0
    asked = {"groups": column, "labels": columns.get("label"), "splits": columns.get("split")}
    found = table.collect(
        lambda frame: frame.select(
            table.size.alias("rows"),
            *(about(table, x).alias(name) for name, x in asked.items() if x),
        )
    )
    groups, rows = (int(found.value(x)) for x in ("groups", "rows"))
    labels, splits = (int(found.value(x)) if asked[x] else 1 for x in ("labels", "splits"))
    each = max(1, splits * labels**2)
    if groups <= MOST_GROUPS and min(rows, groups * each) <= MOST_APART:
        return 0
    fitting = 1 << max(0, (MOST_COUNTED // each).bit_length() - 1)
    return max(min(BUCKETS, fitting), FEWEST_BUCKETS)


def surely_few(table: Table) -> bool:
    """Whether the files are so small that they hold few values, whatever is in them."""
    files = table.files
    if files is None or files.remote or not table.text:
        return False
    return files.size < SMALL and not any(part.zipped for part in files.parts)


def about(table: Table, column: str) -> Any:
    """Return the expression of about how many values a column of Polars has."""
    dtype = table.frames[0].collect_schema()[table.names[table.header.index(column)]]
    return about_distinct(table.category(column), dtype, table.ns)


def bucket_of(table: Table, column: str, buckets: int) -> Any:
    """Return the expression of a row's bucket; null where its group is blank."""
    import polars as pl

    text = table.category(column).cast(pl.String)  # whose hash is the same from any kind of file
    if table.is_whole(column):
        return pl.when(~text.is_null()).then(text.hash() % buckets)
    # Written as labels are: "7.0" and "7" are one group, and blanks around it are none of it.
    text = text.str.strip_chars().str.replace(r"^(-?\d+)\.0+$", "$1")
    blank = text.is_null() | text.is_in(["", "NaN"])
    return pl.when(~blank).then(text.hash() % buckets)


def bucket_notes(buckets: int) -> tuple[Finding, ...]:
    """Return what is to be told where groups were put together."""
    return (
        (Finding(GROUPS_BUCKETED, {"buckets": buckets, "most_groups": MOST_GROUPS}),)
        if buckets
        else ()
    )
