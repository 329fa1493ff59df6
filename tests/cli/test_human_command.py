"""`human` as it is typed, and what `diagnose` makes of its output."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl

import mlstrat as ms
from tests.answers import DOCTORS, THREE, levels, people


def test_diagnose_makes_the_same_choice_and_reads_what_is_printed(mlstrat):
    frame = people(400, {"prediction": 0.2, **THREE}, share=0.9)
    frame = frame.with_columns(split=pl.Series(["train", "dev"] * 200))
    frame.write_csv("run.csv")
    proxy = ms.human("run.csv").to_dict()["bayes_proxy"]
    inside = ms.diagnose("run.csv").to_dict()
    human = inside["levels"][0]
    assert (human["error"], human["n"]) == (proxy["error"]["value"], proxy["error"]["n"])
    assert mlstrat("human", "run.csv", "-f", "json", "-o", "levels.json").code == 0
    outside = json.loads(mlstrat("diagnose", "run.csv", "--human", "levels.json", "-f", "json").out)
    assert outside["levels"][0] == {**human, "level": "human"}
    level_file = outside["signature"]["inputs"][1]
    assert (level_file["path"], level_file["rows"]) == ("levels.json", None)
    assert level_file["sha256"] == hashlib.sha256(Path("levels.json").read_bytes()).hexdigest()
    assert json.loads(Path("levels.json").read_text())["schema"] == "mlstrat.human/1"


def test_what_typed_levels_print_is_read_too(mlstrat):
    levels(DOCTORS).write_csv("doctors.csv")
    people(100, {"prediction": 0.2}).write_csv("run.csv")
    assert mlstrat("human", "doctors.csv", "-o", "levels.json").code == 0
    found = json.loads(mlstrat("diagnose", "run.csv", "--human", "levels.json", "-f", "json").out)
    assert (found["levels"][0]["error"], found["levels"][0]["ci"]) == (0.005, None)


def test_standard_input_is_read_once(mlstrat, monkeypatch):
    import io
    import sys

    class Stdin:
        buffer = io.BytesIO(people(50, THREE).write_csv().encode())

    monkeypatch.setattr(sys, "stdin", Stdin())
    found = json.loads(mlstrat("human", "-", "-f", "json").out)
    assert found["signature"]["inputs"][0]["path"] == "-"
    assert len(found["annotators"]) == 3


def test_reports_are_the_same_each_time_and_names_harm_nothing(mlstrat):
    levels({"<b>|x": 1, "[red]": 2, "\x1b[31m": 3}, group=["p", "p", "q"]).write_csv("levels.csv")
    for how in ("json", "markdown", "text", "csv"):
        one, two = (mlstrat("human", "levels.csv", "--n", "50", "-f", how) for _ in "12")
        assert (one.code, one.out) == (0, two.out)
        if how != "json":
            assert how == "csv" or "\x1b" not in one.out
            assert how != "markdown" or "<b>" not in one.out


def test_a_config_names_the_columns_of_the_run_and_not_of_the_long_table(mlstrat):
    wide = people(200, {"prediction": 0.1, **THREE})
    wide.rename({"label": "churned"}).write_csv("run.csv")
    Path("mlstrat.toml").write_text('[columns]\nlabel = "churned"\n[diagnose]\nconfidence = 0.9\n')
    table = wide.unpivot(on=list(THREE), index="id", variable_name="annotator",
                         value_name="answer")  # fmt: skip
    table.write_csv("long.csv")
    one = json.loads(mlstrat("human", "run.csv", "-f", "json").out)
    two = json.loads(mlstrat("human", "long.csv", "--run", "run.csv", "-f", "json").out)
    assert one["signature"]["confidence"] == two["signature"]["confidence"] == 0.9
    assert [a["error"] for a in one["annotators"]] == [a["error"] for a in two["annotators"]]
    levels(DOCTORS).write_csv("levels.csv")
    assert mlstrat("human", "levels.csv").code == 0
    assert "tests at 10%" in mlstrat("plan", "--examples", "100").out


def test_diagnose_takes_the_document_itself_in_python():
    wide = people(200, {"prediction": 0.1, **THREE})
    wide.write_csv("run.csv")
    Path("human.json").write_text(json.dumps(ms.human("run.csv").to_dict()))
    one = ms.diagnose("run.csv", human="human.json").to_dict()
    two = ms.diagnose("run.csv", human=ms.human("run.csv")).to_dict()
    assert one["levels"] == two["levels"]
    assert [x["path"] for x in two["signature"]["inputs"]] == ["run.csv", "run.csv"]
