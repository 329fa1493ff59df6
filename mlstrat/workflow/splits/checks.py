"""Whether splits that exist are fit: what lies in two of them, and whether two are alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Ints, ScoreCells
from mlstrat.core.figures import Figure
from mlstrat.core.hashing import Hashes
from mlstrat.core.intervals import logit_interval, normal_quantile
from mlstrat.core.ranking import roc_auc
from mlstrat.core.record import Record
from mlstrat.core.resampling import batches, generator
from mlstrat.workflow.splits.findings import ALARM

SHUFFLES = 9_999
"""Shufflings of a test: with the splits themselves, p-values are multiples of 1/10,000."""

GROUP_BUCKETS = 1024
"""Groups of one split are shuffled in at most so many buckets."""

SHOWN = 3
"""Examples of what lies in two splits."""

MOST_COLUMNS = 100
"""Columns that the classifier is shown, the first ones."""

MOST_CATEGORIES = 50
"""Text of more distinct values is read as words."""

WORD_BUCKETS = 64
"""Words are counted in so many buckets by their hash."""

NUMERIC = 0.9
"""A column is numbers if so many of its cells are."""


class Overlap(Record):
    """How many ids, groups or contents lie in two splits, their rows in each, and some hashes."""

    splits: tuple[str, str]
    shared: int
    rows: tuple[int, int]
    hashes: tuple[int, ...]


def find_overlaps(hashes: Hashes, split: Ints, splits: Sequence[str]) -> tuple[list[Overlap], int]:
    """Return which hashes of N rows are in two splits, pair by pair, and how many are distinct."""
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
    return pairs, len(starts)


class Difference(Record):
    """How unlike two splits are by ``source`` or ``label``.

    ``distance`` is the total variation distance, half the sum of the differences of the shares:
    which part of one would have to change to be like the other. ``p_value`` is the share of
    shufflings of the rows (or of whole groups) that are at least as unlike.
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

    Each is K counts by category; or G × K by group and category, to shuffle whole groups.
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


def distinguish(
    columns: Mapping[str, Sequence[Any]],
    second: NDArray[np.bool_],
    groups: Ints | None = None,
    seed: int = 0,
) -> tuple[Ints, Floats]:
    """Return the rows of a random half, and the scores that a model of the other half gives them.

    Gradient-boosted trees on numbers, categories, and words counted by hash. Groups stay whole.
    Only one half is scored: models of several folds share their rows, and the interval of their
    mean AUC, simulated, held 0.5 in 85% of cases instead of 95%.

    `columns` are N cells each: numbers, text, or None; `second` tells whether a row is of the
    second split.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
    from threadpoolctl import threadpool_limits  # what scikit-learn itself depends on

    features = np.hstack([_features(c) for c in list(columns.values())[:MOST_COLUMNS]])
    target = second.astype(np.int64)
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    halves = kind(2, shuffle=True, random_state=seed)
    seen, unseen = next(halves.split(features, target, groups))
    # A column that is blank throughout tells nothing, and scikit-learn cannot bin it.
    told = np.isfinite(features[seen]).any(axis=0)
    if not told.any():
        return unseen.astype(np.int64), np.zeros(len(unseen))
    features = features[:, told]
    model = HistGradientBoostingClassifier(
        max_iter=50, max_leaf_nodes=8, early_stopping=False, random_state=seed
    )
    # Threads that wait by spinning cost a shared machine more than they gain on so few rows.
    with threadpool_limits(1):
        model.fit(features[seen], target[seen])
        score = model.decision_function(features[unseen])
    return unseen.astype(np.int64), score


def _features(cells: Sequence[Any]) -> Floats:
    texts = ["" if cell is None else str(cell).strip() for cell in cells]
    numbers = np.array([_number(text) for text in texts])
    filled = sum(bool(text) for text in texts)
    if np.isfinite(numbers).sum() >= NUMERIC * filled:
        return numbers[:, None]
    distinct, codes, counts = np.unique(texts, return_inverse=True, return_counts=True)
    if len(distinct) <= MOST_CATEGORIES:
        rank = np.argsort(np.argsort(-counts, kind="stable"))
        return rank[codes].astype(np.float64)[:, None]
    from sklearn.feature_extraction.text import HashingVectorizer

    words = HashingVectorizer(n_features=WORD_BUCKETS, alternate_sign=False, norm=None)
    length = np.array([[len(text)] for text in texts], dtype=np.float64)
    return np.hstack([length, words.transform(texts).toarray()])


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return float("nan")
    return number if abs(number) < float("inf") else float("nan")


class Distinguished(Record):
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

    The interval is DeLong's on the logit scale; by groups, Obuchowski's. `second` tells whether a
    row is of the second split.
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
