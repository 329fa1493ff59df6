"""A power law with a floor through a learning curve, and what its scatter leaves open.

Weighted least squares over a grid of exponents. Nothing here is drawn at random: intervals invert
the profile of the weighted sum of squares. What they cover is simulated in
`tests/workflow/curve/test_learning_curves_simulated.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.figures import jeffreys_variance
from mlstrat.core.intervals import Interval, normal_quantile, t_quantile, wilson_interval

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
        """Return the error at a number of training examples."""
        return self.floor + self.scale * float((n / self.unit) ** -self.exponent)

    def size_for(self, error: float) -> float:
        """Return the number of examples at which the curve reaches an error; inf where never."""
        if self.floor + self.scale <= 0 or error <= self.floor or self.scale <= 0:
            return UNBOUNDED if error <= self.floor else 0.0
        # In logarithms: a shallow curve just above its floor needs more than a float holds.
        power = math.log(self.scale / (error - self.floor)) / self.exponent
        return self.unit * math.exp(power) if power < 600 else UNBOUNDED


@dataclass(frozen=True)
class CurveFit:
    """The best power law, and sums from which any profile of it follows.

    ``chi_squared`` is its weighted sum of squares, ``degrees`` the points beyond its three
    parameters. ``spread`` is by how much variances are taken to be larger than counts say; without
    counts (``counted``), their scale, None where the points are too few to tell it. ``allowance``
    is the rise of the sum of squares that an interval allows; None where there is no interval.
    ``one_set`` are the examples that all points were measured on; None where they are not the same.
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


EXPONENTS = (0.05, 2.0)
"""Exponents that are looked at. Ours: 0.07 to 0.35 were measured on deep networks (Hestness and
others, 2017), theory gives 0.5 and 1 to simpler models, and a steeper curve has long flattened."""

STEPS = 100
"""Exponents on a grid, equally far apart on a logarithmic scale."""

CLOSER = (3.0, 0.1)
"""Steps of the grid to either side of the best exponent within which finer grids lie: many dev
examples leave little room for it."""

PRIOR_DEGREES = 3
"""Degrees of freedom that the spread known from counts is given against the spread that the
points show (the moderated variance of Smyth, 2004): a run scatters by its training examples and its
seed too, and a few points tell little of how much. Simulated with 5 to 8 points: with 3 the floor's
interval covers 94 to 100% where runs add no more variance than their dev examples; with 2 it is a
tenth wider, with 4 it covers 91%."""

FEWEST_DEGREES = 2
"""Points beyond the three parameters from which scatter alone gives an interval (ours)."""


def fit_power_law(
    sizes: Sequence[float],
    errors: Sequence[float],
    trials: Sequence[float] | None,
    confidence: float,
    *,
    shared: bool = False,
) -> CurveFit:
    """Return the power law with floor through the points of a curve.

    Formula: weighted least squares over the exponent's grid. Variances are those of counts at
    the fitted errors, multiplied by (ν₀ + χ²)/(ν₀ + ν) where that is above 1. Without counts
    variances are proportional to p(1 − p), by a factor that the scatter tells. An interval holds
    what raises the sum of squares by at most spread · t²(ν₀ + ν).

    `trials` are the examples behind each error, None where unknown; `shared` tells whether the
    points were measured on the same.

    References
    ----------
    Cortes, Jackel, Solla, Vapnik and Denker (1994), Learning curves: asymptotic values and rate
    of convergence; Venzon and Moolgavkar (1988) for profile intervals; Smyth (2004).
    """
    n, e = np.asarray(sizes, float), np.asarray(errors, float)
    unit = float(n.max())
    exponents = np.geomspace(*EXPONENTS, STEPS)
    degrees = max(len(n) - 3, 0)
    centre = e
    for _ in range(3):  # the weights follow the fit, not the luck of each point
        weights = _weights(centre, trials)
        law, squares = _best(n / unit, e, weights, exponents, unit)
        centre = np.clip([law.at(x) for x in n], 0.0, 1.0)
    counted = trials is not None
    spread, allowance = _allowed(squares, degrees, confidence, counted=counted)
    one_set = min(trials) if shared and trials is not None else None
    near = _near(law.exponent, exponents)
    return CurveFit(
        law, squares, degrees, spread, counted, allowance, one_set, normal_quantile(confidence),
        near, _sums(n / unit, e, weights, near),
    )  # fmt: skip


def _near(best: float, grid: Floats) -> Floats:
    """Return the grid with finer ones around the best exponent, and that itself."""
    step = math.log(grid[1] / grid[0])
    finer = [best * np.exp(np.linspace(-width, width, STEPS // 2) * step) for width in CLOSER]
    both = np.concatenate([grid, *finer, [best]])
    return np.unique(both[(both >= grid[0]) & (both <= grid[-1])])


def _weights(centre: Floats, trials: Sequence[float] | None) -> Floats:
    """Return one over the variance of each point."""
    counts = [1000.0] * len(centre) if trials is None else trials
    scale = 1.0 if trials is not None else 1000.0
    return np.array([
        1 / (scale * jeffreys_variance(float(p), m)) for p, m in zip(centre, counts, strict=True)
    ])  # fmt: skip


def _sums(x: Floats, e: Floats, weights: Floats, exponents: Floats) -> Sums:
    """Return the products of errors, ones and powers on which all else rests."""
    power = x[None, :] ** -exponents[:, None]
    return (
        float(weights @ e**2), float(weights @ e), float(weights.sum()),
        power @ (weights * e), power @ weights, power**2 @ weights,
    )  # fmt: skip


def _best(
    x: Floats, e: Floats, weights: Floats, exponents: Floats, unit: float
) -> tuple[PowerLaw, float]:
    """Return the best law, its exponent looked for twice: on the grid, then between its steps."""
    for _ in range(2):
        squares, floor, scale = _at_exponents(_sums(x, e, weights, exponents))
        best = int(np.argmin(squares))
        low, high = exponents[max(best - 1, 0)], exponents[min(best + 1, len(exponents) - 1)]
        law = PowerLaw(float(floor[best]), float(scale[best]), float(exponents[best]), unit)
        exponents = np.geomspace(low, high, STEPS)
    return law, max(float(squares[best]), 0.0)


def _at_exponents(
    sums: Sums,
) -> tuple[Floats, Floats, Floats]:
    """Return sum of squares, floor and scale at each exponent, none of them negative."""
    ee, e1, s11, eb, b1, bb = sums
    ones = np.ones_like(eb)
    apart = np.maximum(s11 * bb - b1**2, 1e-300)
    floor, scale = (e1 * bb - eb * b1) / apart, (eb * s11 - e1 * b1) / apart
    inside = (floor >= 0) & (scale >= 0)
    choices = (
        (np.where(inside, floor, 0.0), np.where(inside, scale, eb / bb)),
        (0.0 * ones, np.maximum(eb / bb, 0.0)),
        (max(e1 / s11, 0.0) * ones, 0.0 * ones),
    )
    squares = np.array([
        ee - 2 * c * e1 - 2 * a * eb + c * c * s11 + 2 * c * a * b1 + a * a * bb
        for c, a in choices
    ])  # fmt: skip
    least, every = np.argmin(squares, axis=0), np.arange(len(eb))
    return (
        squares[least, every],
        np.array([c for c, _ in choices])[least, every],
        np.array([a for _, a in choices])[least, every],
    )


def _allowed(
    squares: float, degrees: int, confidence: float, *, counted: bool
) -> tuple[float | None, float | None]:
    """Return the spread beside that of counts, and the rise that an interval allows."""
    if not counted:
        if degrees < FEWEST_DEGREES:
            return None, None
        spread = squares / degrees
        return spread, spread * t_quantile(confidence, degrees) ** 2
    known = PRIOR_DEGREES + degrees
    spread = max(1.0, (PRIOR_DEGREES + squares) / known)
    return spread, spread * t_quantile(confidence, known) ** 2
