"""Of many classes a document holds the filled cells of the confusion, not all of them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import polars as pl

import mlstrat as ms


def run_of(classes: int, rows: int = 0) -> pl.DataFrame:
    """Return a run in which every seventh row is taken for the next class."""
    label = [i % classes for i in range(rows or 4 * classes)]
    taken = [(k + 1) % classes if i % 7 == 0 else k for i, k in enumerate(label)]
    names = [f"c{k:04d}" for k in range(classes)]
    return pl.DataFrame({
        "split": ["dev"] * len(label),
        "label": [names[k] for k in label], "prediction": [names[k] for k in taken],
    })  # fmt: skip


def confusion(found) -> dict:
    return found.to_dict()["splits"]["dev"]["confusion"]


def test_fifty_classes_are_a_matrix_and_fifty_one_are_cells():
    whole, sparse = (confusion(ms.diagnose(run_of(k), resamples=200)) for k in (50, 51))
    assert len(whole["counts"]) == 50
    assert "cells" not in whole
    assert sparse["counts"] is None
    run = run_of(51)
    place = {label: i for i, label in enumerate(sparse["labels"])}
    expected = Counter(
        (place[a], place[b]) for a, b in zip(run["label"], run["prediction"], strict=True)
    )
    assert sparse["cells"] == [[i, j, n] for (i, j), n in sorted(expected.items())]


def test_a_blank_prediction_is_in_no_cell():
    run = run_of(60).with_columns(
        prediction=pl.when(pl.int_range(pl.len()) == 1).then(None).otherwise("prediction")
    )
    cells = confusion(ms.diagnose(run, resamples=200))["cells"]
    assert sum(n for _, _, n in cells) == run.height - 1


def test_a_thousand_classes_are_some_hundred_kilobytes():
    text = ms.diagnose(run_of(1000, 8000), resamples=100).to_json()
    assert len(text) < 400_000


def test_the_document_of_many_classes_comes_back_as_it_was_written(empty_folder):
    run = run_of(60).with_columns(label=pl.col("label").str.replace("c0001", "[\n 1,\n 2,\n 3\n]"))
    made = ms.diagnose(run, resamples=200)
    Path("many.json").write_text(made.to_json(), encoding="utf-8")
    loaded = ms.load("many.json")
    assert loaded.to_dict() == made.to_dict() == json.loads(made.to_json())
    assert loaded.to_json() == made.to_json()


def test_the_figure_of_a_confusion_lists_every_cell_or_of_many_classes_those_that_hold_rows():
    few, many = (ms.plot("confusion", run_of(k)).records() for k in (3, 60))
    assert len(few) == 9
    run = run_of(60)
    assert len(many) == len(set(zip(run["label"], run["prediction"], strict=True)))
    assert sum(x["count"] for x in many) == run.height
