"""Columns whose values say what they are: folds, what was trained on, and a last column n."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mlstrat as ms

pytestmark = pytest.mark.usefixtures("typed")


def run(n: int = 200, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    label = np.arange(n) % 2
    wrong = rng.random(n) < 0.2
    return pl.DataFrame({"label": label, "prediction": np.where(wrong, 1 - label, label)})


def spread(document: dict[str, Any]) -> dict[str, Any]:
    (found,) = [x["evidence"] for x in document["findings"] if x["code"] == "MLS228"]
    return dict(found)


def codes(document: dict[str, Any]) -> set[str]:
    return {x["code"] for x in document["findings"]}


@pytest.mark.parametrize("ask", [ms.score, ms.diagnose])
@pytest.mark.parametrize("write", [str, "fold{}".format, "Fold_0{}".format, int, float])
def test_a_figure_comes_with_its_spread_over_folds(ask: Any, write: Any) -> None:
    fold = np.arange(200) // 40
    frame = run().with_columns(fold=pl.Series([write(x) for x in fold]))
    wrong = (frame["label"] != frame["prediction"]).to_numpy().reshape(5, 40).mean(axis=1)
    found = spread(ask(frame, metric="error").to_dict())
    assert (found["folds"], found["metric"], found["split"]) == (5, "error", "dev")
    wanted = [wrong.min(), wrong.max(), wrong.mean(), wrong.std(ddof=1)]
    assert [found[x] for x in ("min", "max", "mean", "sd")] == pytest.approx(wanted)


def test_all_folds_are_one_split_and_nothing_else_changes() -> None:
    frame = run()
    folded = frame.with_columns(fold=pl.Series(np.arange(200) % 5))
    whole, found = (ms.diagnose(x).to_dict() for x in (frame, folded))
    for key in ("levels", "gaps", "splits", "metric", "verdict"):
        assert found[key] == whole[key]
    assert [x["level"] for x in found["levels"]] == ["dev"]
    assert "fold" not in {x for s in ms.slices(folded, by=["label"]).slices for x, _ in s.where}


def test_beside_a_split_numbers_of_folds_are_no_second_split() -> None:
    split = ["train"] * 100 + ["dev"] * 100
    frame = run().with_columns(split=pl.Series(split), fold=pl.Series(np.arange(200) % 4))
    found = ms.score(frame, metric="accuracy").to_dict()
    assert spread(found)["folds"] == 4
    assert {x["split"] for x in found["scores"]} == {"train", "dev"}


def test_what_numbers_no_folds_has_no_spread() -> None:
    for values in (["x"] * 100 + ["y"] * 100, [1] * 200):
        frame = run().with_columns(fold=pl.Series(values))
        assert "MLS228" not in codes(ms.score(frame).to_dict())
    folded = run().with_columns(fold=pl.Series(np.arange(200) % 5))
    assert "MLS228" not in codes(ms.score(folded, columns={"fold": ""}).to_dict())
    named = run().with_columns(cv=pl.Series(np.arange(200) % 5))
    assert spread(ms.score(named, columns={"fold": "cv"}).to_dict())["column"] == "cv"


@pytest.mark.parametrize("kind", [pl.Boolean, pl.Int64, pl.Float64, pl.String])
@pytest.mark.parametrize(
    "frame_of", [lambda x: x, lambda x: pd.DataFrame(x.to_dict(as_series=False))]
)
def test_is_train_parts_a_run_without_a_split(kind: Any, frame_of: Any) -> None:
    trained = pl.Series(np.arange(200) < 120)
    named = run().with_columns(
        split=pl.when(trained).then(pl.lit("train")).otherwise(pl.lit("dev"))
    )
    told = frame_of(run().with_columns(Is_Train=trained.cast(kind)))
    found, whole = ms.diagnose(told).to_dict(), ms.diagnose(named).to_dict()
    assert found["levels"] == whole["levels"]
    assert found["splits"] == whole["splits"]
    assert codes(found) - codes(whole) == {"MLS227"}


def test_is_train_beside_a_split_or_with_other_values_is_a_column_like_others() -> None:
    trained = pl.Series(np.arange(200) < 120)
    both = run().with_columns(is_train=trained, split=pl.lit("test"))
    assert ms.score(both).to_dict()["columns"]["split"] == "split"
    other = run().with_columns(is_train=pl.Series(["partly", "no"] * 100))
    assert "split" not in ms.score(other).to_dict()["columns"]


def test_is_train_holds_where_two_runs_are_paired() -> None:
    ids = pl.Series(range(200))
    a, b = (run(seed=s).with_columns(id=ids, is_train=ids < 120) for s in (0, 1))
    assert ms.compare(a, b).to_dict()["n"] == 80
    assert ms.gate(a, baseline=b).to_dict()["checks"]
    assert len(ms.slices(a, versus=b, by=["label"]).slices)


def of_rows(feature: Any) -> pl.DataFrame:
    return run().with_columns(site=pl.Series(np.arange(200) % 3), n=pl.Series(feature))


@pytest.mark.parametrize("kind", ["repeating", "measured", "ages", "incomes"])
def test_a_feature_called_n_in_last_place_does_not_weigh_the_rows(
    kind: str, tmp_path: Path
) -> None:
    frame = of_rows(np.arange(200) % 7)
    if kind == "measured":
        height = pl.Series(np.random.default_rng(1).normal(size=200))
        frame = frame.select("label", "prediction", height.alias("height"), "n")
    rng = np.random.default_rng(2)
    if kind == "ages":  # of which some repeat
        age = pl.Series(rng.integers(18, 90, 200)).alias("age")
        frame = frame.select("label", "prediction", age, "n")
    if kind == "incomes":
        income = pl.Series(rng.integers(9_000, 90_000, 200)).alias("income")
        frame = frame.select("label", "prediction", income, "n")
    frame.write_csv(tmp_path / "run.csv")
    right = ms.score(run(), metric="error").to_dict()["scores"]
    for source in (frame, tmp_path / "run.csv", pd.DataFrame(frame.to_dict(as_series=False))):
        found = ms.score(source, metric="error").to_dict()
        (issue,) = [x for x in found["findings"] if x["code"] == "MLS229"]
        assert issue["severity"] == "issue"
        assert issue["evidence"]["flags"] == ["--map n=n", "--map n="]
        assert found["scores"] == right
        said = ms.score(source, metric="error", columns={"n": ""}).to_dict()
        assert said["scores"] == right
        assert "MLS229" not in codes(said)


def test_what_counts_is_taken_for_counts_where_it_is_said_or_looks_so() -> None:
    frame = of_rows(np.arange(200) % 7)
    said = ms.score(frame, metric="error", columns={"n": "n"}).to_dict()
    assert "MLS229" not in codes(said)
    assert said["scores"][0]["n"] == frame["n"].sum()
    counted = frame.group_by("label", "prediction", "site").agg(pl.len().alias("n")).sort("site")
    found = ms.score(counted, metric="error").to_dict()
    assert "MLS229" not in codes(found)
    assert found["scores"] == ms.score(run(), metric="error").to_dict()["scores"]


def test_counts_of_several_files_stay_counts(tmp_path: Path) -> None:
    counted = of_rows([1] * 200).group_by("label", "prediction", "site").agg(pl.len().alias("n"))
    for i in range(5):
        counted.sort("site", "label", "prediction").write_csv(tmp_path / f"part{i}.csv")
    found = ms.score(str(tmp_path / "part*.csv"), metric="error").to_dict()
    assert found["scores"][0]["n"] == 1_000


@pytest.mark.parametrize("value", ["", "-1", "2.5"])
def test_what_is_no_count_says_how_to_take_n_for_a_column_like_others(
    value: str, tmp_path: Path
) -> None:
    path = tmp_path / "run.csv"
    path.write_text(f"label,prediction,n\na,a,3\nb,a,{value}\n")
    with pytest.raises(ms.InputError) as error:
        ms.score(path)
    assert "--map n=" in str(error.value.hint)
    assert ms.score(path, metric="error", columns={"n": ""}).value == 0.5


def test_weights_weigh_in_each_fold_and_counts_keep_the_folds() -> None:
    place = np.arange(200)
    frame = run().with_columns(fold=pl.Series(place % 5), sample_weight=pl.Series(1.0 + place % 3))
    wrong = (frame["label"] != frame["prediction"]).to_numpy()
    weight = 1.0 + place % 3
    shares = [(wrong * weight)[place % 5 == k].sum() / weight[place % 5 == k].sum()
              for k in range(5)]  # fmt: skip
    found = spread(ms.score(frame, metric="error").to_dict())
    assert (found["min"], found["max"]) == pytest.approx((min(shares), max(shares)))
    even = frame.drop("sample_weight")
    counted = pl.from_pandas(ms.count(even, by=["fold"]).to_frame())
    assert spread(ms.score(counted, metric="error").to_dict()) == spread(
        ms.score(even, metric="error").to_dict()
    )
