"""A figure with its interval: one function for every metric, weighted or not, grouped or not.

=====================  ==========================================================================
proportions            Wilson at the effective number of trials (accuracy, error, and of one class
                       precision, recall, specificity and F1, a function of TP / (TP + FP + FN))
other hard metrics     resampled cells: percentiles, and ± t(n/C − 1) on the logit scale; the wider
rankings               DeLong or a resampled standard error, on the logit scale
losses by row          the variance of a mean, on the logit or log scale
with groups            the linearised variance over groups with t(G − 1)
=====================  ==========================================================================
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, Floats, ScoreCells, Tally, sum_by, tally
from mlstrat.core.figures import Estimate, Sampling, jeffreys_variance
from mlstrat.core.intervals import (
    Influence,
    Interval,
    Proportion,
    group_influence,
    logit_interval,
    normal_quantile,
    proportion,
    t_quantile,
    wilson_interval,
)
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.ranking import Ranking, average_precision, roc_auc
from mlstrat.core.resampling import collapse, generator, percentiles, resample

MOVED_AT_ONCE = 512
"""Cells whose influence is worked out together: 4 MB of numbers at 1,000 classes."""

FEWEST_GROUPS = 5
"""Fewer groups give no interval: a t quantile with 3 degrees of freedom on a variance that is
itself three numbers promises nothing."""


def estimate(
    cells: Cells,
    choice: MetricChoice,
    sampling: Sampling,
    stream: int = 0,
    *,
    draws: bool = True,
) -> Estimate:
    """Return a metric of the cells of one split with its interval.

    Parameters
    ----------
    cells
        The cells of one split.
    choice
        The metric.
    sampling
        Confidence, resamples and seed.
    stream
        Number of the random stream, so that two splits are resampled independently.
    draws
        Whether resamples are wanted where the interval does not need them.
    """
    return estimate_all(cells, (choice,), sampling, stream, draws=draws)[0]


def estimate_all(
    cells: Cells,
    choices: Sequence[MetricChoice],
    sampling: Sampling,
    stream: int = 0,
    *,
    draws: bool = True,
) -> tuple[Estimate, ...]:
    """Return several metrics of the same cells; those that are resampled share their resamples."""
    if not cells.weight.sum() > 0:
        nothing = Estimate(None, None, cells.rows, "undefined: all weights are 0")
        return (nothing,) * len(choices)
    few = _too_few_groups(cells)
    found: dict[int, Estimate] = {}
    tallied: list[int] = []
    for i, choice in enumerate(choices):
        if choice.metric.needs == "score":
            found[i] = _ranking(cells, choice, sampling, stream)
        elif choice.metric.needs:
            found[i] = _mean_loss(cells, choice, sampling, stream)
        elif (masks := _proportion_masks(cells, choice)) is not None:
            found[i] = _of_proportion(cells, choice, sampling, stream, masks, draws)
        else:
            tallied.append(i)
    several = _of_tally(cells, [choices[i] for i in tallied], sampling, stream)
    found.update(zip(tallied, several, strict=True))
    out, errors = [], cells.errors
    for i in range(len(choices)):
        one = replace(found[i], errors=errors)
        if few is not None and one.value is not None:
            one = replace(one, ci=None, draws=None, reason=few)
        out.append(one)
    return tuple(out)


def _too_few_groups(cells: Cells) -> str | None:
    if cells.group is None:
        return None
    return _few_groups(len(np.unique(cells.group)))


def _few_groups(count: int) -> str | None:
    if count >= FEWEST_GROUPS:
        return None
    return f"no interval: {count} groups, and fewer than {FEWEST_GROUPS} do not tell their spread"


Masks = tuple[np.ndarray, np.ndarray, bool]


def _proportion_masks(cells: Cells, choice: MetricChoice) -> Masks | None:
    """Return (num, den, whether the figure is 2p/(1 + p)) where the metric is a proportion."""
    name, everything = choice.metric.name, np.ones(len(cells.n), bool)
    if name == "accuracy":
        return ~cells.wrong, everything, False
    if name == "error":
        return cells.wrong, everything, False
    if choice.average != "binary" or choice.positive not in cells.labels:
        return None
    code = cells.labels.index(choice.positive)
    actual, called = cells.truth == code, cells.predicted == code
    if name == "precision":
        return actual, called, False
    if name == "recall":
        return called, actual, False
    if name == "specificity":
        return ~called, ~actual, False
    if name == "f1":
        return actual & called, actual | called, True
    return None


def _of_proportion(
    cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int, masks: Masks, draws: bool
) -> Estimate:
    num, den, harmonic = masks
    found: Proportion | None = proportion(cells, num, den)
    rows = cells.rows
    if found is None:
        return Estimate(None, None, rows, _undefined(choice))
    # Groups without any row of the denominator do not count.
    few = None if found.degrees is None else _few_groups(found.degrees + 1)
    ci = found.interval(sampling.confidence) if few is None else None
    value, slope = found.value, 1.0
    variance = jeffreys_variance(value, found.trials)
    drawn = None
    if draws:
        k = value * found.trials
        rng = generator(sampling.seed, 1, stream)
        drawn = rng.beta(k + 0.5, found.trials - k + 0.5, sampling.resamples)
    if harmonic:
        slope = 2 / (1 + value) ** 2
        value = 2 * value / (1 + value)
        ci = None if ci is None else (2 * ci[0] / (1 + ci[0]), 2 * ci[1] / (1 + ci[1]))
        drawn = None if drawn is None else 2 * drawn / (1 + drawn)
    influence = found.influence
    if influence is not None:
        influence = Influence(influence.groups, influence.values * slope)
    return Estimate(value, ci, rows, few, variance * slope**2, drawn, influence)


def _undefined(choice: MetricChoice) -> str:
    return f"undefined: {choice.metric.undefined}"


def _of_tally(
    cells: Cells, choices: Sequence[MetricChoice], sampling: Sampling, stream: int
) -> list[Estimate]:
    if not choices:
        return []
    observed = tally(cells)
    values = [float(choice.of_tally(observed, cells.labels)[0]) for choice in choices]
    if cells.group is not None and not cells.wrong.any():
        # Nothing varied between groups: take a group for one observation, as `proportion` does.
        groups = len(np.unique(cells.group))
        kish = float(cells.weight.sum()) ** 2 / float(cells.weight_squared.sum())
        design = max(kish / groups, 1.0)
        cells = replace(cells, weight_squared=cells.weight_squared * design, group=None)
    if cells.group is not None:
        return [
            Estimate(None, None, cells.rows, _undefined(choice))
            if math.isnan(value)
            else _linearised(cells, choice, sampling, stream, value)
            for choice, value in zip(choices, values, strict=True)
        ]
    drawn = resample(
        cells,
        lambda t: np.stack([choice.of_tally(t, cells.labels) for choice in choices]),
        sampling.resamples,
        generator(sampling.seed, 1, stream),
    )
    # A class has about n/C rows, and percentiles alone are too narrow where those are few.
    occurring = int(((observed.actual + observed.predicted) > 0).sum())
    effective = float(cells.weight.sum()) ** 2 / float(cells.weight_squared.sum())
    degrees = max(effective / occurring - 1, FEWEST_GROUPS - 1)
    out = []
    for choice, value, row in zip(choices, values, drawn, strict=True):
        if math.isnan(value):
            out.append(Estimate(None, None, cells.rows, _undefined(choice)))
            continue
        low, high = percentiles(row, sampling.confidence)
        wide = _logit_spread(value, row, choice, t_quantile(sampling.confidence, degrees))
        ci = (min(low, wide[0], value), max(high, wide[1], value))
        out.append(Estimate(value, ci, cells.rows, None, float(np.nanvar(row)), row))
    return out


def _logit_spread(value: float, drawn: Floats, choice: MetricChoice, quantile: float) -> Interval:
    """Return value ± quantile standard deviations, both on the logit scale of the range."""
    low, high = choice.metric.low, choice.metric.high
    share = (drawn - low) / (high - low)
    inside = share[(share > 0) & (share < 1)]
    if not low < value < high or len(inside) < len(drawn) / 2:
        return value, value
    spread = float(np.std(np.log(inside / (1 - inside))))
    # logit_interval wants the error on the metric's own scale.
    here = (value - low) / (high - low)
    return logit_interval(value, spread * here * (1 - here) * (high - low), quantile, low, high)


def _linearised(
    cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int, value: float
) -> Estimate:
    """Interval from the influence of each (label, prediction) pair, summed by group."""
    small = collapse(cells)
    total = small.weight.sum()
    step = float(total) * 1e-6
    slopes = np.concatenate(
        [
            (choice.of_tally(moved, cells.labels) - value) / step
            for moved in _moved(tally(small), small, step)
        ]
    )
    width = len(cells.labels) + 1
    pair = np.searchsorted(
        small.truth * width + small.predicted + 1, cells.truth * width + cells.predicted + 1
    )
    by_rows = float(np.sum(cells.weight_squared * slopes[pair] ** 2))
    influence = group_influence(cells, slopes[pair]).at_least(by_rows)
    return _from_variance(
        value,
        cells.rows,
        influence.variance,
        choice,
        sampling,
        influence,
        len(influence.groups),
        stream,
    )


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
        yield Tally(right, actual, predicted, np.repeat(t.total, len(rows)) + step)


def _from_variance(
    value: float,
    rows: int,
    variance: float,
    choice: MetricChoice,
    sampling: Sampling,
    influence: Influence | None,
    groups: int | None,
    stream: int,
    high: float | None = None,
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
        if groups is None
        else t_quantile(sampling.confidence, max(groups - 1, 1))
    )
    ci = logit_interval(value, math.sqrt(variance), quantile, metric.low, high)
    rng = generator(sampling.seed, 1, stream)
    drawn = rng.normal(value, math.sqrt(variance), sampling.resamples)
    return Estimate(value, ci, rows, None, variance, drawn, influence)


def _ranking(cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int) -> Estimate:
    if cells.scores is None:
        raise ValueError(f"{choice.metric.name} needs scores")
    found: list[tuple[Ranking, ScoreCells, float]] = []
    for i, scores in enumerate(cells.scores.values()):
        one = (
            roc_auc(scores)
            if choice.metric.name == "roc_auc"
            else average_precision(scores, generator(sampling.seed, 3, stream, i))
        )
        if one is not None:
            support = float(scores.weight[scores.positive == 1].sum())
            found.append((one, scores, support if choice.average == "weighted" else 1.0))
    if not found:
        return Estimate(None, None, cells.rows, _undefined(choice))
    shares = [w / sum(w for *_, w in found) for *_, w in found]
    value = sum(share * one.value for share, (one, *_) in zip(shares, found, strict=True))
    influences = [one.influence for one, *_ in found if one.influence is not None]
    if influences:
        values = sum(s * x.values for s, x in zip(shares, influences, strict=True))
        influence = Influence(influences[0].groups, np.asarray(values))
        return _from_variance(
            value, cells.rows, influence.variance, choice, sampling, influence,
            len(influence.groups), stream,
        )  # fmt: skip
    grouped = [len(np.unique(s.group)) for _, s, _ in found if s.group is not None]
    groups = min(grouped, default=None)
    if value in (0.0, 1.0):
        # A perfect ranking has no spread. Pairing each row of the rarer class with another of
        # the other class gives that many independent trials, all of them won (or lost).
        pairs = min(
            int(scores.n[scores.positive == side].sum())
            for _, scores, _ in found
            for side in (0, 1)
        )
        pairs = min([pairs, *grouped])
        if not pairs:  # every row is of one class: average precision is 1 whatever the scores
            return _from_variance(value, cells.rows, 0.0, choice, sampling, None, groups, stream)
        ci = wilson_interval(value, pairs, normal_quantile(sampling.confidence))
        won = value * pairs
        drawn = generator(sampling.seed, 1, stream).beta(
            won + 0.5, pairs - won + 0.5, sampling.resamples
        )
        return Estimate(value, ci, cells.rows, None, jeffreys_variance(value, pairs), drawn)
    # How the classes move together is not in the counts: the mean of their standard errors is
    # the most that the standard error of their mean can be.
    error = sum(s * math.sqrt(one.variance) for s, (one, *_) in zip(shares, found, strict=True))
    return _from_variance(value, cells.rows, error**2, choice, sampling, None, groups, stream)


def _mean_loss(cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int) -> Estimate:
    loss, squared, weighted = cells.loss, cells.loss_squared, cells.loss_weight_squared
    if loss is None or squared is None or weighted is None:
        raise ValueError(f"{choice.metric.name} needs probabilities")
    total, rows = float(cells.weight.sum()), cells.rows
    if total <= 0:
        return Estimate(None, None, rows, _undefined(choice))
    value = float(loss.sum()) / total
    influence, groups = None, None
    if cells.group is not None:
        codes, place = np.unique(cells.group, return_inverse=True)
        influence = Influence(codes, sum_by(place, (loss - value * cells.weight) / total))
    spread = squared.sum() - 2 * value * weighted.sum() + value**2 * cells.weight_squared.sum()
    variance = float(spread) / total**2 * (rows / (rows - 1) if rows > 1 else math.nan)
    if influence is not None:
        influence = influence.at_least(variance)
        variance, groups = influence.variance, len(influence.groups)
    high = 1.0 if choice.metric.name == "brier" and len(cells.labels) <= 2 else None
    return _from_variance(value, rows, variance, choice, sampling, influence, groups, stream, high)


def undefined_classes(cells: Cells, choice: MetricChoice) -> tuple[str, ...]:
    """Return the classes that occur in these cells and that an average over classes leaves out."""
    compute = choice.metric.compute
    if not choice.metric.by_class or choice.average not in ("macro", "weighted") or compute is None:
        return ()
    t = tally(cells)
    values = compute(t, choice.beta)[0]
    occurs = (t.actual + t.predicted)[0] > 0
    return tuple(
        label
        for label, value, here in zip(cells.labels, values, occurs, strict=True)
        if here and math.isnan(value)
    )


def abstentions(cells: Cells) -> int:
    """Return the number of rows with a blank prediction."""
    return int(cells.n[cells.predicted == ABSTAINED].sum())
