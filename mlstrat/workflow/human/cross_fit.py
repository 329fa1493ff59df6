"""The best of several, corrected for the picking: chosen on some examples, measured on others.

Stone (1974): what is chosen and measured on the same examples looks better than it is.
"""

from __future__ import annotations

import math

import numpy as np

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.figures import Estimate, Sampling, jeffreys_variance
from mlstrat.core.intervals import Interval
from mlstrat.core.resampling import generator

PARTITIONS, FEWEST_PARTITIONS, CELLS_AT_MOST = 200, 20, 1_000_000
"""Partitions to average over: with 200 the proxy moves by some .05 points with the seed. Fewer
where there are more cells than a second takes; there the partitions differ less."""

STREAM = 6
"""Of the partitions: the same for `human` and `diagnose`."""

TIE = 1e-12
"""Errors that differ by the rounding of sums are one."""


def cross_fit(moves: Floats, rows: Ints, seed: int) -> Floats:
    """Return the share of times that each person is the one measured at a cell, K×P.

    Formula: the rows of K cells are put into thirds at random; on each third the person with the
    lowest sum of `moves` over the other two is measured, several where they tie.

    Parameters
    ----------
    moves
        K×P: what the rows of a cell add to the error of each person; infinite for those who
        cannot be chosen.
    rows
        K numbers of rows, at least 1.
    seed
        Of the partitions.

    Examples
    --------
    >>> cross_fit(np.array([[0.1, 0.0], [0.0, 0.3]]), np.array([9, 9]), seed=0).round(1)
    array([[1., 0.],
           [1., 0.]])
    """
    rng = generator(seed, STREAM)
    measured = np.zeros_like(moves)
    possible = np.isfinite(moves).all(axis=0)
    total = moves[:, possible].sum(axis=0)
    rounds = min(PARTITIONS, max(FEWEST_PARTITIONS, CELLS_AT_MOST // len(moves)))
    for _ in range(rounds):
        held = rng.multinomial(rows, [1 / 3] * 3) / rows[:, None]  # K×3
        rest = total - held.T @ moves[:, possible]  # 3×P
        best = rest <= rest.min(axis=1, keepdims=True) + TIE
        measured[:, possible] += held @ (best / best.sum(axis=1, keepdims=True))
    return measured / rounds


def p_of_chi_squared(value: float, free: int) -> float:
    """Return how often a χ² of so many degrees of freedom is as large or larger.

    Formula: (χ²/ν)^⅓ is nearly normal with mean 1 − 2/(9ν) and variance 2/(9ν).

    References
    ----------
    Wilson and Hilferty (1931), PNAS 17. SciPy takes longer to import than people to be compared.

    Examples
    --------
    >>> round(p_of_chi_squared(3.841, 1), 3), round(p_of_chi_squared(16.92, 9), 3)
    (0.047, 0.05)
    """
    shift = 2 / (9 * free)
    return math.erfc(((value / free) ** (1 / 3) - 1 + shift) / math.sqrt(2 * shift)) / 2


def corrected(
    value: float, ci: Interval, n: int | None, trials: float, sampling: Sampling, stream: int
) -> Estimate:
    """Return an error that has an interval of its own, and draws as of so many trials."""
    k = value * trials
    rng = generator(sampling.seed, 1, stream)
    drawn = rng.beta(k + 0.5, trials - k + 0.5, sampling.resamples)
    return Estimate(value, ci, n, variance=jeffreys_variance(value, trials), draws=drawn)
