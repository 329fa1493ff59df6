"""Progress on standard error: what it says, when, and when it says nothing."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
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
    states = 0

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.states += text.startswith(progress.CLEAR)
        return super().write(text)


@pytest.fixture
def run_parquet(empty_folder: Path) -> str:
    pl.DataFrame({"label": ["a", "b"] * (ROWS // 2), "pred": ["a"] * ROWS,
                  "sample_weight": [1.0] * ROWS}).write_parquet("run.parquet")  # fmt: skip
    return "run.parquet"


class InQuarters(Meter):
    """Rows pass in quarters that are seen: how many an engine hands on at a time is its affair."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "done" or not value:
            super().__setattr__(name, value)
            return
        step = max(1, (value - self.done) // 4)
        for so_far in (*range(self.done + step, value - step, step), value):
            super().__setattr__(name, so_far)
            stream = sys.stderr
            if isinstance(stream, Terminal):
                shown = stream.states + 2
                _wait_until(lambda stream=stream, shown=shown: stream.states >= shown)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the line appear at once, and every quarter of the rows wait until it was shown."""
    monkeypatch.setattr(progress, "AFTER", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.01)
    monkeypatch.setattr(reading, "Meter", InQuarters)


def _wait_until(reached: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not reached() and time.monotonic() < end:
        time.sleep(0.002)


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
    monkeypatch.setattr(progress, "AFTER", 120.0)  # short on a busy machine, too
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
