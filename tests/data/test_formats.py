"""The same run in every format gives the same table."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from mlstrat.core.counts import ABSTAINED, Cells, ScoreCells
from mlstrat.core.findings import Finding
from mlstrat.data.parts import InputFile
from mlstrat.tasks.classification.run import read_run
from mlstrat.tasks.findings import NO_SPLIT_COLUMN
from tests.written_runs import RUN, WriteRun


def as_json_lines(text: str) -> str:
    return pl.read_csv(io.StringIO(text.strip()), infer_schema=False).write_ndjson()


def as_parquet(text: str) -> bytes:
    stream = io.BytesIO()
    pl.read_csv(io.StringIO(text.strip()), infer_schema=False).write_parquet(stream)
    return stream.getvalue()


def same(a: Cells, b: Cells) -> bool:
    """Whether two tables are equal, field by field."""
    return _same(a, b)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, Cells | ScoreCells):
        return all(_same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, dict):
        return list(a) == list(b) and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray):
        tolerance = 1e-13 if a.dtype == np.float64 else 0  # logarithms differ in the last digit
        return a.dtype == b.dtype and a.shape == b.shape and np.allclose(a, b, tolerance, 0)
    return bool(a == b)


OTHER_FORMATS: dict[str, bytes] = {
    "run.CSV": RUN.encode(),
    "run.tsv": RUN.replace(",", "\t").encode(),
    "bom.csv": b"\xef\xbb\xbf" + RUN.encode(),
    "windows.csv": RUN.replace("\n", "\r\n").encode(),
    "no_last_line_end.csv": RUN.rstrip("\n").encode(),
    "blank_lines_at_the_end.csv": RUN.encode() + b"\n\r\n  \n",
    "blank_lines_at_the_end.csv.gz": gzip.compress(RUN.encode() + b"\n\n"),
    "blank_lines_at_the_top.csv": b"\n\n" + RUN.encode(),
    "quoted.csv": b"\n".join(
        b",".join(b'"%s"' % cell for cell in line.split(b",")) for line in RUN.encode().split()
    ),
    "blanks_in_header.csv": RUN.replace("split,label", " split , label ").encode(),
    "run.csv.gz": gzip.compress(RUN.encode()),
    "run.tsv.gz": gzip.compress(RUN.replace(",", "\t").encode()),
    "run.ndjson": as_json_lines(RUN).encode(),
    "run.jsonl": as_json_lines(RUN).encode().replace(b"\n", b"\n\n"),
    "run.jsonl.gz": gzip.compress(as_json_lines(RUN).encode()),
    "run.parquet": as_parquet(RUN),
}


def test_a_run(write: WriteRun) -> None:
    path = write(RUN)
    run = read_run(path, by=["site"])
    cells = run.cells
    assert cells.labels == ("cat", "dog")
    assert cells.splits == ("train", "dev", "test")
    rows = zip(cells.split, cells.truth, cells.predicted, cells.answers["human"], strict=True)
    assert [tuple(map(int, row)) for row in rows] == [
        (0, 0, 0, 0),
        (0, 1, 0, 1),
        (1, 0, 0, -1),
        (1, 1, -1, 1),
        (1, 1, 1, 0),
        (2, 0, 1, 0),
    ]
    assert cells.slices["site"][0] == ("north", "south")
    assert cells.slices["site"][1].tolist() == [0, 1, 0, 1, 1, 0]
    assert cells.n.tolist() == cells.weight.tolist() == cells.weight_squared.tolist() == [1] * 6
    assert (cells.rows, cells.errors, cells.weighted, cells.group) == (6, 3, False, None)
    assert dict(run.columns) == {
        "label": "label",
        "prediction": "prediction",
        "split": "split",
        "human": "human",
    }
    assert (run.task, run.positive, run.notes) == ("binary", None, ())
    digest = hashlib.sha256(RUN.encode()).hexdigest()
    assert run.inputs == (InputFile(path, len(RUN), digest, 6),)


@pytest.mark.parametrize("name", OTHER_FORMATS)
def test_other_formats(name: str, write: WriteRun) -> None:
    expected = read_run(write(RUN), by=["site"])
    path = write(OTHER_FORMATS[name], name)
    found = read_run(path, by=["site"])
    assert same(found.cells, expected.cells)
    assert found.columns == expected.columns
    digest = hashlib.sha256(OTHER_FORMATS[name]).hexdigest()
    assert found.inputs == (InputFile(path, len(OTHER_FORMATS[name]), digest, 6),)


def test_standard_input(write: WriteRun, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = read_run(write(RUN))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(RUN.encode() + b"\n")))
    found = read_run("-")
    assert same(found.cells, expected.cells)
    digest = hashlib.sha256(RUN.encode() + b"\n").hexdigest()
    assert found.inputs == (InputFile("-", len(RUN) + 1, digest, 6),)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".ndjson", ".parquet"])
def test_a_glob_is_one_run(ending: str, write: WriteRun) -> None:
    head, *rows = RUN.splitlines(keepends=True)
    parts = [head + "".join(rows[:2]), head + "".join(rows[2:]) + "\n"]
    for i, part in enumerate(parts):
        content = {
            ".csv": part.encode(),
            ".csv.gz": gzip.compress(part.encode(), mtime=0),
            ".ndjson": as_json_lines(part).encode(),
            ".parquet": as_parquet(part),
        }[ending]
        path = write(content, f"parts/part-{i}{ending}")
    pattern = path.replace("part-1", "part-*")
    found = read_run(pattern)
    assert same(found.cells, read_run(write(RUN)).cells)
    stored = b"".join(p.read_bytes() for p in sorted(Path(path).parent.iterdir()))
    assert found.inputs == (InputFile(pattern, len(stored), hashlib.sha256(stored).hexdigest(), 6),)


def test_a_folder_of_partitioned_parquet(write: WriteRun, tmp_path: Path) -> None:
    frame = pl.read_csv(io.StringIO(RUN), infer_schema=False)
    for (split, label), part in frame.group_by("split", "label"):
        stream = io.BytesIO()
        part.drop("split", "label").write_parquet(stream)
        write(stream.getvalue(), f"x=1/run/split={split}/label={label}/part.parquet")
    write("", "x=1/run/_SUCCESS")
    found = read_run(tmp_path / "x=1" / "run", by=["site"])
    assert same(found.cells, read_run(write(RUN), by=["site"]).cells)


def test_partition_values_are_text(write: WriteRun, tmp_path: Path) -> None:
    stream = io.BytesIO()
    pl.DataFrame({"prediction": ["01", "a b"]}).write_parquet(stream)
    for label in ("01", "a%20b"):
        write(stream.getvalue(), f"run/label={label}/part.parquet")
    assert read_run(tmp_path / "run").cells.labels == ("01", "a b")


TYPED = pl.DataFrame(
    {
        "label": pl.Series([1, 0, 1, 1], dtype=pl.Int8),
        "prediction": pl.Series([1.0, 0.0, None, float("nan")], dtype=pl.Float32),
        "human": pl.Series([True, False, True, None]),
        "site": pl.Series(["b", "a", "b", "a"], dtype=pl.Categorical),
        "group": pl.Series(["1", "02", "1", "3"], dtype=pl.Enum(["02", "1", "3"])),
    }
)


def test_typed_columns_mean_what_their_text_means(write: WriteRun) -> None:
    text = "label,prediction,human,site,group\n1,1.0,true,b,1\n0,0.0,false,a,02\n"
    text += "1,,True,b,1.0\n1.0, ,,a,3\n"
    stream = io.BytesIO()
    TYPED.write_parquet(stream)
    expected = read_run(write(text), by=["site"])
    assert expected.cells.labels == ("0", "1")
    # Truth values beside 1 and 0 are these labels.
    assert sorted(expected.cells.answers["human"].tolist()) == [ABSTAINED, 0, 1, 1]
    assert same(read_run(write(stream.getvalue(), "t.parquet"), by=["site"]).cells, expected.cells)


def test_mixed_types_in_json_lines_are_text(write: WriteRun) -> None:
    rows = [
        {"label": 1, "prediction": "1"},
        {"label": "01", "prediction": 1.0, "text": "later"},
        {"label": True, "prediction": None},
        {"label": 2, "text": [1, 2]},
    ]
    cells = read_run(write("\n".join(map(json.dumps, rows)), "run.ndjson")).cells
    assert cells.labels == ("01", "1", "2", "true")
    assert sorted(zip(cells.truth.tolist(), cells.predicted.tolist(), strict=True)) == [
        (0, 1),
        (1, 1),
        (2, -1),
        (3, -1),
    ]


def test_columns_of_parquet_parts_may_differ_in_type_and_order(write: WriteRun) -> None:
    for i, frame in enumerate(
        [
            pl.DataFrame({"label": [1, 0], "prediction": [1, 0]}),
            pl.DataFrame({"prediction": ["1", "0"], "label": [1.0, 0.0]}),
        ]
    ):
        stream = io.BytesIO()
        frame.write_parquet(stream)
        path = write(stream.getvalue(), f"part-{i}.parquet")
    cells = read_run(path.replace("part-1", "part-*")).cells
    assert (cells.labels, cells.rows, cells.errors) == (("0", "1"), 4, 0)


def test_the_checksum_of_a_large_file_is_taken_when_asked(
    write: WriteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlstrat.data.files.CHECKSUM_UP_TO", 10)
    path = write(RUN)
    assert read_run(path).inputs[0].sha256 is None
    assert read_run(path, checksum=True).inputs[0].sha256 is not None


def test_the_path_stays_as_the_user_wrote_it(
    write: WriteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(write(RUN)).parent)
    assert read_run("./run.csv").inputs[0].path == "./run.csv"


def test_no_split_column_makes_every_row_dev(write: WriteRun) -> None:
    run = read_run(write("label,pred\n1,1\n0,1\n"))
    assert run.cells.splits == ("dev",)
    assert run.notes == (Finding(NO_SPLIT_COLUMN, {"rows": 2}),)
    assert run.positive == "1"


def test_equal_rows_after_reading_are_one_cell(write: WriteRun) -> None:
    text = "split,label,pred\nDEV,1,1.0\nval,1.0, 1\nvalidation,01,1\n"
    cells = read_run(write(text)).cells
    assert cells.labels == ("01", "1")
    assert sorted(cells.n.tolist()) == [1, 2]


def test_a_value_over_several_lines_is_one_value(write: WriteRun) -> None:
    cells = read_run(write('label,text,pred\na,"x\n\ny, ""z""",a\na,,\n')).cells
    assert (cells.rows, cells.errors) == (2, 1)


def test_the_same_group_has_one_code_in_all_splits(write: WriteRun) -> None:
    text = "split,label,pred,patient_id\ntrain,a,a,7\ndev,a,a,7.0\ndev,a,b,8\n"
    cells = read_run(write(text)).cells
    assert cells.group is not None
    assert cells.group.tolist() == [0, 0, 1]


def test_people_go_by_their_names(write: WriteRun) -> None:
    text = "label,pred,human_ann,human_bob,human\na,a,a,b,a\n"
    run = read_run(write(text))
    assert sorted(run.cells.answers) == ["ann", "bob", "human"]
    assert run.columns["human_bob"] == "human_bob"
