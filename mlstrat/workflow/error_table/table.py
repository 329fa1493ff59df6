"""A table of errors as data: tags with their shares and ceilings, and what they rest on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mlstrat.core.counts import Floats
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import Interval, normal_quantile
from mlstrat.core.stratified import Design

Worth = Literal["yes", "no", "undecided"]
Kind = Literal["false_positives", "false_negatives"]
NOT_RANDOM = "the errors were not drawn at random"
UNKNOWN = Figure(None, None, None, "nobody said")


class TooManyReadError(ValueError):
    """More errors were read than there are."""

    def __init__(self, read: int, known: int) -> None:
        was = "1 error was" if read == 1 else f"{read} errors were"
        super().__init__(f"{was} read, and there {'is' if known == 1 else 'are'} {known}")


@dataclass(frozen=True)
class DrawnError:
    """An error of the sheet.

    ``predicted_positive`` tells false positives from false negatives; None where the task has no
    positive class.
    """

    tags: frozenset[str]
    reviewed: bool = True
    stratum: str = ""
    weight: float = 1.0
    predicted_positive: bool | None = None


@dataclass(frozen=True)
class SplitError:
    """What is known of the split that the errors come from.

    Attributes
    ----------
    error
        Its error; the value is None where nobody said, the interval None where it was typed
        without counts.
    errors, rows
        Numbers of its errors and rows; None where unknown.
    pool
        Number of the errors that the sheet was drawn from, where these are of one kind alone.
    plain
        Whether every row counts alike: without weights and groups.
    """

    error: Figure = UNKNOWN
    errors: int | None = None
    rows: int | None = None
    pool: int | None = None
    plain: bool = True

    @property
    def drawn_from(self) -> int | None:
        """Number of the errors that the sheet speaks of."""
        return self.errors if self.pool is None else self.pool

    @property
    def noise(self) -> float | None:
        """Half the width of the interval of the error: what this set cannot tell."""
        ci = self.error.ci
        return None if ci is None else (ci[1] - ci[0]) / 2


def worth_of(ci: Interval | None, noise: float | None) -> Worth | None:
    """Return whether a gain is above the noise of the set; None where either is unknown."""
    if ci is None or noise is None:
        return None
    if ci[0] > noise:
        return "yes"
    return "no" if ci[1] < noise else "undecided"


@dataclass(frozen=True)
class Category:
    """A tag in the table.

    Attributes
    ----------
    tag
        Or several, of which an error has at least one.
    count
        Errors that were read and have it.
    share
        Of the errors of this set; the interval is of this set.
    share_in_population
        The same share; the interval is of the population.
    gain
        By how much the error would fall if all of these were right, with the interval of the
        population; the value is None where the error is unknown.
    error
        What would be left of it.
    false_positives, false_negatives
        Of the count; None where the task has no positive class.
    only, only_share
        Errors that have no other tag, and their share; None where only counts by tag are known.
    worth
        Whether the gain is above the noise of the set; None where that is unknown.
    days
        What the work would cost; None where nobody said.
    """

    tag: str
    count: int
    share: Figure
    share_in_population: Figure
    gain: Figure
    error: float | None
    worth: Worth | None
    false_positives: int | None = None
    false_negatives: int | None = None
    only: int | None = None
    only_share: Figure | None = None
    days: float | None = None

    @property
    def gain_per_day(self) -> float | None:
        """By how much the error would fall for each day of work, at most."""
        if self.days is None or self.gain.value is None:
            return None
        return self.gain.value / self.days

    @property
    def share_per_day(self) -> float | None:
        """The same in shares of the errors, which need no error."""
        if self.days is None or self.share.value is None:
            return None
        return self.share.value / self.days


@dataclass(frozen=True)
class TagSet:
    """The tags that together cover most errors, of all sets of their number."""

    tags: tuple[str, ...]
    category: Category


@dataclass(frozen=True)
class LeadingPair:
    """The two largest tags: can they be told apart?

    ``difference`` is that of their shares with the interval of this set; ``more`` how many more
    errors to read until a difference like this one is found with a chance of 80%; None where
    that cannot be.
    """

    tags: tuple[str, str]
    difference: Figure
    resolved: bool
    more: int | None


@dataclass(frozen=True)
class ErrorTable:
    """The table.

    ``cumulative`` is the share of errors with at least one of the first k tags, for every k;
    ``unread`` the errors of strata of which nobody read one; ``drawn`` the errors on the sheet;
    ``weighed`` the sum of their weights, where it is not the number of errors that is known;
    ``random`` whether they were drawn at random: else it has counts alone.
    """

    reviewed: int
    split: SplitError
    categories: tuple[Category, ...]
    untagged: int | None
    untagged_share: Figure | None
    best_sets: tuple[TagSet, ...]
    leading: LeadingPair | None
    cumulative: tuple[float, ...] = ()
    drawn: int = 0
    unread: float = 0.0
    weighed: float | None = None
    confidence: float = 0.95
    random: bool = True

    def with_days(self, days: Mapping[str, float]) -> ErrorTable:
        """Return the table with what the work on each tag would cost."""
        return replace(
            self, categories=tuple(replace(c, days=days.get(c.tag)) for c in self.categories)
        )

    def as_seen(self) -> ErrorTable:
        """Return the table of errors that were not drawn at random: counts alone."""

        def bare(c: Category) -> Category:
            alone = None if c.only_share is None else _bare(c.only_share)
            return replace(
                c, share=_bare(c.share), share_in_population=_bare(c.share_in_population),
                gain=Figure(None, None, None, NOT_RANDOM), error=None, worth=None, only_share=alone,
            )  # fmt: skip

        untagged = None if self.untagged_share is None else _bare(self.untagged_share)
        return replace(
            self,
            categories=tuple(bare(c) for c in self.categories),
            best_sets=tuple(replace(s, category=bare(s.category)) for s in self.best_sets),
            untagged_share=untagged,
            leading=None,
            random=False,
        )

    def of_tags(self, tags: Sequence[str]) -> ErrorTable:
        """Return the table of some of its tags."""
        return replace(self, categories=tuple(c for c in self.categories if c.tag in set(tags)))


def _bare(figure: Figure) -> Figure:
    return Figure(figure.value, None, figure.n, NOT_RANDOM)


def leading_pair(
    design: Design,
    marks: Floats,
    categories: Sequence[Category],
    known: int | None,
    confidence: float,
) -> LeadingPair | None:
    """Compare the two largest tags, on the same errors: only those with one of the two count."""
    if len(categories) < 2 or not categories[1].count:
        return None
    first = design.strata(marks[:, 0] > marks[:, 1])
    second = design.strata(marks[:, 1] > marks[:, 0])
    whole = sum(s.rows for s in first)
    difference = discordance = variance = 0.0
    for a, b in zip(first, second, strict=True):
        part, n = a.rows / whole, a.reviewed
        difference += part * (a.hits - b.hits) / n
        discordance += part * (a.hits + b.hits) / n
        # Half a row in each of the four cells, so that nothing seen is not no variance.
        apart, lead = (a.hits + b.hits + 1) / (n + 2), (a.hits - b.hits) / (n + 2)
        finite = 1.0 if known is None else max(0.0, 1 - n / a.rows)
        variance += part**2 * (apart - lead**2) / n * finite
    half = normal_quantile(confidence) * math.sqrt(variance)
    ci = (max(-1.0, difference - half), min(1.0, difference + half))
    read = int(design.reviewed.sum())
    pair = (categories[0].tag, categories[1].tag)
    resolved = ci[0] > 0
    more = None if resolved else _more(discordance, difference, read, known, confidence)
    return LeadingPair(pair, Figure(difference, ci, read), resolved, more)


def _more(
    discordance: float, difference: float, read: int, errors: int | None, confidence: float
) -> int | None:
    """Return how many more errors to read; all that are left where less would not do."""
    from mlstrat.core.sample_size.planned import Test, paired_size

    if difference <= 1e-12:
        return None
    needed = float(paired_size(discordance, difference, Test(confidence)))
    if errors is not None:
        needed = needed / (1 + (needed - 1) / errors)
    more = math.ceil(needed) - read
    if errors is not None:
        more = min(more, errors - read)
    return more if more > 0 else None
