"""What rows of a run are counted by, whatever the task: splits, groups and values to slice by.

Only distinct values meet Python; rows are numpy codes throughout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import SPLITS, Ints, row_keys
from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.data.asked.read_as import without_ignored
from mlstrat.data.columns import Columns
from mlstrat.data.counting import tally
from mlstrat.data.grouping import Counted, about_distinct
from mlstrat.data.table import Table
from mlstrat.data.values import (
    BLANK,
    SPELLING,
    SPLIT_ALIASES,
    display_order,
    shown,
    split_names,
    split_texts,
    value_texts,
)
from mlstrat.errors import InputError
from mlstrat.tasks.findings import GROUPS_BUCKETED, SOURCES_UNCOUNTED

HEAVIEST = 1e100
"""The largest weight may be this, or one over it: squares of weights are summed too, and beyond
1e154 a square is no number (ours, with room to spare)."""

NO_ANSWER = ("skip", "n/a")
"""What a person writes, in any case, instead of an answer, unless it is a label of the run."""


class RowKeys(Record):
    """What rows are counted by, and how raw values are read.

    ``buckets`` is how many buckets groups are put into, 0 for each apart.
    """

    table: Table
    columns: Columns
    split_as: Mapping[str, str]
    by: Sequence[str]
    buckets: int = 0

    def expressions(self) -> dict[str, Any]:
        """Return the expressions to group by, by name."""
        category = self.table.category
        keys = {r: category(c) for r in ("split", "group") if (c := self.columns.roles.get(r))}
        if self.buckets:
            keys["group"] = bucket_of(self.table, self.columns.roles["group"], self.buckets)
        return keys | {f"by {self.table.spelled(x)}": category(x) for x in self.by}

    def sketches(self) -> dict[str, Any]:
        """Return expressions whose least value tells whether a column has too many values."""
        return {}

    def check_sketches(self, found: Counted) -> None:
        """Refuse a column of which a sketch says so."""


def split_codes(keys: RowKeys, found: Counted) -> tuple[tuple[str, ...], Ints]:
    """Return the splits that occur, in the order of the ladder, and the code of each row."""
    column = keys.columns.roles.get("split")
    if column is None:
        return ("dev",), np.zeros(len(found), dtype=np.int64)
    raw, codes = found.codes("split")
    texts = split_texts(raw)
    names = split_names(texts, keys.split_as)
    if None in names:
        unknown = [i for i, name in enumerate(names) if name is None]
        raise _unknown_split(keys, column, raw, [texts[i] for i in unknown], unknown)
    splits = tuple(split for split in SPLITS if split in names)
    lookup = np.array([splits.index(name) for name in names if name], dtype=np.int64)
    return splits, lookup[codes]


def _unknown_split(
    keys: RowKeys, column: str, raw: list[Any], texts: list[str], unknown: list[int]
) -> InputError:
    file, row, value = locate(keys.table, column, [raw[i] for i in unknown])
    blank = all(text == BLANK for text in texts)
    example = next((text for text in sorted(texts) if text), "VALUE")
    first = "" if value is None else str(value).strip()
    return InputError(
        "a blank split" if blank else f"unknown split {shown(sorted(filter(None, texts)))}",
        file=file,
        row=row,
        column=column,
        accepted=", ".join(SPLIT_ALIASES),
        hint=None if blank else f"say what it is: --split-as {first or example}=SPLIT",
    )


def text_codes(found: Counted, key: str) -> tuple[tuple[str, ...], Ints]:
    """Return the distinct values of a column as text, in display order, and the codes of rows."""
    raw, codes = found.codes(key)
    texts = value_texts(raw)
    values = display_order(set(texts))
    position = {text: i for i, text in enumerate(values)}
    return values, np.array([position[text] for text in texts], dtype=np.int64)[codes]


def group_codes(keys: RowKeys, found: Counted) -> tuple[tuple[str, ...], Ints | None]:
    """Return the groups and the code of each row; the same group has one code in all splits."""
    column = keys.columns.roles.get("group")
    if column is None:
        return (), None
    groups, codes = text_codes(found, "group")
    if BLANK in groups:
        rows = int(found.ints("n")[codes == groups.index(BLANK)].sum())
        raw, _ = found.codes("group")
        blank = [v for v, text in zip(raw, value_texts(raw), strict=True) if text == BLANK]
        if keys.buckets and keys.table.text:
            blank.append("")  # which a bucket does not tell from a null
        file, row, _ = locate(keys.table, column, blank)
        raise InputError(
            f"{rows} rows belong to a blank group; the first is here",
            file=file,
            row=row,
            column=column,
            accepted="a group in every row",
            hint="give each row that belongs to no other a group of its own",
        )
    return groups, codes


def collapse(columns: Sequence[NDArray[Any]]) -> tuple[Ints, Ints]:
    """Return an order that sorts rows by all columns, and where each distinct row starts in it."""
    if all(np.issubdtype(x.dtype, np.integer) for x in columns):
        columns = [row_keys(columns)]
        order = np.argsort(columns[0])  # of one column this is eight times as fast
    else:
        order = np.lexsort(tuple(reversed(columns)))
    changes = np.zeros(len(order), dtype=bool)
    changes[:1] = True
    for column in columns:
        ordered = column[order]
        changes[1:] |= ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(changes)


def locate(table: Table, column: str, raw: Sequence[Any]) -> tuple[str, int | None, Any]:
    """Return file, row and value where one of these raw values first stands."""
    expression = table.category(column)
    present = [value for value in raw if value is not None and value == value]  # noqa: PLR0124
    wanted = expression.is_null()
    if len(present) < len(raw) and table.is_float(column):
        wanted = wanted | expression.is_nan()
    if present:
        listed = expression.is_in(present)
        wanted = listed if len(present) == len(raw) else wanted | listed
    return table.first_row(wanted, table.column(column))


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


def labelled_rows(table: Table, columns: Columns) -> Table:
    """Return the rows of a run that are looked at, each with one right label, as a call says.

    Rows whose label is to be ignored are left out; of several right labels (``--any-of``) one is
    kept.
    """
    if SPELLING.get().any_of:
        from mlstrat.data.asked.any_of import with_one_label

        table = with_one_label(table, columns)
    return without_ignored(table, columns)


Sources = Mapping[str, Mapping[str, int]]
"""Rows by split and source."""

MOST_SOURCES = 500
"""Sources of all splits that are counted, at most (mlstrat's threshold): a column with more holds
addresses or names of single rows, not distributions that a set is drawn from."""


def count_sources(keys: RowKeys) -> Sources | None:
    """Return rows by split and source, in the order of the ladder and of the sources' text.

    Whether dev holds what train lacks is a matter of sets, not of names in order. Rows of a blank
    source tell nothing, and are left out. One pass over two columns, before which a large file is
    looked through for about how many sources there are, so that no table of millions of them is
    held. None where there are more than `MOST_SOURCES`.
    """
    table, column = keys.table, keys.columns.get("source")
    if column is None:
        return {}
    if table.polars and not surely_few(table):
        # Twice as many, as the number is an estimate: whoever is near the limit is counted.
        found = table.collect(lambda frame: frame.select(about(table, column).alias("sources")))
        if int(found.value("sources")) > 2 * MOST_SOURCES:
            return None
    by = {x: e for x, e in keys.expressions().items() if x == "split"}
    found = tally(table, by | {"source": table.category(column)}, {}, most=2 * MOST_SOURCES)
    splits, split = split_codes(keys, found)
    raw, codes = found.codes("source")
    texts = value_texts(raw)
    if len(found) == 2 * MOST_SOURCES or len(set(texts) - {BLANK}) > MOST_SOURCES:
        return None
    rows: dict[str, dict[str, int]] = {name: {} for name in splits}
    for i, n in enumerate(found.ints("n").tolist()):
        if source := texts[codes[i]]:
            of = rows[splits[split[i]]]
            of[source] = of.get(source, 0) + n
    return {name: dict(sorted(of.items())) for name, of in rows.items() if of}


def source_notes(keys: RowKeys, sources: Sources | None) -> Sequence[Finding]:
    """Return what is to be told where sources were too many to be counted."""
    if sources is not None:
        return ()
    evidence = {"column": keys.columns.get("source"), "most": MOST_SOURCES}
    return (Finding(SOURCES_UNCOUNTED, evidence),)
