# Over 300 lines: sizes of sets, and what a set can tell, are one calculation forwards and back.
"""How many examples tell two errors apart, and what a set of a given size can tell.

Two-sided tests at 1 − confidence, errors as fractions. `tests/workflow/splits/test_planning.py`
simulates that the sizes reach their power with the tests that `compare` and the gaps use.

A new model is measured on the rows of the old one, so only the rows count on which exactly one of
the two is right. A change that fixes k errors and breaks none shows by exact McNemar from a fixed k
on, whatever the size of the set. Most changes break some rows, too: then it takes more, and how
many more is a matter of how often the two disagree.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.core.record import Record

MOST_EXAMPLES = 1e12
"""More than this is no number of examples that anyone has."""


class Test(Record):
    """How a difference is tested: two-sided at 1 − confidence, found with this power."""

    __test__ = False  # pytest would collect it

    confidence: float = 0.95
    power: float = 0.8

    @property
    def z_level(self) -> float:
        """Normal quantile of the level."""
        return normal_quantile(self.confidence)

    @property
    def z_power(self) -> float:
        """Normal quantile of the power."""
        return 0.0 if self.power <= 0.5 else normal_quantile(2 * self.power - 1)


def unpaired_size(error: float, difference: float, test: Test) -> int:
    """Return how many examples each of two independent sets needs.

    Formula: n = (z₁ √(2 p̄(1 − p̄)) + z₂ √(p₁(1 − p₁) + p₂(1 − p₂)))² / d², with p₂ = p₁ − d and
    p̄ their mean.

    p₁ is the larger error, and d by how much the other is lower: above 0, at most p₁.

    Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 4.2.
    """
    other = error - difference
    mean = (error + other) / 2
    level = test.z_level * math.sqrt(2 * mean * (1 - mean))
    power = test.z_power * math.sqrt(error * (1 - error) + other * (1 - other))
    return _whole(((level + power) / difference) ** 2)


def paired_size(discordance: float, difference: float, test: Test) -> int:
    """Return how many examples tell two models apart that both predict all of them.

    Formula: the n that solves n·d − 1 = √n·k with k = z₁ √ψ + z₂ √(ψ − d²): Connor's size for
    McNemar's test, with Edwards's continuity correction (the 1), which stands for the exact test.

    ψ is the share of examples on which exactly one of the two models is right, at least d; d is the
    difference of the errors, above 0.

    Source: Connor (1987), Biometrics 43, 207-211; Edwards (1948), Psychometrika 13, 185-187.
    """
    return _whole(paired_rows(discordance, difference, test))


def paired_rows(discordance: float, difference: float, test: Test) -> float:
    """Return the n of `paired_size` before it is rounded up."""
    k = test.z_level * math.sqrt(discordance) + test.z_power * math.sqrt(
        max(discordance - difference**2, 0.0)
    )
    return ((k + math.sqrt(k * k + 4 * difference)) / (2 * difference)) ** 2


def train_dev_for(mismatch: float, error: float, dev: int, test: Test) -> int | None:
    """Return how many train-dev examples tell a mismatch of this size from none.

    Formula: the n that solves d = z₁ √(p̄(1 − p̄)(1/n + 1/dev)) + z₂ √(p₁(1 − p₁)/n +
    p₂(1 − p₂)/dev), with p₂ the dev error, p₁ = p₂ − d and p̄ their mean by examples. None where
    dev alone is too small, whatever train-dev.

    Source: Fleiss, Levin and Paik (2003), 4.4 (unequal sets).
    """
    other = error - mismatch

    def needed(n: float) -> float:
        mean = (n * other + dev * error) / (n + dev)
        level = test.z_level * math.sqrt(mean * (1 - mean) * (1 / n + 1 / dev))
        return level + test.z_power * math.sqrt(other * (1 - other) / n + error * (1 - error) / dev)

    high = 1.0
    while needed(high) > mismatch:
        high *= 2
        if high > MOST_EXAMPLES:
            return None
    low = high / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if needed(middle) > mismatch else (low, middle)
    return _whole(high)


def half_width(error: float, n: int, confidence: float) -> float:
    """Return ± how much a set of n examples tells one error: half the width of its interval."""
    low, high = wilson_interval(error, n, normal_quantile(confidence))
    return (high - low) / 2


def examples_for_half_width(error: float, half: float, confidence: float) -> int:
    """Return how many examples tell one error to ± `half`.

    Formula: the smallest n at which Wilson's interval of the expected error is no wider, by
    doubling and halving.
    """
    high = 1
    while half_width(error, high, confidence) > half:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (middle, high) if half_width(error, middle, confidence) > half else (low, middle)
        )
    return high


def examples_for_errors(errors: int, error: float) -> int:
    """Return how many examples hold this many errors on average: errors / error."""
    return _whole(errors / error)


def _whole(size: float) -> int:
    return math.ceil(size * (1 - 1e-9))


def paired_power(discordance: float, difference: float, n: int, test: Test) -> float:
    """Return the chance that n examples, which both models predict, tell this difference."""
    low, high = 0.5, 1 - 1e-9
    if paired_rows(discordance, difference, Test(test.confidence, low)) > n:
        return low  # for no more
    for _ in range(50):
        middle = (low + high) / 2
        enough = paired_rows(discordance, difference, Test(test.confidence, middle)) <= n
        low, high = (middle, high) if enough else (low, middle)
    return low


DISAGREEMENT = 0.05
"""Share of the examples on which exactly one of two models is right, where nobody says.

mlstrat's: two models that err on 5% each and share half of their errors disagree on so many; the
two models of the sample run `story` do on 4.8% of dev and 2.5% of test.
"""


def fewest_fixed(confidence: float) -> int:
    """Return the smallest number of errors fixed, with none broken, that exact McNemar shows.

    Formula: the smallest k with 2 · ½ᵏ ≤ 1 − confidence.

    Source: McNemar (1947), Psychometrika 12.
    """
    return max(1, math.ceil(1 - math.log2(1 - confidence) - 1e-9))


def assumed_disagreement(error: float, difference: float) -> float:
    """Return the disagreement of two models about which nobody says it.

    Formula: `DISAGREEMENT`; twice the difference where that is more (mlstrat's: of four rows that
    change three get right); and at most what two models disagree on that err independently,
    e + q − 2eq with q = e − d.
    """
    other = error - difference
    independent = error + other - 2 * error * other
    return min(max(DISAGREEMENT, 2 * difference), independent)


def examples_for(
    error: float, difference: float, test: Test, disagreement: float | None = None
) -> int:
    """Return how many examples, which both models predict, tell an improvement on an error.

    Source: Connor (1987), Biometrics 43, 207-211.
    """
    if disagreement is None:
        disagreement = assumed_disagreement(error, difference)
    return paired_size(disagreement, difference, test)


def detectable_difference(
    error: float, n: int, test: Test, disagreement: float | None = None
) -> float | None:
    """Return the smallest improvement on an error that n examples tell, which both models predict.

    None where no improvement is told.
    """
    if disagreement is not None:
        return paired_difference(disagreement, error, n, test)
    return smallest_difference(lambda d: examples_for(error, d, test), n, error)


def paired_difference(discordance: float, error: float, n: int, test: Test) -> float | None:
    """Return the smallest improvement that n examples tell, which both models predict.

    None where no improvement that this error and discordance allow would be told.
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


class Detectable(Record):
    """What a dev set can tell of a new model.

    ``difference`` is the smallest improvement that is found with power 0.8, by a model that
    disagrees so often; None where there is none.
    """

    fewest_fixed: int
    disagreement: float
    difference: float | None


def detectable(error: float, n: int, confidence: float) -> Detectable:
    """Return what a dev set of n examples with this error can tell of a new model."""
    found = detectable_difference(error, n, Test(confidence))
    told = assumed_disagreement(error, error if found is None else found)
    return Detectable(fewest_fixed(confidence), told, found)
