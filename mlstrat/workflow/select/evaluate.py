"""What an expression says of many candidates at once: values, and the intervals around them.

Intervals go through arithmetic by their ends. Where an expression rests on m uncertain figures,
each has its interval at 1 − α/m, so that the result holds whatever binds the figures together
(Bonferroni); with one uncertain figure nothing is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from mlstrat.core.conditions.grammar import (
    Binary,
    Call,
    Column,
    Comparison,
    Negative,
    Node,
    Number,
    columns_in,
    pointed,
)
from mlstrat.core.counts import Floats
from mlstrat.core.intervals import poisson_interval, proportion_interval
from mlstrat.core.record import Record
from mlstrat.errors import UsageError

Ends = tuple[Floats, Floats]


class Span(Record, eq=False):
    """K values with the ends of their intervals; NaN ends where an interval is not known."""

    value: Floats
    low: Floats
    high: Floats


class Measured(Record, eq=False):
    """One column of K candidates.

    ``values`` are NaN where blank; ``scale`` is 1 for fractions, 100 for percent, None for what is
    no share (milliseconds, bytes) and is taken as exact; ``interval`` gives K lows and highs at a
    confidence, NaN where not known; ``n`` are K numbers of rows; ``exact`` is as ``interval``, by
    Clopper and Pearson, of proportions of rows.
    """

    values: Floats
    scale: float | None = None
    interval: Callable[[float], Ends] | None = None
    n: Floats | None = None
    exact: Callable[[float], Ends] | None = None

    def span(self, confidence: float, *, exact: bool = False) -> Span:
        """Return values and intervals at a confidence."""
        if self.interval is not None:
            asked = self.exact if exact and self.exact is not None else self.interval
            return Span(self.values, *asked(confidence))
        if self.scale is None:
            return Span(self.values, self.values, self.values)
        unknown = np.full_like(self.values, np.nan)
        return Span(self.values, unknown, unknown)


Columns = Mapping[str, Measured]
"""Columns by the name that an expression uses."""


def proportion_ends(
    values: Floats, n: Floats, scale: float, confidence: float, *, exact: bool = False
) -> Ends:
    """Return the intervals of K proportions (see `proportion_interval`), NaN where n is."""
    ends = np.full((2, len(values)), np.nan)
    for i in np.flatnonzero(~np.isnan(n) & ~np.isnan(values)):
        share, rows = float(values[i]) / scale, float(n[i])
        ends[:, i] = np.array(proportion_interval(share, rows, confidence, exact=exact)) * scale
    return ends[0], ends[1]


def evaluate(
    node: Node,
    columns: Columns,
    confidence: float,
    whole: float | None = None,
    *,
    exact: bool = False,
) -> Span:
    """Return what an expression says of every candidate.

    ``whole`` is what 100% is; without it what the columns of the expression say.
    """
    each = 1 - (1 - confidence) / max(len(uncertain(node, columns)), 1)
    count = len(next(iter(columns.values())).values) if columns else 1
    found = _span(node, columns, each, whole or unit(node, columns), count, exact=exact)
    # What overflows is no figure.
    return Span(np.where(np.isfinite(found.value), found.value, np.nan), found.low, found.high)


def uncertain(node: Node, columns: Columns) -> frozenset[Node]:
    """Return the parts of an expression that have an interval."""
    if isinstance(node, Call) and node.function == "rate":
        return frozenset({node})
    if isinstance(node, Column):
        return (
            frozenset() if columns[node.name].interval is None else frozenset({Column(node.name)})
        )
    return frozenset[Node]().union(*(uncertain(x, columns) for x in _parts(node)))


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case Negative(inside):
            return (inside,)
        case Binary(_, left, right):
            return left, right
        case Call(_, arguments):
            return tuple(arguments)
    return ()


def unit(node: Node, columns: Columns) -> float:
    """Return what 100% is among the columns of an expression: 1, or 100 where they are percent."""
    scales = {columns[c.name].scale for c in columns_in(node)}
    return 100.0 if 100.0 in scales else 1.0


def scale_of(node: Node, columns: Columns) -> float | None:
    """Return 1 or 100 where an expression is a share as a fraction or in percent, else None."""
    match node:
        case Column(name):
            return columns[name].scale
        case Negative(inside):
            return scale_of(inside, columns)
        case Binary("+" | "-", left, right):
            sides = scale_of(left, columns), scale_of(right, columns)
            whole = [x for x in (left, right) if isinstance(x, Number)]
            known = sides[0] or sides[1]
            if whole and known and (whole[0].percent or whole[0].value == known):
                return known
            return sides[0] if sides[0] == sides[1] else None
        case Call("mean" | "min" | "max" | "f1", arguments):
            several = {scale_of(x, columns) for x in arguments}
            return several.pop() if len(several) == 1 else None
        case _:
            return None


def check_units(comparison: Comparison, columns: Columns) -> None:
    """Refuse a bound whose unit is in doubt: 0.9 of a column in percent, 90 of fractions."""
    both = ((comparison.left, comparison.right), (comparison.right, comparison.left))
    for side, other in both:
        scale = scale_of(side, columns)
        if scale is None or not isinstance(other, Number) or other.percent:
            continue
        bound = abs(other.value)
        if scale == 1 and bound > 1:
            raise UsageError(
                f"--where {comparison.text}: the column holds fractions, and {other.value:g} "
                "is above 1",
                hint=f"write {other.value:g}%",
            )
        if scale == 100 and 0 < bound < 1:
            raise UsageError(
                f"--where {comparison.text}: the column is in percent, and {other.value:g} may "
                "be meant as a fraction",
                hint=f"write {other.value:g}% or {100 * other.value:g}%",
            )


def _span(
    node: Node, columns: Columns, confidence: float, whole: float, count: int, *, exact: bool
) -> Span:
    def of(inner: Node) -> Span:
        return _span(inner, columns, confidence, whole, count, exact=exact)

    match node:
        case Number(value, percent):
            number = np.full(count, value * whole / 100 if percent else value)
            return Span(number, number, number)
        case Column(name):
            return columns[name].span(confidence, exact=exact)
        case Negative(inside):
            one = of(inside)
            return Span(-one.value, -one.high, -one.low)
        case Binary(operator, left, right):
            with np.errstate(over="ignore", invalid="ignore"):
                return _binary(operator, of(left), of(right))
        case Call("rate", (counted, hours)):
            return _rate(of(counted).value, of(hours).value, confidence)
        case Call(function, arguments):
            parts = [of(x) for x in arguments]
            return Span(
                *(
                    _FUNCTIONS[function](np.stack([getattr(x, name) for x in parts]))
                    for name in ("value", "low", "high")
                )
            )
    raise ValueError(node)


def _binary(operator: str, a: Span, b: Span) -> Span:
    if operator == "+":
        return Span(a.value + b.value, a.low + b.low, a.high + b.high)
    if operator == "-":
        return Span(a.value - b.value, a.low - b.high, a.high - b.low)
    if operator == "*":
        return Span(a.value * b.value, *_products(a, b.low, b.high))
    zero = b.value == 0
    over = np.divide(a.value, b.value, out=np.full_like(a.value, np.nan), where=~zero)
    around = (b.low <= 0) & (b.high >= 0)
    safe = np.where(around, 1.0, b.low), np.where(around, 1.0, b.high)
    low, high = _products(a, 1 / safe[1], 1 / safe[0])
    low, high = np.where(around, -math.inf, low), np.where(around, math.inf, high)
    return Span(over, np.where(zero, np.nan, low), np.where(zero, np.nan, high))


def _products(a: Span, low: Floats, high: Floats) -> Ends:
    corners = np.stack([a.low * low, a.low * high, a.high * low, a.high * high])
    return np.asarray(corners.min(axis=0)), np.asarray(corners.max(axis=0))


def _rate(counted: Floats, hours: Floats, confidence: float) -> Span:
    """Return counts by hour with exact Poisson intervals; the hours are taken as exact."""
    usable = (counted >= 0) & (hours > 0) & (counted == np.floor(counted))
    count, time = np.where(usable, counted, 0.0), np.where(usable, hours, 1.0)
    low, high = poisson_interval(count, confidence)
    return Span(*(np.where(usable, x / time, np.nan) for x in (count, low, high)))


def _f1(parts: Floats) -> Floats:
    """Return 2PR / (P + R), rising in both; undefined where both are 0."""
    total = parts[0] + parts[1]
    product = 2 * parts[0] * parts[1]
    return np.asarray(np.divide(product, total, out=np.full_like(total, np.nan), where=total > 0))


_FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "mean": lambda parts: np.asarray(parts.mean(axis=0)),
    "min": lambda parts: np.asarray(parts.min(axis=0)),
    "max": lambda parts: np.asarray(parts.max(axis=0)),
    "f1": _f1,
}


def check_rates(node: Node, columns: Columns, text: str, option: str) -> None:
    """Refuse a rate of what is no count, or of hours that are not above 0."""
    if not (isinstance(node, Call) and node.function == "rate"):
        for part in _parts(node):
            check_rates(part, columns, text, option)
        return
    counted, hours = node.arguments
    count = evaluate(counted, columns, 0.95).value
    time = evaluate(hours, columns, 0.95).value
    bad_count = ~np.isnan(count) & ((count < 0) | (count != np.floor(count)))
    for bad, values, part, what in (
        (bad_count, count, counted, "a rate needs a whole number of events, 0 or more"),
        (time <= 0, time, hours, "a rate needs hours above 0"),
    ):
        if bad.any():
            place = next((c.place for c in columns_in(part)), 0)
            found = f"{what}; one candidate has {values[bad][0]:g}"
            raise pointed(found, text, place, option)
