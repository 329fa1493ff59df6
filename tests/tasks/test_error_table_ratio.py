"""`error-table --task ratio`: the kinds of error that a table counts, and their ceilings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError


def texts(n: int = 600) -> pl.DataFrame:
    """Return texts with typos, which take words away if fixed, and gaps, which do not."""
    rng = np.random.default_rng(4)
    den = 5 + rng.poisson(12, n)
    typos, gaps = rng.binomial(3, 0.4, n), rng.binomial(2, 0.02, n)
    return pl.DataFrame({
        "id": np.arange(n), "split": np.repeat(["train", "dev"], n // 2),
        "num": typos + gaps, "den": den,
        "count.typo": typos, "fixed.typo.num": -typos, "fixed.typo.den": -typos,
        "count.gap": gaps, "fixed.gap.num": -gaps,
    })  # fmt: skip


def test_ceilings_are_the_ratios_with_a_kind_fixed():
    frame = texts()
    dev = frame.filter(pl.col("split") == "dev").sum()
    found = ms.error_table(frame, task="ratio")
    assert [c.tag for c in found.categories] == ["typo", "gap"]
    num, den = dev["num"][0], dev["den"][0]
    typos, gaps = dev["count.typo"][0], dev["count.gap"][0]
    wanted = [(num - typos) / (den - typos), (num - gaps) / den]
    assert [c.error for c in found.categories] == pytest.approx(wanted)
    assert [c.count for c in found.categories] == [typos, gaps]
    assert [c.share.value for c in found.categories] == pytest.approx(
        [typos / (typos + gaps), gaps / (typos + gaps)]
    )
    for one, left in zip(found.categories, wanted, strict=True):
        assert one.gain.value == pytest.approx(num / den - left)
        low, high = one.gain.ci
        assert low < one.gain.value < high
    assert [c.worth for c in found.categories] == ["yes", "yes"]  # each as `compare` tests it
    assert found.table.split.errors == num


def test_the_interval_of_a_gain_is_that_of_resampled_texts():
    dev = texts().filter(pl.col("split") == "dev")
    num, den, typos = (dev[x].to_numpy() for x in ("num", "den", "count.typo"))
    rng = np.random.default_rng(0)
    gains = []
    for _ in range(2_000):
        i = rng.integers(0, len(dev), len(dev))
        gains.append(num[i].sum() / den[i].sum()
                     - (num[i] - typos[i]).sum() / (den[i] - typos[i]).sum())  # fmt: skip
    low, high = ms.error_table(texts(), task="ratio").categories[0].gain.ci
    assert (low, high) == pytest.approx(tuple(np.quantile(gains, [0.025, 0.975])), abs=0.004)


def test_a_table_of_right_and_wrong_has_the_ceilings_of_its_numbers():
    wrong = np.repeat([1, 0], [100, 900])
    dogs = np.repeat([1, 0], [5, 995])
    frame = pl.DataFrame({
        "num": wrong, "den": 1, "count.dog": dogs, "fixed.dog.num": -dogs,
        "count.other": wrong - dogs, "fixed.other.num": dogs - wrong,
    })  # fmt: skip
    of_task = ms.error_table(frame, task="ratio")
    of_numbers = ms.error_table(error="100/1000", reviewed=100, tags={"other": 95, "dog": 5})
    for mine, theirs in zip(of_task.categories, of_numbers.categories, strict=True):
        assert (mine.tag, mine.count) == (theirs.tag, theirs.count)
        assert mine.share.value == pytest.approx(theirs.share.value)
        assert mine.error == pytest.approx(theirs.error)
        assert mine.worth == theirs.worth
    assert of_task.table.split.error.ci == pytest.approx(of_numbers.table.split.error.ci)


def test_work_by_kind_is_weighed_against_its_gain(empty_folder: Path):
    (empty_folder / "days.toml").write_text("typo = 10\ngap = 1\n")
    found = ms.error_table(texts(), task="ratio", effort="days.toml")
    assert [c.days for c in found.categories] == [10, 1]


def test_what_speaks_of_a_sheet_is_refused():
    for options in ({"rows": True}, {"error": "10%"}, {"reviewed": 5}, {"tag_columns": "x"}):
        with pytest.raises(UsageError, match="belongs to a review sheet"):
            ms.error_table(texts(), task="ratio", **options)
    with pytest.raises(UsageError, match="positive belongs to classification"):
        ms.error_table(texts(), task="ratio", positive="a")
    with pytest.raises(UsageError, match="no run"):
        ms.error_table(task="ratio")


def test_a_table_without_kinds_is_refused():
    with pytest.raises(InputError, match="no kinds of error to count"):
        ms.error_table(texts().select("id", "split", "num", "den"), task="ratio")


def test_the_command(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    texts().write_csv("run.csv")
    assert command(["error-table", "run.csv", "--task", "ratio"]) == 0
    text = capsys.readouterr().out
    assert "errors of 2 kinds. The error is" in text
    assert command(["error-table", "run.csv", "--task", "ratio", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["split"]) == ("mlstrat.error-table/1", "dev")
    assert document["task"] == "ratio"
    assert {x["source"] for x in document["categories"]} == {"automatic"}
    assert [x["tag"] for x in document["categories"]] == ["typo", "gap"]
