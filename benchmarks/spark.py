"""Spark against the local engine at two sizes, and the size from which it pays with more workers.

Both take a start and so much a row. Spark's share of a row is divided by its workers, each with the
cores of this machine; its start is not. This flatters Spark, as a network costs something too.
"""

from __future__ import annotations

import importlib.util
import math
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.measuring import Result, measure

SIZES = (1_000_000, 10_000_000)
WORKERS = (1, 2, 4, 8, 16, 32, 64)
LOCAL = "mlstrat diagnose {parquet}"
SPARK = f"{LOCAL} --engine spark --master local[*]"

KILLED = (
    "What is lost with a worker is counted again: `tests/engines/test_spark.py` kills one of "
    "the two workers of a cluster on this machine in the middle of a count, and "
    "the figures are the same."
)

Line = tuple[float, float]
"""Seconds of the start, and seconds a row."""


def line(seconds: list[float]) -> Line:
    """Return the line through the seconds of the two sizes."""
    slope = max(0.0, (seconds[1] - seconds[0]) / (SIZES[1] - SIZES[0]))
    return seconds[0] - slope * SIZES[0], slope


def pays_from(local: Line, spark: Line, workers: int) -> float:
    """Return the rows from which Spark is quicker; infinite where its rows cost no less."""
    gain = local[1] - spark[1] / workers
    return max(0.0, (spark[0] - local[0]) / gain) if gain > 0 else math.inf


def text(data: Path, peer: str | None) -> str:
    """Return what is said of Spark in the results, measured."""

    def seconds(words: str, rows: int) -> float:
        found = measure(
            Case("spark", "", words, rows=rows, repeats=3), data, small=False, peer=peer
        )
        assert isinstance(found, Result)
        return found.ours.seconds

    return "\n".join(["## Spark", "", *lines(seconds), "", KILLED])


def lines(seconds: Callable[[str, int], float]) -> Iterator[str]:
    """Yield what is said of Spark; `seconds` measures a command on so many rows."""
    if not importlib.util.find_spec("pyspark") or not (
        os.environ.get("JAVA_HOME") or shutil.which("java")
    ):
        yield "Spark was not measured: it needs PySpark (`pip install 'mlstrat[spark]'`) and Java."
        return
    yield f"| `diagnose`, Parquet | {' | '.join(f'{n:,} rows' for n in SIZES)} | start | a row |"
    yield "|---|---:|---:|---:|---:|"
    fitted = []
    for name, command in (("Polars", LOCAL), ("Spark, this machine its one worker", SPARK)):
        took = [seconds(command, n) for n in SIZES]
        start, slope = line(took)
        fitted.append((start, slope))
        cells = " | ".join(f"{t:.2f} s" for t in took)
        yield f"| {name} | {cells} | {start:.2f} s | {slope * 1e9:.0f} ns |"
    yield ""
    found = [(workers, pays_from(fitted[0], fitted[1], workers)) for workers in WORKERS]
    never = [f"{workers}" for workers, rows in found if math.isinf(rows)]
    if never:
        yield f"With {', '.join(never)} such workers Spark is never quicker than Polars on one."
    for workers, rows in found:
        if not math.isinf(rows):
            yield f"With {workers} it pays from about {rows / 1e6:,.0f} million rows."
