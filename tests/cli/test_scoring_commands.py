"""`score` and `compare` as they are typed."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

import mlstrat as ms
from tests.conftest import names


def test_the_number_is_the_first_line(mlstrat, run_csv):
    ended = mlstrat("score", run_csv)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[0] == "F1 on dev: 78.0% (67.9 to 85.6), 100 rows."


def test_score_by_split_and_column_as_json_and_csv(mlstrat, run_csv):
    asked = ("score", run_csv, "--metric", "accuracy", "--by", "label", "-f")
    document = json.loads(mlstrat(*asked, "json").out)
    assert [x["split"] for x in document["scores"]] == [
        "dev", "train", "train-dev", "dev", "dev",
    ]  # fmt: skip
    rows = list(csv.DictReader(StringIO(mlstrat(*asked, "csv").out)))
    assert rows[-1]["of"] == "(mean)"
    assert len(rows) == len(document["scores"]) + 1


def test_the_metrics_are_listed(mlstrat):
    ended = mlstrat("score", "--list-metrics")
    assert (ended.code, ended.err) == (0, "")
    assert "cohen_kappa" in ended.out
    listed = json.loads(mlstrat("score", "--list-metrics", "-f", "json").out)["metrics"]
    assert listed[0]["formula"] == "right rows / rows"


def test_costs_are_shown(mlstrat, run_csv):
    ended = mlstrat("score", run_csv, "--weight-when", "label=yes:10")
    assert ended.out.startswith("Cost-weighted error on dev: 22.0%")
    assert "label yes weighs 10 (50 rows, 90.9% of the weight)" in ended.out


def test_the_projects_settings_apply(mlstrat, run_csv):
    Path("mlstrat.toml").write_text('[diagnose]\nmetric = "error"\nconfidence = 0.9\n')
    document = json.loads(mlstrat("score", run_csv, "-f", "json").out)
    assert document["scores"][0]["metric"] == "error"
    assert document["signature"]["confidence"] == 0.9
    document = json.loads(mlstrat("score", run_csv, "--metric", "mcc", "-f", "json").out)
    assert document["scores"][0]["metric"] == "mcc"


def test_the_comparison_of_two_sentiment_models(mlstrat):
    """The counts of sst2_two_models.csv (ExplainaBoard, MIT): 1502, 59, 101, 159."""
    cells = [("x", "x", "x")] * 1502 + [("x", "x", "y")] * 59
    cells += [("x", "y", "x")] * 101 + [("x", "y", "y")] * 159
    lines = "".join(",".join(row) + "\n" for row in cells)
    Path("two.csv").write_text("label,pred_cnn,pred_lstm\n" + lines)
    ended = mlstrat("compare", "two.csv", "--a", "pred_cnn", "--b", "pred_lstm")
    assert ended.out.splitlines()[0] == (
        "pred_lstm is better than pred_cnn: higher accuracy, by 2.3 points (p = 0.00112)."
    )
    for number in ("1,502", "59", "101", "159"):
        assert number in ended.out


def test_two_files_and_every_format(mlstrat, run_csv):
    text = Path(run_csv).read_text().splitlines()
    Path("b.csv").write_text("\n".join([text[0], *reversed(text[1:-3])]) + "\n")
    ended = mlstrat("compare", run_csv, "b.csv", "--by", "label")
    assert ended.code == 0
    assert ended.out.startswith("The same: run.csv and b.csv predict alike on all 97 examples.")
    assert "MLS322" in ended.out
    document = json.loads(mlstrat("compare", run_csv, "b.csv", "-f", "json").out)
    assert document["missing"] == {"count": 3, "ids": ["dev97", "dev98", "dev99"]}
    assert mlstrat("compare", run_csv, "b.csv", "-f", "markdown").code == 0
    rows = list(csv.DictReader(StringIO(mlstrat("compare", run_csv, "b.csv", "-f", "csv").out)))
    assert rows[0]["both_right"] == "75"


def test_each_run_has_its_own_config(mlstrat, run_csv):
    Path("b.csv").write_text(Path(run_csv).read_text().replace("prediction", "answer"))
    Path("b.toml").write_text('[columns]\nprediction = "answer"\n')
    assert mlstrat("compare", run_csv, "b.csv").code == 0


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["score"], "no run"),
        (["score", "run.csv", "--weight-when", "label=yes"], "has no weight"),
        (["score", "run.csv", "--weight-when", "label=yse:2"], "did you mean 'yes'"),
        (["score", "run.csv", "--by", "lable"], "--by names the column 'lable'"),
        (["score", "run.csv", "--metric", "f2"], "unknown metric 'f2'"),
        (["score", "run.csv", "--split", "test"], "there is no split 'test'"),
        (["compare", "run.csv"], "one run and no two predictions"),
        (["compare", "run.csv", "none.csv"], "none.csv: no such file"),
        (["compare", "run.csv", "run.csv", "--metric", "brier"], "no probabilities, which this"),
        (
            ["compare", "run.csv", "--a", "prediction", "--b", "label", "--metric", "brier"],
            "needs scores, and --a and --b name predictions",
        ),
        (["compare", "run.csv", "run.csv", "--margin", "2"], "the margin is 2"),
        (["compare", "run.csv", "--a", "prediction", "--b", "prediction"], "both name the column"),
        (["compare", "-", "-"], "both runs are standard input"),
    ],
)
def test_wrong_usage_is_one_message_and_exit_2(mlstrat, run_csv, arguments, wanted):
    ended = mlstrat(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert wanted in ended.err
    assert "Traceback" not in ended.err
    assert names() == [run_csv]


def test_hostile_names_harm_nothing(mlstrat):
    Path("run.csv").write_text(
        'id,label,a,b,"re|gion"\n1,<script>,<script>,x,`x`\n2,x,x,x,"[red]"\n3,x,<script>,x,=1+1\n'
    )
    text = mlstrat("compare", "run.csv", "--a", "a", "--b", "b", "--by", "re|gion", "-f",
                   "markdown").out  # fmt: skip
    assert "<script>" not in text
    assert "| `x`" not in text
    scored = mlstrat("score", "run.csv", "--map", "prediction=a", "--by", "re|gion", "-f",
                     "markdown").out  # fmt: skip
    assert "<script>" not in scored
    assert "[red]" in mlstrat("score", "run.csv", "--map", "prediction=a", "--by", "re|gion").out


def test_models_of_one_table_and_a_role_that_no_column_has(mlstrat, tmp_path):
    rows = [f"{i % 2},{i % 2 if i % 5 else 1 - i % 2},{i % 2 if i % 3 else 1 - i % 2},{i % 4}"
            for i in range(120)]  # fmt: skip
    table = tmp_path / "wide.csv"
    table.write_text("label,pred_a,pred_b,n\n" + "\n".join(rows))
    asked = ("select", str(table), "--models", "pred_*", "--optimize", "accuracy", "-f", "json")
    found = json.loads(mlstrat(*asked).out)
    assert {x["name"]: round(x["value"], 3) for x in found["candidates"]} == {
        "pred_a": 0.8, "pred_b": 0.667,
    }  # fmt: skip
    asked = ("score", str(table), "--map", "prediction=pred_a", "--metric", "error", "-f", "json")
    codes = [[x["code"] for x in json.loads(mlstrat(*asked, *flags).out)["findings"]]
             for flags in ((), ("--map", "n="), ("--map", "n=n"))]  # fmt: skip
    assert ["MLS229" in x for x in codes] == [True, False, False]


def test_a_leaderboard_over_many_runs_is_one_page(mlstrat):
    ms.init(example="variance")
    runs = ["variance/run.csv", "variance/second.csv"]
    ended = mlstrat("select", *runs, "--optimize", "accuracy", "-o", "board.html")
    assert (ended.code, ended.out) == (0, "")
    page = Path("board.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    found = ms.select(runs, optimize="accuracy").to_dict()
    assert page.count("<tr>") >= 1 + len(found["candidates"])
    for one in found["candidates"]:
        assert one["name"] in page
        assert f"{100 * one['value']:.1f}%" in page
    shown = mlstrat("select", *runs, "--optimize", "accuracy", "-f", "html").out
    assert shown == page
