"""The sums of a ratio table, as expressions: whole multiples of a power of two.

So a sum is the same whatever the order of the rows, and where num and den are counts it is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.ratio import Sums
from mlstrat.core.ratio_pairs import Cross
from mlstrat.data.counting import Range, scale_for, scaled
from mlstrat.data.grouping import Counted
from mlstrat.data.table import Table
from mlstrat.errors import InputError
from mlstrat.tasks.keys import HEAVIEST
from mlstrat.tasks.table.columns import RatioColumns

PARTS = ("num", "den")
CROSSED = tuple(product(PARTS, PARTS))


@dataclass(frozen=True)
class Amount:
    """A number of at least 0 by example: its expression, and the most that it is."""

    x: Any
    most: float


Example = Mapping[str, Amount]
"""num and den of an example."""


@dataclass
class Asked:
    """The expressions to sum by name, and the scale of each."""

    table: Table
    rows: int
    expressions: dict[str, Any] = field(default_factory=dict)
    scales: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, amount: Amount) -> None:
        """Ask for the sum of an amount."""
        self.scales[name] = scale_for(amount.most, self.rows)
        self.expressions[name] = scaled(self.table, amount.x, self.scales[name])

    def add_flag(self, name: str, flag: Any) -> None:
        """Ask how many rows meet a condition."""
        self.scales[name] = 1.0
        self.expressions[name] = flag.cast(self.table.ns.Int64)

    def add_sums(self, name: str, of: Example) -> None:
        """Ask for Σnum, Σden, Σnum², Σnum·den and Σden²."""
        for part in PARTS:
            self.add(f"{name} {part}", of[part])
        for first, second in CROSSED:
            if (first, second) != ("den", "num"):
                self.add(f"{name} {first}_{second}", times(of[first], of[second]))

    def add_cross(self, name: str, a: Example, b: Example) -> None:
        """Ask for the four sums of products."""
        for first, second in CROSSED:
            self.add(f"{name} {first}_{second}", times(a[first], b[second]))


def times(a: Amount, b: Amount) -> Amount:
    """Return the product of two amounts."""
    return Amount(a.x * b.x, a.most * b.most)


def most_of(table: Table, column: str, what: str, most: float) -> float:
    """Return the most that a number is."""
    if most > HEAVIEST:
        raise InputError(
            f"the largest {what} is {most:g}", file=table.name, column=column,
            accepted=f"up to {HEAVIEST:g}",
        )  # fmt: skip
    return most


def example_of(table: Table, columns: RatioColumns, ranges: Mapping[str, Range]) -> Example:
    """Return num and den of an example."""
    found = {}
    for part in PARTS:
        column = getattr(columns, part)
        most = most_of(table, column, part, ranges[column].high if ranges else 0.0)
        found[part] = Amount(table.number(column), most)
    return found


def fixed_example(
    table: Table,
    columns: RatioColumns,
    category: str,
    example: Example,
    ranges: Mapping[str, Range],
) -> Example:
    """Return num and den of an example with all errors of a category right."""
    found = dict(example)
    for part in PARTS:
        column = getattr(columns.categories[category], part)
        if column is not None:
            more = max(ranges[column].high, 0.0) if ranges else 0.0
            most_of(table, column, f"change of {part}", more)
            # What would fall below 0 is refused once it is counted.
            x = (example[part].x + table.number(column)).clip(0.0)
            found[part] = Amount(x, example[part].most + more)
    return found


class Added:
    """What was counted, added up by cell: rows of `found` in `order`, cells from `starts`."""

    def __init__(
        self, found: Counted, asked: Mapping[str, float], order: Ints, starts: Ints
    ) -> None:
        self._found, self._scales, self._order, self._starts = found, asked, order, starts

    def of(self, name: str) -> Floats:
        """Return the sum of each cell."""
        total = np.add.reduceat(self._found.ints(name)[self._order], self._starts)
        return np.asarray(total / self._scales.get(name, 1.0))

    def sums(self, name: str) -> Sums:
        """Return the six sums of each cell."""
        names = ("num", "den", "num_num", "num_den", "den_den")
        return Sums(self.of("n"), *(self.of(f"{name} {x}") for x in names))

    def cross(self, name: str) -> Cross:
        """Return the four sums of products of each cell."""
        return Cross(*(self.of(f"{name} {first}_{second}") for first, second in CROSSED))
