"""The winner among many: who cannot be told from it, and what it is worth after the picking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Bools, Floats
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import normal_quantile
from mlstrat.core.sample_size.to_settle import ToSettle
from mlstrat.workflow.compare.settling import settle_comparison, within
from mlstrat.workflow.select.constraints import ROUNDING
from mlstrat.workflow.select.evaluate import Span

if TYPE_CHECKING:
    from mlstrat.workflow.select.pairs import Pairings


def shrink(values: Floats, variances: Floats, covariance: float = 0.0) -> Floats:
    """Return K figures drawn towards their mean by how much of their spread is noise.

    Formula: m + (xᵢ − m) τ² / (τ² + vᵢ − c) with τ² = max(0, s² − mean(v − c)), where s² is the
    variance of the K figures (by K, as maximum likelihood has it), vᵢ that of one and c the
    covariance of two through shared rows, which moves all alike and so is no reason to shrink.
    NaN where a variance is not known or none is above 0, and for fewer than two figures.

    Source: Efron and Morris (1973), JASA 68; simulated in
    ``tests/workflow/select/test_selection_simulated.py``.
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
    pairing: Pairings[Any, Any] | None,
    confidence: float,
) -> Bools:
    """Tell which members cannot be told from the best.

    Newcombe's interval of (best − other) at 1 − α/(k − 1) includes 0. Whichever candidate truly
    is the best, it is left out with probability α/2 at most (Gupta 1965, by Bonferroni).
    """
    lower, _, _ = _ahead(best, members, at, sense, pairing, confidence)
    flags: Bools = lower <= ROUNDING * np.abs(at.value[best])
    flags[members == best] = True
    return flags


def variance_of(span: Span, confidence: float) -> Floats:
    """Return variances from the widths of intervals; 0 where a value is exact."""
    return np.asarray(((span.high - span.low) / (2 * normal_quantile(confidence))) ** 2)


def settle_best(
    names: Sequence[str],
    best: int,
    group: NDArray[np.int64],
    at: Span,
    sense: float,
    pairing: Pairings[Any, Any] | None,
    *,
    scale: float | None,
    rows: float,
    split: str,
    tolerance: float,
    confidence: float,
) -> tuple[ToSettle | None, bool]:
    """Return what tells the best from the next of the tied, and whether they are alike enough.

    Paired where rows are shared, as the decision itself is; of candidates without a pairing each
    is measured on so many rows more. `mlstrat.workflow.compare.settling` settles it.
    """
    others = group[group != best]
    following = int(others[int(np.argmax(sense * at.value[others]))])
    lower, upper, paired = _ahead(best, np.array([following]), at, sense, pairing, confidence)
    whole = scale or 1.0
    value = sense * float(at.value[best] - at.value[following]) / whole
    low, high = float(lower[0]) / whole, float(upper[0]) / whole
    if np.isnan(rows) or not low < high:
        return None, False
    found = settle_comparison(
        Figure(value, (low, high), int(rows)),
        split=split,
        tolerance=tolerance,
        share=scale is not None,
        confidence=confidence,
        open_question=f"is {names[best]} better than {names[following]}",
    )
    alike = within((low, high), tolerance)
    return (None if found is None else replace(found, paired=bool(paired[0]))), alike


def _ahead(
    best: int,
    members: NDArray[np.int64],
    at: Span,
    sense: float,
    pairing: Pairings[Any, Any] | None,
    confidence: float,
) -> tuple[Floats, Floats, Bools]:
    """Return the ends of how far the best is ahead of each member, and whether it is paired."""
    leader, low, high = at.value[best], at.low[best], at.high[best]
    value, lows, highs = at.value[members], at.low[members], at.high[members]
    if sense < 0:
        leader, low, high = -leader, -high, -low
        value, lows, highs = -value, -highs, -lows
    ahead = leader - value
    down, up = np.hypot(leader - low, highs - value), np.hypot(high - leader, value - lows)
    lower = ahead - np.where(np.isnan(down), 0.0, down)
    upper = ahead + np.where(np.isnan(up), 0.0, up)
    if pairing is None:
        return lower, upper, np.zeros(len(members), bool)
    ends = pairing.differences(best, [int(i) for i in members], confidence)
    paired: Bools = ~np.isnan(ends[0])
    shared = ends if sense > 0 else (-ends[1], -ends[0])
    return (
        np.where(paired, shared[0], lower),
        np.where(paired, shared[1], upper),
        paired,
    )
