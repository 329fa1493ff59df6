"""The smallest number of new rows of which most outcomes settle a question."""

from __future__ import annotations

import math
from collections.abc import Callable

from mlstrat.core.intervals import normal_quantile

OUTCOMES = tuple(math.copysign(normal_quantile(abs(0.2 * i - 1)), i - 5) for i in range(1, 10))
"""The deciles of how far new rows fall from the truth, in standard errors."""

OPEN_TENTHS = 2
"""So many tenths of the outcomes may leave the question open: the adverse fifth."""

MOST_ROWS = 10**12
"""More than this is no number of examples that anyone has."""


def mostly(settles: Callable[[float], bool]) -> bool:
    """Return whether the new rows settle it in all but an adverse fifth of their outcomes.

    The outcomes are cut at their deciles; a tenth settles where both its ends do. An adverse
    outcome is below the truth where the difference is to be shown, on either side where it is to
    be ruled out.

    Parameters
    ----------
    settles
        Whether new rows settle it that fall so many standard errors from the truth.

    Examples
    --------
    >>> mostly(lambda z: z > -0.85), mostly(lambda z: abs(z) < 0.85)  # 80 and 60%
    (True, False)
    """
    left_open, before = 0, None
    for z in OUTCOMES:
        here = settles(z)
        left_open += not (here if before is None else here and before)
        if left_open > OPEN_TENTHS:
            return False
        before = here
    return left_open + (not before) <= OPEN_TENTHS


def smallest_number(settles: Callable[[int], bool], start: int = 1) -> int | None:
    """Return the smallest whole number from 1 on that settles, by doubling and halving.

    To 1%: nobody collects so many examples exactly. None where a million million would not do.

    Parameters
    ----------
    settles
        Whether so many do.
    start
        A first guess.

    Examples
    --------
    >>> smallest_number(lambda n: n >= 57), smallest_number(lambda n: False) is None
    (57, True)
    """
    if not settles(MOST_ROWS):
        return None
    low, high = 0, max(start, 1)
    while not settles(high):
        low, high = high, 2 * high
    while low == 0 and high > 1 and settles(high // 2):
        high //= 2
    low = max(low, high // 2)
    while high - low > max(1, high // 100):
        middle = (low + high) // 2
        low, high = (low, middle) if settles(middle) else (middle, high)
    return high
