"""Tables that are asked several times: opened once, their rows kept in memory where they fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlstrat.data.opening import open_table
from mlstrat.data.table import Table

HELD_UP_TO = 64 * 2**20
"""Bytes of files whose rows are kept, of all that a command reads together (ours)."""

CELL = 16
"""Bytes that a cell of text takes, what it holds beyond twelve of them beside."""

COLUMNS_UP_TO = 640 * 2**20
"""Bytes of columns that are kept: as much as many passes over their text take (ours)."""


@dataclass(eq=False)
class Held:
    """Sources by the table that each was opened as.

    ``left`` are the bytes that may still be kept; a table that is larger stays lazy.
    """

    left: int = HELD_UP_TO
    tables: dict[int, tuple[Any, Table]] = field(default_factory=dict)

    def open(self, source: Any) -> Any:
        """Return the table of a source, its rows in memory where few; frames as they are."""
        if not isinstance(source, str | Path):
            return source
        if id(source) not in self.tables:
            self.tables[id(source)] = (source, self._kept(open_table(source)))
        return self.tables[id(source)][1]

    def _kept(self, table: Table) -> Table:
        files = table.files
        if files is None or files.remote or not table.polars or files.size > self.left:
            return table
        self.left -= files.size
        return held(table)


def held(table: Table) -> Table:
    """Return a table with its rows in memory.

    Examples
    --------
    >>> import polars as pl
    >>> lazy = open_table(pl.LazyFrame({"label": ["a"]}))
    >>> held(lazy).frame.collect().rows()
    [('a',)]
    """
    whole = replace(table, keep=None, counts=None, held=True)
    frames = tuple(
        replace(whole, frames=(frame,)).collect(lambda x: x).frame.lazy() for frame in table.frames
    )
    return replace(table, frames=frames, held=True)


def held_columns(table: Table, columns: Iterable[str], rows: int) -> Table:
    """Return a table of some columns of a table of files, its rows in memory where they fit.

    Formula: bytes of the files + 16 × rows × columns, at most 640 MiB; else the table as it is.

    Examples
    --------
    >>> import polars as pl
    >>> lazy = open_table(pl.LazyFrame({"label": ["a"]}))
    >>> held_columns(lazy, ["label"], 1) is lazy  # a frame is in memory already
    True
    """
    header = tuple(dict.fromkeys((*columns, *((table.counts,) if table.counts else ()))))
    files = table.files
    if files is None or files.size + CELL * rows * len(header) > COLUMNS_UP_TO:
        return table
    names = tuple(table.names[table.header.index(name)] for name in header)
    frame = table.collect(lambda whole: whole.select(names)).frame.lazy()
    return replace(table, header=header, names=names, frames=(frame,), keep=None)
