"""Averages over classes, where some classes have few rows.

A class of three rows that were all right may be wrong one time in three: resampled rows do not
say so, and its F1, which is curved, is lower on average than the F1 of its rates. So each class has
its own interval, and the F1 of few rows is corrected for what it is low by.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Tally
from mlstrat.core.intervals import Interval, normal_quantile, wilson_interval, wilson_intervals
from mlstrat.core.metrics import MetricChoice

FEW_OF_CLASS = 30
"""Rows of a class below which an average over classes is read class by class, too (ours)."""

FEW_OF_KIND = 5
"""Right or wrong rows of a class below which it is, too (ours)."""

ALIKE = 2.0
"""Rows that all classes together count for in the rate of one (ours)."""


@dataclass(frozen=True)
class ByClass:
    """An average over classes: what the figure is low by, and how far it may lie on either side."""

    bias: float
    down: float
    up: float

    def around(self, value: float, ci: Interval, low: float, high: float) -> Interval:
        """Return the interval: the wider of the two on each side, around the corrected value."""
        centre, (down, up) = value - self.bias, self._widths(value, ci)
        return max(min(centre - down, value), low), min(max(centre + up, value), high)

    def moved(self, value: float, ci: Interval, drawn: Floats, quantile: float) -> Floats:
        """Return resamples around the corrected value, as wide as the interval on each side.

        Of a gap to an earlier split, whose rows are more and whose figure is low by less, what is
        left is what its own table would give at the size of the later one.
        """
        away = drawn - np.nanmean(drawn)
        spread = quantile * float(np.nanstd(drawn))
        if not spread > 0:
            return drawn
        down, up = self._widths(value, ci)
        return np.asarray(value - self.bias + away * np.where(away < 0, down, up) / spread)

    def _widths(self, value: float, ci: Interval) -> tuple[float, float]:
        return max(self.down, value - ci[0]), max(self.up, ci[1] - value)


def by_class(t: Tally, choice: MetricChoice, effective: float, confidence: float) -> ByClass | None:
    """Return how far a macro average may lie off, class by class; None where no class is small.

    Formula: the figure of a class is a proportion k/u of rows (recall and precision), or 2J/(1 + J)
    of one (F1, with J = TP/(TP + FP + FN)); its interval is Wilson's, and those of the C classes
    are put together by variance estimates recovery, √Σ(F − l)²/C (Zou and Donner 2008), times
    √(1 + mean 1/u), and of F1 √(1 + J), as a wrong row is one of two classes. The bias is
    the mean over classes of E[2K/(u + K)] − 2J/(1 + J), with K binomial of u at the rate of the
    class drawn towards that of all by `ALIKE` rows. Simulated in `tests/core/test_scarce.py`.

    `effective` is how many independent rows a unit of weight stands for.
    """
    name = choice.metric.name
    if name in ("cohen_kappa", "mcc"):
        return _of_table(t, choice, effective, confidence)
    if name != "balanced_accuracy" and not (choice.average == "macro" and name in _PARTS):
        return None
    right, of = t.right[0], _PARTS.get(name, _actual)(t)
    here = of > 0
    k, u = right[here] * effective, of[here] * effective
    if not len(u) or (u.min() >= FEW_OF_CLASS and np.minimum(k, u - k).min() >= FEW_OF_KIND):
        return None
    share, z = k / u, normal_quantile(confidence)
    ends = wilson_intervals(share, u, z)
    bias = twice = 0.0
    if name == "f1":
        # A wrong row is of two classes: what these add, the part J of a class, counts twice.
        pooled = twice = float(k.sum() / u.sum())
        bias = float(_bias_of_f1((k + ALIKE * pooled) / (u + ALIKE), u).mean())
        share, ends = _f1(share), _f1(ends)
    down, up = share - ends[:, 0], ends[:, 1] - share
    # How many rows a class has is chance, too: 1/u is larger on average than 1 over its mean.
    larger = math.sqrt((1 + float(np.mean(1 / u))) * (1 + twice)) / len(u)
    return ByClass(
        bias,
        larger * math.sqrt(float(np.sum(down**2))),
        larger * math.sqrt(float(np.sum(up**2))),
    )


def _of_table(
    t: Tally, choice: MetricChoice, effective: float, confidence: float
) -> ByClass | None:
    """Return by how much a figure of the whole table moves with the recall and share of a class.

    Each goes to both ends of its Wilson interval, the misses of the class being spread as the wrong
    rows of the others are; the moves are squared and added up.
    """
    right, actual, predicted, total = t.right[0], t.actual[0], t.predicted[0], float(t.total[0])
    here = np.flatnonzero(actual > 0)
    k, n = right[here] * effective, actual[here] * effective
    if not len(here) or (n.min() >= FEW_OF_CLASS and np.minimum(k, n - k).min() >= FEW_OF_KIND):
        return None
    z = normal_quantile(confidence)
    labels = tuple(map(str, range(len(actual))))
    value = float(choice.of_tally(t, labels)[0])
    down = up = 0.0
    false = np.maximum(predicted - right, 0.0)
    for c, hits, rows in zip(here.tolist(), k.tolist(), n.tolist(), strict=True):
        others = false.copy()
        others[c] = 0.0
        spread = others / others.sum() if others.sum() > 0 else np.zeros(len(others))
        missed = (actual[c] - right[c]) * spread
        moved = []
        for recall in wilson_interval(hits / rows, rows, z):
            more = recall * actual[c] - right[c]
            called = predicted - more * spread
            called[c] += more
            moved.append((_at(right, c, more), actual, called))
        for share in wilson_interval(float(actual[c]) / total, total * effective, z):
            f, rest = share * total / actual[c], total - actual[c]
            g = (total - f * actual[c]) / rest if rest > 0 else 1.0
            called = g * (predicted - missed) + f * missed
            called[c] = f * right[c] + g * false[c]
            row = [np.where(np.arange(len(x)) == c, f, g) * x for x in (right, actual)]
            moved.append((row[0], row[1], called))
        hits_of, rows_of, calls_of = (
            np.maximum(np.stack(x), 0.0) for x in zip(*moved, strict=True)
        )
        moves = Tally(hits_of, rows_of, calls_of, np.full(len(moved), total))
        changes = choice.of_tally(moves, labels) - value
        for pair in (changes[:2], changes[2:]):
            known = pair[~np.isnan(pair)]
            down += min(0.0, *known.tolist(), 0.0) ** 2
            up += max(0.0, *known.tolist(), 0.0) ** 2
    return ByClass(0.0, math.sqrt(down), math.sqrt(up))


def _at(values: Floats, place: int, more: float) -> Floats:
    out = values.copy()
    out[place] += more
    return out


def _actual(t: Tally) -> Floats:
    return np.asarray(t.actual[0])


def _predicted(t: Tally) -> Floats:
    return np.asarray(t.predicted[0])


def _either(t: Tally) -> Floats:
    return np.asarray(t.actual[0] + t.predicted[0] - t.right[0])


_PARTS = {"recall": _actual, "precision": _predicted, "f1": _either}


def _f1(share: Floats) -> Floats:
    return np.asarray(2 * share / (1 + share))


def _bias_of_f1(rate: Floats, rows: Floats) -> Floats:
    """Return E[F1 of k of u] − F1 of the rate: exact for few rows, of the second order for many."""
    curved = -2 * rate * (1 - rate) / ((1 + rate) ** 3 * rows)
    whole: NDArray[np.int64] = np.maximum(np.round(rows), 1).astype(np.int64)
    for n in sorted(set(whole[whole <= FEW_OF_CLASS].tolist())):
        mine = whole == n
        k = np.arange(n + 1)
        ways = np.array([math.comb(int(n), int(i)) for i in k], float)
        p = rate[mine][:, None]
        chance = ways * p**k * (1 - p) ** (n - k)
        curved[mine] = chance @ _f1(k / n) - _f1(rate[mine])
    return np.asarray(curved)
