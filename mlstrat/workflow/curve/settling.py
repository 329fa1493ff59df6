"""What would tell on which side of the target dev lies, now or in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlstrat.core.figures import Estimate, Figure, jeffreys_variance
from mlstrat.core.sample_size.to_settle import IntervalAt, Side, ToSettle, settle, side_of
from mlstrat.workflow.curve.fit import fit_power_law
from mlstrat.workflow.curve.learning_curve import (
    FARTHEST,
    CurvePoint,
    Measured,
    Settling,
    Target,
    value_of,
)
from mlstrat.workflow.curve.power_law import CurveFit
from mlstrat.workflow.diagnose.ladder import SLACK

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

    Parameters
    ----------
    measured
        The models, by size.
    last, fit, target
        The largest size, the fitted curve, and the error that is wanted.
    confidence
        Of the intervals.
    shared
        Whether all sizes were measured on the same dev examples.
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
