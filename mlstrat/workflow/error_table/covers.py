"""The one, two or three tags that together cover most errors: exact, not a sum of shares."""

from __future__ import annotations

import numpy as np

from mlstrat.core.counts import Floats

Places = tuple[int, ...]


def best_covers(marks: Floats, weights: Floats, most: int = 3) -> tuple[Places, ...]:
    """Return the best set of one tag, of two, …, up to `most`.

    The weight of the rows that have at least one tag of a set, by inclusion and exclusion, and of
    all sets the largest; of equal ones the first in falling order of the tags alone. A set whose
    parts alone cannot add up to the best one is not looked at, which keeps it exact.

    Parameters
    ----------
    marks
        Rows by tags, 1 where a row has the tag.
    weights
        Of the rows.
    most
        At most 3.

    Examples
    --------
    >>> marks = np.array([[1, 1, 0], [1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]], float)
    >>> best_covers(marks, np.ones(5))  # tag 1 is a part of tag 0: the pair is 0 and 2
    ((0,), (0, 2), (0, 1, 2))
    """
    alone = weights @ marks
    order = np.argsort(-alone, kind="stable")
    marks, single = marks[:, order], alone[order]
    found = (
        lambda: (0,),
        lambda: _two(marks, weights, single),
        lambda: _three(marks, weights, single),
    )
    sizes = range(min(most, 3, marks.shape[1]))
    return tuple(tuple(int(order[i]) for i in found[size]()) for size in sizes)


def covered(marks: Floats, weights: Floats, places: Places) -> float:
    """Return the weight of the rows that have at least one of some tags."""
    return float(weights @ (marks[:, list(places)].max(axis=1)))


def _two(marks: Floats, weights: Floats, single: Floats) -> Places:
    both_tags = marks.T @ (weights[:, None] * marks)
    best, place = -1.0, (0, 1)
    for i in range(len(single) - 1):
        if single[i] + single[i + 1] <= best:
            break
        either = single[i] + single[i + 1 :] - both_tags[i, i + 1 :]
        j = int(np.argmax(either))
        if either[j] > best + 1e-9:
            best, place = float(either[j]), (i, i + 1 + j)
    return place


def _three(marks: Floats, weights: Floats, single: Floats) -> Places:
    best, place = -1.0, (0, 1, 2)
    for i in range(len(single) - 2):
        if single[i : i + 3].sum() <= best:
            break
        # Of the rows without tag i: what each later tag, and each pair of them, covers.
        others = marks[:, i + 1 :]
        left = weights * (1 - marks[:, i])
        inner = others.T @ (left[:, None] * others)
        own = np.diag(inner)
        either = own[:, None] + own[None, :] - inner
        either[np.tril_indices(len(own))] = -1.0
        j, k = divmod(int(np.argmax(either)), len(own))
        total = float(single[i] + either[j, k])
        if total > best + 1e-9:
            best, place = total, (i, i + 1 + j, i + 1 + k)
    return place
