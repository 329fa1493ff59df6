# Over 300 lines: a table, and what moved between two of them.
"""A table of errors as data: tags with their shares and ceilings, and what they rest on.

Of two sheets, the figures of a tag move together: a row read twice counts on both sides of a
change, so what is common to both cancels. The correlation of the two figures comes from the
influence of each row on them, over the rows read on both; without such a row it is 0, and the
sheets are independent samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import Interval, newcombe_interval, paired_correlation
from mlstrat.core.record import Record
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


class SplitError(Record):
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


class Category(Record):
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


class TwoReadings(Record):
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


class TagSet(Record):
    """The tags that together cover most errors, of all sets of their number."""

    tags: tuple[str, ...]
    category: Category


class LeadingPair(Record):
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


class ErrorTable(Record):
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


class ReadError(Record):
    """An error that was read: its tags, its label, and how many errors it stands for."""

    tags: frozenset[str]
    label: str | None
    stands_for: float = 1.0


class SharedTag(Record):
    """A tag on the errors that were read on both sheets: on both, and on one of them alone.

    ``of_share`` and ``of_error`` are correlations of the two shares, and of the two parts of the
    error.
    """

    read: int
    only_before: int
    only_after: int
    of_share: float
    of_error: float


class SharedErrors(Record):
    """The errors read on each of two sheets, and which of them are the same.

    ``pairs`` are places in the two, shape (2, errors read on both); ``too`` tells which of the
    errors read on each sheet are errors on the other one too. ``rows`` are those of the set that
    the errors of each sheet come from. ``wrong_twice`` errors are on both sheets, where each holds
    all that there are of the same rows. ``same``: both sheets speak of one set of errors.
    """

    before: tuple[ReadError, ...]
    after: tuple[ReadError, ...]
    pairs: NDArray[np.int64]
    too: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    rows: tuple[int | None, int | None] = (None, None)
    wrong_twice: int | None = None
    same: bool = False

    @property
    def read(self) -> int:
        """Errors that were read on both."""
        return int(self.pairs.shape[1])

    def of_tag(self, tag: str) -> SharedTag:
        """Return how the figures of a tag go together."""
        has = [np.array([tag in e.tags for e in side]) for side in (self.before, self.after)]
        x, y = (marks[places] for marks, places in zip(has, self.pairs, strict=True))
        return SharedTag(
            self.read,
            int((x & ~y).sum()),
            int((y & ~x).sum()),
            *self._correlations(has[0].astype(float), has[1].astype(float)),
        )

    def _correlations(self, x: Floats, y: Floats) -> tuple[float, float]:
        """Return the correlation of the shares, and of the parts of the error.

        Formula: Σ uv / √(Σ u² Σ v²) with u = w(x − p) and the sum of the products over the rows
        in common; half a row is taken off a positive sum, as Newcombe's φ has it. The number m of
        the errors among N rows varies as m(1 − m/N), and two numbers of errors on the same rows
        go together as m₁₂ − m₁m₂/N, m₁₂ being wrong twice; so do a number and a share, where
        rows that are wrong twice have the tag more or less often than others.
        """
        sides = (self.before, self.after)
        w, v = (np.array([e.stands_for for e in side]) for side in sides)
        p, q = float(w @ x / w.sum()), float(v @ y / v.sum())
        of_x, of_y = w * (x - p), v * (y - q)
        first, second = self.pairs
        cross = float(of_x[first] @ of_y[second])
        if cross > 0:
            cross = max(cross - float(np.mean(w[first] * v[second])) / 2, 0.0)
        squares = float(of_x @ of_x), float(of_y @ of_y)
        numbers = (float(w.sum()), float(v.sum()))
        varies = [_of_number(m, n) for m, n in zip(numbers, self.rows, strict=True)]
        both = 0.0
        if self.wrong_twice is not None and self.rows[0]:
            both = p * q * (self.wrong_twice - numbers[0] * numbers[1] / self.rows[0])
            both += p * float(of_y[self.too[1]].sum()) + q * float(of_x[self.too[0]].sum())
        of_error = _ratio(
            cross + both, squares[0] + p * p * varies[0], squares[1] + q * q * varies[1]
        )
        return _ratio(cross, *squares), of_error


def _of_number(errors: float, rows: int | None) -> float:
    """Return the variance of a number of errors among rows; one that was typed has none."""
    return errors * (1 - errors / rows) if rows else 0.0


def _ratio(cross: float, first: float, second: float) -> float:
    spread = math.sqrt(max(first, 0.0) * max(second, 0.0))
    return max(-1.0, min(1.0, cross / spread)) if spread > 0 else 0.0


def shared_errors(
    before: Mapping[str, ReadError],
    after: Mapping[str, ReadError],
    splits: tuple[SplitError, SplitError],
    listed: tuple[frozenset[str], frozenset[str]],
) -> SharedErrors | None:
    """Return the errors that were read on both sheets, by id; None where none were.

    An id that has another label on the other sheet is another example: then nothing is shared.
    `listed` are the ids of all errors on each sheet, read or not.
    """
    places = {name: i for i, name in enumerate(after)}
    common = [(i, places[name]) for i, name in enumerate(before) if name in places]
    one, two = tuple(before.values()), tuple(after.values())
    if not common or any(_differ(one[i], two[j]) for i, j in common):
        return None
    then, now = splits
    same = listed[0] == listed[1] and (then.drawn_from, then.rows) == (now.drawn_from, now.rows)
    twice = then.drawn_from if same else None
    if not same and then.rows == now.rows and (then.pool is None) == (now.pool is None):
        every = all(len(x) == s.drawn_from for x, s in zip(listed, splits, strict=True))
        twice = len(listed[0] & listed[1]) if every else None
    too = (
        np.array([name in listed[1] for name in before]),
        np.array([name in listed[0] for name in after]),
    )
    rows = (then.rows, now.rows)
    return SharedErrors(one, two, np.array(common).T, too, rows, twice, same)


def _differ(a: ReadError, b: ReadError) -> bool:
    return a.label is not None and b.label is not None and a.label != b.label


class Move(Record):
    """One tag in two tables.

    ``share`` and ``error`` are after minus before: of the share of the errors, and of the part of
    the error that the tag makes up, whose value is None where one of the two is unknown.
    ``sure`` tells whether the interval of the change that matters, of the error where that is
    known, excludes 0 when it is widened for all tags that were looked at. ``shared`` is the tag on
    the errors that were read on both sheets; None where none were.
    """

    tag: str
    counts: tuple[int, int]
    shares: tuple[Figure, Figure]
    share: Figure
    errors: tuple[Figure, Figure]
    error: Figure
    sure: bool
    shared: SharedTag | None = None


def all_at_once(confidence: float, tags: int) -> float:
    """Return the confidence of each of several tags, so that of all together it is as asked."""
    return round(1 - (1 - confidence) / max(tags, 1), 12)


def moves(
    before: ErrorTable,
    after: ErrorTable,
    shared: SharedErrors | None = None,
    wide: tuple[ErrorTable, ErrorTable] | None = None,
) -> tuple[Move, ...]:
    """Return what moved, tag by tag, the largest change first.

    Intervals are of the population, by Newcombe's square-and-add: with the correlation of the two
    figures where errors were read on both sheets, else as of independent samples. `wide` are the
    same tables at the confidence of `all_at_once`; without them each tag stands alone.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890, and 2635-2650 for shared rows.
    """
    then, wide = {c.tag: c for c in before.categories}, wide or (before, after)
    widely = [{c.tag: c for c in table.categories} for table in wide]
    out = []
    for now in after.categories:
        old = then[now.tag]
        both = None if shared is None else shared.of_tag(now.tag)
        share, error = _changes(old, now, both)
        of_share, of_error = _changes(widely[0][now.tag], widely[1][now.tag], both)
        ci = of_error.ci if of_error.value is not None else of_share.ci
        sure = ci is not None and (ci[0] > 0 or ci[1] < 0)
        shares = (old.share_in_population, now.share_in_population)
        counts = (old.count, now.count)
        out.append(Move(now.tag, counts, shares, share, (old.gain, now.gain), error, sure, both))
    return tuple(sorted(out, key=lambda m: -abs(_size(m))))


def _changes(old: Category, now: Category, both: SharedTag | None) -> tuple[Figure, Figure]:
    of_share, of_error = (0.0, 0.0) if both is None else (both.of_share, both.of_error)
    shares = (old.share_in_population, now.share_in_population)
    return _change(shares, of_share), _change((old.gain, now.gain), of_error)


def total_move(before: ErrorTable, after: ErrorTable, shared: SharedErrors | None = None) -> Figure:
    """Return the change of the error of the split, paired where it is known what is wrong twice."""
    then, now = before.split, after.split
    if shared is not None and shared.same and now.error.value is not None:
        return Figure(0.0, None if now.error.ci is None else (0.0, 0.0), now.error.n)
    correlation = 0.0
    both = None if shared is None or now.pool is not None else shared.wrong_twice
    if both is not None and now.plain and then.plain and then.errors and now.errors and now.rows:
        a = then.errors
        correlation = paired_correlation(
            both, a - both, now.errors - both, now.rows - a - now.errors + both
        )
    return _change((then.error, now.error), correlation)


def _change(both: Sequence[Figure], correlation: float = 0.0) -> Figure:
    old, new = both
    if old.value is None or new.value is None:
        return Figure(None, None, None, old.reason or new.reason)
    ci = None
    if old.ci is not None and new.ci is not None:
        ci = newcombe_interval(old.value, old.ci, new.value, new.ci, correlation)
    return Figure(new.value - old.value, ci, new.n)


def _size(move: Move) -> float:
    change = move.error if move.error.value is not None else move.share
    return change.value or 0.0
