"""The error where rows of a kind weigh alike, as by what an error of their class costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import Cells, Floats
from mlstrat.core.figures import jeffreys_variance
from mlstrat.core.intervals import Interval, normal_quantile, wilson_interval

MOST_COSTS = 12
"""Weights of classes that are taken apart as kinds of rows (ours)."""


def of_kinds(
    kinds: Floats, counted: np.ndarray, kish: float, confidence: float
) -> tuple[float, Interval, float] | None:
    """Return Σ cost of the rows that count / Σ cost, its interval and its variance; None for 0/0.

    A few heavy rows can hold most of the weight; with the observed variance, Wilson's interval
    then covers 62 to 87% where one to three heavy errors are expected of 200 rows, since none
    may have been seen. So the kinds of rows, wrong and right of each cost, the dearest first, are
    broken off one after another: each is a share of the rows that are left, with Wilson's
    interval, and those shares are independent. What the figure moves by when one share goes to
    its limit is squared and added up (Zou and Donner 2008).

    `kinds` are rows of (cost, wrong, weight of rows), the dearest first, `counted` those that
    count, and `kish` the independent rows that a unit of weight stands for.
    """
    figure = _Figure(kinds[:, 0], counted)
    total = float(kinds[:, 2].sum())
    left = np.maximum(total - np.cumsum(kinds[:, 2]) + kinds[:, 2], 0.0)[:-1]
    shares = np.divide(kinds[:-1, 2], left, out=np.zeros_like(left), where=left > 0)
    value = figure.of(shares)
    if math.isnan(value):
        return None
    down = up = variance = 0.0
    for i, (share, rest) in enumerate(zip(shares, left, strict=True)):
        trials = max(rest * kish, 1.0)
        ends = wilson_interval(float(share), trials, normal_quantile(confidence))
        moves = [figure.moved(shares, i, x) - value for x in ends]
        down += min(0.0, *moves) ** 2
        up += max(0.0, *moves) ** 2
        slope = (moves[1] - moves[0]) / (ends[1] - ends[0])
        variance += slope**2 * jeffreys_variance(float(share), trials)
    ci = (max(0.0, value - math.sqrt(down)), min(1.0, value + math.sqrt(up)))
    return value, ci, variance


@dataclass(frozen=True)
class _Figure:
    """Σ cost of the rows that count / Σ cost, from the shares of rows left of each kind."""

    cost: Floats
    counts: np.ndarray

    def of(self, shares: Floats) -> float:
        before = np.concatenate([[1.0], np.cumprod(1 - shares)])
        weight = before * np.append(shares, 1.0) * self.cost
        total = float(weight.sum())
        return float(weight[self.counts].sum()) / total if total > 0 else math.nan

    def moved(self, shares: Floats, place: int, share: float) -> float:
        """Return the figure with one share at another value; as it is where that leaves none."""
        other = shares.copy()
        other[place] = share
        found = self.of(other)
        return self.of(shares) if math.isnan(found) else found


def weighted_by_class(cells: Cells) -> Floats | None:
    """Return the kinds of rows (cost, wrong, rows) where each class weighs alike; else None.

    Examples
    --------
    >>> cells = Cells(("cat", "dog"), ("dev",), np.zeros(3, int), np.array([0, 1, 1]),
    ...               np.array([0, 1, 0]), np.array([90, 6, 4]), np.array([90.0, 60.0, 40.0]),
    ...               np.array([90.0, 600.0, 400.0]), weighted=True)
    >>> weighted_by_class(cells).tolist()
    [[10.0, 1.0, 4.0], [10.0, 0.0, 6.0], [1.0, 1.0, 0.0], [1.0, 0.0, 90.0]]
    """
    if not cells.weighted or cells.group is not None or not (cells.weight > 0).all():
        return None
    cost = cells.weight / cells.n
    if not np.allclose(cells.weight_squared * cells.n, cells.weight**2, rtol=1e-9, atol=0.0):
        return None
    of_class: dict[int, float] = {}
    for truth, one in zip(cells.truth.tolist(), cost.tolist(), strict=True):
        if not math.isclose(of_class.setdefault(truth, one), one, rel_tol=1e-9):
            return None
    costs = sorted(set(of_class.values()), reverse=True)
    if not 1 < len(costs) <= MOST_COSTS:
        return None
    kinds = [(one, wrong, 0.0) for one in costs for wrong in (1.0, 0.0)]
    found = np.array(kinds)
    place = 2 * np.searchsorted(-np.array(costs), -cost) + ~cells.wrong
    np.add.at(found[:, 2], place, cells.n)
    return found
