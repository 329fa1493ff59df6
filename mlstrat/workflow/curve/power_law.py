"""A power law with a floor through a learning curve, and what its scatter leaves open.

Nothing here is drawn at random: intervals invert the profile of the weighted sum of squares.
What they cover is simulated in `tests/workflow/curve/test_learning_curves_simulated.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.intervals import Interval, wilson_interval

UNBOUNDED = math.inf

BLOCK = 200
"""Points at once, so that tables of points by exponents stay in the processor's cache."""

Sums = tuple[float, float, float, Floats, Floats, Floats]
"""Weighted products of errors e, ones 1 and powers b: ee, e1, 11, eb, b1, bb."""


@dataclass(frozen=True)
class PowerLaw:
    """error(n) = floor + scale · (n / unit)^−exponent, scale ≥ 0, floor ≥ 0."""

    floor: float
    scale: float
    exponent: float
    unit: float

    def at(self, n: float) -> float:
        """Return the error at a number of training examples.

        Examples
        --------
        >>> round(PowerLaw(0.05, 0.1, 0.5, 1000).at(4000), 3)
        0.1
        """
        return self.floor + self.scale * float((n / self.unit) ** -self.exponent)

    def size_for(self, error: float) -> float:
        """Return the number of examples at which the curve reaches an error; inf where never.

        Examples
        --------
        >>> round(PowerLaw(0.05, 0.1, 0.5, 1000).size_for(0.1))
        4000
        """
        if self.floor + self.scale <= 0 or error <= self.floor or self.scale <= 0:
            return UNBOUNDED if error <= self.floor else 0.0
        # In logarithms: a shallow curve just above its floor needs more than a float holds.
        power = math.log(self.scale / (error - self.floor)) / self.exponent
        return self.unit * math.exp(power) if power < 600 else UNBOUNDED


@dataclass(frozen=True)
class CurveFit:
    """The best power law, and sums from which any profile of it follows.

    Attributes
    ----------
    law
        The best power law.
    chi_squared, degrees
        Its weighted sum of squares, and the points beyond its three parameters.
    spread
        By how much variances are taken to be larger than counts say; without counts, their scale,
        None where the points are too few to tell it.
    counted
        Whether the counts behind the points are known.
    allowance
        The rise of the sum of squares, in its own units, that an interval allows; None where
        there is no interval.
    one_set
        The examples that all points were measured on; None where they are not the same.
    quantile
        The normal quantile of the intervals.
    """

    law: PowerLaw
    chi_squared: float
    degrees: int
    spread: float | None
    counted: bool
    allowance: float | None
    one_set: float | None
    quantile: float
    _exponents: Floats
    _sums: Sums

    def rise(self, n: Floats, error: Floats) -> Floats:
        """Return by how much the sum of squares rises when the curve must pass through (n, error).

        Formula: with e = error + a (nᵢ^−b − n^−b) least squares in a, clipped so that a and the
        floor are at least 0, then the least over the grid of b. n may be infinite: the floor.
        """
        if len(n) > BLOCK:
            cuts = range(BLOCK, len(n), BLOCK)
            parts = zip(np.split(n, cuts), np.split(error, cuts), strict=True)
            return np.concatenate([self.rise(*part) for part in parts])
        ee, e1, s11, eb, b1, bb = self._sums
        ref = (n[None, :] / self.law.unit) ** -self._exponents[:, None]
        num = eb[:, None] - error * b1[:, None] - ref * (e1 - error * s11)
        den = bb[:, None] - 2 * ref * b1[:, None] + ref**2 * s11
        most = np.divide(error, ref, out=np.full_like(ref, np.inf), where=ref > 0)
        a = np.clip(num / np.maximum(den, 1e-300), 0.0, most)
        squares = ee - 2 * error * e1 + error**2 * s11 - 2 * a * num + a**2 * den
        rise: Floats = np.maximum(squares.min(axis=0) - self.chi_squared, 0.0)
        return rise

    def rise_at(self, n: float, error: float) -> float:
        """Return the rise of `rise` at one point."""
        return float(self.rise(np.array([n]), np.array([error]))[0])

    def errors_at(self, n: float, steps: int = 1000) -> Interval | None:
        """Return the interval of the error at a size, of the floor at infinity.

        Points on one dev set rise and fall together, which no scatter shows: there the interval
        is never narrower than that of one measurement on this set.
        """
        if self.allowance is None:
            return None
        centre = self.law.floor if math.isinf(n) else self.law.at(n)
        values = np.unique(np.append(np.linspace(0.0, 1.0, steps + 1), centre))
        inside = values[self.rise(np.full(len(values), n), values) <= self.allowance]
        low, high = (float(inside[0]), float(inside[-1])) if len(inside) else (centre, centre)
        low = self._crossing(n, low, max(low - 1 / steps, 0.0))
        high = self._crossing(n, high, min(high + 1 / steps, 1.0))
        together = self.around(centre)
        return min(low, together[0]), max(high, together[1])

    def around(self, error: float) -> Interval:
        """Return where an error may lie because all points share one dev set."""
        if self.one_set is None:
            return error, error
        return wilson_interval(min(max(error, 0.0), 1.0), self.one_set, self.quantile)

    def _crossing(self, n: float, inside: float, outside: float) -> float:
        """Return where the rise passes the allowance between two errors."""
        if self.allowance is None or self.rise_at(n, outside) <= self.allowance:
            return outside
        for _ in range(16):  # a step of the grid becomes less than a millionth
            middle = (inside + outside) / 2
            if self.rise_at(n, middle) <= self.allowance:
                inside = middle
            else:
                outside = middle
        return inside

    def sizes_for(self, error: float, low: float, high: float) -> Interval | None:
        """Return the interval of the size at which the curve reaches an error.

        Looked for between `low` and `high`; an end that lies beyond is 0 or infinite. None where
        no size between fits, or there is no interval.
        """
        if self.allowance is None:
            return None
        sizes = np.geomspace(low, high, 1500)
        fits = self.rise(sizes, np.full(len(sizes), error)) <= self.allowance
        where = np.flatnonzero(fits)
        if not len(where):
            return None
        # A step of the grid outwards: the interval is never too short for the grid.
        first, last = max(where[0] - 1, 0), min(where[-1] + 1, len(sizes) - 1)
        least = 0.0 if fits[0] else float(sizes[first])
        most = UNBOUNDED if fits[-1] else float(sizes[last])
        easier, harder = self.around(error)[1], self.around(error)[0]
        most = max(most, self.law.size_for(harder))
        return min(least, self.law.size_for(easier)), most if most <= high else UNBOUNDED
