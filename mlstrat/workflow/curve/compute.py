# Over 300 lines: the law through a curve, what the curve says, and what would settle it.
"""Learning curves: with more training examples train rises and dev falls; will dev reach a target?

The verdicts of the course (Machine Learning Yearning 28-32) on the last point of the curve, and a
power law with a floor through all of it, for what lies beyond. Both are said by intervals.

The law: weighted least squares over a grid of exponents. Nothing here is drawn at random: intervals
invert the profile of the weighted sum of squares. What they cover is simulated in
`tests/workflow/curve/test_learning_curves_simulated.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from mlstrat.core.counts import Bools, Floats
from mlstrat.core.figures import Estimate, Figure, Sampling, interval_at, jeffreys_variance
from mlstrat.core.intervals import (
    Interval,
    contrast,
    holm,
    normal_quantile,
    p_value,
    t_quantile,
    wilson_interval,
)
from mlstrat.core.record import Record
from mlstrat.core.sample_size.to_settle import IntervalAt, Side, ToSettle, settle, side_of
from mlstrat.workflow.diagnose.ladder import SECOND_FOCUS, SLACK

UNBOUNDED = math.inf

BLOCK = 200
"""Points at once, so that tables of points by exponents stay in the processor's cache."""

Sums = tuple[float, float, float, Floats, Floats, Floats]
"""Weighted products of errors e, ones 1 and powers b: ee, e1, 11, eb, b1, bb."""


class PowerLaw(Record):
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


class CurveFit(Record):
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


FARTHEST = 100.0
"""Times the largest size at which dev is said to have come to its floor, and up to which a size for
the target is looked for (mlstrat's threshold): a shallow power law never ends, nobody gets more
data than that, and the interval is a tenth narrower than at a thousand times."""

Diagnosis = Literal["bias", "variance", "both", "fine"]

Reach = Literal["reached", "yes", "never", "cannot_tell"]


class Measured(Record):
    """Train and dev error of one model trained on n examples.

    ``trials`` is the number of independent dev examples behind the dev error, None where unknown;
    ``train_trials`` the same for train. ``runs`` is more than 1 where it is a mean of several.
    """

    n: int
    train: Figure
    dev: Figure
    train_trials: float | None = None
    trials: float | None = None
    runs: int = 1


class CurvePoint(Record):
    """One size: train and dev error, averaged where several models were trained on so many."""

    n: int
    train: Estimate
    dev: Estimate
    runs: int


class Target(Record):
    """The error that is wanted, and who says so: ``option`` or ``human``."""

    error: float
    origin: Literal["option", "human"] = "option"


class Beyond(Record):
    """What the fitted curve says of sizes that nobody has trained on.

    ``here`` is the error at the largest size: as it was measured, and where nobody knows on how
    many examples, with the interval of the fit. ``floor`` is what dev falls towards: the fit at
    `FARTHEST` times the largest size, its lower end at least that of train, which only rises, and
    dev stays above it (MLY 28). ``size`` reaches the target, its upper end infinite where it may
    never be reached; None without a target.
    """

    here: Estimate
    floor: Figure
    doubled: Figure
    size: tuple[float, Interval | None] | None


class Settling(Record):
    """What would tell whether the target is reached.

    The reason is ``dev``: at the largest size dev may lie on either side of the target; ``floor``:
    so may what it falls towards; ``train``: the training error is above the target, though not
    surely; ``counts``: nothing tells how sure the points are. ``times`` the dev examples, or the
    runs a size, would tell; so would one more run of ``size`` training examples; each None where
    none would. ``to_settle`` are the new dev examples; None where nobody knows how many there are.
    """

    reason: Literal["dev", "floor", "train", "counts"]
    times: float | None = None
    size: int | None = None
    to_settle: ToSettle | None = None


class LearningCurve(Record):
    """A learning curve with its verdicts; None is what cannot be told, or needs a target."""

    points: tuple[CurvePoint, ...]
    target: Target | None
    diagnosis: Diagnosis | None
    reaches: Reach | None
    proof: Literal["train", "floor"] | None
    beyond: Beyond
    fit: CurveFit
    settling: Settling | None
    shared: bool

    def undecided(self) -> LearningCurve:
        """Return the curve without a verdict, as its figures may not be what they are taken for."""
        reaches: Reach | None = None if self.target is None else "cannot_tell"
        size = None if self.beyond.size is None else (math.inf, None)
        return replace(
            self, diagnosis=None, reaches=reaches, proof=None, settling=None,
            beyond=replace(self.beyond, size=size),
        )  # fmt: skip

    @property
    def last(self) -> CurvePoint:
        """The largest size."""
        return self.points[-1]

    @property
    def more_data_helps(self) -> bool | None:
        """Whether more data will bring dev to the target that it has not reached."""
        known: Mapping[Any, bool] = {"yes": True, "never": False, "reached": False}
        return known.get(self.reaches)


def value_of(figure: Figure) -> float:
    """Return the error of a point, which has one."""
    if figure.value is None:
        raise ValueError("a point of a curve has an error")
    return figure.value


NEXT_SIZES = (2, 4, 8, 16)
"""Times the largest size at which one more run is tried in thought (mlstrat's threshold)."""


def what_would_settle(
    measured: Sequence[Measured],
    last: CurvePoint,
    fit: CurveFit,
    target: Target,
    confidence: float,
    shared: bool,
) -> Settling:
    """Return what would tell on which side of the target dev lies, if figures stay so.

    `shared` tells whether all sizes were measured on the same dev examples.
    """
    if fit.allowance is None:
        return Settling("counts")
    rows = None if last.dev.trials is None or last.dev.n is None else round(last.dev.trials)
    side = f"at most {100 * target.error:.1f}%"
    if value_of(last.dev) <= target.error + SLACK and last.dev.trials is not None:
        question = f"is the error on dev {side} with {last.n:,} examples?"
        return Settling("dev", *_more_dev(question, last.dev, target.error, rows, confidence))
    open_ = _open(fit, target.error)
    if not open_ and value_of(last.train) > target.error + SLACK:
        return Settling("train")
    far = FARTHEST * fit.law.unit
    floor = Figure(fit.law.at(far), fit.errors_at(far))
    question = f"does the error on dev fall to {side}?"
    times, size, asked = _more_dev(question, floor, target.error, rows, confidence)
    trials = [one.trials for one in measured if one.trials is not None]
    counted = len(trials) == len(measured)
    for factor in NEXT_SIZES if open_ else ():
        more = factor * last.n
        tried = fit_power_law(
            [*(one.n for one in measured), more],
            [*(value_of(one.dev) for one in measured), fit.law.at(more)],
            [*trials, trials[-1]] if counted else None,
            confidence,
            shared=shared,
        )
        if not _open(tried, target.error):
            size = more
            break
    return Settling("floor", times, size, asked)


def _more_dev(
    question: str, figure: Figure, target: float, rows: int | None, confidence: float
) -> tuple[float | None, None, ToSettle | None]:
    """Return how many times the dev examples tell a figure from the target, and how many more.

    Where nobody knows how many examples there are, only the former.
    """

    def decides(at: IntervalAt) -> Bools:
        low, high = at(confidence)
        return (low > 0) | (high <= 0)

    known = replace(figure, n=rows or 1000)
    if isinstance(known, Estimate) and known.trials is not None:
        known = replace(known, variance=jeffreys_variance(value_of(known), known.trials))
    sides = [side_of("dev", known, confidence), Side(None, -1.0, Estimate(target))]
    found = settle(question, sides, decides, of_ci=confidence)
    if found is None:
        return None, None, None
    return 1 + found.total / (rows or 1000), None, None if rows is None else found


def _open(fit: CurveFit, target: float) -> bool:
    """Tell whether the floor may lie on either side of the target."""
    far = FARTHEST * fit.law.unit
    low, high = fit.around(fit.law.at(far))
    inside = fit.allowance is None or fit.rise_at(far, target) <= fit.allowance
    return inside or low <= target <= high


FEWEST_SIZES = 3
"""A power law with a floor has three parameters."""

FAR = 10.0
"""Times the largest size beyond which a power law is a guess, and said to be one (mlstrat's
threshold)."""

NEAR = 0.01
"""A gap may be the larger one where it may be so by more than this: the default of --tolerance."""


def learning_curve(
    measured: Sequence[Measured], target: Target | None, sampling: Sampling
) -> LearningCurve:
    """Return the curve of models of three sizes at least; those of one size are averaged."""
    ordered = sorted(measured, key=lambda one: (one.n, value_of(one.dev), value_of(one.train)))
    points = tuple(
        _point(n, [one for one in ordered if one.n == n], sampling)
        for n in dict.fromkeys(one.n for one in ordered)
    )
    trials = [one.trials for one in ordered if one.trials is not None]
    counted = len(trials) == len(ordered)
    # So many dev examples at every size are most likely the same ones.
    shared = counted and len({one.dev.n for one in ordered}) == 1
    fit = fit_power_law(
        [one.n for one in ordered],
        [value_of(one.dev) for one in ordered],
        trials if counted else None,
        sampling.confidence,
        shared=shared,
    )
    beyond = _beyond(fit, points, target)
    reaches, proof = (None, None) if target is None else _reach(points[-1], beyond, target)
    settling = None
    if target is not None and reaches == "cannot_tell":
        settling = what_would_settle(ordered, points[-1], fit, target, sampling.confidence, shared)
    diagnosis = None
    if target is not None:
        diagnosis = diagnose_point(points[-1].train, beyond.here, target.error, sampling.confidence)
    return LearningCurve(points, target, diagnosis, reaches, proof, beyond, fit, settling, shared)


def looks_turned(points: Sequence[CurvePoint]) -> bool:
    """Tell whether these look like accuracies taken for errors: dev rises, train falls to it.

    The error of train rises with more examples, that of dev falls, and dev stays above train
    (Machine Learning Yearning 28): at the smallest size and from there to the largest, all three
    are the other way round.
    """
    first, last = points[0], points[-1]
    return (
        value_of(first.train) > value_of(first.dev)
        and value_of(last.dev) > value_of(first.dev)
        and value_of(last.train) <= value_of(first.train)
    )


def diagnose_point(
    train: Estimate, dev: Estimate, target: float, confidence: float
) -> Diagnosis | None:
    """Return the course's verdict on the largest size; None where it cannot be told.

    Formula: bias = train − target, variance = dev − train. As in the ladder, the larger is the
    diagnosis, and both are where the second is more than `SECOND_FOCUS` of the first, where each is
    above 0 after Holm's adjustment and no other may be larger by more than `NEAR` (interval of the
    difference of the two gaps, square-and-add); ``fine`` where dev lies wholly at or below the
    target. A figure without an interval is taken as exact: then the values decide.
    """
    low, high = interval_at(dev, confidence, confidence)
    if high <= target + SLACK:
        return "fine"
    if low <= target + SLACK:
        return None
    wanted = Estimate(target)

    def gap(*terms: tuple[int, Estimate]) -> Callable[[float], Interval]:
        return lambda c: contrast(
            [(w, value_of(x), interval_at(x, c, confidence)) for w, x in terms]
        )

    bias, variance = gap((1, train), (-1, wanted)), gap((1, dev), (-1, train))
    p_values = dict(
        zip(("bias", "variance"), holm([p_value(bias), p_value(variance)]), strict=True)
    )
    values = {"bias": value_of(train) - target, "variance": value_of(dev) - value_of(train)}
    first, second = sorted(values, key=lambda name: -values[name])
    apart = gap((2, train), (-1, dev), (-1, wanted))(confidence)
    # The leading gap less the other, at its lower end.
    least = apart[0] if first == "bias" else -apart[1]
    resolved = [x for x in values if values[x] > SLACK and p_values[x] <= 1 - confidence + SLACK]
    named = values[second] > SECOND_FOCUS * values[first] + SLACK
    if first not in resolved or (least <= -NEAR and not (named and second in resolved)):
        return None
    if named and second in resolved:
        return "both"
    return "bias" if first == "bias" else "variance"


def _point(n: int, runs: Sequence[Measured], sampling: Sampling) -> CurvePoint:
    return CurvePoint(
        n,
        _average([(one.train, one.train_trials) for one in runs], sampling),
        _average([(one.dev, one.trials) for one in runs], sampling),
        sum(one.runs for one in runs),
    )


def _average(figures: Sequence[tuple[Figure, float | None]], sampling: Sampling) -> Estimate:
    """Return the mean error of several runs of one size, by the examples behind each.

    Its interval is that of one run: the runs may have been measured on the same examples.
    """
    if len(figures) == 1:
        ((one, alone),) = figures
        return Estimate(one.value, one.ci, one.n, one.reason, trials=alone if one.ci else None)
    trials = [t for _, t in figures if t is not None]
    if len(trials) < len(figures):
        return Estimate(sum(value_of(f) for f, _ in figures) / len(figures))
    value = sum(value_of(f) * t for (f, _), t in zip(figures, trials, strict=True)) / sum(trials)
    rows = [f.n for f, _ in figures if f.n is not None]
    mean = sum(trials) / len(trials)
    around = wilson_interval(value, mean, normal_quantile(sampling.confidence))
    return Estimate(value, around, sum(rows) if len(rows) == len(figures) else None, trials=mean)


def _beyond(fit: CurveFit, points: Sequence[CurvePoint], target: Target | None) -> Beyond:
    last, reason = points[-1], None
    if fit.allowance is None:
        reason = "no interval: no counts tell how sure the points are, and they are too few"
    here = last.dev
    if here.ci is None:
        here = Estimate(here.value, _holding(here, fit.errors_at(last.n)), reason=reason)
    far, size = FARTHEST * last.n, None
    floor, around = fit.law.at(far), fit.errors_at(far)
    if around is not None and (least := _least(last)) is not None:
        around = max(around[0], least), max(around[1], least)
        floor = max(floor, least)
    if target is not None:
        sizes = fit.sizes_for(target.error, points[0].n / FAR, far)
        size = (fit.law.size_for(target.error), sizes)
    doubled = Figure(fit.law.at(2 * last.n), fit.errors_at(2 * last.n), None, reason)
    return Beyond(here, Figure(floor, around, None, reason), doubled, size)


def _holding(figure: Figure, around: Interval | None) -> Interval | None:
    """Return an interval that holds the figure, whatever the fit made of it."""
    value = value_of(figure)
    return None if around is None else (min(around[0], value), max(around[1], value))


def _least(last: CurvePoint) -> float | None:
    """Return the error that dev stays above: that of train, where dev is above it so far."""
    above = last.train.ci is not None and value_of(last.dev) >= value_of(last.train)
    return last.train.ci[0] if above and last.train.ci is not None else None


def _reach(
    last: CurvePoint, beyond: Beyond, target: Target
) -> tuple[Reach, Literal["train", "floor"] | None]:
    """Return whether dev will reach the target, and what rules it out; each by its interval."""
    wanted = target.error
    if beyond.here.ci is not None and beyond.here.ci[1] <= wanted + SLACK:
        return "reached", None
    if (least := _least(last)) is not None and least > wanted:
        return "never", "train"
    if beyond.floor.ci is not None and beyond.floor.ci[0] > wanted:
        return "never", "floor"
    size, around = beyond.size or (math.inf, None)
    ends = around is not None and last.n < around[1] < math.inf and math.isfinite(size)
    if ends and value_of(last.train) <= wanted + SLACK:
        return "yes", None
    return "cannot_tell", None
