# Over 300 lines: what kind a column is of, and where it is cut.
"""Where to cut a column of numbers, days or hours, and which values of any other are kept apart.

A column is of the kind that most of its cells are of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from mlstrat.core.record import Record
from mlstrat.data.grouping import Counted, Together, about_distinct, unordered
from mlstrat.data.table import Table
from mlstrat.data.values import BLANK, display_order, value_texts
from mlstrat.errors import InputError
from mlstrat.workflow.slices.search import LeftOut, Reason, SliceColumn

FIRST_ROWS = 1_000
"""Rows that show what kind a column may be of, before all are read as such."""

DAY_SECONDS = 86_400

DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y")
"""How days are written; the first of those that most cells are of."""

_COMMA = r"^[+-]?\d*,\d+$"
_DAY = r"^(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})(?:[T ]\d{1,2}:\d{2}.*)?$"
_CLOCK = r"(?:^|[T ])(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(?: ?Z|[+-]\d\d:?\d\d)?$"
_HOUR = r"^\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$"

Unit = Literal["number", "day", "hour"]


class Kind(Record):
    """How a column is read to be cut in ranges.

    ``value`` is the expression of a cell: a number, the seconds since 1970, or those since
    midnight; null where the cell is nothing of the kind.
    """

    unit: Unit
    value: Any


def rounded_edges(edges: Sequence[float]) -> tuple[float, ...]:
    """Return edges with as few digits as keep them apart, each once."""
    distinct = sorted(set(edges))
    for digits in (4, 6, 9, 17):
        rounded = [float(f"{x:.{digits}g}") for x in distinct]
        if len(set(rounded)) == len(distinct):
            return tuple(rounded)
    return tuple(distinct)


def written(kind: Unit, values: Sequence[float]) -> tuple[str, ...]:
    """Return edges as people write them, with as few parts as keep them apart."""
    if kind == "hour":
        short = "%H:%M" if all(x % 60 == 0 for x in values) else "%H:%M:%S"
    else:
        units = (DAY_SECONDS, "%Y-%m-%d"), (60, "%Y-%m-%d %H:%M")
        short = next((f for size, f in units if all(x % size == 0 for x in values)),
                     "%Y-%m-%d %H:%M:%S")  # fmt: skip
    return tuple(datetime.fromtimestamp(x, UTC).strftime(short) for x in values)


def rounded_moments(edges: Sequence[float], unit: Unit) -> tuple[float, ...]:
    """Return edges at whole days, hours, minutes or seconds, the coarsest they are far from."""
    distinct = sorted(set(edges))
    apart = min((b - a for a, b in pairwise(distinct)), default=float("inf"))
    for size in (DAY_SECONDS, 3600, 60):
        if (unit == "day" or size < DAY_SECONDS) and size * 4 <= apart:
            return tuple(x // size * size for x in distinct)
    return tuple(dict.fromkeys(float(x // 1) for x in distinct))


def ranges(unit: Unit, quantiles: Sequence[float], low: float) -> tuple[Any, tuple[str, ...]]:
    """Return the edges that cut a column, and the names of the ranges."""
    above = [q for q in quantiles if q > low]
    if unit == "number":
        edges = rounded_edges(above)
        return edges, range_names([np.format_float_positional(x, trim="-") for x in edges])
    edges = tuple(x for x in rounded_moments(above, unit) if x > low)
    return edges, range_names(written(unit, edges))


def range_names(edges: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the ranges that written edges make; each begins at its edge."""
    if not edges:
        return ("all",)
    between = [f"{a} to < {b}" for a, b in pairwise(edges)]
    return (f"< {edges[0]}", *between, f">= {edges[-1]}")


def range_code(value: Any, edges: Sequence[float], missing: int) -> Any:
    """Return the expression of how many edges a number is not below; `missing` where it is null.

    In one expression for all edges, as an engine reads the number again for each.
    """
    import polars as pl

    def coded(numbers: Any) -> Any:
        x = numbers.cast(pl.Float64).to_numpy()  # where it is null, not a number
        code = np.zeros(len(x), np.uint8)
        for edge in edges:
            code += x >= edge
        code[np.isnan(x)] = missing
        return pl.Series(numbers.name, code)

    return value.map_batches(coded, return_dtype=pl.UInt8, is_elementwise=True)


def number_kind(number: Any) -> Kind:
    """Return the kind of a column of numbers: what is not finite is missing.

    In one expression, as an engine would read the numbers for the condition, and again.
    """
    import polars as pl

    def finite(x: Any) -> Any:
        known = x.is_finite()
        return x if known.all() else pl.select(pl.when(known).then(x).alias(x.name)).to_series()

    return Kind("number", number.map_batches(finite, return_dtype=pl.Float64, is_elementwise=True))


def temporal_kind(column: Any, dtype: Any) -> Kind | None:
    """Return the kind of a column whose type is of days or hours; None of durations."""
    import polars as pl

    if dtype == pl.Date:
        return Kind("day", column.cast(pl.Int32).cast(pl.Float64) * DAY_SECONDS)
    if dtype == pl.Datetime:
        return Kind("day", column.dt.epoch("us").cast(pl.Float64) / 1e6)
    if dtype == pl.Time:
        return Kind("hour", column.cast(pl.Int64).cast(pl.Float64) / 1e9)
    return None


def _decimal(text: Any) -> Any:
    import polars as pl

    return text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)


def _day(text: Any, form: str) -> Any:
    """Return the seconds from 1970 to the beginning of a day."""
    import polars as pl

    day = text.str.extract(_DAY, 1).str.to_date(form, strict=False)
    return day.cast(pl.Int32).cast(pl.Float64) * DAY_SECONDS


def _seconds(text: Any) -> Any:
    """Return the seconds from midnight to a time of day."""
    import polars as pl

    def part(i: int) -> Any:
        return text.str.extract(_CLOCK, i).cast(pl.Float64, strict=False)

    return part(1) * 3600 + part(2) * 60 + part(3).fill_null(0.0)


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


class Look(Record):
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
        """Return the columns of which most of the first cells are numbers, days or hours."""
        out: dict[str, Kind] = {}
        numbers, texts = {}, {}
        asked: dict[str, Any] = {}
        for name in names:
            dtype = self._dtype(name)
            if name in self.categories:
                continue
            if dtype.is_temporal():
                if (kind := temporal_kind(self.table.column(name), dtype)) is not None:
                    out[name] = kind
                continue
            numbers[name], raw = self.table.number(name), self.table.category(name)
            given = self._given(name, raw)
            asked |= {f"given {name}": given, f"number {name}": given & numbers[name].is_finite()}
            if self._is_text(name):
                texts[name] = raw.str.strip_chars()
                for form, pattern in (("comma", _COMMA), ("day", _DAY), ("hour", _HOUR)):
                    asked[f"{form} {name}"] = texts[name].str.contains(pattern)
        found = self._summed_first(asked)
        days: dict[str, tuple[Any, float]] = {}
        for name, number in numbers.items():
            most, text = found[f"given {name}"] / 2, texts.get(name)
            if not most or found[f"number {name}"] > most:
                out[name] = number_kind(number)
            elif text is None:
                continue
            elif found[f"number {name}"] + found[f"comma {name}"] > most:
                out[name] = number_kind(_decimal(text))
            elif found[f"hour {name}"] > most:
                out[name] = Kind("hour", _seconds(text))
            elif found[f"day {name}"] > most:
                days[name] = text, most
        return out | self._days(days)

    def _days(self, texts: Mapping[str, tuple[Any, float]]) -> dict[str, Kind]:
        """Return columns of days by the way of writing that most of their first cells follow."""
        ways = {f"{form} {name}": _day(text, form).is_not_null()
                for name, (text, _) in texts.items() for form in DAYS}  # fmt: skip
        found = self._summed_first(ways)
        out = {}
        for name, (text, most) in texts.items():
            of_form = {form: found[f"{form} {name}"] for form in DAYS}
            best = max(DAYS, key=of_form.__getitem__)
            if of_form[best] > most:
                out[name] = Kind("day", _day(text, best) + _seconds(text).fill_null(0.0))
        return out

    def _summed_first(self, asked: Mapping[str, Any]) -> dict[str, int]:
        """Return over how many of the first rows each expression is true."""
        if not asked:
            return {}
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
    """Return the values that are frequent enough to be kept apart, in display order."""
    frequent = [x for x in rows if rows[x] >= smallest]
    frequent.sort(key=lambda x: (-rows[x], x))
    return display_order(frequent[:MOST_VALUES])


def _other_name(values: Mapping[str, int]) -> str:
    name = OTHER
    while name in values:
        name = f"({name})"
    return name
