"""Fitting a power law with a floor: weighted least squares over a grid of exponents."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.figures import jeffreys_variance
from mlstrat.core.intervals import normal_quantile, t_quantile
from mlstrat.workflow.curve.power_law import CurveFit, PowerLaw, Sums

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

    Parameters
    ----------
    sizes
        Training examples of each point, above 0; at least three different ones.
    errors
        The error of each point, a fraction.
    trials
        Examples behind each error; None where unknown.
    confidence
        Of the intervals.
    shared
        Whether the points were measured on the same examples.

    References
    ----------
    Cortes, Jackel, Solla, Vapnik and Denker (1994), Learning curves: asymptotic values and rate
    of convergence; Venzon and Moolgavkar (1988) for profile intervals; Smyth (2004).

    Examples
    --------
    >>> n = [100, 200, 400, 800, 1600, 3200]
    >>> fit = fit_power_law(n, [0.05 + 2 * x**-0.5 for x in n], [5000] * 6, 0.95)
    >>> round(fit.law.floor, 3), round(fit.law.exponent, 2)
    (0.05, 0.5)
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
        return spread, spread * student(confidence, degrees) ** 2
    known = PRIOR_DEGREES + degrees
    spread = max(1.0, (PRIOR_DEGREES + squares) / known)
    return spread, spread * student(confidence, known) ** 2


def student(confidence: float, degrees: int) -> float:
    """Return the two-sided quantile of Student's t for any whole degrees of freedom.

    Examples
    --------
    >>> [round(student(0.95, k), 3) for k in (2, 3, 10)]
    [4.303, 3.182, 2.228]
    """
    if degrees > 3:
        return t_quantile(confidence, degrees)
    if degrees == 2:
        return confidence * math.sqrt(2 / (1 - confidence**2))
    low, high = 0.0, math.pi / 2  # P(|T₃| ≤ √3 tan x) = (2x + sin 2x)/π
    for _ in range(60):
        middle = (low + high) / 2
        below = (2 * middle + math.sin(2 * middle)) / math.pi < confidence
        low, high = (middle, high) if below else (low, middle)
    return math.sqrt(3) * math.tan(low)
