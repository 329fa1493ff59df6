"""What choosing two thresholds adds to the variance of their difference: halves of dev."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.operating.choose import PARTS, Scored, Wanted, choose

Flags = NDArray[np.bool_]

MOVED, WHOLE = 1.5, 1.2
"""By what the two variances over halves are multiplied. Found by simulation of equal models, in
which once is too little: where the optimum is flat, thresholds move by jumps."""

PRIME = PARTS - 1


@cache
def halves() -> tuple[Flags, ...]:
    """Return which twentieths of dev are in each of 38 halves: 19, and what each leaves out.

    Any two twentieths are together in 9 of 19 halves, and apart in 10, so that all count alike: the
    rows of a Hadamard matrix of order 20 (Paley's, of the squares modulo 19).

    References
    ----------
    McCarthy (1969), Pseudo-replication: half samples; Review of the International Statistical
    Institute 37, 239-264.
    """
    squares = {x * x % PRIME for x in range(1, PRIME)}
    skew = [[0 if i == j else 1 if (i - j) % PRIME in squares else -1 for j in range(PRIME)]
            for i in range(PRIME)]  # fmt: skip
    matrix = np.ones((PARTS, PARTS), int)
    matrix[1:, 0], matrix[1:, 1:] = -1, np.array(skew) + np.eye(PRIME, dtype=int)
    inside = (matrix * matrix[0])[1:] > 0
    return (*inside, *~inside)


def half_thresholds(
    scored: Scored, wanted: Wanted, costs: tuple[float, float], whole: float
) -> tuple[float, ...]:
    """Return the threshold that each half of dev chooses; that of the whole where it cannot."""
    order = np.argsort(scored.score, kind="stable")  # once: each half is then nearly sorted
    ranked, found = scored.where(order), []
    for inside in halves():
        half = ranked.where(inside[ranked.part])
        chosen = choose(half, wanted, costs) if half.both else None
        found.append(whole if chosen is None else chosen)
    return tuple(found)


class Apart(NamedTuple):
    """What choosing two thresholds makes of the variance of a difference.

    It is that at given thresholds and `extra`, and not below `least`.
    """

    extra: float = 0.0
    least: float = 0.0

    def of(self, own: float) -> float:
        """Return the variance, by that at given thresholds."""
        return max(own + self.extra, self.least)


@dataclass(frozen=True)
class HalfFigures:
    """What is known of one run by the thresholds that halves of its dev choose.

    Attributes
    ----------
    crossed
        The figure of dev, each fifth read at the threshold of the others.
    moved
        H figures of dev, each at the threshold that a half chooses.
    own
        H figures of these halves, each at its own threshold.
    """

    crossed: float | None
    moved: Sequence[float | None]
    own: Sequence[float | None]


def choosing_both(a: HalfFigures, b: HalfFigures) -> Apart:
    """Return what choosing two thresholds on one dev adds; nothing where a figure is undefined.

    Formula: 1.5 V(moved) + (mean of moved − crossed)² are added, V being the variance of the
    differences over halves; and all is at least 1.2 V(own) + the same square. V(moved) is of
    thresholds alone. V(own) is of rows and thresholds together, as rows that ask for another
    threshold are counted at it, too. The square is luck in which rows were in which fifth: what
    cross-fitting tells and no half confirms.

    Examples
    --------
    >>> a = HalfFigures(0.0, [0.0] * 4, [0.0] * 4)
    >>> b = HalfFigures(0.2, [0.1, 0.3, 0.1, 0.3], [0.2, 0.2, 0.0, 0.4])
    >>> [round(x, 4) for x in choosing_both(a, b)]
    [0.015, 0.024]
    """

    def change(x: Sequence[float | None], y: Sequence[float | None]) -> list[float] | None:
        both = [v - u for u, v in zip(x, y, strict=True) if u is not None and v is not None]
        return both if len(both) == len(x) else None

    moved, own = change(a.moved, b.moved), change(a.own, b.own)
    crossed = change([a.crossed], [b.crossed])
    if moved is None or own is None or crossed is None:
        return Apart()
    luck = (float(np.mean(moved)) - crossed[0]) ** 2
    return Apart(MOVED * float(np.var(moved)) + luck, WHOLE * float(np.var(own)) + luck)
