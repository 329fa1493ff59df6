"""Student's t for few degrees of freedom, where an expansion around the normal does not hold."""

from __future__ import annotations

import math

import numpy as np

from mlstrat.core.intervals import t_quantile

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)
MOST_DEGREES = 1e6
"""More are as good as infinitely many."""


def two_sided_tail(t: float, degrees: float) -> float:
    """Return P(|T| > t) for Student's t.

    Formula: 1 − ∫₀^θ cos^(ν−1) / ∫₀^(π/2) cos^(ν−1) with θ = atan(t/√ν); the numerator by
    Gauss-Legendre, the denominator √π Γ(ν/2) / 2Γ((ν+1)/2).

    Examples
    --------
    >>> round(two_sided_tail(12.706, 1), 4), round(two_sided_tail(1.96, 1e6), 4)
    (0.05, 0.05)
    """
    degrees = min(degrees, MOST_DEGREES)
    end = math.atan(abs(t) / math.sqrt(degrees))
    angle = end * (NODES + 1) / 2
    part = float(end / 2 * (WEIGHTS * np.cos(angle) ** (degrees - 1)).sum())
    log_whole = math.lgamma(degrees / 2) - math.lgamma((degrees + 1) / 2)
    whole = math.sqrt(math.pi) / 2 * math.exp(log_whole)
    return max(0.0, min(1.0, 1 - part / whole))


def quantile(confidence: float, degrees: float) -> float:
    """Return the two-sided quantile of Student's t, for 1 degree of freedom or more.

    Examples
    --------
    >>> [round(quantile(0.95, degrees), 3) for degrees in (1, 2, 3.5, 10)]
    [12.706, 4.303, 2.94, 2.228]
    """
    if degrees >= 10:
        return t_quantile(confidence, min(degrees, MOST_DEGREES))
    low, high = 0.0, 1e4
    for _ in range(80):
        middle = (low + high) / 2
        if two_sided_tail(middle, degrees) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high
