"""What slicing a run comes to, beside its slices: people, the slice that leads, labels, a map.

People are compared, and the slice that leads is chosen, on the searched half, so that the test on
the other is honest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, Ints
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Estimate, Figure, Sampling
from mlstrat.core.intervals import normal_quantile, one_sided, p_value, proportion
from mlstrat.core.paired_tests import mcnemar_exact
from mlstrat.core.sample_size.to_settle import IntervalAt, Side, ToSettle, settle
from mlstrat.core.wording import Scale
from mlstrat.workflow.slices.compute import (
    PeopleThere,
    Slice,
    SliceDifference,
    adjusted_of,
    difference_figure,
    error_figure,
    is_confirmed,
)
from mlstrat.workflow.slices.search import (
    HELD_OUT,
    MOST_TESTED,
    SEARCHED,
    GroupSums,
    LeftOut,
    Ranked,
    SliceColumn,
    SliceCounts,
    slice_name,
)

if TYPE_CHECKING:
    from mlstrat.core.findings import Finding
    from mlstrat.workflow.slices.mismatch import Mismatch

ANSWERED = (0, 0, 1, 1, 1, 1)
MODEL_LESS_PEOPLE = (0, 0, 0, 1, -1, 0)
"""Scores by outcome, which is wrong + 2 × what people say (0 nothing, 1 right, 2 wrong)."""


@dataclass(frozen=True)
class Leading:
    """The strongest slice of the searched half, and what would settle whether it is one."""

    slice: Slice
    to_settle: ToSettle | None


@dataclass(frozen=True)
class LabelPair:
    """Rows of one label that were given another, "" being an abstention.

    ``gain`` is how much the error of the split would fall if all were fixed, ``left`` the error
    that would be left.
    """

    label: str
    prediction: str
    errors: int
    share_of_errors: float
    gain: Figure
    left: float


@dataclass(frozen=True)
class Heat:
    """Rows and errors by the values of two columns."""

    columns: tuple[SliceColumn, SliceColumn]
    rows: Ints
    errors: Ints


@dataclass(frozen=True, kw_only=True)
class Sliced:
    """A run, sliced: the strongest slices, and the most frequent pairs of labels, first.

    ``errors`` is None where they are no counts; ``unit`` is what the halves are made by, and like
    ``half_rows`` (searched and held out) None where all slices were tested on all rows. ``share``
    tells whether the error ends at 1.
    """

    split: str
    n: int
    errors: int | None
    error: Figure
    columns: tuple[SliceColumn, ...]
    left_out: tuple[LeftOut, ...]
    smallest: int
    slices: tuple[Slice, ...]
    unit: Literal["group", "id", "row", "lot"] | None = None
    half_rows: tuple[int, int] | None = None
    pairs: tuple[LabelPair, ...] = ()
    differences: tuple[SliceDifference, ...] | None = None
    whole_difference: SliceDifference | None = None
    mismatch: Mismatch | None = None
    heat: Heat | None = None
    leading: Leading | None = None
    findings: tuple[Finding, ...] = ()
    share: bool = True


def compare_people(
    ranked: Ranked, sampling: Sampling, sums: GroupSums | None = None
) -> dict[int, PeopleThere]:
    """Return the model against people, by position within the slices of `ranked`.

    The twenty slices with the most errors on the searched half that people do not make are tested
    on the other half: exact McNemar, one-sided, and with groups also the linearised difference with
    t(G − 1); Holm over those that are tested. `sums` are rows that people answered, and
    `MODEL_LESS_PEOPLE` of them, by group.
    """
    tables = [ranked.found.table(place) for place in ranked.places]
    ahead = [int(np.dot(MODEL_LESS_PEOPLE, table[SEARCHED])) for table in tables]
    candidates = [
        i
        for i, place in enumerate(ranked.places)
        if ahead[i] > 0 and ranked.found.explained[place] < 0 and tables[i][HELD_OUT, 2:].any()
    ]
    candidates.sort(key=lambda i: -ahead[i])
    held = None if sums is None else sums.of_half(HELD_OUT)
    p_values = {}
    for i in candidates[:MOST_TESTED]:
        p = _p_value(tables[i][HELD_OUT], held, i)
        if p is not None:
            p_values[i] = p
    adjusted = adjusted_of(p_values)
    out = {}
    for i, table in enumerate(tables):
        whole = table.sum(axis=0)
        answered = int(whole[2:].sum())
        out[i] = PeopleThere(
            error_figure(answered, int(whole[4:].sum()), sampling.confidence),
            int(whole[3] + whole[5]) / answered if answered else None,
            difference_figure(table[HELD_OUT, 2:], sampling.confidence, held, i)
            if i in adjusted
            else None,
            adjusted.get(i),
            is_confirmed(adjusted.get(i), sampling),
        )
    return out


def _p_value(table: Ints, sums: GroupSums | None, place: int) -> float | None:
    """Return the one-sided p-value that people are no better; None for too few groups."""
    only_people, only_model = int(table[3]), int(table[4])
    if only_people <= only_model:
        return 1.0
    by_rows = mcnemar_exact(only_model, only_people) / 2
    if sums is None:
        return by_rows
    if (sums.slice_rows[:, place] > 0).sum() < FEWEST_GROUPS:
        return None

    def interval(confidence: float) -> tuple[float, float]:
        return difference_figure(table[2:], confidence, sums, place).ci or (-1.0, 1.0)

    return max(by_rows, p_value(interval) / 2)


def leading_slice(
    slices: Sequence[Slice], rows: int, split: str, confidence: float, tolerance: float
) -> Leading | None:
    """Return the strongest slice of the searched half, where the other half leans to it, too.

    One slice is looked at, which the other half had no part in choosing: so its p-value needs no
    adjustment to be named, only to be confirmed. It is settled where the adjusted test shows it, or
    rules out that its error is above the rest by the tolerance; of new rows, which come from
    `split`, one half is searched. None where a slice is confirmed.
    """
    tested = [x for x in slices if x.p_value is not None]
    lead = max(tested, key=lambda x: x.found, default=None)
    if lead is None or any(x.confirmed for x in tested):
        return None
    if lead.p_value is None or lead.p_value > 1 - confidence or lead.above is None:
        return None
    level = one_sided(confidence, len(tested))

    def decides(at: IntervalAt) -> bool:
        low, high = at(level)
        return low > 0 or high < tolerance

    where, points = slice_name(dict(lead.where)), Scale().points(tolerance)
    question = f"is the error of {where} above that of the rest, or by less than {points}?"
    # The interval of which the test's p-value is the inversion, so that the decision is the same.
    value = lead.above.value or 0.0
    error = value / normal_quantile(1 - 2 * lead.p_value)
    half = normal_quantile(confidence) * error
    above = Estimate(value, (value - half, value + half), rows, variance=error**2)
    side = Side(split, 1.0, above)
    return Leading(
        lead, settle(question, [side], decides, of_ci=confidence, hardest=(tolerance / 2,))
    )


def heat_of(counts: SliceCounts, score: Sequence[int]) -> Heat | None:
    """Return rows and errors by two columns; None where other than two are sliced by."""
    if len(counts.columns) != 2:
        return None
    table = counts.pairs[0, 1].sum(axis=0)
    errors = np.einsum("o,oab->ab", np.asarray(score, np.int64), table)
    return Heat((counts.columns[0], counts.columns[1]), np.asarray(table.sum(axis=0)), errors)


def label_pairs(cells: Cells, confidence: float) -> tuple[LabelPair, ...]:
    """Return all pairs of labels that were mistaken for each other, the largest share first."""
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
