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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import SPLITS, Cells, Floats, Tally, codes_in, tally
from mlstrat.core.figures import Estimate, Sampling, jeffreys_variance, widened
from mlstrat.core.groups import HOLDING, Influence, Proportion, proportion
from mlstrat.core.intervals import (
    Interval,
    logit_interval,
    normal_quantile,
    proportion_interval,
    t_quantile,
    wilson_interval,
    wilson_intervals,
)
from mlstrat.core.metrics import MetricChoice, moves_alone, values_of
from mlstrat.core.record import Record
from mlstrat.core.resampling import ends_of, generator, jeffreys_draws, ranked, resample

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
    paired: bool = False,
) -> Estimate:
    """Return a metric of the cells of one split with its interval.

    `stream` numbers the random stream, so that two splits are resampled independently; `draws`
    tells whether resamples are wanted where the interval does not need them; `paired` that the
    figure is one of two on the same groups, see `mlstrat.core.groups.proportion`.
    """
    return estimate_all(cells, (choice,), sampling, stream, draws=draws, paired=paired)[0]


def estimate_splits(
    parts: Mapping[str, Cells], choice: MetricChoice, sampling: Sampling
) -> dict[str, Estimate]:
    """Return a metric of each split, with its resamples."""
    return {name: estimate(x, choice, sampling, SPLITS.index(name)) for name, x in parts.items()}


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
    paired: bool = False,
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
            found[i] = _of_proportion(
                cells, choice, sampling, stream, masks, draws=draws, paired=paired
            )
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
    cells: Cells,
    choice: MetricChoice,
    sampling: Sampling,
    stream: int,
    masks: Masks,
    *,
    draws: bool,
    paired: bool,
) -> Estimate:
    num, den, harmonic = masks
    if cells.weighted and choice.metric.name in ("accuracy", "error"):
        from mlstrat.core.linearised import weighted_by_class

        if (kinds := weighted_by_class(cells)) is not None:
            return _of_costs(cells, choice, sampling, stream, kinds)
    found: Proportion | None = proportion(cells, num, den, paired=paired)
    rows = cells.rows
    if found is None:
        return Estimate(None, None, rows, choice.undefined)
    # Groups without any row of the denominator do not count.
    few = None if found.groups is None else _few_groups(found.groups)
    ci = found.interval(sampling.confidence) if few is None else None
    value, slope = found.value, 1.0
    variance = jeffreys_variance(value, found.trials)
    drawn = (
        jeffreys_draws(value, found.trials, sampling.resamples, sampling.seed, stream)
        if draws
        else None
    )
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
    from mlstrat.core.linearised import of_kinds

    counted = kinds[:, 1] == float(choice.metric.name == "error")
    found = of_kinds(kinds, counted, 1.0, sampling.confidence)
    if found is None:
        return Estimate(None, None, cells.rows, choice.undefined)
    value, ci, variance = found
    trials = value * (1 - value) / variance if 0 < value < 1 else 1.0
    drawn = jeffreys_draws(value, trials, sampling.resamples, sampling.seed, stream)
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

        values = values_of(choices, tally(cells), cells.labels)[:, 0].tolist()
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
    observed = tally(cells)
    values = values_of(choices, observed, cells.labels)[:, 0].tolist()
    drawn = resample(
        cells,
        lambda t: values_of(choices, t, cells.labels),
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
        row, value = drawn[i], values[i]
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
    from mlstrat.core.linearised import by_outcome, from_variance
    from mlstrat.core.ratio import Ratios, Sums, linearise

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
    drawn = jeffreys_draws(value, trials, sampling.resamples, sampling.seed, stream)
    return replace(
        found, ci=proportion_interval(value, trials, sampling.confidence, degrees), reason=None,
        variance=jeffreys_variance(value, trials), draws=drawn, trials=trials, degrees=degrees,
    )  # fmt: skip


# Averages over classes, where some have few rows. A class of three rows that were all right may be
# wrong one time in three: resampled rows do not say so, and its F1, which is curved, is lower on
# average than the F1 of its rates. So each class has its own interval, and the F1 of few rows is
# corrected for what it is low by.

FEW_OF_CLASS = 30
"""Rows of a class below which an average over classes is read class by class, too (ours)."""

FEW_OF_KIND = 5
"""Right or wrong rows of a class below which it is, too (ours)."""

ALIKE = 2.0
"""Rows that all classes together count for in the rate of one (ours)."""


class ByClass(Record):
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
