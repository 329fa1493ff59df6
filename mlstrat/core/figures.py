"""A figure with its interval, and an estimate: a figure that can be combined with others.

What choosing a threshold adds to a variance is a jackknife over the folds of dev.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from mlstrat.core.counts import Floats
from mlstrat.core.groups import Influence
from mlstrat.core.intervals import (
    Interval,
    each_wilson_interval,
    normal_quantile,
    proportion_interval,
    quantile,
    t_quantile,
    wilson_interval,
)
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.record import Record
from mlstrat.core.resampling import jeffreys_draws

if TYPE_CHECKING:
    from mlstrat.core import schema_parts


MOST_TRIALS = 1e15
"""More examples than anybody has: the end of the search for effective trials."""


class Sampling(Record):
    """How sure an interval shall be and how it is resampled."""

    confidence: float = 0.95
    resamples: int = 10_000
    seed: int = 0


class Figure(Record):
    """A number with its interval.

    ``ci`` is None where the counts are unknown or no honest interval exists, ``n`` where the number
    of rows is; ``reason`` says why value or interval are missing.
    """

    value: float | None
    ci: Interval | None = None
    n: int | None = None
    reason: str | None = None

    def to_dict(self) -> schema_parts.Figure:
        """Return the JSON of the figure: ``value``, ``ci``, ``n`` and a ``reason`` if one."""
        out: schema_parts.Figure = {
            "value": self.value,
            "ci": None if self.ci is None else list(self.ci),
            "n": self.n,
        }
        if self.reason is not None:
            out["reason"] = self.reason
        return out


class Estimate(Figure):
    """A figure with what is needed to combine it with others.

    ``variance`` is that of the figure, ``draws`` are resamples of it (None where it is fixed or
    its counts are unknown), ``influence`` is by group, ``errors`` the number of wrong rows.
    ``trials`` are those of a proportion: its interval is Wilson's at so many. ``degrees`` of
    freedom are those of the variance; None is the normal distribution.
    """

    variance: float | None = None
    draws: Floats | None = None
    influence: Influence | None = None
    errors: int | None = None
    trials: float | None = None
    degrees: float | None = None

    @property
    def figure(self) -> Figure:
        """The number and its interval alone."""
        return Figure(self.value, self.ci, self.n, self.reason)

    def as_loss(self, choice: MetricChoice) -> Estimate:
        """Return the estimate as a loss: 1 minus it where higher is better."""
        if not choice.metric.higher_is_better or self.value is None:
            return self
        return replace(
            self,
            value=1 - self.value,
            ci=None if self.ci is None else (1 - self.ci[1], 1 - self.ci[0]),
            draws=None if self.draws is None else 1 - self.draws,
            influence=None
            if self.influence is None
            else Influence(self.influence.groups, -self.influence.values),
        )


def from_counts(errors: int, n: int, sampling: Sampling, stream: int = 0) -> Estimate:
    """Return the error of counts: Wilson's interval, Jeffreys draws."""
    return from_rate(errors / n, n, errors, sampling, stream)


def from_rate(p: float, n: int, errors: int, sampling: Sampling, stream: int = 0) -> Estimate:
    """Return an error of which the rate was typed: it stays as typed, whatever n rounds it to."""
    return Estimate(
        p,
        wilson_interval(p, n, normal_quantile(sampling.confidence)),
        n,
        variance=jeffreys_variance(p, n),
        draws=jeffreys_draws(p, n, sampling.resamples, sampling.seed, stream),
        errors=errors,
        trials=n,
    )


def interval_at(
    estimate: Estimate, confidence: float, of_ci: float, *, exact: bool = False
) -> Interval:
    """Return the interval of an estimate at another confidence than that of its `ci`.

    A proportion is asked anew: Wilson's, as Newcombe's differences are made of. For all else each
    end moves with the quantile. A figure without an interval is taken as exact.

    `of_ci` is the confidence of its own interval; `exact` makes a proportion beyond 99% Clopper and
    Pearson's.
    """
    value = cast("float", estimate.value)
    if estimate.ci is None:
        return value, value
    if estimate.trials is not None:
        if exact:
            return proportion_interval(value, estimate.trials, confidence, estimate.degrees)
        return wilson_interval(value, estimate.trials, quantile(confidence, estimate.degrees))
    wider = quantile(confidence, estimate.degrees) / quantile(of_ci, estimate.degrees)
    low, high = estimate.ci
    return value - wider * (value - low), value + wider * (high - value)


def intervals_at(estimates: Sequence[Estimate], confidence: float, of_ci: float) -> list[Interval]:
    """Return the intervals of several; see `interval_at`."""
    shares = {i: x for i, x in enumerate(estimates) if x.ci is not None and x.trials is not None}
    asked = [
        (x.value or 0.0, x.trials or 0.0, quantile(confidence, x.degrees)) for x in shares.values()
    ]
    found = dict(zip(shares, each_wilson_interval(asked), strict=True))
    return [
        found[i] if i in found else interval_at(x, confidence, of_ci)
        for i, x in enumerate(estimates)
    ]


def jeffreys_variance(p: float, trials: float) -> float:
    """p(1 − p)/trials at Jeffreys' mean, so that no errors seen is not no variance."""
    centre = (p * trials + 0.5) / (trials + 1)
    return centre * (1 - centre) / (trials + 1)


def jeffreys_trials(p: float, variance: float) -> float:
    """Return the trials that give this variance to an error: `jeffreys_variance` the other way.

    Formula: bisection on a logarithmic scale, from 1 to `MOST_TRIALS`; the variance only falls.
    """
    low, high = 1.0, MOST_TRIALS
    for _ in range(60):
        middle = (low * high) ** 0.5
        if jeffreys_variance(p, middle) > variance:
            low = middle
        else:
            high = middle
    return low


F = TypeVar("F", bound=Figure)


def jackknife(values: Sequence[float | None]) -> float:
    """Return the variance of a figure by its values without each of K folds; 0 where undefined.

    Formula: (K − 1) / K Σ (vₖ − mean)².

    Source: Efron and Stein (1981), Annals of Statistics 9, 586-596.
    """
    known = [x for x in values if x is not None]
    if len(known) < len(values):
        return 0.0
    mean = sum(known) / len(known)
    return (len(known) - 1) / len(known) * sum((x - mean) ** 2 for x in known)


def widened(
    found: F, extra: float, confidence: float, low: float = -math.inf, high: float = math.inf,
    least: float = 0.0,
) -> F:  # fmt: skip
    """Return a figure with a variance added to that of its interval, each side in proportion.

    The variance of the interval is then at least `least`.
    """
    if found.ci is None or found.value is None or not max(extra, least) > 0:
        return found
    (start, end), value = found.ci, found.value
    own = ((end - start) / 2 / normal_quantile(confidence)) ** 2
    if not own > 0:
        return found
    extra = max(extra, least - own)
    k = math.sqrt(1 + extra / own)
    ci = max(low, value - (value - start) * k), min(high, value + (end - value) * k)
    more: dict[str, Any] = {}
    if isinstance(found, Estimate):
        more = {
            "variance": None if found.variance is None else found.variance + extra,
            "draws": None if found.draws is None else value + (found.draws - value) * k,
            "trials": None if found.trials is None else found.trials / k**2,
        }
    return replace(found, ci=ci, **more)


class Spread(Record):
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
