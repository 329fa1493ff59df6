"""Top-k accuracy and quadratic kappa of a run, with their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score, top_k_accuracy_score

import mlstrat as ms
from mlstrat.errors import InputError


def run_of(n: int = 400, classes: int = 6, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a run with probabilities of each class, and these."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, classes, n)
    chances = rng.dirichlet(np.ones(classes), n)
    chances[np.arange(n), label] += 0.15
    chances /= chances.sum(axis=1, keepdims=True)
    columns = {f"prob_{k}": chances[:, k] for k in range(classes)}
    return pd.DataFrame({"id": range(n), "label": label, **columns}), chances


@pytest.mark.parametrize("k", [2, 3, 5])
def test_top_k_accuracy_is_that_of_scikit_learn(k):
    run, chances = run_of()
    found = ms.score(run, metric=f"top_{k}_accuracy").to_dict()["scores"][0]
    assert found["value"] == pytest.approx(top_k_accuracy_score(run["label"], chances, k=k))
    assert found["n"] == 400
    low, high = found["ci"]
    assert low < found["value"] <= high


def test_the_interval_of_top_k_accuracy_is_wilsons():
    run, _ = run_of()
    value = ms.score(run, metric="top_2_accuracy").to_dict()["scores"][0]
    rows = pd.DataFrame({"label": "a", "prediction": ["a" if i < value["value"] * 400 else "b"
                                                      for i in range(400)]})  # fmt: skip
    same = ms.score(rows, metric="accuracy").to_dict()["scores"][0]
    assert value["ci"] == pytest.approx(same["ci"])


def test_weights_and_groups_enter_top_k_accuracy():
    run, chances = run_of()
    weight = np.random.default_rng(1).choice([1.0, 3.0], len(run))
    found = ms.score(run.assign(sample_weight=weight), metric="top_3_accuracy").value
    assert found == pytest.approx(
        top_k_accuracy_score(run["label"], chances, k=3, sample_weight=weight)
    )
    grouped = ms.score(run.assign(group=np.arange(400) // 20), metric="top_3_accuracy").to_dict()
    assert grouped["scores"][0]["ci"] is not None


def test_a_label_that_is_always_among_them_has_an_interval_below_1():
    run, _ = run_of(classes=4)
    low, high = ms.score(run, metric="top_5_accuracy").to_dict()["scores"][0]["ci"]
    assert 0.98 < low < high == pytest.approx(1.0)


def test_equal_probabilities_that_do_not_all_fit_are_no_hit():
    run = pd.DataFrame({"label": ["a", "b", "c"], "prob_a": [0.5] * 3, "prob_b": [0.25] * 3,
                        "prob_c": [0.25] * 3})  # fmt: skip
    assert ms.score(run, metric="top_2_accuracy").value == pytest.approx(1 / 3)


def test_levels_and_comparisons_are_of_top_k_accuracy_too():
    run, _ = run_of()
    better = run.copy()
    better["prob_0"] = np.where(better["label"] == 0, 0.9, better["prob_0"] / 10)
    split = np.where(run["id"] < 200, "train", "dev")
    found = ms.diagnose(run.assign(split=split), metric="top_2_accuracy")
    assert [x["level"] for x in found.to_dict()["levels"]] == ["train", "dev"]
    difference = ms.compare(run, better, metric="top_2_accuracy").to_dict()["difference"]
    assert difference["value"] > 0
    assert difference["ci"][0] < difference["value"] < difference["ci"][1]


def test_without_probabilities_there_is_no_top_k():
    with pytest.raises(InputError, match="no probabilities"):
        ms.score(pd.DataFrame({"label": ["a"], "prediction": ["a"]}), metric="top_2_accuracy")


@pytest.mark.parametrize("grouped", [False, True])
def test_quadratic_kappa_of_a_run_has_its_interval(grouped):
    rng = np.random.default_rng(0)
    label = rng.integers(1, 6, 500)
    said = np.clip(label + rng.choice([-1, 0, 0, 0, 1], 500), 1, 5)
    run = pd.DataFrame({"label": label, "prediction": said})
    if grouped:
        run["group"] = np.arange(500) // 10
    found = ms.score(run, metric="quadratic_kappa").to_dict()["scores"][0]
    assert found["value"] == pytest.approx(cohen_kappa_score(label, said, weights="quadratic"))
    low, high = found["ci"]
    assert found["value"] - 0.05 < low < found["value"] < high < found["value"] + 0.05


def test_a_blank_prediction_is_as_far_as_a_label_can_be():
    label = [1, 2, 3, 4] * 10
    blank, far = ([answer, *label[1:]] for answer in (None, 4))
    one, two = (
        ms.score(pd.DataFrame({"label": label, "prediction": said}), metric="quadratic_kappa").value
        for said in (blank, far)
    )
    assert one == pytest.approx(two, abs=0.01)
    assert one < 0.95
