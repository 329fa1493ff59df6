"""What ranks: a confidence in the prediction, and scores that are not probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.errors import InputError

pytestmark = pytest.mark.usefixtures("typed")


def scored(n: int = 300, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    label = np.arange(n) % 2
    score = 1 / (1 + np.exp(-rng.normal(2 * label - 1, 1.5)))
    return pl.DataFrame({"id": range(n), "label": label,
                         "prediction": (score >= 0.5).astype(int), "score": score})  # fmt: skip


def confident(run: pl.DataFrame) -> pl.DataFrame:
    sure = pl.max_horizontal("score", 1 - pl.col("score"))
    return run.with_columns(confidence=sure).drop("score")


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
@pytest.mark.parametrize("positive", ["1", "0"])
@pytest.mark.parametrize(
    "frame_of", [lambda x: x, lambda x: pd.DataFrame(x.to_dict(as_series=False))]
)
def test_a_confidence_of_two_labels_ranks_as_the_score_does(
    metric: str, positive: str, frame_of: Any
) -> None:
    run = scored()
    wanted = run if positive == "1" else run.with_columns(score=1 - pl.col("score"))
    found = ms.score(frame_of(confident(run)), metric=metric, positive=positive).to_dict()
    value = ms.score(wanted, metric=metric, positive=positive).to_dict()["scores"][0]["value"]
    assert found["scores"][0]["value"] == pytest.approx(value)
    (note,) = [x for x in found["findings"] if x["code"] == "MLS230"]
    assert note["evidence"] == {"column": "confidence", "positive": positive}


def test_it_is_no_score_and_no_slice() -> None:
    run = confident(scored())
    assert "score" not in ms.score(run).to_dict()["columns"]
    with pytest.raises(ms.InputError, match="neither a prediction"):
        ms.score(run.drop("prediction"))
    with pytest.raises(ms.InputError, match="no probabilities"):
        ms.score(run, metric="log_loss")
    found = ms.slices(run.with_columns(site=pl.col("id") % 3)).to_dict()
    assert {x for one in found["slices"] for x in one["where"]} <= {"label", "site"}


def test_of_more_labels_it_ranks_nothing() -> None:
    run = confident(scored()).with_columns(label=pl.col("id") % 3)
    with pytest.raises(ms.UsageError, match="it ranks two labels, and there are 3"):
        ms.score(run, metric="roc_auc")


def test_two_runs_with_a_confidence_compare_as_with_scores() -> None:
    a, b = scored(), scored(seed=1)
    whole = ms.compare(a, b, metric="roc_auc").to_dict()["difference"]
    found = ms.compare(confident(a), confident(b), metric="roc_auc").to_dict()["difference"]
    assert found["value"] == pytest.approx(whole["value"])


def test_the_most_confident_errors_are_drawn_by_it(tmp_path: Path) -> None:
    run = confident(scored())
    wrong = run.filter(pl.col("label") != pl.col("prediction")).sort("confidence", descending=True)
    sheet = ms.sample(run, n=5, by="confidence", output=tmp_path / "sheet.csv").to_frame()
    assert sheet["id"].astype(int).tolist() == wrong["id"].to_list()[:5]


def logits(run: pl.DataFrame) -> pl.DataFrame:
    return run.with_columns(score=(pl.col("score") / (1 - pl.col("score"))).log())


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
def test_scores_beyond_0_and_1_rank_without_a_threshold(metric: str) -> None:
    run = scored().drop("prediction")
    value = ms.score(run, metric=metric).value
    assert ms.score(logits(run), metric=metric).value == pytest.approx(value)
    other = scored(seed=1).drop("prediction")
    chosen = ms.select([logits(run), logits(other)], optimize=metric)
    assert chosen.choice == ms.select([run, other], optimize=metric).choice


def test_and_need_one_to_predict() -> None:
    run = logits(scored().drop("prediction"))
    for ask in (ms.score, ms.diagnose):
        with pytest.raises(ms.InputError, match="is not a probability") as error:
            ask(run)
        assert "--threshold" in str(error.value.hint)
    assert ms.score(run, metric="error", threshold=0.0).value == pytest.approx(
        ms.score(scored(), metric="error").value
    )


def test_the_text_nan_is_a_blank_score(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("label,score\n1,0.7\n0,nan\n")
    with pytest.raises(ms.InputError, match="a probability that is blank") as error:
        ms.score(path)
    assert error.value.row == 3


@pytest.mark.parametrize("metric", ["f1", "recall", "mcc", "roc_auc", "balanced_accuracy"])
@pytest.mark.parametrize("by", ["label", "LABEL"])
def test_what_weighs_classes_is_refused_by_the_label_with_what_to_ask(metric: str, by: str) -> None:
    with pytest.raises(ms.UsageError, match="weighs the classes") as error:
        ms.score(scored(), metric=metric, by=[by])
    assert "--metric accuracy --by label" in str(error.value.accepted)
    shares = ms.score(scored(), metric="accuracy", by=["label"]).to_dict()["scores"][1:]
    recalls = {x["label"]: x["recall"] for x in
               ms.diagnose(scored()).to_dict()["splits"]["dev"]["per_class"]}  # fmt: skip
    assert {x["by"]["label"]: x["value"] for x in shares} == pytest.approx(recalls)


def margins(n: int = 300, seed: int = 0) -> pl.DataFrame:
    """Return scores that are not probabilities, and no predictions."""
    rng = np.random.default_rng(seed)
    label = np.arange(n) % 2
    return pl.DataFrame({"id": range(n), "split": "dev", "label": label,
                         "score": 5 + 3 * rng.normal(label, 1.0)})  # fmt: skip


def as_probabilities(run: pl.DataFrame) -> pl.DataFrame:
    return run.with_columns(score=1 / (1 + ((9 - pl.col("score")) / 3).exp()))


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
def test_margins_rank_everywhere_as_probabilities_of_the_same_order_do(metric: str) -> None:
    run, other = margins(), margins(seed=1)
    pairs = [(run, other), (as_probabilities(run), as_probabilities(other))]
    few = {"metric": metric, "resamples": 300}
    levels = [ms.diagnose(a, **few).to_dict()["levels"][0] for a, _ in pairs]
    assert levels[0] == {**levels[1], "errors": None}
    compared = [ms.compare(a, b, **few).to_dict() for a, b in pairs]
    assert compared[0]["difference"] == compared[1]["difference"]
    assert compared[0]["verdict"] == compared[1]["verdict"]
    gated = [ms.gate(a, baseline=b, **few).to_dict() for a, b in pairs]
    assert gated[0]["checks"] == gated[1]["checks"]
    assert ms.report(run, baseline=other, **few).to_text()


def test_margins_say_no_class_and_what_rests_on_classes_is_undefined() -> None:
    run, other = margins(), margins(seed=1)
    split = ms.diagnose(run, metric="roc_auc").to_dict()["splits"]["dev"]
    assert split["error"]["value"] is None
    assert "no class without --threshold" in split["error"]["reason"]
    assert (split["errors"], split["per_class"], split["confusion"]["counts"]) == (None, [], None)
    found = ms.compare(run, other, metric="roc_auc", by=["split"])
    told = found.to_dict()
    assert (told["p_value"], told["both_right"], told["slices"]) == (None, None, [])
    assert told["n"] == 300
    assert "McNemar" not in found.to_text()
    assert ms.compare(run, run, metric="roc_auc").verdict == "identical"
    assert [x["p_value"] for x in found.records()] == [None]
    assert ms.plot("roc", run).title == ms.plot("roc", as_probabilities(run)).title
    assert "the predictions at" not in ms.plot("roc", run).alt_text


@pytest.mark.parametrize("ask", [ms.diagnose, lambda x: ms.compare(x, x), ms.score])
def test_where_classes_are_asked_for_margins_still_want_a_threshold(ask: Any) -> None:
    with pytest.raises(InputError, match="is not a probability"):
        ask(margins())


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
def test_classes_that_are_read_at_once_rank_as_one_after_another(
    metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(2)
    label = rng.integers(3, size=400)
    shares = (rng.random((400, 3)) + np.eye(3)[label]).round(1)  # with ties
    shares /= shares.sum(axis=1, keepdims=True)
    columns = {f"prob_{i}": shares[:, i] for i in range(3)}
    run = pl.DataFrame({"id": range(400), "split": ["dev", "test"] * 200, "label": label,
                        **columns})  # fmt: skip
    once = ms.score(run, metric=metric).to_dict()
    monkeypatch.setattr("mlstrat.tasks.classification.scores.ROWS_UP_TO", 0)
    assert ms.score(run, metric=metric).to_dict() == once
