# Over 300 lines: what a curve is, what it says, and what would settle it.
"""Learning curves: with more training examples train rises and dev falls; will dev reach a target?

The verdicts of the course (Machine Learning Yearning 28-32) on the last point of the curve, and a
power law with a floor through all of it, for what lies beyond. Both are said by intervals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from mlstrat.core.figures import Estimate, Figure, Sampling, interval_at, jeffreys_variance
from mlstrat.core.intervals import (
    Interval,
    contrast,
    holm,
    normal_quantile,
    p_value,
    wilson_interval,
)
from mlstrat.core.sample_size.to_settle import IntervalAt, Side, ToSettle, settle, side_of
from mlstrat.workflow.curve.power_law import CurveFit, fit_power_law
from mlstrat.workflow.diagnose.ladder import SECOND_FOCUS, SLACK

FARTHEST = 100.0
"""Times the largest size at which dev is said to have come to its floor, and up to which a size for
the target is looked for (mlstrat's threshold): a shallow power law never ends, nobody gets more
data than that, and the interval is a tenth narrower than at a thousand times."""

Diagnosis = Literal["bias", "variance", "both", "fine"]

Reach = Literal["reached", "yes", "never", "cannot_tell"]


@dataclass(frozen=True)
class Measured:
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


@dataclass(frozen=True)
class CurvePoint:
    """One size: train and dev error, averaged where several models were trained on so many."""

    n: int
    train: Estimate
    dev: Estimate
    runs: int


@dataclass(frozen=True)
class Target:
    """The error that is wanted, and who says so: ``option`` or ``human``."""

    error: float
    origin: Literal["option", "human"] = "option"


@dataclass(frozen=True)
class Beyond:
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


@dataclass(frozen=True)
class Settling:
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


@dataclass(frozen=True)
class LearningCurve:
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

    def decides(at: IntervalAt) -> bool:
        low, high = at(confidence)
        return low > 0 or high <= 0

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

    def gap(*terms: tuple[int, Estimate]) -> IntervalAt:
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
