"""A column is of the kind that most of its cells are; circular ones are left out and named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.workflow.slices import read as slice_columns

ROWS = 1200


def run_of(chosen: np.ndarray, share: float = 0.6, **columns: Sequence[object]) -> pl.DataFrame:
    """Return a run of cats and dogs, wrong on a share of the chosen rows and a tenth of others."""
    rng = np.random.default_rng(3)
    n = len(chosen)
    label = np.where(rng.random(n) < 0.5, "cat", "dog")
    wrong = rng.random(n) < np.where(chosen, share, 0.1)
    taken = np.where(wrong, np.where(label == "cat", "dog", "cat"), label)
    return pl.DataFrame({"id": range(n), "label": label, "prediction": taken, **columns})


def leading(found) -> dict[str, str]:
    return found.to_dict()["slices"][0]["where"]


def left_out(found) -> dict[str, str]:
    return {x["column"]: x["reason"] for x in found.to_dict()["left_out"]}


BRIGHTNESS = np.random.default_rng(0).normal(size=ROWS).round(4)
EDGE = np.sort(BRIGHTNESS)[int(0.8 * ROWS)]


@pytest.mark.parametrize("word", ["NA", "?", "inf", "-inf", "n.a.", ""])
def test_one_word_among_numbers_is_a_missing_number(word, empty_folder):
    texts = [f"{x:.4f}" for x in BRIGHTNESS]
    texts[7] = word
    run_of(BRIGHTNESS >= EDGE, brightness=texts).write_csv("run.csv")
    found = ms.slices("run.csv")
    assert leading(found)["brightness"].startswith(">= ")
    values = found.to_dict()["columns"][1]["values"]
    assert len(values) == 6
    assert values[-1] == ("" if word == "" else "missing")


def test_missing_numbers_are_a_slice_when_they_are_many():
    texts = [f"{x:.4f}" for x in BRIGHTNESS]
    texts[::4] = ["unknown"] * len(texts[::4])
    found = ms.slices(run_of(np.arange(ROWS) % 4 == 0, brightness=texts))
    assert leading(found) == {"brightness": "missing"}


def test_infinite_numbers_of_a_frame_are_missing():
    numbers = BRIGHTNESS.copy()
    numbers[3] = np.inf
    found = ms.slices(run_of(BRIGHTNESS >= EDGE, brightness=numbers))
    assert leading(found)["brightness"].startswith(">= ")


def test_words_with_some_numbers_among_them_stay_words():
    kinds = [("red", "green", "blue", "7", "12")[i % 5] for i in range(ROWS)]
    found = ms.slices(run_of(np.arange(ROWS) % 5 == 0, kind=kinds))
    assert leading(found) == {"kind": "red"}


def test_decimal_commas_are_numbers():
    texts = [f"{x:.4f}".replace(".", ",") for x in BRIGHTNESS]
    found = ms.slices(run_of(BRIGHTNESS >= EDGE, brightness=texts))
    value = leading(found)["brightness"]
    assert float(value.removeprefix(">= ")) == pytest.approx(EDGE, abs=0.01)


START = datetime(2024, 3, 1)
MOMENTS = [
    START + timedelta(minutes=int(m)) for m in np.random.default_rng(1).permutation(ROWS) * 97
]
LAST = np.array(MOMENTS) >= sorted(MOMENTS)[int(0.8 * ROWS)]


@pytest.mark.parametrize("form", [
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+02:00", "%Y-%m-%d %H:%M",
    "%Y-%m-%d", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d",
])  # fmt: skip
def test_moments_are_cut_in_spans_however_they_are_written(form):
    texts = [x.strftime(form) for x in MOMENTS]
    texts[5] = "never"
    found = ms.slices(run_of(LAST, seen=texts))
    assert leading(found)["seen"].startswith(">= 2024-05-")
    assert found.to_dict()["columns"][1]["values"][-1] == "missing"


def test_hours_are_cut_in_spans():
    minutes = np.random.default_rng(2).integers(0, 24 * 60, ROWS)
    texts = [f"{m // 60}:{m % 60:02}" for m in minutes]
    found = ms.slices(run_of(minutes >= 20 * 60, seen=texts))
    assert leading(found)["seen"].startswith(">= 1")
    typed = [time(m // 60, m % 60) for m in minutes.tolist()]
    assert leading(ms.slices(run_of(minutes >= 20 * 60, seen=typed))) == leading(found)


@pytest.mark.parametrize("dtype", [pl.Date, pl.Datetime("us"), pl.Datetime("ms", "UTC")])
def test_days_of_a_frame_are_cut_in_spans(dtype):
    run = run_of(LAST, seen=MOMENTS).with_columns(
        pl.col("seen").dt.date() if dtype == pl.Date else pl.col("seen").cast(dtype)
    )
    assert leading(ms.slices(run))["seen"].startswith(">= 2024-05-")


def test_a_few_days_are_categories():
    days = [f"2024-01-{i % 5 + 1:02}" for i in range(ROWS)]
    assert leading(ms.slices(run_of(np.arange(ROWS) % 5 == 2, day=days))) == {"day": "2024-01-03"}


def test_labels_are_categories_and_never_cut_in_ranges():
    label = np.arange(3000) % 100
    rng = np.random.default_rng(0)
    wrong = rng.random(3000) < np.where(label >= 80, 0.6, 0.1)
    run = pl.DataFrame({
        "id": range(3000), "label": label, "prediction": np.where(wrong, (label + 1) % 100, label),
    })  # fmt: skip
    values = ms.slices(run).to_dict()["columns"][0]["values"]
    assert {"40", "41"} <= set(values) or {"0", "1"} <= set(values)
    assert not [x for x in values if "to <" in x or x.startswith((">= ", "< "))]


def test_other_roles_are_categories_too():
    source = (np.arange(ROWS) % 40).tolist()
    found = ms.slices(run_of(np.arange(ROWS) % 40 == 3, source=source), by=["source"])
    assert "3" in found.to_dict()["columns"][0]["values"]


def circular(**columns: Sequence[object]) -> pl.DataFrame:
    site = np.where(np.arange(2000) % 2 == 0, "A", "B")
    return run_of(site == "B", 0.35, site=site, **columns)


def test_what_follows_from_the_prediction_is_left_out_and_named():
    run = circular()
    rng = np.random.default_rng(4)
    is_cat = (run["prediction"] == "cat").to_numpy()
    run = run.with_columns(
        risk=pl.Series(np.where(is_cat, np.where(rng.random(2000) < 0.5, "high", "medium"), "low")),
        copied=pl.col("prediction").str.to_uppercase(),
        points=pl.Series(np.where(is_cat, rng.uniform(0.5, 1, 2000), rng.uniform(0, 0.5, 2000))),
        correct=(pl.col("label") == pl.col("prediction")).cast(pl.Int8),
        wrong=pl.col("label") != pl.col("prediction"),
        pred_old=pl.col("prediction"),
        entropy=pl.Series(rng.random(2000)),
    )
    found = ms.slices(run)
    assert leading(found) == {"site": "B"}
    assert left_out(found) == {
        "risk": "prediction", "copied": "prediction", "points": "prediction", "correct": "error",
        "wrong": "error", "pred_old": "model", "entropy": "model",
    }  # fmt: skip
    (note,) = [x for x in found.to_dict()["findings"] if x["code"] == "MLS442"]
    assert {x["column"] for x in note["evidence"]["columns"]} == set(left_out(found))
    assert "risk (it follows from the prediction)" in " ".join(found.to_text().split())


def test_who_names_a_circular_column_has_it():
    run = circular().with_columns(copied=pl.col("prediction").str.to_uppercase())
    found = ms.slices(run, by=["copied"])
    assert [x["column"] for x in found.to_dict()["columns"]] == ["copied"]


def test_a_slice_that_is_always_wrong_is_not_circular():
    site = np.array([("A", "B", "C")[i % 3] for i in range(ROWS)])
    run = run_of(site == "B", 1.0, site=site)
    run = run.with_columns(
        prediction=pl.when(pl.col("site") != "B").then("label").otherwise("prediction")
    )
    assert leading(ms.slices(run)) == {"site": "B"}


def test_what_follows_from_the_prediction_on_the_first_rows_alone_is_sliced_by():
    run = circular().with_columns(
        risk=pl.when(pl.int_range(pl.len()) < 1990).then("prediction").otherwise("label")
    )
    run = run.with_columns(
        risk=pl.when(pl.int_range(pl.len()) == 1995).then(pl.lit("cat")).otherwise("risk"),
        prediction=pl.when(pl.int_range(pl.len()) == 1995)
        .then(pl.lit("dog")).otherwise("prediction"),
    )  # fmt: skip
    assert "risk" not in left_out(ms.slices(run))


def test_the_order_of_rows_plays_no_part_in_what_is_circular(monkeypatch):
    run = circular().with_columns(
        copied=pl.col("prediction").str.to_uppercase(),
        points=pl.when(pl.col("prediction") == "cat").then(0.9).otherwise(0.1)
        + pl.int_range(pl.len()) * 1e-5,
    )
    monkeypatch.setattr(slice_columns, "LOOKED", 50)
    for key in ("id", "prediction", "site"):
        assert left_out(ms.slices(run.sort(key))) == {
            "copied": "prediction", "points": "prediction",
        }  # fmt: skip
