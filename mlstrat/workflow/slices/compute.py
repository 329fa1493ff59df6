"""Where errors concentrate: slices found on one half of the rows, tested on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import Ints
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.intervals import holm
from mlstrat.workflow.slices.counts import (
    MOST_TESTED,
    GroupSums,
    SliceCounts,
    WeightSums,
    Where,
)
from mlstrat.workflow.slices.search import HELD_OUT, Search
from mlstrat.workflow.slices.significance import (
    above_rest,
    error_figure,
    group_p,
    hypergeometric_tail,
)

ERROR = (0, 1)
ERROR_AND_PEOPLE = (0, 1, 0, 1, 0, 1)
"""Score by outcome: wrong + 2 × what people say (0 nothing, 1 right, 2 wrong)."""
ERROR_OF_A = (0, 0, 1, 1)
B_LESS_A = (0, 1, -1, 0)
"""Score by quadrant: both right, only a, only b, both wrong; the error of b less that of a."""


@dataclass(frozen=True)
class PeopleThere:
    """The model against people on the rows of a slice that people answered.

    Attributes
    ----------
    error, model
        The error of people and that of the model, on all of these rows.
    above
        The error of the model less that of people on the half that was not searched; None where
        this was not tested.
    p_adjusted
        That people are no better, by Holm's method.
    better
        Whether people surely are: the adjusted p-value is at most 1 − confidence.
    """

    error: Figure
    model: float | None
    above: Figure | None = None
    p_adjusted: float | None = None
    better: bool = False


@dataclass(frozen=True)
class Slice:
    """Rows that share a value, or two.

    Attributes
    ----------
    where
        Its conditions.
    n, errors
        Rows and wrong rows of the whole split; None where errors are no counts.
    error
        Their ratio, with the interval of a slice that was named beforehand.
    rest
        The error of all other rows.
    share_of_errors
        Of all errors of the split: what would go if all of these were fixed.
    lift
        Error over that of the split; None where there are no errors.
    excess
        Errors above what these rows would have at the error of the rest.
    p_value, p_adjusted
        On the half that was not searched; None where the slice was not tested.
    confirmed
        The adjusted p-value is at most 1 − confidence.
    held_out
        The error on the half that was not searched, where the slice was tested.
    also
        The same rows by other names.
    explained_by
        The slice that accounts for this one: one of its two conditions, where the other adds
        nothing, or the pair that holds all that one condition has above the rest.
    found
        Errors above the rest on the searched half.
    above
        The error less that of the rest on the half that was not searched, where it was tested.
    people
        The model against people; None without people.
    """

    where: Where
    n: int
    errors: int | None
    error: Figure
    rest: float | None
    share_of_errors: float | None
    lift: float | None
    excess: float
    p_value: float | None = None
    p_adjusted: float | None = None
    confirmed: bool = False
    held_out: Figure | None = None
    also: tuple[Where, ...] = ()
    explained_by: Where | None = None
    found: float = 0.0
    above: Figure | None = None
    people: PeopleThere | None = None


@dataclass(frozen=True)
class Ranked:
    """Slices as they were folded, and which of them are tested.

    Attributes
    ----------
    places
        Positions of the slices in the search, the strongest first.
    also
        By slice, the positions of those with the same rows.
    tested
        Positions within `places` of those that are tested.
    """

    places: Ints
    also: tuple[tuple[int, ...], ...]
    tested: tuple[int, ...]


def rank(found: Search, ranked: Ints, folded: dict[int, list[int]]) -> Ranked:
    """Return the slices that stand for themselves, and choose those to be tested."""
    places = ranked[list(folded)] if folded else ranked[:0]
    strength = found.strength(found.found)[places]
    candidates = [i for i in range(len(places))
                  if found.explained[places[i]] < 0 and strength[i] > 0
                  and found.rows[HELD_OUT, places[i]] > 0]  # fmt: skip
    candidates.sort(key=lambda i: -strength[i])
    also = tuple(tuple(int(ranked[k]) for k in names) for names in folded.values())
    return Ranked(places, also, tuple(sorted(candidates[:MOST_TESTED])))


def error_slices(
    found: Search,
    ranked: Ranked,
    sampling: Sampling,
    sums: GroupSums | None = None,
    people: Mapping[int, PeopleThere] | None = None,
    weights: WeightSums | None = None,
) -> tuple[Slice, ...]:
    """Return slices by errors above the rest.

    Parameters
    ----------
    found, ranked
        The search, with scores of `ERROR` or the like, and what it came to.
    sampling
        Confidence.
    sums
        By group, of the slices of `ranked`, where rows come in groups.
    people
        The model against people, by position within the slices of `ranked`.
    weights
        Of the slices of `ranked`, where rows have weights: the error of a slice, that of the rest
        and its share of errors are by weight; ranks and tests are of rows.
    """
    held = None if sums is None else sums.of_half(HELD_OUT)
    whole = found.counts.totals
    half = int(whole[HELD_OUT].sum()), int(found.score @ whole[HELD_OUT])
    p_values: dict[int, float] = {}
    for i in ranked.tested:
        place = ranked.places[i]
        rows, errors = (int(x[HELD_OUT, place]) for x in (found.rows, found.total))
        p = hypergeometric_tail(errors, rows, half[1], half[0])
        if held is not None:
            by_group = group_p(held, i, two_sided=False)
            if by_group is None:
                continue
            p = max(p, by_group)
        p_values[i] = p
    adjusted = adjusted_of(p_values)
    everything: tuple[float, float] = int(whole.sum()), int(found.score @ whole.sum(axis=0))
    if weights is not None:
        everything = weights.totals(-1)
    out = []
    for i, place in enumerate(ranked.places):
        rows, wrong = int(found.rows[:, place].sum()), int(found.total[:, place].sum())
        there = int(found.rows[HELD_OUT, place]), int(found.total[HELD_OUT, place])
        shown = found.slices.where(found.counts.columns, int(place))
        tested = i in p_values
        here: tuple[float, float] = rows, wrong
        error = error_figure(rows, wrong, sampling.confidence, sums, i)
        if weights is not None:
            here, error = weights.totals(i), weights.error(i, rows, sampling.confidence)
        rest = everything[0] - here[0], everything[1] - here[1]
        share = _ratio(here[1], everything[1])
        out.append(
            Slice(
                shown,
                rows,
                wrong,
                error,
                _ratio(rest[1], rest[0]),
                share,
                None if share is None else _ratio(share, here[0] / everything[0]),
                float(found.excess[place]),
                p_values.get(i),
                adjusted.get(i),
                i in adjusted and adjusted[i] <= 1 - sampling.confidence + 1e-12,
                error_figure(*there, sampling.confidence, held, i) if tested else None,
                names_of(found, ranked.also[i]),
                explained_of(found, int(place)),
                float(found.found[place]),
                above_rest(there, half, sampling.confidence, held, i) if tested else None,
                (people or {}).get(i),
            )
        )
    return tuple(out)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def adjusted_of(p_values: dict[int, float]) -> dict[int, float]:
    """Return p-values by slice, adjusted by Holm's method."""
    return dict(zip(p_values, holm(list(p_values.values())), strict=True))


def names_of(found: Search, places: Sequence[int]) -> tuple[Where, ...]:
    """Return slices as a person names them."""
    return tuple(found.slices.where(found.counts.columns, i) for i in places)


def explained_of(found: Search, place: int) -> Where | None:
    """Return the slice that accounts for this one, or None."""
    by = int(found.explained[place])
    return None if by < 0 else found.slices.where(found.counts.columns, by)


def table_of(found: Search, place: int) -> Ints:
    """Return the rows of a slice by half and outcome."""
    s, counts = found.slices, found.counts
    i, v = int(s.first[place]), int(s.first_value[place])
    if s.second[place] < 0:
        return np.asarray(counts.singles[i][:, :, v])
    return np.asarray(counts.pairs[i, int(s.second[place])][:, :, v, int(s.second_value[place])])


def heat_cells(counts: SliceCounts, score: Sequence[int]) -> tuple[Ints, Ints]:
    """Return rows and errors by the values of the first two columns."""
    table = counts.pairs[0, 1].sum(axis=0)
    points = np.asarray(score, np.int64)
    return np.asarray(table.sum(axis=0)), np.asarray(np.einsum("o,oab->ab", points, table))
