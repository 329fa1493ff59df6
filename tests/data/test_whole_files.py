"""Runs in JSON, Arrow files and workbooks: the same counts as from CSV, or one sentence."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.data.formats import json_text, workbook
from mlstrat.data.opening import open_table
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.run import read_run
from tests.data.test_formats import same
from tests.written_runs import RUN, WriteRun

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("python_calamine")

FRAME = pl.read_csv(io.StringIO(RUN), infer_schema=False)
RECORDS = FRAME.to_dicts()
COLUMNS = FRAME.to_dict(as_series=False)
INDEXED = {name: dict(enumerate(cells)) for name, cells in COLUMNS.items()}
BY_ROW = {str(i): row for i, row in enumerate(RECORDS)}


def written(how: str, **more: Any) -> bytes:
    stream = io.BytesIO()
    getattr(FRAME, how)(stream, **more)
    return stream.getvalue()


def book(
    *rows: list[Any], sheets: dict[str, list[list[Any]]] | None = None, merge: str = ""
) -> bytes:
    """Return a workbook of these rows in its first sheet, and of other sheets."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    if merge:
        made.active.merge_cells(merge)
    for name, cells in (sheets or {}).items():
        sheet = made.create_sheet(name)
        for row in cells:
            sheet.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


ROWS: list[list[Any]] = [FRAME.columns, *map(list, FRAME.rows())]

FORMATS: dict[str, bytes] = {
    "records.json": json.dumps(RECORDS).encode(),
    "columns.json": json.dumps(COLUMNS, indent=1).encode(),
    "by_index.json": json.dumps(INDEXED).encode(),
    "by_row.json": json.dumps(BY_ROW).encode(),
    "packed.json.gz": gzip.compress(json.dumps(RECORDS).encode()),
    "marked.json": b"\xef\xbb\xbf" + json.dumps(RECORDS).encode(),
    "lines.json": FRAME.write_ndjson().encode(),
    "run.arrow": written("write_ipc"),
    "run.feather": written("write_ipc", compression="zstd"),
    "stream.arrow": written("write_ipc_stream"),
    "run.xlsx": book(*ROWS),
}


@pytest.mark.parametrize(("name", "content"), FORMATS.items(), ids=FORMATS)
def test_the_same_run_in_every_format(name: str, content: bytes, write: WriteRun) -> None:
    whole, found = read_run(write(RUN), by=["site"]), read_run(write(content, name), by=["site"])
    assert same(found.cells, whole.cells)
    assert found.inputs[0].bytes == len(content)
    assert found.inputs[0].sha256 is not None


def test_an_open_document_is_read_as_a_workbook(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    pytest.importorskip("odf")
    path = tmp_path / "run.ods"
    pd.DataFrame(RECORDS).to_excel(path, index=False, engine="odf")
    assert read_run(str(path)).cells.rows == len(RECORDS)


def test_a_sheet_is_named_behind_the_file(write: WriteRun) -> None:
    path = write(book(["notes"], ["none"], sheets={"Run 1": ROWS}), "book.xlsx")
    found = read_run(f"{path}#Run 1")
    assert found.cells.rows == len(RECORDS)
    assert found.inputs[0].path == f"{path}#Run 1"
    assert read_run(f"{path}#run 1").cells.rows == len(RECORDS)
    with pytest.raises(InputError, match="no sheet 'Run 2'") as caught:
        read_run(f"{path}#Run 2")
    assert caught.value.accepted == "'Sheet', 'Run 1'"


def test_a_file_whose_name_has_the_sign_is_that_file(write: WriteRun) -> None:
    write(book(*ROWS[:3]), "a.xlsx")
    assert read_run(write(book(*ROWS), "a.xlsx#b.xlsx")).cells.rows == len(RECORDS)


def test_cells_are_what_the_sheet_shows(write: WriteRun) -> None:
    day, time = date(2024, 3, 1), datetime(2024, 3, 1, 12, 30)
    table = open_table(write(book(
        ["id", "label", "prediction", "score", "day", "time", "ok"],
        [1, 1.0, 0, 0.25, day, time, True], [None] * 7, [2, 0, None, 1, None, None, None],
    ), "run.xlsx"))  # fmt: skip
    assert table.frame.collect().rows() == [
        ("1", "1", "0", "0.25", "2024-03-01", "2024-03-01T12:30:00", "true"),
        ("2", "0", None, "1", None, None, None),
    ]


def test_a_row_is_called_as_the_sheet_numbers_it(write: WriteRun) -> None:
    path = write(book([], ["label", "prediction"], ["a", "a"], [None, None], [None, "a"]), "r.xlsx")
    with pytest.raises(InputError, match="1 blank label") as caught:
        read_run(path)
    assert caught.value.row == 5


REFUSED_BOOKS: dict[str, tuple[bytes, str]] = {
    "merged header": (book(["x", "x"], *ROWS, merge="A1:B1"), "merged cells in the header"),
    "a title above": (book(["My results"], *ROWS), "two header rows"),
    "groups above names": (book(["", "m"], *ROWS), "two header rows"),
    "units below": (
        book(["name", "size", "mass"], ["text", "cm", "kg"], ["a", 1, 2], ["b", 3, 4]),
        "two header rows: 'cm' stands above numbers",
    ),
    "no name above": (book(["label", "prediction"], ["a", "b", "c"]), "column C has cells and no"),
    "nothing": (book(), "the sheet is empty"),
    "damaged": (book(*ROWS)[:900], "is not a readable workbook"),
}


@pytest.mark.parametrize(("content", "said"), REFUSED_BOOKS.values(), ids=REFUSED_BOOKS)
def test_a_workbook_that_is_no_table(content: bytes, said: str, write: WriteRun) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_run(write(content, "run.xlsx"))
    assert caught.value.file


def test_an_index_without_a_name_is_a_column(write: WriteRun) -> None:
    rows = [[str(i), *row] for i, row in enumerate(ROWS)]
    rows[0][0] = ""
    assert read_run(write(book(*rows), "run.xlsx")).cells.rows == len(RECORDS)


def test_a_review_sheet_saved_as_a_workbook_is_read(write: WriteRun) -> None:
    rows = [["id", "label", "prediction", "tags"], [1.0, "cat", "dog", "blurry"],
            [2, "cat", "dog", "dark; blurry"]]  # fmt: skip
    found = ms.error_table(write(book(*rows), "review.xlsx"), error="10%")
    assert {x["tag"]: x["count"] for x in found.to_dict()["categories"]} == {"blurry": 2, "dark": 1}


@pytest.mark.parametrize("read", [
    lambda path: ms.select(path, optimize="accuracy").to_dict()["choice"],
    lambda path: ms.human(path).to_dict()["annotators"][0]["name"],
])  # fmt: skip
def test_other_tables_come_in_the_same_formats(read: Callable[[str], Any], write: WriteRun) -> None:
    rows = [{"name": "one", "accuracy": 0.9, "error": 0.1, "n": 90},
            {"name": "two", "accuracy": 0.8, "error": 0.2, "n": 90}]  # fmt: skip
    cells = [list(rows[0]), *(list(row.values()) for row in rows)]
    csv = "\n".join(",".join(map(str, row)) for row in cells)
    expected = read(write(csv, "t.csv"))
    assert expected == "one"
    assert read(write(json.dumps(rows), "t.json")) == expected
    assert read(write(book(*cells), "t.xlsx")) == expected


@pytest.mark.parametrize(("value", "said"), [
    ([[1, 2], [3, 4]], "an array that holds an array"),
    ([1], "an array that holds a number"),
    ({"label": 1, "prediction": "a"}, "an object with 'label' (a number), 'prediction' (a text)"),
    ({}, "an empty object"),
    ("text", "a text"),
    (None, "null"),
    ({"columns": ["label"], "index": [0], "data": [["a"]]}, "neither records nor columns"),
    ({"accuracy": 0.5, "rows": RECORDS}, "an object with 'accuracy' (a number)"),
])  # fmt: skip
def test_json_that_is_neither_records_nor_columns(value: Any, said: str, write: WriteRun) -> None:
    with pytest.raises(InputError) as caught:
        read_run(write(json.dumps(value), "run.json"))
    assert said in str(caught.value)
    assert caught.value.accepted == json_text.ACCEPTED


def test_what_is_no_record_is_refused_with_its_place(write: WriteRun) -> None:
    with pytest.raises(InputError, match="an array that holds a number") as caught:
        read_run(write(json.dumps([*RECORDS, 3]), "run.json"))
    assert caught.value.row == len(RECORDS) + 1


def test_the_hint_takes_records_out_of_a_report(write: WriteRun) -> None:
    with pytest.raises(InputError) as caught:
        read_run(write(json.dumps({"accuracy": 0.5, "rows": RECORDS}), "run.json"))
    assert "jq '.[\"rows\"]'" in (caught.value.hint or "")


@pytest.mark.parametrize(("text", "said", "row"), [
    ('[{"label": "a", "prediction": "b"},\n {"label": "a" "prediction"}]', "not JSON", 2),
    ('[{"label": "a", "prediction": "b"}', "not JSON", 1),
    ('[{"label": 1, "prediction": NaN}]', "NaN is not a number in JSON", 1),
    ('[{"label": 1, "prediction": 1e999}]', "the number is too large for a float", 1),
    (f'[{{"label": {"9" * 39}, "prediction": 1}}]', "more than 38 digits", 1),
    ('{"label": ["a", "b"], "prediction": ["a"]}', "columns of different lengths", None),
    ("[]", "an array without records", None),
    ('[{"label": "a", "prediction": "a"}, {"label": "\\ud800"}]', "half of a character", 2),
    (f'[{{"label": {"9" * 5000}}}]', "more than 38 digits", None),
])  # fmt: skip
def test_json_that_is_wrong(text: str, said: str, row: int | None, write: WriteRun) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_run(write(text, "run.json"))
    assert caught.value.row == row


def test_numbers_stay_as_they_are_written(write: WriteRun) -> None:
    text = '[{"label": 1.0, "prediction": 12345678901234567890, "x": {"y": [1]}, "z": true}]'
    table = open_table(write(text, "run.json"))
    assert table.frame.collect().rows() == [("1.0", "12345678901234567890", '{"y": [1]}', "true")]


@pytest.mark.parametrize(("name", "module", "limit"), [
    ("run.json", json_text, "LARGEST_JSON"), ("run.xlsx", workbook, "LARGEST_WORKBOOK"),
])  # fmt: skip
def test_what_is_read_whole_has_a_limit(
    name: str, module: Any, limit: str, write: WriteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps(RECORDS).encode() if name.endswith("json") else book(*ROWS)
    monkeypatch.setattr(module, limit, 100)
    with pytest.raises(InputError, match="is read whole") as caught:
        read_run(write(content, name))
    assert "Parquet" in (caught.value.accepted or "")


def test_without_the_extra_one_sentence_says_how_to_install_it(
    write: WriteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(UsageError, match="needs python-calamine") as caught:
        read_run(write(book(*ROWS), "run.xlsx"))
    assert caught.value.hint == "pip install 'mlstrat[xlsx]'"


@pytest.mark.parametrize("keep", [40, 300])
def test_a_truncated_arrow_file(keep: int, write: WriteRun) -> None:
    with pytest.raises(InputError, match="is not a readable Arrow file"):
        read_run(write(written("write_ipc")[:keep], "run.arrow"))


@pytest.mark.parametrize("name", ["run.xlsx", "run.ods", "run.arrow", "run.feather"])
def test_text_under_a_name_of_a_packed_format(name: str, write: WriteRun) -> None:
    with pytest.raises(InputError, match="this is plain text, not"):
        read_run(write(RUN, name))


@pytest.mark.parametrize("name", ["run.arrow.gz", "run.xlsx.gz"])
def test_what_is_packed_in_itself_is_not_packed_again(name: str, write: WriteRun) -> None:
    with pytest.raises(InputError, match="unknown format"):
        read_run(write(gzip.compress(b"x"), name))


def test_json_beside_runs_is_a_document_not_a_run(write: WriteRun) -> None:
    from mlstrat.data.run_folders import find_history

    path = Path(write(RUN, "runs/a.csv"))
    write("{}", "runs/a.json")
    write("", "runs/a.toml")
    assert find_history(path.parent) == (path,)


def test_a_workbook_is_not_written_over_by_the_name_of_its_sheet(write: WriteRun) -> None:
    path = write(book(*ROWS), "book.xlsx")
    with pytest.raises(UsageError, match="would be written over"):
        ms.count(f"{path}#Sheet", output=path)
