"""The mean loss of rows, where a few wrong rows hold most of it.

A confident model loses next to nothing on a right row and much on a wrong one. Where few rows were
wrong the variance of the mean is not known: it is that of those few. So the mean is taken apart
into how often rows are wrong, what a wrong one costs and what a right one does.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mlstrat.core.counts import Cells
from mlstrat.core.figures import Estimate
from mlstrat.core.intervals import Interval, logit_interval, normal_quantile, t_quantile
from mlstrat.core.intervals import proportion as proportion_of
from mlstrat.core.ratio import Ratios, linearise

CLIP = float(np.finfo(np.float64).eps)
"""Distance that a probability keeps from 0 and 1 in a logarithm; scikit-learn's for float64."""

FEWEST_WRONG = 5
"""Fewer wrong rows do not tell what a wrong row costs (ours)."""

DEAREST = 2.0
"""Times what a wrong row would cost a model that means what it says, that it may cost (ours)."""


def by_outcome(
    estimate: Estimate, ratios: Ratios, cells: Cells, confidence: float, high: float | None
) -> Estimate:
    """Return the estimate of a mean loss with the interval of its parts.

    Formula (variance estimates recovery, Zou and Donner 2008): with q the share of wrong rows,
    within (q₁, q₂) by Wilson, and the mean losses a of wrong and b of right rows, each within its
    interval on the log (or logit) scale with t of the even rows behind it, the lower limit is
    m − √((q − q₁)²(a − b)² + q²(a − a₁)² + (1 − q)²(b − b₁)²), the upper one mirrored. With fewer
    than `FEWEST_WRONG` wrong rows what one costs may be anything up to the bound of the loss; of
    one without a bound, up to `DEAREST` times −log((1 − exp(−b))/(C − 1)), what a model of C
    classes that is as sure as it is where it is right loses where it is wrong, or than was seen.
    Simulated in `tests/core/test_scarce.py`.
    """
    count = int(cells.n[cells.wrong].sum())
    share = proportion_of(cells, cells.wrong, np.ones(len(cells.n), bool))
    if estimate.value is None or estimate.ci is None or share is None:
        return estimate
    q, (low_q, high_q) = share.value, share.interval(confidence)
    right, right_ci = _part(ratios.where(~cells.wrong), confidence, high)
    wrong, wrong_ci = _part(ratios.where(cells.wrong), confidence, high)
    dearest = wrong
    if count < FEWEST_WRONG:
        dearest = high if high is not None else _dearest(right, wrong, len(cells.labels))
        wrong_ci = (0.0, dearest)
    down = math.hypot(
        (q - low_q) * (wrong - right), q * (wrong - wrong_ci[0]), (1 - q) * (right - right_ci[0])
    )
    up = math.hypot(
        (high_q - q) * (dearest - right), q * (wrong_ci[1] - wrong), (1 - q) * (right_ci[1] - right)
    )
    value = estimate.value
    top = math.inf if high is None else high
    return replace(estimate, ci=(max(value - down, 0.0), min(value + up, top)))


def _dearest(right: float, wrong: float, classes: int) -> float:
    sure = max(-math.expm1(-right) / max(classes - 1, 1), CLIP)
    return min(DEAREST * max(wrong, -math.log(sure)), -math.log(CLIP))


def _part(ratios: Ratios, confidence: float, high: float | None) -> tuple[float, Interval]:
    """Return the mean loss of some rows with its interval."""
    found = linearise(ratios)
    if found is None:
        return 0.0, (0.0, 0.0)
    variance = found.variance
    if not found.value > 0 or not variance > 0:  # NaN of a single row, too
        return found.value, (found.value, found.value)
    even = max(found.even[1] - 1, 1.0)
    quantile = t_quantile(confidence, even) if even < 1e6 else normal_quantile(confidence)
    top = math.inf if high is None else high
    return found.value, logit_interval(found.value, math.sqrt(variance), quantile, 0.0, top)
