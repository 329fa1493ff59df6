"""No command writes over what it reads: every command, every output, every input, by any way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer

import mlstrat as ms
from mlstrat.cli.app import COMMANDS, app
from mlstrat.cli.build import answer, function_of
from mlstrat.cli.options import FOLDERS, READ, WRITTEN

VALUES = {
    "a", "allow_host", "augment", "average", "b", "bar", "budget", "by", "cell", "classes", "code",
    "columns", "command", "correct", "decay",
    "describe", "detect", "dev", "direction", "discordance", "distance", "engine", "error",
    "example", "features", "file", "filter",
    "format_", "freeze",
    "from_labels", "group", "groups", "human_error", "ignore", "kind", "knobs", "label_as", "log",
    "margin", "master", "mining", "missing", "models", "normalize", "norm", "box",
    "choose_threshold", "parts", "split_by_time", "split_seed",
    "scaling", "scheme", "unit",
    "maximize", "metric", "minimize", "mismatch", "model", "model_error", "name", "of", "optimize",
    "optimizer", "positive", "prefer", "reader", "recipe", "show", "sizes", "source_column",
    "split", "split_as",
    "stratify", "synthesis_source", "tag_columns", "tags", "target", "task", "test", "tolerance",
    "train", "train_dev", "versus_error", "weight_when", "where", "worth",
}  # fmt: skip
"""Parameters that are texts, and no paths."""

LOST = "would be written over"

COMMAND_LINE: Any = typer.main.get_command(app)


def parameters(name: str) -> dict[str, Any]:
    """Return the parameters of a command that take text, by their names."""
    hints = function_of(name, answer).__annotations__
    every = {str(p.name): p for p in COMMAND_LINE.get_command(None, name).params}
    return {key: p for key, p in every.items() if "str" in str(hints.get(key))}


def words(name: str, written: str) -> list[str]:
    """Return a command line that names a file for everything that is read, and one output."""
    line = [name]
    for key, parameter in parameters(name).items():
        value = f"{key}.csv" if key in READ else "X"
        if parameter.param_type_name == "argument":
            line.append(value)
        elif key in READ:
            line += [parameter.opts[0], value]
    return [*line, parameters(name)[written].opts[0]]


def every_call() -> Iterator[Any]:
    """Yield command, output and input for all that there are."""
    for name in COMMANDS:
        there = parameters(name)
        for written in sorted(set(WRITTEN) & set(there)):
            for read in sorted(READ & set(there)):
                yield pytest.param(name, written, f"{read}.csv", id=f"{name}-{written}-{read}")


def ways(read: str) -> dict[str, str]:
    """Return the names of a file by which it can be reached, making links where it takes them."""
    Path("link.csv").symlink_to(read)
    Path("hard.csv").hardlink_to(read)
    Path("folder").symlink_to(".")
    return {
        "plain": read, "dotted": f"./{read}", "up": f"../{Path.cwd().name}/{read}",
        "whole": str(Path(read).resolve()), "link": "link.csv", "hard link": "hard.csv",
        "through a folder": f"folder/{read}", "case": read.upper(),
    }  # fmt: skip


def names() -> list[str]:
    """Return the files here and below."""
    return sorted(p.as_posix() for p in Path().rglob("*") if not p.is_dir())


def everything() -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(Path().iterdir()) if p.is_file()}


@pytest.fixture
def files(empty_folder: Path) -> None:
    """Write a file for every parameter that is read; no command comes to look into it."""
    for name in READ:
        Path(f"{name}.csv").write_text(f"the work of a day: {name}\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_text_is_declared_a_path_or_none(name: str) -> None:
    for key in parameters(name):
        declared = [key in x for x in (READ, WRITTEN, FOLDERS, VALUES)]
        assert declared.count(True) == 1, f"declare {key} of {name} in mlstrat.cli.options"


@pytest.mark.parametrize(("name", "written", "read"), list(every_call()))
def test_no_output_is_an_input(mlstrat, files, name: str, written: str, read: str) -> None:
    line, reached = words(name, written), ways(read)
    before = everything()
    for way, output in reached.items():
        ended = mlstrat(*line, output)
        assert (ended.code, ended.out) == (2, ""), way
        assert LOST in ended.err, way
        assert everything() == before, way


@pytest.mark.parametrize(
    "name", [n for n in COMMANDS if {"config", "output"} <= set(parameters(n))]
)
def test_no_output_is_a_config(mlstrat, files, name: str) -> None:
    Path("mlstrat.toml").touch()
    line = words(name, "output")
    if "--config" in line:
        at = line.index("--config")
        del line[at : at + 2]
    assert LOST in mlstrat(*line, "mlstrat.toml").err
    if {"run", "source", "candidates"} & set(parameters(name)):
        beside = next(x for x in ("run", "source", "candidates") if x in parameters(name))
        Path(f"{beside}.toml").touch()
        assert LOST in mlstrat(*line, f"{beside}.toml").err


@pytest.mark.parametrize("source", ["part*.csv", "parts", "**/part1.csv"])
def test_a_glob_and_a_folder_are_the_files_they_mean(mlstrat, empty_folder, source: str) -> None:
    Path("parts/split=dev").mkdir(parents=True)
    Path("parts/split=dev/x.parquet").touch()
    Path("part1.csv").touch()
    output = "parts/split=dev/x.parquet" if source == "parts" else "part1.csv"
    assert LOST in mlstrat("score", source, "-f", "csv", "-o", output).err
    assert Path(output).read_bytes() == b""


@pytest.mark.parametrize("file", ["run.csv", "run.toml"])
def test_runs_of_a_history_and_their_configs_are_inputs(mlstrat, run_csv, file: str) -> None:
    Path("runs/a").mkdir(parents=True)
    for one in ("run.csv", "run.toml"):
        Path("runs/a", one).touch()
    for line in (["report", run_csv, "--history", "runs"], ["plot", "history", "runs"]):
        ended = mlstrat(*line, "-o", f"runs/a/{file}")
        assert ended.code == 2
        assert LOST in ended.err


def test_a_figure_of_a_folder_is_no_link_to_an_input(mlstrat, run_csv) -> None:
    before = Path(run_csv).read_bytes()
    Path("figures").mkdir()
    Path("figures/ladder.svg").symlink_to("../run.csv")
    ended = mlstrat("report", run_csv, "--figures", "figures")
    assert (ended.code, Path(run_csv).read_bytes()) == (2, before)
    assert LOST in ended.err


def test_the_summary_of_a_job_is_no_input(mlstrat, run_csv, monkeypatch) -> None:
    before = Path(run_csv).read_bytes()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", run_csv)
    assert LOST in mlstrat("report", run_csv, "--summary").err
    assert Path(run_csv).read_bytes() == before


def test_training_does_not_write_over_its_own_table(mlstrat, empty_folder) -> None:
    Path("own").mkdir()
    Path("own/run.csv").write_text("x,label\n" + "1,a\n2,b\n" * 40)
    before = Path("own/run.csv").read_bytes()
    ended = mlstrat("train", "own/run.csv", "--out", "own", "--force")
    assert ended.code == 2
    assert LOST in ended.err
    assert [(p.name, p.read_bytes()) for p in Path("own").iterdir()] == [("run.csv", before)]


def test_training_does_not_write_over_the_weights_that_it_begins_with(mlstrat, empty_folder):
    Path("own").mkdir()
    Path("own/model.safetensors").write_bytes(b"weights")
    ended = mlstrat("train", "wine", "--init-from", "own", "--out", "own", "--force")
    assert LOST in ended.err
    assert Path("own/model.safetensors").read_bytes() == b"weights"


@pytest.mark.parametrize("line", [
    ["gate", "run.csv", "-o", "x", "--junit", "./x"],
    ["gate", "run.csv", "--ledger", "x", "--junit", "x"],
    ["train", "wine", "--out", "own", "-f", "text", "-o", "own/run.csv"],
    ["study", "knobs", "wine", "--out", "own", "-o", "own/report.md"],
])  # fmt: skip
def test_two_outputs_are_two_files(mlstrat, run_csv, line: list[str]) -> None:
    Path("own").mkdir()
    ended = mlstrat(*line)
    assert ended.code == 2
    assert "two outputs are this file" in ended.err
    assert names() == ["run.csv"]


def test_two_outputs_do_not_share_standard_output(mlstrat, run_csv) -> None:
    ended = mlstrat("gate", run_csv, "--baseline", run_csv, "--junit", "-")
    assert (ended.code, ended.out) == (2, "")
    assert "two outputs go to standard output" in ended.err


FROM_PYTHON: dict[str, Callable[[], object]] = {
    "sample": lambda: ms.sample("run.csv", output="link.csv"),
    "suspects": lambda: ms.mislabels(suspects="run.csv", output="link.csv"),
    "count": lambda: ms.count("run.csv", output="link.csv"),
    "split": lambda: ms.split("run.csv", dev=5, test=5, output="link.csv", force=True),
    "init": lambda: ms.init("run.csv", output="link.csv", force=True),
    "gate": lambda: ms.gate("run.csv", baseline="run.csv", ledger="link.csv"),
    "figure": lambda: ms.plot("ladder", "run.csv").save("link.svg"),
    "train": lambda: ms.train("run.csv", out=".", force=True),
}


@pytest.mark.parametrize("function", FROM_PYTHON)
def test_functions_that_write_refuse_their_inputs(run_csv, function: str) -> None:
    before = Path(run_csv).read_bytes()
    Path("link.csv").hardlink_to(run_csv)
    Path("link.svg").symlink_to(run_csv)
    with pytest.raises(ms.UsageError, match=LOST):
        FROM_PYTHON[function]()
    assert Path(run_csv).read_bytes() == before
    assert names() == ["link.csv", "link.svg", "run.csv"]


def test_cut_points_are_not_written_over_the_table_beside_them(empty_folder) -> None:
    rows = pl.DataFrame({"id": range(50), "label": ["a", "b"] * 25})
    rows.write_csv("t.csv")
    Path("new.cuts.json").symlink_to("t.csv")
    before = Path("t.csv").read_bytes()
    with pytest.raises(ms.UsageError, match=LOST):
        ms.split("t.csv", dev=5, test=5, output="new.csv", force=True)
    assert Path("t.csv").read_bytes() == before
    assert not Path("new.csv").exists()


def test_settings_are_not_shown_into_a_sheet(mlstrat, run_csv) -> None:
    Path("review.csv").write_text("filled in\n")
    for line in (["sample", run_csv], ["count", run_csv], ["mislabels", "--suspects", run_csv]):
        ended = mlstrat(*line, "-o", "review.csv", "--show-config")
        assert ended.code == 0
        assert "tolerance" in ended.out
        assert Path("review.csv").read_text() == "filled in\n"
