"""How many examples tell two errors apart, and what a set of a given size can tell.

Two-sided tests at 1 − confidence, errors as fractions. `tests/workflow/splits/test_planning.py`
simulates that the sizes reach their power with the tests that `compare` and the gaps use.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlstrat.core.intervals import normal_quantile, wilson_interval

MOST_EXAMPLES = 1e12
"""More than this is no number of examples that anyone has."""


@dataclass(frozen=True)
class Test:
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

    Parameters
    ----------
    error
        p₁, the larger error.
    difference
        d, by how much the other is lower; above 0, at most p₁.
    test
        Level and power.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 4.2.

    Examples
    --------
    >>> unpaired_size(0.10, 0.001, Test())  # 0.1 points at 90% accuracy: 1.41 million
    1406515
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

    Parameters
    ----------
    discordance
        ψ, the share of examples on which exactly one of the two models is right; at least d.
    difference
        d, the difference of the errors, above 0.
    test
        Level and power.

    References
    ----------
    Connor (1987), Biometrics 43, 207-211; Edwards (1948), Psychometrika 13, 185-187.

    Examples
    --------
    >>> paired_size(0.02, 0.01, Test())
    1762
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

    References
    ----------
    Fleiss, Levin and Paik (2003), 4.4 (unequal sets).

    Examples
    --------
    >>> train_dev_for(0.02, 0.10, 10_000, Test())
    1973
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
    """Return ± how much a set of n examples tells one error: half the width of its interval.

    Examples
    --------
    >>> round(half_width(0.10, 10_000, 0.95), 5)
    0.00588
    """
    low, high = wilson_interval(error, n, normal_quantile(confidence))
    return (high - low) / 2


def examples_for_half_width(error: float, half: float, confidence: float) -> int:
    """Return how many examples tell one error to ± `half`.

    Formula: the smallest n at which Wilson's interval of the expected error is no wider, by
    doubling and halving.

    Examples
    --------
    >>> examples_for_half_width(0.05, 0.01, 0.95)
    1838
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
    """Return how many examples hold this many errors on average: errors / error.

    Examples
    --------
    >>> examples_for_errors(100, 0.05)
    2000
    """
    return _whole(errors / error)


def _whole(size: float) -> int:
    return math.ceil(size * (1 - 1e-9))


def paired_power(discordance: float, difference: float, n: int, test: Test) -> float:
    """Return the chance that n examples, which both models predict, tell this difference.

    Examples
    --------
    >>> round(paired_power(0.02, 0.01, 1762, Test()), 3)
    0.8
    """
    low, high = 0.5, 1 - 1e-9
    if paired_rows(discordance, difference, Test(test.confidence, low)) > n:
        return low  # for no more
    for _ in range(50):
        middle = (low + high) / 2
        enough = paired_rows(discordance, difference, Test(test.confidence, middle)) <= n
        low, high = (middle, high) if enough else (low, middle)
    return low
