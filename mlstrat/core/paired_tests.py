"""Tests of two models on the same examples, exact where they can be."""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.figures import Sampling
from mlstrat.core.resampling import batches, generator

ENUMERATED_GROUPS = 12
"""Up to this many groups all sign flips are counted, 2 to that power; above, they are drawn."""


LARGE = 10_000_000
"""Of more discordant rows the test is Edwards's (1948), which is the exact one to 0.1%."""


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Return the two-sided p-value of exact McNemar: are both right equally often?

    Formula: min(1, 2 P(X ≤ min(b, c))) with X binomial of b + c trials at ½, where b and c are
    the rows on which only one of the two is right. 1 where there is none.

    References
    ----------
    McNemar (1947), Psychometrika 12.

    Examples
    --------
    >>> round(mcnemar_exact(59, 101), 8)
    0.00112291
    """
    n, k = only_a + only_b, min(only_a, only_b)
    if 2 * k >= n - 1:  # both tails together are everything
        return 1.0
    if n > LARGE:
        return math.erfc((n - 2 * k - 1) / math.sqrt(2 * n))
    # From the largest term of the tail downwards: C(n, k − 1) / C(n, k) = k / (n − k + 1).
    term = math.exp(
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2)
    )
    total, ratio = 1.0, 1.0
    for i in range(k, 0, -1):
        ratio *= i / (n - i + 1)
        total += ratio
        if ratio < 1e-17 * total:
            break
    return min(1.0, 2 * term * total)


def sign_flip(differences: Floats, sampling: Sampling) -> float:
    """Return the two-sided p-value of a sum of group differences, their signs flipped.

    If the two models are equally good, each group's difference is as likely to be its opposite.
    All flips are counted where there are few groups; else flips are drawn, those of groups with
    equal differences together, and the observed one counts as one of them.

    By group: rows that only b gets right minus those that only a does, as sums of weights.

    Examples
    --------
    >>> sign_flip(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), Sampling())
    0.0625
    """
    observed = abs(float(differences.sum()))
    size = np.abs(differences[differences != 0])
    if not len(size):
        return 1.0
    reach = observed - 1e-9 * float(size.sum())
    if len(size) <= ENUMERATED_GROUPS:
        flips = np.array(list(product((-1.0, 1.0), repeat=len(size))))
        return float((np.abs(flips @ size) >= reach).mean())
    values, counts = np.unique(size, return_counts=True)
    rng = generator(sampling.seed, 5)
    extreme = 0
    for batch in batches(sampling.resamples, len(values)):
        up = rng.binomial(counts, 0.5, size=(batch, len(values)))
        sums = ((2 * up - counts) * values).sum(axis=1)
        extreme += int((np.abs(sums) >= reach).sum())
    return (extreme + 1) / (sampling.resamples + 1)
