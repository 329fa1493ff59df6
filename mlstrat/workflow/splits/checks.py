"""Whether splits that exist are fit: what lies in two of them, and whether two are alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Ints, ScoreCells
from mlstrat.core.figures import Figure
from mlstrat.core.hashing import Hashes
from mlstrat.core.intervals import logit_interval, normal_quantile
from mlstrat.core.ranking import roc_auc
from mlstrat.core.resampling import batches, generator
from mlstrat.workflow.splits.findings import ALARM

SHUFFLES = 9_999
"""Shufflings of a test: with the splits themselves, p-values are multiples of 1/10,000."""

GROUP_BUCKETS = 1024
"""Groups of one split are shuffled in at most so many buckets."""

SHOWN = 3
"""Examples of what lies in two splits."""


@dataclass(frozen=True)
class Overlap:
    """What lies in two splits.

    Attributes
    ----------
    splits
        The two.
    shared
        Number of distinct ids, groups or contents in both.
    rows
        Number of their rows in the first and in the second.
    hashes
        Of the first few of them.
    """

    splits: tuple[str, str]
    shared: int
    rows: tuple[int, int]
    hashes: tuple[int, ...]


@dataclass(frozen=True)
class Overlaps:
    """What lies in two splits, pair by pair, and how many distinct keys there are in all."""

    pairs: tuple[Overlap, ...]
    distinct: int


def find_overlaps(hashes: Hashes, split: Ints, splits: Sequence[str]) -> Overlaps:
    """Return which hashes of N rows occur in more than one split.

    Examples
    --------
    >>> found = find_overlaps(np.array([5, 5, 9], np.uint64), np.array([0, 1, 1]), ["train", "dev"])
    >>> found.pairs[0].shared, found.pairs[0].rows, found.distinct
    (1, (1, 1), 2)
    """
    order = np.argsort(hashes)
    hashes, split = hashes[order], split[order].astype(np.int64)
    starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
    several = np.minimum.reduceat(split, starts) != np.maximum.reduceat(split, starts)
    unit = np.repeat(several, np.diff(np.append(starts, len(hashes))))
    distinct, place = np.unique(hashes[unit], return_inverse=True)
    width = len(splits)
    rows = np.bincount(place * width + split[unit], minlength=len(distinct) * width)
    table = rows.reshape(len(distinct), width)
    pairs = []
    for one, two in combinations(range(width), 2):
        both = (table[:, one] > 0) & (table[:, two] > 0)
        if both.any():
            pairs.append(Overlap(
                (splits[one], splits[two]),
                int(both.sum()),
                (int(table[both, one].sum()), int(table[both, two].sum())),
                tuple(int(h) for h in distinct[both][:SHOWN]),
            ))  # fmt: skip
    return Overlaps(tuple(pairs), len(starts))


@dataclass(frozen=True)
class Difference:
    """How unlike two splits are by one column.

    Attributes
    ----------
    splits
        The two.
    by
        ``source`` or ``label``.
    distance
        The total variation distance, half the sum of the differences of the shares: which part of
        one would have to change to be like the other.
    p_value
        Share of shufflings of the rows (or of whole groups) that are at least as unlike.
    """

    splits: tuple[str, str]
    by: str
    distance: float
    p_value: float

    @property
    def alarm(self) -> bool:
        """Whether chance alone does not explain it."""
        return self.p_value <= ALARM


def mix_difference(first: Ints, second: Ints, seed: int = 0) -> tuple[float, float]:
    """Return the distance of two mixes, and the p-value of their G-test by shuffling.

    Formula: G = 2 Σ O ln(O/E) over the 2 × K table, against the same table with rows (or groups)
    shuffled between the two splits. Shuffling holds where categories are rare, too, and where rows
    of a group are alike, which the χ² distribution does not.

    Parameters
    ----------
    first, second
        K counts by category; or G × K counts by group and category, to shuffle whole groups.

    Examples
    --------
    >>> mix_difference(np.array([50, 50]), np.array([50, 50]))
    (0.0, 1.0)
    >>> mix_difference(np.array([90, 10]), np.array([50, 50]))
    (0.4, 0.0001)
    """
    one, two = np.atleast_2d(first).sum(0), np.atleast_2d(second).sum(0)
    distance = float(np.abs(one / one.sum() - two / two.sum()).sum() / 2)
    if np.count_nonzero(one + two) < 2:
        return distance, 1.0
    observed = float(_g(one[None, :].astype(float), two[None, :].astype(float))[0])
    shuffled = _by_rows if first.ndim == 1 else _by_groups
    rng = generator(seed, 35)
    least = observed * (1 - 1e-9) - 1e-9  # equal tables are not less unlike by rounding
    beyond = sum(
        int((_g(a, b) >= least).sum())
        for size in batches(SHUFFLES, first.size + second.size)
        for a, b in [shuffled(first, second, size, rng)]
    )
    return distance, (beyond + 1) / (SHUFFLES + 1)


def _g(one: Floats, two: Floats) -> Floats:
    """Return G of B tables of 2 × K counts."""
    total = one + two
    n = total.sum(axis=1)
    sides = [x.sum(axis=1) for x in (one, two)]
    out = _xlogx(one) + _xlogx(two) - _xlogx(total)
    result: Floats = 2 * (out.sum(axis=1) + _xlogx(n) - _xlogx(sides[0]) - _xlogx(sides[1]))
    return result


def _xlogx(x: Floats) -> Floats:
    return x * np.log(np.where(x > 0, x, 1.0))


def _by_rows(
    first: Ints, second: Ints, size: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    total = first + second
    drawn = rng.multivariate_hypergeometric(
        total, int(first.sum()), size, method="marginals"
    ).astype(float)
    return drawn, total - drawn


def _by_groups(
    first: Ints, second: Ints, size: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    groups = np.concatenate([first, second]).astype(float)
    picked = np.zeros((size, len(groups)))
    picked[:, : len(first)] = 1.0
    drawn = rng.permuted(picked, axis=1) @ groups
    return drawn, groups.sum(0) - drawn


@dataclass(frozen=True)
class Distinguished:
    """How well a classifier tells two splits apart, on rows that it did not see.

    ``auc`` is 0.5 where it cannot; ``alarm`` is whether chance alone does not explain it.
    """

    auc: Figure
    alarm: bool


def distinguished(
    score: Floats,
    second: NDArray[np.bool_],
    group: Ints | None = None,
    confidence: float = 0.95,
) -> Distinguished:
    """Return the AUC of scores for rows that the model did not see, with its interval.

    The interval is DeLong's on the logit scale; by groups, Obuchowski's.

    Parameters
    ----------
    score, second, group
        Scores of N rows, whether they are of the second split, and codes of their groups.
    """
    n, ones = len(score), np.ones(len(score))
    ranking = roc_auc(
        ScoreCells(
            np.zeros(n, np.int64), second.astype(np.int64), score, ones.astype(np.int64),
            ones, ones, group,
        )
    )  # fmt: skip
    if ranking is None or not math.isfinite(ranking.variance):
        return Distinguished(Figure(None, None, n, "too few rows of both"), False)
    value, error = ranking.value, math.sqrt(ranking.variance)
    if not 0 < value < 1:
        return Distinguished(Figure(value, None, n, "the classifier is never wrong"), value == 1)
    ci = logit_interval(value, error, normal_quantile(confidence), 0.0, 1.0)
    alarm = value - normal_quantile(1 - 2 * ALARM) * error > 0.5
    return Distinguished(Figure(value, ci, n), alarm)
