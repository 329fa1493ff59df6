"""A run that only tells which rows are right says what a run of labels says of right and wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mlstrat as ms

pytestmark = pytest.mark.usefixtures("typed")

NAMES = ("correct", "acc", "exact_match", "is_correct")


def labelled(n: int = 400, seed: int = 0) -> pl.DataFrame:
    """Return a run of three labels, worse on dev and at night."""
    rng = np.random.default_rng(seed)
    split, light = np.repeat(["train", "dev"], n // 2), rng.choice(["day", "night"], n)
    share = 0.05 + 0.1 * (split == "dev") + 0.3 * (light == "night")
    truth = np.random.default_rng(99).integers(0, 3, n)
    wrong = rng.random(n) < share
    return pl.DataFrame({
        "id": range(n), "split": split, "light": light,
        "label": truth, "prediction": np.where(wrong, (truth + 1) % 3, truth),
    })  # fmt: skip


def only_right(run: pl.DataFrame, name: str = "acc", kind: Any = pl.Int64) -> pl.DataFrame:
    right = (pl.col("label") == pl.col("prediction")).cast(kind).alias(name)
    return run.with_columns(right).drop("label", "prediction")


def without(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in keys}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [pl.Int64, pl.Float64, pl.Boolean, pl.String])
def test_the_ladder_is_that_of_the_labels(name: str, kind: Any) -> None:
    whole = ms.diagnose(labelled(), human_error="1%").to_dict()
    found = ms.diagnose(only_right(labelled(), name, kind), human_error="1%").to_dict()
    for key in ("levels", "gaps", "leading", "focus", "verdict", "to_settle"):
        assert found[key] == whole[key], key
    for split in ("train", "dev"):
        for key in ("n", "errors", "error", "accuracy"):
            assert found["splits"][split][key] == whole["splits"][split][key]
    assert found["metric"]["name"] == "accuracy"


def test_no_class_is_made_up() -> None:
    found = ms.diagnose(only_right(labelled())).to_dict()
    assert (found["labels"], found["task"]) == ([], None)
    dev = found["splits"]["dev"]
    assert dev["per_class"] == []
    assert dev["confusion"] == {"labels": [], "counts": []}
    assert [dev[x]["value"] for x in ("precision", "recall", "f1")] == [None] * 3
    codes = {x["code"] for x in found["findings"]}
    assert "MLS226" in codes
    assert "MLS202" not in codes  # no positive class is missed where there are none


@pytest.mark.parametrize("metric", ["accuracy", "error"])
def test_two_runs_compare_as_their_labels_do(metric: str) -> None:
    one, two = labelled(), labelled(seed=1)
    whole = ms.compare(one, two, metric=metric).to_dict()
    found = ms.compare(only_right(one), only_right(two), metric=metric).to_dict()
    left_out = ("slices", "findings", "signature", "a", "b", "columns")
    assert without(found, *left_out) == without(whole, *left_out)
    assert found["slices"] == []


def test_two_columns_of_one_run_compare_too() -> None:
    one, two = labelled(), labelled(seed=1)
    both = only_right(one).with_columns(acc_b=only_right(two)["acc"])
    found = ms.compare(both, a="acc", b="acc_b")
    assert found.difference == ms.compare(one, two).difference
    assert ms.select(both, models=["acc", "acc_b"], optimize="error").to_dict()["candidates"]


def test_slices_score_and_select_are_those_of_the_labels() -> None:
    run = labelled(2_000)
    whole = ms.slices(run, by=["light"]).to_dict()["slices"]
    assert ms.slices(only_right(run), by=["light"]).to_dict()["slices"] == whole
    scores = ms.score(run, metric="accuracy", by=["light"]).to_dict()["scores"]
    assert ms.score(only_right(run), by=["light"]).to_dict()["scores"] == scores
    a, b = only_right(run), only_right(labelled(2_000, 1))
    assert ms.select([a, b], optimize="accuracy").choice == (
        ms.select([run, labelled(2_000, 1)], optimize="accuracy").choice
    )


def test_errors_are_drawn_and_counts_kept(tmp_path: Path) -> None:
    run = only_right(labelled())
    wrong = run.filter((pl.col("split") == "dev") & (pl.col("acc") == 0))
    sheet = ms.sample(run, n=1_000, output=tmp_path / "sheet.csv").to_frame()
    assert set(sheet["id"].astype(int)) == set(wrong["id"])
    counted = ms.count(run, by=["light"]).to_frame()
    assert counted["n"].sum() == run.height
    again = ms.score(pl.from_pandas(counted)).to_dict()["scores"]
    assert again == ms.score(run).to_dict()["scores"]


def test_a_gate_asks_for_accuracy() -> None:
    one, two = labelled(), labelled(seed=1)
    whole = ms.gate(one, baseline=two, metric="accuracy").to_dict()["checks"]
    assert ms.gate(only_right(one), baseline=only_right(two)).to_dict()["checks"] == whole


@pytest.mark.parametrize("metric", ["f1", "recall", "mcc", "balanced_accuracy"])
def test_what_needs_classes_says_so_in_one_sentence(metric: str) -> None:
    for ask in (ms.score, ms.diagnose):
        with pytest.raises(ms.UsageError, match=f"{metric} needs labels") as error:
            ask(only_right(labelled()), metric=metric)
        assert error.value.accepted == "accuracy, error"
    with pytest.raises(ms.UsageError, match="only tells which rows are right"):
        ms.sample(only_right(labelled()), kind="fp")


@pytest.mark.parametrize("value", ["0.5", "2", "yes", ""])
def test_what_is_neither_right_nor_wrong_is_refused_by_its_row(value: str, tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text(f"id,acc\n1,1\n2,{value}\n3,0\n")
    with pytest.raises(ms.InputError, match="neither right nor wrong") as error:
        ms.score(path)
    assert (error.value.row, error.value.column) == (3, "acc")


@pytest.mark.parametrize("name", NAMES)
def test_beside_a_label_or_a_prediction_it_is_a_column_like_others(name: str) -> None:
    run = labelled().with_columns(pl.lit(0).alias(name))
    assert ms.score(run, metric="error", split="dev").value < 0.5
    for column in ("label", "prediction"):
        with pytest.raises(ms.InputError, match=r"no label|neither a prediction") as error:
            ms.score(run.drop(column))
        assert f"--map correct={name}" in str(error.value.hint)
        assert ms.score(run.drop(column), columns={"correct": name}).value == 0


def test_one_of_two_is_said_by_map() -> None:
    run = only_right(labelled()).with_columns(exact_match=pl.lit(1))
    with pytest.raises(ms.InputError, match="2 columns for the role 'correct'"):
        ms.score(run)
    assert ms.score(run, columns={"correct": "exact_match"}).value == 1
    assert ms.score(labelled().with_columns(ok=pl.lit(1)), columns={"correct": "ok"}).value == 1
    with pytest.raises(ms.UsageError, match="--map label says it otherwise"):
        ms.score(run, columns={"correct": "acc", "label": "id"})


def test_pandas_and_arrow_are_read_as_polars_is() -> None:
    run = only_right(labelled(), kind=pl.Boolean)
    scores = ms.score(run).to_dict()["scores"]
    frame = pd.DataFrame(run.to_dict(as_series=False))
    for other in (frame, run.to_arrow()):
        assert ms.score(other).to_dict()["scores"] == scores


@pytest.mark.parametrize("people", [2, 3])
def test_what_stands_for_right_and_wrong_is_never_shown(people: int, tmp_path: Path) -> None:
    run, other = only_right(labelled(600)), only_right(labelled(600, 1))
    rng = np.random.default_rng(2)
    human = {f"human_{i}": rng.random(600) < 0.9 for i in range(people)}
    run = run.with_columns(
        **{name: pl.Series(x.astype(int)) for name, x in human.items()},
        group_id=pl.col("id") % 50, sample_weight=1.0 + pl.col("id") % 3,
    )  # fmt: skip
    asked: list[Any] = [
        ms.diagnose(run), ms.score(run, by=["light"]), ms.human(run), ms.slices(run),
        ms.slices(run, versus=other), ms.compare(run, other, by=["light"]), ms.count(run),
        ms.select([run, other], optimize="error", by=["light"]), ms.gate(run, baseline=other),
        ms.report(run, baseline=other), ms.sample(run, n=9, output=tmp_path / "sheet.csv"),
    ]  # fmt: skip
    for document in asked:
        shown = document.to_text() + json.dumps(document.to_dict()) + document.to_markdown()
        assert "\x1f" not in shown, type(document)
        assert "u001f" not in shown, type(document)
    assert ms.human(run).to_dict()["agreement"] is None
