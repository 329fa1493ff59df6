"""Several runs of one model, by the seed of their training: spread, and an interval over both.

Another seed and other examples would each give another figure. The runs share their examples, so
how much these add can be as much as for one run; how much seeds add, their spread tells.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import Interval, t_quantile


@dataclass(frozen=True)
class Spread:
    """How far apart the figures of K runs are: their standard deviation, least and largest."""

    runs: int
    sd: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of two figures or more."""
        mean = math.fsum(values) / len(values)
        squares = math.fsum((x - mean) ** 2 for x in values)
        return cls(len(values), math.sqrt(squares / (len(values) - 1)), min(values), max(values))


def mean_of_runs(runs: Sequence[Figure], within: tuple[float, float], confidence: float) -> Figure:
    """Return the mean of a figure over runs, with the interval of `over_runs`; all have a value."""
    values = [x.value or 0.0 for x in runs]
    mean, n = math.fsum(values) / len(values), round(sum(x.n or 0 for x in runs) / len(runs))
    intervals = [x.ci for x in runs if x.ci is not None]
    if len(intervals) < len(runs):
        reason = next(x.reason for x in runs if x.ci is None)
        return Figure(mean, None, n, reason or "no interval: a run has none")
    low, high = over_runs(values, intervals, confidence)
    return Figure(mean, (max(low, within[0]), min(high, within[1])), n)


def over_runs(
    values: Sequence[float], intervals: Sequence[Interval], confidence: float
) -> Interval:
    """Return the interval of the mean of K runs, over other seeds and other examples.

    Formula (square-and-add, Zou and Donner 2008): with m the mean and s the standard deviation of
    the values vₖ and lₖ their lower limits, the lower limit is
    m − √((Σ(vₖ − lₖ)/K)² + (t(K − 1) s/√K)²), the upper one mirrored. The first part is what the
    examples add where all runs err on the same ones, the most that it can be.
    """
    runs = len(values)
    mean = math.fsum(values) / runs
    seeds = t_quantile(confidence, runs - 1) * Spread.of(values).sd / math.sqrt(runs)
    down = math.fsum(v - low for v, (low, _) in zip(values, intervals, strict=True)) / runs
    up = math.fsum(high - v for v, (_, high) in zip(values, intervals, strict=True)) / runs
    return mean - math.hypot(down, seeds), mean + math.hypot(up, seeds)
