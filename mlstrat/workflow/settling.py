"""What would settle it: how many more examples an open question of the ladder needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mlstrat.workflow._figures import Sampling
from mlstrat.workflow._intervals import normal_quantile
from mlstrat.workflow.gaps import LADDER, SLACK, Decomposition, PairedErrors


@dataclass(frozen=True)
class MoreExamples:
    """How many more examples would settle a question, if the figures stay as they are.

    ``more`` is None where no number would: the difference itself is 0.
    """

    question: str
    splits: tuple[str, ...]
    more: int | None


def what_would_settle(
    result: Decomposition, paired: PairedErrors | None, sampling: Sampling
) -> tuple[MoreExamples, ...]:
    """Return the examples that would resolve the open gaps and a contested first place."""
    z = normal_quantile(sampling.confidence)
    known = [g for g in result.gaps if g.value is not None and g.bounds is None]
    out = [
        _more(g.gap, {g.end: 1.0, g.start: -1.0}, result, paired, z)
        for g in known
        if g.resolved is False
    ]
    known.sort(key=lambda g: -(g.value or 0.0))
    if len(known) > 1 and result.verdict in ("focus", "small"):
        first, second = known[:2]
        if first.p_largest is not None and first.p_largest < sampling.confidence:
            weights: dict[str, float] = {}
            for level, sign in (
                (first.end, 1.0), (first.start, -1.0), (second.end, -1.0), (second.start, 1.0)
            ):  # fmt: skip
                weights[level] = weights.get(level, 0.0) + sign
            out.append(_more(f"{first.gap} > {second.gap}", weights, result, paired, z))
    return tuple(x for x in out if x is not None)


def _more(
    question: str,
    weights: Mapping[str, float],
    result: Decomposition,
    paired: PairedErrors | None,
    z: float,
) -> MoreExamples | None:
    """Grow the split with the largest part of the variance, or all if that one is not enough.

    With d the difference and vᵢ the variances: n of split j must grow by the factor
    vⱼ / (d²/z² − Σ_{i≠j} vᵢ).
    """
    parts: dict[str, tuple[float, int]] = {}
    d = 0.0
    for name, sign in weights.items():
        level = result.level(name)
        if level is None:
            return None
        d += sign * level.value
        e = level.estimate
        if level.fixed or sign == 0:
            continue
        if e.variance is None or e.n is None:
            return None
        shared = 1.0
        if paired is not None and {"human", paired.split} == set(weights):
            shared = max(1 - paired.correlation, 0.0)
        parts[name] = (sign**2 * e.variance * shared, e.n)
    if not parts:
        return None
    splits = tuple(n for n in LADDER if n in parts)
    if abs(d) <= SLACK:
        return MoreExamples(question, splits, None)
    allowed = d * d / (z * z)
    total = sum(v for v, _ in parts.values())
    if total <= allowed:
        return None
    widest = max(parts, key=lambda n: parts[n][0])
    variance, n = parts[widest]
    left = allowed - (total - variance)
    if left > 0 and variance / left <= 10:
        return MoreExamples(question, (widest,), math.ceil(n * (variance / left - 1)))
    more = sum(math.ceil(n * (total / allowed - 1)) for _, n in parts.values())
    return MoreExamples(question, splits, more)
