"""`train` on the command line: what it prints, writes and refuses."""

import json
import os
import signal
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.harness import find_recipe
from mlstrat.harness.train import training


def test_errors_by_split_and_the_next_command(mlstrat):
    ended = mlstrat("train", "wine", "--n", "30", "--seed", "1")

    assert ended.code == 0
    assert ended.err.splitlines()[-1] == "wrote run.csv and run.toml to wine"
    lines = ended.out.splitlines()
    assert lines[0].startswith("wine: error 0.0% on train, ")
    assert [line.split()[0] for line in lines[4:8]] == ["train", "train-dev", "dev", "test"]
    assert lines[-1] == "next: mlstrat diagnose wine/run.csv"
    assert all(len(line) <= 80 for line in lines)
    config = tomllib.loads(Path("wine/run.toml").read_text())
    assert config["run"]["command"] == "mlstrat train wine --n 30 --seed 1"


def test_the_command_in_the_config_makes_the_run_again(mlstrat):
    mlstrat("train", "narrow_network", "--width", "6", "--l2", "0.01", "--out", "a", "--small")
    command = tomllib.loads(Path("a/run.toml").read_text())["run"]["command"].split()
    mlstrat(*command[1:], "--out", "b")

    assert Path("a/run.csv").read_bytes() == Path("b/run.csv").read_bytes()


def test_json_holds_levels_expectation_and_files(mlstrat, monkeypatch):
    recipe = find_recipe("dev_overfit")
    few = replace(recipe, model=replace(recipe.model, candidates=500))
    monkeypatch.setattr(training, "find_recipe", lambda _: few)
    ended = mlstrat("train", "dev_overfit", "--out", "run", "-f", "json")
    found = json.loads(ended.out)

    assert found["schema"] == "mlstrat.train/1"
    assert [level["level"] for level in found["levels"]] == ["train", "dev", "test"]
    assert found["expected"] == {"verdict": "focus", "focus": ["dev_overfit"]}
    assert found["human"]["known"] is True
    assert (found["folder"], found["files"]) == ("run", ["run.csv", "run.toml"])
    diagnosed = ms.diagnose("run/run.csv")
    assert diagnosed.verdict == found["expected"]["verdict"]
    assert [level["ci"] for level in found["levels"]] == [
        level["ci"] for level in diagnosed.to_dict()["levels"][1:]
    ]


def test_a_turned_knob_leaves_open_what_is_found(mlstrat):
    ended = mlstrat("train", "wine", "--neighbours", "5", "-f", "json")

    assert json.loads(ended.out)["expected"] is None
    assert json.loads(ended.out)["knobs"] == {"neighbours": 5}


def test_the_list_names_every_recipe_model_and_knob(mlstrat):
    found = json.loads(mlstrat("train", "--list", "-f", "json").out)
    text = mlstrat("train", "--list").out

    names = [x["name"] for key in ("recipes", "architectures") for x in found[key]]
    assert len(names) > 25
    assert all(f"  • {name}: " in text for name in names)
    assert all(f"--{knob.replace('_', '-')} " in text for knob in found["knobs"])
    assert len(ms.list_recipes().to_frame()) == len(found["recipes"])


def test_every_knob_is_an_option(mlstrat):
    shown = mlstrat("train", "--help").out

    for knob in ms.list_recipes().knobs:
        assert f"--{knob.replace('_', '-')}" in shown


def test_listing_loads_nothing_heavy():
    code = (
        "import sys\nfrom mlstrat.cli import run\nrun(['train', '--list'])\n"
        "heavy = {'numpy', 'pandas', 'sklearn', 'polars', 'torch', 'matplotlib', 'scipy'}\n"
        "print('|', sorted(heavy & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ended.stdout.rpartition("|")[2].strip() == "[]"


def test_a_network_is_described_without_torch(mlstrat):
    published = json.loads(mlstrat("train", "--describe", "vgg16", "--full-size", "-f", "json").out)
    text = mlstrat("train", "--describe", "lenet5").out

    assert published["parameters"] == 138_357_544
    assert sum(layer["parameters"] for layer in published["layers"]) == 138_357_544
    assert text.startswith("LeNet-5, as the recipes train it: 61,706 parameters, 416,520 multiply")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["wnie"], "did you mean 'wine'?"),
        (["wine", "--dropout", "0.5"], "the recipe 'wine' takes no --dropout"),
        (["wine", "--target", "x"], "'wine' is a recipe: --target does not apply"),
        (["wine", "--n", "0"], "--n is 0"),
        (["wine", "--n", "many"], "'many' is not a"),
        (["wine", "--drpout", "0.5"], "--dropout"),
        (["--full-size"], "--full-size is for --describe"),
        (["--describe", "lenet5", "--width", "2", "--epochs", "4"], "--width, --epochs: not with"),
        (["wine", "--list", "--no-class-weights"], "WHAT, --class-weights: not with --list"),
        (["--describe", "lenet"], "did you mean 'lenet5'?"),
        ([], "nothing to train"),
        (["no.csv", "--target", "x"], "no.csv: no such file"),
        (["wine", "-f", "html"], "unknown format 'html'"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(mlstrat, arguments, said):
    ended = mlstrat("train", *arguments)

    assert ended.code == 2
    assert said in ended.err
    assert list(Path().iterdir()) == []


def test_a_run_is_not_overwritten_by_accident(mlstrat):
    assert mlstrat("train", "wine").code == 0
    ended = mlstrat("train", "wine")

    assert ended.code == 2
    assert "overwrite with --force" in ended.err
    assert mlstrat("train", "wine", "--force").code == 0


def test_without_torch_the_line_that_installs_it_is_said(mlstrat, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    ended = mlstrat("train", "lenet5")

    assert ended.code == 2
    assert "is not installed" in ended.err
    assert "pip install torch" in ended.err
    assert list(Path().iterdir()) == []


def test_without_skops_the_line_that_installs_it_is_said(mlstrat, monkeypatch):
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "skops" else found(name, *a)
    )
    ended = mlstrat("train", "wine", "--weights")

    assert ended.code == 2
    assert "pip install 'mlstrat[skops]'" in ended.err
    assert list(Path().iterdir()) == []


def test_weights_are_written_for_skops_and_load_to_the_same_predictions(mlstrat):
    io = pytest.importorskip("skops.io")
    import numpy as np

    from mlstrat.harness import train

    run = train("wine", out=Path("run"), weights=True)
    kept = io.load("run/model.skops", trusted=io.get_untrusted_types(file="run/model.skops"))
    rows = np.concatenate(list(run.task.splits.values()))

    assert run.files == ("run.csv", "run.toml", "model.skops")
    numbers = kept["models"][0].predict(run.task.examples.rows(rows))
    assert [kept["classes"][k] for k in numbers] == run.table["prediction"].tolist()


TRAINING = """
import os, sys
from mlstrat.cli import run
written = os.fsync
def slow(handle):
    written(handle)
    print("writing", file=sys.stderr, flush=True)
    import time
    time.sleep(60)
os.fsync = slow
sys.exit(run(["train", "wine", "--out", "run"]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_writing_leaves_nothing_behind(empty_folder, number):
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINING], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    with process:
        assert process.stderr is not None
        for line in process.stderr:
            if line == "writing\n":
                process.send_signal(number)
                break
        code = process.wait(timeout=120)

    assert code == (130 if number == signal.SIGINT else 128 + number)
    assert [str(path) for path in Path().rglob("*")] in (["run"], [])


def test_a_full_disk_is_one_message(mlstrat, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ended = mlstrat("train", "wine", "--out", "run")

    assert ended.code == 2
    assert ended.err.splitlines()[-2:] == [
        "mlstrat: run: cannot be written: No space left on device",
        "  hint: make room on the disk, or name a place on another",
    ]
    assert [path.name for path in Path("run").iterdir()] == []
