# Over 300 lines: what a run and a pair of runs offer stands together.
"""A run and a pair of runs as ratio tables: what every task hands over whose error is a ratio.

A run also goes into a table of sums, a row a cell, and sums of shards add up. Beside split, group
and the columns to slice by a row holds ``n`` examples and their sums: ``num``, ``den``,
``num.num`` (of squares), ``num.den``, ``den.den``; ``over`` and ``parted`` say whether num exceeds
den or either is no count. Of each category: ``count.c``, ``has.c`` (examples that have any),
``fixed.c.num`` and the like (the five sums with its errors right), ``cross.c.num.num`` and the
like (of products of the examples as they are and as they would be).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import SPLITS
from mlstrat.core.figures import Estimate, Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.operating.choose import Apart
from mlstrat.core.ratio import estimate
from mlstrat.core.ratio_pairs import (
    Ceiling,
    PairedRatioTable,
    RatioDifference,
    RatioTable,
    above_rest,
    ceiling,
    difference,
    error_of_kind,
    part_of_errors,
)
from mlstrat.core.record import Record
from mlstrat.tasks.findings import CATEGORY, FEW_GROUPS, FEW_GROUPS_FOUND

if TYPE_CHECKING:
    from mlstrat.data.parts import InputFile
    from mlstrat.tasks.unpaired import Unpaired

Where = Mapping[str, str]
"""Column to value: the rows of a slice; empty for all."""

EVERYWHERE: Where = {}


class Shape(Record):
    """A box or a point over a picture, of ``truth`` or ``prediction``, under its name.

    ``error`` says what is wrong with it; ``xywh`` are the upper left corner and the sides (none of
    a point), in pixels, or in fractions where all of a picture lie in 0 to 1.
    """

    side: str
    name: str
    error: str
    xywh: tuple[float, float, float, float]


class Pictured(Record):
    """An example that is a picture, with all that lies over it.

    ``size`` is width and height, where the run says them; ``columns`` are the texts of its row.
    """

    id: str
    num: float
    den: float
    shapes: tuple[Shape, ...]
    size: tuple[float, float] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


class AtThresholds(Record):
    """What is looked at over thresholds: a split, perhaps one class or label of it.

    ``used`` is a threshold to look at in any case: that of the run.
    """

    split: str
    sampling: Sampling
    of: str | None = None
    used: float | None = None


Told = Callable[[str, Sampling], Mapping[str, Any]]
Thresholds = Callable[[AtThresholds], Mapping[float, Mapping[str, Figure]]]
Pictures = Callable[[str, int], Sequence[Pictured]]


def nothing_told(_split: str, _sampling: Sampling) -> Mapping[str, Any]:
    """Return nothing: the task has no more to tell."""
    return {}


def no_thresholds(_look: AtThresholds) -> Mapping[float, Mapping[str, Figure]]:
    """Return nothing: there are no scores."""
    return {}


def no_pictures(_split: str, _most: int) -> Sequence[Pictured]:
    """Return nothing: examples are no pictures."""
    return ()


class Measured(Record, eq=False):
    """A run as its task measured it: its error is Σ num / Σ den.

    ``splits`` are those that occur, in the order of the ladder; ``columns`` has the column of each
    role; ``notes`` what is worth a finding; ``by`` the columns to slice by, ``free`` those without
    a role, as the header writes them. Of its task alone are ``extras`` and ``document``, which make
    what the JSON of a split and of the run hold, ``thresholds``, figures by name at rising
    thresholds, and ``pictured``, the pictures of a split, worst first.
    """

    splits: tuple[str, ...]
    columns: Mapping[str, str]
    notes: tuple[Finding, ...]
    inputs: tuple[InputFile, ...]
    by: tuple[str, ...]
    free: tuple[str, ...]
    table: RatioTable
    extras: Told = nothing_told
    document: Told = nothing_told
    thresholds: Thresholds = no_thresholds
    pictured: Pictures = no_pictures

    @property
    def bounded(self) -> bool:
        """Whether the error ends at 1."""
        return self.table.ratios.bounded

    def part(self, split: str, where: Where = EVERYWHERE) -> RatioTable:
        """Return the cells of a split, or of a slice of it."""
        part = self.table.of_split(split)
        for column, value in where.items():
            if self._by_kind(column):
                part = replace(part, ratios=error_of_kind(part.ratios, part.categories[value]))
            else:
                part = part.of_value(column, value)
        return part

    def _by_kind(self, column: str) -> bool:
        """Whether a column is none of the run: a value is a kind of error, all examples have it."""
        return column == CATEGORY and column not in self.table.slices

    def examples(self, split: str, where: Where = EVERYWHERE) -> int:
        """Return the number of examples."""
        return self.part(split, where).ratios.examples

    def groups(self, split: str) -> int | None:
        """Return the number of groups; None where examples are independent."""
        return self.part(split).groups

    def about_groups(self) -> list[Finding]:
        """Return the finding on splits with few groups, if there are any."""
        counts = {split: self.groups(split) for split in self.splits}
        few = {split: n for split, n in counts.items() if n is not None and n < FEW_GROUPS}
        return [Finding(FEW_GROUPS_FOUND, {"groups": few})] if few else []

    def values(self, column: str, split: str, where: Where = EVERYWHERE) -> tuple[str, ...]:
        """Return the values of a column that occur in a slice of a split, in display order."""
        part = self.part(split, where)
        if self._by_kind(column):
            return tuple(x for x, one in part.categories.items() if one.count.sum() > 0)
        return part.values(column)

    def counts(self, column: str, split: str) -> Mapping[str, int]:
        """Return the number of examples of a split by the value of a column, in display order."""
        part = self.table.of_split(split)
        if self._by_kind(column):
            found = {x: round(one.examples.sum()) for x, one in part.categories.items()}
            return {x: n for x, n in found.items() if n}
        values, codes = part.slices[column]
        n = np.bincount(codes, part.ratios.sums.n, len(values))
        return {value: int(rows) for value, rows in zip(values, n, strict=True) if rows}

    def above_rest(self, column: str, value: str, split: str) -> tuple[float, float] | None:
        """Return t of the error of a value less that of all others, and its degrees of freedom."""
        if self._by_kind(column):
            return None  # a kind of error is no slice, and has no rest
        part = self.table.of_split(split)
        others = part.of_value(column, value, others=True)
        return above_rest(part.of_value(column, value).ratios, others.ratios)

    def estimate(
        self,
        choice: MetricChoice,  # noqa: ARG002  there is one: the error
        split: str,
        sampling: Sampling,
        where: Where = EVERYWHERE,
        *,
        draws: bool = True,
    ) -> Estimate:
        """Return the error of a split, or of a slice of it, with its interval."""
        ratios = self.part(split, where).ratios
        return estimate(ratios, sampling, SPLITS.index(split), draws=draws)

    def categories(self, split: str, sampling: Sampling) -> Mapping[str, Ceiling]:
        """Return how often each kind of error occurs, and what fixing it would leave."""
        part = self.part(split)
        return {name: ceiling(part.ratios, one, sampling) for name, one in part.categories.items()}

    def shares(self, split: str, sampling: Sampling) -> Mapping[str, Figure] | None:
        """Return the share of each kind in the errors; None where kinds are not whole examples."""
        part = self.part(split)
        if not part.ratios.right_or_wrong:
            return None
        found = {x: part_of_errors(part.ratios, one) for x, one in part.categories.items()}
        if any(found[x].wrong != one.count.sum() for x, one in part.categories.items()):
            return None
        return {x: estimate(one, sampling, draws=False).figure for x, one in found.items()}

    def sums(self, split: str, where: Where = EVERYWHERE) -> tuple[float, float]:
        """Return Σnum and Σden of the error of a split, or of a slice of it."""
        sums = self.part(split, where).ratios.sums
        return float(sums.num.sum()), float(sums.den.sum())

    def summed(self) -> Mapping[str, Any]:
        """Return the sums of each cell by column, as `ratio` reads them; ``n`` is the last."""
        return summed(self.table)

    def human(self, sampling: Sampling) -> Estimate | None:  # noqa: ARG002
        """Return the error of a second annotator, where the run has one."""
        return None


class MeasuredPair(Record, eq=False):
    """Two runs on the same examples of one split, whose error is Σ num / Σ den.

    ``missing`` and ``extra`` are ids of a that b lacks, and the reverse; ``apart`` is what choosing
    the threshold of each adds to the variance of their difference.
    """

    split: str
    names: tuple[str, str]
    columns: tuple[Mapping[str, str], Mapping[str, str]]
    notes: tuple[Finding, ...]
    inputs: tuple[InputFile, ...]
    missing: Unpaired
    extra: Unpaired
    by: tuple[str, ...]
    table: PairedRatioTable
    apart: Apart | None = None

    @property
    def overlap(self) -> float:
        """How far the two are on the same examples: n / √(nₐ n_b), 1 where all are shared."""
        n = self.examples()
        return n / math.sqrt((n + self.missing.count) * (n + self.extra.count))

    @property
    def bounded(self) -> bool:
        """Whether the error ends at 1."""
        return self.table.pair.a.bounded

    def part(self, where: Where = EVERYWHERE) -> PairedRatioTable:
        """Return the cells of a slice."""
        part = self.table
        for column, value in where.items():
            part = part.of_value(column, value)
        return part

    @property
    def grouped(self) -> bool:
        """Whether examples come in groups."""
        return self.table.pair.a.group is not None

    @property
    def identical(self) -> bool:
        """Whether both say the same of every example."""
        return self.table.pair.identical

    def quadrants(self, where: Where = EVERYWHERE) -> tuple[int, int, int, int] | None:
        """Return how many both get right, only a, only b, none; None unless right or wrong."""
        return self.part(where).pair.quadrants

    def examples(self, where: Where = EVERYWHERE) -> int:
        """Return the number of examples that both have."""
        return self.part(where).pair.a.examples

    def values(self, column: str) -> tuple[str, ...]:
        """Return the values of a column that occur, in display order."""
        return self.table.values(column)

    def estimate(
        self,
        side: str,
        choice: MetricChoice,  # noqa: ARG002  there is one: the error
        sampling: Sampling,
        where: Where = EVERYWHERE,
    ) -> Estimate:
        """Return the error of one of the two, ``a`` or ``b``."""
        pair = self.part(where).pair
        return estimate(pair.a if side == "a" else pair.b, sampling, draws=False)

    def difference(
        self,
        choice: MetricChoice,  # noqa: ARG002  there is one: the error
        sampling: Sampling,
        where: Where = EVERYWHERE,
    ) -> RatioDifference:
        """Return the error of b minus that of a."""
        return difference(self.part(where).pair, sampling, self.apart)


MARK = "num.num"
"""The column that tells a table of sums from one of examples."""

_SUMS = {
    "num": "num", "den": "den", "num.num": "num_num", "num.den": "num_den", "den.den": "den_den",
}  # fmt: skip
_CROSS = {"num.num": "num_num", "num.den": "num_den", "den.num": "den_num", "den.den": "den_den"}
HAS = "has."


def columns_of(categories: Iterable[str]) -> dict[str, str]:
    """Return the columns of sums, each with what it is called where sums are read."""
    found = {"n": "n", **{name: f"all {key}" for name, key in _SUMS.items()}}
    found |= {"over": "over", "parted": "parted"}
    for one in categories:
        found |= {f"count.{one}": f"count {one}", f"{HAS}{one}": f"has {one}"}
        found |= {f"fixed.{one}.{name}": f"fixed {one} {key}" for name, key in _SUMS.items()}
        found |= {f"cross.{one}.{name}": f"cross {one} {key}" for name, key in _CROSS.items()}
    return found


def categories_of(header: Sequence[str]) -> list[str]:
    """Return the categories of a table of sums."""
    return sorted(x[len(HAS) :] for x in header if x.startswith(HAS) and len(x) > len(HAS))


def summed(table: RatioTable) -> dict[str, NDArray[Any]]:
    """Return the sums of each cell by column; ``n`` is the last."""
    r, texts = table.ratios, {"split": np.array(table.splits, object)[table.split]}
    if r.group is not None:
        texts["group"] = np.array(table.group_names, object)[r.group]
    texts |= {
        name: np.array(values, object)[codes] for name, (values, codes) in table.slices.items()
    }
    n = len(table.split)
    found: dict[str, NDArray[Any]] = {
        "over": np.full(n, float(not r.bounded)), "parted": np.full(n, float(not r.whole)),
        **{name: getattr(r.sums, key) for name, key in _SUMS.items()},
    }  # fmt: skip
    for name, one in table.categories.items():
        found |= {f"count.{name}": one.count, f"{HAS}{name}": one.examples}
        found |= {f"fixed.{name}.{x}": getattr(one.fixed, key) for x, key in _SUMS.items()}
        found |= {f"cross.{name}.{x}": getattr(one.cross, key) for x, key in _CROSS.items()}
    numbers = {name: _plain(x) for name, x in (found | {"n": r.sums.n}).items()}
    return {**texts, **numbers}


def _plain(x: NDArray[Any]) -> NDArray[Any]:
    return x.astype(np.int64) if np.array_equal(x, np.floor(x)) and (abs(x) < 2**53).all() else x
