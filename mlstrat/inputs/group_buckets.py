"""Very many groups, put together at random: buckets are as independent as the groups in them.

A group of its own costs a row of counts for each pair of labels that occurs in it, so millions of
groups would not be counted but copied. Buckets keep what an interval is made of: sums that are
independent of each other, only of some hundred groups each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.inputs.columns import Columns
from mlstrat.inputs.tables import Table

MOST_GROUPS = 200_000
"""Groups counted apart, at most: some million rows of counts (ours)."""

BUCKETS = 8_192
"""Many enough that a t quantile is a normal one, and a variance right within some 2 % (ours)."""

SMALL = 8 * 2**20
"""Bytes of files below which groups are not counted beforehand: they are few enough."""


def buckets_for(table: Table, columns: Columns) -> int:
    """Return the number of buckets that groups are put into; 0 where each is counted apart."""
    column = columns.get("group")
    small = table.files is not None and not table.files.remote and table.files.size < SMALL
    if column is None or not table.polars or small:
        return 0
    x = table.category(column)
    found = table.collect(lambda frame: frame.select(x.approx_n_unique().alias("groups")))
    return BUCKETS if int(found.value("groups")) > MOST_GROUPS else 0


def bucket_of(table: Table, column: str, buckets: int) -> Any:
    """Return the expression of a row's bucket; null where its group is blank."""
    import polars as pl

    x = table.category(column)
    if table.is_whole(column):
        return pl.when(~x.is_null()).then(x.hash() % buckets)
    # Written as labels are: "7.0" and "7" are one group, and blanks around it are none of it.
    text = x.cast(pl.String).str.strip_chars().str.replace(r"^(-?\d+)\.0+$", "$1")
    blank = text.is_null() | text.is_in(["", "NaN"])
    return pl.when(~blank).then(text.hash() % buckets)


def bucket_notes(buckets: int) -> tuple[tuple[str, Mapping[str, object]], ...]:
    """Return what is to be told where groups were put together."""
    return (("MLS215", {"buckets": buckets, "most_groups": MOST_GROUPS}),) if buckets else ()
