"""What any task measured of a run: sums by split, group and slice, and of each kind of error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Ints
from mlstrat.core.ratio import Ratios
from mlstrat.core.ratio_pairs import Category, PairedRatios

Slices = Mapping[str, tuple[tuple[str, ...], Ints]]
"""For each column to slice by, its values in display order and K codes into them."""


@dataclass(frozen=True, eq=False)
class RatioTable:
    """The examples of a run as K cells.

    Attributes
    ----------
    splits
        The splits that occur, in the order of the ladder.
    split
        K codes into ``splits``.
    ratios
        The sums of each cell, and its group.
    slices
        The columns to slice by.
    categories
        The kinds of error that the task tells apart.
    group_names
        What the codes of groups stand for.
    """

    splits: tuple[str, ...]
    split: Ints
    ratios: Ratios
    slices: Slices = field(default_factory=dict)
    categories: Mapping[str, Category] = field(default_factory=dict)
    group_names: tuple[str, ...] = ()

    def where(self, keep: NDArray[Any]) -> RatioTable:
        """Return the cells where `keep` is true."""
        return replace(
            self,
            split=self.split[keep],
            ratios=self.ratios.where(keep),
            slices=_kept(self.slices, keep),
            categories={name: one.where(keep) for name, one in self.categories.items()},
        )

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


@dataclass(frozen=True, eq=False)
class PairedRatioTable:
    """Two runs of a task on the same examples of one split, as K cells."""

    split: str
    pair: PairedRatios
    slices: Slices = field(default_factory=dict)

    def of_value(self, column: str, value: str) -> PairedRatioTable:
        """Return the cells with one value of a column; none where it does not occur."""
        keep = _has(self.slices, column, value)
        return replace(self, pair=self.pair.where(keep), slices=_kept(self.slices, keep))

    def values(self, column: str) -> tuple[str, ...]:
        """Return the values of a column that occur, in display order."""
        return _occurring(self.slices, column)


def _kept(slices: Slices, keep: NDArray[Any]) -> Slices:
    return {name: (values, codes[keep]) for name, (values, codes) in slices.items()}


def _occurring(slices: Slices, column: str) -> tuple[str, ...]:
    values, codes = slices[column]
    return tuple(values[code] for code in np.unique(codes))


def _has(slices: Slices, column: str, value: str) -> NDArray[np.bool_]:
    values, codes = slices[column]
    here: NDArray[np.bool_] = codes == (values.index(value) if value in values else -1)
    return here
