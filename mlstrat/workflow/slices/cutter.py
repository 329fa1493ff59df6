"""Where to cut a column of numbers, and which values of any other are kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlstrat.data.grouping import about_distinct, unordered
from mlstrat.data.table import Counted, Table
from mlstrat.data.values import BLANK, value_texts
from mlstrat.errors import InputError
from mlstrat.workflow.slices.columns import kept_values, other_name, range_names, rounded_edges
from mlstrat.workflow.slices.counts import LeftOut, SliceColumn

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


FIRST_ROWS = 1_000
"""Rows that show whether a column may hold numbers, before all are read as such."""


Cut = tuple[SliceColumn, Any]
"""A column, and the expression of a row's code in it."""


@dataclass(frozen=True)
class Look:
    """A first look at a column: about how many values, and whether they are numbers."""

    distinct: int
    number: bool
    whole: bool


class Cutter:
    """Cuts the columns of some rows of a table into values.

    Parameters
    ----------
    table
        A table in Polars.
    frame
        The rows that count, lazily; columns as in the table.
    rows
        How many they are.
    smallest
        Rows that a slice has at least.
    """

    def __init__(self, table: Table, frame: Any, rows: int, smallest: int) -> None:
        self.table, self.frame, self.rows, self.smallest = table, frame, rows, smallest

    def cut(self, names: Sequence[str], asked: bool) -> tuple[list[Cut], list[LeftOut]]:
        """Return the columns that can be sliced by, and those that cannot.

        Parameters
        ----------
        names
            Columns of the header.
        asked
            Whether a person named them: then whole numbers that all differ are cut, too.
        """
        left = [LeftOut(x, "nested", 0) for x in names if self._nested(x)]
        flat = [x for x in names if all(x != y.name for y in left)]
        looks = self._looks(flat)
        cuts: dict[str, Cut] = {}
        plain, numbers = [], []
        for name in flat:
            look = looks[name]
            many = look.distinct > ID_LIKE * self.rows and look.distinct > PLAIN_NUMBERS
            id_like = many and (not look.number or (look.whole and not asked))
            if id_like:
                left.append(LeftOut(name, "id", look.distinct))
            elif look.number and look.distinct > PLAIN_NUMBERS:
                numbers.append(name)
            else:
                plain.append(name)
        cuts |= self._ranges(numbers)
        for first in range(0, len(plain), COUNTED_AT_ONCE):
            cuts |= self._categories(plain[first : first + COUNTED_AT_ONCE])
        kept = []
        for name in flat:
            if name not in cuts:
                continue
            if len(cuts[name][0].values) > 1:
                kept.append(cuts[name])
            else:
                joined, distinct = cuts[name][0].joined, looks[name].distinct
                left.append(LeftOut(name, "rare" if joined else "constant", distinct))
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

        likely = self._likely_numbers(names)
        asked = []
        for i, name in enumerate(names):
            raw = self.table.category(name)
            asked.append(about_distinct(raw, self._dtype(name), pl).alias(f"texts{i}"))
            if name not in likely:
                continue
            number = self.table.number(name)
            asked += [
                number.fill_nan(None).approx_n_unique().alias(f"numbers{i}"),  # "1.0" is 1
                (self._given(name) & (number.is_null() | number.is_infinite()))
                .sum()
                .alias(f"words{i}"),
                (number.floor() == number).all().alias(f"whole{i}"),
            ]
            if self._is_text(name):
                # 02139 is a code: nobody writes a number like this.
                code = raw.str.contains("^ *[+-]?0[0-9]").any()
                asked.append(code.alias(f"code{i}"))
        found = self._collect(lambda frame: frame.select(*asked))
        has = set(found.frame.columns)
        out = {}
        for i, name in enumerate(names):
            code = f"code{i}" in has and found.value(f"code{i}")
            number = name in likely and not found.value(f"words{i}") and not code
            whole = number and bool(found.value(f"whole{i}"))
            kind = "numbers" if number else "texts"
            out[name] = Look(found.value(f"{kind}{i}"), number, whole)
        return out

    def _likely_numbers(self, names: Sequence[str]) -> set[str]:
        """Return the columns of which the first rows hold numbers and blanks alone."""
        asked = []
        # Days and times are no numbers to cut: nobody reads 19,730 days since 1970.
        places = {i: x for i, x in enumerate(names) if not self._dtype(x).is_temporal()}
        for i, name in places.items():
            number, given = self.table.number(name), self._given(name)
            asked += [(given & number.is_null()).sum().alias(f"words{i}"),
                      given.sum().alias(f"given{i}")]  # fmt: skip
        if not asked:
            return set()
        found = self._collect(lambda frame: frame.head(FIRST_ROWS).select(*asked))
        return {
            name
            for i, name in places.items()
            if not found.value(f"words{i}") and (found.value(f"given{i}") or self.rows > FIRST_ROWS)
        }

    def _given(self, name: str) -> Any:
        """Return the expression that is true where a column is not blank."""
        raw = self.table.category(name)
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

    def _ranges(self, names: Sequence[str]) -> dict[str, Cut]:
        """Cut columns of numbers at quantiles."""
        if not names:
            return {}
        import polars as pl

        asked = []
        for i in range(len(names)):
            x = pl.col(f"x{i}")
            asked += [x.min().alias(f"low{i}"), x.null_count().alias(f"blank{i}")]
            asked += [self._quantile(x, k / BINS).alias(f"q{i} {k}") for k in range(1, BINS)]
        numbers = [self.table.number(x).fill_nan(None).alias(f"x{i}") for i, x in enumerate(names)]
        if self.table.multiple is not None:
            numbers.append(self.table.multiple.alias("n"))
        found = self._collect(lambda frame: frame.select(numbers).select(*asked))
        out = {}
        for i, name in enumerate(names):
            quantiles = [float(found.value(f"q{i} {k}")) for k in range(1, BINS)]
            edges = rounded_edges([q for q in quantiles if q > found.value(f"low{i}")])
            blank = found.value(f"blank{i}") > 0
            values = range_names(edges) + ((BLANK,) if blank else ())
            x = self.table.number(name).fill_nan(None)
            code: Any = pl.lit(0, dtype=pl.UInt8)
            for edge in edges:
                code = code + (x >= edge).cast(pl.UInt8)
            out[name] = (
                SliceColumn(name, values),
                code.fill_null(len(edges) + 1 if blank else 0).cast(pl.UInt8),
            )
        return out

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
        counted = self.table.collect(lambda _frame: _Together(lazy)).frame
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
        shown = values + ((other_name(rows),) if joined else ())
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


class _Together:
    """Several lazy frames that are collected over one reading."""

    def __init__(self, frames: list[Any]) -> None:
        self.frames = frames

    def collect(self, engine: str) -> list[Any]:
        import polars as pl

        found: list[Any] = pl.collect_all(self.frames, engine=engine)  # type: ignore[call-overload]
        return found
