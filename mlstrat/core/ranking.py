"""Metrics of a ranking, ROC AUC and average precision, from counts by distinct score.

Sorting the distinct scores once gives both metrics and the influence of every score, so nothing
here loops over rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import Cells, Floats, ScoreCells, sum_by
from mlstrat.core.figures import Estimate, Sampling, jeffreys_variance
from mlstrat.core.intervals import Influence, normal_quantile, wilson_interval
from mlstrat.core.linearised import from_variance, undefined
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.resampling import batches, generator

RANKING_RESAMPLES = 1000
"""Replicates for the standard error of average precision: its own error is then 2%."""

RESAMPLED_SCORES = 2000
"""Distinct scores looked at while resampling; more are joined with their neighbours."""


@dataclass(frozen=True)
class Ranking:
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
    _, place = np.unique(scores.score, return_inverse=True)
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
    squared = scores.weight_squared * influence**2
    variance = 0.0
    for side in (1, 0):
        mine = scores.positive == side
        rows = scores.n[mine].sum()
        variance += float(squared[mine].sum()) * (rows / (rows - 1) if rows > 1 else math.nan)
    if scores.group is None:
        return Ranking(value, variance, None)
    groups, codes = np.unique(scores.group, return_inverse=True)
    by_group = Influence(groups, sum_by(codes, scores.weight * influence)).at_least(variance)
    return Ranking(value, by_group.variance, by_group)


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


def ranking_estimate(
    cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int
) -> Estimate:
    """Return a metric of a ranking with its interval."""
    if cells.scores is None:
        raise ValueError(f"{choice.metric.name} needs scores")
    found: list[tuple[Ranking, ScoreCells, float]] = []
    for i, scores in enumerate(cells.scores.values()):
        one = (
            roc_auc(scores)
            if choice.metric.name == "roc_auc"
            else average_precision(scores, generator(sampling.seed, 3, stream, i))
        )
        if one is not None:
            support = float(scores.weight[scores.positive == 1].sum())
            found.append((one, scores, support if choice.average == "weighted" else 1.0))
    if not found:
        return Estimate(None, None, cells.rows, undefined(choice))
    shares = [w / sum(w for *_, w in found) for *_, w in found]
    value = sum(share * one.value for share, (one, *_) in zip(shares, found, strict=True))
    influences = [one.influence for one, *_ in found if one.influence is not None]
    if influences:
        values = sum(s * x.values for s, x in zip(shares, influences, strict=True))
        influence = Influence(influences[0].groups, np.asarray(values))
        return from_variance(
            value, cells.rows, influence.variance, choice, sampling, influence,
            len(influence.groups), stream,
        )  # fmt: skip
    grouped = [len(np.unique(s.group)) for _, s, _ in found if s.group is not None]
    groups = min(grouped, default=None)
    if value in (0.0, 1.0):
        # A perfect ranking has no spread. Pairing each row of the rarer class with another of
        # the other class gives that many independent trials, all of them won (or lost).
        pairs = min(
            int(scores.n[scores.positive == side].sum())
            for _, scores, _ in found
            for side in (0, 1)
        )
        pairs = min([pairs, *grouped])
        if not pairs:  # every row is of one class: average precision is 1 whatever the scores
            return from_variance(value, cells.rows, 0.0, choice, sampling, None, groups, stream)
        ci = wilson_interval(value, pairs, normal_quantile(sampling.confidence))
        won = value * pairs
        drawn = generator(sampling.seed, 1, stream).beta(
            won + 0.5, pairs - won + 0.5, sampling.resamples
        )
        return Estimate(value, ci, cells.rows, None, jeffreys_variance(value, pairs), drawn)
    # How the classes move together is not in the counts: the mean of their standard errors is
    # the most that the standard error of their mean can be.
    error = sum(s * math.sqrt(one.variance) for s, (one, *_) in zip(shares, found, strict=True))
    return from_variance(value, cells.rows, error**2, choice, sampling, None, groups, stream)
