"""The error of several people together: all their answers, or the mean of typed levels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, sum_by
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Estimate, Sampling, jeffreys_variance
from mlstrat.core.intervals import normal_quantile, t_quantile, wilson_interval


def pooled_error(part: Cells, people: Sequence[str], sampling: Sampling) -> Estimate:
    """Return the error of all answers of several people together.

    Answers to one example are not independent: the variance is that of the ratio Σ wrong answers
    / Σ answers, linearised over examples (or groups of them), with Wilson's interval at the
    number of independent answers of the same variance.
    """
    answers = np.stack([part.answers[name] for name in people], axis=1)
    given = (answers != ABSTAINED).sum(axis=1).astype(np.float64)
    wrong = ((answers != ABSTAINED) & (answers != part.truth[:, None])).sum(axis=1)
    total = float(part.weight @ given)
    value = float(part.weight @ wrong) / total
    asked = given > 0
    residual = (wrong - value * given) / total
    count, degrees = float(part.n[asked].sum()), None
    variance = float(part.weight_squared @ residual**2)
    if part.group is not None:
        _, place = np.unique(part.group[asked], return_inverse=True)
        sums = sum_by(place, (part.weight * residual)[asked])
        count, degrees = float(len(sums)), len(sums) - 1
        variance = max(variance, float(sums @ sums) * count / max(count - 1, 1))
    n = int(part.n @ given)
    if degrees is not None and count < FEWEST_GROUPS:
        return Estimate(value, None, n, f"no interval: {count:g} groups")
    # No errors, or only errors: an example counts once, however many answered it.
    trials = value * (1 - value) / variance if variance > 0 and 0 < value < 1 else count
    quantile = (
        normal_quantile(sampling.confidence)
        if degrees is None
        else t_quantile(sampling.confidence, degrees)
    )
    return Estimate(value, wilson_interval(value, trials, quantile), n,
                    variance=jeffreys_variance(value, trials))  # fmt: skip


def mean_level(levels: Sequence[Estimate], sampling: Sampling) -> Estimate:
    """Return the level of a typical member; by answers where all have counts, else the mean.

    Whether the members answered the same examples is unknown: the standard error of a mean is at
    most the mean of the standard errors.
    """
    values = [float(x.value or 0.0) for x in levels]
    sizes = [x.n for x in levels if x.n is not None]
    if len(sizes) < len(levels):
        return Estimate(sum(values) / len(values))
    n = sum(sizes)
    value = sum(v * m for v, m in zip(values, sizes, strict=True)) / n
    error = sum(math.sqrt(x.variance or 0.0) * m for x, m in zip(levels, sizes, strict=True)) / n
    centre = (value * n + 0.5) / (n + 1)
    trials = min(centre * (1 - centre) / error**2, n) if error > 0 else float(min(sizes))
    ci = wilson_interval(value, trials, normal_quantile(sampling.confidence))
    return Estimate(value, ci, n, variance=error**2)
