"""Where two models differ otherwise than elsewhere; found on one half, tested on the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, Ints
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.intervals import (
    newcombe_interval,
    normal_quantile,
    paired_correlation,
    proportion,
    t_quantile,
    wilson_interval,
)
from mlstrat.workflow.slices.compute import Ranked, adjusted_of, explained_of, names_of, table_of
from mlstrat.workflow.slices.counts import GroupSums, SliceCounts, Where
from mlstrat.workflow.slices.search import HELD_OUT, Search
from mlstrat.workflow.slices.significance import drawn_tail, group_p


@dataclass(frozen=True)
class SliceDifference:
    """Rows on which two models differ otherwise than on the rest.

    ``difference`` is the error of b less that of a; ``excess`` how many errors of b this is more
    (or less) than these rows would bring at the difference of the rest. Quadrants are both right,
    only a, only b, both wrong. The other attributes are as of `Slice`.
    """

    where: Where
    n: int
    quadrants: tuple[int, int, int, int]
    difference: Figure
    rest: float | None
    excess: float
    p_value: float | None = None
    p_adjusted: float | None = None
    confirmed: bool = False
    also: tuple[Where, ...] = ()
    explained_by: Where | None = None


def difference_slices(
    found: Search, ranked: Ranked, sampling: Sampling, sums: GroupSums | None = None
) -> tuple[SliceDifference, ...]:
    """Return slices by how far the difference of two models is from that on the rest.

    Parameters are those of `error_slices`, scores being `B_LESS_A`.
    """
    held = None if sums is None else sums.of_half(HELD_OUT)
    whole = found.counts.totals
    p_values: dict[int, float] = {}
    for i in ranked.tested:
        table = table_of(found, int(ranked.places[i]))[HELD_OUT]
        p = drawn_tail(whole[HELD_OUT], table, found.score, sampling, i)
        if held is not None:
            by_group = group_p(held, i, two_sided=True)
            if by_group is None:
                continue
            p = max(p, by_group)
        p_values[i] = p
    adjusted = adjusted_of(p_values)
    n, total = int(whole.sum()), int(found.score @ whole.sum(axis=0))
    out = []
    for i, place in enumerate(ranked.places):
        q = table_of(found, int(place)).sum(axis=0)
        rows, score = int(q.sum()), int(found.score @ q)
        out.append(
            SliceDifference(
                found.slices.where(found.counts.columns, int(place)),
                rows,
                (int(q[0]), int(q[1]), int(q[2]), int(q[3])),
                difference_figure(q, sampling.confidence, sums, i),
                (total - score) / (n - rows),
                float(found.excess[place]),
                p_values.get(i),
                adjusted.get(i),
                i in adjusted and adjusted[i] <= 1 - sampling.confidence + 1e-12,
                names_of(found, ranked.also[i]),
                explained_of(found, int(place)),
            )
        )
    return tuple(out)


def whole_difference(counts: SliceCounts, confidence: float, *, grouped: bool) -> SliceDifference:
    """Return the difference of two models on all rows; `compare` has its interval by groups."""
    q = counts.totals.sum(axis=0)
    found = difference_figure(q, confidence, None, 0)
    if grouped:
        found = Figure(found.value, None, found.n, "no interval: compare has it, by groups")
    return SliceDifference(
        (), int(q.sum()), (int(q[0]), int(q[1]), int(q[2]), int(q[3])), found, None, 0.0
    )


def difference_figure(q: Ints, confidence: float, sums: GroupSums | None, place: int) -> Figure:
    """Return the error of b less that of a: Newcombe's paired interval, or t of groups.

    Of rows that both get right, only a, only b, neither; of groups their sums in a slice.
    """
    both, only_a, only_b, neither = (int(x) for x in q)
    n = both + only_a + only_b + neither
    a, b = (only_b + neither) / n, (only_a + neither) / n
    if sums is None:
        z = normal_quantile(confidence)
        phi = paired_correlation(neither, only_b, only_a, both)
        ci = newcombe_interval(a, wilson_interval(a, n, z), b, wilson_interval(b, n, z), phi)
        return Figure(b - a, (max(-1.0, ci[0]), min(1.0, ci[1])), n)
    inside = sums.slice_rows[:, place] > 0
    groups = int(inside.sum())
    if groups < FEWEST_GROUPS:
        return Figure(b - a, None, n, f"no interval: {groups} groups")
    moved = (sums.slice_score[inside, place] - (b - a) * sums.slice_rows[inside, place]) / n
    by_rows = ((only_a + only_b) / n - (b - a) ** 2) / n
    variance = max(groups / (groups - 1) * float(np.sum(moved**2)), by_rows, 1 / (n + 1) ** 2)
    half = t_quantile(confidence, groups - 1) * variance**0.5
    return Figure(b - a, (max(-1.0, b - a - half), min(1.0, b - a + half)), n)


@dataclass(frozen=True)
class LabelPair:
    """Rows of one label that were given another.

    Attributes
    ----------
    label, prediction
        What they are, and what they were called; "" is an abstention.
    errors
        How many they are.
    share_of_errors
        Of all errors, by weight.
    gain
        How much the error of the split would fall if all were fixed, the ceiling; a fraction.
    left
        The error that would be left.
    """

    label: str
    prediction: str
    errors: int
    share_of_errors: float
    gain: Figure
    left: float


def label_pairs(cells: Cells, confidence: float) -> tuple[LabelPair, ...]:
    """Return all pairs of labels that were mistaken for each other, the largest share first.

    Examples
    --------
    >>> import numpy as np
    >>> ones = np.ones(3)
    >>> cells = Cells(("cat", "dog"), ("dev",), np.zeros(3, int), np.array([0, 1, 1]),
    ...               np.array([0, 0, 1]), np.array([50, 10, 40]), 50 * ones, 50 * ones)
    >>> [(x.label, x.prediction, x.errors, x.left) for x in label_pairs(cells, 0.95)]
    [('dog', 'cat', 10, 0.0)]
    """
    total, all_wrong = float(cells.weight.sum()), float(cells.weight[cells.wrong].sum())
    wrong = np.flatnonzero(cells.wrong)
    kinds = np.unique(np.stack([cells.truth[wrong], cells.predicted[wrong]]), axis=1).T
    everything = np.ones(len(cells.n), bool)
    few = cells.group is not None and len(np.unique(cells.group)) < FEWEST_GROUPS
    out = []
    for truth, called in kinds:
        here = (cells.truth == truth) & (cells.predicted == called)
        found = proportion(cells, here, everything)
        weight = float(cells.weight[here].sum())
        if found is None or not all_wrong > 0:
            continue
        ci = None if few else found.interval(confidence)
        gain = Figure(weight / total, ci, cells.rows)
        name = "" if called == ABSTAINED else cells.labels[called]
        out.append(LabelPair(
            cells.labels[truth], name, int(cells.n[here].sum()), weight / all_wrong, gain,
            (all_wrong - weight) / total,
        ))  # fmt: skip
    return tuple(sorted(out, key=lambda x: (-x.share_of_errors, -x.errors)))
