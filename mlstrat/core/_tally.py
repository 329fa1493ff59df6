"""By class: rows that are right, rows that are it, rows that are called it.

Every metric of hard predictions follows from these three and the total, so a replicate of a
confusion matrix of 1,000 classes is 3,000 numbers, not a million.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, Floats, Ints


@dataclass(frozen=True)
class Tally:
    """B replicates of the margins of a confusion matrix over C classes.

    ``right``, ``actual`` and ``predicted`` have shape (B, C), ``total`` (B,). Abstentions are in
    ``actual`` and ``total`` and in no class of ``predicted``.
    """

    right: Floats
    actual: Floats
    predicted: Floats
    total: Floats


class TallyPlan:
    """How K cells add up to a tally: made once, used for every batch of replicates."""

    def __init__(self, cells: Cells) -> None:
        self._classes = len(cells.labels)
        called = cells.predicted != ABSTAINED
        self._right = _Sum(cells.truth, ~cells.wrong, self._classes)
        self._actual = _Sum(cells.truth, np.ones_like(called), self._classes)
        self._predicted = _Sum(cells.predicted, called, self._classes)

    def __call__(self, weights: Floats) -> Tally:
        """Return the tally of B×K weights."""
        return Tally(
            self._right(weights),
            self._actual(weights),
            self._predicted(weights),
            weights.sum(axis=1),
        )


class _Sum:
    """Sums of columns by code, as one pass over columns sorted by code."""

    def __init__(self, codes: Ints, keep: np.ndarray, classes: int) -> None:
        chosen = np.flatnonzero(keep)
        self._order = chosen[np.argsort(codes[chosen], kind="stable")]
        self._codes, self._starts = np.unique(codes[self._order], return_index=True)
        self._classes = classes

    def __call__(self, weights: Floats) -> Floats:
        out = np.zeros((len(weights), self._classes))
        if len(self._order):
            chosen = np.take(weights, self._order, axis=1)  # a fifth of the time of [:, order]
            out[:, self._codes] = np.add.reduceat(chosen, self._starts, axis=1)
        return out


def tally(cells: Cells) -> Tally:
    """Return the tally of the cells themselves, as one replicate."""
    return TallyPlan(cells)(cells.weight[None, :])
