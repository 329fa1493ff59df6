"""`slices --task ratio`: where the errors of any additive error concentrate."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.core.intervals import holm
from mlstrat.errors import InputError, UsageError


def sentences(n: int = 600, seed: int = 0, planted: bool = True) -> pl.DataFrame:
    """Return sentences of which those of the phone, a tenth, hold more errors where planted."""
    rng = np.random.default_rng(seed)
    den = 1 + rng.poisson(12, n)
    device = rng.choice(["phone", "desk", "car"], n, p=[0.1, 0.6, 0.3])
    rate = np.where((device == "phone") & planted, 0.25, 0.05)
    return pl.DataFrame({
        "id": np.arange(n), "num": rng.binomial(den, rate), "den": den, "device": device,
        "light": rng.choice(["day", "night"], n), "speaker": rng.integers(0, n // 4, n),
    })  # fmt: skip


def test_figures_are_those_of_the_sums():
    frame = sentences()
    found = ms.slices(frame, task="ratio").to_dict()
    best = found["slices"][0]
    inside = frame.filter(pl.col("device") == "phone")
    outside = frame.filter(pl.col("device") != "phone")
    (num, den), (others, of_others) = (
        (int(x["num"].sum()), int(x["den"].sum())) for x in (inside, outside)
    )
    assert (best["where"], best["n"], best["errors"]) == ({"device": "phone"}, len(inside), num)
    assert best["error"]["value"] == pytest.approx(num / den)
    assert best["rest"] == pytest.approx(others / of_others)
    assert best["share_of_errors"] == pytest.approx(num / (num + others))
    assert best["lift"] == pytest.approx(num / den / ((num + others) / (den + of_others)))
    assert best["excess"] == pytest.approx(num - den * others / of_others)
    assert best["confirmed"]
    assert found["halves"] is None


def test_every_value_is_tested_and_adjusted_for_all_of_them():
    found = ms.slices(sentences(), task="ratio").to_dict()
    assert [x["column"] for x in found["columns"]] == ["device", "light"]
    assert [(x["column"], x["reason"]) for x in found["left_out"]] == [("speaker", "rare")]
    assert len(found["slices"]) == 5
    p_values = [x["p_value"] for x in found["slices"]]
    assert [x["p_adjusted"] for x in found["slices"]] == holm(p_values)


def test_the_verdict_names_the_slice():
    text = ms.slices(sentences(), task="ratio").to_text()
    assert text.startswith("Errors concentrate in device = phone: its error is ")
    assert "p: on all rows" in " ".join(text.split())
    nothing = ms.slices(sentences(seed=1, planted=False), task="ratio")
    assert nothing.to_text().startswith("Cannot tell where errors concentrate")
    (finding,) = (x for x in nothing.to_dict()["findings"] if x["code"] == "MLS433")
    assert finding["evidence"]["tested"] == 5
    assert "half" not in nothing.to_text()


def test_speakers_of_one_group_count_as_one():
    """The sentences of ten bad speakers say less than as many of different ones."""
    rng = np.random.default_rng(2)
    group = np.repeat(np.arange(60), 20)
    rate = np.where(group < 6, 0.3, 0.05)
    frame = pl.DataFrame({
        "num": rng.binomial(10, rate), "den": 10, "group": group,
        "phone": np.where((group < 10) & (rng.random(1200) < 0.9), "a", "b"),
    })  # fmt: skip
    alone, together = (
        ms.slices(x, task="ratio").to_dict()["slices"][0] for x in (frame.drop("group"), frame)
    )
    assert alone["p_value"] < together["p_value"] / 1e3
    few = ms.slices(frame.filter(pl.col("group").is_between(3, 6)), task="ratio").to_dict()
    assert {x["p_value"] for x in few["slices"]} == {None}
    assert "MLS435" in [x["code"] for x in few["findings"]]


def test_an_error_without_an_end_is_no_percent():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({
        "num": rng.gamma(2, 1.0, 400) * np.repeat([1, 3], [300, 100]), "den": 1.0,
        "source": np.repeat(["news", "chat"], [300, 100]),
    })  # fmt: skip
    found = ms.slices(frame, task="ratio")
    assert found.to_dict()["slices"][0]["errors"] is None
    assert "%" not in found.to_text().partition("rest")[0]
    assert found.to_text().startswith("Errors concentrate in source = chat: its error is 5.")


def test_sums_give_the_slices_of_the_examples(empty_folder: Path):
    frame = sentences()
    ms.count(frame, task="ratio", by=["device", "light"], output="sums.csv")
    mine, theirs = (
        ms.slices(run, task="ratio", by=["device", "light"]).to_dict()
        for run in ("sums.csv", frame)
    )
    assert mine["slices"] == theirs["slices"]
    assert ms.slices("sums.csv", task="ratio").to_dict()["slices"] == theirs["slices"]


def test_what_speaks_of_labels_is_refused():
    for option in ({"versus": sentences()}, {"a": "x", "b": "y"}, {"mismatch": True},
                   {"positive": "a"}, {"threshold": 0.5}):  # fmt: skip
        with pytest.raises(UsageError, match="belongs to classification"):
            ms.slices(sentences(), task="ratio", **option)
    with pytest.raises(InputError, match="no column to slice by: all have roles"):
        ms.slices(sentences().select("id", "num", "den"), task="ratio")
    with pytest.raises(InputError, match=r"'speaker' \(no value is frequent"):
        ms.slices(sentences(), by="speaker", task="ratio")
    with pytest.raises(InputError, match="devise"):
        ms.slices(sentences(), by="devise", task="ratio")


def test_the_command(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    sentences().write_csv("run.csv")
    assert command(["slices", "run.csv", "--task", "ratio", "--by", "device", "-f", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["n"]) == ("mlstrat.slices/1", 600)
    assert command(["slices", "run.csv", "--task", "ratio", "-f", "csv"]) == 0
    assert capsys.readouterr().out.startswith("column,value")


@pytest.mark.slow
def test_even_errors_are_seldom_said_to_concentrate():
    """A twentieth of the verdicts at most, as 95% says; a few bad sentences hold most errors."""
    said = 0
    runs = 200
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        den = 5 + rng.poisson(12, 400)
        bad = rng.random(400) < 0.05
        frame = pl.DataFrame({
            "num": rng.binomial(den, np.where(bad, 0.6, 0.02)), "den": den,
            "a": rng.choice(list("xyz"), 400), "b": rng.choice(list("pqrst"), 400),
        })  # fmt: skip
        said += ms.slices(frame, task="ratio").to_text().startswith("Errors concentrate")
    assert said / runs <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5


def test_a_pipe_is_read_once(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    sentences().write_csv("run.csv")
    os.mkfifo("pipe")
    content = Path("run.csv").read_bytes()
    writer = threading.Thread(target=lambda: Path("pipe").write_bytes(content))
    writer.start()
    assert command(["slices", "pipe", "--task", "ratio", "-f", "json"]) == 0
    writer.join()
    assert json.loads(capsys.readouterr().out)["slices"][0]["where"] == {"device": "phone"}
