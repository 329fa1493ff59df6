# Over 300 lines: the ways to the interval of a difference stand together.
"""The difference of a metric between two models on the same examples, with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np

from mlstrat.core.counts import (
    ABSTAINED,
    Floats,
    Ints,
    Tally,
    distinct_codes,
    sum_by,
    tally,
)
from mlstrat.core.estimates import FEWEST_GROUPS, estimate
from mlstrat.core.figures import Figure, Sampling, widened
from mlstrat.core.groups import EvenGroups, Influence, proportion
from mlstrat.core.intervals import newcombe_interval, paired_correlation, t_quantile
from mlstrat.core.metrics import MetricChoice, moves_alone
from mlstrat.core.pairs import (
    SIDES,
    PairCells,
    loss_difference_variance,
    ranking_difference_variance,
)
from mlstrat.core.record import Record
from mlstrat.core.resampling import (
    LINEAR_FROM,
    Atom,
    batches,
    drawn_tallies,
    elsewhere,
    generator,
    linear_draws,
    percentiles,
)

RATES = ("accuracy", "error")

ATOM = 0.25
"""Weight put into each of both right, only a, only b, both wrong: either model's error then has
Jeffreys' Beta(k + ½, n − k + ½)."""


class PairedDifference(Record):
    """b minus a: the figure, its variance, and the share of resamples in which b is better."""

    figure: Figure
    variance: float | None
    p_b_better: float | None


def paired_difference(
    cells: PairCells, choice: MetricChoice, sampling: Sampling, *, draws: bool = True
) -> PairedDifference:
    """Return the metric of b minus that of a on the same rows.

    ``draws`` is whether `p_b_better` is wanted where the interval needs no resamples.

    Source: Newcombe (1998), Statistics in Medicine 17, 2635-2650, method 10; Rubin (1981), The
    Bayesian bootstrap, Annals of Statistics 9.
    """
    if choice.metric.name in RATES:
        found = _of_rates(cells, choice, sampling, draws)
    elif choice.metric.needs and (cells.group is None or choice.metric.needs == "score"):
        return _of_estimates(cells, choice, sampling, scores=True)
    elif cells.group is not None:
        found = _of_estimates(cells, choice, sampling, scores=False)
    else:
        once = resampled(cells, choice, sampling)
        found = once if isinstance(once, PairedDifference) else once.found(sampling.confidence)
    return replace(found, figure=_with_thresholds(found.figure, cells, choice, sampling.confidence))


def _with_thresholds(
    figure: Figure, cells: PairCells, choice: MetricChoice, confidence: float
) -> Figure:
    """Return a difference with what choosing the threshold of each adds to its variance."""
    if cells.apart is None:
        return figure
    apart = cells.apart(choice)
    return widened(figure, apart.extra, confidence, least=apart.least)


def is_resampled(cells: PairCells, choice: MetricChoice) -> bool:
    """Whether the interval of a difference needs resamples."""
    return cells.group is None and not choice.metric.needs and choice.metric.name not in RATES


def difference_at(
    cells: PairCells, choice: MetricChoice, sampling: Sampling
) -> Callable[[float], Figure]:
    """Return the difference at any confidence; what needs resamples draws them once for all."""
    if not is_resampled(cells, choice):
        return lambda confidence: (
            paired_difference(
                cells, choice, replace(sampling, confidence=confidence), draws=False
            ).figure
        )

    @cache
    def found() -> Resampled | PairedDifference:
        return resampled(cells, choice, sampling)

    def at(confidence: float) -> Figure:
        once = found()
        figure = once.figure(confidence) if isinstance(once, Resampled) else once.figure
        return _with_thresholds(figure, cells, choice, confidence)

    return at


def _of_rates(
    cells: PairCells, choice: MetricChoice, sampling: Sampling, draws: bool
) -> PairedDifference:
    """Newcombe's paired interval; the correlation is that of rows, or of groups."""
    higher = choice.metric.higher_is_better
    sides = [cells.side(x) for x in SIDES]
    everything = np.ones(len(cells.n), bool)
    counted = [~x.wrong if higher else x.wrong for x in sides]
    a, b = (proportion(x, y, everything, paired=True) for x, y in zip(sides, counted, strict=True))
    if a is None or b is None:
        return PairedDifference(_undefined(cells, choice), None, None)
    value = b.value - a.value
    if a.influence is not None and b.influence is not None:
        shared, variance = _together(a.influence, b.influence)
        chance: float | None = _normal_chance(value if higher else -value, variance)
    else:
        shared, variance = row_correlation(cells), _row_variance(cells, value)
        drawn = _quadrant_draws(cells, sampling) if draws else np.zeros(0)
        chance = _chance(drawn, cells) if draws else 0.5
    few = None if a.groups is None else _few(a.groups)
    ci = None
    if few is None:
        ci = newcombe_interval(
            a.value, a.interval(sampling.confidence), b.value, b.interval(sampling.confidence),
            max(-1.0, min(1.0, shared)),
        )  # fmt: skip
    return PairedDifference(Figure(value, ci, cells.rows, few), variance, chance)


def _few(groups: int) -> str | None:
    if groups >= FEWEST_GROUPS:
        return None
    return f"no interval: {groups} groups, and fewer than {FEWEST_GROUPS} do not tell their spread"


def _undefined(cells: PairCells, choice: MetricChoice) -> Figure:
    return Figure(None, None, cells.rows, f"undefined: {choice.metric.undefined}")


def row_correlation(cells: PairCells) -> float:
    """Newcombe's φ; weighted rows count at their effective number (Kish)."""
    counts = sum_by(cells.quadrants, cells.weight, 4)
    kish = float(cells.weight.sum()) ** 2 / float(cells.weight_squared.sum())
    counts = counts / counts.sum() * kish
    return paired_correlation(*(float(x) for x in counts))


def _row_variance(cells: PairCells, value: float) -> float:
    """Σw²(d − δ)² / (Σw)², d = 1 where only one is right."""
    code = cells.quadrants
    change = np.where(code == 2, 1.0, np.where(code == 1, -1.0, 0.0))
    value = float((cells.weight * change).sum() / cells.weight.sum())
    return float((cells.weight_squared * (change - value) ** 2).sum() / cells.weight.sum() ** 2)


def _quadrant_draws(cells: PairCells, sampling: Sampling) -> Floats:
    """Resamples of the gain in accuracy from a to b: gammas of the four quadrants."""
    weight = sum_by(cells.quadrants, cells.weight, 4)
    squared = sum_by(cells.quadrants, cells.weight_squared, 4)
    unit = float(squared.sum() / weight.sum())
    scale = np.where(weight > 0, squared / np.where(weight > 0, weight, 1.0), unit)
    rng = generator(sampling.seed, 6)
    drawn = rng.standard_gamma(weight / scale, size=(sampling.resamples, 4)) * scale
    drawn += rng.standard_gamma(ATOM, size=(sampling.resamples, 4)) * unit
    gain: Floats = (drawn[:, 2] - drawn[:, 1]) / drawn.sum(axis=1)
    return gain


def _chance(gain: Floats, cells: PairCells) -> float | None:
    """Share of resamples with a gain, ties half; undefined ones are left out."""
    if cells.identical:
        return 0.5
    known = gain[~np.isnan(gain)]
    if not len(known):
        return None
    return float((known > 0).mean() + (known == 0).mean() / 2)


def _normal_chance(gain: float, variance: float) -> float:
    if not variance > 0:
        return 0.5 if gain == 0 else float(gain > 0)
    return 0.5 * (1 + math.erf(gain / math.sqrt(2 * variance)))


def _together(a: Influence, b: Influence) -> tuple[float, float]:
    """Return the correlation of two figures through their groups, and the variance of b − a."""
    spread = math.sqrt(a.variance * b.variance)
    shared = a.covariance(b) / spread if spread > 0 else 0.0
    return shared, Influence(a.groups, b.values - a.values).variance


def _of_estimates(
    cells: PairCells, choice: MetricChoice, sampling: Sampling, *, scores: bool
) -> PairedDifference:
    """Both figures by their own intervals; square-and-add with the correlation of their influences.

    Influences are those of rows (scores and losses) or of groups. Of the scores of several classes
    the errors of the differences are averaged: the most that the error of the average can be.
    """
    a, b = (estimate(cells.side(x), choice, sampling, i, paired=True) for i, x in enumerate(SIDES))
    if a.value is None or b.value is None:
        return PairedDifference(_undefined(cells, choice), None, None)
    value, of_a, of_b = b.value - a.value, a.variance or 0.0, b.variance or 0.0
    if scores:
        variance = _score_variance(cells, choice)
        spread = 2 * math.sqrt(of_a * of_b)
        shared = (of_a + of_b - variance) / spread if spread > 0 else 0.0
    elif a.influence is not None and b.influence is not None:
        shared, variance = _together(a.influence, b.influence)
    else:
        shared, variance = 0.0, of_a + of_b
    gain = value if choice.metric.higher_is_better else -value
    chance = 0.5 if cells.identical else _normal_chance(gain, variance)
    if a.ci is None or b.ci is None or math.isnan(variance):
        reason = a.reason or b.reason or "no interval: too few rows of a class"
        return PairedDifference(Figure(value, None, cells.rows, reason), variance, chance)
    if choice.metric.needs == "score" and variance > 0:
        return _of_rankings(cells, choice, sampling, value, variance, chance)
    ci = newcombe_interval(a.value, a.ci, b.value, b.ci, max(-1.0, min(1.0, shared)))
    return PairedDifference(Figure(value, ci, cells.rows), variance, chance)


def _of_rankings(
    cells: PairCells,
    choice: MetricChoice,
    sampling: Sampling,
    value: float,
    variance: float,
    chance: float | None,
) -> PairedDifference:
    """The difference of two rankings: its linearised error, or that of ranks swapped within rows.

    Square-and-add would take the two apart: near 1 their intervals are so skewed that even a strong
    correlation leaves nothing of the comparison. Of several classes none is swapped: the errors of
    their differences are averaged, the most that their mean can have, and equally good models of
    two to five classes with 6 positives or more are told apart in at most 1.5% of trials.
    """
    from mlstrat.core.paired_tests import swapped_error

    scores, error = list((cells.scores or {}).values()), math.sqrt(variance)
    if len(scores) == 1:
        error = max(error, swapped_error(scores[0], choice.metric.name, sampling))
    # With few rows of a class the linearised error is that of these few, at their effective number.
    classes = [(x, x.positive == side) for x in scores for side in (0, 1)]
    least = min(
        float(x.weight[of].sum()) ** 2 / max(float(x.weight_squared[of].sum()), 1e-300)
        for x, of in classes
    )
    quantile = t_quantile(sampling.confidence, max(least - 1, 1.0))
    if cells.group is not None:
        _, place = np.unique(cells.group, return_inverse=True)
        apart = np.where(cells.a != cells.b, cells.weight, 0.0)
        degrees = EvenGroups.of(place, cells.weight, apart).all - 1
        quantile = t_quantile(sampling.confidence, max(degrees, 1.0))
    ci = (max(value - quantile * error, -1.0), min(value + quantile * error, 1.0))
    return PairedDifference(Figure(value, ci, cells.rows), error**2, chance)


def _score_variance(cells: PairCells, choice: MetricChoice) -> float:
    if cells.losses is not None:
        return loss_difference_variance(cells.losses, cells.side("a"))
    errors, shares = [], []
    for one in (cells.scores or {}).values():
        found = ranking_difference_variance(one, choice.metric.name)
        variance = found if isinstance(found, float) else found.variance
        if not math.isnan(variance):
            errors.append(math.sqrt(variance))
            support = float(one.weight[one.positive == 1].sum())
            shares.append(support if choice.average == "weighted" else 1.0)
    return float(np.average(errors, weights=shares)) ** 2 if errors else math.nan


class Resampled(Record):
    """Joint cells resampled once: percentiles, or ± t(n/C − 1) standard deviations; the wider."""

    cells: PairCells
    choice: MetricChoice
    value: float
    drawn: Floats
    degrees: float

    @property
    def gain(self) -> Floats:
        """Resamples of b minus a."""
        change: Floats = self.drawn[1] - self.drawn[0]
        return change

    @cached_property
    def variance(self) -> float:
        """The variance of the difference."""
        return float(np.nanvar(self.gain))

    def figure(self, confidence: float) -> Figure:
        """Return the difference with its interval at a confidence."""
        low, high = percentiles(self.gain, confidence)
        half = t_quantile(confidence, self.degrees) * math.sqrt(self.variance)
        most = self.choice.metric.high - self.choice.metric.low
        ci = (max(min(low, self.value - half), -most), min(max(high, self.value + half), most))
        return Figure(self.value, ci, self.cells.rows)

    def found(self, confidence: float) -> PairedDifference:
        """Return all that is told of the difference."""
        gain = self.gain if self.choice.metric.higher_is_better else -self.gain
        return PairedDifference(self.figure(confidence), self.variance, _chance(gain, self.cells))


def resampled(
    cells: PairCells, choice: MetricChoice, sampling: Sampling
) -> Resampled | PairedDifference:
    """Return the resamples of a difference, or that it is undefined."""
    observed = [tally(cells.side(x)) for x in SIDES]
    a, b = (float(choice.of_tally(t, cells.labels)[0]) for t in observed)
    if math.isnan(a) or math.isnan(b):
        return PairedDifference(_undefined(cells, choice), None, None)
    drawn = joint_draws(cells, choice, sampling)
    occurring = int(
        sum((t.actual + t.predicted) > 0 for t in observed).astype(bool).sum()  # type: ignore[union-attr]
    )
    effective = float(cells.weight.sum()) ** 2 / float(cells.weight_squared.sum())
    degrees = max(effective / occurring - 1, FEWEST_GROUPS - 1)
    return Resampled(cells, choice, b - a, drawn, degrees)


def joint_draws(cells: PairCells, choice: MetricChoice, sampling: Sampling) -> Floats:
    """Return resamples of the metric of a and of b on the same rows, shape (2, resamples).

    As `mlstrat.core.resampling.resample` does for one model: a gamma for each joint cell,
    and atoms where nothing was seen: a quarter of a row each for both right, only a right, only b
    right and both wrong, put into a label at random by its share.
    """
    distinct, place = distinct_codes(cells.truth, cells.a, cells.b)
    weight, squared = sum_by(place, cells.weight), sum_by(place, cells.weight_squared)
    unit = float(squared.sum() / weight.sum())
    classes = len(cells.labels)
    truth, *called = distinct
    actual = sum_by(truth, weight, classes)
    seen = np.unique(np.concatenate(distinct))
    seen = seen[seen != ABSTAINED]
    rng, out = generator(sampling.seed, 7), []
    columns = weight, squared, truth, tuple(called)
    if len(weight) >= LINEAR_FROM:

        def values(t: Tally) -> Floats:
            return choice.of_tally(t, cells.labels)[None, :]

        return linear_draws(
            rng, columns, classes, values, sampling.resamples,
            symmetric=choice.symmetric, alone=moves_alone((choice,)),
        )  # fmt: skip
    shares = (actual / actual.sum()).tobytes()
    for turn, size in enumerate(batches(sampling.resamples, 5 * classes)):
        if turn == 0:
            amount, right, others, state = _atoms(sampling.seed, size, shares, seen.tobytes())
            rng.bit_generator.state = state
        else:
            amount = rng.standard_gamma(ATOM, size=(4, size))
            right, others = _places(rng, size, shares, seen.tobytes())
        amount = amount * unit
        atoms = [  # both right, only a, only b, both wrong
            Atom(amount[0], right[0], (None, None)),
            Atom(amount[1], right[1], (None, elsewhere(right[1], others[1, 1]))),
            Atom(amount[2], right[2], (elsewhere(right[2], others[2, 0]), None)),
            Atom(amount[3], right[3], tuple(elsewhere(right[3], x) for x in others[3])),
        ]
        tallies = drawn_tallies(rng, columns, classes, atoms)
        out.append(np.stack([choice.of_tally(t, cells.labels) for t in tallies]))
    return np.concatenate(out, axis=1)


@lru_cache(maxsize=1)
def _amounts(seed: int, size: int) -> tuple[Floats, Any]:
    """Return how much the first atoms of a seed are, and the state after them: one for all."""
    rng = generator(seed, 7)
    return rng.standard_gamma(ATOM, size=(4, size)), rng.bit_generator.state


@lru_cache(maxsize=1)
def _atoms(seed: int, size: int, shares: bytes, seen: bytes) -> tuple[Floats, Ints, Ints, Any]:
    """Return them with where they go, and the state after that: one for all pairs of a truth."""
    rng = generator(seed, 7)
    amount, rng.bit_generator.state = _amounts(seed, size)
    return amount, *_places(rng, size, shares, seen), rng.bit_generator.state


def _places(rng: np.random.Generator, size: int, shares: bytes, seen: bytes) -> tuple[Ints, Ints]:
    """Return the labels of atoms, and what each model says where it is wrong."""
    p = np.frombuffer(shares)
    right = rng.choice(len(p), size=(4, size), p=p)
    return right, rng.choice(np.frombuffer(seen, np.int64), size=(4, 2, size))
