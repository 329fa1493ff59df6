"""Do scores keep what they promise? The expected calibration error in bins of equal mass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import t_quantile

BINS = 10
"""Bins of about as many rows each; ten is usual (Guo et al. 2017)."""

FEWEST_IN_BIN = 20
"""Rows of a bin; with fewer rows in all there are fewer bins (mlstrat's threshold)."""

FEWEST_GROUPS = 5


@dataclass(frozen=True)
class Calibration:
    """How far promised and observed shares are apart on one split.

    Attributes
    ----------
    ece
        The mean distance over bins, with its interval.
    bins
        How many, of about equal mass.
    by_chance
        What a calibrated model would show on so many rows.
    promised, observed
        The mean score, and the share of positives.
    """

    ece: Figure
    bins: int
    by_chance: float
    promised: float
    observed: float

    @property
    def off(self) -> bool:
        """Whether the scores surely do not keep what they promise."""
        return self.ece.ci is not None and self.ece.ci[0] > 0

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON."""
        return {
            "ece": self.ece.to_dict(), "bins": self.bins, "by_chance": self.by_chance,
            "promised": self.promised, "observed": self.observed,
        }  # fmt: skip


def calibration(
    score: Floats, positive: NDArray[np.bool_], n: Ints, weight: Floats, group: Ints | None,
    confidence: float,
) -> Calibration | None:  # fmt: skip
    """Return the expected calibration error of counts by score; None of no probabilities.

    Formula: ECE = Σ_b (w_b / w) |mean(y − p) in b|. Chance alone makes it larger, by at most
    Σ_b (w_b / w) σ_b √(2 / π), what a calibrated model shows; so the interval is from ECE less that
    and t standard errors to ECE plus t standard errors: it covers too often rather than too seldom.
    σ_b and the standard error are linearised over rows, or over groups.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), AAAI; Guo et al. (2017), ICML; Roelofs et al. (2022),
    AISTATS (bins of equal mass, bias).

    Examples
    --------
    >>> p, y = np.array([0.2, 0.2, 0.8, 0.8]), np.array([False, True, False, True])
    >>> found = calibration(p, y, np.array([50] * 4), np.full(4, 50.0), None, 0.95)
    >>> round(found.ece.value, 3), found.bins, found.off
    (0.3, 2, True)
    """
    if not len(score) or score.min() < 0 or score.max() > 1:
        return None
    rows, total = int(n.sum()), float(weight.sum())
    code = bins_of(score, weight, rows)
    bins = int(code.max()) + 1
    mass = np.bincount(code, weight, bins)
    gap = weight * (positive - score)
    mean = np.bincount(code, gap, bins) / mass
    value = float((mass / total * np.abs(mean)).sum())
    # Each row, or group, as what it adds to the mean of its bin.
    each = gap - weight * mean[code]
    clusters = rows if group is None else len(np.unique(group))
    spread = _variances(each, code, n, group, bins) / total**2
    by_chance = float(np.sqrt(spread).sum() * math.sqrt(2 / math.pi))
    whole = _variances(each * np.sign(mean)[code], np.zeros_like(code), n, group, 1) / total**2
    promised, observed = float((weight * score).sum()), float(weight[positive].sum())
    if clusters < FEWEST_GROUPS:
        figure = Figure(value, None, rows, f"no interval: {clusters} groups are too few")
    else:
        reach = t_quantile(confidence, clusters - 1) * math.sqrt(float(whole[0]))
        low, high = max(0.0, value - by_chance - reach), min(1.0, value + reach)
        figure = Figure(value, (low, high), rows)
    return Calibration(figure, bins, by_chance, promised / total, observed / total)


def bins_of(score: Floats, weight: Floats, rows: int) -> Ints:
    """Return the bin of each count: about equal mass, equal scores in one bin."""
    distinct, place = np.unique(score, return_inverse=True)
    mass = np.bincount(place, weight, len(distinct))
    bins = max(1, min(BINS, rows // FEWEST_IN_BIN))
    middle = np.cumsum(mass) - mass / 2
    of_score = np.minimum((middle / weight.sum() * bins).astype(np.int64), bins - 1)
    codes: Ints = np.unique(of_score, return_inverse=True)[1][place]
    return codes


def _variances(each: Floats, code: Ints, n: Ints, group: Ints | None, bins: int) -> Floats:
    """Return the variance of the sum of each bin: over the rows of the counts, or over groups."""
    if group is None:
        return np.bincount(code, each**2 / np.maximum(n, 1), bins).astype(np.float64)
    groups, place = np.unique(group, return_inverse=True)
    sums = np.bincount(code * len(groups) + place, each, bins * len(groups))
    scale = len(groups) / max(len(groups) - 1, 1)
    found: Floats = scale * (sums.reshape(bins, len(groups)) ** 2).sum(axis=1)
    return found
