"""One door for every task: a question asks what was measured, and labels are a task like others."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.errors import UsageError


def labels(*, grouped: bool = False) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    truth = rng.choice(["cat", "dog", "owl"], 400)
    frame = pl.DataFrame({
        "split": rng.choice(["train", "dev"], 400), "light": rng.choice(["day", "night"], 400),
        "label": truth, "prediction": np.where(rng.random(400) < 0.2, "owl", truth),
    })  # fmt: skip
    return frame.with_columns(group=pl.Series(rng.integers(0, 40, 400))) if grouped else frame


@pytest.mark.parametrize("grouped", [False, True])
def test_labels_have_the_scores_of_a_ratio_table_of_the_same_examples(grouped: bool):
    frame = labels(grouped=grouped)
    wrong = (pl.col("label") != pl.col("prediction")).cast(int)
    table = frame.with_columns(num=wrong, den=1).drop("label", "prediction")
    asked = {"by": "light", "metric": "error", "resamples": 300}
    one, other = ms.score(frame, **asked), ms.score(table, task="ratio", **asked)
    for mine, theirs in zip(one.to_dict()["scores"], other.to_dict()["scores"], strict=True):
        assert mine == {**theirs, "ci": pytest.approx(theirs["ci"], rel=0.1 if grouped else 1e-9)}


def test_one_train_example_that_errs_does_not_hide_a_variance_of_nine_points():
    """Its error of .16% reached up to 21.7%, and the verdict was "Cannot tell what to work on"."""
    rng, den = np.random.default_rng(0), 2 + np.arange(250) % 2
    num = [np.arange(250) < 1, rng.binomial(den, 0.09), rng.binomial(den, 0.09)]
    table = pl.DataFrame({
        "split": np.repeat(["train", "dev", "test"], 250), "num": np.concatenate(num),
        "den": np.tile(den, 3),
    })  # fmt: skip
    found = ms.diagnose(table, task="ratio", human_error=0.0)
    assert "Work on variance" in str(found)


def test_score_takes_a_ratio_table_by_split_and_by_column():
    rng = np.random.default_rng(1)
    den = 1 + rng.poisson(9, 300)
    frame = pl.DataFrame({
        "split": rng.choice(["train", "dev"], 300), "light": rng.choice(["day", "night"], 300),
        "num": rng.binomial(den, 0.2), "den": den,
    })  # fmt: skip
    found = ms.score(frame, task="ratio", by="light", resamples=300)
    dev = frame.filter(pl.col("split") == "dev")
    assert found.value == dev["num"].sum() / dev["den"].sum()
    document = found.to_dict()
    assert [(x["split"], x["by"]) for x in document["scores"]] == [
        ("dev", None), ("train", None), ("dev", {"light": "day"}), ("dev", {"light": "night"}),
    ]  # fmt: skip
    night = dev.filter(pl.col("light") == "night")
    assert document["scores"][3]["value"] == night["num"].sum() / night["den"].sum()
    assert found.to_text().startswith("Error on dev: ")


def test_score_refuses_what_speaks_of_labels():
    frame = pl.DataFrame({"num": [1, 0], "den": [1, 1]})
    with pytest.raises(UsageError, match="weight_when belongs to classification"):
        ms.score(frame, task="ratio", weight_when=["label=a:2"])
