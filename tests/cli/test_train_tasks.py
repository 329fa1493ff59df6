"""`train` of a recipe of another task than classification: a folder, its card, its error."""

import json
import tomllib
from pathlib import Path

import pytest

import mlstrat as ms


def test_a_run_is_a_folder_with_its_card_and_its_command(mlstrat):
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    ended = mlstrat("train", "markov_lm_two_units", "--epochs", "1", "--n", "50")

    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "next: mlstrat diagnose markov_lm_two_units"
    card = tomllib.loads(Path("markov_lm_two_units/run.toml").read_text())
    command = card["run"]["command"]
    assert command == "mlstrat train markov_lm_two_units --n 50 --epochs 1 --seed 0"
    assert card["task"]["name"] == "language_model"
    assert card["task"]["dev"] == {"predictions": "dev.ndjson"}
    assert card["run"]["rows"] == {"train": 50, "train-dev": 300, "dev": 300, "test": 300}
    mlstrat(*command.split()[1:], "--out", "again", "--no-weights")
    first, again = (Path(x, "dev.ndjson").read_bytes() for x in ("markov_lm_two_units", "again"))
    assert first == again
    assert mlstrat("diagnose", "again").out.splitlines()[0].startswith("Work on avoidable bias")
    told = mlstrat(*command.split()[1:], "--out", "again")
    assert (told.code, "already holds run.toml" in told.err) == (2, True)


def test_json_says_the_task_and_its_error(mlstrat):
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    ended = mlstrat("train", "markov_lm_two_units", "--epochs", "1", "--n", "50", "-f", "json")
    found, levels = json.loads(ended.out), ms.diagnose("markov_lm_two_units").to_dict()["levels"]

    assert found["task"] == "language_model"
    assert [x["errors"] for x in found["levels"]] == [None] * 4
    assert [(x["error"], x["ci"]) for x in found["levels"]] == [
        (x["error"], x["ci"]) for x in levels[1:]
    ]
    assert found["human"]["known"] is True


def test_a_recipe_with_a_card_predicts_every_split(mlstrat):
    ended = mlstrat("train", "markov_lm", "--without-test")

    assert (ended.code, ended.out) == (2, "")
    assert "predicts its test rows with the others" in ended.err


def test_the_list_says_what_is_predicted(mlstrat):
    shown = mlstrat("train", "--list").out

    assert "all rows shuffled; task language_model; needs torch." in " ".join(shown.split())


def test_a_study_of_nats_is_refused(mlstrat):
    ended = mlstrat("study", "knobs", "markov_lm", "--small")

    assert ended.code == 2
    assert "nats, which have no upper end" in ended.err
