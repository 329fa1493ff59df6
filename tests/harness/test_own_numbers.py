"""A number to predict on own tables: a regressor, a run that `diagnose` reads, and its loop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

import mlstrat as ms
from mlstrat.cli import run as command_line
from mlstrat.errors import UsageError
from mlstrat.harness.train.own_models import preprocessing
from mlstrat.tasks.sniffing import task_of

pytestmark = pytest.mark.usefixtures("typed")


def houses(rows: int = 400, seed: int = 0, **columns: Any) -> pd.DataFrame:
    """Return prices that a line tells in part, and trees better."""
    rng = np.random.default_rng(seed)
    size, zone = rng.uniform(30, 200, rows).round(1), rng.choice(["old", "hills"], rows)
    age = rng.integers(0, 100, rows)
    price = 3000 * size * np.where(zone == "hills", 1.5, 1.0) - 2000 * np.abs(age - 50)
    price = (price + rng.normal(0, 8000, rows)).round(-2)
    return pd.DataFrame({"size": size, "zone": zone, "age": age, "price": price, **columns})


@pytest.mark.parametrize("model", ["ridge", "hist_gradient_boosting", "mlp", "random_forest",
                                   "nearest_neighbours", "sklearn.linear_model.Lasso"])  # fmt: skip
def test_a_number_is_predicted_and_diagnose_reads_the_run(model: str, empty_folder: Any) -> None:
    found = ms.train(houses(), target="price", model=model, out="run")
    run = pd.read_csv("run/run.csv")
    for split in ("train", "dev"):
        rows = run[run["split"] == split]
        assert found.errors[split] == pytest.approx((rows.target - rows.prediction).abs().mean())
    constant = (run.target - run.target.median()).abs().mean()
    assert found.errors["dev"] < 0.6 * constant
    for source in ("run", "run/run.csv", found.predictions):
        told = ms.diagnose(source).to_dict()
        assert told["task"] == "regression"
        assert told["metric"]["value"] == pytest.approx(found.errors["dev"])
    assert {x.split: x.ci for x in found.levels}["dev"] == pytest.approx(told["metric"]["ci"])
    assert found.to_dict()["task"] == "regression"
    levels = [x for x in found.to_text().splitlines() if x.startswith(("train ", "dev "))]
    assert len(levels) >= 2
    assert not any("%" in x and "rows" not in x for x in levels)


def test_predictions_are_those_of_a_plain_pipeline(empty_folder: Any) -> None:
    pytest.importorskip("skops")
    frame = houses()
    ms.train(frame, target="price", model="ridge", out="run", with_test=True, weights=True)
    run = pd.read_csv("run/run.csv").set_index("id")
    names = [f"row-{i + 1:03d}" for i in range(len(frame))]
    train = (run.loc[names, "split"] == "train").to_numpy()
    features = frame.drop(columns="price").astype({"age": float})
    plain = make_pipeline(preprocessing(("size", "age"), ("zone",)), Ridge())
    plain.fit(features[train], frame["price"][train])
    assert run.loc[names, "prediction"].to_numpy() == pytest.approx(plain.predict(features))
    new = ms.predict("run", houses(50, 3)).table
    said = plain.predict(houses(50, 3)[["size", "zone", "age"]])
    assert new["prediction"] == pytest.approx(said.tolist())
    assert not [x for x in new if x.startswith("prob_")]


@pytest.mark.parametrize(
    ("values", "task", "number", "said"),
    [
        (np.arange(400) % 3, None, False, "3 different numbers, each taken for a class"),
        (np.arange(400) % 2, None, False, ""),
        (np.arange(400) % 21, None, True, "21 different numbers: a number is predicted"),
        (np.arange(400) % 21, "classification", False, ""),
        (np.arange(400) % 3, "regression", True, "a number is predicted"),
    ],
)
def test_few_numbers_are_classes_and_it_is_said(
    values: Any, task: str | None, number: bool, said: str
) -> None:
    found = ms.train(houses(rating=values), target="rating", task=task)
    assert (found.task == "regression") is number
    assert said in " ".join(found.remarks)
    assert bool(found.remarks) is bool(said)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"model": "logistic_regression"}, "predicts classes, and the target is a number"),
        ({"model": "lstm"}, "predicts classes, and the target is a number"),
        ({"model": "sklearn.naive_bayes.GaussianNB"}, "is not a scikit-learn regressor"),
        ({"model": "random_forest", "class_weights": True}, "takes no"),
        ({"task": "tagging"}, "task is 'tagging'"),
        ({"target": "zone", "task": "regression"}, "400 of 400 rows have no number"),
    ],
)
def test_what_does_not_fit_a_number_is_refused(how: Any, message: str) -> None:
    with pytest.raises((ms.UsageError, ms.InputError), match=message):
        ms.train(houses(), **{"target": "price", **how})


def test_a_study_of_knobs_does_not_count_numbers(empty_folder: Any) -> None:
    houses().to_csv("houses.csv", index=False)
    with pytest.raises(ms.UsageError, match="the target is a number"):
        ms.study("knobs", "houses.csv", target="price")


def test_a_card_without_splits_is_of_the_run_beside_it(empty_folder: Any) -> None:
    houses(40).assign(prediction=1.0, split="dev").to_csv("run.csv", index=False)
    assert task_of("run.csv", None) is None
    Path("run.toml").write_text('[task]\nname = "regression"\n')
    assert task_of("run.csv", None) == "regression"
    Path("run.toml").write_text('[task]\nname = "regression"\nwithin = 5.0\n')
    assert task_of("run.csv", None) is None  # what it says besides is for who names the card


def test_a_number_is_improved_and_the_gain_is_in_its_unit(empty_folder: Any) -> None:
    frame = houses(700)
    found = ms.improve(frame, target="price", model="ridge", human_error=6000, budget="6 runs",
                       out="loop")  # fmt: skip
    assert found.steps
    first, last = found.levels
    test = pd.read_csv("loop/last/run.csv").query("split == 'test'")
    assert last == pytest.approx((test.target - test.prediction).abs().mean())
    assert found.confirmed.gain == pytest.approx(first - last)
    assert found.confirmed.ci[0] > 0
    text = found.to_text()
    assert f"{first:,.0f} → {last:,.0f}" in text
    assert "points" not in text
    assert len(text.splitlines()) <= 24
    assert ms.diagnose("loop/last").to_dict()["task"] == "regression"


def test_where_nothing_tells_a_number_no_step_is_kept() -> None:
    rng = np.random.default_rng(3)
    frame = houses(500).assign(price=rng.normal(0, 10, 500).round(3))
    found = ms.improve(frame, target="price", model="decision_tree", budget="8 runs")
    assert found.dev[1] <= found.dev[0]
    assert found.loop.rounds[-1].choice is None or found.loop.rounds[-1].choice.best is None


def test_a_study_of_numbers_names_the_command_that_turns_the_same_knobs(empty_folder: Any) -> None:
    houses().to_csv("houses.csv", index=False)
    with pytest.raises(UsageError, match="a study counts wrong rows") as caught:
        ms.study("knobs", "houses.csv", target="price")
    command = (caught.value.hint or "").partition(": mlstrat ")[2]
    assert command == "improve houses.csv --target price"
    assert command_line([*command.split(), "--dry-run"]) == 0
