"""What would settle it: how many more examples an open question of the ladder needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import normal_quantile
from mlstrat.workflow.diagnose.ladder import LADDER, SLACK, Decomposition, Gap, Level

if TYPE_CHECKING:
    from mlstrat.core.pairs import PairedErrors


@dataclass(frozen=True)
class MoreExamples:
    """How many more examples would settle a question, if the figures stay as they are.

    Attributes
    ----------
    gap
        The gap that may be 0, or that may not be the largest.
    rival
        The gap that may be larger; None where the question is whether `gap` is 0.
    splits
        The splits to collect for, together.
    rows
        How many rows they have now.
    more
        How many more; None where no number would do, since the difference itself is 0.
    """

    gap: str
    rival: str | None
    splits: tuple[str, ...]
    rows: int
    more: int | None


def what_would_settle(
    result: Decomposition, paired: PairedErrors | None, sampling: Sampling
) -> tuple[MoreExamples, ...]:
    """Return the examples that would resolve the open gaps and a contested first place."""
    z = normal_quantile(sampling.confidence)
    known = [g for g in result.gaps if g.value is not None and g.bounds is None]
    out = [
        _more(g, None, {g.end: 1.0, g.start: -1.0}, result, paired, z)
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
            out.append(_more(first, second, weights, result, paired, z))
    return tuple(x for x in out if x is not None)


def _more(
    gap: Gap,
    rival: Gap | None,
    weights: Mapping[str, float],
    result: Decomposition,
    paired: PairedErrors | None,
    z: float,
) -> MoreExamples | None:
    """Grow the split with the largest part of the spread, or all if that one is not enough.

    With d the difference and sᵢ the squared half widths of the levels, which fall with 1/n: split
    j must grow by the factor sⱼ / (d² − Σ_{i≠j} sᵢ).
    """
    levels = {n: x for n in weights if (x := result.level(n)) is not None}
    d = sum(weights[name] * level.value for name, level in levels.items())
    parts: dict[str, tuple[float, int]] = {}
    for name, level in levels.items():
        if level.fixed or weights[name] == 0:
            continue
        e = level.estimate
        if e.variance is None or e.n is None:
            return None
        parts[name] = (weights[name] ** 2 * _spread(level, weights[name] * d > 0, z), e.n)
    if not parts:
        return None
    splits = tuple(n for n in LADDER if n in parts)
    names = (gap.gap, None if rival is None else rival.gap)
    rows = sum(n for _, n in parts.values())
    if abs(d) <= SLACK:
        return MoreExamples(*names, splits, rows, None)
    if paired is not None and {"human", paired.split} == set(parts):
        shared = max(1 - paired.correlation, 0.0)
        parts = {name: (spread * shared, n) for name, (spread, n) in parts.items()}
    total = sum(spread for spread, _ in parts.values())
    widest = max(parts, key=lambda n: parts[n][0])
    spread, n = parts[widest]
    left = d * d - (total - spread)
    if left > 0 and spread / left <= 10:
        return MoreExamples(*names, (widest,), n, max(1, math.ceil(n * (spread / left - 1))))
    factor = total / (d * d) - 1
    return MoreExamples(*names, splits, rows, max(1, math.ceil(factor * rows)))


def _spread(level: Level, down: bool, z: float) -> float:
    """Squared half width towards the value that would settle it.

    Near 0 the interval is cut short and will not fall with 1/n at once: then z² variances.
    """
    e = level.estimate
    normal = z * z * (e.variance or 0.0)
    if e.ci is None:
        return normal
    return max((level.value - e.ci[0] if down else e.ci[1] - level.value) ** 2, normal)
