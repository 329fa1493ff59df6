"""Where the rows of each split come from: counted by source, whatever holds the rows."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.tasks.classification.run import read_run
from mlstrat.tasks.keys import MOST_SOURCES


def run(sources: dict[str, list[Any]]) -> pl.DataFrame:
    """Return a run with a row of each of these sources, by split."""
    rows = [(split, x) for split, values in sources.items() for x in values]
    return pl.DataFrame(
        {
            "split": [split for split, _ in rows],
            "source": pl.Series([x for _, x in rows], strict=False),
            "label": ["cat", "dog"] * (len(rows) // 2) + ["cat"] * (len(rows) % 2),
            "prediction": ["cat"] * len(rows),
        }
    )


def counted(source: Any, **how: Any) -> Any:
    return read_run(source, sources=True, **how).sources


APART = {"test": ["b"], "dev": ["d", None, "b", "b"], "train": ["c", "a", " a "]}
WANTED = {"train": {"a": 2, "c": 1}, "dev": {"b": 2, "d": 1}, "test": {"b": 1}}


def test_rows_are_counted_by_split_and_source_and_blank_ones_left_out(tmp_path):
    frame = run(APART)
    found = counted(frame)
    assert found == WANTED
    assert [*found] == ["train", "dev", "test"]
    frame.write_csv(tmp_path / "run.csv")
    frame.write_parquet(tmp_path / "run.parquet")
    duckdb = pytest.importorskip("duckdb")
    for held in (
        tmp_path / "run.csv", tmp_path / "run.parquet", frame.lazy(), frame.to_pandas(),
        frame.to_arrow(), duckdb.read_parquet(str(tmp_path / "run.parquet")),
    ):  # fmt: skip
        assert counted(held) == WANTED


def test_sources_are_the_same_as_labels_are_and_rows_of_counts_count():
    frame = run({"train": ["1", "1.0", "2"], "dev": ["2"]})
    assert counted(frame) == {"train": {"1": 2, "2": 1}, "dev": {"2": 1}}
    assert counted(frame.with_columns(n=pl.lit(5))) == {"train": {"1": 10, "2": 5}, "dev": {"2": 5}}


def test_there_is_nothing_without_such_a_column_or_where_nobody_asks():
    assert counted(run(APART).drop("source")) == {}
    assert read_run(run(APART)).sources == {}
    assert counted(run(APART).drop("split")) == {"dev": {"a": 2, "b": 3, "c": 1, "d": 1}}


@pytest.mark.parametrize("times", [1, 5])
@pytest.mark.parametrize("kind", ["polars", "pandas"])
def test_a_column_with_a_source_a_row_is_not_compared_and_that_is_said(kind, times):
    few = run({"train": [f"page {i}" for i in range(MOST_SOURCES)], "dev": ["app"] * 9})
    assert len(counted(few.filter(pl.col("split") == "train"))["train"]) == MOST_SOURCES
    many = run({"train": [f"page {i}" for i in range(times * MOST_SOURCES + 1)], "dev": ["app"]})
    held = many.to_pandas() if kind == "pandas" else many
    assert counted(held) is None
    (note,) = [f for f in ms.diagnose(held).to_dict()["findings"] if f["code"] == "MLS449"]
    assert (note["severity"], note["evidence"]) == ("note", {"column": "source", "most": 500})
