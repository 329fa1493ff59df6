"""What a history keeps of old runs: the same bytes, no second count, and nothing stale."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.data import own_files
from mlstrat.errors import UsageError
from mlstrat.workflow.history import answer
from mlstrat.workflow.history.answer import history

RUNS = 4


def write_run(name: str, wrong: int, config: str = "", word: str = "no") -> None:
    path = Path("runs", name, "run.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "split", "label", "prediction", "score"])
        for split in ("train", "dev"):
            for i in range(100):
                label = ("yes", word)[i % 2]
                said = ("yes", word)[(i + (i < wrong)) % 2]
                out.writerow([f"{split}{i}", split, label, said, (i % 10) / 10])
    path.with_suffix(".toml").write_text(f"[run]\nwidth = {wrong}\n{config}")


@pytest.fixture(autouse=True)
def runs(empty_folder: Path) -> None:
    for i in range(RUNS):
        write_run(f"r{i}", 10 + 9 * i)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List which runs are diagnosed, and which pairs are read."""
    done: list[str] = []

    def noted(function: Callable[..., object], paths: int) -> Callable[..., object]:
        def called(*args: object, **how: object) -> object:
            done.append(" ".join(Path(str(x)).parent.name for x in args[:paths]))
            return function(*args, **how)

        return called

    monkeypatch.setattr(answer, "diagnose", noted(answer.diagnose, 1))
    monkeypatch.setattr(answer, "read_pair", noted(answer.read_pair, 2))
    return done


def told(no_cache: bool = False, **options: object) -> str:
    found = history("runs", no_cache=no_cache, options={"resamples": 100, **options})
    return json.dumps(found.to_dict()) + found.to_markdown()


def kept() -> list[Path]:
    folder = own_files.own_folder("cache")
    assert folder is not None
    return sorted((folder / "history").iterdir())


def test_a_second_time_counts_nothing_and_says_the_same(counted: list[str]):
    plain = told(no_cache=True)
    first = told()
    assert {"r0", "r0 r1"} <= set(counted)
    counted.clear()
    assert told() == first == plain
    assert counted == []


@pytest.mark.parametrize(
    "options",
    [{"metric": "f1"}, {"metric": "roc_auc", "positive": "yes"}, {"human_error": "3/50"},
     {"confidence": 0.9, "seed": 4, "resamples": 200}, {"threshold": 0.4, "positive": "yes"}],
    ids=lambda x: next(iter(x)),
)  # fmt: skip
def test_with_any_option_what_is_kept_says_the_same(options: dict[str, object]):
    assert told(**options) == told(**options) == told(no_cache=True, **options)


def test_how_many_runs_were_not_counted_and_where_they_are_kept_is_said():
    assert history("runs", options={"seed": 1}).kept == ""
    assert history("runs", options={"seed": 1}).kept == (
        "4 runs of the history did not change and were not counted again; kept in "
        f"{kept()[0]}"
    )  # fmt: skip


def test_without_a_cache_nothing_is_read_or_kept(counted: list[str]):
    told(no_cache=True)
    folder = own_files.own_folder("cache")
    assert folder is not None
    assert not folder.exists()
    told()
    counted.clear()
    told(no_cache=True)
    assert {"r0", "r1", "r2", "r3"} <= set(counted)


def test_a_new_run_is_the_only_one_that_is_counted(counted: list[str]):
    told()
    counted.clear()
    write_run("r4", 20)
    found = told()
    assert [x for x in counted if " " not in x] == ["r4"]
    assert {x for x in counted if " " in x} == {"r3 r4"}
    assert found == told(no_cache=True)


def test_a_run_whose_rows_change_is_counted_again(counted: list[str]):
    told()
    counted.clear()
    before = Path("runs/r2/run.csv").stat()
    write_run("r2", 40)
    Path("runs/r2/run.toml").write_text("[run]\nwidth = 28\n")
    os.utime("runs/r2/run.csv", ns=(before.st_atime_ns, before.st_mtime_ns))
    found = told()
    assert set(counted) == {"r2", "r1 r2", "r2 r3"}
    assert found == told(no_cache=True)


def test_settings_beside_a_run_and_those_of_the_project_count(counted: list[str]):
    told()
    counted.clear()
    write_run("r1", 19, config='[human]\nerror = "2%"\n')
    found = told()
    assert [x for x in counted if " " not in x] == ["r1"]
    assert found == told(no_cache=True)
    Path("mlstrat.toml").write_text("[diagnose]\nconfidence = 0.8\n")
    counted.clear()
    found = told()
    assert [x for x in counted if " " not in x] == ["r0", "r1", "r2", "r3"]
    assert found == told(no_cache=True)


def test_a_file_that_an_option_names_counts_by_what_it_holds(counted: list[str]):
    Path("people.csv").write_text("id,label,human_a,human_b\n" + "".join(
        f"{i},{i % 2},{i % 2},{(i + (i < 5)) % 2}\n" for i in range(60)))  # fmt: skip
    for confidence in (0.95, 0.9):
        document = ms.human("people.csv", confidence=confidence).to_dict()
        Path("human.json").write_text(json.dumps(document))
        counted.clear()
        found = told(human="human.json")
        assert [x for x in counted if " " not in x] == ["r0", "r1", "r2", "r3"]
        assert found == told(human="human.json") == told(no_cache=True, human="human.json")


def test_another_option_is_another_count(counted: list[str]):
    told()
    counted.clear()
    told(tolerance="5%")
    assert {"r0", "r1", "r2", "r3"} <= set(counted)


def test_how_labels_are_read_is_part_of_the_count():
    def report(**how: object) -> str:
        return json.dumps(ms.report("runs/r0/run.csv", history="runs", **how).to_dict())

    for how in ({}, {"ignore": "no"}, {"filter": "score < 0.5"}, {"label_as": {"no": "yes"}}):
        assert report(**how) == report(**how) == report(no_cache=True, **how)


def test_labels_in_another_file_are_read_each_time(counted: list[str]):
    rows = [f"{split}{i},{('yes', 'no')[i % 2]}\n" for split in ("train", "dev")
            for i in range(100)]  # fmt: skip
    Path("labels.csv").write_text("id,label\n" + "".join(rows))
    for path in Path("runs").rglob("run.csv"):
        lines = [line.split(",") for line in path.read_text().splitlines()]
        path.write_text("".join(",".join([*x[:2], *x[3:]]) + "\n" for x in lines))
    for _ in range(2):
        counted.clear()
        ms.report("runs/r0/run.csv", history="runs", labels="labels.csv")
        assert {"r1", "r2", "r3"} <= set(counted)


def test_a_run_with_something_odd_to_say_says_it_each_time(counted: list[str]):
    write_run("r3", 30)
    path = Path("runs/r3/run.csv")
    path.write_text(path.read_text().replace("no,yes", "no,maybe", 3))
    first = ms.report("runs/r0/run.csv", history="runs").to_dict()
    counted.clear()
    assert ms.report("runs/r0/run.csv", history="runs").to_dict() == first
    assert "r3" in counted
    assert any("maybe" in str(x["evidence"]) for x in first["findings"])


def test_another_mlstrat_counts_again(counted: list[str], monkeypatch: pytest.MonkeyPatch):
    told()
    counted.clear()
    monkeypatch.setattr("mlstrat.workflow.history.kept_read.program", lambda: "another")
    told()
    assert {"r0", "r1", "r2", "r3"} <= set(counted)


def test_code_that_changes_is_another_mlstrat(tmp_path: Path):
    package = tmp_path / "mlstrat"
    (package / "data").mkdir(parents=True)
    (package / "data" / "own_files.py").write_text(Path(own_files.__file__).read_text())
    ask = "import sys, importlib.util as u; s = u.spec_from_file_location('c', sys.argv[1]); " \
          "m = u.module_from_spec(s); s.loader.exec_module(m); print(m.program())"  # fmt: skip

    def program() -> str:
        call = [sys.executable, "-c", ask, str(package / "data" / "own_files.py")]
        return subprocess.run(call, check=True, capture_output=True, text=True).stdout

    before = program()
    assert program() == before
    (package / "new.py").write_text("x = 1\n")
    assert program() != before


def _cut(text: bytes) -> bytes:
    return text[: len(text) // 2]


def _another_digit(text: bytes) -> bytes:
    at = text.index(b'"value":0.') + len(b'"value":0.')
    return text[:at] + (b"9" if text[at : at + 1] != b"9" else b"8") + text[at + 1 :]


def _well_formed(text: bytes) -> bytes:
    """Replace every entry by one that nobody wrote, with the checksum that it should have."""
    import hashlib

    entries = json.loads(text.partition(b"\n")[2])
    body = json.dumps({x: {"ladder": {"levels": [{"name": 1}]}} for x in entries}).encode()
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


@pytest.mark.parametrize(
    "damage", [_cut, _another_digit, _well_formed, lambda _: b"", lambda _: b"\xff\n[]"],
    ids=["cut off", "another digit", "well-formed", "empty", "no JSON"],
)  # fmt: skip
def test_a_damaged_file_is_counted_anew(damage: Callable[[bytes], bytes], counted: list[str]):
    first = told()
    (path,) = kept()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    counted.clear()
    assert told() == first
    assert {"r0", "r1", "r2", "r3"} <= set(counted)
    assert path.read_bytes() == whole  # written again


@pytest.mark.parametrize("place", ["a file", "read-only", "relative", "no home"])
def test_where_nothing_can_be_kept_all_is_counted(place: str, monkeypatch: pytest.MonkeyPatch):
    plain = told(no_cache=True)
    if place == "a file":
        Path("cache").write_text("")
        monkeypatch.setenv("XDG_CACHE_HOME", str(Path("cache").absolute()))
    elif place == "read-only":
        monkeypatch.setattr("tempfile.mkstemp", _refused)
    elif place == "relative":
        monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    else:
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setattr(Path, "home", _no_home)
    assert told() == told() == plain


def _refused(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


def _no_home() -> None:
    raise RuntimeError("no home")


def test_a_full_disk_leaves_what_was_kept(monkeypatch: pytest.MonkeyPatch):
    told()
    (path,) = kept()
    before = path.read_bytes()
    write_run("r4", 20)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    told()
    assert kept() == [path]
    assert path.read_bytes() == before


def test_two_processes_leave_one_whole_file():
    call = [sys.executable, "-m", "mlstrat", "report", "runs/r0/run.csv", "--history", "runs",
            "-f", "json"]  # fmt: skip
    both = [subprocess.Popen(call, stdout=subprocess.PIPE) for _ in range(2)]
    first, second = (process.communicate()[0] for process in both)
    assert first == second
    third = subprocess.run(call, capture_output=True, text=True, check=True)
    assert third.stdout.encode() == first
    assert "mlstrat: 3 runs of the history did not change" in third.stderr
    assert len(kept()) == 1


def test_what_is_no_longer_in_the_folder_is_forgotten():
    told()
    (path,) = kept()
    size = len(path.read_bytes())
    Path("runs/r3/run.csv").unlink()
    Path("runs/r3/run.toml").unlink()
    told()
    assert len(path.read_bytes()) < size


def test_files_that_nobody_reads_any_more_are_removed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(own_files, "MOST_FILES", 2)
    for confidence in (0.8, 0.9, 0.95):
        told(confidence=confidence)
    assert len(kept()) == 2


def test_nobody_else_may_read_what_is_kept():
    told()
    (path,) = kept()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_plot_keeps_too(counted: list[str]):
    first = ms.plot("history", "runs")
    counted.clear()
    second = ms.plot("history", "runs")
    assert (second.data, second.title, counted) == (first.data, first.title, [])
    assert second.kept.startswith("4 runs of the history did not change")


@pytest.mark.usefixtures("typed")
def test_without_a_history_there_is_nothing_to_keep():
    with pytest.raises(UsageError, match="--no-cache belongs to a history"):
        ms.report("runs/r0/run.csv", no_cache=True)
