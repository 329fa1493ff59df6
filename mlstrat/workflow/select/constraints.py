"""Constraints over candidates: met surely, surely not, or undecided; by how much missed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.conditions.grammar import Binary, Comparison, columns_in
from mlstrat.core.counts import Bools, Floats
from mlstrat.core.intervals import one_sided
from mlstrat.core.record import Record
from mlstrat.workflow.select.evaluate import Columns, evaluate, uncertain, unit

ROUNDING = 1e-9
"""Relative difference up to which a value counts as equal to its bound."""


class Miss(Record):
    """By how much a candidate misses a constraint, by its value."""

    constraint: str
    value: float
    bound: float
    by: float


class Judged(Record, eq=False):
    """One constraint over K candidates; ``state`` is 1 yes, 0 undecided, −1 no."""

    state: NDArray[np.int64]
    passes: Bools
    left: Floats
    right: Floats


class Family(Record):
    """How many candidates and constraints share the error of a choice.

    ``candidates`` are those that no exact constraint rules out, ``constraints`` those with an
    interval: what is exact takes no part of the error.
    """

    candidates: int
    constraints: int


def judge_all(
    constraints: Sequence[Comparison], columns: Columns, count: int, confidence: float
) -> tuple[list[Judged], Family]:
    """Return all constraints over K candidates, and who shares the error of 1 − confidence.

    A candidate meets all constraints falsely only where it meets the one that it breaks, so that
    each may take the whole error of the candidate (Berger 1982): α/k, one-sided, for k candidates.
    It breaks one falsely where any of the m does: α/(km).
    """
    open_ = [bool(uncertain(_gap(c), columns)) for c in constraints]
    left = np.ones(count, bool)
    for one, unsure in zip(constraints, open_, strict=True):
        if not unsure:
            left &= judge(one, columns, confidence).state >= 0
    family = Family(max(int(left.sum()), 1), sum(open_))
    return [judge(c, columns, confidence, family) for c in constraints], family


def _gap(constraint: Comparison) -> Binary:
    return Binary("-", constraint.left, constraint.right)


ALONE = Family(1, 1)


def judge(
    constraint: Comparison, columns: Columns, confidence: float, family: Family = ALONE
) -> Judged:
    """Return whether each candidate meets a constraint: surely, surely not, or undecided.

    A candidate whose interval is not known is judged by its value; one whose value is not known
    is undecided.

    Source: Clopper and Pearson (1934), Biometrika 26; Berger (1982), Technometrics 24
    (intersection-union tests).
    """
    both = _gap(constraint)
    whole = unit(both, columns)
    k, m = family.candidates, max(family.constraints, 1)
    m *= 2 if constraint.operator == "==" else 1  # which is broken on either side
    gap, wide = (
        evaluate(both, columns, one_sided(confidence, share), exact=True) for share in (k, k * m)
    )
    left = evaluate(constraint.left, columns, confidence, whole).value
    right = evaluate(constraint.right, columns, confidence, whole).value
    allowed = ROUNDING * np.maximum(np.abs(left), np.abs(right))
    value, high, low, top = gap.value, gap.high, wide.low, wide.high
    if constraint.operator in (">", ">="):
        value, high, low, top = -value, -gap.low, -wide.high, -wide.low
    with np.errstate(invalid="ignore"):
        if constraint.operator == "==":
            passes = np.abs(value) <= allowed
            surely = passes & (top - low <= 2 * allowed)
            hopeless = (low > allowed) | (top < -allowed)
        elif constraint.operator in ("<", ">"):
            passes, surely, hopeless = value < -allowed, high < -allowed, low >= -allowed
        else:
            passes, surely, hopeless = value <= allowed, high <= allowed, low > allowed
    unknown = np.isnan(low) | np.isnan(high)
    state = np.where(surely, 1, np.where(hopeless, -1, 0))
    state = np.where(unknown, np.where(passes, 1, -1), state)
    state = np.where(np.isnan(value), 0, state)
    return Judged(state.astype(np.int64), passes, left, right)


def cost(constraint: Comparison, judged: Judged) -> Floats:
    """Return what is to be small for a constraint to be met more easily."""
    gap = judged.left - judged.right
    if constraint.operator == "==":
        return np.abs(gap)
    return gap if constraint.operator in ("<", "<=") else -gap


def nearest(names: Sequence[str], judged: Sequence[Judged], merit: Floats) -> tuple[str, ...]:
    """Return who misses by least: the largest miss of each relative to its bound."""
    worst = np.zeros(len(names))
    for one in judged:
        unit = np.where(one.right != 0, np.abs(one.right), np.maximum(np.abs(one.left), 1e-300))
        miss = np.where(one.passes, 0.0, np.abs(one.left - one.right) / unit)
        worst = np.maximum(worst, np.where(np.isnan(miss), np.inf, miss))
    worst = np.where(np.isnan(merit), np.inf, worst)
    least = worst.min()
    if not np.isfinite(least) or least == 0:
        return ()
    close = np.flatnonzero(worst <= least * (1 + ROUNDING))
    order = np.lexsort((close, -merit[close]))
    return tuple(names[i] for i in close[order])


def miss(constraint: Comparison, judged: Judged, i: int) -> Miss:
    """Return by how much candidate i misses a constraint, by its value."""
    left, right = float(judged.left[i]), float(judged.right[i])
    return Miss(constraint.text, left, right, abs(left - right))


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


class Axis(Record):
    """K values with the ends of their intervals, and the bound that they are held against.

    NaN where a value or an end is not known. ``operator`` has the values on its left.
    """

    text: str
    label: str
    operator: str
    bound: float
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def lower_is_better(self) -> bool | None:
        """Whether less meets the constraint more easily; None for an equality."""
        return None if self.operator == "==" else self.operator in ("<", "<=")


def axis_of(constraint: Comparison, columns: Columns, confidence: float) -> Axis:
    """Return a constraint as an axis.

    Where one side names no column it is the bound; where both do, the axis is their difference
    and the bound is 0.
    """
    text, operator = constraint.text, constraint.operator
    both = _gap(constraint)
    whole = unit(both, columns)
    left, right = (any(True for _ in columns_in(x)) for x in (constraint.left, constraint.right))
    if left and right:
        span, bound, label = evaluate(both, columns, confidence, whole), 0.0, f"margin of {text}"
    elif left:
        span = evaluate(constraint.left, columns, confidence, whole)
        bound = float(evaluate(constraint.right, columns, confidence, whole).value[0])
        label = text.rpartition(operator)[0]
    else:
        span = evaluate(constraint.right, columns, confidence, whole)
        bound = float(evaluate(constraint.left, columns, confidence, whole).value[0])
        label, operator = text.partition(operator)[2], _TURNED[operator]
    values, low, high = (tuple(map(float, x)) for x in (span.value, span.low, span.high))
    return Axis(text, label.replace("`", "").strip(), operator, bound, values, low, high)


def pareto_front(costs: Floats) -> Bools:
    """Tell which of K points no other point dominates.

    A point is dominated by one that is no worse in every cost and better in one. Equal points do
    not dominate each other; a point with an unknown cost is not on the front.

    Costs are D×K numbers of which lower is better.
    """
    front = np.zeros(costs.shape[1], bool)
    known = np.flatnonzero(~np.isnan(costs).any(axis=0))
    distinct, place = np.unique(costs[:, known], axis=1, return_inverse=True)
    # np.unique sorts by the first cost, then the next, so nothing dominates what stands before it.
    kept = np.empty_like(distinct)
    size = 0
    best = np.zeros(distinct.shape[1], bool)
    for i in range(distinct.shape[1]):
        point = distinct[:, i]
        if size and np.all(kept[:, :size] <= point[:, None], axis=0).any():
            continue
        kept[:, size] = point
        size += 1
        best[i] = True
    front[known] = best[place.reshape(-1)]
    return front
