"""What kind a column is of: what most of its cells are. Numbers, days and hours are cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Literal

import numpy as np

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


@dataclass(frozen=True)
class Kind:
    """How a column is read to be cut in ranges.

    ``value`` is the expression of a cell: a number, the seconds since 1970, or those since
    midnight; null where the cell is nothing of the kind.
    """

    unit: Unit
    value: Any


def rounded_edges(edges: Sequence[float]) -> tuple[float, ...]:
    """Return edges with as few digits as keep them apart, each once.

    Examples
    --------
    >>> rounded_edges([1.23456, 1.23456, 7.0])
    (1.235, 7.0)
    """
    distinct = sorted(set(edges))
    for digits in (4, 6, 9, 17):
        rounded = [float(f"{x:.{digits}g}") for x in distinct]
        if len(set(rounded)) == len(distinct):
            return tuple(rounded)
    return tuple(distinct)


def written(kind: Unit, values: Sequence[float]) -> tuple[str, ...]:
    """Return edges as people write them, with as few parts as keep them apart.

    Examples
    --------
    >>> written("day", [1717545600.0, 1718150400.0])
    ('2024-06-05', '2024-06-12')
    >>> written("hour", [29820.0, 61200.0])
    ('08:17', '17:00')
    """
    if kind == "hour":
        short = "%H:%M" if all(x % 60 == 0 for x in values) else "%H:%M:%S"
    else:
        units = (DAY_SECONDS, "%Y-%m-%d"), (60, "%Y-%m-%d %H:%M")
        short = next((f for size, f in units if all(x % size == 0 for x in values)),
                     "%Y-%m-%d %H:%M:%S")  # fmt: skip
    return tuple(datetime.fromtimestamp(x, UTC).strftime(short) for x in values)


def rounded_moments(edges: Sequence[float], unit: Unit) -> tuple[float, ...]:
    """Return edges at whole days, hours, minutes or seconds: the coarsest that they are far from.

    Examples
    --------
    >>> rounded_moments([1717631008.0, 1725005854.0], "day") == (1717545600.0, 1724976000.0)
    True
    """
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
    """Return the names of the ranges that written edges make; each begins at its edge.

    Examples
    --------
    >>> range_names(("10", "20.5"))
    ('< 10', '10 to < 20.5', '>= 20.5')
    """
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


Ask = Callable[[Mapping[str, Any]], Mapping[str, int]]
"""What counts expressions by name over the first rows of a table."""


def kinds_of(
    numbers: Mapping[str, Any], texts: Mapping[str, Any], given: Mapping[str, Any], ask: Ask
) -> dict[str, Kind]:
    """Return the columns of which most of the first cells are numbers, days or hours.

    By column: its cells as `numbers`, null where they are none; `texts` of a column of text without
    surrounding blanks; `given` where a cell is not blank. `ask` sums expressions over the first
    rows.
    """
    asked = {}
    for i, name in enumerate(numbers):
        asked[f"given{i}"] = given[name]
        asked[f"number{i}"] = given[name] & numbers[name].is_finite()
        if name in texts:
            for form, pattern in (("comma", _COMMA), ("day", _DAY), ("hour", _HOUR)):
                asked[f"{form}{i}"] = texts[name].str.contains(pattern)
    found = ask(asked) if asked else {}
    out: dict[str, Kind] = {}
    days = {}
    for i, name in enumerate(numbers):
        most = found[f"given{i}"] / 2
        if not found[f"given{i}"] or found[f"number{i}"] > most:
            out[name] = number_kind(numbers[name])
        elif name not in texts:
            continue
        elif found[f"number{i}"] + found[f"comma{i}"] > most:
            out[name] = number_kind(_decimal(texts[name]))
        elif found[f"hour{i}"] > most:
            out[name] = Kind("hour", _seconds(texts[name]))
        elif found[f"day{i}"] > most:
            days[name] = most
    return out | _days({name: texts[name] for name in days}, days, ask)


def _days(texts: Mapping[str, Any], most: Mapping[str, float], ask: Ask) -> dict[str, Kind]:
    """Return columns of days by the way of writing that most of their first cells follow."""
    if not texts:
        return {}
    ways = {
        f"{i} {k}": _day(text, form).is_not_null()
        for i, text in enumerate(texts.values()) for k, form in enumerate(DAYS)
    }  # fmt: skip
    found = ask(ways)
    out = {}
    for i, (name, text) in enumerate(texts.items()):
        best = max(range(len(DAYS)), key=lambda k: (found[f"{i} {k}"], -k))
        if found[f"{i} {best}"] > most[name]:
            out[name] = Kind("day", _day(text, DAYS[best]) + _seconds(text).fill_null(0.0))
    return out


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
