"""What slices are counted in: columns cut into values, and tables by value and pair of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Cells, Floats, Ints
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import proportion
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


@dataclass(frozen=True)
class SliceColumn:
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


@dataclass(frozen=True)
class LeftOut:
    """A column that is no use to slice by: why, and how many values it has (about)."""

    name: str
    reason: Reason
    distinct: int


@dataclass(frozen=True)
class SliceCounts:
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


@dataclass(frozen=True)
class GroupSums:
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


@dataclass(frozen=True)
class WeightSums:
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
