"""How far reading has come, for whoever shows it.

Nobody looks in a pipe, so nothing is counted there: `watched` and `passed` do nothing until a
`Meter` is set. Rows are counted as the engine hands them on, not estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlstrat.inputs.tables import Table


@dataclass
class Meter:
    """What a pass has done: so many of so many ``rows`` or ``bytes``; `total` 0 is unknown."""

    done: int = 0
    total: int = 0
    unit: str = "rows"
    passes: int = 0

    def begin(self, unit: str, total: int) -> None:
        """Start a pass."""
        self.done, self.total, self.unit = 0, total, unit
        self.passes += 1


_METER: list[Meter] = []


def watch() -> Meter:
    """Return the meter that reading moves from now on."""
    _METER[:] = [Meter()]
    return _METER[0]


def unwatch() -> None:
    """Count no more."""
    _METER.clear()


def begin_bytes(total: int) -> None:
    """Say that so many bytes will be looked through."""
    for meter in _METER:
        meter.begin("bytes", total)


def passed(size: int) -> None:
    """Say that so many more bytes were looked through."""
    for meter in _METER:
        meter.done += size


def watched(frame: Any, table: Table) -> Any:
    """Return a lazy frame of some columns of a table; its rows count as they pass, in a new pass.

    Only behind a selection: the engine reads all columns of what is counted.
    """
    begin_rows(table)
    return counted(frame)


def begin_rows(*tables: Table, times: int = 1) -> None:
    """Say that the rows of these tables will pass, so many times."""
    for meter in _METER:
        meter.begin("rows", times * sum(_rows(table) for table in tables))


def counted(frame: Any) -> Any:
    """Return a lazy frame whose rows count as they pass, if it is of Polars."""
    if not _METER or not hasattr(frame, "map_batches"):
        return frame
    (meter,) = _METER

    def count(batch: Any) -> Any:
        meter.done += len(batch)
        return batch

    return frame.map_batches(count, streamable=True, validate_output_schema=False)


def _rows(table: Table) -> int:
    """Return the rows of a table: of Parquet as its footers tell, of text by its separators."""
    import polars as pl

    if not table.polars:
        return 0
    if table.delimited and len(table.header) > 1:
        lines = table.separators // (len(table.header) - 1)
        return lines - (len(table.files.parts) if table.files else 0)
    if table.files is not None and table.files.format == "parquet":
        rows = pl.concat([frame.select(pl.len()) for frame in table.frames])
        return int(rows.collect(engine="streaming")["len"].sum())
    return 0
