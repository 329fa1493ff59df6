"""Where output goes: modes that stay, endings that say a format, standard output, a full disk."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.places import check_place, take_place, telling, telling_a_full_disk
from mlstrat.show.writing import whole_files, write_all, write_whole


def names() -> list[str]:
    """Return the files here and below."""
    return sorted(p.as_posix() for p in Path().rglob("*") if not p.is_dir())


MAKE = ("--dev", "10", "--test", "10")


def mode(path: str) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


@pytest.mark.parametrize("output", ["s.json", "c.parquet", "l.tsv", "run/run.csv"])
def test_a_file_that_is_replaced_keeps_its_mode(mlstrat, run_csv, output: str) -> None:
    lines = {
        "s.json": ["score", run_csv, "-o", output], "c.parquet": ["count", run_csv, "-o", output],
        "l.tsv": ["sample", run_csv, "-n", "3", "-o", output],
        "run/run.csv": ["train", "wine", "--out", "run", "--force"],
    }  # fmt: skip
    assert mlstrat(*lines[output]).code == 0
    before = Path(output).read_bytes()
    Path(output).chmod(0o620)
    assert mlstrat(*lines[output]).code == 0
    assert mode(output) == 0o620
    assert output == "run/run.csv" or Path(output).read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "chown"), reason="no owners here")
def test_a_file_that_is_replaced_keeps_its_owner(empty_folder, monkeypatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda _path, uid, gid: asked.append((uid, gid)))
    Path("old").touch()
    there = Path("old").stat()
    write_whole("old", "new")
    assert sorted(asked) == sorted([(there.st_uid, -1), (-1, there.st_gid)])


def test_an_owner_that_cannot_be_kept_is_no_reason_to_lose_the_report(empty_folder, monkeypatch):
    def no(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chown", no, raising=False)
    Path("old").touch(mode=0o600)
    write_whole("old", "new")
    assert (Path("old").read_text(), mode("old")) == ("new", 0o600)


def test_a_new_file_has_the_usual_mode(empty_folder) -> None:
    before = os.umask(0o027)
    try:
        write_whole("new", "text")
    finally:
        os.umask(before)
    assert mode("new") == 0o640


@pytest.mark.parametrize("line", [
    ["score", "run.csv", "-o", "old.csv"], ["sample", "run.csv", "-o", "old.csv"],
    ["count", "run.csv", "-o", "old.csv"], ["split", "run.csv", *MAKE, "--force", "-o", "old.csv"],
    ["init", "--force", "-o", "old.csv"], ["gate", "run.csv", "--junit", "old.csv"],
    ["gate", "run.csv", "--ledger", "link"], ["plot", "ladder", "run.csv", "-o", "link"],
    ["train", "wine", "--out", "own", "--force"],
])  # fmt: skip
def test_a_read_only_file_is_refused(mlstrat, run_csv, line: list[str]) -> None:
    Path("own").mkdir()
    for old in ("old.csv", "own/run.csv"):
        Path(old).write_text("kept")
        Path(old).chmod(0o444)
    Path("link").symlink_to("old.csv")
    ended = mlstrat(*line)
    assert (ended.code, ended.out) == (2, "")
    assert "is read-only" in ended.err
    assert [Path(x).read_text() for x in ("old.csv", "own/run.csv")] == ["kept", "kept"]
    assert names() == ["link", "old.csv", "own/run.csv", "run.csv"]


def test_a_link_is_written_through(mlstrat, run_csv) -> None:
    Path("there").mkdir()
    for name in ("s.json", "c.csv"):
        Path(name).symlink_to(f"there/{name}")  # the first time to nothing
    for _ in range(2):
        assert mlstrat("score", run_csv, "-o", "s.json").code == 0
        assert mlstrat("count", run_csv, "-o", "c.csv").code == 0
    assert names() == ["c.csv", "run.csv", "s.json", "there/c.csv", "there/s.json"]
    assert Path("s.json").is_symlink()
    assert Path("c.csv").is_symlink()


def test_a_link_that_leads_to_itself_is_refused(mlstrat, run_csv) -> None:
    Path("loop").symlink_to("loop")
    ended = mlstrat("score", run_csv, "-o", "loop")
    assert ended.code == 2
    assert "loop: cannot be written" in ended.err
    assert Path("loop").is_symlink()


@pytest.mark.parametrize(("output", "start"), [
    ("x", "F1"), ("x.txt", "F1"), ("x.log", "F1"), ("x.MD", "## F1"),
    ("x.json", "{"), ("x.csv", "split,by,"),
])  # fmt: skip
def test_an_ending_says_the_format(mlstrat, run_csv, output: str, start: str) -> None:
    assert mlstrat("score", run_csv, "-o", output).code == 0
    assert Path(output).read_text().startswith(start)


@pytest.mark.parametrize("output", ["x.pdf", "x.html", "x.tsv", "x.2024", "x.json.gz", "run.d/x.y"])
def test_an_ending_of_no_format_is_refused_before_any_work(mlstrat, empty_folder, output) -> None:
    Path("run.d").mkdir()
    ended = mlstrat("score", "no_such_run.csv", "-o", output)
    assert (ended.code, ended.out) == (2, "")
    assert f"{output}: nothing is written as {Path(output).suffix}" in ended.err
    assert "with -f any name is taken" in ended.err


def test_with_a_format_any_name_is_taken(mlstrat, run_csv) -> None:
    assert mlstrat("score", run_csv, "-f", "json", "-o", "x.pdf").code == 0
    assert Path("x.pdf").read_text().startswith("{")


def test_pages_are_written_by_report_alone(mlstrat, run_csv) -> None:
    assert mlstrat("report", run_csv, "-o", "x.html").code == 0
    assert mlstrat("diagnose", run_csv, "-o", "y.html").code == 2
    assert names() == ["run.csv", "x.html"]


@pytest.mark.parametrize(("line", "start"), [
    (["score", "run.csv"], "F1 on dev"), (["score", "run.csv", "-f", "json"], "{"),
    (["gate", "run.csv", "--baseline", "run.csv"], "Inconclusive: F1"),
    (["gate", "run.csv", "--baseline", "run.csv", "-o", "g.md", "--junit"], "<?xml"),
    (["count", "run.csv"], "split,label,prediction,n\n"), (["init", "run.csv"], "# mlstrat.toml"),
    (["sample", "run.csv", "-n", "3"], "id,split,label,prediction,stratum"),
    (["split", "run.csv", *MAKE, "--force"], "id,label,prediction,split\n"),
    (["split", "run.csv", "--check"], "No"), (["plot", "ladder", "run.csv"], "<?xml"),
])  # fmt: skip
def test_a_dash_is_standard_output(mlstrat, run_csv, line: list[str], start: str) -> None:
    ended = mlstrat(*line, *([] if line[-1] == "--junit" else ["-o"]), "-")
    assert ended.code == 0, ended.err
    assert ended.out.startswith(start)
    assert not Path("-").exists()


def test_the_dash_of_a_table_is_all_that_is_printed(mlstrat, run_csv) -> None:
    mlstrat("count", run_csv, "-o", "c.csv")
    assert mlstrat("count", run_csv, "-o", "-").out == Path("c.csv").read_text()
    mlstrat("sample", run_csv, "-o", "s.csv")
    assert mlstrat("sample", run_csv, "-o", "-").out == Path("s.csv").read_text()


def test_a_ledger_is_no_stream(mlstrat, run_csv) -> None:
    ended = mlstrat("gate", run_csv, "--ledger", "-", "-o", "g.md")
    assert ended.code == 2
    assert "--ledger FILE" in ended.err


@pytest.mark.parametrize("error", [
    OSError(errno.ENOSPC, None), OSError(errno.ENOSPC, "No space left on device"),
    pl.exceptions.ComputeError("No space left on device (os error 28)"),
    ValueError("IoError: No space left on device (os error 28)"),
])  # fmt: skip
def test_a_full_disk_is_told_of_the_output_whoever_met_it(empty_folder, error) -> None:
    def taken_for_bad_input() -> None:
        try:
            raise error
        except Exception:
            raise ms.InputError("cannot be read", file="run.csv") from None

    with pytest.raises(ms.InputError) as told, whole_files("out.csv"):
        taken_for_bad_input()
    assert str(told.value).startswith("out.csv: cannot be written: No space left on device\n")
    assert "make room" in str(told.value)
    assert names() == []


def test_what_is_no_full_disk_stays_what_it_is(empty_folder) -> None:
    with pytest.raises(ms.InputError, match="row 7"), telling_a_full_disk("out.csv"):
        raise ms.InputError("a blank label", file="run.csv", row=7)


@pytest.mark.parametrize(("error", "reason"), [
    (OSError(errno.ENOSPC, None), os.strerror(errno.ENOSPC)),
    (OSError("short write"), "short write"),
    (OSError(), "the system does not say why"),
])  # fmt: skip
def test_a_reason_is_never_none(error: OSError, reason: str) -> None:
    with pytest.raises(ms.InputError, match=f"x: cannot be written: {reason}"), telling("x"):
        raise error


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")
@pytest.mark.parametrize("line", [
    ["count", "run.csv"], ["split", "run.csv", *MAKE, "--force"], ["score", "run.csv"],
])  # fmt: skip
def test_a_full_device_is_told_as_such(mlstrat, run_csv, line: list[str]) -> None:
    Path("out.csv").symlink_to(FULL)
    ended = mlstrat(*line, "-o", "out.csv")
    assert ended.code == 2
    assert ended.err.startswith("mlstrat: out.csv: cannot be written: No space left on device\n")
    assert "out.cuts.json" not in names()


SMALL = """
import resource, signal, sys
from mlstrat.cli import run
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
sys.exit(run(sys.argv[1:]))
"""
"""The command line where no file may grow above a KiB, as on a disk that fills up."""


@pytest.mark.skipif(os.name != "posix", reason="no such limit here")
@pytest.mark.parametrize("line", [
    "split big.csv --dev 100 --test 100 -o out.parquet", "count big.csv --by x -o out.ndjson",
    "sample big.csv -n 5000 -o out.csv",
])  # fmt: skip
def test_a_table_that_does_not_fit_is_not_blamed_on_the_input(empty_folder, line: str) -> None:
    pl.DataFrame({
        "id": range(5000), "label": ["a", "b"] * 2500, "prediction": ["b", "a"] * 2500,
        "x": [f"value {i % 2000}" for i in range(5000)],
    }).write_csv("big.csv")  # fmt: skip
    words = line.split()
    ended = subprocess.run([sys.executable, "-c", SMALL, *words], capture_output=True, text=True,
                           check=False)  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"mlstrat: {words[-1]}: cannot be written: File too large\n")
    assert names() == ["big.csv"]


def test_all_files_of_a_call_or_none(empty_folder) -> None:
    Path("b").mkdir()
    with pytest.raises(ms.InputError, match="b: cannot be written: Is a directory"):
        write_all({"a": b"1", "b": b"2"})
    assert names() == []


def test_a_name_may_be_as_long_as_the_system_takes(empty_folder) -> None:
    name = "x" * 251 + ".csv"
    write_whole(name, "text")
    assert Path(name).read_text() == "text"
    with pytest.raises(ms.InputError, match="cannot be written"):
        check_place("y" * 300)


def test_a_place_that_vanishes_is_a_new_one(empty_folder) -> None:
    Path("new").write_text("x")
    take_place(Path("new"), Path("out"))
    assert Path("out").read_text() == "x"
