"""Intervals where resamples of cells say too little: rows in groups, heavy rows, few wrong rows.

The variance of a figure is linearised in what was counted. Where a heavy row of each kind may be
missing, or a few wrong rows hold most of a loss, the variance of what was seen is that of those
few: so each kind of row, and how often rows are wrong, has its own interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, Floats, Tally, distances, places_in, tally
from mlstrat.core.figures import Estimate, Sampling, jeffreys_variance
from mlstrat.core.groups import EvenGroups, Influence, as_where_none_errs, group_influence
from mlstrat.core.groups import proportion as proportion_of
from mlstrat.core.intervals import (
    Interval,
    logit_interval,
    normal_quantile,
    t_quantile,
    wilson_interval,
)
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.ratio import Ratios, linearise
from mlstrat.core.record import Record
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
    batch = np.arange(len(cells.n)) // MOVED_AT_ONCE
    for i in range(math.ceil(len(cells.n) / MOVED_AT_ONCE)):
        part = cells if len(cells.n) <= MOVED_AT_ONCE else cells.where(batch == i)
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


class _Figure(Record):
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
    """Return the kinds of rows (cost, wrong, rows) where each class weighs alike; else None."""
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


CLIP = float(np.finfo(np.float64).eps)
"""Distance that a probability keeps from 0 and 1 in a logarithm; scikit-learn's for float64."""

FEWEST_WRONG = 5
"""Fewer wrong rows do not tell what a wrong row costs (ours)."""

DEAREST = 2.0
"""Times what a wrong row would cost a model that means what it says, that it may cost (ours)."""


def by_outcome(
    estimate: Estimate, ratios: Ratios, cells: Cells, confidence: float, high: float | None
) -> Estimate:
    """Return the estimate of a mean loss with the interval of its parts.

    Formula (variance estimates recovery, Zou and Donner 2008): with q the share of wrong rows,
    within (q₁, q₂) by Wilson, and the mean losses a of wrong and b of right rows, each within its
    interval on the log (or logit) scale with t of the even rows behind it, the lower limit is
    m − √((q − q₁)²(a − b)² + q²(a − a₁)² + (1 − q)²(b − b₁)²), the upper one mirrored. With fewer
    than `FEWEST_WRONG` wrong rows what one costs may be anything up to the bound of the loss; of
    one without a bound, up to `DEAREST` times −log((1 − exp(−b))/(C − 1)), what a model of C
    classes that is as sure as it is where it is right loses where it is wrong, or than was seen.
    Simulated in `tests/core/test_scarce.py`.
    """
    count = int(cells.n[cells.wrong].sum())
    share = proportion_of(cells, cells.wrong, np.ones(len(cells.n), bool))
    if estimate.value is None or estimate.ci is None or share is None:
        return estimate
    q, (low_q, high_q) = share.value, share.interval(confidence)
    right, right_ci = _part(ratios.where(~cells.wrong), confidence, high)
    wrong, wrong_ci = _part(ratios.where(cells.wrong), confidence, high)
    dearest = wrong
    if count < FEWEST_WRONG:
        dearest = high if high is not None else _dearest(right, wrong, len(cells.labels))
        wrong_ci = (0.0, dearest)
    down = math.hypot(
        (q - low_q) * (wrong - right), q * (wrong - wrong_ci[0]), (1 - q) * (right - right_ci[0])
    )
    up = math.hypot(
        (high_q - q) * (dearest - right), q * (wrong_ci[1] - wrong), (1 - q) * (right_ci[1] - right)
    )
    value = estimate.value
    top = math.inf if high is None else high
    return replace(estimate, ci=(max(value - down, 0.0), min(value + up, top)))


def _dearest(right: float, wrong: float, classes: int) -> float:
    sure = max(-math.expm1(-right) / max(classes - 1, 1), CLIP)
    return min(DEAREST * max(wrong, -math.log(sure)), -math.log(CLIP))


def _part(ratios: Ratios, confidence: float, high: float | None) -> tuple[float, Interval]:
    found = linearise(ratios)
    if found is None:
        return 0.0, (0.0, 0.0)
    variance = found.variance
    if not found.value > 0 or not variance > 0:  # NaN of a single row, too
        return found.value, (found.value, found.value)
    even = max(found.even[1] - 1, 1.0)
    quantile = t_quantile(confidence, even) if even < 1e6 else normal_quantile(confidence)
    top = math.inf if high is None else high
    return found.value, logit_interval(found.value, math.sqrt(variance), quantile, 0.0, top)
