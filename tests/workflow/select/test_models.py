"""Columns of predictions of one run are candidates, paired row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import mlstrat as ms

pytestmark = pytest.mark.usefixtures("typed")

MODELS = {"pred_cnn": 0.08, "pred_knn": 0.3, "pred_rf": 0.1}


def table(n: int = 300, ids: bool = True) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    label = rng.choice(["no", "yes"], n, p=[0.7, 0.3])
    other = np.where(label == "no", "yes", "no")
    columns: dict[str, Any] = {"id": range(n)} if ids else {}
    columns |= {"label": label, "site": rng.integers(0, 3, n)}
    for name, share in MODELS.items():
        columns[name] = np.where(rng.random(n) < share, other, label)
    return pl.DataFrame(columns)


def run_of(name: str) -> pl.DataFrame:
    return table().select("id", "label", prediction=name)


@pytest.mark.parametrize("metric", ["accuracy", "error", "f1"])
def test_they_are_judged_as_so_many_runs_paired_by_id(metric: str) -> None:
    found = ms.select(table(), models="pred_*", optimize=metric).to_dict()
    whole = ms.select([run_of(name) for name in MODELS], optimize=metric).to_dict()
    names = dict(zip((x["name"] for x in whole["candidates"]), MODELS, strict=True))
    for mine, other in zip(found["candidates"], whole["candidates"], strict=True):
        assert mine["name"] in names.values()
        assert {**mine, "name": ""} == {**other, "name": ""}
    assert found["choice"] == names.get(whole["choice"], whole["choice"])


def test_they_need_no_ids() -> None:
    with_ids, without = (ms.select(table(ids=ids), models="pred_*", optimize="accuracy")
                         for ids in (True, False))  # fmt: skip
    assert with_ids.to_dict()["candidates"] == without.to_dict()["candidates"]


def test_a_glob_means_columns_in_any_case_and_may_be_repeated() -> None:
    few = ms.select(table(), models=["PRED_C*", "pred_rf"], optimize="error").to_dict()
    assert {x["name"] for x in few["candidates"]} == {"pred_cnn", "pred_rf"}
    everything = ms.select(table().drop("site"), models="*", optimize="error").to_dict()
    assert {x["name"] for x in everything["candidates"]} == set(MODELS)  # not label and id


def test_the_file_is_named_once(tmp_path: Path) -> None:
    table().write_csv(tmp_path / "wide.csv")
    found = ms.select(tmp_path / "wide.csv", models="pred_*", optimize="accuracy").to_dict()
    assert [x["rows"] for x in found["signature"]["inputs"]] == [300]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"models": "none_*"}, "names no column"),
        ({"models": "pred_rf"}, "names only 'pred_rf'"),
        ({"models": "pred_*", "optimize": "roc_auc"}, "roc_auc needs scores"),
        ({"models": "pred_*", "threshold": 0.5}, "--threshold and --models exclude each other"),
        ({"models": "pred_*", "task": "ratio"}, "--models names columns of predictions"),
    ],
)
def test_what_is_no_choice_of_models_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises((ms.InputError, ms.UsageError), match=message):
        ms.select(table(), **{"optimize": "accuracy", **asked})


def test_a_table_of_several_models_names_them_and_the_whole_command(tmp_path: Path) -> None:
    table().write_csv(tmp_path / "wide.csv")
    with pytest.raises(ms.InputError, match="those of 3 models") as error:
        ms.diagnose(tmp_path / "wide.csv")
    hint = str(error.value.hint)
    assert f"mlstrat select {tmp_path / 'wide.csv'} --models 'pred_*' --optimize accuracy" in hint
    assert "--map prediction=pred_cnn" in hint
    with pytest.raises(ms.InputError, match="no column of names") as error:
        ms.select(tmp_path / "wide.csv", optimize="accuracy")
    assert "--models 'pred_*'" in str(error.value.hint)


def test_one_of_them_is_looked_at_and_the_others_are_no_slices() -> None:
    found = ms.slices(table(2_000), columns={"prediction": "pred_knn"}).to_dict()
    assert not {x for one in found["slices"] for x in one["where"] if x.startswith("pred_")}


def test_two_of_them_are_compared_with_truth_values_as_the_labels_write_them() -> None:
    frame = table()
    ones = {name: (pl.col(name) == "yes") for name in ("label", *MODELS)}
    numbers = frame.with_columns(**{name: x.cast(pl.Int64) for name, x in ones.items()})
    mixed = numbers.with_columns(pred_rf=pl.col("pred_rf").cast(pl.Boolean))
    whole = ms.compare(numbers, a="pred_cnn", b="pred_rf").to_dict()
    found = ms.compare(mixed, a="pred_cnn", b="pred_rf").to_dict()
    assert (found["both_right"], found["difference"]) == (whole["both_right"], whole["difference"])


def test_probabilities_of_several_models_are_none_of_classes(write):
    path = write("id,label,pred_a,prob_a,pred_b,prob_b\n1,0,0,0.2,1,1.7\n2,1,1,0.8,1,2.1\n")
    with pytest.raises(ms.InputError, match="no prediction column but those of 2 models") as caught:
        ms.diagnose(path)
    assert "--models 'pred_*'" in caught.value.hint
    assert ms.diagnose(path, columns={"prediction": "pred_a"}).to_dict()["splits"]["dev"]["n"] == 2
