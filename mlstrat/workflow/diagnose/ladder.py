"""Human → train → train-dev → dev → test: the four gaps, and the one to work on.

=====================  =======================  ==================================================
gap                    from → to                what it means
=====================  =======================  ==================================================
avoidable_bias         human → train            the training set is not fitted as well as it can be
variance               train → train-dev        what was learnt does not carry to unseen examples
                       (train → dev without)
data_mismatch          train-dev → dev          dev is of another distribution
dev_overfit            dev → test               dev was looked at too often
variance_or_mismatch   train → dev              both at once: distributions differ, no train-dev
=====================  =======================  ==================================================

Source: C3W1 Avoidable bias; C3W2 Bias and variance with mismatched data distributions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mlstrat.core.figures import Estimate
from mlstrat.core.intervals import Interval
from mlstrat.errors import InputError

LADDER = ("human", "train", "train-dev", "dev", "test")

SECOND_FOCUS = 0.6
"""A second gap is a focus too when it is more than this share of the first. Ours: the course's
quiz works on 8.3 and 5.2 points both (0.63)."""

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
        Whether the interval excludes 0; None without an interval.
    bounds
        For an avoidable bias that is only bounded: 0 and the training loss.
    """

    gap: str
    start: str
    end: str
    value: float | None
    ci: Interval | None = None
    p_largest: float | None = None
    resolved: bool | None = None
    bounds: Interval | None = None


@dataclass(frozen=True)
class Decomposition:
    """The ladder, its gaps and the verdict."""

    levels: tuple[Level, ...]
    gaps: tuple[Gap, ...]
    focus: tuple[str, ...]
    attention: bool | None
    verdict: str
    different_distributions: bool
    tolerance: float
    surpassed: bool = False
    missing: tuple[str, ...] = ()

    def gap(self, name: str) -> Gap | None:
        """Return the gap of that name, or None."""
        return next((g for g in self.gaps if g.gap == name), None)

    def level(self, name: str) -> Level | None:
        """Return the level of that name, or None."""
        return next((x for x in self.levels if x.name == name), None)


def name_gaps(
    levels: Sequence[str], *, different_distributions: bool
) -> list[tuple[str, str, str]]:
    """Return (gap, from, to) for the levels that are there, in the order of the ladder.

    Examples
    --------
    >>> name_gaps(["train", "dev", "test"], different_distributions=False)
    [('variance', 'train', 'dev'), ('dev_overfit', 'dev', 'test')]
    """
    have = [name for name in LADDER if name in levels]
    names = {
        ("human", "train"): "avoidable_bias",
        ("train", "train-dev"): "variance",
        ("train", "dev"): "variance_or_mismatch" if different_distributions else "variance",
        ("train-dev", "dev"): "data_mismatch",
        ("dev", "test"): "dev_overfit",
    }
    return [(names[pair], *pair) for pair in pairwise(have) if pair in names]
