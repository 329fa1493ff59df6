"""Are two rankings of the same rows equally good? Their scores swapped within rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mlstrat.core.counts import Floats, ScoreCells
from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import normal_quantile
from mlstrat.core.pairs import PairScores
from mlstrat.core.resampling import generator

MOST_SWAPS = 499
MOST_CELLS, MOST_POSITIVES = 2_000, 200
"""Pairs of scores, and rows of the rarer class, up to which ranks are swapped: of more, the
linearised variance holds (ours)."""


def swapped_error(
    scores: PairScores, figure: Callable[[ScoreCells], float | None], sampling: Sampling
) -> float:
    """Return the standard error that the difference of two rankings has if both are equally good.

    Then it does not matter which model a row's two ranks are from: they are swapped by the toss of
    a coin, by row or by group, and how far the differences of swapped ranks lie from 0 gives a
    p-value p. The standard error is theirs; where p is above 1 − confidence also, at least, that
    which gives the difference this p-value, so that an interval of ± z of it holds 0 wherever the
    test does not tell the two apart. 0 where there are more than `MOST_CELLS` pairs of scores, or
    `MOST_POSITIVES` rows of either class.

    Parameters
    ----------
    scores
        Of the two on the same rows.
    figure
        The metric of one ranking.
    sampling
        Confidence, resamples, at most `MOST_SWAPS`, and seed.

    References
    ----------
    Venkatraman and Begg (1996), Biometrika 83, 835-848.
    """
    of_class = np.bincount(scores.positive, scores.n, 2)
    if len(scores.n) > MOST_CELLS or not 0 < of_class.min() <= MOST_POSITIVES:
        return 0.0
    rng = generator(sampling.seed, 8)
    place = np.arange(len(scores.n))  # rows of one pair of scores are few, or alike
    if scores.group is not None:
        place = np.unique(scores.group, return_inverse=True)[1]
    a, b = (_ranks(x, scores.weight) for x in (scores.a, scores.b))
    side = scores.side("a")

    def difference(first: Floats, second: Floats) -> float:
        values = [figure(replace(side, score=x)) for x in (first, second)]
        return (values[1] or 0.0) - (values[0] or 0.0)

    observed = abs(difference(a, b))
    count = min(sampling.resamples, MOST_SWAPS)
    drawn = np.empty(count)
    for i in range(count):
        swap = rng.random(place.max() + 1)[place] < 0.5
        drawn[i] = difference(np.where(swap, b, a), np.where(swap, a, b))
    p = (1 + int((np.abs(drawn) >= observed - 1e-12).sum())) / (count + 1)
    spread = float(np.sqrt(np.mean(drawn**2)))
    if p >= 1 or p <= 1 - sampling.confidence:
        return spread
    return max(spread, observed / normal_quantile(1 - p))


def _ranks(score: Floats, weight: Floats) -> Floats:
    """Return the weighted share of rows below each score, ties half: two scales become one."""
    _, place = np.unique(score, return_inverse=True)
    by_score = np.bincount(place, weight)
    return np.asarray(((np.cumsum(by_score) - by_score / 2) / math.fsum(by_score))[place])
