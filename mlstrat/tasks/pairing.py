"""One of two runs that are paired by id: its ids, and the rows that take part."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from mlstrat.core.record import Record
from mlstrat.data.asked.read_as import no_rows
from mlstrat.data.counting import Range, floored, rows_within
from mlstrat.data.grouping import Counted, unordered
from mlstrat.data.progress import begin_rows
from mlstrat.data.table import LARGEST_WHOLE, WHOLE_NUMBER, Table
from mlstrat.errors import InputError
from mlstrat.tasks.keys import RowKeys, split_codes

K = TypeVar("K", bound=RowKeys)

HASH_BITS = 36
"""Of each id's hash: sums over up to 2^27 rows then fit into 63 bits."""


PART_ROWS = 8_000_000
"""Rows of one part of a join: about 1 GB. Small enough for a laptop, and few parts to read."""


def id_hash(ids: Any) -> Any:
    """Return the expression of a whole number that tells ids apart, for sums."""
    import polars as pl

    return (ids.hash() % (1 << HASH_BITS)).cast(pl.Int64)


class Side(Record, Generic[K]):
    """One of the two runs: how it is read, and the rows that take part.

    ``measured`` holds rows and ranges of its columns of numbers; ``splits`` those that occur,
    ``totals`` rows and sums of hashes of each (in Spark distinct ids), ``raw`` their values as
    written. ``main`` is the split that takes part, None for every row. ``part`` says which part of
    how many takes part, by the hash of the id. ``pointed`` is whether a text of an id ends as that
    of a number like 30.0 may; ``whole`` whether such are read as 30. ``aligned`` is whether its ids
    stand row by row as those of the run it is paired with, none of them twice.
    """

    keys: K
    column: str
    measured: tuple[int, Mapping[str, Range]]
    as_text: bool = True
    splits: tuple[str, ...] = ()
    totals: tuple[tuple[int, int], ...] = ()
    raw: tuple[tuple[Any, ...], ...] = ()
    main: str | None = None
    part: tuple[int, int] | None = None
    pointed: bool = False
    whole: bool = False
    aligned: bool = False

    @property
    def table(self) -> Table:
        """The lazy table."""
        return self.keys.table

    @cached_property
    def id_type(self) -> Any:
        """The type of the id column."""
        name = self.table.names[self.table.header.index(self.column)]
        return self.table.frames[0].collect_schema()[name]

    @property
    def read_before(self) -> bool:
        """Whether the rows are all those of two runs that were each read and looked at before."""
        return self.aligned and self.keys.columns.get("split") is None

    @property
    def id(self) -> Any:
        """The expression of the id: a whole number where both runs have such, else text."""
        ns = self.table.ns
        x = self.table.column(self.column)
        if not self.as_text:
            return x
        kind = self.id_type
        if kind.is_float():
            if self.table.polars:
                whole = x.cast(ns.Int64, strict=False)
                return ns.when(whole == x).then(whole.cast(ns.String)).otherwise(x.cast(ns.String))
            fits = (floored(x) == x) & (x.abs() < LARGEST_WHOLE)
            whole = ns.when(fits).then(x).cast(ns.Int64).cast(ns.String)
            return ns.when(fits).then(whole).otherwise(x.cast(ns.String))
        if kind != ns.String:
            return x.cast(ns.String)
        text = x.str.strip_chars()
        return text.str.replace_all(WHOLE_NUMBER, "$1") if self.whole else text

    @property
    def blank(self) -> Any:
        """The expression that is true where there is no id."""
        x = self.id
        return x.is_null() | (x == "") if self.as_text else x.is_null()

    def counted(self, as_text: bool) -> Side[K]:
        """Return it with the rows of each split counted; blank ids are refused."""
        ns = self.table.ns
        me = replace(self, as_text=as_text)
        column = me.keys.columns.get("split")
        x = ns.col("x")
        told = id_hash(x).sum() if me.table.polars else x.n_unique()
        texts = as_text and not me.whole and me.id_type == ns.String
        sketches = me.keys.sketches() if me.table.polars else {}

        def ask(frame: Any) -> Any:
            chosen = [me.id.alias("x"), me.blank.cast(ns.Int64).alias("blank")]
            chosen += [] if column is None else [me.table.category(column).alias("split")]
            rows = frame.select(*chosen, *sketches.values())
            asked = [ns.len().alias("n"), told.alias("hash"), ns.col("blank").sum()]
            if texts:
                asked.append(_may_be_pointed(x).cast(ns.Int64).sum().alias("pointed"))
            asked += [ns.col(name).min() for name in sketches]
            return rows.select(*asked) if column is None else unordered(rows, ["split"], *asked)

        found = me.table.collect(ask)
        if not int(found.ints("n").sum()):
            raise no_rows(me.table)
        me.table.check_counted(found)
        if blank := int(found.ints("blank").sum()):
            file, row, _ = me.table.first_row(me.blank, me.table.column(me.column))
            raise InputError(
                f"{blank} blank id{'s' if blank > 1 else ''}; the first is here",
                file=file, row=row, column=me.column, accepted="an id in every row",
            )  # fmt: skip
        if sketches:
            me.keys.check_sketches(found)
        splits, codes = split_codes(me.keys, found)
        values = found.frame["split"].to_list() if column is not None else [None]
        totals, raw = [], []
        for code in range(len(splits)):
            here = codes == code
            totals.append((int(found.ints("n")[here].sum()), int(found.ints("hash")[here].sum())))
            raw.append(tuple(v for v, mine in zip(values, here, strict=True) if mine))
        pointed = texts and bool(found.ints("pointed").any())
        return replace(me, splits=splits, totals=tuple(totals), raw=tuple(raw), pointed=pointed)

    def only(self, split: str | None) -> Side[K]:
        """Return it with the rows of one split; all rows where it has no split column."""
        return replace(self, main=split if self.keys.columns.get("split") is not None else None)

    @property
    def all_rows(self) -> int:
        """Rows of the whole run."""
        return sum(n for n, _ in self.totals)

    @property
    def rows(self) -> int:
        """Rows that take part."""
        return self.all_rows if self.main is None else self.totals[self._place][0]

    @property
    def hash(self) -> int:
        """Sum of the hashes of the ids that take part."""
        return sum(h for _, h in self.totals) if self.main is None else self.totals[self._place][1]

    @property
    def _place(self) -> int:
        return self.splits.index(self.main or "")

    @property
    def within(self) -> Any:
        """The expression that is true for rows of the split; None where all rows are."""
        column = self.keys.columns.get("split")
        if self.main is None or len(self.splits) == 1 or column is None:
            return None
        return self.table.category(column).is_in(list(self.raw[self._place]))

    @property
    def frame(self) -> Any:
        """The rows that take part, lazily."""
        whole = self.table.frame if self.within is None else self.table.frame.filter(self.within)
        return self.parted(whole)

    def parted(self, frame: Any) -> Any:
        """Return the rows of this part of a frame of the table, lazily."""
        if self.part is None:
            return frame
        part, parts = self.part
        return frame.filter(id_hash(self.id) % parts == part)

    def ids(self) -> Any:
        """Return the ids that take part, lazily."""
        return self.frame.select(self.id.alias("id"))

    def row_of(self, value: Any) -> tuple[str, int | None]:
        """Return file and row where an id first stands."""
        file, row, _ = self.table.first_row(self.id == value, self.table.column(self.column))
        return file, row


def _may_be_pointed(text: Any) -> Any:
    """Return the expression of whether a text ends as 30.0 does: cheap, and seldom true."""
    return text.str.ends_with(".0") | text.str.ends_with(".") | text.str.ends_with(".00")


def counted(
    left: Side[K], right: Side[K], kept: dict[Any, Any] | None = None
) -> tuple[Side[K], Side[K]]:
    """Return two sides with the rows of each split counted: 30 and 30.0 are one id in both.

    ``kept`` is the left one as it was counted beside others, once for all of them. Both were read
    before: a right one whose ids and splits are the same, row by row, is not counted.
    """
    as_text = left.id_type != right.id_type or not left.id_type.is_integer()
    if kept is None:
        kept, alike = {}, False
    else:
        alike = _same_rows(left, right, kept)

    def both(left: Side[K], right: Side[K]) -> tuple[Side[K], Side[K]]:
        key = id(left.keys), as_text, left.whole
        if key not in kept:
            kept[key] = left.counted(as_text)
        mine: Side[K] = kept[key]
        if not alike:
            return mine, right.counted(as_text)
        unique = id(left.keys), as_text, left.whole, "unique"
        if unique not in kept:
            ids = mine.ids().collect()["id"]
            kept[unique] = ids.n_unique() == len(ids)
        return mine, replace(
            right, as_text=as_text, splits=mine.splits, totals=mine.totals, raw=mine.raw,
            pointed=mine.pointed, aligned=kept[unique],
        )  # fmt: skip

    sides = both(left, right)
    if any(side.pointed for side in sides):
        return both(replace(sides[0], whole=True), replace(sides[1], whole=True))
    return sides


def _same_rows(left: Side[K], right: Side[K], kept: dict[Any, Any]) -> bool:
    """Whether two runs whose rows are in memory have the same ids and splits, row by row."""
    if not (left.table.held and right.table.held) or left.id_type != right.id_type:
        return False

    def rows(side: Side[K]) -> Any:
        table, split = side.table, side.keys.columns.get("split")
        told = [table.column(side.column).alias("id")]
        told += [] if split is None else [table.category(split).alias("split")]
        return table.frame.select(*told).collect(engine="in-memory")

    key = id(left.keys), "rows"
    if key not in kept:
        kept[key] = rows(left)
    return bool(kept[key].equals(rows(right)))


def in_parts(ask: Callable[..., Any], *sides: Side[Any]) -> list[Counted]:
    """Return what a query gives for each part of the sides.

    What is counted in each part adds up to the whole, at the price of reading the runs once a part.
    """
    parts = parts_of(*sides)
    begin_rows(lambda: len(parts) * sum(rows_within(side.table) for side in sides))
    return [sides[0].table.collect(lambda _, here=here: ask(*here)) for here in parts]  # type: ignore[misc]


def parts_of(*sides: Side[Any]) -> list[tuple[Side[Any], ...]]:
    """Return the sides in parts by the hash of the id, as a join holds one side in memory."""
    rows = 0 if sides[0].table.on_spark else max(side.rows for side in sides)  # Spark parts itself
    parts = math.ceil(rows / PART_ROWS)
    if parts <= 1:
        return [sides]
    return [tuple(replace(side, part=(part, parts)) for side in sides) for part in range(parts)]


def added(found: Sequence[Counted], keys: Sequence[str]) -> Counted:
    """Return what was counted in parts as one table, in no order."""
    import polars as pl

    if len(found) == 1:
        return found[0]
    whole = pl.concat([x.frame for x in found])
    return Counted(unordered(whole, keys, pl.exclude(*keys).sum()), True)
