"""`mlstrat count`: from a run to counts that every command takes."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl


def test_counts_are_written_and_diagnosed(mlstrat, run_csv):
    ended = mlstrat("count", run_csv, "-o", "counts.parquet")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("300 rows are 12 counts, in counts.parquet.")
    counts = pl.read_parquet("counts.parquet")
    assert counts.columns == ["split", "label", "prediction", "n"]
    assert counts.row(0) == ("train", "no", "no", 49)
    rows, found = (json.loads(mlstrat("diagnose", x, "-f", "json").out)
                   for x in (run_csv, "counts.parquet"))  # fmt: skip
    for key in ("metric", "splits", "levels", "gaps", "focus", "verdict", "findings"):
        assert found[key] == rows[key]


def test_counts_go_through_a_pipe_and_tell_their_json(mlstrat, run_csv):
    ended = mlstrat("count", run_csv, "-f", "csv")
    assert ended.out.splitlines()[:2] == ["split,label,prediction,n", "train,no,no,49"]
    document = json.loads(mlstrat("count", run_csv, "-f", "json").out)
    assert (document["rows"], document["counts"], document["output"]) == (300, 12, None)
    assert document["table"][0] == {"split": "train", "label": "no", "prediction": "no", "n": 49}
    assert document["signature"]["inputs"][0]["rows"] == 300
    Path("counts.csv").write_text(ended.out)
    again = json.loads(mlstrat("count", "counts.csv", "-o", "again.csv", "-f", "json").out)
    assert again["signature"]["inputs"][0]["counts"] is True
    assert again["table"] is None
    assert Path("again.csv").read_text() == ended.out


def test_a_wrong_count_ends_with_2_and_nothing_is_written(mlstrat, run_csv):
    Path("counts.csv").write_text("label,prediction,n\na,a,1\na,a,x\n")
    ended = mlstrat("count", "counts.csv", "-o", "out.csv")
    assert ended.code == 2
    assert "counts.csv, row 3, column 'n': 'x' is not a count" in ended.err
    assert not Path("out.csv").exists()
    assert mlstrat("count", run_csv, "-o", "out.txt").code == 2
    assert mlstrat("sample", run_csv).code == 0
    Path("counts.csv").write_text("label,prediction,n\na,a,1\na,b,2\n")
    for command in (("sample", "counts.csv"), ("compare", run_csv, "counts.csv")):
        ended = mlstrat(*command)
        assert (ended.code, ended.out) == (2, "")
        assert "these are counts, which have no rows" in ended.err
