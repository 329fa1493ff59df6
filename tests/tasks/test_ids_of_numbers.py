"""Ids and groups of numbers that are in two splits, and ids twice in one."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.tasks import ids

FEW = {"task": "regression", "resamples": 200}


def run(**columns: object) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    target = rng.random(80).round(3)
    return pl.DataFrame({
        "split": ["train"] * 40 + ["dev"] * 40, "target": target,
        "prediction": target + rng.normal(0, 0.1, 80), **columns,
    })  # fmt: skip


def told(frame: pl.DataFrame, code: str, **asked: object) -> list[dict[str, object]]:
    found = ms.diagnose(frame, **{**FEW, **asked}).to_dict()["findings"]
    return [x for x in found if x["code"] == code]


def test_an_id_with_its_target_in_two_splits_is_an_issue():
    frame = run(id=[*range(40), *range(30, 70)])
    same = frame.with_columns(
        target=pl.when(pl.col("id").is_between(30, 39)).then(pl.col("id")).otherwise("target")
    )
    (found,) = told(same, "MLS351")
    assert found["severity"] == "issue"
    assert found["evidence"]["overlaps"] == [
        {"kind": "id", "splits": ["train", "dev"], "shared": 10, "rows": [10, 10],
         "examples": ["30", "31", "32"]},
    ]  # fmt: skip


def test_rows_that_are_numbered_anew_in_each_split_are_a_tip():
    assert [x["severity"] for x in told(run(id=[*range(40)] * 2), "MLS351")] == ["tip"]


def test_ids_of_their_own_and_blank_ones_are_nothing():
    for frame in (run(), run(id=range(80)), run(id=[None] * 80), run(id=[""] * 80)):
        assert told(frame, "MLS351") == told(frame, "MLS253") == []


def test_an_id_twice_in_a_split_is_an_issue_whose_fix_is_one():
    frame = run(id=[i // 2 for i in range(80)])
    (found,) = told(frame, "MLS253")
    assert found["severity"] == "issue"
    assert found["evidence"]["splits"]["dev"] == {
        "ids": 20, "rows": 40, "repeated": 20, "times": 2,
    }  # fmt: skip
    assert found["next_steps"][0] == "fix it: --map group=id"
    assert told(frame, "MLS253", columns={"group": "id"}) == []
    few = run(id=[0, *range(79)])
    assert [x["severity"] for x in told(few, "MLS253")] == ["tip"]


def test_a_group_in_two_splits_is_a_tip():
    (found,) = told(run(group=[i % 30 for i in range(80)]), "MLS351")
    assert found["severity"] == "tip"
    (overlap,) = found["evidence"]["overlaps"]
    assert (overlap["kind"], overlap["shared"], overlap["rows"]) == ("group", 30, [40, 40])
    assert told(run(group=[i // 20 for i in range(80)]), "MLS351") == []


def test_of_very_many_rows_some_ids_are_looked_at(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ids, "EXACT_UP_TO", 50)
    monkeypatch.setattr(ids, "SAMPLED", 40)
    (found,) = told(run(id=[*range(40)] * 2), "MLS351")
    (overlap,) = found["evidence"]["overlaps"]
    assert found["evidence"]["one_in"] == 2
    assert overlap["shared"] % 2 == 0
    assert 0 < overlap["shared"] <= 80
