"""Rows as codes: of what became of them, and of the columns to slice by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, is_person
from mlstrat.core.hashing import ALL
from mlstrat.data.columns import Columns
from mlstrat.data.counting import scale_for, scaled, tally
from mlstrat.data.examples import Examples
from mlstrat.data.grouping import Counted, grouped
from mlstrat.data.held import CELL
from mlstrat.data.spark.table import HALF
from mlstrat.data.table import Table
from mlstrat.tasks.classification.contingency import Keys, label_codes
from mlstrat.tasks.keys import split_codes
from mlstrat.workflow.slices.cutter import Cut
from mlstrat.workflow.slices.passes import MOST_GROUPS, WEIGHTS, Coded

MISMATCH = ("train-dev", "dev")
"""The two splits whose gap `--mismatch` takes apart."""

HELD_UP_TO = 256 * 2**20
"""Bytes of codes that are kept for all that is asked of them; more are made again each time (ours).
"""


@dataclass(frozen=True)
class Outcomes:
    """What became of a row, as expressions over a run's own columns."""

    keys: Keys
    found: Counted
    codes: Mapping[str, Any]

    @classmethod
    def of(cls, keys: Keys) -> Outcomes:
        """Return the outcomes of a run, its distinct labels and predictions read."""
        roles = {r: c for r, c in keys.columns.roles.items() if r != "group"}
        alone = replace(keys, columns=Columns(keys.columns.header, roles))
        found = tally(keys.table, alone.expressions(), {})
        _, codes, _ = label_codes(alone, found)
        return cls(alone, found, codes)

    def within(self, splits: Sequence[str]) -> Any:
        """Return the expression that is true for rows of these splits."""
        import polars as pl

        column = self.keys.columns.get("split")
        if column is None:
            return pl.lit(True)
        names, codes = split_codes(self.keys, self.found)
        mine = np.isin(codes, [names.index(x) for x in splits])
        raw = self.found.frame["split"].filter(pl.Series(mine)).unique().sort()
        return self.keys.table.category(column).is_in(raw.implode())

    @property
    def wrong(self) -> Any:
        """The expression that is 1 where the prediction is not the label, else 0."""
        import polars as pl

        return (self._code("label") != self._code("prediction")).cast(pl.UInt8)

    @property
    def predicted(self) -> Any:
        """The expression of the code of the prediction, blank ones included."""
        return self._code("prediction")

    def people(self) -> Any:
        """Return the expression of what people say: 0 nothing, 1 the label, 2 something else.

        Of several who answer a row, more than half must be right.
        """
        import polars as pl

        n, roles = self.found.ints("n"), self.keys.columns.people
        said = [self._code(role) for role in roles if is_person(self.codes[role], n)]
        if not said:
            return pl.lit(0, pl.UInt8)
        truth = self._code("label")
        given = pl.sum_horizontal((x != ABSTAINED).cast(pl.Int64) for x in said)
        right = pl.sum_horizontal((x == truth).cast(pl.Int64) for x in said)
        judged = pl.when(given == 0).then(0).when(2 * right > given).then(1).otherwise(2)
        return judged.cast(pl.UInt8)

    def _code(self, role: str) -> Any:
        """Return the expression of a row's label as a code, blank where there is none."""
        import polars as pl

        raw, code = self.found.frame[role], pl.Series("code", self.codes[role], dtype=pl.Int64)
        distinct = pl.DataFrame({"raw": raw, "code": code}).filter(
            pl.col("raw").is_not_null() & (pl.col("code") != ABSTAINED)
        ).unique().sort("raw")  # fmt: skip
        expression = self.keys.expressions()[role]
        old = distinct["raw"]
        if old.dtype == pl.Boolean:
            old, expression = old.cast(pl.UInt8), expression.cast(pl.UInt8)
        return expression.replace_strict(
            old, distinct["code"], default=ABSTAINED, return_dtype=pl.Int64
        )


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
    """How rows become codes.

    Halves are drawn ``by_lot`` where counts have no ids to be hashed; groups are ``bucketed`` where
    they are too many to be counted apart; there are at most so many ``rows``.
    """

    examples: Examples
    cuts: tuple[Cut, ...]
    seed: int
    by_lot: bool
    bucketed: bool
    rows: int
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
