"""Memory that does not grow with the rows: what the README promises of 100 million, scaled down.

The figures for 100 million rows themselves stand in benchmarks/results.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from benchmarks.work import make_run
from mlstrat.data.formats import parquet as parquet_footer
from mlstrat.errors import InputError
from mlstrat.tasks.classification.run import read_run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the peak"),
]
MILLION = 1_000_000
MEASURED = """
import sys
from pathlib import Path
{before}
from mlstrat.cli import run

code = run()
peak = next(x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x)
print(peak.split()[1], file=sys.stderr)
sys.exit(code)
"""


def peak_of(*words: str | Path, before: str = "") -> float:
    """Return the MiB that a command held at most, in a process of its own with two threads."""
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED.format(before=before), *map(str, words)],
        capture_output=True, text=True, check=True, env={**os.environ, "POLARS_MAX_THREADS": "2"},
    )  # fmt: skip
    return int(ended.stderr.split()[-1]) / 1024


def least(measure: Callable[[], float], wanted: float) -> float:
    """Return the least of some peaks: how much the engine holds at once differs by the run."""
    found = measure()
    for _ in range(4):
        if found < wanted:
            break
        found = min(found, measure())
    return found


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for millions in (2, 4, 8, 24):
        make_run(millions * MILLION, folder / f"{millions}.parquet")
    for millions in (2, 4):
        make_run(millions * MILLION, folder / f"{millions}_twin.parquet", twin=True)
    return folder


def test_diagnose_holds_no_more_of_three_times_the_rows(data: Path) -> None:
    wanted = min(1.35 * peak_of("diagnose", data / "8.parquet"), 600)
    assert least(lambda: peak_of("diagnose", data / "24.parquet"), wanted) < wanted


def test_compare_joins_in_parts(data: Path) -> None:
    """Of all rows: one part after another is in memory, however many there are."""
    parts = "import mlstrat.tasks.pairing as sides; sides.PART_ROWS = 400_000"

    def peak(millions: int, before: str = "") -> float:
        runs = (data / f"{millions}.parquet", data / f"{millions}_twin.parquet")
        return peak_of("compare", *runs, "--split", "train", before=before)

    wanted = min(1.3 * peak(2, parts), 0.6 * peak(4))
    assert least(lambda: peak(4, parts), wanted) < wanted


def test_a_small_file_of_very_many_rows(tmp_path: Path) -> None:
    """Ten million equal rows in some hundred kilobytes, in row groups of a usual size."""
    one = pl.DataFrame({"label": ["a", "b"], "prediction": ["a", "a"], "split": ["dev"] * 2})
    path = tmp_path / "bomb.parquet"
    pl.concat([one] * 50_000).lazy().select(pl.all().repeat_by(100).explode()).sink_parquet(path)
    assert path.stat().st_size < MILLION
    assert peak_of("diagnose", path) < 600


def test_a_row_group_of_very_many_rows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is decoded whole, so that a few bytes would fill the memory."""
    monkeypatch.setattr(parquet_footer, "MOST_PACKED", 50_000)
    frame = pl.DataFrame({"label": ["a", "b"] * 50_000, "prediction": ["a"] * 100_000})
    frame.write_parquet(tmp_path / "bomb.parquet", row_group_size=100_000)
    with pytest.raises(InputError, match=r"a row group of 100,000 rows in [\d,]+ bytes") as found:
        read_run(tmp_path / "bomb.parquet")
    assert found.value.accepted == "row groups of at most 50,000 rows"
    frame.write_parquet(tmp_path / "sound.parquet", row_group_size=10_000)
    assert read_run(tmp_path / "sound.parquet").cells.rows == 100_000
    ids = frame.with_columns(id=pl.int_range(pl.len()).hash())
    ids.write_parquet(tmp_path / "ids.parquet", row_group_size=100_000)
    assert read_run(tmp_path / "ids.parquet").cells.rows == 100_000
