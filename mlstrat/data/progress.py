"""How far reading has come, for whoever shows it.

Nobody looks in a pipe, so nothing is counted there: `watched` and `passed` do nothing until a
`Meter` is set. Rows are counted as the engine hands them on, not estimated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


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


def begin_rows(total: Callable[[], int]) -> None:
    """Say that so many rows will pass; asked for only where somebody looks."""
    for meter in _METER:
        meter.begin("rows", total())


def counted(frame: Any) -> Any:
    """Return a lazy frame whose rows count as they pass, if it is of Polars."""
    if not _METER or not hasattr(frame, "map_batches"):
        return frame
    (meter,) = _METER

    def count(batch: Any) -> Any:
        meter.done += len(batch)
        return batch

    return frame.map_batches(count, streamable=True, validate_output_schema=False)
