# Over 300 lines: slices, and the tests of them.
"""Where errors concentrate, and where two models differ otherwise than elsewhere.

Slices are found on one half of the rows, and tested on the other. Rows that are independent: the
exact hypergeometric test of counts, or the same test by drawing where the score of a row is −1, 0
or 1. Rows in groups: the t of Student of the linearised difference, and never less careful than the
test of rows, as groups cannot make rows tell more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mlstrat.core.counts import Ints
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.intervals import (
    holm,
    newcombe_interval,
    normal_quantile,
    paired_correlation,
    t_quantile,
    wilson_interval,
)
from mlstrat.core.record import Record
from mlstrat.core.resampling import generator
from mlstrat.workflow.slices.search import (
    HELD_OUT,
    GroupSums,
    Ranked,
    SliceCounts,
    WeightSums,
    Where,
    few_groups,
)

SMALLEST_P = 1e-300
"""A p-value is never 0, and below this it cannot be written."""

STREAM = 31
"""Random stream of the drawn tests, apart from those of other figures."""


def hypergeometric_tail(hits: int, size: int, marked: int, total: int) -> float:
    """Return P(X ≥ hits): of `size` rows drawn from `total`, how many of `marked` are met.

    1 where no more are met than expected: the test is one-sided.

    References
    ----------
    Fisher (1935), Journal of the Royal Statistical Society 98.
    """
    if hits * total <= size * marked:
        return 1.0

    def choose(n: int, k: int) -> float:
        return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)

    start = choose(marked, hits) + choose(total - marked, size - hits) - choose(total, size)
    term = sum_ = 1.0
    for i in range(hits, min(size, marked)):
        term *= (marked - i) * (size - i) / ((i + 1) * (total - marked - size + i + 1))
        sum_ += term
        if term < 1e-17 * sum_:
            break
    return min(1.0, max(math.exp(start) * sum_, SMALLEST_P))


def drawn_tail(found: Ints, slice_: Ints, score: Ints, sampling: Sampling, stream: int) -> float:
    """Return the two-sided p-value of the score of a slice, rows being dealt out at random.

    `found` are the rows of the half by outcome, `slice_` those of the slice; the `score` of an
    outcome is −1, 0 or 1.
    """
    by_score = np.array([found[score == x].sum() for x in (-1, 0, 1)])
    observed = float(score @ slice_)
    size = int(slice_.sum())
    expected = size * float(score @ found) / float(found.sum())
    rng = generator(sampling.seed, STREAM, stream)
    drawn = rng.multivariate_hypergeometric(
        by_score, size, size=sampling.resamples, method="marginals"
    )
    away = np.abs(drawn[:, 2] - drawn[:, 0] - expected)
    extreme = int((away >= abs(observed - expected) - 1e-9).sum())
    return (extreme + 1) / (sampling.resamples + 1)


def student_tail(t: float, degrees: float) -> float:
    """Return P(T ≥ t) of Student's t: cos^(ν−1) summed over the angles beyond that of t."""
    if t < 0:
        return 1 - student_tail(-t, degrees)
    if degrees > 1000:
        return 0.5 * math.erfc(t / math.sqrt(2))
    angle = math.atan(t / math.sqrt(degrees))
    # Beyond a few widths nothing is left of the density.
    end = min(math.pi / 2, angle + 12 / math.sqrt(degrees))
    place, weight = np.polynomial.legendre.leggauss(80)
    x = angle + (end - angle) * (place + 1) / 2
    log_scale = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - 0.5 * math.log(math.pi)
    log_cos = np.log(np.maximum(np.cos(x), 1e-300))
    density = np.exp(log_scale + (degrees - 1) * log_cos)
    return float((end - angle) / 2 * (weight @ density))


def group_difference(sums: GroupSums, place: int) -> tuple[float, float, int]:
    """Return the slice's mean score less that of the rest, its standard error and degrees.

    Formula: with m the mean score of all rows, group g moves the difference by
    uᵍ = Σ (score − m)(1ₛ/nₛ − 1ᵣ/nᵣ); the difference is Σ uᵍ, its variance G/(G − 1) Σ u²ᵍ. The
    groups that count are those with rows in the slice, or those with rows beside it: the fewer of
    the two. 0 where there is no variance.
    """
    n_in, k_in = sums.slice_rows[:, place], sums.slice_score[:, place]
    n_out, k_out = sums.rows - n_in, sums.score - k_in
    groups = int(min((n_in > 0).sum(), (n_out > 0).sum()))
    if groups < 2:
        return 0.0, 0.0, groups - 1
    mean = float(sums.score.sum()) / float(sums.rows.sum())
    u = (k_in - mean * n_in) / n_in.sum() - (k_out - mean * n_out) / n_out.sum()
    count = len(sums.rows)
    return float(u.sum()), math.sqrt(count / (count - 1) * float(np.sum(u**2))), groups - 1


def group_p(sums: GroupSums, place: int, *, two_sided: bool) -> float | None:
    """Return the p-value of a slice whose rows come in groups; None for fewer than 5 of them."""
    difference, error, degrees = group_difference(sums, place)
    if degrees + 1 < FEWEST_GROUPS:
        return None
    t = difference / error if error > 0 else 0.0
    if two_sided:
        return min(1.0, 2 * student_tail(abs(t), degrees))
    return student_tail(t, degrees)


def above_rest(
    slice_: tuple[int, int],
    half: tuple[int, int],
    confidence: float,
    sums: GroupSums | None = None,
    place: int = 0,
) -> Figure:
    """Return the error of a slice less that of the rest: Newcombe's interval; of groups also t's.

    `slice_` and `half` are rows and errors of the slice, and of the half that it is looked at on.
    """
    (n, k), (all_n, all_k) = slice_, half
    if n == all_n:
        return Figure(None, None, all_n, "undefined: no rows beside the slice")
    here, there = k / n, (all_k - k) / (all_n - n)
    z = normal_quantile(confidence)
    around = wilson_interval(there, all_n - n, z), wilson_interval(here, n, z)
    low, high = newcombe_interval(there, around[0], here, around[1])
    if sums is not None:
        _, error, degrees = group_difference(sums, place)
        half_width = t_quantile(confidence, degrees) * error
        low, high = min(low, here - there - half_width), max(high, here - there + half_width)
    return Figure(here - there, (max(low, -1.0), min(high, 1.0)), all_n)


def error_figure(
    rows: int, errors: int, confidence: float, sums: GroupSums | None = None, place: int = 0
) -> Figure:
    """Return the error of a slice: Wilson's interval, at the effective number of rows of groups.

    Formula: v = G/(G − 1) Σ ((kᵍ − p nᵍ)/n)², not below p(1 − p)/n; trials = p(1 − p)/v,
    quantile t(G − 1), over the G groups with rows in the slice.
    """
    if not rows:
        return Figure(None, None, 0, "undefined: no rows")
    p = errors / rows
    if sums is None:
        return Figure(p, wilson_interval(p, rows, normal_quantile(confidence)), rows)
    groups, by_groups = _over_groups(sums, place, p, rows)
    if groups < FEWEST_GROUPS:
        return Figure(p, None, rows, few_groups(groups))
    trials = float(min(groups, rows))
    if 0 < p < 1:
        trials = p * (1 - p) / max(by_groups, p * (1 - p) / rows)
    return Figure(p, wilson_interval(p, trials, t_quantile(confidence, groups - 1)), rows)


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
    groups, by_groups = _over_groups(sums, place, b - a, n)
    if groups < FEWEST_GROUPS:
        return Figure(b - a, None, n, f"no interval: {groups} groups")
    by_rows = ((only_a + only_b) / n - (b - a) ** 2) / n
    variance = max(by_groups, by_rows, 1 / (n + 1) ** 2)
    half = t_quantile(confidence, groups - 1) * variance**0.5
    return Figure(b - a, (max(-1.0, b - a - half), min(1.0, b - a + half)), n)


def _over_groups(sums: GroupSums, place: int, mean: float, n: int) -> tuple[int, float]:
    """Return how many groups have rows in a slice, and the variance of its mean score over them."""
    inside = sums.slice_rows[:, place] > 0
    groups = int(inside.sum())
    moved = (sums.slice_score[inside, place] - mean * sums.slice_rows[inside, place]) / n
    return groups, groups / max(groups - 1, 1) * float(np.sum(moved**2))


ERROR = (0, 1)
ERROR_AND_PEOPLE = (0, 1, 0, 1, 0, 1)
"""Score by outcome: wrong + 2 × what people say (0 nothing, 1 right, 2 wrong)."""
ERROR_OF_A = (0, 0, 1, 1)
B_LESS_A = (0, 1, -1, 0)
"""Score by quadrant: both right, only a, only b, both wrong; the error of b less that of a."""


class PeopleThere(Record):
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


class Tested(Record, kw_only=True):
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


class Slice(Tested, kw_only=True):
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


class SliceDifference(Tested, kw_only=True):
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
