"""Features that alone determine the target."""

from __future__ import annotations

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.harness.train.findings import leaks, number_drifts, number_leaks

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


PRICE = np.round(np.exp(RNG.normal(11, 1, 300)), 2)
KNOWING = {
    "with the tax": PRICE * 1.2 + RNG.normal(0, 10, 300),
    "its logarithm": np.log(PRICE),
    "falling": 1 / PRICE,
}
GOOD = {
    "noise": RNG.random(300),
    "a good feature": PRICE * RNG.uniform(0.5, 1.5, 300),
    "a value a row": np.array([f"x{i}" for i in range(300)]),
    "few rows a value": RNG.integers(0, 49, 300),
    "half of it known": np.where(RNG.random(300) < 0.5, PRICE, np.nan),
    "constant": np.zeros(300),
}


@pytest.mark.parametrize("values", KNOWING.values(), ids=KNOWING)
def test_a_feature_that_knows_a_number_is_named(values: np.ndarray) -> None:
    (found,) = number_leaks({**GOOD, "this": values}, PRICE)
    assert [x["column"] for x in found.evidence["columns"]] == ["this"]


def test_a_value_that_other_rows_share_tells_a_number_by_their_mean() -> None:
    level = RNG.integers(0, 30, 300)
    target = np.array(RNG.normal(0, 9, 30))[level] + RNG.normal(0, 0.1, 300)
    names = np.array([f"site {x}" for x in level])
    (found,) = number_leaks({**GOOD, "site": names}, target)
    assert [x["column"] for x in found.evidence["columns"]] == ["site"]
    alone = np.where(np.arange(300) < 5, target, 0.0)
    assert number_leaks({"mostly 0": alone}, target) == []


@pytest.mark.parametrize("values", GOOD.values(), ids=GOOD)
def test_a_good_feature_of_a_number_is_no_leak(values: np.ndarray) -> None:
    assert number_leaks({"this": values}, PRICE) == []


def test_a_number_that_is_constant_or_of_few_rows_has_no_leak() -> None:
    assert number_leaks({"this": PRICE}, np.ones(300)) == []
    assert number_leaks({"this": PRICE[:20]}, PRICE[:20]) == []


def test_a_number_that_rises_with_time_is_told_and_one_that_does_not_is_not() -> None:
    day = RNG.permutation(300).astype(float)
    at = {"sold": day, "seen": RNG.random(300), "empty": np.full(300, np.nan)}
    (found,) = number_drifts(at, PRICE * (1 + day / 100))
    assert (found.evidence["column"], found.flags) == ("sold", "--split-by-time sold")
    assert found.evidence["last"] > found.evidence["first"]
    assert number_drifts(at, PRICE) == number_drifts(at, np.ones(300)) == []


def test_train_says_both_of_a_number() -> None:
    import pandas as pd

    day = np.arange(300)
    frame = pd.DataFrame({
        "size": RNG.uniform(30, 200, 300), "sold": pd.date_range("2026-01-01", periods=300),
        "price": PRICE * (1 + day / 50),
    })  # fmt: skip
    frame["with tax"] = frame["price"] * 1.2
    found = ms.train(frame, target="price", model="decision_tree")
    told = {x.code: " ".join(found.to_text().split()) for x in found.findings}
    assert {"MLS260", "MLS263"} <= set(told)
    text = told["MLS260"]
    assert "with tax alone explains 100.0% of the target's variance" in text
    assert "in the earliest fifth by sold" in text
    fair = ms.train(frame[["size"]].assign(price=PRICE), target="price", model="decision_tree")
    assert not fair.findings
