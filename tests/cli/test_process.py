"""The process: what its exit code means, whatever its streams, its inputs and its memory are."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from _pytest.mark import ParameterSet

from tests.cli.conftest import Ended
from tests.conftest import names

pytestmark = pytest.mark.skipif(
    not Path("/dev/full").is_char_device(), reason="needs a shell and the devices of Linux"
)

MLSTRAT = f"{sys.executable} -m mlstrat"
OUTCOMES = {
    "passed": ("gate same.csv --baseline base.csv -f json", 0),
    "failed": ("gate worse.csv --baseline base.csv", 1),
    "inconclusive": ("gate small.csv --baseline small.csv", 0),
    "bad input": ("gate bad.csv --baseline base.csv", 2),
    "wrong usage": ("gate --nope", 2),
    "help": ("--help", 0),
    "version": ("--version", 0),
}
"""A command of each outcome, with its exit code where all streams are open."""

ON_STANDARD_ERROR = {"inconclusive", "bad input", "wrong usage"}
"""What has something to say there; the others say it on standard output alone."""


def grid(quick: set[tuple[str, str]], *axes: Iterable[str]) -> list[tuple[str, ...] | ParameterSet]:
    """Return all combinations; those that are not among the quick ones are slow."""
    return [x if x in quick else pytest.param(*x, marks=pytest.mark.slow) for x in product(*axes)]


@pytest.fixture(autouse=True)
def runs(empty_folder: Path) -> None:
    """Write runs that pass, fail and leave a gate open, and one that cannot be read."""
    for name, wrong, n in (("base", 40, 800), ("same", 0, 800), ("worse", 400, 800),
                           ("small", 10, 60)):  # fmt: skip
        rows = [f"{i},dev,a,{'b' if i < wrong else 'a'}" if i % 2 else
                f"{i},dev,b,{'a' if i < wrong else 'b'}" for i in range(n)]  # fmt: skip
        Path(f"{name}.csv").write_text("\n".join(["id,split,label,prediction", *rows]) + "\n")
    Path("bad.csv").write_text("id,split,label,prediction\n1,dev,a,\n")


def shell(line: str, **how: object) -> subprocess.CompletedProcess[str]:
    """Run a line of bash; the word mlstrat is the command."""
    line = line.replace("mlstrat ", f"{MLSTRAT} ")
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False,
                          timeout=120, **how)  # type: ignore[call-overload]  # fmt: skip


STREAMS = (
    "<&-", ">&-", ">/dev/full", "2>&-", "2>/dev/full", ">&- 2>&-", ">/dev/full 2>/dev/full",
)  # fmt: skip


@pytest.mark.parametrize(
    "outcome, streams",
    grid(
        {("passed", "2>&-"), ("passed", ">&-"), ("failed", ">/dev/full"), ("failed", "2>&-"),
         ("inconclusive", "2>&-"), ("bad input", "2>&-"), ("bad input", "2>/dev/full"),
         ("wrong usage", "2>&-"), ("help", ">&-"), ("version", ">/dev/full 2>/dev/full")},
        OUTCOMES, STREAMS,
    ),
)  # fmt: skip
def test_a_stream_that_takes_nothing_is_exit_2(outcome: str, streams: str):
    command, code = OUTCOMES[outcome]
    ended = shell(f"mlstrat {command} {streams}")
    out, err = (any(x in streams for x in (f"{n}>&-", f"{n}>/dev/full")) for n in (" ", "2"))
    out = out or streams.startswith(">")
    lost = (err and outcome in ON_STANDARD_ERROR) or (out and code in (0, 1))
    assert ended.returncode == (2 if lost else code)
    if err:
        assert ended.stderr == ""
    elif out and code in (0, 1):
        reason = "it is closed" if ">&-" in streams else "No space left on device"
        assert ended.stderr == f"mlstrat: standard output cannot be written: {reason}\n"
    assert bool(ended.stdout) == (code != 2 and not out)


@pytest.mark.parametrize("outcome, stream", grid(
    {("failed", ""), ("inconclusive", "2>&1 >/dev/null"), ("help", "")},
    OUTCOMES, ("", "2>&1 >/dev/null"),
))  # fmt: skip
def test_a_reader_that_went_away_is_no_failed_gate(outcome: str, stream: str):
    command, code = OUTCOMES[outcome]
    # The other end is closed before anything can be written.
    ended = shell(f"(sleep 0.3; mlstrat {command} {stream}) | true; echo ${{PIPESTATUS[0]}}")
    said_there = outcome in ON_STANDARD_ERROR if stream else code != 2
    expected = code if not said_there or outcome == "bad input" else 141
    assert ended.stdout == f"{expected}\n"


def test_a_closed_stream_is_no_file_that_is_opened_later():
    opened = shell("mlstrat gate worse.csv --baseline base.csv -o told.md")
    assert opened.returncode == 1
    before = Path("told.md").read_bytes()
    closed = shell("mlstrat gate worse.csv --baseline base.csv -o told.md >&- 2>&- <&-")
    assert (closed.returncode, Path("told.md").read_bytes()) == (1, before)


def test_standard_input_that_is_closed_is_said():
    ended = shell("mlstrat diagnose - <&-")
    assert (ended.returncode, ended.stderr) == (2, "mlstrat: -: standard input is closed\n")


def test_what_typer_ends_with_1_is_exit_2():
    ended = shell("_MLSTRAT_COMPLETE=complete_nothing mlstrat gate")
    assert ended.returncode != 1


def test_a_fault_that_is_shown_is_exit_2():
    script = (
        "import mlstrat.cli.app as app, mlstrat.__main__ as m; app._run = lambda _: 1 / 0; m.main()"
    )
    for debug, seen in (("", "internal error"), ("1", "Traceback")):
        ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                               check=False, env={**os.environ, "MLSTRAT_DEBUG": debug})  # fmt: skip
        assert ended.returncode == 2
        assert seen in ended.stderr


UNHEARD = (">&-", ">/dev/full", "-o /dev/full", "--junit /dev/full")


@pytest.mark.parametrize("run, where", grid(
    {("same", ">&-"), ("worse", ">/dev/full"), ("worse", "-o told.md")},
    ("same", "worse"), (*UNHEARD, "-f json", "-o told.md"),
))  # fmt: skip
def test_the_ledger_counts_what_was_delivered(run: str, where: str):
    counted = where not in UNHEARD
    gate = f"mlstrat gate {run}.csv --baseline base.csv --ledger uses.json"
    told = shell(f"{gate} {where}")
    assert told.returncode == (2 if not counted else 1 if run == "worse" else 0)
    assert Path("uses.json").exists() == counted
    shell(gate)
    (entry,) = json.loads(Path("uses.json").read_text())["sets"].values()
    assert entry["uses"] == 1 + counted
    assert not [name for name in names() if name.startswith(".")]


def test_a_warning_that_nobody_hears_is_no_use():
    ended = shell("mlstrat gate small.csv --baseline small.csv --ledger uses.json 2>&-")
    assert ended.returncode == 2
    assert "uses.json" not in names()


def test_a_ledger_that_cannot_be_written_is_told_before_anything_else():
    Path("kept").mkdir()
    Path("kept/uses.json").write_text("no ledger")
    ended = shell("mlstrat gate same.csv --baseline base.csv --ledger kept/uses.json")
    assert (ended.returncode, ended.stdout) == (2, "")


def at_width(mlstrat, monkeypatch: pytest.MonkeyPatch, columns: str) -> str:
    monkeypatch.setenv("COLUMNS", columns)
    ended = mlstrat("diagnose", "same.csv")
    assert (ended.code, ended.err) == (0, "")
    return ended.out


@pytest.mark.parametrize("columns", ["0", "-5", "wide", "²", "1e9", " "])
def test_a_width_that_is_none_is_80(mlstrat, monkeypatch, columns: str):
    assert at_width(mlstrat, monkeypatch, columns) == at_width(mlstrat, monkeypatch, "80") != ""


@pytest.mark.parametrize("columns", ["1", "19", "99999999999"])
def test_a_width_that_no_text_has_shows_everything(mlstrat, monkeypatch, columns: str):
    monkeypatch.setenv("LINES", "²")
    words = at_width(mlstrat, monkeypatch, "80").split()
    assert at_width(mlstrat, monkeypatch, columns).split()[:20] == words[:20]


def test_the_width_of_a_process_is_80_where_it_is_0():
    told = [shell(f"COLUMNS={x} mlstrat diagnose same.csv").stdout for x in (0, 80)]
    assert told[0] == told[1] != ""


def fed(name: str, content: bytes) -> threading.Thread:
    """Make a FIFO and write into it once somebody reads it."""
    os.mkfifo(name)
    writer = threading.Thread(target=lambda: Path(name).write_bytes(content), daemon=True)
    writer.start()
    return writer


def result(ended: Ended) -> object:
    """Return a JSON document without the facts about its inputs."""
    assert ended.code in (0, 1), ended.err
    document = json.loads(ended.out)
    del document["signature"]["inputs"]
    return document


@pytest.mark.parametrize("ending", [
    "", ".bin", ".csv", ".tsv", ".ndjson", ".jsonl", ".parquet", ".csv.gz", ".tsv.gz", ".ndjson.gz",
])  # fmt: skip
def test_a_fifo_is_read_once_by_its_ending(mlstrat, ending: str):
    frame, bare = pl.read_csv("worse.csv"), ending.removesuffix(".gz")
    write = {".tsv": lambda to: frame.write_csv(to, separator="\t"), ".ndjson": frame.write_ndjson,
             ".jsonl": frame.write_ndjson, ".parquet": frame.write_parquet}  # fmt: skip
    write.get(bare, frame.write_csv)("content")
    content = Path("content").read_bytes()
    writer = fed(f"p{ending}", gzip.compress(content) if bare != ending else content)
    ended = mlstrat("diagnose", f"p{ending}", "-f", "json")
    writer.join(10)
    assert result(ended) == result(mlstrat("diagnose", "worse.csv", "-f", "json"))


def test_what_cannot_be_unpacked_from_a_pipe_is_said(mlstrat):
    fed("p.csv.gz", b"no gzip")
    ended = mlstrat("diagnose", "p.csv.gz")
    assert ended.code == 2
    assert ended.err.startswith("mlstrat: p.csv.gz")


@pytest.mark.parametrize("piped", [
    "mlstrat diagnose <(cat same.csv)",
    "mlstrat diagnose /dev/stdin <same.csv",
    "cat same.csv | mlstrat diagnose /dev/stdin",
    "cat same.csv | mlstrat diagnose /dev/fd/0",
])  # fmt: skip
def test_a_descriptor_is_read_as_standard_input_is(mlstrat, piped: str):
    ended = shell(f"{piped} -f json")
    told = Ended(ended.returncode, ended.stdout, ended.stderr)
    assert result(told) == result(mlstrat("diagnose", "same.csv", "-f", "json"))


@pytest.mark.parametrize("command", [
    "gate {worse} --baseline {base}",
    "gate {worse} --baseline {base} --pinned {base} --config {gate}",
    "compare {base} {worse}",
    "score {worse}",
    "count {worse}",
    "report {worse} --baseline {base}",
    "human {people} --run {worse}",
    "slices {worse} --by half",
    "select {base} {worse} --optimize accuracy",
    "mislabels {worse}",
    "error-table {sheet} --run {worse}",
])  # fmt: skip
def test_every_input_of_a_command_may_be_a_pipe(mlstrat, command: str):
    for name in ("base", "worse"):
        frame = pl.read_csv(f"{name}.csv")
        half = pl.when(pl.col("id") < 300).then(pl.lit("first")).otherwise(pl.lit("last"))
        looked = pl.when(pl.col("label") != pl.col("prediction")).then(pl.lit("0"))
        columns = half.alias("half"), looked.alias("mislabeled")
        frame.with_columns(*columns).write_csv(f"{name}.csv")
    answers = [f"{i},{who},a" for i in range(60) for who in ("ann", "ben")]
    Path("people.csv").write_text("\n".join(["id,annotator,answer", *answers]) + "\n")
    marks = [f"{i},{'ba'[i % 2]},{'ab'[i % 2]},{'blurred' if i % 3 else 'dark'}" for i in range(60)]
    Path("sheet.csv").write_text("\n".join(["id,label,prediction,tags", *marks]) + "\n")
    Path("gate.csv").write_text('[[gate]]\nmetric = "accuracy"\nbaseline = "last"\nmargin = 0.01\n')
    roles = ("base", "worse", "people", "sheet", "gate")
    plain = mlstrat(*command.format(**{x: f"{x}.csv" for x in roles}).split())
    assert plain.code in (0, 1), plain.err
    for role in roles:
        if f"{{{role}}}" in command:
            fed(f"p-{role}", Path(f"{role}.csv").read_bytes())
    piped = mlstrat(*command.format(**{x: f"p-{x}" for x in roles}).split())
    assert piped.code == plain.code, piped.err
    # Lines are filled and tables are ruled to the length of the names.
    said = [re.sub(r"p-|\.csv|[\s─-]", "", ended.out) for ended in (piped, plain)]
    assert said[0] == said[1]


def test_one_call_of_the_library_reads_a_pipe_once_and_the_next_again():
    import mlstrat as ms

    for run, errors in (("worse", 400), ("base", 40)):
        writer = fed("p.csv", Path(f"{run}.csv").read_bytes())
        assert ms.diagnose("p.csv").to_dict()["splits"]["dev"]["errors"] == errors
        writer.join(10)
        Path("p.csv").unlink()


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_a_device_is_no_input(mlstrat, device: str):
    ended = mlstrat("diagnose", device)
    assert ended.code == 2
    assert ended.err == (f"mlstrat: {device}: a device, not a file\n"
                            "  hint: - reads CSV on standard input\n")  # fmt: skip


def with_memory(mib: int, command: str) -> subprocess.CompletedProcess[str]:
    return shell(f"ulimit -v {mib * 1024}; mlstrat {command}")


def little(mib: int) -> str:
    return (f"mlstrat: too little memory: ulimit allows {mib:,} MiB, and a small file takes "
            "about 1.5 GiB, a large one more\n")  # fmt: skip


@pytest.mark.parametrize("mib", [
    pytest.param(60, marks=pytest.mark.slow), 120, pytest.param(300, marks=pytest.mark.slow), 700,
    pytest.param(1000, marks=pytest.mark.slow),
])  # fmt: skip
def test_too_little_memory_is_one_sentence(mib: int):
    ended = with_memory(mib, "gate same.csv --baseline base.csv --ledger uses.json")
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", little(mib))
    assert "uses.json" not in names()


@pytest.mark.parametrize(("outcome",), grid({("failed",)}, OUTCOMES))
def test_memory_that_is_limited_and_does_changes_nothing(outcome: str):
    command, _ = OUTCOMES[outcome]
    limited, free = with_memory(8192, command), shell(f"mlstrat {command}")
    assert limited.returncode == free.returncode
    assert (limited.stdout, limited.stderr) == (free.stdout, free.stderr)


def test_help_needs_little_memory():
    assert with_memory(100, "--help").stdout == shell("mlstrat --help").stdout


@pytest.mark.parametrize("told, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_process_of_limited_memory_ends_where_it_is_told_to(told: signal.Signals, code: int):
    os.mkfifo("p.csv")
    process = subprocess.Popen(
        ["bash", "-c", f"ulimit -v 8388608; exec {MLSTRAT} diagnose p.csv"],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    held = os.open("p.csv", os.O_WRONLY)  # comes back once the FIFO is opened for reading
    time.sleep(0.2)
    os.killpg(process.pid, told)
    _, err = process.communicate(timeout=120)
    os.close(held)
    assert (process.returncode, err) == (code, "")


@pytest.mark.slow
@pytest.mark.parametrize("mib", [1030, 1100, 1300, 1600])
def test_whatever_a_library_does_without_memory_is_one_sentence(mib: int):
    rows = ["id,split,label,prediction,note"]
    note = "x" * 100
    rows += [f"r{i},dev,{'ab'[i % 2]},{'ab'[i % 3 % 2]},{note}{i}" for i in range(1_500_000)]
    Path("large.csv").write_text("\n".join(rows) + "\n")
    for command in ("diagnose large.csv -f json", "diagnose same.csv -f json"):
        ended = with_memory(mib, command)
        assert ended.returncode in (0, 2)
        assert ended.stderr == (little(mib) if ended.returncode else "")
        assert bool(ended.stdout) == (ended.returncode == 0)
