# Over 300 lines: what slicing comes to, part by part.
"""What slicing a run comes to, beside its slices: people, the slice that leads, labels, a map.

People are compared, and the slice that leads is chosen, on the searched half, so that the test on
the other is honest.

The gap of two splits is another mix of slices, or more error within them. For the values v of a
column, with shares p and errors r in the first split, p′ and r′ in the second (Kitagawa 1955;
Oaxaca 1973):

    r̄′ − r̄ = Σ (p′ᵥ − pᵥ)(rᵥ + r′ᵥ)/2  +  Σ (pᵥ + p′ᵥ)/2 (r′ᵥ − rᵥ)
               another mix                  more error within

The two are exact and treat the splits alike. Of one value the mix part is taken around the mean of
the two errors, (p′ᵥ − pᵥ)((rᵥ + r′ᵥ)/2 − (r̄ + r̄′)/2), which adds up to the same. A value that one
split does not have has no error there: its part is all mix. Variances are linearised, rows or
groups being independent; errors enter them at Jeffreys' mean (k + ½)/(n + 1), so that no error
seen is not no variance. Simulated in `tests/workflow/slices/test_mismatch.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from mlstrat.core.counts import ABSTAINED, Bools, Cells, Floats, Ints
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Estimate, Figure, Sampling, interval_at
from mlstrat.core.groups import proportion
from mlstrat.core.intervals import (
    interval_of_largest,
    normal_quantile,
    one_sided,
    p_value,
    t_quantile,
)
from mlstrat.core.paired_tests import mcnemar_exact
from mlstrat.core.record import Record
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


class GroupCells(Record):
    """Rows by group, split, outcome and value: five columns of K cells."""

    group: Ints
    part: Ints
    outcome: Ints
    value: Ints
    n: Ints


class Part(Record):
    """One value's part in the gap: rows, shares and errors in the first and the second split.

    An error is None where there are no rows; ``mix`` and ``within`` are fractions of error.
    """

    column: str
    value: str
    rows: tuple[int, int]
    shares: tuple[float, float]
    errors: tuple[float | None, float | None]
    mix: Figure
    within: Figure

    @property
    def total(self) -> float:
        """Both parts."""
        return (self.mix.value or 0.0) + (self.within.value or 0.0)


class ColumnParts(Record):
    """The gap by the values of one column; ``mix`` and ``within`` add up to it.

    ``apart`` is ``mix`` less ``within``, ``degrees`` of freedom are those of all its intervals.
    """

    column: str
    mix: Figure
    within: Figure
    parts: tuple[Part, ...]
    apart: Figure
    degrees: int | None


class Mismatch(Record):
    """The gap of two splits, and what it is made of, by column; columns do not add up."""

    start: str
    end: str
    gap: Figure
    columns: tuple[ColumnParts, ...]
    confidence: float

    def slices(self) -> list[Part]:
        """Return the slices of all columns, the largest parts of the gap first."""
        parts = [part for column in self.columns for part in column.parts]
        return sorted(parts, key=lambda x: -abs(x.total))

    def _most_mix(self) -> ColumnParts:
        return max(self.columns, key=lambda x: x.mix.value or 0.0)

    def largest_mix(self) -> ColumnParts:
        """Return the column whose mix makes up most of the gap; its interval allows for that."""
        best = self._most_mix()
        return replace(best, mix=self._picked(best.mix, len(self.columns)))

    def largest_within(self) -> Part | None:
        """Return the value with the largest part within, where that is surely one of the gap."""
        parts = self.slices()
        best = max(parts, key=lambda x: x.within.value or 0.0)
        best = replace(best, within=self._picked(best.within, len(parts)))
        return best if best.within.ci is not None and best.within.ci[0] > 0 else None

    def mostly(self) -> Literal["mix", "within"] | None:
        """Return which of the two the gap is mostly made of; None where that is not sure."""
        apart = self._picked(self._most_mix().apart, len(self.columns)).ci
        if apart is None or apart[0] <= 0 <= apart[1]:
            return None
        return "mix" if apart[0] > 0 else "within"

    def _picked(self, figure: Figure, family: int) -> Figure:
        """Return a figure that was picked for being the largest, with its interval."""
        if figure.ci is None:
            return figure
        alike = Estimate(figure.value, figure.ci, degrees=self.columns[0].degrees)
        ci = interval_of_largest(
            lambda c: interval_at(alike, c, self.confidence), family, self.confidence
        )
        return replace(figure, ci=(max(ci[0], -1.0), ci[1]))


def decompose_column(
    column: SliceColumn, table: Ints, confidence: float, groups: GroupCells | None = None
) -> ColumnParts:
    """Return the parts of the gap by the values of a column.

    `table` are its rows by split, outcome (right, wrong) and value, shape (2, 2, values); `groups`
    the same rows by group, where they come in groups.
    """
    k = table.shape[2]
    n = table.sum(axis=1).astype(float)
    world = _World(n, _rates(n, table[:, 1]))
    mix, within = world.parts()
    # Both parts of every value, then their sums, and the one less the other: 2K + 3 figures.
    values = np.concatenate([mix, within, [mix.sum(), within.sum(), mix.sum() - within.sum()]])
    moved = np.stack([_with_sums(world.moved(s, rate=r), k) for s in (0, 1) for r in (0, 1)])
    variance, degrees = _variance(n, table, moved, groups)
    figures = _figures(values, variance, degrees, confidence, int(n.sum()))
    shares = n / n.sum(axis=1, keepdims=True)
    errors = [[float(table[s, 1, v] / n[s, v]) if n[s, v] else None for v in range(k)]
              for s in (0, 1)]  # fmt: skip
    parts = tuple(
        Part(
            column.name, column.values[v], (int(n[0, v]), int(n[1, v])),
            (float(shares[0, v]), float(shares[1, v])), (errors[0][v], errors[1][v]),
            figures[v], figures[k + v],
        )
        for v in range(k)
        if n[:, v].sum()
    )  # fmt: skip
    of_mix, of_within, apart = figures[2 * k :]
    return ColumnParts(column.name, of_mix, of_within, parts, apart, degrees)


def gap_figure(table: Ints, confidence: float, groups: GroupCells | None = None) -> Figure:
    """Return the whole gap, from rows by split, outcome and value: within a column of one value."""
    whole = table.sum(axis=2, keepdims=True)
    one = None
    if groups is not None:
        one = GroupCells(groups.group, groups.part, groups.outcome, 0 * groups.value, groups.n)
    return decompose_column(SliceColumn("", ("",)), whole, confidence, one).within


def _rates(n: Floats, wrong: Ints) -> Floats:
    """Return errors by split and value; where a split has no rows, those of the other."""
    rates = np.divide(wrong, n, out=np.zeros_like(n), where=n > 0)
    for here, there in ((0, 1), (1, 0)):
        rates[here] = np.where(n[here] > 0, rates[here], rates[there])
    return rates


class _World(Record):
    """Rows and errors by split and value, shapes (2, K)."""

    n: Floats
    rates: Floats

    @property
    def shares(self) -> Floats:
        return np.asarray(self.n / self.n.sum(axis=1, keepdims=True))

    @property
    def centre(self) -> float:
        return float((self.shares * self.rates).sum()) / 2

    def parts(self) -> tuple[Floats, Floats]:
        """Return the mix and the within part of every value."""
        p, r = self.shares, self.rates
        mix = (p[1] - p[0]) * (r.mean(axis=0) - self.centre)
        return np.asarray(mix), np.asarray(p.mean(axis=0) * (r[1] - r[0]))

    def moved(self, split: int, rate: int) -> Floats:
        """Return how one row of each value moves each figure, shape (K, 2K).

        Of a row of `split` with value v that is wrong (`rate` 1) or right (0).
        """
        k = self.n.shape[1]
        p, r, total = self.shares, self.rates, self.n[split].sum()
        sign = 1.0 if split else -1.0
        same = np.eye(k)
        share = (same - p[split]) / total  # of value u by a row of value v, shape (v, u)
        own = np.divide(rate - r[split], self.n[split], out=np.zeros(k), where=self.n[split] > 0)
        error = same * own[:, None]
        other = self.n[1 - split] == 0  # there the error is taken from this split
        mean = (rate - float(p[split] @ r[split])) / total
        gap = p[1] - p[0]
        mix = sign * share * (r.mean(axis=0) - self.centre) + gap * error * np.where(
            other, 1.0, 0.5
        )
        mix = mix - gap * mean / 2
        within = share / 2 * (r[1] - r[0]) + np.where(other, 0.0, sign * p.mean(axis=0) * error)
        return np.concatenate([mix, within], axis=1)


def _with_sums(moved: Floats, k: int) -> Floats:
    """Return the figures of values with their two sums, and these apart; shape (K, 2K + 3)."""
    mix, within = moved[:, :k].sum(axis=1), moved[:, k:].sum(axis=1)
    return np.concatenate([moved, np.stack([mix, within, mix - within], axis=1)], axis=1)


def _variance(
    n: Floats, table: Ints, moved: Floats, groups: GroupCells | None
) -> tuple[Floats, int | None]:
    """Return the variance of each figure and its degrees of freedom, None for rows.

    `moved` has shape (split and outcome, value, figure).
    """
    # What a right and a wrong row do, at their smoothed numbers.
    smooth = (table[:, 1] + 0.5) / (n + 1)
    rows = np.stack([n * (1 - smooth), n * smooth], axis=1).reshape(4, -1)
    by_rows = np.einsum("ov,ovf->f", rows, moved**2)
    if groups is None:
        return np.asarray(by_rows), None
    names, place = np.unique(groups.group, return_inverse=True)
    outcome = 2 * groups.part + groups.outcome
    by_cell = moved[outcome, groups.value] * groups.n[:, None]
    order = np.argsort(place.reshape(-1), kind="stable")
    starts = np.flatnonzero(np.diff(place.reshape(-1)[order], prepend=-1))
    by_group = np.add.reduceat(by_cell[order], starts, axis=0)
    count = len(names)
    spread = count / max(count - 1, 1) * np.sum(by_group**2, axis=0)
    fewest = min(len(np.unique(groups.group[groups.part == s])) for s in (0, 1))
    return np.maximum(spread, by_rows), fewest - 1


def _figures(
    values: Floats, variance: Floats, degrees: int | None, confidence: float, rows: int
) -> list[Figure]:
    if degrees is not None and degrees + 1 < FEWEST_GROUPS:
        reason = f"no interval: {degrees + 1} groups in a split"
        return [Figure(float(x), None, rows, reason) for x in values]
    quantile = normal_quantile(confidence) if degrees is None else t_quantile(confidence, degrees)
    halves = quantile * np.sqrt(variance)
    return [
        Figure(float(x), (max(-1.0, float(x - h)), min(1.0, float(x + h))), rows)
        if not math.isnan(h)
        else Figure(float(x), None, rows)
        for x, h in zip(values, halves, strict=True)
    ]


ANSWERED = (0, 0, 1, 1, 1, 1)
MODEL_LESS_PEOPLE = (0, 0, 0, 1, -1, 0)
"""Scores by outcome, which is wrong + 2 × what people say (0 nothing, 1 right, 2 wrong)."""


class Leading(Record):
    """The strongest slice of the searched half, and what would settle whether it is one."""

    slice: Slice
    to_settle: ToSettle | None


class LabelPair(Record):
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


class Heat(Record):
    """Rows and errors by the values of two columns."""

    columns: tuple[SliceColumn, SliceColumn]
    rows: Ints
    errors: Ints


class Sliced(Record, kw_only=True):
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

    def decides(at: IntervalAt) -> Bools:
        low, high = at(level)
        return (low > 0) | (high < tolerance)

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
