"""Where errors concentrate, and where two models differ otherwise than elsewhere.

Slices are found on one half of the rows, and tested on the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlstrat.core.counts import Ints
from mlstrat.core.decisions import holm
from mlstrat.core.figures import Figure, Sampling
from mlstrat.workflow.slices.counts import GroupSums, SliceCounts, WeightSums, Where
from mlstrat.workflow.slices.search import HELD_OUT, Ranked
from mlstrat.workflow.slices.significance import (
    above_rest,
    difference_figure,
    drawn_tail,
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

    ``error`` of people and that of the ``model`` are on all of these rows; ``above`` is the latter
    less the former on the half that was not searched, None where this was not tested. ``better``
    tells whether people surely are.
    """

    error: Figure
    model: float | None
    above: Figure | None = None
    p_adjusted: float | None = None
    better: bool = False


@dataclass(frozen=True, kw_only=True)
class Tested:
    """Rows that share a value, or two, and their test on the half that was not searched.

    ``excess`` is the score above what these rows would have at the mean of the rest; p-values are
    None where the slice was not tested, ``p_adjusted`` is by Holm's method, and ``confirmed`` where
    it is at most 1 − confidence. ``also`` are the same rows by other names; ``explained_by`` is the
    slice that accounts for this one: one of its two conditions, where the other adds nothing, or
    the pair that holds all that one condition has above the rest.
    """

    where: Where
    n: int
    rest: float | None
    excess: float
    p_value: float | None = None
    p_adjusted: float | None = None
    confirmed: bool = False
    also: tuple[Where, ...] = ()
    explained_by: Where | None = None


@dataclass(frozen=True, kw_only=True)
class Slice(Tested):
    """Rows that share a value, or two, and their errors.

    ``error`` has the interval of a slice that was named beforehand, ``rest`` is that of all other
    rows; ``lift`` is the error over that of the split. On the held-out half, where the slice was
    tested, ``held_out`` is its error and ``above`` that less the error of the rest; ``found`` are
    the errors above the rest on the searched half.
    """

    errors: int | None
    error: Figure
    share_of_errors: float | None
    lift: float | None
    held_out: Figure | None = None
    found: float = 0.0
    above: Figure | None = None
    people: PeopleThere | None = None


@dataclass(frozen=True, kw_only=True)
class SliceDifference(Tested):
    """Rows on which two models differ otherwise than on the rest.

    ``difference`` is the error of b less that of a, ``rest`` the same on all other rows. Quadrants
    are both right, only a, only b, both wrong.
    """

    quadrants: tuple[int, int, int, int]
    difference: Figure


def error_slices(
    ranked: Ranked,
    sampling: Sampling,
    sums: GroupSums | None = None,
    people: Mapping[int, PeopleThere] | None = None,
    weights: WeightSums | None = None,
) -> tuple[Slice, ...]:
    """Return slices by errors above the rest, scores being `ERROR` or the like.

    `sums` are by group, `people` by position, both of the slices of `ranked`. With `weights` the
    error of a slice, that of the rest and its share of errors are by weight; ranks and tests are
    of rows.
    """
    found, held = ranked.found, None if sums is None else sums.of_half(HELD_OUT)
    whole = found.counts.totals
    half = int(whole[HELD_OUT].sum()), int(found.score @ whole[HELD_OUT])
    everything: tuple[float, float] = int(whole.sum()), int(found.score @ whole.sum(axis=0))
    if weights is not None:
        everything = weights.totals(-1)

    def there(i: int) -> tuple[int, int]:
        place = ranked.places[i]
        return int(found.rows[HELD_OUT, place]), int(found.total[HELD_OUT, place])

    def p_of_rows(i: int) -> float:
        rows, errors = there(i)
        return hypergeometric_tail(errors, rows, half[1], half[0])

    out = []
    for i, tested in enumerate(_tested(ranked, sampling, held, p_of_rows, two_sided=False)):
        place = ranked.places[i]
        rows, wrong = int(found.rows[:, place].sum()), int(found.total[:, place].sum())
        here: tuple[float, float] = rows, wrong
        error = error_figure(rows, wrong, sampling.confidence, sums, i)
        if weights is not None:
            here, error = weights.totals(i), weights.error(i, rows, sampling.confidence)
        share = _ratio(here[1], everything[1])
        if tested["p_value"] is not None:
            tested |= {
                "held_out": error_figure(*there(i), sampling.confidence, held, i),
                "above": above_rest(there(i), half, sampling.confidence, held, i),
            }
        out.append(Slice(
            **tested, n=rows, errors=wrong, error=error, share_of_errors=share,
            rest=_ratio(everything[1] - here[1], everything[0] - here[0]),
            lift=None if share is None else _ratio(share, here[0] / everything[0]),
            found=float(found.found[place]), people=(people or {}).get(i),
        ))  # fmt: skip
    return tuple(out)


def difference_slices(
    ranked: Ranked, sampling: Sampling, sums: GroupSums | None = None
) -> tuple[SliceDifference, ...]:
    """Return slices by how far the difference of two models is from that on the rest.

    Parameters are those of `error_slices`, scores being `B_LESS_A`.
    """
    found, held = ranked.found, None if sums is None else sums.of_half(HELD_OUT)
    whole = found.counts.totals
    n, total = int(whole.sum()), int(found.score @ whole.sum(axis=0))

    def p_of_rows(i: int) -> float:
        table = found.table(ranked.places[i])[HELD_OUT]
        return drawn_tail(whole[HELD_OUT], table, found.score, sampling, i)

    out = []
    for i, tested in enumerate(_tested(ranked, sampling, held, p_of_rows, two_sided=True)):
        q = found.table(ranked.places[i]).sum(axis=0)
        rows, score = int(q.sum()), int(found.score @ q)
        difference = difference_figure(q, sampling.confidence, sums, i)
        rest = (total - score) / (n - rows)
        out.append(SliceDifference(
            **tested, n=rows, quadrants=_quadrants(q), difference=difference, rest=rest,
        ))  # fmt: skip
    return tuple(out)


def _tested(
    ranked: Ranked,
    sampling: Sampling,
    held: GroupSums | None,
    p_of_rows: Callable[[int], float],
    *,
    two_sided: bool,
) -> list[dict[str, Any]]:
    """Return what `Tested` holds of each slice, but its rows: groups make no test less careful."""
    found = ranked.found
    p_values = {}
    for i in ranked.tested:
        by_group = 0.0 if held is None else group_p(held, i, two_sided=two_sided)
        if by_group is not None:
            p_values[i] = max(p_of_rows(i), by_group)
    adjusted = adjusted_of(p_values)
    return [
        {
            "where": found.where(place),
            "excess": float(found.excess[place]),
            "p_value": p_values.get(i),
            "p_adjusted": adjusted.get(i),
            "confirmed": is_confirmed(adjusted.get(i), sampling),
            "also": tuple(found.where(x) for x in ranked.also[i]),
            "explained_by": None if (by := found.explained[place]) < 0 else found.where(by),
        }
        for i, place in enumerate(ranked.places)
    ]


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _quadrants(q: Ints) -> tuple[int, int, int, int]:
    return int(q[0]), int(q[1]), int(q[2]), int(q[3])


def adjusted_of(p_values: dict[int, float]) -> dict[int, float]:
    """Return p-values by slice, adjusted by Holm's method."""
    return dict(zip(p_values, holm(list(p_values.values())), strict=True))


def is_confirmed(p_adjusted: float | None, sampling: Sampling) -> bool:
    """Tell whether an adjusted p-value is at most 1 − confidence."""
    return p_adjusted is not None and p_adjusted <= 1 - sampling.confidence + 1e-12


def whole_difference(counts: SliceCounts, confidence: float, *, grouped: bool) -> SliceDifference:
    """Return the difference of two models on all rows; `compare` has its interval by groups."""
    q = counts.totals.sum(axis=0)
    found = difference_figure(q, confidence, None, 0)
    if grouped:
        found = Figure(found.value, None, found.n, "no interval: compare has it, by groups")
    return SliceDifference(
        where=(), n=int(q.sum()), quadrants=_quadrants(q), difference=found, rest=None, excess=0.0
    )
