# Over 300 lines: the two areas and their intervals stand together.
"""Metrics of a ranking, ROC AUC and average precision, from counts by distinct score.

Sorting the distinct scores once gives both metrics and the influence of every score, so nothing
here loops over rows. A standard error that was estimated at the value seen is none where nearly all
is ranked right: so the variance of an area is taken where the truth may be, as Wilson does for a
proportion.
"""

from __future__ import annotations

import math

import numpy as np

from mlstrat.core.counts import Cells, Floats, ScoreCells, sum_by
from mlstrat.core.figures import Estimate, Sampling, jeffreys_variance
from mlstrat.core.groups import EvenGroups, Influence
from mlstrat.core.intervals import (
    Interval,
    logit_interval,
    normal_quantile,
    t_quantile,
    wilson_interval,
)
from mlstrat.core.linearised import from_variance
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.record import Record
from mlstrat.core.resampling import batches, generator, jeffreys_draws

RANKING_RESAMPLES = 1000
"""Replicates for the standard error of average precision: its own error is then 2%."""

RESAMPLED_SCORES = 2000
"""Distinct scores looked at while resampling; more are joined with their neighbours."""


class Ranking(Record):
    """A metric of a ranking with its standard error; ``influence`` by group where there are."""

    value: float
    variance: float
    influence: Influence | None


def roc_influence(scores: ScoreCells) -> tuple[float, Floats] | None:
    """Return the area under the ROC curve, and how much a unit of weight in each cell moves it."""
    positive = scores.positive == 1
    weight_pos = np.where(positive, scores.weight, 0.0)
    weight_neg = np.where(positive, 0.0, scores.weight)
    total_pos, total_neg = weight_pos.sum(), weight_neg.sum()
    if total_pos <= 0 or total_neg <= 0:
        return None
    # They come sorted within each class: that is merged fast by the sort that indices ask for.
    _, _, place = np.unique(scores.score, return_index=True, return_inverse=True)
    pos, neg = sum_by(place, weight_pos), sum_by(place, weight_neg)
    below = (np.cumsum(neg) - neg / 2) / total_neg
    above = 1 - (np.cumsum(pos) - pos / 2) / total_pos
    value = float((pos * below).sum() / total_pos)
    share = np.where(positive, below[place], above[place])
    return value, (share - value) / np.where(positive, total_pos, total_neg)


def roc_auc(scores: ScoreCells) -> Ranking | None:
    """Return the area under the ROC curve with DeLong's variance; None without both classes.

    Formula: Σᵢ wᵢ F(sᵢ) / Σ wᵢ over positives, F the weighted share of negatives below sᵢ with
    ties counting half. Its variance is that of F over positives plus that of the mirrored share
    over negatives (DeLong et al. 1988; by groups, Obuchowski 1997).
    """
    found = roc_influence(scores)
    if found is None:
        return None
    value, influence = found
    varies = variance_of_classes(scores, influence)
    if isinstance(varies, float):
        return Ranking(value, varies, None)
    return Ranking(value, varies.variance, varies)


def variance_of_classes(scores: ScoreCells, influence: Floats) -> Influence | float:
    """Return Σ w² u² by class with its n / (n − 1), u being how much a unit of weight moves it.

    With groups, the influence of each, of no smaller variance.
    """
    squared, variance = scores.weight_squared * influence**2, 0.0
    for side in (1, 0):
        mine = scores.positive == side
        rows = scores.n[mine].sum()
        variance += float(squared[mine].sum()) * (rows / (rows - 1) if rows > 1 else math.nan)
    if scores.group is None:
        return variance
    groups, codes = np.unique(scores.group, return_inverse=True)
    return Influence(groups, sum_by(codes, scores.weight * influence)).at_least(variance)


def precision_influence(scores: ScoreCells) -> tuple[float, Floats] | None:
    """Return average precision, and how much a unit of weight in each cell moves it.

    Formula: with p and c the weights of positives and of all at a score, F and C their sums from
    the largest score down to it and P all positives, AP = Σ p F / C / P; a positive more moves it
    by (F/C − AP + Σ p (C − F) / C²) / P, a negative by −Σ p F / C² / P, the sums over its own and
    all smaller scores.
    """
    positive = scores.positive == 1
    total = float(scores.weight[positive].sum())
    if total <= 0:
        return None
    _, place = np.unique(-scores.score, return_inverse=True)
    p = sum_by(place, np.where(positive, scores.weight, 0.0))
    found, called = np.cumsum(p), np.cumsum(sum_by(place, scores.weight))
    called = np.where(called > 0, called, 1.0)
    precision = found / called
    value = float((p * precision).sum()) / total
    ahead = np.cumsum((p * (called - found) / called**2)[::-1])[::-1]
    behind = np.cumsum((p * found / called**2)[::-1])[::-1]
    moved = np.where(positive, (precision - value + ahead)[place], -behind[place])
    return value, moved / total


def average_precision(scores: ScoreCells, rng: np.random.Generator) -> Ranking | None:
    """Return average precision with its resampled variance; None without positive rows.

    Formula: Σ (Rᵢ − Rᵢ₋₁) Pᵢ over the distinct scores from the largest, without interpolation.
    """
    positive = scores.positive == 1
    if float(scores.weight[positive].sum()) <= 0:
        return None
    distinct, place = np.unique(-scores.score, return_inverse=True)
    value = float(_average_precision(scores.weight[None, :], place, positive)[0])
    joined = np.unique(place * min(len(distinct), RESAMPLED_SCORES) // len(distinct),
                       return_inverse=True)[1]  # fmt: skip
    if scores.group is not None:
        groups, codes = np.unique(scores.group, return_inverse=True)
        shape, scale = np.ones(len(groups)), scores.weight
    else:
        # Cells of one joined score and class are alike: draw them together.
        key, codes = np.unique(joined * 2 + positive, return_inverse=True)
        weight = sum_by(codes, scores.weight)
        ratio = sum_by(codes, scores.weight_squared) / np.where(weight > 0, weight, 1)
        shape, scale = weight / np.where(ratio > 0, ratio, 1), ratio
        joined, positive, codes = key // 2, key % 2 == 1, np.arange(len(key))
    values = [
        _average_precision(
            rng.standard_gamma(shape, size=(size, len(shape)))[:, codes] * scale, joined, positive
        )
        for size in batches(RANKING_RESAMPLES, max(len(codes), len(shape)))
    ]
    return Ranking(value, float(np.nanvar(np.concatenate(values), ddof=1)), None)


def _average_precision(weight: Floats, place: np.ndarray, positive: np.ndarray) -> Floats:
    """Average precision of B×M weights; `place` ranks the scores from the largest."""
    order = np.argsort(place, kind="stable")
    starts = np.unique(place[order], return_index=True)[1]
    hits = np.add.reduceat((weight * positive)[:, order], starts, axis=1)
    rows = np.add.reduceat(weight[:, order], starts, axis=1)
    found, called = np.cumsum(hits, axis=1), np.cumsum(rows, axis=1)
    precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
    result: Floats = (hits * precision).sum(axis=1) / found[:, -1]
    return result


class _Ranked(Record):
    """A ranking of one class against the rest: what its interval is made of."""

    ranking: Ranking
    share: float
    positives: float
    negatives: float
    even: EvenGroups | None

    @classmethod
    def of(cls, ranking: Ranking, scores: ScoreCells, share: float) -> _Ranked:
        positive = scores.positive == 1
        effective = [
            float(scores.weight[mine].sum()) ** 2
            / max(float(scores.weight_squared[mine].sum()), 1e-300)
            for mine in (positive, ~positive)
        ]
        even = None
        if scores.group is not None:
            _, place = np.unique(scores.group, return_inverse=True)
            even = EvenGroups.of(place, scores.weight, np.where(positive, scores.weight, 0.0))
            if not ranking.variance > 0:  # nothing varied: a group is one observation
                effective = [min(effective[0], even.hits), min(effective[1], even.others)]
        return cls(ranking, share, effective[0], effective[1], even)

    @property
    def variance(self) -> float:
        """Of the figure, with the leverage of few groups; 0 where a class has one row."""
        larger = 1.0 if self.even is None else self.even.larger
        return 0.0 if math.isnan(self.ranking.variance) else self.ranking.variance * larger

    @property
    def degrees(self) -> float:
        """Of freedom: those of the groups, or of the rows of the rarer class."""
        if self.even is not None:
            return self.even.degrees
        return max(min(self.positives, self.negatives) - 1, 1.0)


def ranking_estimate(
    cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int
) -> Estimate:
    """Return a metric of a ranking with its interval."""
    if cells.scores is None:
        raise ValueError(f"{choice.metric.name} needs scores")
    found: list[_Ranked] = []
    of_roc = choice.metric.name == "roc_auc"
    for i, scores in enumerate(cells.scores.values()):
        one = (
            roc_auc(scores)
            if of_roc
            else average_precision(scores, generator(sampling.seed, 3, stream, i))
        )
        if one is not None:
            support = float(scores.weight[scores.positive == 1].sum())
            found.append(_Ranked.of(one, scores, support if choice.average == "weighted" else 1.0))
    if not found:
        return Estimate(None, None, cells.rows, choice.undefined)
    whole = sum(x.share for x in found)
    shares = [x.share / whole for x in found]
    value = sum(s * x.ranking.value for s, x in zip(shares, found, strict=True))
    influence = None
    own = [x.ranking.influence for x in found if x.ranking.influence is not None]
    if len(own) == len(found):
        moves = sum(s * x.values for s, x in zip(shares, own, strict=True))
        influence = Influence(own[0].groups, np.asarray(moves))
    if not of_roc and (value in (0.0, 1.0)) and not min(x.negatives for x in found) > 0:
        # Every row is of one class: average precision is 1 whatever the scores.
        return from_variance(value, cells.rows, 0.0, choice, sampling, None, None, stream)
    # How the classes move together is not in the counts: the mean of their standard errors, and of
    # the widths of their intervals, is the most that those of their mean can be.
    ends = [_interval(x, choice, sampling) for x in found]
    low = sum(s * e[0] for s, e in zip(shares, ends, strict=True))
    high = sum(s * e[1] for s, e in zip(shares, ends, strict=True))
    error = sum(s * math.sqrt(x.variance) for s, x in zip(shares, found, strict=True))
    trials = min(min(x.positives, x.negatives) for x in found)
    variance = error**2 or jeffreys_variance(value, trials)
    if influence is not None and influence.variance > 0 and len(found) > 1:
        variance = influence.variance
    if value in (0.0, 1.0):
        drawn = jeffreys_draws(value, trials, sampling.resamples, sampling.seed, stream)
    else:
        rng = generator(sampling.seed, 1, stream)
        drawn = rng.normal(value, math.sqrt(variance), sampling.resamples)
    return Estimate(value, (low, high), cells.rows, None, variance, drawn, influence)


def _interval(one: _Ranked, choice: MetricChoice, sampling: Sampling) -> Interval:
    value, degrees = one.ranking.value, one.degrees
    normal = normal_quantile(sampling.confidence)
    by_groups = normal if one.even is None else t_quantile(sampling.confidence, degrees)
    if choice.metric.name == "roc_auc":
        return auc_interval(value, one.variance, one.positives, one.negatives, by_groups)
    if value in (0.0, 1.0) or not one.variance > 0:
        return wilson_interval(value, min(one.positives, one.negatives), by_groups)
    return logit_interval(
        value, math.sqrt(one.variance), t_quantile(sampling.confidence, degrees), 0.0, 1.0
    )


KNOWN = 30.0
"""Misranked rows of the rarer class from which the observed variance is trusted to be the smaller
one, too. Ours."""


def auc_variance(area: float, positives: float, negatives: float) -> float:
    """Return the variance of an area that is truly so large.

    Formula (Hanley and McNeil 1982, with one N* for both classes: Newcombe 2006, method 5): with
    N* = (m + n)/2 − 1, θ(1 − θ)(1 + N*(1 − θ)/(2 − θ) + N*θ/(1 + θ)) / mn.
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

    The variance is 0 or NaN where nothing varied; positives and negatives are rows, an effective
    number where they are weighted; the quantile is of the normal distribution or of Student's t.

    Source: Newcombe (2006), Statistics in Medicine 25, 559-573; DeLong et al. (1988), Biometrics
    44.
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
