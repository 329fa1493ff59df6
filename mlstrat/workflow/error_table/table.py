"""A table of errors as data: tags with their shares and ceilings, and what they rest on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import Interval
from mlstrat.core.sample_size.planned import Detectable, detectable
from mlstrat.core.wording import Scale

Worth = Literal["yes", "no", "undecided"]
Kind = Literal["false_positives", "false_negatives"]
NOT_RANDOM = "the errors were not drawn at random"
UNKNOWN = Figure(None, None, None, "nobody said")


class TooManyReadError(ValueError):
    """More errors were read than there are."""

    def __init__(self, read: int, known: int) -> None:
        was = "1 error was" if read == 1 else f"{read} errors were"
        super().__init__(f"{was} read, and there {'is' if known == 1 else 'are'} {known}")


@dataclass(frozen=True, slots=True)
class DrawnError:
    """An error of the sheet; ``predicted_positive`` is None without a positive class."""

    tags: frozenset[str]
    reviewed: bool = True
    stratum: str = ""
    weight: float = 1.0
    predicted_positive: bool | None = None


@dataclass(frozen=True)
class SplitError:
    """What is known of the split that the errors come from.

    The error's value is None where nobody said, its interval where it was typed without counts.
    ``pool`` is the number of errors that the sheet was drawn from, where these are of one kind
    alone; ``plain`` tells that every row counts alike: without weights and groups.
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


def worth_of(fixed: Interval | None, fewest: int) -> Worth | None:
    """Return whether a full fix of so many errors, with none broken, would be seen on this set.

    Exact McNemar: from `fewest_fixed` on, whatever the size of the set.
    """
    if fixed is None:
        return None
    if math.ceil(fixed[0] - 1e-9) >= fewest:
        return "yes"
    return "no" if math.floor(fixed[1] + 1e-9) < fewest else "undecided"


@dataclass(frozen=True)
class Category:
    """A tag in the table, or several, of which an error has at least one.

    ``share`` is of the errors of this set, with the interval of this set; that of
    ``share_in_population`` is of the population. ``gain`` is by how much the error would fall if
    all of these were right, with the interval of the population, and ``error`` what would be left
    of it. ``fixed`` errors of this set a full fix would fix: the interval holds for all tags
    together, and ``p_value`` is of the comparison before and after, with none broken. ``picked`` is
    the gain of the largest of all tags, whose interval allows for having been picked.
    ``false_positives`` and ``false_negatives`` are None without a positive class; ``only`` errors
    have no other tag, None where only counts by tag are known. ``worth``: whether this set would
    show a full fix.
    """

    tag: str
    count: int
    share: Figure
    share_in_population: Figure
    gain: Figure
    error: float | None
    fixed: Figure
    p_value: float | None
    worth: Worth | None
    picked: Figure | None = None
    false_positives: int | None = None
    false_negatives: int | None = None
    only: int | None = None
    only_share: Figure | None = None
    days: float | None = None

    @property
    def ceiling(self) -> Figure:
        """The gain with the interval that is shown."""
        return self.picked or self.gain

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
class TwoReadings:
    """What two readers say of one tag, on the errors that both read.

    ``first`` and ``second`` gave it alone. ``gains`` are the ceilings if disputed errors do not
    count, and if they do; ``worth`` is undecided where it depends on that.
    """

    tag: str
    both: int
    first: int
    second: int
    neither: int
    kappa: Figure
    gains: tuple[Figure, Figure]
    worth: Worth | None


@dataclass(frozen=True)
class TagSet:
    """The tags that together cover most errors, of all sets of their number."""

    tags: tuple[str, ...]
    category: Category


@dataclass(frozen=True)
class LeadingPair:
    """The largest tag, and those that may be larger.

    ``tags`` are the largest, and the one that is least surely smaller; ``difference`` is of their
    shares, with the interval of the population. ``more`` errors to read would tell the two apart,
    if the figures stay; None where no number would do.
    """

    tags: tuple[str, str]
    difference: Figure
    tied: tuple[str, ...]
    more: int | None = None

    @property
    def resolved(self) -> bool:
        """Whether the largest is decided."""
        return not self.tied


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
    percent: bool = True
    """Whether the error ends at 1, so that it is shown in percent."""
    noun: str = "tag"
    """What its rows are called."""
    at_most: tuple[str, ...] = ()
    """Kinds of which fixing gains at most what their ceiling says."""
    of_run: bool = False
    """Whether a run told the kinds of its errors: shares speak of the population."""

    @property
    def scale(self) -> Scale:
        """How errors and gains are shown."""
        return Scale(self.percent)

    @cached_property
    def detectable(self) -> Detectable | None:
        """What this set can tell of a new model; None where that is unknown."""
        split, error = self.split, self.split.error.value
        if not split.plain or split.rows is None or not error or not self.percent or error >= 1:
            return None
        return detectable(error, split.rows, self.confidence)

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
                gain=Figure(None, None, None, NOT_RANDOM), error=None, fixed=Figure(None),
                p_value=None, worth=None, picked=None, only_share=alone,
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
