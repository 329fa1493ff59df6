"""The operating point: error rates over thresholds, the one to choose, and its interval.

A trial is accepted where its score is at least the threshold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import logit_interval, t_quantile, wilson_interval
from mlstrat.core.ratio import FEWEST_CLUSTERS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_POINTS = 100
"""Points of a DET curve that the JSON holds, at most."""


@dataclass(frozen=True, eq=False)
class Trials:
    """Trials of one split: scores, whether genuine, the codes of the identities of each side."""

    score: Floats
    same: NDArray[np.bool_]
    left: Ints
    right: Ints

    def where(self, keep: NDArray[np.bool_]) -> Trials:
        """Return some of them."""
        return Trials(self.score[keep], self.same[keep], self.left[keep], self.right[keep])


def threshold_at(trials: Trials, far: float) -> float:
    """Return the smallest score from which at most a share of the impostors is accepted.

    Without any such score it is above all of them.

    Examples
    --------
    >>> zero = np.zeros(5, int)
    >>> trials = Trials(np.array([1., 2, 3, 4, 5]), np.array([0, 0, 0, 1, 1], bool), zero, zero)
    >>> threshold_at(trials, 0.0), threshold_at(trials, 0.34)
    (4.0, 3.0)
    """
    impostors = trials.score[~trials.same]
    scores = trials.score[np.isfinite(trials.score)]
    fits, last = scores, len(impostors) - 1 - math.floor(far * len(impostors) + 1e-9)
    if last >= 0:  # above the most alike of those that may not be accepted
        fits = scores[scores > np.partition(impostors, last)[last]]
    if not len(fits):
        return math.nextafter(float(scores.max()), math.inf) if len(scores) else math.inf
    return float(fits.min())


def rates(trials: Trials) -> tuple[Floats, Floats, Floats]:
    """Return every score as a threshold, with the share of impostors accepted, genuine rejected."""
    genuine, impostors = (np.sort(trials.score[x]) for x in (trials.same, ~trials.same))
    scores = np.unique(trials.score[np.isfinite(trials.score)])
    far = 1 - np.searchsorted(impostors, scores, side="left") / max(len(impostors), 1)
    frr = np.searchsorted(genuine, scores, side="left") / max(len(genuine), 1)
    return scores, far, frr


def equal_error(trials: Trials) -> tuple[float, float]:
    """Return the mean of both rates where they are closest, and that threshold."""
    scores, far, frr = rates(trials)
    place = int(np.argmin(np.abs(far - frr)))
    return float(far[place] + frr[place]) / 2, float(scores[place])


def auc(trials: Trials) -> float:
    """Return the chance that a genuine trial scores above an impostor one, ties as halves.

    Examples
    --------
    >>> zero = np.zeros(4, int)
    >>> auc(Trials(np.array([1., 2, 2, 3]), np.array([0, 0, 1, 1], bool), zero, zero))
    0.875
    """
    score = np.nan_to_num(trials.score, neginf=-np.finfo(float).max)
    order = np.unique(score, return_inverse=True)[1]
    below = np.bincount(order[~trials.same], minlength=order.max() + 1)
    lower = np.cumsum(below) - below
    wins = lower[order[trials.same]] + 0.5 * below[order[trials.same]]
    return float(wins.sum() / (trials.same.sum() * (~trials.same).sum()))


def leave_one_out(
    num: Floats, den: Floats, left: Ints, right: Ints, confidence: float, unit: str = "identities"
) -> Figure:
    """Return Σ num / Σ den with an interval over identities, which trials of both sides share.

    Formula: each identity left out in turn with all trials that touch it; variance = (K − 1)/K
    Σ (v₍ᵢ₎ − mean)²; v ± t(K − 1) standard errors on the logit scale. Where nothing or everything
    is wrong: Wilson at K trials.

    References
    ----------
    Efron and Stein (1981), Annals of Statistics 9, 586-596 (the jackknife);
    Bolle, Ratha and Pankanti (2004), Computer Vision and Image Understanding 93 (subsets of people)
    """
    value, n = float(num.sum() / den.sum()), len(num)
    touched = np.unique(np.concatenate([left[den > 0], right[den > 0]]))
    k = len(touched)
    if k < FEWEST_CLUSTERS:
        why = f"no interval: {k} {unit}, and fewer than {FEWEST_CLUSTERS} do not tell their spread"
        return Figure(value, None, n, why)
    if not 0 < value < 1:
        return Figure(value, wilson_interval(value, k, t_quantile(confidence, k - 1)), n)
    most = int(max(left.max(), right.max())) + 1
    other = left != right

    def of_identity(x: Floats) -> Floats:
        both = np.bincount(left, x, most) + np.bincount(right[other], x[other], most)
        return np.asarray(both[touched], float)

    rest = den.sum() - of_identity(den)
    keep = rest > 0
    without = (num.sum() - of_identity(num))[keep] / rest[keep]
    variance = (len(without) - 1) / len(without) * float(((without - without.mean()) ** 2).sum())
    if not variance > 0:
        return Figure(value, None, n, "no interval: nothing varied in what was seen")
    ci = logit_interval(value, math.sqrt(variance), t_quantile(confidence, k - 1), 0.0, 1.0)
    return Figure(value, ci, n)


def det_points(trials: Trials) -> list[list[float]]:
    """Return points of the DET curve: threshold, FAR, FRR, where either changes."""
    scores, far, frr = rates(trials)
    changes = np.flatnonzero(np.diff(far, prepend=2.0) != 0)
    if len(changes) > MOST_POINTS:
        changes = changes[np.linspace(0, len(changes) - 1, MOST_POINTS).round().astype(int)]
    return [[float(scores[i]), float(far[i]), float(frr[i])] for i in changes]
