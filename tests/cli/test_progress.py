"""Progress on standard error: what it says, when, and when it says nothing."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import progress, run
from mlstrat.data import progress as reading
from mlstrat.data.progress import Meter

ROWS = 500_000


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def run_parquet(empty_folder: Path) -> str:
    pl.DataFrame({"label": ["a", "b"] * (ROWS // 2), "pred": ["a"] * ROWS,
                  "sample_weight": [1.0] * ROWS}).write_parquet("run.parquet")  # fmt: skip
    return "run.parquet"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the line appear at once, and the counting take long enough to be seen."""
    monkeypatch.setattr(progress, "AFTER", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.01)
    counted = reading.counted

    def slowly(frame: Any) -> Any:
        def wait(batch: Any) -> Any:
            time.sleep(0.05)
            return batch

        return counted(frame).map_batches(wait, streamable=True, validate_output_schema=False)

    monkeypatch.setattr(reading, "counted", slowly)


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *command: str) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    assert run(list(command)) == 0
    return stream.getvalue()


def test_rows_so_far_of_how_many_how_fast_how_long_yet(run_parquet, slow, monkeypatch) -> None:
    text = shown(monkeypatch, Terminal(), "diagnose", run_parquet, "-o", "out.json")
    assert " of 500.0 k rows, " in text
    assert "rows/s, about " in text
    assert text.endswith(progress.CLEAR)


def test_in_a_pipe_it_is_quiet(run_parquet, slow, monkeypatch) -> None:
    assert shown(monkeypatch, io.StringIO(), "diagnose", run_parquet, "-o", "out.json") == ""


def test_short_work_says_nothing(run_parquet, monkeypatch) -> None:
    assert shown(monkeypatch, Terminal(), "diagnose", run_parquet, "-o", "out.json") == ""


def test_the_line_is_gone_before_a_message(empty_folder, slow, monkeypatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    assert run(["diagnose", "none.csv"]) == 2
    assert stream.getvalue().rpartition(progress.CLEAR)[2].startswith("mlstrat: none.csv")


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_rows_are_counted_as_they_pass_and_figures_stay(ending, run_parquet) -> None:
    path = f"run.{ending}"
    if ending == "csv":
        pl.read_parquet(run_parquet).write_csv(path)
    expected = ms.diagnose(path).to_json()
    meter = reading.watch()
    try:
        assert ms.diagnose(path).to_json() == expected
    finally:
        reading.unwatch()
    assert (meter.done, meter.total, meter.unit) == (ROWS, ROWS, "rows")


@pytest.mark.parametrize(("meter", "words"), [
    (Meter(), "working, 30 s"),
    (Meter(25_000_000, 100_000_000), "25.0 M rows of 100.0 M rows, 5.0 M rows/s, about 15 s left "
     "of this pass"),
    (Meter(2_000, 0), "2.0 k rows, 400 rows/s"),
    (Meter(3_000_000_000, 4_000_000_000, "bytes"), "3.0 GB of 4.0 GB, 600.0 MB/s, about 2 s left "
     "of this pass"),
    (Meter(5, 5), "working, 30 s"),
])  # fmt: skip
def test_the_line(meter: Meter, words: str) -> None:
    assert progress.line(meter, 30.0, 5.0) == words
