"""Tables written in the format that an ending says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlstrat.errors import UsageError
from mlstrat.places import STANDARD_OUTPUT

WRITTEN = (".csv", ".tsv", ".parquet", ".ndjson", ".jsonl")
"""Endings of tables that are written."""


def ending_of(output: str | Path) -> str:
    """Return the ending of a table to be written; standard output gets CSV."""
    ending = ".csv" if str(output) == STANDARD_OUTPUT else Path(output).suffix.lower()
    if ending not in WRITTEN:
        raise UsageError(
            f"cannot write {str(output)!r}: unknown format ({ending or 'no ending'})",
            accepted=", ".join(WRITTEN),
        )
    return ending


def sink(frame: Any, ending: str, path: Path) -> Any:
    """Return the frame that writes a lazy one to a file when it is collected."""
    if ending == ".parquet":
        return frame.sink_parquet(path, lazy=True)
    if ending in (".csv", ".tsv"):
        return frame.sink_csv(path, separator="," if ending == ".csv" else "\t", lazy=True)
    return frame.sink_ndjson(path, lazy=True)
