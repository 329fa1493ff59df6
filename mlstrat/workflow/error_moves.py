"""What moved between two tables of errors: the same reasons, before and after the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlstrat.workflow._figures import Figure
from mlstrat.workflow._intervals import newcombe_interval
from mlstrat.workflow.error_table import ErrorTable


@dataclass(frozen=True)
class Move:
    """One tag in two tables.

    ``share`` and ``error`` are after minus before: of the share of the errors, and of the part of
    the error that the tag makes up, whose value is None where one of the two is unknown.
    """

    tag: str
    counts: tuple[int, int]
    shares: tuple[Figure, Figure]
    share: Figure
    errors: tuple[Figure, Figure]
    error: Figure

    @property
    def sure(self) -> bool:
        """Whether the interval of the change that matters excludes 0."""
        ci = self.error.ci if self.error.value is not None else self.share.ci
        return ci is not None and (ci[0] > 0 or ci[1] < 0)


def moves(before: ErrorTable, after: ErrorTable) -> tuple[Move, ...]:
    """Return what moved, tag by tag, the largest change first.

    Intervals are of the population, by Newcombe's method for independent samples: where both
    sheets are of one dev set they are wider than they need be.

    Parameters
    ----------
    before, after
        Tables of the same tags.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890.
    """
    then = {c.tag: c for c in before.categories}
    out = []
    for now in after.categories:
        old = then[now.tag]
        shares = (old.share_in_population, now.share_in_population)
        errors = (old.gain, now.gain)
        out.append(
            Move(now.tag, (old.count, now.count), shares, _change(shares), errors, _change(errors))
        )
    return tuple(sorted(out, key=lambda m: -abs(_size(m))))


def total_move(before: ErrorTable, after: ErrorTable) -> Figure:
    """Return the change of the error of the split."""
    return _change((before.split.error, after.split.error))


def _change(both: Sequence[Figure]) -> Figure:
    old, new = both
    if old.value is None or new.value is None:
        return Figure(None, None, None, old.reason or new.reason)
    ci = None
    if old.ci is not None and new.ci is not None:
        ci = newcombe_interval(old.value, old.ci, new.value, new.ci)
    return Figure(new.value - old.value, ci, new.n)


def _size(move: Move) -> float:
    change = move.error if move.error.value is not None else move.share
    return change.value or 0.0
