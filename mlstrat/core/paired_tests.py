"""Tests of two models on the same examples, exact where they can be.

Also whether two rankings of the same rows are equally good: their scores swapped within rows.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import normal_quantile
from mlstrat.core.pairs import PairScores
from mlstrat.core.resampling import batches, generator

ENUMERATED_GROUPS = 12
"""Up to this many groups all sign flips are counted, 2 to that power; above, they are drawn."""


LARGE = 10_000_000
"""Of more discordant rows the test is Edwards's (1948), which is the exact one to 0.1%."""


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Return the two-sided p-value of exact McNemar: are both right equally often?

    Formula: min(1, 2 P(X ≤ min(b, c))) with X binomial of b + c trials at ½, where b and c are
    the rows on which only one of the two is right. 1 where there is none.

    Source: McNemar (1947), Psychometrika 12.
    """
    return float(mcnemar_exact_each(np.array([only_a]), np.array([only_b]))[0])


def mcnemar_exact_each(only_a: Ints, only_b: Ints) -> Floats:
    """Return the p-values of several tables; see `mcnemar_exact`."""
    n, k = only_a + only_b, np.minimum(only_a, only_b)
    p = np.ones(len(n))
    for i in np.flatnonzero((2 * k < n - 1) & (n > LARGE)):
        p[i] = math.erfc((n[i] - 2 * k[i] - 1) / math.sqrt(2 * n[i]))
    summed = (2 * k < n - 1) & (n <= LARGE)  # else both tails together are everything
    if not summed.any():
        return p
    n, k = n[summed], k[summed]
    largest = [
        math.exp(math.lgamma(a + 1) - math.lgamma(b + 1) - math.lgamma(a - b + 1) - a * math.log(2))
        for a, b in zip(n.tolist(), k.tolist(), strict=True)
    ]
    # From the largest term of the tail downwards: C(n, k − 1) / C(n, k) = k / (n − k + 1). The
    # j-th is at most exp(−2j(j − 1) / n) of it: further down they are below 1e-17 of the sum.
    terms = min(int(k.max()), int(math.sqrt(20 * n.max())) + 2)
    ratios = np.ones((len(n), terms + 1))
    below = np.maximum(k[:, None] - np.arange(terms), 0)
    np.cumprod(below / (n[:, None] - below + 1), axis=1, out=ratios[:, 1:])
    p[summed] = np.minimum(1.0, 2 * np.array(largest) * np.cumsum(ratios, axis=1)[:, -1])
    return p


def sign_flip(differences: Floats, sampling: Sampling) -> float:
    """Return the two-sided p-value of a sum of group differences, their signs flipped.

    If the two models are equally good, each group's difference is as likely to be its opposite.
    All flips are counted where there are few groups; else flips are drawn, those of groups with
    equal differences together, and the observed one counts as one of them.

    By group: rows that only b gets right minus those that only a does, as sums of weights.
    """
    observed = abs(float(differences.sum()))
    size = np.abs(differences[differences != 0])
    if not len(size):
        return 1.0
    reach = observed - 1e-9 * float(size.sum())
    if len(size) <= ENUMERATED_GROUPS:
        flips = np.array(list(product((-1.0, 1.0), repeat=len(size))))
        return float((np.abs(flips @ size) >= reach).mean())
    values, counts = np.unique(size, return_counts=True)
    rng = generator(sampling.seed, 5)
    extreme = 0
    for batch in batches(sampling.resamples, len(values)):
        up = rng.binomial(counts, 0.5, size=(batch, len(values)))
        sums = ((2 * up - counts) * values).sum(axis=1)
        extreme += int((np.abs(sums) >= reach).sum())
    return (extreme + 1) / (sampling.resamples + 1)


MOST_SWAPS = 499
MOST_CELLS, MOST_POSITIVES = 2_000, 200
"""Pairs of scores, and rows of the rarer class, up to which ranks are swapped: of more, the
linearised variance holds (ours)."""


def swapped_error(scores: PairScores, metric: str, sampling: Sampling) -> float:
    """Return the standard error that the difference of two rankings has if both are equally good.

    Then it does not matter which model a row's two ranks are from: they are swapped by the toss of
    a coin, by row or by group, and how far the differences of swapped ranks lie from 0 gives a
    p-value p. The standard error is theirs; where p is above 1 − confidence also, at least, that
    which gives the difference this p-value, so that an interval of ± z of it holds 0 wherever the
    test does not tell the two apart. 0 where there are more than `MOST_CELLS` pairs of scores, or
    `MOST_POSITIVES` rows of either class.

    Source: Venkatraman and Begg (1996), Biometrika 83, 835-848.
    """
    of_class = np.bincount(scores.positive, scores.n, 2)
    if len(scores.n) > MOST_CELLS or not 0 < of_class.min() <= MOST_POSITIVES:
        return 0.0
    if not np.bincount(scores.positive, scores.weight, 2).min() > 0:
        return 0.0
    rng = generator(sampling.seed, 8)
    place = np.arange(len(scores.n))  # rows of one pair of scores are few, or alike
    if scores.group is not None:
        place = np.unique(scores.group, return_inverse=True)[1]
    differences = _areas if metric == "roc_auc" else _precisions
    count, found = min(sampling.resamples, MOST_SWAPS), []
    for size in batches(count, 4 * len(place)):
        swap = rng.random((size, int(place.max()) + 1))[:, place] < 0.5
        found.append(differences(scores, swap))
    drawn = np.concatenate(found)
    observed = abs(float(differences(scores, np.zeros((1, len(place)), bool))[0]))
    p = (1 + int((np.abs(drawn) >= observed - 1e-12).sum())) / (count + 1)
    spread = float(np.sqrt(np.mean(drawn**2)))
    if p >= 1 or p <= 1 - sampling.confidence:
        return spread
    return max(spread, observed / normal_quantile(1 - p))


def _areas(scores: PairScores, swap: NDArray[np.bool_]) -> Floats:
    """Return the area of b minus that of a where ranks are swapped, shape (swaps,).

    Formula: Σ ±cᵢ, minus where swapped, with cᵢ by how much the share of wins of a row grows from
    its rank by a to that by b, against both ranks of each row of the other class, times its weight:
    what two rows add only together stays where both are swapped, and leaves the difference.
    """
    a, b = (_ranks(x, scores.weight) for x in (scores.a, scores.b))
    change = np.empty(len(a))
    for side in (0, 1):
        mine = scores.positive == side
        other = np.concatenate([a[~mine], b[~mine]])
        weight = np.tile(scores.weight[~mine], 2)
        order = np.argsort(other)
        below = np.concatenate([[0.0], np.cumsum(weight[order])]) / weight.sum()
        won = [
            below[np.searchsorted(other[order], x[mine], "left")]
            + below[np.searchsorted(other[order], x[mine], "right")]
            for x in (a, b)
        ]
        share = scores.weight[mine] / scores.weight[mine].sum()
        change[mine] = (won[1] - won[0]) / 2 * share * (1 if side else -1)
    return np.asarray(np.where(swap, -1.0, 1.0) @ change)


def _precisions(scores: PairScores, swap: NDArray[np.bool_]) -> Floats:
    """Return the average precision of b minus that of a where ranks are swapped, shape (swaps,)."""
    ranks = np.concatenate([_ranks(x, scores.weight) for x in (scores.a, scores.b)])
    order = np.argsort(-ranks, kind="stable")
    ends = np.flatnonzero(np.diff(ranks[order], append=-1.0))  # the last row of each rank
    row, of_b = order % len(scores.n), order >= len(scores.n)
    weight, hit = scores.weight[row], scores.positive[row] == 1
    of_second = swap[:, row] ^ of_b
    values = []
    for mine in (~of_second, of_second):
        called = np.cumsum(mine * weight, axis=1)[:, ends]
        found = np.cumsum(mine * (weight * hit), axis=1)[:, ends]
        precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
        values.append((np.diff(found, axis=1, prepend=0.0) * precision).sum(1) / found[:, -1])
    return np.asarray(values[1] - values[0])


def _ranks(score: Floats, weight: Floats) -> Floats:
    """Return the weighted share of rows below each score, ties half: two scales become one."""
    _, place = np.unique(score, return_inverse=True)
    by_score = np.bincount(place, weight)
    return np.asarray(((np.cumsum(by_score) - by_score / 2) / math.fsum(by_score))[place])
