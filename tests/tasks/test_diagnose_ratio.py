"""`diagnose --task ratio`: the ladder of any additive error, end to end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import UsageError

pytestmark = pytest.mark.usefixtures("typed")

FEW = {"resamples": 500}


def sentences(seed: int = 0, *, unbounded: bool = False) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    parts = []
    for split, n, error in (("train", 600, 0.03), ("train-dev", 200, 0.1), ("dev", 200, 0.1)):
        den = 1 + rng.poisson(12, n)
        rate = rng.beta(9 * error, 9 - 9 * error, n)
        num = rng.poisson(3 * den * rate) if unbounded else rng.binomial(den, rate)
        typos = rng.binomial(num, 0.6)
        parts.append(pl.DataFrame({
            "split": split, "num": num, "den": den, "count.typo": typos, "fixed.typo.num": -typos,
        }))  # fmt: skip
    return pl.concat(parts).with_row_index("id")


def test_the_gap_to_work_on_is_found():
    found = ms.diagnose(sentences(), task="ratio", human_error="1%", **FEW)
    assert found.focus == ("variance",)
    assert "Work on variance" in found.to_text()


def test_the_levels_are_ratios_of_sums_with_what_they_rest_on():
    frame = sentences()
    document = ms.diagnose(frame, task="ratio", human_error="1%", **FEW).to_dict()
    assert (document["task"], document["example"], document["labels"]) == ("ratio", "example", [])
    human, *levels = document["levels"]
    assert (human["level"], human["num"], human["den"]) == ("human", None, None)
    for level in levels:
        part = frame.filter(pl.col("split") == level["level"])
        num, den = part["num"].sum(), part["den"].sum()
        assert (level["num"], level["den"], level["errors"]) == (num, den, num)
        assert (level["error"], level["n"], level["clusters"]) == (num / den, len(part), len(part))
        low, high = level["ci"]
        assert low < level["error"] < high


def test_kinds_of_error_stand_with_their_ceiling():
    frame = sentences()
    document = ms.diagnose(frame, task="ratio", **FEW).to_dict()
    dev = frame.filter(pl.col("split") == "dev")
    (typo,) = document["splits"]["dev"]["categories"]
    assert (typo["category"], typo["count"]) == ("typo", dev["count.typo"].sum())
    assert typo["examples"] == (dev["count.typo"] > 0).sum()
    wanted = (dev["num"] - dev["count.typo"]).sum() / dev["den"].sum()
    assert typo["ceiling"]["error"] == pytest.approx(wanted)


def test_examples_that_are_right_or_wrong_give_the_ladder_of_classification():
    rng = np.random.default_rng(0)
    wrong = np.concatenate([rng.random(300) < 0.04, rng.random(100) < 0.12])
    split = ["train"] * 300 + ["dev"] * 100
    labels = pl.DataFrame({"split": split, "label": "a", "prediction": np.where(wrong, "b", "a")})
    table = pl.DataFrame({"split": split, "num": wrong.astype(int), "den": 1})
    one = ms.diagnose(labels, human_error="1%", **FEW).to_dict()
    other = ms.diagnose(table, task="ratio", human_error="1%", **FEW).to_dict()
    for key in ("gaps", "focus", "verdict", "attention"):
        assert other[key] == one[key]
    for mine, theirs in zip(other["levels"], one["levels"], strict=True):
        assert {k: mine[k] for k in theirs} == theirs


def test_more_errors_than_units_are_shown_as_a_plain_number():
    found = ms.diagnose(sentences(unbounded=True), task="ratio", human_error="0.05", **FEW)
    verdict, number, *_ = found.to_text().splitlines()
    assert verdict.startswith("Work on variance (0.")
    assert number.startswith("error on dev: 0.")
    assert "%" not in number


def test_the_order_of_rows_plays_no_part():
    frame = sentences().with_columns(num=pl.col("num") / 7).drop("count.typo", "fixed.typo.num")
    one, other = (
        ms.diagnose(x, task="ratio", **FEW).to_json()
        for x in (frame, frame.sample(fraction=1, shuffle=True, seed=1))
    )
    assert one == other


def test_few_groups_are_noted():
    frame = sentences().with_columns(group=pl.col("id") % 12)
    found = ms.diagnose(frame, task="ratio", **FEW)
    assert "MLS208" in [x.code for x in found.diagnosis.findings]
    assert found.to_dict()["cluster"] == {"by": "group", "count": 12}


def test_task_classification_is_what_it_always_was():
    frame = pl.DataFrame({"label": ["a", "b"] * 20, "prediction": ["a", "a"] * 20})
    one, other = (ms.diagnose(frame, task=x, **FEW).to_json() for x in (None, "classification"))
    assert one == other


@pytest.mark.parametrize("option", ["positive", "threshold", "average", "beta", "eyeball"])
def test_options_of_labels_are_refused(option: str):
    with pytest.raises(UsageError, match=f"--{option} belongs to classification"):
        ms.diagnose(sentences(), task="ratio", **{option: "1"})


def test_a_human_error_above_1_is_refused_where_the_error_ends_at_1():
    with pytest.raises(UsageError, match="the human error is 2"):
        ms.diagnose(sentences(), task="ratio", human_error=2.0)
    ms.diagnose(sentences(unbounded=True), task="ratio", human_error=2.0, **FEW)


def test_the_command_line_takes_the_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sentences().write_csv(tmp_path / "own.csv")
    assert command(["diagnose", str(tmp_path / "own.csv"), "--task", "Ratio", "-f", "json"]) == 0
    assert '"task": "ratio"' in capsys.readouterr().out
    assert command(["diagnose", str(tmp_path / "own.csv"), "--task", "ration"]) == 2
    assert "did you mean ratio?" in capsys.readouterr().err
