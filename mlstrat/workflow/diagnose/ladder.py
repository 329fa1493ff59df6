# Over 300 lines: levels, the gaps between them and the verdict on these are one computation.
"""Human → train → train-dev → dev → test: the gaps between, and which of them to work on.

=====================  =======================  ==================================================
gap                    from → to                what it means
=====================  =======================  ==================================================
avoidable_bias         human → train            the training set is not fitted as well as it can be
variance               train → train-dev        the model does not generalise to new examples
                       (train → dev without)
data_mismatch          train-dev → dev          dev is of another distribution
dev_overfit            dev → test               dev was looked at too often
=====================  =======================  ==================================================

Where a level between is missing its gaps merge, and are named by all that they may be:
``variance_or_mismatch``, ``avoidable_bias_or_variance``, ``bias_variance_or_mismatch``.

The verdict is focus, contested, small, undetermined or insufficient, decided so that what the first
line says is true; the error rates are those of the decisions FOCUS, CONTESTED, SMALL and SURPASSED
of `mlstrat.core.decisions`. Levels that were typed without counts are exact: then the course's rule
on values decides.

Source: C3W1 Avoidable bias; C3W2 Bias and variance with mismatched data distributions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.figures import Estimate, Sampling, intervals_at
from mlstrat.core.intervals import Interval, contrasts, one_sided
from mlstrat.core.record import Record
from mlstrat.core.resampling import generator, percentiles
from mlstrat.errors import InputError

if TYPE_CHECKING:
    from mlstrat.core.findings import Finding
    from mlstrat.core.pairs import PairedErrors
    from mlstrat.core.sample_size.to_settle import ToSettle

LADDER = ("human", "train", "train-dev", "dev", "test")

UNSEEN = ("train-dev", "dev", "test")
"""Levels of rows that the model was not trained on."""

MERGED = ("variance_or_mismatch", "avoidable_bias_or_variance", "bias_variance_or_mismatch")
"""Gaps over a level that is missing."""

SECOND_FOCUS = 0.6
"""A second gap is a focus too when it is more than this share of the first. mlstrat's threshold:
the course's quiz works on 8.3 and 5.2 points both (0.63)."""

SLACK = 1e-9
"""Comparisons of decimal fractions allow this much rounding."""

MOST_CONTESTED = 3
"""More gaps than this that may be the largest are no help to anyone who must choose."""


class Level(Record):
    """The loss at one station, with what is known of its uncertainty.

    ``fixed`` marks a level that was typed without counts and is taken as exact (human only);
    ``bayes`` one that is Bayes error by construction, and not a person's. ``value`` is the loss, a
    fraction where the metric is bounded; without one there is no level.
    """

    name: str
    estimate: Estimate
    fixed: bool = False
    bayes: bool = False
    value: float = field(init=False)

    def __post_init__(self) -> None:
        if self.estimate.value is None:
            raise InputError(f"the {self.name} level is {self.estimate.reason}")
        object.__setattr__(self, "value", self.estimate.value)

    @property
    def exact(self) -> bool:
        """Whether it has no counts, and is taken as it is."""
        return self.fixed or self.estimate.n is None


def intervals_of(levels: Collection[Level], confidence: float, of_ci: float) -> list[Interval]:
    """Return the interval of each level at a confidence: without width where it is exact.

    Where there are counts and no honest interval, anything is possible.
    """
    found = intervals_at([x.estimate for x in levels], confidence, of_ci)
    unknown = (-math.inf, math.inf)
    return [
        (x.value, x.value) if x.exact else unknown if x.estimate.ci is None else ci
        for x, ci in zip(levels, found, strict=True)
    ]


class Gap(Record):
    """The difference of two neighbouring levels.

    ``value`` is ``end − start``, None where the human level is unknown; ``p_largest`` the share of
    resamples in which it is the largest; ``resolved`` whether it is not 0 after Holm's adjustment
    over the ladder, None where both ends are exact or no interval exists. ``bounds`` say between
    what it lies where people are unknown or surpassed (``only_bounded``: no more is known) and over
    a missing level. ``exact``: neither level has counts; ``candidate``: it may be the largest, by
    more than the tolerance.
    """

    gap: str
    start: str
    end: str
    value: float | None
    ci: Interval | None = None
    p_largest: float | None = None
    resolved: bool | None = None
    bounds: Interval | None = None
    only_bounded: bool = False
    exact: bool = False
    candidate: bool = False

    @cached_property
    def counted(self) -> float:
        """Its value; the upper end of its bounds where it is only bounded."""
        top = self.bounds[1] if self.only_bounded and self.bounds else self.value
        return top or 0.0

    @property
    def merged(self) -> bool:
        """Whether it is the sum of gaps over a level that is missing."""
        return self.gap in MERGED

    @property
    def shown(self) -> bool:
        """Whether it is surely not 0: of exact levels, by its value."""
        return abs(self.counted) > SLACK if self.exact else bool(self.resolved)

    @property
    def falls(self) -> bool:
        """Whether it is surely below 0."""
        return not self.only_bounded and self.counted < -SLACK and self.shown

    @property
    def weights(self) -> dict[str, float]:
        """The levels that its counted value is made of, with their coefficients."""
        return {self.end: 1.0} if self.only_bounded else {self.start: -1.0, self.end: 1.0}


class Decomposition(Record):
    """The ladder, its gaps and the verdict.

    In the order of the ladder. ``leading`` is the largest gap by value; ``surpassed``: the model is
    better than people on unseen rows; ``test_unlike_dev``: the two are known to be of different
    sources. No gap is above ``most``, at the confidence for all of them at once; None without
    counts. ``before`` is an issue that comes before any figure: then nothing is claimed of gaps.
    ``beside`` is a finding that the first line names, too.
    """

    levels: tuple[Level, ...]
    gaps: tuple[Gap, ...]
    tolerance: float
    focus: tuple[str, ...] = ()
    attention: bool | None = None
    verdict: str = "insufficient"
    surpassed: bool = False
    leading: str | None = None
    test_unlike_dev: bool = False
    most: float | None = None
    to_settle: ToSettle | None = None
    before: Finding | None = None
    beside: Finding | None = None

    def gap(self, name: str | None) -> Gap | None:
        """Return the gap of that name, or None."""
        return next((g for g in self.gaps if g.gap == name), None)

    def level(self, name: str) -> Level | None:
        """Return the level of that name, or None."""
        return next((x for x in self.levels if x.name == name), None)

    @property
    def is_open(self) -> bool:
        """Whether more rows may settle the verdict."""
        return self.verdict in ("contested", "undetermined")

    @cached_property
    def exact(self) -> bool:
        """Whether no level but the human one has counts."""
        return all(x.exact for x in self.levels if x.name != "human")

    @cached_property
    def falling(self) -> dict[str, Gap]:
        """The gaps that are surely below 0."""
        return {g.gap: g for g in self.gaps if g.falls}

    @cached_property
    def candidates(self) -> tuple[Gap, ...]:
        """The gaps that may be the largest, by falling value; those over the rest by order."""
        return tuple(sorted((g for g in self.gaps if g.candidate), key=lambda g: -g.counted))


def name_gaps(
    levels: Sequence[str], *, different_distributions: bool
) -> list[tuple[str, str, str]]:
    """Return (gap, from, to) for the levels that are there, in the order of the ladder.

    Without a human level the gap that it would begin is not listed.
    """
    have = [name for name in LADDER if name in levels]
    return [(_gap_name(*ends, different_distributions), *ends) for ends in pairwise(have)]


def _gap_name(start: str, end: str, different: bool) -> str:
    """Return what the step between two levels is called, whatever lies between and is missing."""
    if end == "train":
        return "avoidable_bias"
    if start in ("train-dev", "dev"):
        return "data_mismatch" if start == "train-dev" else "dev_overfit"
    mixed = different and end != "train-dev"
    if start == "train":
        return "variance_or_mismatch" if mixed else "variance"
    return "bias_variance_or_mismatch" if mixed else "avoidable_bias_or_variance"


def decompose(
    levels: Sequence[Level],
    *,
    sampling: Sampling | None = None,
    different_distributions: bool = False,
    tolerance: float = 0.01,
    paired: PairedErrors | None = None,
    resampled_gaps: bool = False,
) -> Decomposition:
    """Return the gaps between levels, at most one of each name, and the verdict on them.

    With no human level, or with a model that is surely better than people on unseen rows, avoidable
    bias is only bounded: Bayes error lies between 0 and the lower of the two. A model that beats a
    known Bayes error on its training set has learnt its noise by heart: no bias is left.

    The largest gap is worth attention above the `tolerance`, a fraction. `paired` are human and
    model on the same rows, where that is so; `resampled_gaps` takes intervals from resamples
    instead of from Newcombe's method: for losses other than the error.
    """
    sampling = sampling or Sampling()
    ordered = sorted(levels, key=lambda level: LADDER.index(level.name))
    by_name = {level.name: level for level in ordered}
    likely = _Likely(by_name, paired, sampling, resampled_gaps)
    pairs = name_gaps(list(by_name), different_distributions=different_distributions)
    unseen = _of_people(by_name, different_distributions)
    surpassed = unseen is not None and _is_surpassed(by_name["human"], unseen, likely)
    if ordered and "human" not in by_name:
        first = ordered[0].name
        pairs.insert(0, (_gap_name("human", first, different_distributions), "human", first))
    bounds: dict[str, Interval] = {}
    for name, start, end in pairs:
        if start != "human":
            continue
        most = by_name[end].value
        if surpassed and unseen is not None:
            least = most - min(by_name["human"].value, unseen.value) if end == "train" else 0.0
            bounds[name] = (min(max(least, 0.0), most), most)
        elif "human" not in by_name:
            bounds[name] = (0.0, most)
    largest = _share_largest(pairs, likely.draws, bounds)
    gaps = []
    for name, start, end in pairs:
        low, top = by_name.get(start), by_name[end]
        value = None if low is None else top.value - low.value
        between = bounds.get(name, (0.0, max(0.0, value or 0.0)) if name in MERGED else None)
        exact = top.exact and (name in bounds or low is None or low.exact)
        gaps.append(
            Gap(
                name, start, end, value, p_largest=largest.get(name), bounds=between,
                only_bounded=name in bounds, exact=exact,
            )
        )  # fmt: skip
    found = Decomposition(tuple(ordered), likely.resolved(gaps), tolerance, surpassed=surpassed)
    return _judged(found, likely) if gaps else found


def _of_people(levels: Mapping[str, Level], different: bool) -> Level | None:
    """Return the level of unseen rows of the people's distribution, where people have a level."""
    human = levels.get("human")
    if human is None or human.bayes:
        return None
    names = ("train-dev",) if different else UNSEEN
    return next((levels[name] for name in names if name in levels), None)


def _is_surpassed(human: Level, unseen: Level, likely: _Likely) -> bool:
    if unseen.value >= human.value - SLACK:
        return False
    if all(x.exact for x in likely.levels.values() if x.name != "human"):
        return True
    weights = {"human": -1.0, unseen.name: 1.0}
    return likely.intervals([weights], likely.sampling.confidence)[0][1] < 0


class _Likely(Record):
    """How far sums of levels may be from what was seen."""

    levels: Mapping[str, Level]
    paired: PairedErrors | None
    sampling: Sampling
    resampled: bool
    _known: dict[float, dict[str, tuple[float, Interval]]] = field(default_factory=dict, init=False)

    @cached_property
    def draws(self) -> dict[str, Floats]:
        """Resamples of all levels together; empty where a level has none."""
        return _joint_draws(self.levels, self.paired, self.sampling)

    def intervals(self, sums: Sequence[Mapping[str, float]], confidence: float) -> list[Interval]:
        """Return the intervals of weighted sums of levels."""
        if confidence not in self._known:  # many sums ask for the same ones
            levels = self.levels.values()
            ends = intervals_of(levels, confidence, self.sampling.confidence)
            self._known[confidence] = {
                x.name: (x.value, ci) for x, ci in zip(levels, ends, strict=True)
            }
        found = contrasts(sums, self._known[confidence], self._correlation)
        return [
            self._drawn(weights, confidence) if self._by_draws(weights) else ci
            for weights, ci in zip(sums, found, strict=True)
        ]

    @cached_property
    def _correlation(self) -> Callable[[str, str], float] | None:
        """Of two levels by name; None where none share groups, nor people rows with the model."""
        grouped = [x for x in self.levels.values() if x.estimate.influence is not None]
        if self.paired is None and len(grouped) < 2:
            return None
        return cache(lambda a, b: correlation_of(self.levels[a], self.levels[b], self.paired))

    def _by_draws(self, weights: Mapping[str, float]) -> bool:
        levels = [self.levels[name] for name in weights]
        return (
            self.resampled
            and weights.keys() <= self.draws.keys()
            and all(not x.fixed and x.estimate.influence is None for x in levels)
        )

    def _drawn(self, weights: Mapping[str, float], confidence: float) -> Interval:
        drawn = sum(weight * self.draws[name] for name, weight in weights.items())
        value = sum(weight * self.levels[name].value for name, weight in weights.items())
        low, high = percentiles(np.asarray(drawn), confidence)
        return min(low, value), max(high, value)

    def resolved(self, gaps: Sequence[Gap]) -> tuple[Gap, ...]:
        """Return the gaps with their intervals, and which are surely not 0 by Holm's adjustment.

        Stepwise: whatever excludes 0 at α/m is settled, and what is left shares α among fewer.
        """
        tested = [g for g in gaps if not g.only_bounded and not g.exact]
        confidence, settled = self.sampling.confidence, set[str]()
        found = self.intervals([g.weights for g in tested], confidence)
        ci = {g.gap: x for g, x in zip(tested, found, strict=True) if all(map(math.isfinite, x))}
        while left := [g for g in tested if g.gap not in settled]:
            ends = self.intervals([g.weights for g in left], 1 - (1 - confidence) / len(left))
            pairs = zip(left, ends, strict=True)
            more = {g.gap for g, (low, high) in pairs if low > 0 or high < 0}
            if not more:
                break
            settled |= more
        return tuple(
            replace(g, ci=ci[g.gap], resolved=g.gap in settled) if g.gap in ci else g for g in gaps
        )


def correlation_of(start: Level, end: Level, paired: PairedErrors | None) -> float:
    """Return the correlation of two levels: through shared groups, or people's shared rows."""
    a, b = start.estimate, end.estimate
    if a.influence is not None and b.influence is not None:
        scale = math.sqrt(a.influence.variance * b.influence.variance)
        if not scale > 0:
            return 0.0
        return max(-1.0, min(1.0, a.influence.covariance(b.influence) / scale))
    if paired is not None and {start.name, end.name} == {"human", paired.split}:
        return paired.correlation
    return 0.0


def _joint_draws(
    levels: Mapping[str, Level], paired: PairedErrors | None, sampling: Sampling
) -> dict[str, Floats]:
    """Resample all levels together; empty where a level has no counts."""
    draws: dict[str, Floats] = {}
    grouped = [x for x in levels.values() if x.estimate.influence is not None]
    for level in levels.values():
        if level.fixed:
            draws[level.name] = np.full(sampling.resamples, level.value)
        elif level.estimate.draws is None:
            return {}
        else:
            draws[level.name] = level.estimate.draws
    if len(grouped) > 1:
        # A group that occurs in several splits moves all of them at once: each level keeps its
        # own draws, ranked as correlated normals are.
        correlation = [[correlation_of(a, b, None) for b in grouped] for a in grouped]
        np.fill_diagonal(matrix := np.array(correlation), 1.0)
        ranks = (
            generator(sampling.seed, 5)
            .multivariate_normal(np.zeros(len(grouped)), matrix, sampling.resamples, method="eigh")
            .argsort(axis=0)
            .argsort(axis=0)
        )
        for i, level in enumerate(grouped):
            draws[level.name] = np.sort(draws[level.name])[ranks[:, i]]
    elif paired is not None and "human" in levels:
        draws["human"], draws[paired.split] = paired.draws(sampling)
    return draws


def _share_largest(
    pairs: Sequence[tuple[str, str, str]],
    joint: Mapping[str, Floats],
    bounds: Mapping[str, Interval],
) -> dict[str, float]:
    """Share of resamples in which each gap is the largest.

    Against a gap that is only bounded, another must be larger than the upper end of its bounds.
    """
    if not joint or not pairs:
        return {}
    rows = {name: joint[end] - joint[start] for name, start, end in pairs if name not in bounds}
    if not rows:
        return {}
    table = np.stack([*rows.values(), *(joint[end] for name, _, end in pairs if name in bounds)])
    table = table[:, ~np.isnan(table).any(axis=0)]
    winner = table.argmax(axis=0)
    return {name: float(np.mean(winner == i)) for i, name in enumerate(rows)}


def _judged(result: Decomposition, likely: _Likely) -> Decomposition:
    confidence = likely.sampling.confidence
    # max() keeps the first of equals, which is the order of the ladder.
    leading = max(result.gaps, key=lambda g: round(g.counted / SLACK))
    others = [g for g in result.gaps if g is not leading]
    # The leading gap itself, and each that may be larger by more than the tolerance.
    apart = likely.intervals([minus(leading, g) for g in others], confidence)
    rivals = {g.gap for g, (low, _) in zip(others, apart, strict=True) if low <= -result.tolerance}
    gaps = tuple(replace(g, candidate=g is leading or g.gap in rivals) for g in result.gaps)
    leading = next(g for g in gaps if g.gap == leading.gap)
    result = replace(result, gaps=gaps, leading=None if leading.only_bounded else leading.gap)
    if result.exact:
        verdict = _on_values(result, leading)
        focus = named(result) if verdict in ("focus", "small") else ()
    else:
        all_at_once = likely.intervals([g.weights for g in gaps], one_sided(confidence, len(gaps)))
        result = replace(result, most=max(high for _, high in all_at_once))
        verdict, focus = _on_counts(result, leading, likely)
    known = verdict in ("focus", "contested", "small")
    attention = leading.counted > result.tolerance + SLACK if known else None
    return replace(result, verdict=verdict, focus=tuple(g.gap for g in focus), attention=attention)


def held_back(result: Decomposition, before: Sequence[Finding]) -> Decomposition:
    """Return the decomposition without a claim where an issue comes before any figure.

    Gaps between errors that are not what they seem, or that a constant answer reaches, say nothing:
    the first line is that issue.
    """
    first = next((x for x in before if x.severity == "issue"), None)
    if first is None:
        return result
    return replace(
        result, verdict="undetermined", focus=(), attention=None, to_settle=None, before=first
    )


def minus(first: Gap, second: Gap) -> dict[str, float]:
    """Return the levels of the difference of two gaps; a shared level enters once."""
    weights = dict(first.weights)
    for name, weight in second.weights.items():
        weights[name] = weights.get(name, 0.0) - weight
    return {name: weight for name, weight in weights.items() if weight}


def named(result: Decomposition) -> tuple[Gap, ...]:
    """Return the one or two gaps that the values name: the course's rule."""
    rest = [g for g in result.gaps if not g.only_bounded and not g.merged and g.counted > SLACK]
    rest.sort(key=lambda g: -round(g.counted / SLACK))
    return tuple(
        g for i, g in enumerate(rest[:2])
        if not i or g.counted > SECOND_FOCUS * rest[0].counted + SLACK
    )  # fmt: skip


def _bounded(result: Decomposition) -> Gap | None:
    return next((g for g in result.gaps if g.only_bounded), None)


def _has_unseen(result: Decomposition) -> bool:
    return any(level.name in UNSEEN for level in result.levels)


def _dev_is_much_easier(result: Decomposition, leading: Gap) -> bool:
    gap = result.falling.get("data_mismatch")
    return gap is not None and -gap.counted >= leading.counted - SLACK


def _on_values(result: Decomposition, leading: Gap) -> str:
    bounded, few = _bounded(result), named(result)
    beaten = bounded is None or (bool(few) and few[0].counted > bounded.counted + SLACK)
    if result.surpassed and not beaten:
        return "undetermined"
    if _has_unseen(result) and leading.counted <= result.tolerance + SLACK:
        return "small"
    if not beaten:
        return "insufficient"
    if leading.merged or not few or _dev_is_much_easier(result, leading):
        return "undetermined"
    return "focus"


def _on_counts(result: Decomposition, leading: Gap, likely: _Likely) -> tuple[str, tuple[Gap, ...]]:
    bounded, candidates, few = _bounded(result), result.candidates, named(result)
    if _has_unseen(result):
        one_end, every = one_sided(likely.sampling.confidence), [g.weights for g in result.gaps]
        if all(high <= result.tolerance + SLACK for _, high in likely.intervals(every, one_end)):
            return "small", ()
    if _dev_is_much_easier(result, leading):
        return "undetermined", ()
    if bounded is not None and bounded in candidates:
        return ("undetermined" if result.surpassed else "insufficient"), ()
    shown = [g for g in candidates if g.counted > SLACK and g.shown]
    if not shown or any(g.merged for g in candidates):
        return "undetermined", ()
    if all(g in few and g in shown for g in candidates):
        return "focus", tuple(g for g in few if g.shown)
    if len(candidates) <= MOST_CONTESTED:
        return "contested", tuple(g for g in candidates if g.counted > SLACK)
    return "undetermined", ()


class TwoWayTable(Record):
    """Distribution × human / trained on / held out (C3W2 mismatched data distributions).

    ``cells`` maps (row, distribution) to an estimate; a cell that nobody measured is absent.
    """

    distributions: tuple[str, ...]
    cells: Mapping[tuple[str, str], Estimate] = field(default_factory=dict)

    ROWS = ("human", "trained on", "held out")

    def difference(self, low: str, high: str, distribution: str) -> float | None:
        """Return the gap between two rows within one distribution; None where one is missing."""
        a, b = (self.cells.get((row, distribution)) for row in (low, high))
        if a is None or b is None or a.value is None or b.value is None:
            return None
        return b.value - a.value

    def along(self, row: str) -> float | None:
        """Return the difference along a row, last distribution minus first; None if unknown."""
        ends = [self.cells.get((row, d)) for d in (self.distributions[0], self.distributions[-1])]
        values = [None if e is None else e.value for e in ends]
        return None if values[0] is None or values[1] is None else values[1] - values[0]


def table_of_ladder(
    levels: Mapping[str, Estimate], dev_human: Estimate | None = None
) -> TwoWayTable:
    """Return the table of training and dev distribution that the levels of a ladder fill.

    A level ``human`` speaks of the training distribution, `dev_human` of dev.
    """
    places = {
        ("human", "training"): levels.get("human"),
        ("trained on", "training"): levels.get("train"),
        ("held out", "training"): levels.get("train-dev"),
        ("human", "dev"): dev_human,
        ("held out", "dev"): levels.get("dev"),
    }
    known = {place: found for place, found in places.items() if found is not None}
    return TwoWayTable(("training", "dev"), known)
