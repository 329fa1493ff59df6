"""What was read of a table, for the signature."""

from __future__ import annotations

from dataclasses import replace

from mlstrat.data.files import describe_input
from mlstrat.data.parts import InputFile
from mlstrat.data.several.composed import Composed
from mlstrat.data.table import Table


def describe_table(table: Table, rows: int, checksum: bool) -> InputFile:
    """Return what was read of a table; of one made of others with each of these."""
    told = describe_input(table.name, table.files, rows, checksum)
    counts = table.counts is not None
    if not isinstance(table, Composed):
        return replace(told, counts=counts)
    alone = len(table.of) == 1
    read = [rows] if alone else table.rows_of_each()
    splits = table.splits or (None,) * len(table.of)
    each = [
        replace(describe_table(one, n, checksum), split=split, counts=counts)
        for one, n, split in zip(table.of, read, splits, strict=True)
    ]
    each += [describe_table(one, n, checksum) for one, n in table.beside]
    return replace(told, counts=counts, each=tuple(each))
