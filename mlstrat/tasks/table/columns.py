"""Which column of a ratio table plays which role, and the sums of the columns as expressions.

Sums are of whole multiples of a power of two: the same whatever the order of the rows, and exact
where num and den are counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.ratio import Sums
from mlstrat.core.ratio_pairs import Cross
from mlstrat.core.record import Record
from mlstrat.data.columns import Columns, find_column, find_roles
from mlstrat.data.counting import Number, Range, scale_for, scaled
from mlstrat.data.grouping import Counted
from mlstrat.data.table import Table
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import Role
from mlstrat.tasks.keys import HEAVIEST

COUNT, FIXED = "count.", "fixed."

ROLES = (
    Role("id", "names an example; needed to pair two runs"),
    Role("num", "what is wrong in the example", needed=True),
    Role("den", "what could be wrong in it", needed=True),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "examples of one group are not independent"),
    Role("count.<category>", "errors of a kind"),
    Role("fixed.<category>.num", "what changes in num if these errors were right"),
    Role("fixed.<category>.den", "what changes in den if these errors were right"),
)
ACCEPTED = ", ".join(role.name for role in ROLES)

PARTS = ("num", "den")
CROSSED = tuple(product(PARTS, PARTS))

FIXED_HINT = (
    "fixed.<category>.num says what changes, so it is 0 or less; where the column holds num "
    "itself with these errors right, subtract num"
)


class CategoryColumns(Record):
    """The columns of a category; what changes is None where there is no column of it."""

    count: str
    num: str | None = None
    den: str | None = None


class RatioColumns(Record):
    """The columns of a ratio table.

    ``shared`` holds those that every run has (id, split, group), as the readers of runs take them.
    """

    num: str
    den: str
    shared: Columns
    categories: Mapping[str, CategoryColumns]

    @property
    def roles(self) -> dict[str, str]:
        """Role to column, in the order of the interface."""
        found = {"num": self.num, "den": self.den}
        for name, one in self.categories.items():
            found[COUNT + name] = one.count
            found |= {f"{FIXED}{name}.{x}": c for x in PARTS if (c := getattr(one, x))}
        both = found | dict(self.shared.roles)
        return {"id": both.pop("id"), **both} if "id" in both else both

    @property
    def numbers(self) -> list[Number]:
        """The columns to read as numbers."""
        found = [Number("num", self.num, low=0.0), Number("den", self.den, low=0.0)]
        for name, one in self.categories.items():
            found.append(Number(COUNT + name, one.count, low=0.0, whole=True))
            found += [Number(f"{FIXED}{name}.{x}", c) for x in PARTS if (c := getattr(one, x))]
        return found


def lacking(message: str, header: Sequence[str], **more: Any) -> InputError:
    """Return the error for columns that are not there, with those that are."""
    found = ", ".join(map(repr, header[:12]))
    return InputError(f"{message}; the columns found are {found}", **more)


def find_ratio_columns(
    header: Sequence[str], mapping: Mapping[str, str], *, file: str, leave: Collection[str] = ()
) -> RatioColumns:
    """Find the column of each role: said by ``--map``, else by its name in any case."""
    said = {_role(role): column for role, column in mapping.items()}
    own = {
        role: find_column(header, column, file=file, option=f"--map {role}")
        for role, column in said.items()
        if role not in ("id", "split", "group")
    }
    free = [column for column in header if column not in own.values()]
    for column in free:
        role = _own_role(column)
        if role is not None and role not in own:
            own[role] = column
    for role in PARTS:
        if role not in own:
            raise lacking(f"no column {role}", header, file=file, accepted=ACCEPTED,
                          hint=f"name it: --map {role}=COLUMN")  # fmt: skip
    shared = find_roles(
        header,
        {role: column for role, column in said.items() if role in ("id", "split", "group")},
        file=file,
        roles=("id", "split", "group"),
        leave=leave,
    )
    return RatioColumns(
        own["num"], own["den"], Columns(tuple(header), shared), _categories(own, file)
    )


def _own_role(column: str) -> str | None:
    """Return the role that a column has by its name, but for those that every run has."""
    low = column.strip().lower()
    if low in PARTS:
        return low
    if low.startswith(COUNT) and len(low) > len(COUNT):
        return COUNT + column.strip()[len(COUNT) :]
    if low.startswith(FIXED) and low.endswith((".num", ".den")):
        name = column.strip()[len(FIXED) : -len(".num")]
        return f"{FIXED}{name}.{low[-3:]}" if name else None
    return None


def _role(role: str) -> str:
    low = role.strip().lower()
    found = low if low in ("id", "split", "group") else _own_role(role)
    if found is None:
        raise UsageError(f"--map: a ratio table has no role {role!r}", accepted=ACCEPTED)
    return found


def _categories(own: Mapping[str, str], file: str) -> dict[str, CategoryColumns]:
    names = [role[len(COUNT) :] for role in own if role.startswith(COUNT)]
    for role, column in own.items():
        name = role[len(FIXED) : -len(".num")]
        if role.startswith(FIXED) and name not in names:
            raise InputError(
                f"there is no column count.{name}, which says how many of these errors there are",
                file=file,
                column=column,
                accepted="count.<category> beside fixed.<category>.num and fixed.<category>.den",
            )
    return {
        name: CategoryColumns(
            own[COUNT + name], own.get(f"{FIXED}{name}.num"), own.get(f"{FIXED}{name}.den")
        )
        for name in sorted(names)
    }


class Amount(Record):
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
