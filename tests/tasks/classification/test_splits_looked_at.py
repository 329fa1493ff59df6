"""Which split a command looks at, and what the others need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.counts import pick_split


def run(**rows: int) -> pl.DataFrame:
    """Return a run whose rows are wrong one time in five."""
    splits = [split.replace("_", "-") for split, n in rows.items() for _ in range(n)]
    n = range(len(splits))
    return pl.DataFrame({
        "id": n, "split": splits, "label": [str(i % 2) for i in n],
        "prediction": [str((i + (i % 5 == 0)) % 2) for i in n], "site": [f"s{i % 3}" for i in n],
    })  # fmt: skip


def unlabelled(split: str, *columns: str) -> pl.DataFrame:
    there = pl.col("split") != split
    return run(train=60, dev=60, test=20).with_columns(
        pl.when(there).then(pl.col(x)).alias(x) for x in columns
    )


def codes(found: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in found["findings"]}


@pytest.mark.parametrize(
    ("splits", "picked"),
    [(("train", "dev", "test"), "dev"), (("train", "test"), "test"), (("train",), "train")],
)
def test_without_dev_it_is_test_beside_train_alone_or_the_only_one(splits, picked) -> None:
    assert pick_split(splits, None) == picked


@pytest.mark.parametrize("splits", [("train", "train-dev"), ("train-dev", "test")])
def test_any_other_pair_is_asked_for(splits: tuple[str, ...]) -> None:
    with pytest.raises(ms.UsageError, match="no dev split"):
        pick_split(splits, None)


def test_train_and_test_alone_show_variance_and_say_that_test_stands_in() -> None:
    found = ms.diagnose(run(train=100, test=100)).to_dict()
    assert found["metric"]["split"] == "test"
    assert [(g["gap"], g["from"], g["to"]) for g in found["gaps"]][-1] == (
        "variance", "train", "test",
    )  # fmt: skip
    assert {"MLS206", "MLS207"} <= codes(found)
    assert codes(ms.diagnose(run(train=100, test=100), split="test").to_dict()).isdisjoint(
        {"MLS207"}
    )


@pytest.mark.parametrize("kind", ["csv", "frame", "pandas"])
def test_a_split_that_is_not_looked_at_needs_no_labels(kind: str, tmp_path: Path) -> None:
    source: Any = unlabelled("test", "label")
    if kind == "csv":
        source.write_csv(tmp_path / "run.csv")
        source = tmp_path / "run.csv"
    if kind == "pandas":
        source = pd.DataFrame(source.to_dict(as_series=False))
    whole = ms.score(run(train=60, dev=60, test=20), split="dev").to_dict()
    found = ms.score(source, split="dev").to_dict()
    assert found["scores"] == [x for x in whole["scores"] if x["split"] != "test"]
    (note,) = [x for x in found["findings"] if x["code"] == "MLS216"]
    assert note["evidence"] == {"rows": {"test": 20}}
    assert ms.slices(source, by=["site"]).to_dict()["findings"]


def test_one_that_is_looked_at_needs_them() -> None:
    with pytest.raises(ms.InputError, match="20 blank labels"):
        ms.score(unlabelled("test", "label"), split="test")


@pytest.mark.parametrize("ask", [ms.score, ms.diagnose])
def test_where_all_are_looked_at_one_without_any_label_is_left_out(ask: Any) -> None:
    found = ask(unlabelled("test", "label")).to_dict()
    (note,) = [x for x in found["findings"] if x["code"] == "MLS216"]
    assert note["evidence"] == {"rows": {"test": 20}}
    alone = ask(run(train=60, dev=60)).to_dict()
    for name in ("scores", "levels", "splits", "gaps"):
        assert found.get(name) == alone.get(name)


@pytest.mark.parametrize("ask", [ms.score, ms.diagnose])
def test_one_with_some_labels_is_an_error(ask: Any) -> None:
    some = unlabelled("test", "label").with_columns(
        label=pl.when(pl.int_range(pl.len()) == 125).then(pl.lit("x")).otherwise("label")
    )
    with pytest.raises(ms.InputError, match="19 blank labels"):
        ask(some)


def test_what_is_drawn_is_of_the_split_alone(tmp_path: Path) -> None:
    unlabelled("test", "label", "prediction").write_csv(tmp_path / "run.csv")
    sheet = ms.sample(tmp_path / "run.csv", n=100, output=tmp_path / "sheet.csv").to_frame()
    assert len(sheet) == 12


def test_nor_does_it_need_scores(tmp_path: Path) -> None:
    scored = run(train=60, dev=60, test=20).with_columns(
        score=pl.when(pl.col("split") != "test").then(0.75)
    )
    found = ms.score(scored.drop("prediction"), split="dev").to_dict()
    assert {x["split"] for x in found["scores"]} == {"train", "dev"}
    with pytest.raises(ms.InputError, match="a probability that is blank") as error:
        ms.score(scored.drop("prediction"), split="test")
    assert error.value.row == 121


def other(seed: int = 0) -> pl.DataFrame:
    """Return a second run on the same examples, whose test has no labels either."""
    flip = (pl.int_range(pl.len()) + seed) % 7 == 0
    mine = pl.when(flip).then(pl.lit("0")).otherwise("prediction").alias("prediction")
    return unlabelled("test", "label").with_columns(mine)


def test_two_runs_whose_test_has_no_labels_are_compared_on_dev(tmp_path: Path) -> None:
    a, b = unlabelled("test", "label"), other()
    labelled = [x.filter(pl.col("split") != "test") for x in (a, b)]
    keys = ("n", "difference", "p_value", "verdict")
    for asked in ({}, {"split": "dev"}):
        found, whole = ms.compare(a, b, **asked).to_dict(), ms.compare(*labelled).to_dict()
        assert {x: found[x] for x in keys} == {x: whole[x] for x in keys}
    checks = ms.gate(a, baseline=b).to_dict()["checks"]
    assert checks == ms.gate(labelled[0], baseline=labelled[1]).to_dict()["checks"]
    assert ms.slices(a, versus=b, by=["site"]).slices
    wide = a.with_columns(pred_b=b["prediction"])
    found = ms.compare(wide, a="prediction", b="pred_b").to_dict()
    assert found["difference"] == ms.compare(a, b).to_dict()["difference"]


def test_a_gate_on_a_split_without_labels_says_why_it_fails(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text('[[gate]]\nmetric = "error"\nsplit = "test"\nmax = 0.5\n')
    found = ms.gate(unlabelled("test", "label"), config=tmp_path / "gate.toml")
    assert "no row of test has a label" in found.to_text()
