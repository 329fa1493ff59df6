"""What was read, for the signature: one line a file."""

from __future__ import annotations

from dataclasses import replace

from mlstrat.data.files import describe_input
from mlstrat.data.parts import InputFile
from mlstrat.data.several.composed import Composed
from mlstrat.data.table import Table


def inputs_of(table: Table, rows: int, checksum: bool) -> tuple[InputFile, ...]:
    """Return what was read of a table: of several files each, with its own rows."""
    if not isinstance(table, Composed):
        told = describe_input(table.name, table.files, rows, checksum)
        return (replace(told, counts=table.counts is not None),)
    counted = table.rows_of_each() if len(table.of) > 1 else (rows,)
    own = tuple(
        replace(told, counts=table.counts is not None)
        for one, n in zip(table.of, counted, strict=True)
        for told in inputs_of(one, n, checksum)
    )
    return own + tuple(x for one, n in table.beside for x in inputs_of(one, n, checksum))
