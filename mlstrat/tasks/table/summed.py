"""Reads a table of sums, as `count --task` writes it: its rows are cells, which add up."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlstrat.core.counts import Floats, Ints
from mlstrat.data.columns import Columns, find_column
from mlstrat.data.counting import Number, measure
from mlstrat.data.opening import in_polars, open_table
from mlstrat.data.read_as import no_rows
from mlstrat.data.roles import roles_of
from mlstrat.data.table import Table
from mlstrat.data.values import check_split_as
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import How
from mlstrat.tasks.keys import RowKeys
from mlstrat.tasks.measured import MeasuredRatios
from mlstrat.tasks.summed import MARK, categories_of, columns_of
from mlstrat.tasks.table.read import NO_UNITS, assembled, measured_of
from mlstrat.tasks.table.sums import Added


class AddedCells(Added):
    """Cells of several shards, added up as they are: a cell that stands once keeps its sums."""

    def of(self, name: str) -> Floats:
        """Return the sum of each cell."""
        return np.add.reduceat(self._found.floats(name)[self._order], self._starts)


def is_summed(table: Table) -> bool:
    """Whether a table holds sums, not examples."""
    return MARK in table.header


def refuse_summed(table: Any) -> None:
    """Refuse a table of sums where examples are needed.

    Raises
    ------
    InputError
        With the file.
    """
    if isinstance(table, Table) and is_summed(table):
        raise InputError(
            "sums have no ids, and this looks at examples one by one",
            file=table.name,
            accepted="a table of examples: id, num, den",
        )


def measure_summed(source: Any, how: How) -> MeasuredRatios:
    """Read a table of sums.

    Raises
    ------
    InputError
        With file, row and column, for what is no number of at least 0, and for a missing column.
    UsageError
        For roles and splits that there are not.
    """
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
