"""What slices are counted in: columns cut into values, and tables by value and pair of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from mlstrat.core.counts import Ints

Where = tuple[tuple[str, str], ...]
"""A slice as a person names it: one or two columns, each with its value."""


@dataclass(frozen=True)
class SliceColumn:
    """A column to slice by.

    Attributes
    ----------
    name
        As the header has it.
    values
        What its codes stand for: categories, or ranges of a number; "" is blank.
    joined
        How many rare values the last one stands for; 0 where none was joined.
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

    Attributes
    ----------
    columns
        C columns.
    singles
        By column, an array of shape (parts, outcomes, values).
    pairs
        By two positions in ``columns``, the first lower, an array of shape (parts, outcomes,
        values of the first, values of the second).
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
class Conditions:
    """S slices, each one or two conditions on columns.

    Attributes
    ----------
    first, first_value
        S positions of columns, and codes of their values.
    second, second_value
        The same of the second condition; −1 where there is none.
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

    def where(self, columns: tuple[SliceColumn, ...], place: int) -> Where:
        """Return one of them as a person names it."""
        parts = [(self.first[place], self.first_value[place])]
        if self.second[place] >= 0:
            parts.append((self.second[place], self.second_value[place]))
        return tuple((columns[c].name, columns[c].values[v]) for c, v in parts)


@dataclass(frozen=True)
class GroupSums:
    """Rows and scores by group, of everything and of S slices; G groups.

    Attributes
    ----------
    half
        G codes: a group lies in one half as a whole.
    rows, score
        G sums over all rows of the group.
    slice_rows, slice_score
        Sums over its rows in each slice, shape (G, S).
    """

    half: Ints
    rows: Ints
    score: Ints
    slice_rows: Ints
    slice_score: Ints

    def of_half(self, half: int) -> GroupSums:
        """Return the groups of one half."""
        keep = self.half == half
        return GroupSums(*(getattr(self, name)[keep] for name in self.__annotations__))


MOST_TESTED = 20
"""Slices that are tested: each test more makes Holm's adjustment harder."""


LISTED = 200
"""Slices that are looked at closely: what nobody reads need not be told apart."""


SAME_ROWS = 0.95
"""Two slices with this share of all their rows in common are one under two names."""


MOST_OVERLAPS = 3_000
"""Pairs of slices whose common rows are counted, those of the highest ranks first."""


BEYOND = 2.0
"""Standard errors by which a pair of conditions must exceed each of the two alone, or it is
explained by that one; and within which a slice without its strongest pair is like the rest."""
