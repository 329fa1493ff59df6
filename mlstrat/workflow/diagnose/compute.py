"""From the levels of the ladder to its gaps and their intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.decisions import contrast, independent
from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import Interval
from mlstrat.core.resampling import generator, percentiles
from mlstrat.workflow.diagnose.ladder import (
    LADDER,
    MERGED,
    SLACK,
    UNSEEN,
    Decomposition,
    Gap,
    Level,
    gap_name,
    name_gaps,
)
from mlstrat.workflow.diagnose.verdict import judge

if TYPE_CHECKING:
    from mlstrat.core.pairs import PairedErrors


def decompose(
    levels: Sequence[Level],
    *,
    sampling: Sampling | None = None,
    different_distributions: bool = False,
    tolerance: float = 0.01,
    paired: PairedErrors | None = None,
    resampled_gaps: bool = False,
) -> Decomposition:
    """Return the gaps between levels, and the verdict on them.

    With no human level, or with a model that is surely better than people on unseen rows, avoidable
    bias is only bounded: Bayes error lies between 0 and the lower of the two. A model that beats a
    known Bayes error on its training set has learnt its noise by heart: no bias is left.

    Parameters
    ----------
    levels
        At most one of each name of `LADDER`, in any order.
    sampling
        Confidence, resamples and seed.
    different_distributions
        Whether train and dev come from different distributions.
    tolerance
        The largest gap is worth attention above it; a fraction.
    paired
        Human and model on the same rows, where that is so.
    resampled_gaps
        Take the interval of a gap from resamples instead of from Newcombe's method: for losses
        other than the error.

    Raises
    ------
    InputError
        Where a level has no value.

    Examples
    --------
    >>> from mlstrat.core.figures import Estimate
    >>> ladder = [Level(n, Estimate(v)) for n, v in
    ...           [("human", 0.01), ("train", 0.08), ("dev", 0.10)]]
    >>> result = decompose(ladder)
    >>> result.verdict, result.focus
    ('focus', ('avoidable_bias',))
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
        if first in ("train", *UNSEEN):
            name = gap_name("human", first, different_distributions=different_distributions)
            pairs.insert(0, (name, "human", first))
    bounds: dict[str, Interval] = {}
    for name, start, end in pairs:
        if start != "human":
            continue
        top = by_name[end].value
        if surpassed and unseen is not None:
            low = top - min(by_name["human"].value, unseen.value) if end == "train" else 0.0
            bounds[name] = (min(max(low, 0.0), top), top)
        elif "human" not in by_name:
            bounds[name] = (0.0, top)
    largest = _share_largest(pairs, likely.draws, bounds)
    gaps = [
        Gap(
            name,
            start,
            end,
            by_name[end].value - by_name[start].value if start in by_name else None,
            bounds=bounds[name],
            exact=by_name[end].exact,
            only_bounded=True,
        )
        if name in bounds
        else likely.gap(name, by_name[start], by_name[end], largest.get(name))
        for name, start, end in pairs
    ]
    return judge(
        Decomposition(
            tuple(ordered), likely.resolved(gaps), (), None, "insufficient",
            different_distributions, tolerance, surpassed,
            tuple(n for n in ("human", "train", "dev") if n not in by_name),
        ),
        likely.interval,
        sampling.confidence,
    )  # fmt: skip


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
    return likely.interval(weights, likely.sampling.confidence)[1] < 0


@dataclass(frozen=True)
class _Likely:
    """How far sums of levels may be from what was seen."""

    levels: Mapping[str, Level]
    paired: PairedErrors | None
    sampling: Sampling
    resampled: bool
    _known: dict[float, dict[str, Interval]] = field(default_factory=dict, init=False)

    @cached_property
    def draws(self) -> dict[str, Floats]:
        """Resamples of all levels together; empty where a level has none."""
        return _joint_draws(self.levels, self.paired, self.sampling)

    def interval(self, weights: Mapping[str, float], confidence: float) -> Interval:
        """Return the interval of a weighted sum of levels."""
        levels = [self.levels[name] for name in weights]
        if self._by_draws(levels):
            drawn = sum(weight * self.draws[name] for name, weight in weights.items())
            value = sum(weight * self.levels[name].value for name, weight in weights.items())
            low, high = percentiles(np.asarray(drawn), confidence)
            return min(low, value), max(high, value)
        ends = self._ends(confidence)
        terms = [(weight, self.levels[name].value, ends[name]) for name, weight in weights.items()]
        if not self._correlated:
            return contrast(terms, independent)
        return contrast(terms, lambda i, j: correlation_of(levels[i], levels[j], self.paired))

    def _ends(self, confidence: float) -> dict[str, Interval]:
        """Return the interval of each level at a confidence: many sums ask for the same ones."""
        if confidence not in self._known:
            own = self.sampling.confidence
            self._known[confidence] = {
                name: x.interval_at(confidence, own) for name, x in self.levels.items()
            }
        return self._known[confidence]

    @cached_property
    def _correlated(self) -> bool:
        """Whether levels share groups, or people their rows with the model."""
        grouped = [x for x in self.levels.values() if x.estimate.influence is not None]
        return self.paired is not None or len(grouped) > 1

    def _by_draws(self, levels: Sequence[Level]) -> bool:
        return (
            self.resampled
            and {x.name for x in levels} <= set(self.draws)
            and all(not x.fixed and x.estimate.influence is None for x in levels)
        )

    def gap(self, name: str, start: Level, end: Level, p_largest: float | None) -> Gap:
        """Return a gap of which both ends are known."""
        value = end.value - start.value
        exact = start.exact and end.exact
        ci: Interval | None = None
        if not exact:
            ci = self.interval({start.name: -1.0, end.name: 1.0}, self.sampling.confidence)
            ci = ci if all(map(math.isfinite, ci)) else None
        bounds = (0.0, max(0.0, value)) if name in MERGED else None
        return Gap(name, start.name, end.name, value, ci, p_largest, bounds=bounds, exact=exact)

    def resolved(self, gaps: Sequence[Gap]) -> tuple[Gap, ...]:
        """Return the gaps with what is surely not 0: Holm's adjustment over those with a value.

        Stepwise: whatever excludes 0 at α/m is settled, and what is left shares α among fewer.
        """
        tested = [g for g in gaps if not g.only_bounded and not g.exact]
        alpha, settled = 1 - self.sampling.confidence, set[str]()
        while left := [g for g in tested if g.gap not in settled]:
            at = 1 - alpha / len(left)
            ends = {g.gap: self.interval(g.weights, at) for g in left}
            more = {name for name, (low, high) in ends.items() if low > 0 or high < 0}
            if not more:
                break
            settled |= more
        return tuple(replace(g, resolved=g.gap in settled) if g.ci is not None else g for g in gaps)


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
