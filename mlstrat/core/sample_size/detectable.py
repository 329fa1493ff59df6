"""What one dev set can tell of two models: one rule for every question that asks it.

A new model is measured on the rows of the old one, so only the rows count on which exactly one of
the two is right. A change that fixes k errors and breaks none shows by exact McNemar from a fixed k
on, whatever the size of the set. Most changes break some rows, too: then it takes more, and how
many more is a matter of how often the two disagree.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from mlstrat.core.sample_size.planned import Test, paired_rows, paired_size

DISAGREEMENT = 0.05
"""Share of the examples on which exactly one of two models is right, where nobody says.

mlstrat's: two models that err on 5% each and share half of their errors disagree on so many; the
two models of the sample run `story` do on 4.8% of dev and 2.5% of test.
"""


def fewest_fixed(confidence: float) -> int:
    """Return the smallest number of errors fixed, with none broken, that exact McNemar shows.

    Formula: the smallest k with 2 · ½ᵏ ≤ 1 − confidence.

    References
    ----------
    McNemar (1947), Psychometrika 12.

    Examples
    --------
    >>> fewest_fixed(0.95), fewest_fixed(0.99)
    (6, 8)
    """
    return max(1, math.ceil(1 - math.log2(1 - confidence) - 1e-9))


def assumed_disagreement(error: float, difference: float) -> float:
    """Return the disagreement of two models about which nobody says it.

    Formula: `DISAGREEMENT`; twice the difference where that is more (mlstrat's: of four rows that
    change three get right); and at most what two models disagree on that err independently,
    e + q − 2eq with q = e − d.

    Examples
    --------
    >>> assumed_disagreement(0.05, 0.01), round(assumed_disagreement(0.01, 0.005), 6)
    (0.05, 0.0149)
    """
    other = error - difference
    independent = error + other - 2 * error * other
    return min(max(DISAGREEMENT, 2 * difference), independent)


def examples_for(
    error: float, difference: float, test: Test, disagreement: float | None = None
) -> int:
    """Return how many examples, which both models predict, tell an improvement on an error.

    References
    ----------
    Connor (1987), Biometrics 43, 207-211.

    Examples
    --------
    >>> examples_for(0.05, 0.01, Test())
    4120
    """
    if disagreement is None:
        disagreement = assumed_disagreement(error, difference)
    return paired_size(disagreement, difference, test)


def detectable_difference(
    error: float, n: int, test: Test, disagreement: float | None = None
) -> float | None:
    """Return the smallest improvement on an error that n examples tell, which both models predict.

    None where no improvement is told.

    Examples
    --------
    >>> round(detectable_difference(0.05, 4120, Test()), 5)
    0.01
    """
    if disagreement is not None:
        return paired_difference(disagreement, error, n, test)
    return smallest_difference(lambda d: examples_for(error, d, test), n, error)


def paired_difference(discordance: float, error: float, n: int, test: Test) -> float | None:
    """Return the smallest improvement that n examples tell, which both models predict.

    None where no improvement that this error and discordance allow would be told.

    Examples
    --------
    >>> round(paired_difference(0.02, 0.05, 1762, Test()), 5)
    0.01
    """
    most = min(most_improvement(error, discordance), discordance)
    return smallest_difference(lambda d: paired_rows(discordance, d, test), n, most)


def most_improvement(error: float, discordance: float) -> float:
    """Return the largest difference from an error that this discordance allows.

    The first model is wrong alone on at most its error e, so that the second, at e − d, is wrong
    alone on at most e − d: ψ ≤ 2e − d.
    """
    return min(error, 2 * error - discordance)


def smallest_difference(size: Callable[[float], float], n: int, most: float) -> float | None:
    """Return the smallest difference up to `most` for which n examples are enough; None if none."""
    if most <= 0 or size(most) > n:
        return None
    low, high = 0.0, most
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if middle and size(middle) <= n else (middle, high)
    return high


@dataclass(frozen=True)
class Detectable:
    """What a dev set can tell of a new model.

    Attributes
    ----------
    fewest_fixed
        Errors to fix, with none broken.
    disagreement, difference
        The smallest improvement that is found with power 0.8, by a model that disagrees so often;
        None where there is none.
    """

    fewest_fixed: int
    disagreement: float
    difference: float | None


def detectable(error: float, n: int, confidence: float) -> Detectable:
    """Return what a dev set of n examples with this error can tell of a new model.

    Examples
    --------
    >>> found = detectable(0.0925, 800, 0.95)
    >>> found.fewest_fixed, found.disagreement, round(found.difference, 3)
    (6, 0.05, 0.023)
    """
    found = detectable_difference(error, n, Test(confidence))
    told = assumed_disagreement(error, error if found is None else found)
    return Detectable(fewest_fixed(confidence), told, found)
