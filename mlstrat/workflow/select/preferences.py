"""Does the metric order candidates as people do, and what weight would make it?

The course (C3W1, when to change dev/test sets and metrics): where users prefer what the metric
ranks lower, the metric is wrong. Define one that captures what is preferred, for instance an error
with a weight on what hurts; then, as a separate step, aim at it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.record import Record

Pair = tuple[int, int]
"""The better and the worse of two candidates, by index."""


class WrongPair(Record):
    """Two candidates that the metric does not order as people do; ``equal`` if not at all."""

    better: str
    worse: str
    value_better: float | None
    value_worse: float | None
    equal: bool


class Weight(Record):
    """What weight on some rows makes the cost-weighted error agree with people.

    ``above`` is the bound that the weight must exceed, ``weight`` the smallest whole number that
    does (or what lies between the bounds); both None where no weight of 1 or more agrees.
    """

    where: Mapping[str, str]
    above: float | None
    weight: float | None


class Agreement(Record):
    """How often a metric orders candidates as people do.

    ``weights`` holds one answer a label or slice where runs are known, else it is None.
    """

    pairs: int
    agree: int
    ties: int
    wrong: tuple[WrongPair, ...]
    weights: tuple[Weight, ...] | None = None

    @property
    def smallest(self) -> Weight | None:
        """The smallest weight of all that agree."""
        found = [w for w in self.weights or () if w.weight is not None]
        return min(found, key=lambda w: w.above or 0.0) if found else None


class PartErrors(Record, eq=False):
    """Errors and rows (or their weights) of K runs inside and outside of one part of the data."""

    where: Mapping[str, str]
    errors_inside: Floats
    rows_inside: Floats
    errors_outside: Floats
    rows_outside: Floats


def agreement(
    names: Sequence[str],
    values: Floats,
    pairs: Sequence[Pair],
    *,
    maximize: bool,
    parts: Sequence[PartErrors] | None = None,
) -> Agreement:
    """Return how often the metric orders pairs as people do.

    ``parts`` are errors of the runs by label or slice, to look for a weight.
    """
    sense = 1.0 if maximize else -1.0
    wrong = []
    for better, worse in pairs:
        ahead = sense * (values[better] - values[worse])
        if not ahead > 0:
            first, second = (
                None if math.isnan(values[i]) else float(values[i]) for i in (better, worse)
            )
            wrong.append(WrongPair(names[better], names[worse], first, second, bool(ahead == 0)))
    weights = None
    if parts is not None:
        weights = tuple(smallest_weight(part, pairs) for part in parts)
    ties = sum(x.equal for x in wrong)
    return Agreement(len(pairs), len(pairs) - len(wrong), ties, tuple(wrong), weights)


def smallest_weight(part: PartErrors, pairs: Sequence[Pair]) -> Weight:
    """Return the smallest weight of at least 1 on a part with which all pairs come out right.

    Formula: with the weighted error E(w) = (e₀ + w e₁) / (n₀ + w n₁) of errors e and rows n
    outside (0) and inside (1) of the part, E of the better < E of the worse is a quadratic
    inequality in w for each pair; between the roots of all of them nothing changes.
    """
    curves = np.array([_difference(part, better, worse) for better, worse in pairs])

    def agrees(w: float) -> bool:
        gaps = curves[:, 0] + curves[:, 1] * w + curves[:, 2] * w * w
        size = np.abs(curves) @ np.array([1.0, w, w * w])
        return bool((gaps > 1e-12 * size).all())

    if agrees(1.0):
        return Weight(part.where, 1.0, 1.0)
    stops = sorted({1.0, *(r for c in curves for r in _roots(*c) if r > 1)})
    for start, end in zip(stops, [*stops[1:], math.inf], strict=True):
        middle = (start + end) / 2 if math.isfinite(end) else 2 * start + 1
        if not agrees(middle):
            continue
        whole = float(math.floor(start * (1 + 1e-9)) + 1)
        weight = whole if whole < end and agrees(whole) else float(middle)
        return Weight(part.where, float(start), weight)
    return Weight(part.where, None, None)


def _difference(part: PartErrors, better: int, worse: int) -> tuple[float, float, float]:
    """Return the coefficients of 1, w and w² of what is above 0 where the pair comes out right."""
    e1, n1 = part.errors_inside, part.rows_inside
    e0, n0 = part.errors_outside, part.rows_outside
    b, a = better, worse
    return (
        float(e0[a] * n0[b] - e0[b] * n0[a]),
        float(e0[a] * n1[b] + e1[a] * n0[b] - e0[b] * n1[a] - e1[b] * n0[a]),
        float(e1[a] * n1[b] - e1[b] * n1[a]),
    )


def _roots(c0: float, c1: float, c2: float) -> list[float]:
    scale = max(abs(c0), abs(c1), abs(c2))
    if abs(c2) <= 1e-14 * scale:
        return [] if abs(c1) <= 1e-14 * scale else [-c0 / c1]
    inside = c1 * c1 - 4 * c2 * c0
    if inside < 0:
        return []
    # The form that does not subtract nearly equal numbers.
    q = -(c1 + math.copysign(math.sqrt(inside), c1)) / 2
    return [q / c2, *([c0 / q] if q else [])]
