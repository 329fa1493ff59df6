"""The interval of the area under a ROC curve, where positives or misranked rows are few.

A standard error that was estimated at the value seen is none where nearly all is ranked right: of
ten positives, all above all negatives, nothing varied. So the variance is taken where the truth
may be, as Wilson does for a proportion.
"""

from __future__ import annotations

import math

from mlstrat.core.intervals import Interval

KNOWN = 30.0
"""Misranked rows of the rarer class from which the observed variance is trusted to be the smaller
one, too. Ours."""


def auc_variance(area: float, positives: float, negatives: float) -> float:
    """Return the variance of an area that is truly so large.

    Formula (Hanley and McNeil 1982, with one N* for both classes: Newcombe 2006, method 5): with
    N* = (m + n)/2 − 1, θ(1 − θ)(1 + N*(1 − θ)/(2 − θ) + N*θ/(1 + θ)) / mn.

    Examples
    --------
    >>> round(auc_variance(0.9, 10, 490) ** 0.5, 4)
    0.051
    """
    extra = ((positives + negatives) / 2 - 1) * ((1 - area) / (2 - area) + area / (1 + area))
    return area * (1 - area) * (1 + max(extra, 0.0)) / (positives * negatives)


def auc_interval(
    area: float, variance: float, positives: float, negatives: float, quantile: float
) -> Interval:
    """Return all areas from which the one that was seen is no further than chance may carry it.

    Formula: the two roots θ of |a − θ| = q √(f V(θ)) with V of `auc_variance`, and f what the
    observed (DeLong's) variance is of V(a), not below 1 where fewer than `KNOWN` rows of the rarer
    class are misranked. Simulated in `tests/core/test_scarce.py`.

    Parameters
    ----------
    area
        As seen.
    variance
        Its observed variance; 0 or NaN where nothing varied.
    positives, negatives
        Rows, an effective number where they are weighted.
    quantile
        Of the normal distribution, or of Student's t.

    References
    ----------
    Newcombe (2006), Statistics in Medicine 25, 559-573; DeLong et al. (1988), Biometrics 44.

    Examples
    --------
    >>> [round(x, 3) for x in auc_interval(1.0, 0.0, 10, 490, 1.96)]
    [0.9, 1.0]
    """
    here = auc_variance(area, positives, negatives)
    factor = 1.0
    if here > 0 and variance > 0:
        seen = variance / here
        misranked = min(positives, negatives) * min(area, 1 - area)
        unsure = min(1.0, KNOWN / misranked) if misranked > 0 else 1.0
        factor = unsure * max(seen, 1.0) + (1 - unsure) * seen

    def within(other: float) -> bool:
        error = math.sqrt(factor * auc_variance(other, positives, negatives))
        return abs(area - other) <= quantile * error

    ends = []
    for outside in (0.0, 1.0):
        inside, beyond = area, outside
        for _ in range(60):
            middle = (inside + beyond) / 2
            inside, beyond = (middle, beyond) if within(middle) else (inside, middle)
        ends.append(inside)
    return ends[0], ends[1]
