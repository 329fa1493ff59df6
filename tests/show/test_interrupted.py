"""What is left where work is interrupted, and where two processes write at once: nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

WRITING = """
import signal, sys, time
from mlstrat.show.writing import whole_files
{handler}
with whole_files("out.csv", "out.json") as files:
    print("ready", flush=True)
    time.sleep(60)
"""

FLUSHING = """
import os, time
from mlstrat.show.writing import write_whole
def slow(_):
    print("ready", flush=True)
    time.sleep(60)
os.fsync = slow
write_whole("out.csv", "new")
"""


def interrupted(script: str, number: signal.Signals) -> int:
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        return process.wait(timeout=120)


@pytest.mark.parametrize("script", [WRITING.format(handler=""), FLUSHING])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_old_file_and_nothing_else(
    script: str, number: signal.Signals, empty_folder: Path
) -> None:
    Path("out.csv").write_text("old")
    code = interrupted(script, number)
    assert code == (-number if number == signal.SIGINT else 128 + number)
    assert [p.name for p in Path().iterdir()] == ["out.csv"]
    assert Path("out.csv").read_text() == "old"


def test_who_handles_the_signal_keeps_it(empty_folder: Path) -> None:
    own = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))"
    assert interrupted(WRITING.format(handler=own), signal.SIGTERM) == 7
    assert list(Path().iterdir()) == []


def test_handlers_are_as_they_were(empty_folder: Path) -> None:
    from mlstrat.show.writing import write_whole

    before = [signal.getsignal(x) for x in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]
    write_whole("out.csv", "new")
    after = [signal.getsignal(x) for x in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]
    assert after == before
    assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_a_command_that_is_interrupted(number: int, code: int, empty_folder: Path) -> None:
    """It waits for standard input when the signal comes."""
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "mlstrat", "diagnose", "-", "-o", "out.md"],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stderr is not None
        assert any("mlstrat.data.opening" in line for line in process.stderr)
        process.send_signal(number)
        assert "Traceback" not in process.stderr.read()
        assert process.wait(timeout=120) == code
    assert list(Path().iterdir()) == []


def test_processes_that_write_into_one_folder_at_once(empty_folder: Path) -> None:
    pl.DataFrame({
        "id": range(600), "split": ["train", "dev"] * 300, "label": ["a", "b", "b"] * 200,
        "prediction": ["a", "b"] * 300,
    }).write_csv("run.csv")  # fmt: skip
    Path("reports").mkdir()

    def started(output: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "mlstrat", "report", "run.csv", "-o", f"reports/{output}"],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    for process in [started(x) for x in ("same.md", "same.md", "same.md", "other.md", "a.html")]:
        assert process.communicate(timeout=120)[1] == ""
        assert process.returncode == 0
    assert sorted(p.name for p in Path("reports").iterdir()) == ["a.html", "other.md", "same.md"]
    assert Path("reports/same.md").read_bytes() == Path("reports/other.md").read_bytes()
