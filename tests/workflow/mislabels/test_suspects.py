"""Likely wrong labels: against cleanlab, and into a sheet that can be read again."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run
from mlstrat.errors import InputError


def noisy(rows: int = 3000, classes: int = 4, seed: int = 5) -> tuple[pl.DataFrame, np.ndarray]:
    """Return a run in which 8% of the labels are wrong, and which rows these are."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=rows)
    wrong = rng.random(rows) < 0.08
    label = np.where(wrong, (truth + rng.integers(1, classes, size=rows)) % classes, truth)
    logits = rng.normal(size=(rows, classes)) + 3.5 * np.eye(classes)[truth]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    frame = pl.DataFrame(
        {"id": [f"{i:05}" for i in range(rows)], "label": label}
        | {f"prob_{k}": p[:, k] for k in range(classes)}
    )
    return frame, wrong


def test_suspects_are_those_of_cleanlab():
    from cleanlab.count import compute_confident_joint, get_confident_thresholds

    frame, _ = noisy()
    label = frame["label"].to_numpy()
    p = frame.select(pl.col("^prob_.*$")).to_numpy()
    found = ms.mislabels(suspects=frame, n=len(frame))
    thresholds = get_confident_thresholds(label, p)
    assert list(found.thresholds.values()) == pytest.approx(list(thresholds))
    _, off = compute_confident_joint(label, p, return_indices_of_off_diagonals=True)
    theirs = {f"{i:05}" for i in off if p[i].argmax() != label[i]}
    # Where several classes are confident, the most probable of these (the paper), not of all.
    confident = p >= thresholds - 1e-6
    unclear = (confident.sum(axis=1) > 1) & ~confident[np.arange(len(p)), p.argmax(axis=1)]
    differ = {f"{i:05}" for i in np.flatnonzero(unclear)}
    ours = {row["id"] for row in found.sheet[: found.found]}
    assert ours - differ == theirs - differ
    assert len(ours) > 100


def test_most_suspects_are_wrong_labels_and_the_surest_come_first():
    frame, wrong = noisy()
    found = ms.mislabels(suspects=frame, n=100)
    assert len(found.sheet) == 100
    assert np.mean([wrong[int(row["id"])] for row in found.sheet]) > 0.95
    chances = [float(row["run.label_probability"]) for row in found.sheet]
    assert chances == sorted(chances)
    assert found.found == sum(found.pairs.values())


def test_two_labels_need_one_score():
    frame, _ = noisy(classes=2)
    score = frame.select("id", "label", score="prob_1")
    one, two = (ms.mislabels(suspects=x, n=50) for x in (frame, score))
    assert [row["id"] for row in one.sheet] == [row["id"] for row in two.sheet]


def test_the_sheet_can_be_filled_in_and_read_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    frame, wrong = noisy()
    frame.write_csv("run.csv")
    assert run(["mislabels", "--suspects", "run.csv", "-n", "30", "-o", "review.csv"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("30 of ")
    assert "A ranking is not an estimate" in shown
    sheet = pl.read_csv("review.csv", infer_schema=False)
    assert sheet["sampling_weight"].null_count() == 30
    assert sheet["id"].str.len_chars().unique().to_list() == [5]
    marks = ["x" if wrong[int(i)] else "0" for i in sheet["id"]]
    sheet.with_columns(mislabeled=pl.Series(marks)).write_csv("review.csv")
    found = ms.mislabels("review.csv", run="run.csv")
    assert found.result.picked
    assert found.label_share.ci is None
    assert "MLS429" in {f.code for f in found.findings}
    # What is filled in is not overwritten.
    assert run(["mislabels", "--suspects", "run.csv", "-o", "review.csv"]) == 2
    assert "would be lost" in capsys.readouterr().err


def test_what_only_a_random_sample_tells_is_null():
    found = json.loads(ms.mislabels(suspects=noisy()[0], n=5).to_json())
    assert found["overall_error"]["value"] is None
    assert found["suspects"]["drawn"] == 5


def test_clean_labels_have_no_suspects(tmp_path):
    frame = pl.DataFrame({"label": ["a", "b"] * 5, "prob_a": [0.9, 0.1] * 5,
                          "prob_b": [0.1, 0.9] * 5})  # fmt: skip
    found = ms.mislabels(suspects=frame, output=tmp_path / "none.csv")
    assert found.found == 0
    text = " ".join(found.to_text().split())
    assert text.startswith(
        "No suspects among 10 rows of dev. There is nothing to read, so no sheet"
    )
    assert "a random sample finds them" in text
    assert found.to_csv()
    assert not (tmp_path / "none.csv").exists()


def test_a_label_without_a_probability_is_refused():
    frame = noisy()[0].drop("prob_3")
    with pytest.raises(InputError, match="no probability of '3'"):
        ms.mislabels(suspects=frame.with_columns(prediction="label"))
