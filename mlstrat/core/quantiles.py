"""Quantiles of the gamma distribution, for counts by the hour."""

from __future__ import annotations

import math

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.intervals import normal_quantile

EXACT_UP_TO = 1e5
"""Counts above it take the Wilson-Hilferty quantile, which is off by less than 1e-7 of it there."""


def poisson_interval(count: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return the exact interval of the mean behind each count.

    Formula (Garwood 1936): P(X ≥ k; low) = P(X ≤ k; high) = (1 − confidence) / 2, which are the
    quantiles α/2 of Gamma(k) and 1 − α/2 of Gamma(k + 1); low is 0 where k is 0.
    """
    distinct, place = np.unique(count, return_inverse=True)
    tail = (1 - confidence) / 2
    low = np.zeros_like(distinct)
    seen = distinct > 0
    if seen.any():
        low[seen] = _gamma_quantile(distinct[seen], tail, -1.0, confidence)
    high = _gamma_quantile(distinct + 1, 1 - tail, 1.0, confidence)
    place = place.reshape(-1)
    return np.asarray(low[place]), np.asarray(high[place])


def _gamma_quantile(shape: Floats, p: float, side: float, confidence: float) -> Floats:
    """Return x with P(shape, x) = p: Newton's steps, kept inside a bracket that shrinks."""
    z = side * normal_quantile(confidence)
    x = shape * np.maximum(1 - 1 / (9 * shape) + z / (3 * np.sqrt(shape)), 0.05) ** 3
    small = shape <= EXACT_UP_TO
    if not small.any():
        return np.asarray(x)
    a = shape[small]
    guess = x[small]
    # The first guess is within some percent; far above it the series would overflow.
    low, high = np.zeros_like(a), guess + 10 * np.sqrt(guess) + 60
    log_gamma = np.array([math.lgamma(v) for v in a])
    for _ in range(100):
        share, density = _regularised_gamma(a, guess, log_gamma)
        low, high = np.where(share < p, guess, low), np.where(share < p, high, guess)
        with np.errstate(divide="ignore", invalid="ignore"):
            following = guess - (share - p) / density
        inside = (following > low) & (following < high)
        following = np.where(inside, following, (low + high) / 2)
        done = bool(np.all(np.abs(following - guess) <= 1e-10 * guess))
        guess = following
        if done:
            break
    x[small] = guess
    return np.asarray(x)


def _regularised_gamma(a: Floats, x: Floats, log_gamma: Floats) -> tuple[Floats, Floats]:
    """Return P(a, x) and its derivative: x^a e^−x / Γ(a + 1) · Σ xⁿ / ((a + 1) … (a + n))."""
    log_density = (a - 1) * np.log(x) - x - log_gamma
    term = np.ones_like(a)
    total = np.ones_like(a)
    for n in range(1, 1_000_000):
        term = term * (x / (a + n))
        total = total + term
        if np.all(term <= 1e-16 * total):
            break
    density = np.exp(log_density)
    return np.minimum(density * x / a * total, 1.0), density
