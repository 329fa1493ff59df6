# Over 300 lines: what slices are counted in, and the search through them.
"""The search: every value and every pair of values, ranked by what it has above the rest.

The score of a row is 1 where it is wrong, or the error of model b less that of model a. The
excess of a slice is its score less what its rows would have at the mean of the rest: errors above
the rest, not a rate, so that a large slice that is somewhat worse outranks a tiny one that is
always wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Cells, Floats, Ints
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Figure
from mlstrat.core.groups import proportion
from mlstrat.core.record import Record
from mlstrat.core.wording import clean

Where = tuple[tuple[str, str], ...]
"""A slice as a person names it: one or two columns, each with its value."""


def condition(column: str, value: str, longest: int = 24) -> str:
    """Return one condition of a slice as people read it: ``site = north``, ``age >= 40``."""
    name = clean(column, longest)
    if value.startswith(("< ", ">= ")):
        return f"{name} {clean(value, longest)}"
    return f"{name} = {clean(value, longest) or '(blank)'}"


def slice_name(where: Mapping[str, str], longest: int = 24) -> str:
    """Return a slice as people read it."""
    return ", ".join(condition(column, value, longest) for column, value in where.items())


class SliceColumn(Record):
    """A column cut into categories, or ranges of a number; "" is blank.

    ``joined`` is how many rare values the last one stands for; 0 where none was joined.
    """

    name: str
    values: tuple[str, ...]
    joined: int = 0


Reason = Literal["id", "constant", "rare", "nested", "prediction", "error", "model"]
"""Why a column is no use to slice by. The last three are circular: it follows from the prediction,
tells the error, or is a model's own."""

CIRCULAR: frozenset[Reason] = frozenset({"prediction", "error", "model"})


class LeftOut(Record):
    """A column that is no use to slice by: why, and how many values it has (about)."""

    name: str
    reason: Reason
    distinct: int


class SliceCounts(Record):
    """Rows by part, outcome, and the value of each column or pair of columns.

    A part is one of two halves, or one of two splits; an outcome is what became of a row.
    ``singles`` has for each column an array of shape (parts, outcomes, values), ``pairs`` for two
    positions in ``columns``, the lower one first, (parts, outcomes, values, values).
    """

    columns: tuple[SliceColumn, ...]
    singles: tuple[Ints, ...]
    pairs: Mapping[tuple[int, int], Ints] = field(default_factory=dict)

    def sum_of(self, score: Sequence[int]) -> int:
        """Return the score of all rows, scores being by outcome."""
        return int(np.asarray(score, np.int64) @ self.totals.sum(axis=0))

    @property
    def totals(self) -> Ints:
        """Rows by part and outcome."""
        return np.asarray(self.singles[0].sum(axis=2))


class GroupSums(Record):
    """Rows and scores of G groups, each in one half as a whole; in S slices of shape (G, S)."""

    half: Ints
    rows: Ints
    score: Ints
    slice_rows: Ints
    slice_score: Ints

    def of_half(self, half: int) -> GroupSums:
        """Return the groups of one half."""
        keep = self.half == half
        return GroupSums(*(getattr(self, name)[keep] for name in self.__annotations__))


class WeightSums(Record):
    """Weights and their squares, shape (K, S + 1), of S slices and then of everything.

    K kinds of rows: right or wrong, and by group where there are groups.
    """

    wrong: NDArray[np.bool_]
    group: Ints | None
    weight: Floats
    squared: Floats

    def totals(self, place: int) -> tuple[float, float]:
        """Return the weight of a slice and that of its errors; of everything at −1."""
        mine = self.weight[:, place]
        return float(mine.sum()), float(mine[self.wrong].sum())

    def error(self, place: int, rows: int, confidence: float) -> Figure:
        """Return the weighted error of a slice, with the interval that other commands give it."""
        here = self.weight[:, place] > 0
        weight, squared = (x[here, place] for x in (self.weight, self.squared))
        wrong = self.wrong[here]
        zero = np.zeros(len(wrong), np.int64)
        group = None if self.group is None else self.group[here]
        cells = Cells(
            ("right", "wrong"), ("",), zero, zero, wrong.astype(np.int64), zero + 1, weight,
            np.where(squared > 0, squared, weight**2), weighted=True, group=group,
        )  # fmt: skip
        found = proportion(cells, wrong, np.ones(len(wrong), bool))
        if found is None:
            return Figure(None, None, rows, "undefined: no weight")
        if found.groups is not None and found.groups < FEWEST_GROUPS:
            return Figure(found.value, None, rows, few_groups(found.groups))
        return Figure(found.value, found.interval(confidence), rows)


def few_groups(groups: int) -> str:
    """Return why there is no interval of rows in few groups."""
    return f"no interval: {groups} groups, and fewer than {FEWEST_GROUPS} do not tell their spread"


MOST_TESTED = 20
"""Slices that are tested: each test more makes Holm's adjustment harder."""

SAME_ROWS = 0.95
"""Two slices with this share of all their rows in common are one under two names."""

BEYOND = 2.0
"""Standard errors by which a pair of conditions must exceed each of the two alone, or it is
explained by that one; and within which a slice without its strongest pair is like the rest."""


SEARCHED, HELD_OUT = 0, 1
"""The two halves: slices are found on the one, and tested on the other."""

LISTED = 200
"""Slices that are looked at closely: what nobody reads need not be told apart."""

MOST_OVERLAPS = 3_000
"""Pairs of slices whose common rows are counted, those of the highest ranks first."""

Pairs = Sequence[tuple[int, int]]


class Conditions(Record):
    """S slices, each one or two conditions: positions of columns, and codes of their values.

    The second is −1 where there is none.
    """

    first: Ints
    first_value: Ints
    second: Ints
    second_value: Ints

    def __len__(self) -> int:
        return len(self.first)

    def take(self, places: Ints) -> Conditions:
        """Return some of them, in the order asked for."""
        return Conditions(*(getattr(self, name)[places] for name in self.__annotations__))

    def codes(self, place: int) -> list[tuple[int, int]]:
        """Return the conditions of one slice, as column and value."""
        both = [(int(self.first[place]), int(self.first_value[place]))]
        if self.second[place] >= 0:
            both.append((int(self.second[place]), int(self.second_value[place])))
        return both


class Search(Record):
    """S slices that are frequent enough, and what was found in them.

    ``score`` is by outcome, ``rows`` and ``total`` scores are by half and slice, shape (2, S);
    ``excess`` and ``found`` the S scores above the rest, on all rows and on the searched half.
    ``explained`` are positions of the slice that explains one, −1 where none does: a single
    condition without which a pair has no more errors, or the pair that is all of a single
    condition's excess. ``two_sided`` tells whether a score below the rest is of interest, too.
    """

    counts: SliceCounts
    score: Ints
    slices: Conditions
    rows: Ints
    total: Ints
    excess: Floats
    found: Floats
    explained: Ints
    two_sided: bool

    def strength(self, values: Floats) -> Floats:
        """Return what slices are ranked by."""
        return np.asarray(np.abs(values) if self.two_sided else values)

    def ranked(self) -> Ints:
        """Return the positions of slices worth a closer look, the strongest first."""
        strength, found = self.strength(self.excess), self.strength(self.found)
        order = _falling(strength)
        best = order[strength[order] > 0][:LISTED]
        candidates = np.flatnonzero((self.explained < 0) & (found > 0))
        likely = candidates[_falling(found[candidates])][: LISTED // 2]
        both = np.union1d(best, likely)
        # Those that stand for themselves come first, then those that another accounts for; last
        # those that only the searched half has more errors on.
        order = np.lexsort((-strength[both], self.explained[both] >= 0, strength[both] <= 0))
        return np.asarray(both[order])

    def where(self, place: int) -> Where:
        """Return a slice as a person names it."""
        columns = self.counts.columns
        return tuple((columns[c].name, columns[c].values[v]) for c, v in self.slices.codes(place))

    def table(self, place: int) -> Ints:
        """Return the rows of a slice by half and outcome."""
        (i, v), *more = self.slices.codes(place)
        if not more:
            return np.asarray(self.counts.singles[i][:, :, v])
        ((j, w),) = more
        return np.asarray(self.counts.pairs[i, j][:, :, v, w])


def search(
    counts: SliceCounts, score: Sequence[int], smallest: int, *, two_sided: bool = False
) -> Search:
    """Return all slices with `smallest` rows or more, and what their scores are."""
    points = np.asarray(score, np.int64)
    slices, rows, total, square = _everything(counts, points)
    whole, all_rows = counts.totals, counts.totals.sum()
    enough = (rows.sum(axis=0) >= smallest) & (rows.sum(axis=0) < all_rows)
    enough &= ~_joined(counts, slices)
    parents = _parents(counts, slices)
    seen, scored = rows[SEARCHED], total[SEARCHED]
    rate = _ratio(scored, seen)
    spread = _ratio(square[SEARCHED], seen) - rate**2
    of_half = whole[SEARCHED]
    rest = _ratio(points @ of_half - scored, of_half.sum() - seen)
    found = scored - seen * rest
    everywhere, points_there = rows.sum(axis=0), total.sum(axis=0)
    excess = points_there - everywhere * _ratio(
        points @ whole.sum(axis=0) - points_there, all_rows - everywhere
    )
    size = max(int(of_half.sum()), 1)
    variance = float((points**2 @ of_half) / size - (points @ of_half / size) ** 2)
    sign = np.sign(found) if two_sided else np.ones(len(slices))
    explained = np.full(len(slices), -1)
    for parent in parents:
        pair = np.flatnonzero(parent >= 0)
        above = parent[pair]
        beyond = sign[pair] * (scored[pair] - seen[pair] * rate[above])
        needed = BEYOND * np.sqrt(seen[pair] * np.maximum(spread[above], 0.0))
        same = pair[(beyond <= needed) & (explained[pair] < 0)]
        explained[same] = parent[same]
    clear = sign * found > BEYOND * np.sqrt(seen * max(variance, 0.0))
    own = np.flatnonzero(enough & clear & (explained < 0) & (slices.second >= 0))
    # The strongest part of a slice comes last, and stays.
    own = own[np.argsort(np.abs(found[own]), kind="stable")]
    for parent in parents:
        above = parent[own]
        n, score_left = seen[above] - seen[own], scored[above] - scored[own]
        left = sign[own] * (score_left - n * rest[above])
        alike = sign[own] * found[above] > 0
        nothing = alike & (left <= BEYOND * np.sqrt(n * max(variance, 0.0)))
        explained[above[nothing]] = own[nothing]
    keep = np.flatnonzero(enough)
    place = np.full(len(slices) + 1, -1)  # the last entry serves −1
    place[keep] = np.arange(len(keep))
    return Search(
        counts, points, slices.take(keep), rows[:, keep], total[:, keep], excess[keep],
        found[keep], place[explained[keep]], two_sided,
    )  # fmt: skip


def _ratio(part: Ints, whole: Ints) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0))


def _everything(counts: SliceCounts, score: Ints) -> tuple[Conditions, Ints, Ints, Ints]:
    """Return all slices, and by half their rows, scores and squared scores."""
    conditions, tables = [], []
    for i, table in enumerate(counts.singles):
        k = table.shape[2]
        conditions.append((np.full(k, i), np.arange(k), np.full(k, -1), np.full(k, -1)))
        tables.append(table)
    for (i, j), table in counts.pairs.items():
        parts, outcomes, a, b = table.shape
        conditions.append((
            np.full(a * b, i), np.repeat(np.arange(a), b),
            np.full(a * b, j), np.tile(np.arange(b), a),
        ))  # fmt: skip
        tables.append(table.reshape(parts, outcomes, a * b))
    slices = Conditions(*map(np.concatenate, zip(*conditions, strict=True)))
    rows, total, square = (
        np.concatenate([np.einsum("o,hos->hs", s, t) for t in tables], axis=1)
        for s in (np.ones_like(score), score, score**2)
    )
    return slices, rows, total, square


def _joined(counts: SliceCounts, slices: Conditions) -> NDArray[np.bool_]:
    """Tell of each slice whether a condition of it is what rare values are joined to: no slice."""
    last = np.array([len(x.values) - 1 if x.joined else -1 for x in counts.columns])
    second = np.where(slices.second >= 0, last[slices.second], -2)
    return np.asarray((slices.first_value == last[slices.first]) | (slices.second_value == second))


def _parents(counts: SliceCounts, slices: Conditions) -> tuple[Ints, Ints]:
    """Return the positions of the first and of the second condition of pairs alone, else −1."""
    starts = np.cumsum([0, *(t.shape[2] for t in counts.singles)])
    pair = slices.second >= 0
    first = np.where(pair, starts[slices.first] + slices.first_value, -1)
    second = np.where(pair, starts[slices.second] + slices.second_value, -1)
    return first, second


def _falling(values: Floats) -> Ints:
    return np.asarray(np.argsort(-values, kind="stable"))


class Ranked(Record):
    """Slices that stand for themselves, and which of them are tested.

    ``places`` are positions in the search, the strongest first; ``also`` those of the slices with
    the same rows, ``tested`` positions within ``places``.
    """

    found: Search
    places: Ints
    also: tuple[tuple[int, ...], ...]
    tested: tuple[int, ...]

    @property
    def slices(self) -> Conditions:
        """The conditions of each."""
        return self.found.slices.take(self.places)


def rank(found: Search, overlaps: Callable[[Conditions, Pairs], Ints]) -> Ranked:
    """Return the slices that stand for themselves, and choose those to be tested.

    `overlaps` counts the rows that pairs of slices have in common.
    """
    ranked = found.ranked()
    pairs = _to_compare(found, ranked)
    folded = _fold(found, ranked, pairs, overlaps(found.slices.take(ranked), pairs))
    places = ranked[list(folded)] if folded else ranked[:0]
    strength = found.strength(found.found)[places]
    candidates = [i for i, place in enumerate(places)
                  if found.explained[place] < 0 and strength[i] > 0
                  and found.rows[HELD_OUT, place] > 0]  # fmt: skip
    candidates.sort(key=lambda i: -strength[i])
    also = tuple(tuple(int(ranked[k]) for k in names) for names in folded.values())
    return Ranked(found, places, also, tuple(sorted(candidates[:MOST_TESTED])))


def _to_compare(found: Search, ranked: Ints) -> Pairs:
    """Return the pairs of slices that may have the same rows, as positions in `ranked`.

    Only slices of nearly one size can, and only where any condition of the one shares as many
    rows with any of the other, which the tables of pairs tell. The strongest come first.
    """
    rows = found.rows.sum(axis=0)[ranked]
    tables = {k: t.sum(axis=(0, 1)) for k, t in found.counts.pairs.items()}
    conditions = [found.slices.codes(place) for place in ranked]
    out = []
    for j in range(1, len(ranked)):
        close = np.minimum(rows[:j], rows[j]) >= SAME_ROWS * np.maximum(rows[:j], rows[j])
        for i in np.flatnonzero(close):
            least = SAME_ROWS * max(rows[i], rows[j])
            if all(_shared(tables, x, y) >= least for x in conditions[i] for y in conditions[j]):
                out.append((int(i), j))
    return out[:MOST_OVERLAPS]


def _shared(
    tables: Mapping[tuple[int, int], Ints], x: tuple[int, int], y: tuple[int, int]
) -> float:
    """Return how many rows meet two conditions; all, where they are one."""
    if x[0] == y[0]:
        return math.inf if x == y else 0.0
    (i, v), (j, w) = min(x, y), max(x, y)
    return float(tables[i, j][v, w])


def _fold(found: Search, ranked: Ints, pairs: Pairs, common: Ints) -> dict[int, list[int]]:
    """Return the slices that stand for themselves, each with those that it stands for.

    Of slices with the same rows the one with the fewest conditions stands for all, of equals the
    strongest. Keys and values are positions in `ranked`, keys in its order.
    """
    rows = found.rows.sum(axis=0)[ranked]
    shared: dict[tuple[int, int], int] = dict(zip(pairs, map(int, common), strict=True))
    conditions = (found.slices.second[ranked] >= 0).astype(int)
    order = sorted(range(len(ranked)), key=lambda i: (conditions[i], i))
    stands: dict[int, list[int]] = {}
    for i in order:
        for other, names in stands.items():
            both = shared.get((min(i, other), max(i, other)), 0)
            if both >= SAME_ROWS * (rows[i] + rows[other] - both):
                names.append(i)
                break
        else:
            stands[i] = []
    return {i: sorted(stands[i]) for i in sorted(stands)}
