"""Values that stand for labels, rows that are left out, letters of any case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import mlstrat as ms

RUN: dict[str, list[Any]] = {
    "id": list(range(8)),
    "label": ["Cat", "dog", "Cat", "dog", "-100", "Cat", "dog", "bird"],
    "prediction": ["0", "1", "cat", "Dog", "0", "1", "1", "bird"],
    "human_ann": ["cat", "dog", "CAT", "dog", "dog", "skip", "-100", "bird"],
}


@pytest.fixture(params=["csv", "polars", "pandas", "categorical"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "csv":
        pl.DataFrame(RUN).write_csv(tmp_path / "run.csv")
        return tmp_path / "run.csv"
    if request.param == "categorical":
        return pl.DataFrame(RUN).with_columns(pl.col("label", "prediction").cast(pl.Categorical))
    return pl.DataFrame(RUN) if request.param == "polars" else pd.DataFrame(RUN)


AS = {"0": "cat", "1": "dog"}


def dev(source: Any, **how: Any) -> dict[str, Any]:
    return ms.diagnose(source, **how).to_dict()


def test_all_three_together_join_what_is_one_label(source: Any) -> None:
    found = dev(source, label_as=AS, ignore=["-100"], ignore_case=True)
    assert found["labels"] == ["bird", "cat", "dog"]
    assert (found["splits"]["dev"]["n"], found["splits"]["dev"]["errors"]) == (7, 1)


def test_each_alone_does_its_own(source: Any) -> None:
    assert dev(source, ignore_case=True)["labels"] == ["-100", "0", "1", "bird", "cat", "dog"]
    assert dev(source, label_as=AS)["splits"]["dev"]["errors"] == 5
    assert dev(source, ignore="-100")["splits"]["dev"]["n"] == 7
    assert "cat" in dev(source, label_as={"0": "b", "b": "cat"})["labels"]


def test_what_is_ignored_is_no_answer_of_a_person(source: Any) -> None:
    how = {"label_as": AS, "ignore": ["-100"], "ignore_case": True}
    (ann,) = ms.human(source, **how).to_dict()["annotators"]
    assert (ann["answered"], ann["error"]["value"]) == (5, 0)


@pytest.mark.parametrize("label", [[-100, 0, 1], [-100.0, 0.0, 1.0], [-100.0, None, 1.0]])
def test_a_filler_among_numbers_is_left_out(label: list[Any]) -> None:
    frame = pl.DataFrame({"label": label, "prediction": [0, 0, 1]})
    if None in label:
        with pytest.raises(ms.InputError, match="1 blank label"):
            dev(frame, ignore=["-100"])
    else:
        assert dev(frame, ignore=["-100"])["splits"]["dev"]["n"] == 2


def test_names_of_probabilities_and_the_positive_class_are_read_so(tmp_path: Path) -> None:
    frame = pl.DataFrame({"label": ["Yes", "no"], "prob_yes": [0.9, 0.2], "prob_0": [0.1, 0.8]})
    found = dev(frame, label_as={"0": "no"}, ignore_case=True, positive="YES")
    assert found["labels"] == ["no", "yes"]
    assert found["signature"]["positive"] == "yes"
    assert found["splits"]["dev"]["errors"] == 0


def test_pairs_slices_and_sheets_are_read_so(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    pl.DataFrame(RUN).with_columns(site=pl.lit("a")).write_csv(path)
    how: dict[str, Any] = {"label_as": AS, "ignore": ["-100"], "ignore_case": True}
    found = ms.compare(path, path, **how).to_dict()
    assert (found["both_right"], found["both_wrong"]) == (6, 1)
    sheet = ms.sample(path, n=5, output=tmp_path / "sheet.csv", **how).to_frame()
    assert sheet[["id", "label", "prediction"]].astype(str).to_numpy().tolist() == [
        ["5", "cat", "dog"]
    ]
    (score,) = ms.score(path, metric="accuracy", **how).to_dict()["scores"]
    assert score["n"] == 7


def test_a_circle_is_refused() -> None:
    with pytest.raises(ms.UsageError, match="circle: a → b → a"):
        dev(pl.DataFrame(RUN), label_as={"a": "b", "b": "a"})


def test_nothing_stays_behind_a_call() -> None:
    before = dev(pl.DataFrame(RUN))
    dev(pl.DataFrame(RUN), ignore_case=True)
    assert dev(pl.DataFrame(RUN)) == before
