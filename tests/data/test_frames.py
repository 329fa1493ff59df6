"""A frame from Python gives the same table as the file."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

from mlstrat.core.findings import Finding
from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.findings import SCORE_IGNORED
from mlstrat.tasks.classification.run import read_run
from tests.written_runs import RUN, WriteRun

from .test_formats import TYPED, same

WEIGHTED = """\
split,label,prediction,score,sample_weight,patient_id,site,prob_0,prob_1
train,1,1,0.9,1.5,p1,north,0.1,0.9
train,0,0,0.2,1,p2,south,0.8,0.2
dev,1,0,0.4,0.25,p1,north,0.6,0.4
dev,1,,0.5,2,p3,south,0.5,0.5
dev,0,1,0.7,1,p3,north,0.3,0.7
dev,0,1,0.7,3,p3,north,0.3,0.7
"""


def relation(frame: pl.DataFrame) -> Any:
    arrow = frame.to_arrow()  # noqa: F841  DuckDB finds it by its name
    return duckdb.sql("select * from arrow")


MAKERS: dict[str, Callable[[pl.DataFrame], Any]] = {
    "<polars.DataFrame>": lambda frame: frame,
    "<polars.LazyFrame>": lambda frame: frame.lazy(),
    "<pandas.DataFrame>": lambda frame: frame.to_pandas(),
    "<pyarrow.Table>": lambda frame: frame.to_arrow(),
    "<duckdb.DuckDBPyRelation>": relation,
}

OPTIONS: dict[str, dict[str, Any]] = {
    "counts": {"by": ["site"]},
    "threshold": {"threshold": 0.45},
    "log loss": {"needs": "log_loss"},
    "brier": {"needs": "brier"},
    "scores": {"needs": "score"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("name", MAKERS)
def test_a_frame_is_counted_like_the_file(
    name: str, options: dict[str, Any], write: WriteRun
) -> None:
    expected = read_run(write(WEIGHTED), **options)
    found = read_run(MAKERS[name](pl.read_csv(io.StringIO(WEIGHTED))), **options)
    scores = found.cells.scores
    assert same(found.cells, expected.cells)
    assert (scores is not None) == (options.get("needs") == "score")
    assert found.columns == expected.columns
    assert found.positive == expected.positive == "1"
    assert found.inputs == (InputFile(name, None, None, 6),)


@pytest.mark.parametrize("name", MAKERS)
def test_without_prediction_the_largest_probability_counts(name: str, write: WriteRun) -> None:
    frame = pl.read_csv(io.StringIO(WEIGHTED)).drop("prediction", "score")
    expected = read_run(write(frame.write_csv()))
    assert expected.cells.errors == 4  # of equal probabilities the first class is predicted
    assert same(read_run(MAKERS[name](frame)).cells, expected.cells)


@pytest.mark.parametrize("name", MAKERS)
def test_text_frames_are_counted_like_the_file(name: str, write: WriteRun) -> None:
    frame = pl.read_csv(io.StringIO(RUN), infer_schema=False)
    assert same(read_run(MAKERS[name](frame)).cells, read_run(write(RUN)).cells)


@pytest.mark.parametrize("name", MAKERS)
def test_typed_frames_mean_what_their_text_means(name: str) -> None:
    expected = read_run(
        TYPED.fill_nan(None).with_columns(pl.all().cast(pl.String)), by=["site"]
    ).cells
    assert same(read_run(MAKERS[name](TYPED), by=["site"]).cells, expected)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(
    ("column", "value", "found"),
    [("sample_weight", -1.0, "-1.0"), ("score", float("nan"), "nan"), ("score", None, "blank")],
)
def test_a_bad_number_in_a_frame(name: str, column: str, value: object, found: str) -> None:
    frame = pl.read_csv(io.StringIO(WEIGHTED))
    values = [*frame[column].to_list()[:4], value, 1.0]
    frame = frame.with_columns(pl.Series(column, values, dtype=pl.Float64))
    with pytest.raises(InputError) as caught:
        read_run(MAKERS[name](frame), threshold=0.5)
    assert caught.value.file == name
    assert caught.value.column == column
    assert caught.value.row == (None if "DuckDB" in name else 5)
    if name != "<pandas.DataFrame>":  # where NaN and missing are one
        assert found in caught.value.message


@pytest.mark.parametrize("name", MAKERS)
def test_a_word_for_a_number_in_a_frame(name: str) -> None:
    frame = pl.read_csv(io.StringIO(WEIGHTED), infer_schema=False)
    frame = frame.with_columns(pl.col("score").replace("0.4", "high"))
    with pytest.raises(InputError) as caught:
        read_run(MAKERS[name](frame), threshold=0.5)
    assert "'high'" in caught.value.message
    assert caught.value.column == "score"


@pytest.mark.parametrize("name", MAKERS)
def test_a_blank_label_in_a_frame(name: str) -> None:
    frame = pl.DataFrame({"label": ["a", None, None], "pred": ["a", "a", "b"]})
    with pytest.raises(InputError, match=r"2 blank labels") as caught:
        read_run(MAKERS[name](frame))
    assert caught.value.row == (None if "DuckDB" in name else 2)


def test_pandas_categories_and_column_numbers() -> None:
    frame = pd.DataFrame({0: ["a", "b"], 1: ["a", "a"], "site": pd.Categorical(["x", None])})
    run = read_run(frame, columns={"label": "0", "prediction": "1"}, by=["site"])
    assert run.cells.slices["site"][0] == ("", "x")


def test_no_rows_in_a_frame() -> None:
    with pytest.raises(InputError, match="no rows"):
        read_run(pl.DataFrame({"label": [], "prediction": []}))


def test_two_columns_of_one_name_in_a_frame() -> None:
    frame = pd.DataFrame([["a", "a", "b"]], columns=["label", "label", "pred"])
    with pytest.raises(InputError, match="'label'"):
        read_run(frame)


def test_something_that_is_no_frame() -> None:
    with pytest.raises(InputError, match=r"builtins.dict") as caught:
        read_run({"label": [1]})
    assert "pandas" in str(caught.value)


def test_a_score_is_refused_with_three_labels() -> None:
    frame = pl.DataFrame({"label": [0, 1, 2], "pred": [0, 1, 2], "score": [0.1, 0.2, 0.3]})
    assert read_run(frame).notes[1] == Finding(SCORE_IGNORED, {"labels": 3, "column": "score"})
    for options in ({"needs": "score"}, {"threshold": 0.5}):
        with pytest.raises(UsageError, match=r"ranking of 3 labels|there are 3 labels"):
            read_run(frame, **options)  # type: ignore[arg-type]


def test_a_file_is_read_without_narwhals_and_the_package_without_polars(write: WriteRun) -> None:
    code = f"""
import sys
import mlstrat.tasks.classification
heavy = {{"numpy", "polars", "narwhals", "pandas", "sklearn", "matplotlib"}}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
from mlstrat.tasks.classification.run import read_run
read_run({write(RUN)!r})
heavy -= {{"numpy", "polars"}}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
