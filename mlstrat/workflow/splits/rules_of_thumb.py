"""Rules of thumb for the shares of train, dev and test, by era of data."""

from __future__ import annotations

from dataclasses import dataclass

SMALL, LARGE = 10_000, 1_000_000
"""Up to the one the old shares hold, from the other on the new (C3W1 Size of the dev and test
sets). Between them the lectures name none."""


QUIZ = 10_000_000
"""Of so many the first quiz of the course takes 95/2.5/2.5."""


MODERN_DEV = 10_000
"""What 1% of a million is: above a million a smaller share never means fewer (ours)."""


@dataclass(frozen=True)
class RuleOfThumb:
    """Shares that the course names, and what they mean for these examples."""

    name: str
    shares: tuple[float, float, float]
    examples: int

    @property
    def counts(self) -> tuple[int, int, int]:
        """Examples of train, dev and test; what rounding leaves belongs to train."""
        dev, test = (round(self.examples * share) for share in self.shares[1:])
        return self.examples - dev - test, dev, test


def era_of(examples: int) -> str:
    """Return the era of the course's shares that so many examples belong to.

    Examples
    --------
    >>> era_of(10_000), era_of(200_000), era_of(1_000_000)
    ('small', 'open', 'large')
    """
    if examples <= SMALL:
        return "small"
    return "large" if examples >= LARGE else "open"


def rules_of_thumb(examples: int) -> tuple[RuleOfThumb, ...]:
    """Return the course's shares for so many examples, those of both sides where it is silent.

    Examples
    --------
    >>> [(rule.name, rule.counts) for rule in rules_of_thumb(1_000_000)]
    [('98/1/1', (980000, 10000, 10000))]
    """
    old = (("60/20/20", (0.6, 0.2, 0.2)), ("70/30", (0.7, 0.0, 0.3)))
    new = (("98/1/1", (0.98, 0.01, 0.01)),)
    less = (("99.5/0.25/0.25", (0.995, 0.0025, 0.0025)), ("99.5/0.4/0.1", (0.995, 0.004, 0.001)))
    quiz = (("95/2.5/2.5", (0.95, 0.025, 0.025)),) if examples >= QUIZ else ()
    named = {
        "small": old,
        "open": old[:1] + new,
        "large": new if examples == LARGE else (*new, *quiz, *less),
    }
    return tuple(RuleOfThumb(name, shares, examples) for name, shares in named[era_of(examples)])
