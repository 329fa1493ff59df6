"""A run on disk: two files, whole or not at all."""

import csv
import os
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from mlstrat.errors import InputError, UsageError
from mlstrat.harness import find_recipe, train
from mlstrat.harness.train.run_files import csv_text, toml_text, write_run

SAMPLES = Path(__file__).parents[2] / "sample_runs"
KEPT = sorted(path.parent.name for path in SAMPLES.glob("*/run.toml"))


def test_train_writes_the_run_and_its_config(tmp_path):
    out = tmp_path / "runs" / "wine"

    run = train("wine", seed=5, out=out)

    assert sorted(path.name for path in out.iterdir()) == ["run.csv", "run.toml"]
    assert (out / "run.csv").read_bytes() == csv_text(run).encode()
    assert (out / "run.toml").read_bytes() == toml_text(run).encode()


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    train("wine")

    assert list(tmp_path.iterdir()) == []


def test_columns_of_a_binary_run(trained):
    rows = list(csv.DictReader(csv_text(trained("breast_cancer")).splitlines()))

    assert list(rows[0]) == [
        "id", "split", "label", "prediction", "prob_benign", "prob_malignant",
    ]  # fmt: skip
    assert all(len(row["prob_benign"]) <= len("0.123456") for row in rows)
    assert rows[0]["id"].startswith("breast_cancer-")


def test_columns_to_slice_digits_by(trained):
    header = csv_text(trained("variance")).splitlines()[0].split(",")

    assert header[:6] == ["id", "split", "label", "prediction", "third", "ink"]
    assert header[6:] == [f"prob_{digit}" for digit in range(10)]


def test_the_config_of_a_mismatch(trained):
    run = trained("data_mismatch")
    config = tomllib.loads(toml_text(run))

    assert list(config) == ["run", "diagnose", "human"]
    assert list(config["run"]) == [
        "recipe", "command", "seed", "dataset", "model", "rows", "latency_ms", "size_bytes",
        "epochs", "shows", "versions",
    ]  # fmt: skip
    assert config["run"]["command"] == "mlstrat train data_mismatch --seed 0"
    assert config["run"]["rows"] == {"train": 1500, "train-dev": 600, "dev": 1200, "test": 900}
    assert config["run"]["model"] == (
        "multilayer perceptron (hidden_layer_sizes=(64,), alpha=1.0, max_iter=1000)"
    )
    assert list(config["run"]["versions"]) == ["python", "scikit-learn", "numpy"]
    assert config["diagnose"] == {"different_distributions": True, "tolerance": 0.01}
    assert config["human"]["error"] == 0.0
    assert config["human"]["source"].startswith("assumed")


def test_the_config_of_a_known_error():
    recipe = find_recipe("dev_overfit")
    few = replace(recipe, model=replace(recipe.model, candidates=3))
    config = tomllib.loads(toml_text(train(few)))

    assert config["diagnose"] == {"tolerance": 0.01, "positive": "odd"}
    assert config["human"]["error"] == 0.4
    assert config["human"]["known"] is True


def test_an_unknown_human_level_is_left_out(trained):
    config = tomllib.loads(toml_text(trained("breast_cancer")))

    assert config["diagnose"] == {"tolerance": 0.01, "positive": "malignant"}
    assert "human" not in config
    assert config["run"]["human_level"] == "not known: diagnose bounds avoidable bias"


@pytest.mark.parametrize("held", ["run.csv", "run.toml"])
def test_a_run_is_not_overwritten(tmp_path, held):
    (tmp_path / held).write_text("mine", encoding="utf-8")
    told = []

    with pytest.raises(UsageError, match=f"already holds {held}") as caught:
        train("wine", out=tmp_path, progress=told.append)

    assert "--force" in caught.value.hint
    assert told == []  # refused before the work
    assert (tmp_path / held).read_text(encoding="utf-8") == "mine"


def test_a_run_is_overwritten_when_told_to(tmp_path, trained):
    write_run(trained("breast_cancer"), tmp_path)

    write_run(trained("wine"), tmp_path, force=True)

    assert (tmp_path / "run.csv").read_bytes() == csv_text(trained("wine")).encode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.csv", "run.toml"]


def test_a_file_is_no_folder(tmp_path):
    path = tmp_path / "run"
    path.touch()

    with pytest.raises(UsageError, match="a file, not a folder"):
        train("wine", out=path)


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_half_written_is_left(tmp_path, trained, monkeypatch, failure):
    def fail(_):
        raise failure

    write_run(trained("breast_cancer"), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(InputError if isinstance(failure, OSError) else KeyboardInterrupt):
        write_run(trained("wine"), tmp_path, force=True)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_made(tmp_path, trained):
    (tmp_path / "file").touch()

    with pytest.raises(InputError, match="the folder cannot be made"):
        write_run(trained("wine"), tmp_path / "file" / "below")


@pytest.mark.parametrize("name", KEPT)
def test_the_sample_run_is_what_its_command_gives(trained, name):
    """Row for row; predictions may differ in a few rows with other versions or processors."""
    run = trained(name)
    text = (SAMPLES / name / "run.csv").read_text(encoding="utf-8")
    found = list(csv.DictReader(text.splitlines()))
    made = list(csv.DictReader(csv_text(run).splitlines()))
    fixed = [column for column in made[0] if not column.startswith("pr")]
    same = [
        one["prediction"] == other["prediction"] for one, other in zip(found, made, strict=True)
    ]

    assert len(text) < 200_000
    assert [[row[c] for c in fixed] for row in found] == [[row[c] for c in fixed] for row in made]
    assert sum(same) >= 0.95 * len(same)


@pytest.mark.parametrize("name", KEPT)
def test_the_sample_config_says_how_it_was_made(trained, name):
    config = tomllib.loads((SAMPLES / name / "run.toml").read_text(encoding="utf-8"))
    made = tomllib.loads(toml_text(trained(name)))
    for measured in ("latency_ms", "versions", "size_bytes"):  # of the machine that made it
        assert measured in config["run"]
        del config["run"][measured], made["run"][measured]

    assert config == made
