"""The benchmarks run by name, and a case that is measured again leaves the others as they were."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.cases import CASES, KINDS, NOT_SMALL, command, files_of
from benchmarks.growth import GROWTHS, slope, words_of
from benchmarks.measuring import Measured, Result

ROOT = Path(__file__).parent.parent


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "fuzz.md").write_bytes((ROOT / "benchmarks/fuzz.md").read_bytes())
    monkeypatch.setattr(results, "HERE", tmp_path)
    return tmp_path


def result(name: str, seconds: float) -> Result:
    (case,) = (case for case in CASES if case.name == name)
    return Result(case, case.rows, Measured(seconds, 2.0**28), Measured(1.0, 2.0**28))


def test_a_case_that_is_measured_again_leaves_the_others(kept: Path) -> None:
    for name, seconds in (("csv", 1.5), ("help", 1.25), ("csv", 1.75)):
        results.keep_case(result(name, seconds), name)
    results.keep_case("moto is not installed: not measured.", "store")
    rows = [line for line in (kept / "results.md").read_text().splitlines() if " 1.000 s " in line]
    assert [row.split(" | ")[0] for row in rows] == ["| help", "| csv"]
    assert " 1.750 s " in rows[1]
    text = (kept / "results.md").read_text()
    assert "moto is not installed: not measured." in text
    assert " inputs; seconds: " in text  # the figures of fuzzing


def test_a_limit_is_of_time_and_of_memory() -> None:
    csv = result("csv", 1.35)
    assert csv.over == pytest.approx(1.0)
    assert replace(csv, ours=Measured(0.1, 2.0**29)).over == pytest.approx(2 / 1.3)
    alone = replace(csv, reference=None)
    assert not alone.limited
    assert alone.over == 0


def test_under_load_the_processor_is_what_counts_and_the_load_is_said() -> None:
    csv = result("csv", 9.0)
    ours, reference = Measured(9.0, 2.0**28, 1.3), Measured(1.0, 2.0**28, 1.0)
    loaded = replace(csv, ours=ours, reference=reference, load=7.6)
    assert loaded.over == pytest.approx(1.3 / 1.35)
    assert "| 1.300 s | 1.000 s | 1.3 |" in results.row_of(loaded)
    assert results.row_of(loaded).endswith("within; load 8 |")


def test_a_small_run_is_forgiven_its_start() -> None:
    csv = replace(result("csv", 1.75), ours=Measured(1.75, 111 * 2.0**20), small=True)
    assert replace(csv, reference=Measured(1.0, 74 * 2.0**20)).over == pytest.approx(1.0)
    assert replace(csv, reference=Measured(1.0, 74 * 2.0**20), small=False).over > 1.1


def test_cases_have_names_of_their_own_and_files_that_can_be_made() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert set(NOT_SMALL) <= set(names)
    for case in CASES:
        for text in filter(None, (case.ours, case.reference)):
            words = command(text, case.rows, Path("data"))
            assert "{" not in " ".join(words).replace("{store}", ""), case.name
        assert set(files_of(case)) <= set(KINDS)


def test_an_unknown_case_is_refused() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks", "none"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "no case is called none: see --list" in ended.stderr


def test_growth_names_its_sizes_and_tells_a_slope(tmp_path: Path) -> None:
    for one in GROWTHS:
        words = " ".join(words_of(one, one.sizes[-1], tmp_path))
        assert any(str(times * one.sizes[-1]) in words for times in (1, 20))
        assert "{" not in words
    assert slope((1, 3, 9), (0.6, 0.8, 1.4), 0.5) == pytest.approx(1.0)
    assert slope((1, 3, 9), (0.5, 4.5, 40.5), 0.0) == pytest.approx(2.0)
