"""The Pareto front: who is not beaten in everything at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats


def pareto_front(costs: Floats) -> NDArray[np.bool_]:
    """Tell which of K points no other point dominates.

    A point is dominated by one that is no worse in every cost and better in one. Equal points do
    not dominate each other; a point with an unknown cost is not on the front.

    Parameters
    ----------
    costs
        D×K numbers of which lower is better.

    Examples
    --------
    >>> pareto_front(np.array([[1.0, 2.0, 3.0, 3.0], [3.0, 2.0, 2.0, 1.0]]))
    array([ True,  True, False,  True])
    """
    front = np.zeros(costs.shape[1], bool)
    known = np.flatnonzero(~np.isnan(costs).any(axis=0))
    distinct, place = np.unique(costs[:, known], axis=1, return_inverse=True)
    # np.unique sorts by the first cost, then the next, so nothing dominates what stands before it.
    kept = np.empty_like(distinct)
    size = 0
    best = np.zeros(distinct.shape[1], bool)
    for i in range(distinct.shape[1]):
        point = distinct[:, i]
        if size and np.all(kept[:, :size] <= point[:, None], axis=0).any():
            continue
        kept[:, size] = point
        size += 1
        best[i] = True
    front[known] = best[place.reshape(-1)]
    return front
