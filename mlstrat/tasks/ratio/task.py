"""The task `ratio`: any additive error of one's own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.metrics import Metric, MetricChoice
from mlstrat.data.asked.read_as import no_rows
from mlstrat.data.columns import Columns, find_column
from mlstrat.data.counting import Number, measure
from mlstrat.data.opening import in_polars, open_table
from mlstrat.data.roles import roles_of
from mlstrat.data.table import Table
from mlstrat.data.values import check_split_as
from mlstrat.errors import InputError, UsageError
from mlstrat.places import is_standard
from mlstrat.tasks.contract import ErringRow, How, Task
from mlstrat.tasks.keys import RowKeys
from mlstrat.tasks.measured import (
    MARK,
    Measured,
    MeasuredPair,
    categories_of,
    columns_of,
)
from mlstrat.tasks.table.columns import COUNT, PARTS, ROLES, Added
from mlstrat.tasks.table.pairing import pair_ratios
from mlstrat.tasks.table.read import NO_UNITS, assembled, measure_ratios, measured_of, open_ratios


class AddedCells(Added):
    """Cells of several shards, added up as they are: a cell that stands once keeps its sums."""

    def of(self, name: str) -> Floats:
        """Return the sum of each cell."""
        return np.add.reduceat(self._found.floats(name)[self._order], self._starts)


def is_summed(table: Table) -> bool:
    """Whether a table holds sums, not examples."""
    return MARK in table.header


def refuse_summed(table: Any) -> None:
    """Refuse a table of sums where examples are needed."""
    if isinstance(table, Table) and is_summed(table):
        raise InputError(
            "sums have no ids, and this looks at examples one by one",
            file=table.name,
            accepted="a table of examples: id, num, den",
        )


def measure_summed(source: Any, how: How) -> Measured:
    """Read a table of sums."""
    targets = check_split_as(how.split_as)
    table = in_polars(open_table(source))
    strays = [role for role in how.columns if role.strip().lower() not in ("split", "group")]
    if strays:
        raise UsageError(
            f"--map {strays[0]}: a table of sums has its columns by their names",
            accepted="split, group",
        )
    roles = roles_of(table, how.columns, ("split", "group"))
    by = tuple(dict.fromkeys(
        find_column(table.header, name, file=table.name, option="--by") for name in how.by
    ))  # fmt: skip
    keys = RowKeys(table, Columns(tuple(table.header), roles), targets, by)
    categories = categories_of(table.header)
    columns = columns_of(categories)
    if missing := [name for name in columns if name not in table.header]:
        raise InputError(
            f"a table of sums lacks the column {missing[0]}", file=table.name,
            accepted=", ".join(columns_of(["<category>"])),
        )  # fmt: skip
    rows, _ = measure(
        table, [Number(x, x, low=0.0, whole=x in ("n", "over", "parted")) for x in columns]
    )
    if not rows:
        raise no_rows(table)
    chosen = [x.alias(name) for name, x in keys.expressions().items()]
    chosen += [table.number(column).alias(name) for column, name in columns.items()]
    found = table.collect(lambda frame: frame.select(*chosen))
    table.check_counted(found)

    def adder(order: Ints, starts: Ints) -> Added:
        return AddedCells(found, {}, order, starts)

    flags = not found.ints("over").any(), not found.ints("parted").any()
    result = assembled(keys, found, categories, adder, flags)
    for split in result.splits:
        if not result.of_split(split).ratios.sums.den.sum() > 0:
            raise InputError(f"{NO_UNITS} in {split}", file=table.name, column="den")
    return measured_of(result, keys, {"num": "num", "den": "den", **roles}, how, columns)


ERROR = Metric("error", "error", "Σ num / Σ den", 0.0, 1.0, False, "every den is 0", "interface")


class RatioTask(Task):
    """Reads `id, num, den` and what may stand beside them."""

    @property
    def summed(self) -> bool:
        """Whether a run is a table of examples already, of which `count` writes the sums."""
        return True

    def table(self, source: Any, how: How) -> Table:  # noqa: ARG002
        """Return the examples of a run as a table."""
        table = open_table(source)
        refuse_summed(table)
        return table

    def choose(
        self, metric: str | None, measured: Measured | MeasuredPair | None = None
    ) -> MetricChoice:
        """Return the error; one that num may exceed den of has no upper end."""
        name = "error" if metric is None else metric.strip().lower().replace("-", "_")
        if name not in self.metrics:
            raise UsageError(
                f"--metric {metric}: a ratio table has num and den, and no such metric",
                accepted=", ".join(self.metrics),
            )
        found = self.metrics[name]
        if isinstance(measured, Measured | MeasuredPair) and not measured.bounded:
            found = replace(found, high=math.inf)
        return MetricChoice(found, None, None)

    def measure(self, source: Any, how: How) -> Measured:
        """Read a run and measure it."""
        table = open_table(source)
        if is_summed(table):
            return measure_summed(table, how)
        return measure_ratios(table, how)

    def pair(self, a: Any, b: Any, how: tuple[How, How]) -> MeasuredPair:
        """Read two runs and pair them by the ids of their examples."""
        tables = [x if is_standard(x) else open_table(x) for x in (a, b)]
        for table in tables:
            refuse_summed(table)
        return pair_ratios(tables[0], tables[1], how)

    def rows(self, source: Any, how: How) -> Iterator[ErringRow]:
        """Yield the examples with errors, of one split if one is asked for, as they stand."""
        from mlstrat.data.values import split_name, value_text

        table = open_table(source)
        refuse_summed(table)
        opened = open_ratios(table, how)
        roles = {
            role: column
            for role, column in opened.columns.roles.items()
            if role in ("id", "split", *PARTS) or role.startswith(COUNT)
        }
        table = in_polars(opened.table)
        texts = [table.category(roles[r]).alias(r) for r in ("id", "split") if r in roles]
        numbers = [table.number(c).alias(r) for r, c in roles.items() if r not in ("id", "split")]
        found = table.collect(lambda frame: frame.select(*texts, *numbers))
        for row in found.frame.iter_rows(named=True):
            split = "dev"
            if "split" in row:
                split = split_name(str(row["split"]).strip(), opened.keys.split_as) or ""
            if row["num"] > 0 and how.split in (None, split):
                kinds = [name for name in opened.columns.categories if row[COUNT + name] > 0]
                yield ErringRow(
                    value_text(row.get("id")), split, row["num"], row["den"], tuple(kinds)
                )


TASK = RatioTask("ratio", "example", ROLES, {"error": ERROR})
