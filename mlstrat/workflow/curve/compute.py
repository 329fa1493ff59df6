"""Learning curves: with more training examples train rises and dev falls; will dev reach a target?

The course's verdicts (Machine Learning Yearning 28-32) on the last point of the curve, and a power
law with a floor through all of it, for what lies beyond.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.workflow.curve.fit import fit_power_law
from mlstrat.workflow.curve.learning_curve import (
    Beyond,
    CurvePoint,
    Diagnosis,
    LearningCurve,
    Measured,
    Reach,
    Settling,
    Target,
)
from mlstrat.workflow.curve.power_law import CurveFit
from mlstrat.workflow.diagnose.ladder import SECOND_FOCUS, SLACK

FEWEST_SIZES = 3
"""A power law with a floor has three parameters."""


FARTHEST = 1000.0
"""Times the largest size at which dev is said to have come to its floor, and up to which a size for
the target is looked for (ours): a shallow power law never ends, and nobody has more data."""


FAR = 10.0
"""Times the largest size beyond which a power law is a guess, and said to be one (ours)."""


NEXT_SIZES = (2, 4, 8, 16)
"""Times the largest size at which one more run is tried in thought (ours)."""


def learning_curve(
    measured: Sequence[Measured], target: Target | None, sampling: Sampling
) -> LearningCurve:
    """Return the curve of models trained on growing numbers of examples.

    Parameters
    ----------
    measured
        One a model, at three sizes at least; several of one size are averaged.
    target
        The error that is wanted, taken as exact.
    sampling
        Its confidence; nothing is drawn at random.

    Examples
    --------
    >>> runs = [Measured(n, Figure(0.01), Figure(0.02 + 2 * n**-0.5), None, 20_000)
    ...         for n in (100, 200, 400, 800, 1600, 3200)]
    >>> curve = learning_curve(runs, Target(0.04), Sampling())
    >>> curve.diagnosis, curve.reaches
    ('variance', 'yes')
    """
    ordered = sorted(measured, key=lambda one: (one.n, _value(one.dev), _value(one.train)))
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
        [_value(one.dev) for one in ordered],
        trials if counted else None,
        sampling.confidence,
        shared=shared,
    )
    beyond = _beyond(fit, points, target)
    reaches, proof = (None, None) if target is None else _reach(points[-1], beyond, target)
    settling = None
    if target is not None and reaches == "cannot_tell":
        settling = _settling(ordered, points[-1], fit, target, sampling.confidence, shared)
    diagnosis = None if target is None else diagnose_point(points[-1], target.error)
    return LearningCurve(points, target, diagnosis, reaches, proof, beyond, fit, settling, shared)


def diagnose_point(point: CurvePoint, target: float) -> Diagnosis:
    """Return the course's verdict on the largest size, from the values alone.

    Formula: bias = train − target, variance = dev − train, neither below 0. The larger is the
    diagnosis, and both are where the second is more than `SECOND_FOCUS` of the first, as in the
    ladder; ``fine`` where dev has reached the target.

    Examples
    --------
    >>> point = CurvePoint(1000, Figure(0.15), Figure(0.16), 1)
    >>> diagnose_point(point, 0.05), diagnose_point(point, 0.2)
    ('bias', 'fine')
    """
    train, dev = _value(point.train), _value(point.dev)
    if dev <= target + SLACK:
        return "fine"
    bias, variance = max(train - target, 0.0), max(dev - train, 0.0)
    if min(bias, variance) > SECOND_FOCUS * max(bias, variance) + SLACK:
        return "both"
    return "bias" if bias > variance else "variance"


def _point(n: int, runs: Sequence[Measured], sampling: Sampling) -> CurvePoint:
    return CurvePoint(
        n,
        _average([(one.train, one.train_trials) for one in runs], sampling),
        _average([(one.dev, one.trials) for one in runs], sampling),
        sum(one.runs for one in runs),
    )


def _average(figures: Sequence[tuple[Figure, float | None]], sampling: Sampling) -> Figure:
    """Return the mean error of several runs of one size, by the examples behind each.

    Its interval is that of one run: the runs may have been measured on the same examples.
    """
    if len(figures) == 1:
        return figures[0][0]
    trials = [t for _, t in figures if t is not None]
    if len(trials) < len(figures):
        return Figure(sum(_value(f) for f, _ in figures) / len(figures))
    value = sum(_value(f) * t for (f, _), t in zip(figures, trials, strict=True)) / sum(trials)
    rows = [f.n for f, _ in figures if f.n is not None]
    around = wilson_interval(value, sum(trials) / len(trials), normal_quantile(sampling.confidence))
    return Figure(value, around, sum(rows) if len(rows) == len(figures) else None)


def _value(figure: Figure) -> float:
    if figure.value is None:
        raise ValueError("a point of a curve has an error")
    return figure.value


def _beyond(fit: CurveFit, points: Sequence[CurvePoint], target: Target | None) -> Beyond:
    last, reason = points[-1].n, None
    if fit.allowance is None:
        reason = "no interval: no counts tell how sure the points are, and they are too few"
    size = None
    if target is not None:
        around = fit.sizes_for(target.error, points[0].n / FAR, FARTHEST * last)
        size = (fit.law.size_for(target.error), around)
    return Beyond(
        Figure(fit.law.at(FARTHEST * last), fit.errors_at(FARTHEST * last), None, reason),
        Figure(fit.law.at(2 * last), fit.errors_at(2 * last), None, reason),
        size,
    )


def _reach(
    last: CurvePoint, beyond: Beyond, target: Target
) -> tuple[Reach, Literal["train", "floor"] | None]:
    """Return whether dev will reach the target, and what rules it out."""
    train, dev, wanted = _value(last.train), _value(last.dev), target.error
    if dev <= wanted + SLACK:
        return "reached", None
    # The training error only rises with more examples, and dev stays above it (MLY 28).
    if last.train.ci is not None and last.train.ci[0] > wanted and dev >= train:
        return "never", "train"
    if beyond.floor.ci is not None and beyond.floor.ci[0] > wanted:
        return "never", "floor"
    size, around = beyond.size or (math.inf, None)
    ends = around is not None and math.isfinite(around[1]) and math.isfinite(size)
    if ends and train <= wanted + SLACK:
        return "yes", None
    return "cannot_tell", None


def _settling(
    measured: Sequence[Measured],
    last: CurvePoint,
    fit: CurveFit,
    target: Target,
    confidence: float,
    shared: bool,
) -> Settling:
    """Return what would tell on which side of the target the floor lies, if figures stay so."""
    if fit.allowance is None:
        return Settling("counts")
    if not _open(fit, target.error):
        return Settling("train")
    times = _times(fit, target.error)
    trials = [one.trials for one in measured if one.trials is not None]
    counted = len(trials) == len(measured)
    for factor in NEXT_SIZES:
        more = factor * last.n
        tried = fit_power_law(
            [*(one.n for one in measured), more],
            [*(_value(one.dev) for one in measured), fit.law.at(more)],
            [*trials, trials[-1]] if counted else None,
            confidence,
            shared=shared,
        )
        if not _open(tried, target.error):
            return Settling("floor", times, more)
    return Settling("floor", times)


def _open(fit: CurveFit, target: float) -> bool:
    """Tell whether the floor may lie on either side of the target."""
    far = FARTHEST * fit.law.unit
    low, high = fit.around(fit.law.at(far))
    inside = fit.allowance is None or fit.rise_at(far, target) <= fit.allowance
    return inside or low <= target <= high


def _times(fit: CurveFit, target: float) -> float | None:
    """Return how many times the examples would take the target out of the floor's interval."""
    far = FARTHEST * fit.law.unit
    floor = fit.law.at(far)
    rise, apart = fit.rise_at(far, target), abs(target - floor)
    if fit.allowance is None or rise <= 0 or apart <= 0:
        return None
    low, high = fit.around(floor)
    half = high - floor if target > floor else floor - low
    return max(fit.allowance / rise, (half / apart) ** 2)
