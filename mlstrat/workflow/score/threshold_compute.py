"""What every threshold would give: error, precision, recall and F1, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import Cells, ScoreCells, sum_by
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import proportion
from mlstrat.errors import UndefinedError
from mlstrat.workflow.score.curves import as_cells

MOST_THRESHOLDS = 60
"""Thresholds that are drawn, at most: at quantiles of the scores (mlstrat's choice)."""

METRICS = ("precision", "recall", "f1", "error")


@dataclass(frozen=True)
class ThresholdCurve:
    """One class on one split, at rising thresholds.

    Attributes
    ----------
    split, label, rows
        The split, the class that is called from a threshold on, and the number of rows.
    points
        Threshold to figures by the names of `METRICS`; of trials, the rates of both errors.
    used, rule
        The threshold that the run is read at, and the rule that chose it; None where the run has
        predictions of its own, or none was chosen.
    row
        What a row is called.
    """

    split: str
    label: str
    rows: int
    points: Mapping[float, Mapping[str, Figure]]
    used: float | None = None
    rule: str | None = None
    row: str = "row"

    @property
    def of_task(self) -> bool:
        """Whether it is of units in examples, and not of rows."""
        return self.row != "row"

    @property
    def names(self) -> tuple[str, ...]:
        """What is drawn over thresholds."""
        return tuple(x for x in next(iter(self.points.values())) if x != "error")

    @property
    def best(self) -> float:
        """The threshold with the best F1 of those that are drawn; of equals the highest.

        Of trials that where both rates are closest.
        """

        def worth(threshold: float) -> float:
            found = self.points[threshold]
            if "f1" in found:
                return found["f1"].value or 0.0
            first, second = (found[x].value or 0.0 for x in self.names)
            return -abs(first - second)

        return max(self.points, key=lambda t: (worth(t), t))


def threshold_curve(
    cells: Cells, confidence: float, *, of: str | None = None, used: float | None = None,
    rule: str | None = None,
) -> ThresholdCurve:  # fmt: skip
    """Return what every threshold gives on one split.

    Formula: precision TP / (TP + FP), recall TP / (TP + FN), error (FP + FN) / n, each with the
    interval of a proportion; F1 = 2J / (1 + J) of J = TP / (TP + FP + FN), and so its interval.
    Intervals are of each threshold by itself.
    """
    scores = cells.scores or {}
    label = next(iter(scores)) if of is None else of
    one = scores[label]
    split = cells.splits[int(cells.split[0])]
    if not 0 < one.n[one.positive == 1].sum() < one.n.sum():
        raise UndefinedError(
            f"no curve on {split}: there is no class with rows of it and rows of others"
        )
    rows = as_cells({label: one}, cells.weighted)
    cuts = _cuts(one)
    if used is not None and one.score.min() <= used <= one.score.max():
        cuts = np.unique(np.append(cuts, used))
    points = {float(t): _figures(rows, one.score >= t, confidence) for t in cuts}
    return ThresholdCurve(split, label, rows.rows, points, used, rule)


def _cuts(scores: ScoreCells) -> np.ndarray:
    """Return the scores to draw at: all of them, or quantiles by their rows."""
    distinct, place = np.unique(scores.score, return_inverse=True)
    if len(distinct) <= MOST_THRESHOLDS:
        return distinct
    mass = np.cumsum(sum_by(place, scores.n.astype(np.float64)))
    wanted = np.linspace(0, mass[-1], MOST_THRESHOLDS)
    found: np.ndarray = distinct[np.searchsorted(mass, wanted).clip(0, len(distinct) - 1)]
    return np.unique(found)


def _figures(rows: Cells, called: np.ndarray, confidence: float) -> dict[str, Figure]:
    positive = rows.truth == 1
    hit, every = called & positive, np.ones(len(called), bool)
    found = {
        "precision": _figure(rows, hit, called, confidence),
        "recall": _figure(rows, hit, positive, confidence),
        "f1": _figure(rows, hit, called | positive, confidence),
        "error": _figure(rows, called != positive, every, confidence),
    }
    j = found["f1"]
    if j.value is not None:
        ci = None if j.ci is None else (_f1(j.ci[0]), _f1(j.ci[1]))
        found["f1"] = Figure(_f1(j.value), ci, j.n, j.reason)
    return found


def _f1(j: float) -> float:
    return 2 * j / (1 + j)


def _figure(rows: Cells, num: np.ndarray, den: np.ndarray, confidence: float) -> Figure:
    one = proportion(rows, num, den)
    if one is None:
        return Figure(None, None, 0, "undefined: no row counts")
    if one.groups is not None and one.groups < FEWEST_GROUPS:
        return Figure(one.value, None, one.rows, f"no interval: {one.groups} groups")
    return Figure(one.value, one.interval(confidence), one.rows)
