"""Metrics of a table, and their differences, linearised in its cells where none is rare.

Formula: with g_k by how much a row more in cell k moves a metric, its variance is Σw²_k g_k²; the
covariance of two models on the same rows is Σw²_k g_ak g_bk (the infinitesimal jackknife). That
covers as resampled cells do, as ``tests/workflow/select/test_linearised_simulated.py`` shows, and
is ten times as fast.

References
----------
Efron (1982), The Jackknife, the Bootstrap and Other Resampling Plans, chapter 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mlstrat.core.counts import Cells, Tally, sum_by, tally
from mlstrat.core.estimates import FEWEST_GROUPS, estimate_at
from mlstrat.core.figures import Estimate, Figure, Sampling
from mlstrat.core.intervals import logit_interval, t_quantile
from mlstrat.core.linearised import slopes
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.pairs import SIDES, PairCells
from mlstrat.core.record import Record

FEWEST = 10
"""Rows of every class that are right, missed and called by mistake, and rows that two models differ
on either way, from which no interval needs resamples (ours)."""


def figure_at(
    cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int
) -> Callable[[float], Estimate]:
    """Return a metric of the cells of one split at any confidence: linearised, or `estimate_at`."""
    observed = None if choice.average == "binary" else _plenty(cells, choice)
    if observed is None or cells.apart is not None:
        return estimate_at(cells, choice, sampling, stream)
    value = float(choice.of_tally(observed, cells.labels)[0])
    variance = float(cells.weight_squared @ slopes(cells, choice, value) ** 2)
    degrees, metric = _degrees(cells, observed), choice.metric

    def at(confidence: float) -> Estimate:
        quantile = t_quantile(confidence, degrees)
        ci = logit_interval(value, math.sqrt(variance), quantile, metric.low, metric.high)
        return Estimate(value, ci, cells.rows, None, variance, errors=cells.errors)

    return at


class LinearPair(Record):
    """The difference b minus a of a metric on the same rows, without resamples.

    ``variances`` are those of both figures, and their covariance; ``most`` is how far two can be
    apart.
    """

    value: float
    rows: int
    variances: tuple[float, float, float]
    degrees: float
    most: float

    @classmethod
    def of(cls, cells: PairCells, choice: MetricChoice) -> LinearPair | None:
        """Return it where the difference is told by enough rows."""
        change = sum_by(cells.quadrants, cells.weight, 4)[1:3] / _unit(cells)
        if change.min() < FEWEST or cells.apart is not None:
            return None
        values, moves, observed = [], [], []
        for side in map(cells.side, SIDES):
            if (found := _plenty(side, choice)) is None:
                return None
            observed.append(found)
            values.append(float(choice.of_tally(found, cells.labels)[0]))
            moves.append(slopes(side, choice, values[-1]))
        move, (a, b) = np.stack(moves), values
        (of_a, common), (_, of_b) = ((move * cells.weight_squared) @ move.T).tolist()
        most = choice.metric.high - choice.metric.low
        return cls(b - a, cells.rows, (of_a, of_b, common), _degrees(cells, *observed), most)

    def figure(self, confidence: float) -> Figure:
        """Return the difference with its interval at a confidence."""
        of_a, of_b, common = self.variances
        half = t_quantile(confidence, self.degrees) * math.sqrt(max(of_a + of_b - 2 * common, 0.0))
        ci = max(self.value - half, -self.most), min(self.value + half, self.most)
        return Figure(self.value, ci, self.rows)


def _plenty(cells: Cells, choice: MetricChoice) -> Tally | None:
    """Return the tally where each class has `FEWEST` rows of each kind; else None."""
    if choice.metric.needs or choice.metric.name in ("accuracy", "error"):
        return None
    if cells.group is not None or not cells.weight.sum() > 0:
        return None
    t = tally(cells)
    here = (t.actual + t.predicted)[0] > 0
    kinds = np.stack([t.right, t.actual - t.right, t.predicted - t.right])[:, 0, here]
    return t if kinds.min() >= FEWEST * _unit(cells) else None


def _unit(cells: Cells | PairCells) -> float:
    """Return the weight of one row, as far as the variance goes."""
    return float(cells.weight_squared.sum() / cells.weight.sum())


def _degrees(cells: Cells | PairCells, *observed: Tally) -> float:
    """Return n/C − 1: a class has about n/C rows."""
    occurring = int(np.any([(t.actual + t.predicted)[0] > 0 for t in observed], axis=0).sum())
    effective = float(cells.weight.sum()) / _unit(cells)
    return max(effective / occurring - 1, FEWEST_GROUPS - 1)
