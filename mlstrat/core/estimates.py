# Over 300 lines: the ways to the interval of a figure stand together.
"""A figure with its interval: one function for every metric, weighted or not, grouped or not.

=====================  ==========================================================================
proportions            Wilson at the effective number of trials (accuracy, error, and of one class
                       precision, recall, specificity and F1, a function of TP / (TP + FP + FN))
other hard metrics     resampled cells: percentiles, and ± t(n/C − 1) on the logit scale; the wider
                       (of 5,000 cells and more, drawn by the slopes of the metric in its cells)
rankings               Newcombe's score interval (ROC AUC); a resampled standard error with
                       t(positives − 1) on the logit scale (average precision)
losses by row          how often rows are wrong (Wilson), and what wrong and right ones cost
with groups            the linearised variance over groups, t by how even they are
=====================  ==========================================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, Floats, codes_in, tally
from mlstrat.core.figures import Estimate, Sampling, jeffreys_variance, widened
from mlstrat.core.intervals import (
    HOLDING,
    Influence,
    Interval,
    Proportion,
    logit_interval,
    normal_quantile,
    proportion,
    proportion_interval,
    t_quantile,
)
from mlstrat.core.metrics import MetricChoice, moves_alone
from mlstrat.core.resampling import ends_of, generator, ranked, resample
from mlstrat.core.scarce.classes import by_class

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


def estimate_at(
    cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int = 0
) -> Callable[[float], Estimate]:
    """Return a metric of the cells of one split at any confidence, resampled at most once."""

    @cache
    def resampled() -> Callable[[float], Estimate] | None:
        plain = cells.group is None and not choice.metric.needs and cells.weight.sum() > 0
        if not plain or _proportion_masks(cells, choice) is not None:
            return None
        return _resampled(cells, (choice,), sampling, stream)[0]

    @cache
    def at(confidence: float) -> Estimate:
        if (once := resampled()) is not None:
            how = replace(sampling, confidence=confidence)
            return _with_threshold(
                replace(once(confidence), errors=cells.errors), cells, choice, how
            )
        how = replace(sampling, confidence=confidence)
        return estimate(cells, choice, how, stream, draws=False)

    return at


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
            from mlstrat.core.ranking import ranking_estimate

            found[i] = ranking_estimate(cells, choice, sampling, stream)
        elif choice.metric.needs.startswith("top_"):
            found[i] = _of_hits(cells, choice, sampling, stream)
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
        one = _with_threshold(replace(found[i], errors=errors), cells, choices[i], sampling)
        if few is not None and one.value is not None:
            one = replace(one, ci=None, draws=None, reason=few)
        out.append(one)
    return tuple(out)


def _with_threshold(
    found: Estimate, cells: Cells, choice: MetricChoice, sampling: Sampling
) -> Estimate:
    """Return an estimate with what choosing a threshold on these rows adds to its variance."""
    if cells.apart is None or choice.metric.needs:
        return found
    metric = choice.metric
    return widened(found, cells.apart(choice), sampling.confidence, metric.low, metric.high)


def _too_few_groups(cells: Cells) -> str | None:
    if cells.group is None:
        return None
    return _few_groups(len(codes_in(cells.group)))


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
    if cells.weighted and choice.metric.name in ("accuracy", "error"):
        from mlstrat.core.scarce.costs import weighted_by_class

        if (kinds := weighted_by_class(cells)) is not None:
            return _of_costs(cells, choice, sampling, stream, kinds)
    found: Proportion | None = proportion(cells, num, den)
    rows = cells.rows
    if found is None:
        return Estimate(None, None, rows, choice.undefined)
    # Groups without any row of the denominator do not count.
    few = None if found.groups is None else _few_groups(found.groups)
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
    return Estimate(
        value, ci, rows, few, variance * slope**2, drawn, influence,
        trials=None if harmonic else found.trials, degrees=found.degrees,
    )  # fmt: skip


def _of_costs(
    cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int, kinds: Floats
) -> Estimate:
    """The error (or accuracy) of rows of which those of one class weigh alike."""
    from mlstrat.core.scarce.costs import of_kinds

    counted = kinds[:, 1] == float(choice.metric.name == "error")
    found = of_kinds(kinds, counted, 1.0, sampling.confidence)
    if found is None:
        return Estimate(None, None, cells.rows, choice.undefined)
    value, ci, variance = found
    trials = value * (1 - value) / variance if 0 < value < 1 else 1.0
    rng, k = generator(sampling.seed, 1, stream), value * trials
    drawn = rng.beta(k + 0.5, trials - k + 0.5, sampling.resamples)
    return Estimate(value, ci, cells.rows, None, variance, drawn)


def _of_tally(
    cells: Cells, choices: Sequence[MetricChoice], sampling: Sampling, stream: int
) -> list[Estimate]:
    if not choices:
        return []
    if cells.group is not None and not cells.wrong.any():
        # Nothing varied between groups: take a group for one observation, as `proportion` does.
        groups = len(codes_in(cells.group))
        kish = float(cells.weight.sum()) ** 2 / float(cells.weight_squared.sum())
        design = max(kish / groups, 1.0)
        cells = replace(cells, weight_squared=cells.weight_squared * design, group=None)
    if cells.group is not None:
        from mlstrat.core.linearised import linearised

        observed = tally(cells)
        values = [float(choice.of_tally(observed, cells.labels)[0]) for choice in choices]
        return [
            Estimate(None, None, cells.rows, choice.undefined)
            if math.isnan(value)
            else linearised(cells, choice, sampling, stream, value)
            for choice, value in zip(choices, values, strict=True)
        ]
    several = _resampled(cells, choices, sampling, stream)
    return [at(sampling.confidence) for at in several]


def _resampled(
    cells: Cells, choices: Sequence[MetricChoice], sampling: Sampling, stream: int
) -> list[Callable[[float], Estimate]]:
    """Return metrics at any confidence, from the same resamples."""
    observed = tally(cells)
    drawn = resample(
        cells,
        lambda t: np.stack([choice.of_tally(t, cells.labels) for choice in choices]),
        sampling.resamples,
        generator(sampling.seed, 1, stream),
        symmetric=all(choice.symmetric for choice in choices),
        alone=moves_alone(choices),
    )
    # A class has about n/C rows, and percentiles alone are too narrow where those are few.
    occurring = int(((observed.actual + observed.predicted) > 0).sum())
    effective = float(cells.weight.sum()) ** 2 / float(cells.weight_squared.sum())
    degrees = max(effective / occurring - 1, FEWEST_GROUPS - 1)

    in_order = cache(lambda i: ranked(drawn[i]))

    def figure(choice: MetricChoice, i: int, confidence: float) -> Estimate:
        row = drawn[i]
        value = float(choice.of_tally(observed, cells.labels)[0])
        if math.isnan(value):
            return Estimate(None, None, cells.rows, choice.undefined)
        low, high = ends_of(in_order(i), confidence)
        wide = logit_spread(value, row, choice, t_quantile(confidence, degrees))
        ci = (min(low, wide[0], value), max(high, wide[1], value))
        each = by_class(observed, choice, effective / float(cells.weight.sum()), confidence)
        known = row
        if each is not None:
            known = each.moved(value, ci, row, normal_quantile(confidence))
            ci = each.around(value, ci, choice.metric.low, choice.metric.high)
        return Estimate(value, ci, cells.rows, None, float(np.nanvar(row)), known)

    return [partial(figure, choice, i) for i, choice in enumerate(choices)]


def logit_spread(value: float, drawn: Floats, choice: MetricChoice, quantile: float) -> Interval:
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


def _mean_loss(cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int) -> Estimate:
    from mlstrat.core.linearised import from_variance
    from mlstrat.core.ratio import Ratios, Sums, linearise
    from mlstrat.core.scarce.losses import by_outcome

    loss, squared, weighted = cells.loss, cells.loss_squared, cells.loss_weight_squared
    if loss is None or squared is None or weighted is None:
        raise ValueError(f"{choice.metric.name} needs probabilities")
    n = cells.n.astype(np.float64)
    sums = Sums(n, loss, cells.weight, squared, weighted, cells.weight_squared)
    ratios = Ratios(sums, cells.group, bounded=False, whole=False)
    found = linearise(ratios)
    if found is None:
        return Estimate(None, None, cells.rows, choice.undefined)
    high = None
    if choice.metric.name == "brier":
        high = 1.0 if len(cells.labels) <= 2 else 2.0
    larger, degrees = 1.0, None
    if cells.group is not None:  # as `mlstrat.core.ratio.estimate`: few groups hold the losses
        larger = 1 + 2 / found.even[0]
        degrees = max(min(found.even[0] - 1, HOLDING * found.even[1]), 1.0)
    estimate = from_variance(
        found.value, cells.rows, found.variance, choice, sampling, found.influence, degrees, stream,
        high, larger,
    )  # fmt: skip
    if cells.group is not None:
        return estimate
    return by_outcome(estimate, ratios, cells, sampling.confidence, high)


def _of_hits(cells: Cells, choice: MetricChoice, sampling: Sampling, stream: int) -> Estimate:
    """Return a share of rows that are hits, which are summed as a loss: Wilson's interval."""
    found = _mean_loss(cells, choice, sampling, stream)
    if found.value is None:
        return found
    value, groups = found.value, None if cells.group is None else len(codes_in(cells.group))
    trials = float(cells.weight.sum()) ** 2 / float(cells.weight_squared.sum())
    if groups is not None:
        trials = min(trials, groups)
    if (groups is not None or cells.weighted) and 0 < value < 1 and found.variance:
        trials = value * (1 - value) / found.variance
    degrees = None if groups is None else max(groups - 1, 1)
    k = value * trials
    drawn = generator(sampling.seed, 1, stream).beta(k + 0.5, trials - k + 0.5, sampling.resamples)
    return replace(
        found, ci=proportion_interval(value, trials, sampling.confidence, degrees), reason=None,
        variance=jeffreys_variance(value, trials), draws=drawn, trials=trials, degrees=degrees,
    )  # fmt: skip


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
