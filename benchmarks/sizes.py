"""What `diagnose` costs against the number of rows, beside the least that reading them costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.cases import HUNDRED_MILLION, command, file_of, python_with
from benchmarks.measuring import in_turns, make

FORMATS = {"csv": "run", "parquet": "parquet"}
"""Formats, and the kind of file of each."""
ROWS = (10**3, 10**4, 10**5, 10**6, 10**7, HUNDRED_MILLION)
LARGEST = {"csv": 10**7, "parquet": HUNDRED_MILLION}
"""Rows of the largest file: 100 million of CSV are 4.4 GB, and tell nothing that ten do not."""
WHO = {"mlstrat": "mlstrat diagnose", "polars": "work count", "duckdb": "work duckdb"}
"""Who counts: Polars and DuckDB alone group by split, label and prediction."""


def sizes(data: Path, peer: str | None) -> Iterator[dict[str, Any]]:
    """Yield seconds and peak memory of each, by format and rows."""
    pythons = {who: python_with(who, peer) for who in WHO}
    there = [who for who in WHO if pythons[who]]
    for format_, kind in FORMATS.items():
        for rows in (n for n in ROWS if n <= LARGEST[format_]):
            make(kind, rows, data)
            path = str(file_of(kind, rows, data))
            words = [command(f"{WHO[who]} {path}", rows, data, pythons[who] or "") for who in there]
            found = in_turns(words, data, 3)
            measured = zip(there, found, strict=True)
            yield {
                "format": format_,
                "rows": rows,
                **{who: [one.seconds, one.peak] for who, one in measured},
            }


def size_table(found: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of the table."""
    who = [name for name in WHO if name in found[0]]
    names = {"mlstrat": "`diagnose`", "polars": "bare Polars", "duckdb": "bare DuckDB"}
    yield "| rows | " + " | ".join(f"{names[x]} | MiB" for x in who) + " |"
    yield "|---|" + "---:|---:|" * len(who)
    for row in found:
        cells = " | ".join(f"{row[x][0]:.2f} s | {row[x][1] / 2**20:.0f}" for x in who)
        format_ = {"csv": "CSV", "parquet": "Parquet"}[row["format"]]
        yield f"| {row['rows']:,} of {format_} | {cells} |"
