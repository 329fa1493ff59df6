"""`sample --eyeball` and `diagnose --eyeball`: what is read, and when that wears out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms


def run(wrong: set[str], n: int = 3000) -> pl.DataFrame:
    ids = [f"{i:04}" for i in range(n)]
    return pl.DataFrame({
        "id": ids, "split": ["dev"] * n, "label": ["cat"] * n,
        "prediction": ["dog" if x in wrong else "cat" for x in ids],
    })  # fmt: skip


@pytest.fixture
def wrong(empty_folder: Path) -> set[str]:
    """Write a run of 3,000 rows, of which every fifth is wrong, and its sheet."""
    wrong = {f"{i:04}" for i in range(0, 3000, 5)}
    run(wrong).write_csv("run.csv")
    ms.sample("run.csv", n=400, eyeball=500, output="review.csv")
    return wrong


def ids(path: str = "review.csv") -> set[str]:
    with Path(path).open(newline="") as file:
        return {row["id"] for row in csv.DictReader(file)}


def told(name: str) -> dict:
    (found,) = [f for f in ms.diagnose(name, eyeball="review.csv").to_dict()["findings"]
                if f["code"] in ("MLS414", "MLS415")]  # fmt: skip
    return found


def test_errors_are_drawn_from_the_eyeball_set_alone(wrong):
    drawn = ms.sample("run.csv", n=400, eyeball=500)
    fixed = drawn.eyeball
    assert (fixed.eyeball.n, fixed.blackbox.n) == (500, 2500)
    assert fixed.eyeball.errors + fixed.blackbox.errors == len(wrong) == 600
    assert drawn.errors == fixed.eyeball.errors == len(ids()) == len(drawn.rows)
    assert {row["eyeball"] for row in drawn.rows} == {fixed.to_text()}
    assert [f.code for f in drawn.findings][:3] == ["MLS411", "MLS343", "MLS344"]


def test_nobody_changes_sides_when_the_data_grow(wrong):
    grown = run(wrong | {f"{i:04}" for i in range(3000, 6000, 5)}, 6000)
    later = ms.sample(grown, n=2000, eyeball="review.csv")
    assert {row["id"] for row in later.rows if row["id"] < "3000"} == ids()
    assert 1.5 < len(later.rows) / len(ids()) < 2.5
    assert later.eyeball == ms.sample("run.csv", eyeball=500).eyeball


def test_rows_are_added_from_the_same_eyeball_set(wrong):
    ms.sample("run.csv", n=10, eyeball=500, output="part.csv")
    ms.sample("run.csv", n=400, append=True, output="part.csv")
    assert ids("part.csv") == ids()


def test_correct_rows_are_of_the_eyeball_set_too(wrong):
    drawn = ms.sample("run.csv", n=10, correct=500, eyeball=500)
    (right,) = [s for s in drawn.strata if s.name == "correct"]
    assert right.rows == right.drawn == 500 - drawn.errors


def test_e12_an_eyeball_error_that_falls_much_faster_means_new_examples_are_due(wrong):
    """MLY17: it falls much faster than the blackbox error; the course names no threshold."""
    run(wrong - set(sorted(ids())[:80])).write_csv("tuned.csv")
    found = told("tuned.csv")
    assert found["code"] == "MLS414"
    assert "new examples are due" in found["title"]
    evidence = found["evidence"]
    low, high = evidence["difference"]["ci"]
    assert (
        0 < evidence["bar"] < low < evidence["difference"]["value"] < high or evidence["bar"] == 0
    )
    assert evidence["eyeball"]["now"] < evidence["eyeball"]["start"]
    assert evidence["blackbox"]["now"] == evidence["blackbox"]["start"]
    text = " ".join(ms.diagnose("tuned.csv", eyeball="review.csv").to_text().split())
    assert "discard the eyeball set and take a new one from the blackbox set" in text


def test_e12_errors_that_fall_alike_mean_nothing(wrong):
    run({x for i, x in enumerate(sorted(wrong)) if i % 2}).write_csv("better.csv")
    assert told("better.csv")["code"] == told("run.csv")["code"] == "MLS415"


def test_all_of_a_small_dev_set_is_the_eyeball_set(wrong):
    drawn = ms.sample(run(wrong, 100), eyeball=500)
    assert drawn.eyeball.blackbox.n == 0
    assert {"blackbox": 0, "use": "none"} in [x.evidence for x in drawn.findings]


def test_diagnose_says_it_on_the_command_line(mlstrat, wrong):
    ended = mlstrat("diagnose", "run.csv", "--eyeball", "review.csv", "-f", "json")
    document = json.loads(ended.out)
    assert "MLS415" in [f["code"] for f in document["findings"]]
    assert [x["path"] for x in document["signature"]["inputs"]] == ["run.csv", "review.csv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["diagnose", "run.csv", "--eyeball", "plain.csv"], "the sheet fixes no eyeball set"),
        (["diagnose", "other.csv", "--eyeball", "review.csv"], "rows is in dev of other.csv"),
        (["diagnose", "run.csv", "--eyeball", "run.csv"], "run.csv"),
        (["diagnose", "-", "--eyeball", "review.csv"], "--eyeball reads the run twice"),
        (["sample", "run.csv", "--eyeball", "plain.csv"], "the sheet fixes no eyeball set"),
        (["sample", "run.csv", "--eyeball", "9", "--append", "-o", "plain.csv"], "fixed once"),
    ],
)
def test_bad_input_is_one_message(mlstrat, wrong, arguments, message):
    ms.sample("run.csv", n=5, output="plain.csv")
    run(set()).with_columns(id="x" + pl.col("id"), prediction=pl.lit("cat")).write_csv("other.csv")
    ended = mlstrat(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
