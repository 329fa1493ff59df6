"""`report --task ratio`: diagnosis, comparison and kinds of error as one document."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import UsageError
from tests.tasks.test_count_ratio import texts
from tests.tasks.test_gate_ratio import as_ratio, labels

FEW = {"resamples": 300, "task": "ratio"}


def test_the_parts_are_those_of_the_commands(empty_folder: Path):
    run = texts()
    old = run.with_columns(num=pl.min_horizontal(pl.col("num") + 2, "den"))
    found = ms.report(run, baseline=old, by="light", **FEW).to_dict()
    parts = found["sections"]
    assert list(parts) == ["diagnose", "compare", "error-table"]
    assert parts["diagnose"] == ms.diagnose(run, **FEW).to_dict()
    assert (
        parts["compare"]["difference"]
        == (ms.compare(old, run, split="dev", by="light", **FEW).to_dict()["difference"])
    )
    assert (
        parts["error-table"]["categories"]
        == (ms.error_table(run, task="ratio").to_dict()["categories"])
    )
    assert found["verdict"]["compare"] == "b_better"


def test_a_table_of_right_and_wrong_is_reported_as_its_labels_are():
    run, baseline = labels(1, 0.02), labels(2, 0.3)
    whole = ms.report(run, baseline=baseline, metric="error", resamples=300).to_dict()
    ratio = ms.report(as_ratio(run), baseline=as_ratio(baseline), **FEW).to_dict()
    assert ratio["verdict"] == whole["verdict"]
    assert ratio["focus"] == whole["focus"]
    for mine, theirs in ((ratio, whole),):
        one, two = (x["sections"]["compare"]["difference"] for x in (mine, theirs))
        assert one["value"] == pytest.approx(two["value"])
        assert one["ci"] == pytest.approx(two["ci"], rel=1e-9)


def test_without_kinds_and_baseline_it_is_the_diagnosis():
    found = ms.report(texts().select("id", "split", "num", "den"), **FEW)
    assert list(found.parts) == ["diagnose"]
    assert "The ladder" in found.to_markdown()


def scores() -> pl.DataFrame:
    """Return three labels an example of two splits, with scores of either."""
    rng = np.random.default_rng(3)
    truth = rng.random((160, 3)) < 0.4
    score = rng.random((160, 3)) + 0.4 * truth
    return pl.DataFrame({
        "id": np.arange(160), "split": ["train", "dev"] * 80,
        **{f"label_{x}": truth[:, i] * 1 for i, x in enumerate("abc")},
        **{f"score_{x}": score[:, i] for i, x in enumerate("abc")},
    })  # fmt: skip


def amounts() -> pl.DataFrame:
    rng = np.random.default_rng(4)
    return pl.DataFrame({"target": rng.random(90), "prediction": rng.random(90)})


@pytest.mark.parametrize(("run", "asked"), [
    (scores(), {"task": "multilabel", "choose_threshold": "f1"}),
    (scores(), {"task": "multilabel", "metric": "f1"}),
    (amounts(), {"task": "regression", "metric": "mse"}),
])  # fmt: skip
def test_kinds_of_error_are_of_the_error_of_the_ladder(run: pl.DataFrame, asked: dict[str, str]):
    """It had another threshold than the ladder, whose dev is cross-fitted, and another metric."""
    found = ms.report(run, **{**FEW, **asked}).to_dict()["sections"]
    table, dev = found["error-table"], found["diagnose"]["splits"]["dev"]
    assert table["error"]["value"] == dev["error"]["value"]
    assert table["signature"]["metric"] == found["diagnose"]["signature"]["metric"]
    ceilings = {x["category"]: x["ceiling"]["error"] for x in dev["categories"]}
    assert {x["tag"]: x["ceiling"]["error"] for x in table["categories"]} == ceilings


@pytest.mark.parametrize("option", ["review", "history", "positive", "average"])
def test_what_belongs_to_labels_is_refused(option: str):
    with pytest.raises(UsageError, match=f"^{option} belongs to classification"):
        ms.report(texts(), **{option: "x"}, **FEW)


def test_the_command(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    texts().write_csv("run.csv")
    given = ["report", "run.csv", "--task", "ratio"]
    assert command([*given, "--format", "json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["sections"]) == ["diagnose", "error-table"]
    assert command([*given, "-o", "report.html"]) == 0
    assert "typo" in Path("report.html").read_text()
    assert command([*given, "--check-only"]) == 2
    assert "--check-only belongs to classification" in capsys.readouterr().err
