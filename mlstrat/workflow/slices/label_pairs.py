"""The largest cells of the confusion matrix beside its diagonal, each with its ceiling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import proportion


@dataclass(frozen=True)
class LabelPair:
    """Rows of one label that were given another.

    Attributes
    ----------
    label, prediction
        What they are, and what they were called; "" is an abstention.
    errors
        How many they are.
    share_of_errors
        Of all errors.
    gain
        How much the error of the split would fall if all were fixed, the ceiling; a fraction.
    left
        The error that would be left.
    """

    label: str
    prediction: str
    errors: int
    share_of_errors: float
    gain: Figure
    left: float


def label_pairs(cells: Cells, confidence: float) -> tuple[LabelPair, ...]:
    """Return all pairs of labels that were mistaken for each other, the most frequent first.

    Examples
    --------
    >>> import numpy as np
    >>> ones = np.ones(3)
    >>> cells = Cells(("cat", "dog"), ("dev",), np.zeros(3, int), np.array([0, 1, 1]),
    ...               np.array([0, 0, 1]), np.array([50, 10, 40]), 50 * ones, 50 * ones)
    >>> [(x.label, x.prediction, x.errors, x.left) for x in label_pairs(cells, 0.95)]
    [('dog', 'cat', 10, 0.0)]
    """
    counted = Cells(
        cells.labels, cells.splits, cells.split, cells.truth, cells.predicted, cells.n,
        cells.n.astype(float), cells.n.astype(float), group=cells.group,
    )  # fmt: skip
    wrong = np.flatnonzero(cells.wrong)
    kinds = np.unique(np.stack([cells.truth[wrong], cells.predicted[wrong]]), axis=1).T
    everything = np.ones(len(cells.n), bool)
    few = cells.group is not None and len(np.unique(cells.group)) < FEWEST_GROUPS
    out = []
    for truth, called in kinds:
        here = (cells.truth == truth) & (cells.predicted == called)
        errors = int(cells.n[here].sum())
        found = proportion(counted, here, everything)
        ci = None if few or found is None else found.interval(confidence)
        gain = Figure(errors / cells.rows, ci, cells.rows)
        name = "" if called == ABSTAINED else cells.labels[called]
        left = (cells.errors - errors) / cells.rows
        out.append(LabelPair(cells.labels[truth], name, errors, errors / cells.errors, gain, left))
    return tuple(sorted(out, key=lambda x: -x.errors))
