"""Features that alone determine the target."""

from __future__ import annotations

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.harness.train.findings import leaks

RNG = np.random.default_rng(0)
LABEL = np.where(RNG.random(300) < 0.3, "yes", "no")
LEAKING = {
    "the target in other words": np.where(LABEL == "yes", "closed", "open"),
    "a number above a cut": np.where(LABEL == "yes", 50.0, 10.0) + RNG.random(300),
    "true or false": LABEL == "yes",
    "several reasons": np.where(LABEL == "yes", RNG.integers(1, 9, 300), 0),
}
FAIR = {
    "noise": RNG.random(300),
    "a good feature": (LABEL == "yes") * 1.5 + RNG.normal(0, 1, 300),
    "a value a row": np.array([f"x{i}" for i in range(300)]),
    "few rows a value": RNG.integers(0, 49, 300),
    "right in 95%": np.where(RNG.random(300) < 0.95, LABEL == "yes", LABEL != "yes"),
}


@pytest.mark.parametrize("values", LEAKING.values(), ids=LEAKING)
def test_a_feature_that_knows_the_target_is_named(values: np.ndarray) -> None:
    (found,) = leaks({**FAIR, "this": values}, LABEL)
    assert [x["column"] for x in found.evidence["columns"]] == ["this"]


@pytest.mark.parametrize("values", FAIR.values(), ids=FAIR)
def test_a_good_feature_is_no_leak(values: np.ndarray) -> None:
    assert leaks({"this": values}, LABEL) == []


def test_where_one_label_is_nearly_all_nothing_is_said() -> None:
    assert leaks({"this": np.arange(300) == 0}, np.arange(300) == 0) == []


def test_train_says_it() -> None:
    import pandas as pd

    frame = pd.DataFrame({"age": RNG.integers(20, 70, 300), "Closed": LABEL == "yes",
                          "churned": LABEL})  # fmt: skip
    found = ms.train(frame, target="churned", model="decision_tree")
    assert "Closed alone tells the target in 100.0% of rows" in " ".join(found.to_text().split())
    assert not ms.train(frame.drop(columns="Closed"), target="churned",
                        model="decision_tree").findings  # fmt: skip
