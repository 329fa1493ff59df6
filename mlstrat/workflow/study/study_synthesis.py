"""How often artificial data use each of their sources again, and what a source should weigh.

Source: C3W2 Addressing data mismatch; Machine Learning Yearning 39 and 43.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlstrat.errors import UsageError


@dataclass(frozen=True)
class Reuse:
    """What was laid over what.

    Attributes
    ----------
    repeats
        How often each piece of noise is heard or seen, on average.
    distinct
        Different sources of it: what a network can learn about noise it learns from these.
    """

    repeats: float
    distinct: float


def source_reuse(clean: float, noise: float, sources: float | None = None) -> Reuse:
    """Return how often each source of a synthesis is used again.

    Parameters
    ----------
    clean, noise
        Amounts of both, in the same unit: hours, pictures.
    sources
        Different sources of the noise, such as cars; without it each unit of noise is one.

    Raises
    ------
    UsageError
        For an amount that is not above 0.

    Examples
    --------
    >>> source_reuse(10_000, 1).repeats
    10000.0
    >>> source_reuse(1_000, 1_000, sources=10).distinct
    10
    """
    for name, amount in (("clean", clean), ("noise", noise), ("sources", sources)):
        if amount is not None and not (amount > 0 and math.isfinite(amount)):
            raise UsageError(f"{name} is {amount:g}", accepted="a number above 0")
    return Reuse(max(clean / noise, 1.0), noise if sources is None else sources)


def balancing_weight(target: float, other: float) -> float:
    """Return the weight at which the other source counts as much as the target as a whole.

    Formula: β = target / other, the weight of the target being 1.

    Raises
    ------
    UsageError
        For an amount that is not above 0.

    Examples
    --------
    >>> balancing_weight(5_000, 200_000)
    0.025
    """
    if not (target > 0 and other > 0):
        raise UsageError(f"target is {target:g} and other {other:g}", accepted="numbers above 0")
    return target / other
