# Over 300 lines: how rows become codes, and what is counted of these.
"""Rows as codes, of what became of them and of the columns to slice by, and the passes over them.

Rows go by in blocks of small codes and are added to the tables of all columns and of all pairs of
columns at once; nothing of them is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import combinations
from operator import and_
from typing import Any

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, Ints, is_person
from mlstrat.core.hashing import ALL
from mlstrat.core.record import Record
from mlstrat.data.columns import Columns
from mlstrat.data.counting import scale_for, scaled, tally
from mlstrat.data.examples import Examples
from mlstrat.data.grouping import Counted, grouped, unordered
from mlstrat.data.held import CELL
from mlstrat.data.spark.table import HALF
from mlstrat.data.table import Table
from mlstrat.tasks.classification.contingency import Keys, label_codes
from mlstrat.tasks.keys import collapse, split_codes
from mlstrat.tasks.pairing import added
from mlstrat.workflow.slices.cutter import Cut
from mlstrat.workflow.slices.search import (
    Conditions,
    GroupSums,
    SliceColumn,
    SliceCounts,
    WeightSums,
)

BLOCK = 1 << 16
"""Rows counted at a time: their codes stay in the cache."""

WEIGHTS = ("w", "w2")
"""Columns of weights and of their squares, as whole multiples, of all examples of a row."""

MOST_GROUPS = 8_192
"""Groups summed apart; more are hashed into as many buckets, which are as independent."""


class Coded(Record):
    """Rows as codes, lazily.

    ``frames`` of Polars are read one after another; their columns are ``part``, ``outcome``,
    ``c0``, ``c1``, …, all whole numbers of one byte, ``group`` where there are groups, ``n`` where
    rows are counts, and `WEIGHTS` where there are weights. ``columns`` are what ``c0``, ``c1``, …
    stand for; ``groups`` is 0 where rows are independent, ``scales`` what 1 is in `WEIGHTS`.
    """

    table: Table
    frames: tuple[Any, ...]
    columns: tuple[SliceColumn, ...]
    parts: int
    outcomes: int
    groups: int = 0
    scales: tuple[float, float] | None = None

    def counts(self, *, pairs: bool) -> SliceCounts:
        """Return the tables of all columns, and of all pairs of columns if asked for."""
        import polars as pl

        sizes = [len(column.values) for column in self.columns]
        adder = _Adder(sizes, self.parts, self.outcomes, pairs)
        names = [f"c{i}" for i in range(len(sizes))]
        rows = pl.struct("part", "outcome", *names, *self._n).map_batches(
            adder.add, return_dtype=pl.UInt8, is_elementwise=True
        )
        self._each(
            lambda frame: frame.select(rows.alias("done")).select(pl.len(), pl.col("done").sum())
        )
        shape = (self.parts, self.outcomes)
        return SliceCounts(
            self.columns,
            tuple(t.reshape(*shape, k) for t, k in zip(adder.singles, sizes, strict=True)),
            {(i, j): t.reshape(*shape, sizes[i], sizes[j]) for (i, j), t in adder.pairs.items()},
        )

    def overlaps(self, slices: Conditions, pairs: Sequence[tuple[int, int]]) -> Ints:
        """Return how many rows two slices have in common, for each pair of slices."""
        import polars as pl

        if not pairs:
            return np.zeros(0, np.int64)
        used = sorted({place for pair in pairs for place in pair})
        members = [*(_member(slices, i).alias(f"s{i}") for i in used), *self._n]
        common = {f"{i} {j}": pl.col(f"s{i}") & pl.col(f"s{j}") for i, j in pairs}
        if self._n:
            common = {name: x * pl.col("n") for name, x in common.items()}
        both = [x.sum().alias(name) for name, x in common.items()]
        found = self._each(lambda frame: frame.select(members).select(both))
        return np.array([sum(int(x.value(f"{i} {j}")) for x in found) for i, j in pairs], np.int64)

    def group_sums(self, slices: Conditions, score: Sequence[int]) -> GroupSums:
        """Return rows and scores by group; the score of a row is that of its outcome."""
        import polars as pl

        points = pl.col("outcome").replace_strict(
            list(range(len(score))), list(score), return_dtype=pl.Int64
        )
        one = pl.col("n") if self._n else pl.lit(1, pl.Int64)
        members = [_member(slices, i) * one for i in range(len(slices))]
        chosen = (
            self._group().alias("group"),
            "part",
            one.alias("n"),
            (points * one).alias("score"),
            *(m.alias(f"n{i}") for i, m in enumerate(members)),
            *((m * points).alias(f"k{i}") for i, m in enumerate(members)),
        )
        names = [f"{kind}{i}" for kind in "nk" for i in range(len(slices))]
        sums = [pl.col(x).sum() for x in ("n", "score", *names)]
        found = self._summed(chosen, ("group", "part"), sums)
        order = np.lexsort((found.ints("part"), _codes(found)))

        def columns(kind: str) -> Ints:
            if not len(slices):
                return np.zeros((len(order), 0), np.int64)
            return np.stack([found.ints(f"{kind}{i}")[order] for i in range(len(slices))], axis=1)

        half, rows, total = (found.ints(x)[order] for x in ("part", "n", "score"))
        return GroupSums(half, rows, total, columns("n"), columns("k"))

    def weight_sums(self, slices: Conditions, score: Sequence[int]) -> WeightSums | None:
        """Return the weights of slices, rows of a score other than 0 being wrong; None without."""
        import polars as pl

        if self.scales is None:
            return None
        wrong = pl.col("outcome").is_in([i for i, x in enumerate(score) if x])
        group = [self._group().alias("group")] if self.groups else []
        members = [*(_member(slices, i) for i in range(len(slices))), pl.lit(True)]
        names = {x: [f"{x} {i}" for i in range(len(members))] for x in WEIGHTS}
        chosen = [
            (member * pl.col(x)).alias(name)
            for x, of in names.items()
            for name, member in zip(of, members, strict=True)
        ]
        sums = [pl.col(name).sum() for of in names.values() for name in of]
        keys = ("wrong", "group")[: 1 + len(group)]
        found = self._summed((wrong.alias("wrong"), *group, *chosen), keys, sums)
        is_wrong = found.frame["wrong"].to_numpy()
        codes = _codes(found) if group else np.zeros(len(is_wrong), np.int64)
        order = np.lexsort((is_wrong, codes))  # sums of floats are of one order
        weight, squared = (
            np.stack([found.ints(name)[order] for name in names[x]], axis=1) / scale
            for x, scale in zip(WEIGHTS, self.scales, strict=True)
        )
        return WeightSums(is_wrong[order], codes[order] if group else None, weight, squared)

    def group_cells(self, place: int) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """Return codes of group, part, outcome, value of one column, and rows."""
        import polars as pl

        keys = ("part", "outcome", f"c{place}")
        chosen = (self._group().alias("group"), *keys, *self._n)
        rows = pl.col("n").sum() if self._n else pl.len().alias("n")
        found = self._summed(chosen, ("group", *keys), (rows,))
        columns = [_codes(found), *(found.ints(x) for x in keys)]
        order, _ = collapse(columns)
        group, part, outcome, value = (x[order] for x in columns)
        return group, part, outcome, value, found.ints("n")[order]

    def _each(self, ask: Callable[[Any], Any]) -> list[Counted]:
        return [self.table.collect(lambda _, frame=frame: ask(frame)) for frame in self.frames]  # type: ignore[misc]

    def _summed(self, chosen: Iterable[Any], keys: Sequence[str], sums: Iterable[Any]) -> Counted:
        """Return sums of chosen columns by keys, over all frames."""
        return added(self._each(lambda frame: unordered(frame.select(chosen), keys, *sums)), keys)

    @property
    def _n(self) -> list[str]:
        """The column of how many examples a row stands for, where rows are counts."""
        return [] if self.table.counts is None else ["n"]

    def _group(self) -> Any:
        """Return the expression of a row's group, or of its bucket where there are many."""
        import polars as pl

        group = pl.col("group")
        return group if self.groups <= MOST_GROUPS else group.hash() % MOST_GROUPS


def _codes(found: Counted) -> Ints:
    """Return the codes of groups in the order of their names, whatever order the engine has."""
    import polars as pl

    column = found.frame["group"]
    return np.asarray(column.rank("dense").cast(pl.Int64).to_numpy()) - 1


def _member(slices: Conditions, place: int) -> Any:
    """Return the expression that is true for the rows of a slice."""
    import polars as pl

    return reduce(and_, [pl.col(f"c{column}") == value for column, value in slices.codes(place)])


class _Adder:
    def __init__(self, sizes: Sequence[int], parts: int, outcomes: int, pairs: bool) -> None:
        self.sizes, self.outcomes = sizes, outcomes
        kinds = parts * outcomes
        self.singles = [np.zeros(kinds * k, np.int64) for k in sizes]
        self.pairs = {
            (i, j): np.zeros(kinds * sizes[i] * sizes[j], np.int64)
            for i, j in (combinations(range(len(sizes)), 2) if pairs else ())
        }
        self._lock = threading.Lock()

    def add(self, block: Any) -> Any:
        """Add the rows of a block; what is returned means nothing."""
        import polars as pl

        fields = {x: block.struct.field(x).to_numpy() for x in block.struct.fields}
        with self._lock:
            for first in range(0, len(block), BLOCK):
                part = {x: v[first : first + BLOCK].astype(np.int64) for x, v in fields.items()}
                kind = part["part"] * self.outcomes + part["outcome"]
                codes = [part[f"c{i}"] for i in range(len(self.sizes))]
                self._add(codes, kind, part.get("n"))
        return pl.repeat(0, len(block), dtype=pl.UInt8, eager=True)

    def _add(self, codes: list[Ints], kind: Ints, n: Ints | None) -> None:
        for i, code in enumerate(codes):
            key = kind * self.sizes[i] + code
            self.singles[i] += _count(key, n, len(self.singles[i]))
            for j in range(i + 1, len(codes)):
                if (i, j) in self.pairs:
                    table = self.pairs[i, j]
                    table += _count(key * self.sizes[j] + codes[j], n, len(table))


def _count(keys: Ints, n: Ints | None, size: int) -> Ints:
    """Return how many examples have each key; a row is one where `n` is None."""
    return np.bincount(keys, n, size).astype(np.int64, copy=False)


MISMATCH = ("train-dev", "dev")
"""The two splits whose gap `--mismatch` takes apart."""

HELD_UP_TO = 256 * 2**20
"""Bytes of codes that are kept for all that is asked of them; more are made again each time (ours).
"""


class Outcomes(Record):
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


class Weighing(Record):
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


class Coding(Record):
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
