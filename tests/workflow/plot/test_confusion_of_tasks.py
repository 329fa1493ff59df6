"""`plot confusion` of tasks: the table of their JSON as a picture, or what is drawn instead."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.errors import UsageError
from tests.boxes import scene

ROOT = Path(__file__).parent.parent.parent.parent / "sample_runs"
BOXES = {"task": "detection", "threshold": 0.5}


def test_the_cells_are_those_of_the_json_and_the_last_label_is_nothing() -> None:
    truth, results = scene(60, 1)
    asked = {**BOXES, "truth": truth}
    told = ms.diagnose(results, resamples=200, **asked).to_dict()["splits"]["dev"]["confusion"]
    found = ms.plot("confusion", results, **asked)
    labels, counts = told["labels"], told["counts"]
    assert labels[-1] == "∅"
    assert found.records() == [
        {"label": labels[i], "prediction": labels[j], "count": counts[i][j]}
        for i, j in product(range(len(labels)), repeat=2)
    ]
    n, i, j = max((counts[i][j], -i, -j) for i, j in product(range(len(labels)), repeat=2)
                  if i != j)  # fmt: skip
    wrong = sum(map(sum, counts)) - sum(counts[k][k] for k in range(len(labels)))
    worst = f"a missed {labels[-i]}" if labels[-j] == "∅" else f"taken for {labels[-j]}"
    assert f"{worst} is {n} of the {wrong} boxes off the diagonal on dev" in found.title
    assert "rows are labels, ∅ is nothing" in found.alt_text
    assert found.picture.to_bytes("png")


def test_what_is_not_there_is_taken_for_something_in_words() -> None:
    table = pl.DataFrame({"tags": [["O"] * 3], "predictions": [["B-LOC", "O", "B-LOC"]]})
    found = ms.plot("confusion", table, task="tagging")
    assert found.title == (
        "nothing taken for LOC is 2 of the 2 spans off the diagonal on dev (100.0%)."
    )
    right = pl.DataFrame({"tags": [["B-LOC", "O"]], "predictions": [["B-LOC", "O"]]})
    title = ms.plot("confusion", right, task="tagging").title
    assert title == "No spans off the diagonal on dev."


def test_a_class_may_be_called_nothing() -> None:
    frame = pl.DataFrame({"label": ["a", "∅"], "prediction": ["∅", "∅"]})
    assert "a taken for ∅ is 1 of the 1 errors" in ms.plot("confusion", frame).title


@pytest.mark.parametrize(("task", "drawn"), [
    ("multilabel", "ladder, categories"),
    ("verification", "ladder, threshold, categories"),
])  # fmt: skip
def test_a_task_without_one_is_refused_with_the_figures_that_it_has(task: str, drawn: str) -> None:
    run = ROOT / "tasks" / task / "run.csv"
    with pytest.raises(UsageError, match=f"{task} has no confusion matrix") as caught:
        ms.plot("confusion", run, task=task)
    assert caught.value.accepted == f"a figure of it: {drawn}"
    for kind in drawn.split(", "):
        assert ms.plot(kind, run, task=task).title
