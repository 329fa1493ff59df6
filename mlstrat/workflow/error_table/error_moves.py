"""What moved between two tables of errors: the same reasons, before and after the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import newcombe_interval, paired_correlation
from mlstrat.workflow.error_table.moves import SharedErrors, SharedTag
from mlstrat.workflow.error_table.table import Category, ErrorTable


@dataclass(frozen=True)
class Move:
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
    """Return the confidence of each of several tags, so that of all together it is as asked.

    Examples
    --------
    >>> all_at_once(0.95, 5)
    0.99
    """
    return round(1 - (1 - confidence) / max(tags, 1), 12)


def moves(
    before: ErrorTable,
    after: ErrorTable,
    shared: SharedErrors | None = None,
    wide: tuple[ErrorTable, ErrorTable] | None = None,
) -> tuple[Move, ...]:
    """Return what moved, tag by tag, the largest change first.

    Intervals are of the population, by Newcombe's square-and-add: with the correlation of the two
    figures where errors were read on both sheets, else as of independent samples.

    Parameters
    ----------
    before, after
        Tables of the same tags.
    shared
        The errors that were read on both, or None.
    wide
        The same tables at the confidence of `all_at_once`; without them each tag stands alone.

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
    """Return the change of the share, and of the part of the error."""
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
