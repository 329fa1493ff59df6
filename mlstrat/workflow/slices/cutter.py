"""Where to cut a column of numbers, and which values of any other are kept apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlstrat.data.grouping import Counted, Together, about_distinct, unordered
from mlstrat.data.table import Table
from mlstrat.data.values import BLANK, display_order, value_texts
from mlstrat.errors import InputError
from mlstrat.workflow.slices.counts import LeftOut, Reason, SliceColumn
from mlstrat.workflow.slices.kinds import (
    FIRST_ROWS,
    Kind,
    kinds_of,
    range_code,
    ranges,
    temporal_kind,
)

PLAIN_NUMBERS = 12
"""Up to so many distinct numbers are categories; more are cut at quantiles (ours)."""

BINS = 5
"""Parts of equal size that numbers are cut into (ours: fifths)."""

ID_LIKE = 0.5
"""More distinct values than this share of the rows: an id or running text (ours)."""

COUNTED_AT_ONCE = 8
"""Columns whose values are counted in one pass: the distinct values of all are held together."""

SAMPLED = 100_000
"""Rows from which quantiles are taken; of more, every second, third, … row."""

MISSING = "missing"
"""What the cells of a column of numbers are called that are none, where some are not blank."""

MOST_VALUES = 50
"""Values of a column that are kept apart; rarer ones are joined (ours: tables of pairs stay small,
and nobody reads the fifty-first)."""

OTHER = "other"
"""What joined values are called."""

Cut = tuple[SliceColumn, Any]
"""A column, and the expression of a row's code in it."""


@dataclass(frozen=True)
class Look:
    """A first look at a column: about how many values, and as what it may be cut in ranges.

    Of its cells some are neither of that kind nor blank (``words``), or not of that kind
    (``blank``); ``low`` is its lowest number, ``quantiles`` are where it is cut.
    """

    distinct: int
    kind: Kind | None = None
    whole: bool = False
    words: bool = False
    blank: bool = False
    low: float = 0.0
    quantiles: tuple[float, ...] = ()


class Cutter:
    """Cuts the columns of some rows of a table into values.

    ``frame`` has the rows that count, lazily; ``categories`` are columns of labels and the like,
    which are never cut in ranges, whatever they hold.
    """

    def __init__(
        self, table: Table, frame: Any, rows: int, smallest: int, categories: Collection[str] = ()
    ) -> None:
        self.table, self.frame, self.rows, self.smallest = table, frame, rows, smallest
        self.categories = categories
        self.values: dict[str, Any] = {}
        """The columns that are cut in ranges, as numbers: after `cut`."""

    def cut(self, names: Sequence[str], asked: bool) -> tuple[list[Cut], list[LeftOut]]:
        """Return the columns that can be sliced by, and those that cannot.

        Where a person `asked` for them, whole numbers that all differ are cut, too.
        """
        left = [LeftOut(x, "nested", 0) for x in names if self._nested(x)]
        flat = [x for x in names if all(x != y.name for y in left)]
        looks = self._looks(flat)
        cuts: dict[str, Cut] = {}
        plain = []
        for name in flat:
            look = looks[name]
            many = look.distinct > ID_LIKE * self.rows and look.distinct > PLAIN_NUMBERS
            if many and (look.kind is None or (look.whole and not asked)):
                left.append(LeftOut(name, "id", look.distinct))
            elif look.kind is not None and look.distinct > PLAIN_NUMBERS:
                self.values[name] = look.kind.value
                edges, values = ranges(look.kind.unit, look.quantiles, look.low)
                missing = (MISSING if look.words else BLANK,) if look.blank else ()
                code = range_code(look.kind.value, edges, len(edges) + 1 if look.blank else 0)
                cuts[name] = SliceColumn(name, values + missing), code
            else:
                plain.append(name)
        for first in range(0, len(plain), COUNTED_AT_ONCE):
            cuts |= self._categories(plain[first : first + COUNTED_AT_ONCE])
        kept = []
        for name in flat:
            if name in cuts and len(cuts[name][0].values) > 1:
                kept.append(cuts[name])
            elif name in cuts:
                reason: Reason = "rare" if cuts[name][0].joined else "constant"
                left.append(LeftOut(name, reason, looks[name].distinct))
        return kept, left

    def _nested(self, name: str) -> bool:
        """Whether the values are lists, structs or bytes, as of an image."""
        if type(self._dtype(name)).__name__ in {"Binary", "Object"}:
            return True
        try:
            self.table.category(name)
        except InputError:
            return True
        return False

    def _looks(self, names: Sequence[str]) -> dict[str, Look]:
        """Take the first look at all columns in one pass."""
        if not names:
            return {}
        import polars as pl

        likely = self._likely_kinds(names)
        # What several numbers are taken of is made once: an engine would make it for each.
        cells: list[Any] = []
        asked = []
        for i, name in enumerate(names):
            raw = self.table.category(name)
            cells.append(raw.alias(f"raw{i}"))
            texts = about_distinct(pl.col(f"raw{i}"), self._dtype(name), pl)
            asked.append(texts.alias(f"texts{i}"))
            if name not in likely:
                continue
            cells.append(likely[name].value.alias(f"value{i}"))
            value = pl.col(f"value{i}")
            others = pl.col(f"raw{i}").filter(value.is_null())
            asked += [
                value.approx_n_unique().alias(f"values{i}"),  # "1.0" is 1
                value.count().alias(f"held{i}"),
                self._given(name, others).sum().alias(f"words{i}"),
                (value.floor() == value).all().alias(f"whole{i}"),
                value.min().alias(f"low{i}"),
                value.null_count().alias(f"blank{i}"),
                *(self._quantile(value, k / BINS).alias(f"q{i} {k}") for k in range(1, BINS)),
            ]
            if self._is_text(name) and likely[name].unit == "number":
                # 02139 is a code: nobody writes a number like this.
                coded = pl.col(f"raw{i}").str.contains("^ *[+-]?0[0-9]").any()
                asked.append(coded.alias(f"code{i}"))
        if self.table.multiple is not None:
            cells.append(self.table.multiple.alias("n"))
        found = self._collect(lambda frame: frame.select(cells).select(asked))
        has = set(found.frame.columns)
        out = {}
        for i, name in enumerate(names):
            code = f"code{i}" in has and found.value(f"code{i}")
            # A column is of the kind that most of its cells are of.
            if name not in likely or code or found.value(f"words{i}") > found.value(f"held{i}"):
                out[name] = Look(found.value(f"texts{i}"))
                continue
            whole = likely[name].unit == "number" and bool(found.value(f"whole{i}"))
            words, blank = (found.value(f"{x}{i}") > 0 for x in ("words", "blank"))
            at = tuple(found.value(f"q{i} {k}") for k in range(1, BINS))
            low, values = found.value(f"low{i}"), found.value(f"values{i}")
            out[name] = Look(values, likely[name], whole, words, blank, low, at)
        return out

    def _likely_kinds(self, names: Sequence[str]) -> dict[str, Kind]:
        """Return what may be cut in ranges, by the first rows."""
        out: dict[str, Kind] = {}
        numbers, texts = {}, {}
        for name in names:
            dtype = self._dtype(name)
            if name in self.categories:
                continue
            if dtype.is_temporal():
                if (kind := temporal_kind(self.table.column(name), dtype)) is not None:
                    out[name] = kind
                continue
            numbers[name] = self.table.number(name)
            if self._is_text(name):
                texts[name] = self.table.category(name).str.strip_chars()
        given = {name: self._given(name, self.table.category(name)) for name in numbers}
        return out | kinds_of(numbers, texts, given, self._summed_first)

    def _summed_first(self, asked: Mapping[str, Any]) -> dict[str, int]:
        """Return over how many of the first rows each expression is true."""
        sums = [x.sum().alias(name) for name, x in asked.items()]
        found = self._collect(lambda frame: frame.head(FIRST_ROWS).select(*sums))
        return {name: found.value(name) for name in asked}

    def _given(self, name: str, raw: Any) -> Any:
        """Return the expression that is true where cells of a column are not blank."""
        if self._is_text(name):
            return raw.is_not_null() & (raw.str.strip_chars() != "") & (raw != "NaN")
        return raw.is_not_null()

    def _is_text(self, name: str) -> bool:
        import polars as pl

        return self._dtype(name) in (pl.String, pl.Categorical, pl.Enum)

    def _dtype(self, name: str) -> Any:
        """Return the type of a column: text in a file of text."""
        import polars as pl

        if self.table.text:
            return pl.String()
        position = self.table.header.index(name)
        return self.table.frames[0].collect_schema()[self.table.names[position]]

    def _quantile(self, x: Any, share: float) -> Any:
        """Return the expression of a quantile: the smallest of the values that are not below."""
        if self.table.counts is None:
            step = max(1, self.rows // SAMPLED)
            return (x.gather_every(step) if step > 1 else x).quantile(share, "higher")
        given = x.is_not_null()
        n = self.table.ns.col("n").filter(given)
        up_to = n.sort_by(x.filter(given)).cum_sum()
        return x.filter(given).sort().filter(up_to > ((n.sum() - 1) * share).ceil()).first()

    def _categories(self, names: Sequence[str]) -> dict[str, Cut]:
        """Keep the most frequent values of columns of categories, and join the others."""
        lazy = [
            unordered(
                self.frame, (self.table.category(name).alias("value"),), self.table.size.alias("n")
            )
            for name in names
        ]
        counted = self.table.collect(lambda _frame: Together(lazy)).frame
        return {
            name: self._category(name, Counted(found, True))
            for name, found in zip(names, counted, strict=True)
        }

    def _category(self, name: str, found: Counted) -> Cut:
        import polars as pl

        raw, codes = found.codes("value")
        texts = value_texts(raw)
        rows: dict[str, int] = {}
        for text, n in zip(texts, np.bincount(codes, found.ints("n"), len(raw)), strict=True):
            rows[text] = rows.get(text, 0) + int(n)
        values = kept_values(rows, self.smallest)
        joined = len(rows) - len(values)
        shown = values + ((_other_name(rows),) if joined else ())
        place = {text: i for i, text in enumerate(values)}
        mine = [(v, place[t]) for v, t in zip(raw, texts, strict=True)
                if t in place and v is not None]  # fmt: skip
        blank = place.get(BLANK, len(values))
        column = self.table.category(name)
        # What is null is blank; what is rare is the last.
        code = pl.lit(len(values), dtype=pl.UInt8)
        if mine:
            code = column.replace_strict(
                pl.Series([v for v, _ in mine], dtype=found.frame["value"].dtype),
                pl.Series([k for _, k in mine], dtype=pl.UInt8),
                default=len(values),
                return_dtype=pl.UInt8,
            )
        code = pl.when(column.is_null()).then(pl.lit(blank, dtype=pl.UInt8)).otherwise(code)
        return SliceColumn(name, shown, joined), code

    def _collect(self, ask: Any) -> Counted:
        return self.table.collect(lambda _frame: ask(self.frame))


def kept_values(rows: Mapping[str, int], smallest: int) -> tuple[str, ...]:
    """Return the values that are frequent enough to be kept apart, in display order.

    Examples
    --------
    >>> kept_values({"a": 90, "b": 50, "c": 3, "d": 2}, smallest=20)
    ('a', 'b')
    """
    frequent = [x for x in rows if rows[x] >= smallest]
    frequent.sort(key=lambda x: (-rows[x], x))
    return display_order(frequent[:MOST_VALUES])


def _other_name(values: Mapping[str, int]) -> str:
    name = OTHER
    while name in values:
        name = f"({name})"
    return name
