"""The winner among many: who cannot be told from it, and what it is worth after the picking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats
from mlstrat.core.intervals import normal_quantile
from mlstrat.workflow.select.constraints import ROUNDING, Bools
from mlstrat.workflow.select.evaluate import Ends, Span

POWER_QUANTILE = 0.8416
"""z of a power of 0.8: how surely the examples named would settle a tie."""


class Pairing(Protocol):
    """What shared rows tell about two candidates; indices are those of the candidates."""

    def differences(self, best: int, others: Sequence[int], confidence: float) -> Ends:
        """Return the ends of (best − other), NaN where rows are not shared."""
        ...

    def covariance(self, best: int, members: Sequence[int]) -> float:
        """Return the mean covariance of the best and another, 0 where they share no rows."""
        ...


def shrink(values: Floats, variances: Floats, covariance: float = 0.0) -> Floats:
    """Return K figures drawn towards their mean by how much of their spread is noise.

    Formula: m + (xᵢ − m) τ² / (τ² + vᵢ − c) with τ² = max(0, s² − mean(v − c)), where s² is the
    variance of the K figures (by K, as maximum likelihood has it), vᵢ that of one and c the
    covariance of two through shared rows, which moves all alike and so is no reason to shrink.
    NaN where a variance is not known or none is above 0, and for fewer than two figures.

    References
    ----------
    Efron and Morris (1973), JASA 68; simulated in
    ``tests/workflow/select/test_selection_simulated.py``.

    Examples
    --------
    >>> shrink(np.array([0.90, 0.92, 0.94]), np.full(3, 0.0001)).round(4)
    array([0.9075, 0.92  , 0.9325])
    """
    count = len(values)
    own = np.maximum(variances - covariance, 0.0)
    if count < 2 or np.isnan(variances).any() or not variances.any():
        return np.full(count, np.nan)
    between = max(0.0, float(values.var()) - float(own.mean()))
    mean = float(values.mean())
    total = between + own
    share = np.divide(between, total, out=np.ones(count), where=total > 0)
    return np.asarray(mean + share * (values - mean))


def not_told(
    best: int,
    members: NDArray[np.int64],
    at: Span,
    sense: float,
    pairing: Pairing | None,
    confidence: float,
) -> Bools:
    """Tell which members cannot be told from the best.

    Newcombe's interval of (best − other) at 1 − α/(k − 1) includes 0. Whichever candidate truly
    is the best, it is left out with probability α/2 at most (Gupta 1965, by Bonferroni).
    """
    value, low, high = at.value[members], at.low[members], at.high[members]
    if sense < 0:
        value, low, high = -value, -high, -low
    place = int(np.flatnonzero(members == best)[0])
    ahead = value[place] - value
    reach = np.hypot(value[place] - low[place], high - value)
    reach = np.where(np.isnan(reach), 0.0, reach)
    lower = ahead - reach
    if pairing is not None:
        down, up = pairing.differences(best, [int(i) for i in members], confidence)
        lower = np.where(np.isnan(down), lower, down if sense > 0 else -up)
    flags: Bools = lower <= ROUNDING * np.abs(value[place])
    flags[place] = True
    return flags


def variance_of(span: Span, confidence: float) -> Floats:
    """Return variances from the widths of intervals; 0 where a value is exact."""
    return np.asarray(((span.high - span.low) / (2 * normal_quantile(confidence))) ** 2)


def rows_needed(
    best: int, group: NDArray[np.int64], at: Span, sense: float, confidence: float, n: float
) -> int | None:
    """Return rows that tell the best from the next of the tied, at power 0.8, if figures stay."""
    others = group[group != best]
    following = others[int(np.argmax(sense * at.value[others]))]
    gap = abs(float(at.value[best] - at.value[following]))
    z = normal_quantile(confidence)
    width = float(np.hypot(*(at.high[[best, following]] - at.low[[best, following]]))) / 2
    if np.isnan(n) or not gap > 0 or not np.isfinite(width) or width == 0:
        return None
    return int(np.ceil(n * (width * (z + POWER_QUANTILE) / z / gap) ** 2))
