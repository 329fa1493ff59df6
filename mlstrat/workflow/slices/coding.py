"""Columns to slice by, as codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlstrat.core.counts import Cells
from mlstrat.core.hashing import ALL
from mlstrat.data.columns import Columns
from mlstrat.data.counting import scale_for, scaled
from mlstrat.data.examples import Examples
from mlstrat.data.grouping import grouped
from mlstrat.data.held import CELL
from mlstrat.data.spark.table import HALF
from mlstrat.data.table import Table
from mlstrat.workflow.slices.cutting.cutter import Cut
from mlstrat.workflow.slices.outcomes import Outcomes
from mlstrat.workflow.slices.passes import MOST_GROUPS, WEIGHTS, Coded

MISMATCH = ("train-dev", "dev")
"""The two splits whose gap `--mismatch` takes apart."""

HELD_UP_TO = 256 * 2**20
"""Bytes of codes that are kept for all that is asked of them; more are made again each time (ours).
"""


@dataclass(frozen=True)
class Weighing:
    """The column of weights, and by what these and their squares are multiplied to be summed."""

    column: str
    scales: tuple[float, float]

    @classmethod
    def of(cls, columns: Columns, cells: Cells) -> Weighing | None:
        """Return that of a run whose cells are these; None without weights."""
        column = columns.get("weight")
        if column is None or not cells.weighted:
            return None
        first, second = (float(x.sum()) for x in (cells.weight, cells.weight_squared))
        return cls(column, (scale_for(first, 1), scale_for(second, 1)))

    def expressions(self, table: Table) -> Mapping[str, Any]:
        """Return the columns of `WEIGHTS`: of rows that were counted elsewhere, those found."""
        if WEIGHTS[0] in table.names:
            return {name: table.ns.col(name) for name in WEIGHTS}
        weight = table.number(self.column)
        times = 1 if table.multiple is None else table.multiple
        both = zip(WEIGHTS, (weight, weight * weight), self.scales, strict=True)
        return {name: scaled(table, x, scale) * times for name, x, scale in both}


@dataclass(frozen=True)
class Coding:
    """How rows become codes."""

    examples: Examples
    cuts: tuple[Cut, ...]
    seed: int
    by_lot: bool
    """Whether halves are drawn by lot: counts have no ids to be hashed."""
    bucketed: bool
    """Whether groups are too many to be counted apart."""
    rows: int
    """How many rows there are, at most."""
    weighing: Weighing | None = None

    def expressions(self, part: Any, outcome: Any) -> list[Any]:
        """Return the expressions of the columns of `Coded`."""
        import polars as pl

        out = [part.cast(pl.UInt8).alias("part"), outcome.cast(pl.UInt8).alias("outcome")]
        out += [code.alias(f"c{i}") for i, (_, code) in enumerate(self.cuts)]
        if self.examples.key == "group":
            out.append(self.examples.unit().alias("group"))
        if self.weighing is not None:
            weights = self.weighing.expressions(self.examples.table)
            out += [x.alias(name) for name, x in weights.items()]
        return out + [n.alias("n") for n in (self.examples.table.multiple,) if n is not None]

    @property
    def half(self) -> Any:
        """The expression of a row's half."""
        table = self.examples.table
        if HALF in table.names:
            return table.ns.col(HALF)
        return self.examples.hashes(self.seed) >= ALL // 2

    def groups_of(self, cells: Cells) -> int:
        """Return the number of groups, more than are summed apart where cells hold buckets."""
        if cells.group is None:
            return 0
        return MOST_GROUPS + 1 if self.bucketed else len(np.unique(cells.group))

    def coded(self, frames: Sequence[Any], parts: int, outcomes: int, groups: int) -> Coded:
        """Return frames of codes with what they stand for."""
        names, table = tuple(column for column, _ in self.cuts), self.examples.table
        scales = None if self.weighing is None else self.weighing.scales
        width = len(names) + (CELL if groups else 2) + (0 if scales is None else 2 * CELL)
        if self.rows * width <= HELD_UP_TO:
            frames = [table.collect(lambda _, x=x: x).frame.lazy() for x in frames]  # type: ignore[misc]
        return Coded(table, tuple(frames), names, parts, outcomes, groups, scales)

    def of(self, frame: Any, cells: Cells, outcome: Any, outcomes: int) -> Coded:
        """Return rows as codes, parts being halves."""
        import polars as pl

        if self.by_lot:
            rows = self.halved(frame.select(self.expressions(pl.lit(0), outcome)))
        else:
            rows = frame.select(self.expressions(self.half, outcome))
        return self.coded([rows], 2, outcomes, self.groups_of(cells))

    def halved(self, frame: Any) -> Any:
        """Return counts as two halves: each of the examples of a count falls into either."""
        import polars as pl

        names = frame.collect_schema().names()
        sums = [x for x in names if x in ("n", *WEIGHTS)]
        keys = [x for x in names if x not in sums]
        summed = grouped(frame, keys, *(pl.col(x).sum() for x in sums))
        cells = self.examples.table.collect(lambda _frame: summed).frame
        second = np.random.default_rng(self.seed).binomial(cells["n"].to_numpy(), 0.5)
        first, other = (
            cells.with_columns(part=pl.lit(part, pl.UInt8), n=pl.Series(n))
            for part, n in enumerate((cells["n"].to_numpy() - second, second))
        )
        # What is weighed is never halved.
        other = other.with_columns(pl.lit(0, pl.Int64).alias(x) for x in sums if x != "n")
        return pl.concat((first, other)).lazy()

    def between(self, frame: Any, outcomes: Outcomes, cells: Cells) -> Coded:
        """Return rows of train-dev and dev as codes, parts being these splits."""
        rows = frame.filter(outcomes.within(MISMATCH)).select(
            self.expressions(outcomes.within(MISMATCH[1:]), outcomes.wrong)
        )
        return self.coded([rows], 2, 2, self.groups_of(cells))
