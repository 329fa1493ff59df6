"""Human → train → train-dev → dev → test: the gaps between, and which of them may be the largest.

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

Source: C3W1 Avoidable bias; C3W2 Bias and variance with mismatched data distributions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from mlstrat.core.decisions import interval_at
from mlstrat.core.figures import Estimate
from mlstrat.core.intervals import Interval
from mlstrat.errors import InputError

if TYPE_CHECKING:
    from mlstrat.core.findings import Finding
    from mlstrat.core.sample_size.to_settle import ToSettle

LADDER = ("human", "train", "train-dev", "dev", "test")

MERGED = ("variance_or_mismatch", "avoidable_bias_or_variance", "bias_variance_or_mismatch")
"""Gaps over a level that is missing."""

SECOND_FOCUS = 0.6
"""A second gap is a focus too when it is more than this share of the first. mlstrat's threshold:
the course's quiz works on 8.3 and 5.2 points both (0.63)."""

SLACK = 1e-9
"""Comparisons of decimal fractions allow this much rounding."""


@dataclass(frozen=True)
class Level:
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

    @cached_property
    def exact(self) -> bool:
        """Whether it has no counts, and is taken as it is."""
        return self.fixed or self.estimate.n is None

    def interval_at(self, confidence: float, of_ci: float) -> Interval:
        """Return its interval at a confidence: without width where it is exact.

        Where there are counts and no honest interval, anything is possible.
        """
        if self.exact:
            return self.value, self.value
        if self.estimate.ci is None:
            return -math.inf, math.inf
        return interval_at(self.estimate, confidence, of_ci)


@dataclass(frozen=True)
class HumanLevel:
    """A human level from outside the run: typed, from a config, or printed by `human`."""

    estimate: Estimate
    fixed: bool
    bayes: bool = False
    """Whether it is known by construction to be Bayes error."""


@dataclass(frozen=True)
class Gap:
    """The difference of two neighbouring levels.

    Attributes
    ----------
    gap, start, end
        Its name and the two levels.
    value
        ``end − start``; None where the human level is unknown.
    ci
        Its interval; None where a level has no counts.
    p_largest
        The share of resamples in which this gap is the largest.
    resolved
        Whether it is above or below 0 after Holm's adjustment over the ladder; None where both
        ends are exact, or no interval exists.
    bounds
        Between what it lies: of a gap that is only bounded, and of one over a missing level.
    only_bounded
        Whether nothing more than its bounds is known: people are unknown, or surpassed.
    exact
        Whether neither level has counts.
    candidate
        Whether it may be the largest, by more than the tolerance.
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

    @cached_property
    def merged(self) -> bool:
        """Whether it is the sum of gaps over a level that is missing."""
        return self.gap in MERGED

    @cached_property
    def shown(self) -> bool:
        """Whether it is surely not 0: of exact levels, by its value."""
        return abs(self.counted) > SLACK if self.exact else bool(self.resolved)

    @cached_property
    def falls(self) -> bool:
        """Whether it is surely below 0."""
        return not self.only_bounded and self.counted < -SLACK and self.shown

    @cached_property
    def weights(self) -> dict[str, float]:
        """The levels that its counted value is made of, with their coefficients."""
        return {self.end: 1.0} if self.only_bounded else {self.start: -1.0, self.end: 1.0}


@dataclass(frozen=True)
class Decomposition:
    """The ladder, its gaps and the verdict.

    Attributes
    ----------
    levels, gaps
        In the order of the ladder.
    focus, attention, verdict, leading
        See the public interface; ``leading`` is the largest gap by value.
    surpassed
        Whether the model is better than people on unseen rows.
    missing
        Of human, train and dev, the levels that are not there.
    test_unlike_dev
        Whether dev and test are known to be of different sources.
    most
        No gap is above it, at the confidence for all of them at once; None without counts.
    to_settle
        What would settle the verdict.
    before
        A finding of severity issue that comes before any figure: then nothing is claimed of gaps.
    beside
        A finding that the first line names, too.
    """

    levels: tuple[Level, ...]
    gaps: tuple[Gap, ...]
    focus: tuple[str, ...]
    attention: bool | None
    verdict: str
    different_distributions: bool
    tolerance: float
    surpassed: bool = False
    missing: tuple[str, ...] = ()
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
    def candidates(self) -> tuple[Gap, ...]:
        """The gaps that may be the largest, by falling value; those over the rest by order."""
        return tuple(sorted((g for g in self.gaps if g.candidate), key=lambda g: -g.counted))


UNSEEN = ("train-dev", "dev", "test")
"""Levels of rows that the model was not trained on."""


def name_gaps(
    levels: Sequence[str], *, different_distributions: bool
) -> list[tuple[str, str, str]]:
    """Return (gap, from, to) for the levels that are there, in the order of the ladder.

    Without a human level the gap that it would begin is not listed.

    Examples
    --------
    >>> name_gaps(["train", "dev", "test"], different_distributions=False)
    [('variance', 'train', 'dev'), ('dev_overfit', 'dev', 'test')]
    >>> name_gaps(["human", "test"], different_distributions=True)
    [('bias_variance_or_mismatch', 'human', 'test')]
    """
    have = [name for name in LADDER if name in levels]
    return [
        (gap_name(start, end, different_distributions=different_distributions), start, end)
        for start, end in pairwise(have)
    ]


def gap_name(start: str, end: str, *, different_distributions: bool) -> str:
    """Return what the step between two levels is called, whatever lies between and is missing."""
    if end == "train":
        return "avoidable_bias"
    if start in ("train-dev", "dev"):
        return "data_mismatch" if start == "train-dev" else "dev_overfit"
    mixed = different_distributions and end != "train-dev"
    if start == "train":
        return "variance_or_mismatch" if mixed else "variance"
    return "bias_variance_or_mismatch" if mixed else "avoidable_bias_or_variance"
