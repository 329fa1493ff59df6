# Over 300 lines: pairs, kinds of error and the tables that hold them stand together.
"""Two models on the same examples, and one model with a kind of error fixed: paired ratios.

Beside the six sums of each, four sums of products tell how the two move together; they add up
over shards, too. A category of errors is the same thing: the second "model" is the first one with
all errors of that category right. The tables hold what a task measured of a run, or of two: sums by
split, group and slice, and of each kind of error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field, replace

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ByRow, Floats, Ints, sum_by
from mlstrat.core.figures import Estimate, Figure, Sampling, widened
from mlstrat.core.groups import Influence
from mlstrat.core.intervals import (
    newcombe_interval,
    paired_correlation,
    t_quantile,
    two_sided_tail,
    wilson_interval,
)
from mlstrat.core.operating.choose import Apart
from mlstrat.core.paired_tests import mcnemar_exact
from mlstrat.core.ratio import (
    FEWEST_CLUSTERS,
    Linearised,
    Ratios,
    Sums,
    estimate,
    linearise,
)
from mlstrat.core.record import Record


class Cross(ByRow, eq=False):
    """The four sums of products of two models on the same examples, the first of a."""

    num_num: Floats
    num_den: Floats
    den_num: Floats
    den_den: Floats

    @classmethod
    def of(cls, num_a: Floats, den_a: Floats, num_b: Floats, den_b: Floats) -> Cross:
        """Return the sums of examples, each a cell."""
        return cls(num_a * num_b, num_a * den_b, den_a * num_b, den_a * den_b)

    def turned(self) -> Cross:
        """Return the sums of products with a and b exchanged."""
        return Cross(self.num_num, self.den_num, self.num_den, self.den_den)


class PairedRatios(ByRow, eq=False):
    """Two models, or two states of one, on the same examples; K cells each, and K groups."""

    a: Ratios
    b: Ratios
    cross: Cross

    @property
    def identical(self) -> bool:
        """Whether both have the same num and den in every example."""
        a, b, both = self.a.sums, self.b.sums, self.cross
        apart = a.num_num.sum() + b.num_num.sum() - 2 * both.num_num.sum()
        return bool(apart == 0 and a.den_den.sum() + b.den_den.sum() == 2 * both.den_den.sum())

    @property
    def quadrants(self) -> tuple[int, int, int, int] | None:
        """Examples that both get right, only a, only b, none; None where they are not 0 or 1."""
        if not (self.a.right_or_wrong and self.b.right_or_wrong):
            return None
        n, wrong_a, wrong_b = self.a.examples, self.a.wrong or 0, self.b.wrong or 0
        both = round(float(self.cross.num_num.sum()))
        return n - wrong_a - wrong_b + both, wrong_b - both, wrong_a - both, both


class RatioDifference(Record):
    """The error of b minus that of a.

    The variance is linearised, over examples or groups. ``p_value`` is exact McNemar's where
    examples are right or wrong and independent, else of Student's t of the influences;
    ``p_b_better`` is how sure it is that b's error is the smaller, from the normal distribution.
    """

    figure: Figure
    variance: float | None
    p_value: float | None
    p_b_better: float | None


def difference(
    pair: PairedRatios, sampling: Sampling, apart: Apart | None = None
) -> RatioDifference:
    """Return the error of b minus that of a on the same examples.

    Formula: square-and-add of both intervals with the correlation of the influences
    uᵢ = (numᵢ − v·denᵢ)/Σden, summed by group where there are groups.

    Source: Newcombe (1998), Statistics in Medicine 17, 2635-2650; Zou and Donner (2008), ibid. 27.
    """
    a, b = linearise(pair.a), linearise(pair.b)
    of_a, of_b = (estimate(x, sampling, draws=False, paired=True) for x in (pair.a, pair.b))
    if a is None or b is None or of_a.value is None or of_b.value is None:
        figure = Figure(None, None, pair.a.examples, of_a.reason or of_b.reason)
        return RatioDifference(figure, None, None, None)
    value, rows = b.value - a.value, pair.a.examples
    if pair.identical:
        reach = _unseen(pair, a, sampling) if pair.quadrants is None else None
        if reach is not None:
            return RatioDifference(Figure(value, (-reach, reach), rows), 0.0, 1.0, 0.5)
    shared = _covariance(pair, a, b)
    given = max(a.variance + b.variance - 2 * shared, 0.0)
    variance = given if apart is None else apart.of(given)
    scale = math.sqrt(a.variance * b.variance)
    correlation = max(-1.0, min(1.0, shared / scale)) if scale > 0 else 0.0
    p_value = _p_value(value, variance, min(a.even[0], b.even[0]), a.clusters)
    quadrants = pair.quadrants
    if quadrants is not None and pair.a.group is None:
        right, only_a, only_b, wrong = quadrants
        correlation = paired_correlation(right, only_a, only_b, wrong)
        if not variance > given:
            p_value = mcnemar_exact(only_a, only_b)
    chance = 0.5 if value == 0 else float(value < 0)
    if variance > 0:
        chance = 0.5 * (1 + math.erf(-value / math.sqrt(2 * variance)))
    if of_a.ci is None or of_b.ci is None:
        figure = Figure(value, None, rows, of_a.reason or of_b.reason)
        return RatioDifference(figure, variance, None, None)
    ci = newcombe_interval(a.value, of_a.ci, b.value, of_b.ci, correlation)
    figure = widened(Figure(value, ci, rows), variance - given, sampling.confidence)
    return RatioDifference(figure, variance, p_value, chance)


def _covariance(pair: PairedRatios, a: Linearised, b: Linearised) -> float:
    if a.influence is not None and b.influence is not None:
        return a.influence.covariance(b.influence)
    x, n = pair.cross, pair.a.examples
    products = (
        x.num_num.sum() - b.value * x.num_den.sum()
        - a.value * x.den_num.sum() + a.value * b.value * x.den_den.sum()
    )  # fmt: skip
    totals = float(pair.a.sums.den.sum()) * float(pair.b.sums.den.sum())
    return float(products) / totals * (n / (n - 1) if n > 1 else math.nan)


def _p_value(value: float, variance: float, even: float, clusters: int) -> float:
    if value == 0:
        return 1.0
    rarest = 2.0 ** (1 - clusters)  # of so many equal signs: none is rarer, however alike
    if not variance > 1e-12 * value**2:  # less is the rounding of sums
        return float(rarest)
    error = math.sqrt(variance * (1 + 2 / even))
    return max(rarest, two_sided_tail(value / error, max(even - 1, 1.0)))


def _unseen(pair: PairedRatios, found: Linearised, sampling: Sampling) -> float:
    """Return how large a difference may be that no example shows.

    Counts that agree everywhere may differ on the next example, as errors that were not seen may
    occur; amounts that agree to the last digit come from one model.
    """
    if not (pair.a.whole and pair.b.whole):
        return 0.0
    t = t_quantile(sampling.confidence, max(found.even[0] - 1, 1.0))
    return wilson_interval(0.0, found.even[0], t)[1]


def above_rest(inside: Ratios, outside: Ratios) -> tuple[float, float] | None:
    """Return t of the error of a slice less that of all other examples, and its degrees of freedom.

    Formula: t = (v_in − v_out) / √(V (1 + 2/K)); V is the linearised variance of the difference,
    around the error of each part or around that of all, whichever is larger: few wrong examples
    of a slice tell little of their spread, and a slice that is all wrong shows none. K is the even
    clusters of the part that has fewer; degrees K − 1. None where either part has fewer than five
    clusters, or no den.
    """
    a, b = linearise(inside), linearise(outside)
    if a is None or b is None or min(a.clusters, b.clusters) < FEWEST_CLUSTERS:
        return None
    parts, even = (inside, outside), min(a.even[0], b.even[0])
    of_all = sum(x.sums.num.sum() for x in parts) / sum(x.sums.den.sum() for x in parts)
    variance = max(_spread(parts, (a.value, b.value)), _spread(parts, (of_all, of_all)))
    if not variance > 0:
        return 0.0, even - 1
    return (a.value - b.value) / math.sqrt(variance * (1 + 2 / even)), even - 1


def _spread(parts: tuple[Ratios, Ratios], around: tuple[float, float]) -> float:
    """Return the variance of the difference of two parts, over groups not below that of examples.

    A group that has examples in both parts moves both.
    """
    variance, codes, moved = 0.0, [], []
    for part, value, sign in zip(parts, around, (1, -1), strict=True):
        s, n, total = part.sums, part.examples, float(part.sums.den.sum())
        squares = s.num_num.sum() - 2 * value * s.num_den.sum() + value**2 * s.den_den.sum()
        variance += float(squares) / total**2 * n / (n - 1)
        if part.group is not None:
            codes.append(part.group)
            moved.append(sign * (s.num - value * s.den) / total)
    if not codes:
        return variance
    groups, place = np.unique(np.concatenate(codes), return_inverse=True)
    return max(variance, Influence(groups, sum_by(place, np.concatenate(moved))).variance)


class Category(ByRow, eq=False):
    """One kind of error by cell: how many there are, and the sums with all of them fixed."""

    count: Floats
    examples: Floats
    """Examples that have any."""
    fixed: Sums
    cross: Cross
    """Of the examples as they are, and as they would be."""


def part_of_errors(ratios: Ratios, category: Category) -> Ratios:
    """Return which part of Σnum a category is: Σ(num − num if fixed) / Σnum, as sums."""
    s, fixed, both = ratios.sums, category.fixed, category.cross.num_num
    sums = Sums(
        s.num if ratios.right_or_wrong else s.n, s.num - fixed.num, s.num,
        s.num_num - 2 * both + fixed.num_num, s.num_num - both, s.num_num,
    )  # fmt: skip
    return replace(ratios, sums=sums, bounded=True)


def error_of_kind(ratios: Ratios, category: Category) -> Ratios:
    """Return the part of the error that a category is: Σ(num − num if fixed) / Σden, as sums."""
    s, fixed, cross = ratios.sums, category.fixed, category.cross
    sums = replace(
        s, num=s.num - fixed.num, num_den=s.num_den - cross.den_num,
        num_num=s.num_num - 2 * cross.num_num + fixed.num_num,
    )  # fmt: skip
    return replace(ratios, sums=sums)


class Ceiling(Record):
    """What fixing all errors of a category would leave, and gain."""

    count: int
    examples: int
    error: Estimate
    gain: Figure
    p_value: float | None
    """Of the comparison as it is and as it would be."""


def ceiling(ratios: Ratios, category: Category, sampling: Sampling) -> Ceiling:
    """Return the error without a category: Σ num / Σ den with its errors right.

    Never the share of the category times the error: fixing one changes den as well.
    """
    fixed = replace(ratios, sums=category.fixed)
    fall = difference(PairedRatios(fixed, ratios, category.cross.turned()), sampling)
    count, examples = round(float(category.count.sum())), round(float(category.examples.sum()))
    left = estimate(fixed, sampling, draws=False)
    return Ceiling(count, examples, left, fall.figure, fall.p_value)


Slices = Mapping[str, tuple[tuple[str, ...], Ints]]
"""For each column to slice by, its values in display order and K codes into them."""


class RatioTable(ByRow, eq=False):
    """The examples of a run as K cells.

    ``split`` are K codes into ``splits``, ``categories`` the kinds of error that the task tells
    apart, ``group_names`` what the codes of groups stand for.
    """

    splits: tuple[str, ...]
    split: Ints
    ratios: Ratios
    slices: Slices = field(default_factory=dict)
    categories: Mapping[str, Category] = field(default_factory=dict)
    group_names: tuple[str, ...] = ()

    def of_split(self, split: str) -> RatioTable:
        """Return the cells of one split."""
        return self.where(self.split == self.splits.index(split))

    def of_value(self, column: str, value: str, *, others: bool = False) -> RatioTable:
        """Return the cells with one value of a column, or all others."""
        return self.where(_has(self.slices, column, value) != others)

    def values(self, column: str) -> tuple[str, ...]:
        """Return the values of a column that occur, in display order."""
        return _occurring(self.slices, column)

    @property
    def groups(self) -> int | None:
        """Number of groups; None where examples are independent."""
        return None if self.ratios.group is None else len(np.unique(self.ratios.group))


class PairedRatioTable(ByRow, eq=False):
    """Two runs of a task on the same examples of one split, as K cells."""

    split: str
    pair: PairedRatios
    slices: Slices = field(default_factory=dict)

    def of_value(self, column: str, value: str) -> PairedRatioTable:
        """Return the cells with one value of a column; none where it does not occur."""
        return self.where(_has(self.slices, column, value))

    def values(self, column: str) -> tuple[str, ...]:
        """Return the values of a column that occur, in display order."""
        return _occurring(self.slices, column)


def _occurring(slices: Slices, column: str) -> tuple[str, ...]:
    values, codes = slices[column]
    return tuple(values[code] for code in np.unique(codes))


def _has(slices: Slices, column: str, value: str) -> NDArray[np.bool_]:
    values, codes = slices[column]
    here: NDArray[np.bool_] = codes == (values.index(value) if value in values else -1)
    return here
