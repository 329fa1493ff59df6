"""The interval of a figure from its variance, linearised in what was counted."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, Floats, Tally, distances, places_in, tally
from mlstrat.core.figures import Estimate, Sampling
from mlstrat.core.intervals import (
    EvenGroups,
    Influence,
    as_where_none_errs,
    group_influence,
    logit_interval,
    normal_quantile,
    t_quantile,
)
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.resampling import collapse, generator

MOVED_AT_ONCE = 512
"""Cells whose influence is worked out together: 4 MB of numbers at 1,000 classes."""


def linearised(
    cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int, value: float
) -> Estimate:
    """Interval from the influence of each (label, prediction) pair, summed by group."""
    moves = slopes(cells, choice, value)
    by_rows = float(np.sum(cells.weight_squared * moves**2))
    influence = group_influence(cells, moves).at_least(by_rows)
    wrong = np.where(cells.wrong, cells.weight, 0.0)
    groups = np.zeros(len(cells.n), np.int64) if cells.group is None else cells.group
    place = places_in(groups)[1]
    even = EvenGroups.of(place, cells.weight, wrong)
    return from_variance(
        value,
        cells.rows,
        influence.variance,
        choice,
        sampling,
        influence,
        even.degrees,
        stream,
        larger=even.larger,
        even=even,
    )


def slopes(cells: Cells, choice: MetricChoice, value: float) -> Floats:
    """Return by how much a row more in each cell moves a metric of that value."""
    few = cells.group is None and len(cells.n) <= MOVED_AT_ONCE
    small = cells if few else collapse(cells)
    step = float(small.weight.sum()) * 1e-6
    moved = [(choice.of_tally(t, cells.labels) - value) / step
             for t in _moved(tally(small), small, step)]  # fmt: skip
    slope: Floats = np.concatenate(moved)
    if few:
        return slope
    width = len(cells.labels) + 1
    pair = np.searchsorted(
        small.truth * width + small.predicted + 1, cells.truth * width + cells.predicted + 1
    )
    return slope[pair]


def _moved(t: Tally, cells: Cells, step: float) -> Iterator[Tally]:
    """Yield batches of the tally with a step added to one cell after the other."""
    for start in range(0, len(cells.n), MOVED_AT_ONCE):
        part = cells.where(np.arange(len(cells.n)) // MOVED_AT_ONCE == start // MOVED_AT_ONCE)
        rows = np.arange(len(part.n))
        right, actual, predicted = (
            np.repeat(x, len(rows), axis=0) for x in (t.right, t.actual, t.predicted)
        )
        hit, called = ~part.wrong, part.predicted != ABSTAINED
        actual[rows, part.truth] += step
        right[rows[hit], part.truth[hit]] += step
        predicted[rows[called], part.predicted[called]] += step
        apart = distances(part.truth, part.predicted, len(part.labels))
        yield Tally(
            right, actual, predicted, np.repeat(t.total, len(rows)) + step,
            t.distance + step * apart,
        )  # fmt: skip


def from_variance(
    value: float,
    rows: int,
    variance: float,
    choice: MetricChoice,
    sampling: Sampling,
    influence: Influence | None,
    degrees: float | None,
    stream: int,
    high: float | None = None,
    larger: float = 1.0,
    even: EvenGroups | None = None,
) -> Estimate:
    """An interval on the logit (or log) scale of the metric's range, and draws to match."""
    metric = choice.metric
    high = metric.high if high is None else high
    if not variance > 1e-12 * value**2:  # less is the rounding of sums
        return Estimate(
            value, None, rows, "no interval: nothing varied in what was seen", 0.0,
            np.full(sampling.resamples, value), influence,
        )  # fmt: skip
    quantile = (
        normal_quantile(sampling.confidence)
        if degrees is None
        else t_quantile(sampling.confidence, max(degrees, 1.0))
    )
    ci = logit_interval(value, math.sqrt(larger * variance), quantile, metric.low, high)
    low, span = metric.low, high - metric.low
    if even is not None and math.isfinite(span) and low < value < high:
        share = (value - low) / span
        trials = share * (1 - share) * span**2 / (larger * variance)
        fewest = min(even.hits, even.others)
        ends = ((ci[0] - low) / span, (ci[1] - low) / span)
        counts = (even.all, fewest, fewest)
        ends = as_where_none_errs(ends, share, trials, counts, sampling.confidence)
        ci = low + span * ends[0], low + span * ends[1]
    rng = generator(sampling.seed, 1, stream)
    drawn = rng.normal(value, math.sqrt(variance), sampling.resamples)
    return Estimate(value, ci, rows, None, variance, drawn, influence)
