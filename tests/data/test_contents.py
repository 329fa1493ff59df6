"""A file that is something else than its name says is told so by every reader."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.data.config import read_config, read_document
from mlstrat.data.formats.contents import content_of
from mlstrat.errors import ConfigError, InputError, MlstratError
from mlstrat.tasks.classification.run import read_run
from mlstrat.workflow.diagnose.levels import read_levels
from mlstrat.workflow.error_table.tally import read_effort
from mlstrat.workflow.gate.ledger import read_ledger
from mlstrat.workflow.splits.read import read_cuts
from tests.contents import FOREIGN, FRAME, KINDS, LFS_POINTER, RUN
from tests.written_runs import WriteRun

READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "a CSV run": ("run.csv", read_run),
    "a TSV run": ("run.tsv", read_run),
    "a Parquet run": ("run.parquet", read_run),
    "JSON lines": ("run.ndjson", read_run),
    "a packed run": ("run.csv.gz", read_run),
    "packed JSON lines": ("run.jsonl.gz", read_run),
    "a review sheet": ("review.csv", ms.error_table),
    "people": ("people.csv", ms.human),
    "candidates": ("models.csv", lambda path: ms.select(path, optimize="f1")),
    "a curve": ("curve.csv", ms.curve),
    "levels": ("levels.csv", read_levels),
    "a config": ("mlstrat.toml", read_config),
    "costs": ("costs.toml", lambda path: read_effort(path, ["dog"])),
    "a document": ("gaps.json", read_document),
    "a ledger": ("ledger.json", read_ledger),
    "cut points": ("out.cuts.json", read_cuts),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize(("name", "read"), READERS.values(), ids=READERS)
def test_every_reader_says_what_a_file_is(
    name: str, read: Callable[[str], Any], kind: str, write: WriteRun
) -> None:
    content, what, hint = KINDS[kind]
    path = write(content, name)
    with pytest.raises(MlstratError) as caught:
        read(path)
    assert f"{path}: this is {what}, not " in str(caught.value)
    assert hint in (caught.value.hint or "")
    assert type(caught.value) in (InputError, ConfigError)  # never a shard to leave out


@pytest.mark.parametrize("kind", ["lfs", "html", "zip", "parquet", "json"])
def test_what_lies_in_a_packed_file(kind: str, write: WriteRun) -> None:
    content, what, _ = KINDS[kind]
    with pytest.raises(InputError, match=f"this is {what}, not CSV"):
        read_run(write(gzip.compress(content), "run.csv.gz"))


@pytest.mark.parametrize(("kind", "name", "hint"), [
    ("gzip", "run.csv", "name it run.csv.gz"),
    ("gzip", "run.ndjson", "name it run.ndjson.gz"),
    ("gzip", "run.parquet", "unpack it"),
    ("parquet", "run.csv", "name it .parquet"),
    ("parquet", "run.ndjson", "name it .parquet"),
    ("json", "run.csv", "jq -c"),
    ("json", "run.ndjson", "jq -c"),
    ("json", "run.parquet", "jq -c"),
    ("json lines", "run.csv", "name it .ndjson"),
    ("json lines", "run.parquet", "name it .ndjson"),
])  # fmt: skip
def test_a_format_under_the_name_of_another(
    kind: str, name: str, hint: str, write: WriteRun
) -> None:
    with pytest.raises(InputError, match=f"this is {KINDS[kind][1]}, not ") as caught:
        read_run(write(KINDS[kind][0], name))
    assert hint in (caught.value.hint or "")


def test_standard_input_and_shards_are_looked_at_too(
    write: WriteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LFS_POINTER)))
    with pytest.raises(InputError, match="-: this is a Git LFS pointer"):
        read_run("-")
    write(RUN, "part-1.csv")
    path = write(LFS_POINTER, "part-2.csv")
    with pytest.raises(InputError, match="a Git LFS pointer") as caught:
        read_run(str(Path(path).with_name("part-*.csv")))
    assert caught.value.file == path


@pytest.mark.parametrize("header", [
    "PARENT,label,prediction", "PAR1,label,prediction", "ORC,label,prediction",
    "ARROW1,label,prediction", "<id>,label,prediction", "[x],label,prediction",
    "{x},label,prediction", "version https,label,prediction", "BZh9,label,prediction",
    "<table_id>,label,prediction", "%PDF,label,prediction", "PK,label,prediction",
])  # fmt: skip
def test_a_header_that_only_begins_alike_is_read(header: str, write: WriteRun) -> None:
    assert read_run(write(RUN.replace("id,label,prediction", header))).cells.rows == 3


def test_json_lines_with_a_long_first_line_are_read(write: WriteRun) -> None:
    lines = pl.concat([FRAME, FRAME]).with_columns(text=pl.lit("x" * 5000))
    stream = io.BytesIO()
    lines.write_ndjson(stream)
    assert read_run(write(stream.getvalue(), "run.ndjson")).cells.rows == 6


@pytest.mark.parametrize("text", ["[[gate]]\nmin = 0.9\n", '["columns"]\nlabel = "y"\n', "\ufeff"])
def test_toml_that_looks_like_json_is_toml(text: str, write: WriteRun) -> None:
    read_config(write(text, "mlstrat.toml"))


def test_text_in_another_encoding_is_not_blamed_on_the_syntax(write: WriteRun) -> None:
    path = write('{"schema": "mlstrat.gaps/1"}'.encode("utf-16"), "gaps.json")
    with pytest.raises(InputError, match="the text is UTF-16, not UTF-8"):
        ms.load(path)
    path = write('[human]\n\nsource = "caf\xe9"\n'.encode("latin-1"), "mlstrat.toml")
    with pytest.raises(ConfigError, match="the byte 0xE9 is not UTF-8 text") as caught:
        read_config(path)
    assert caught.value.row == 3


def test_what_is_not_known_is_left_to_the_reader() -> None:
    assert content_of(b"") is content_of(b"\0\1\2") is content_of(RUN.encode()) is None


ODD_NUMBERS = {
    "NaN": ("NaN", "NaN is not a number in JSON"),
    "infinity": ("Infinity", "Infinity is not a number in JSON"),
    "minus infinity": ("-Infinity", "-Infinity is not a number in JSON"),
    "nested": ('{"a": [1, NaN]}', "NaN is not a number in JSON"),
    "too large": ("1e999", "the number 1e999 is too large"),
    "too long": ("9" * 400, "the number 9999999999… of 400 characters is too large"),
    "longer than Python reads": ("9" * 5000, "of 5000 characters is too large"),
}


@pytest.mark.parametrize("before", [1, 12_000], ids=["near", "past what tells the columns"])
@pytest.mark.parametrize(("value", "said"), ODD_NUMBERS.values(), ids=ODD_NUMBERS)
def test_a_number_that_json_has_not_is_named_by_row_and_column(
    value: str, said: str, before: int, write: WriteRun
) -> None:
    good = '{"label": "a", "prediction": "a", "x": 1}\n'
    bad = f'{{"label": "a", "prediction": "a", "x": {value}}}\n'
    with pytest.raises(InputError) as caught:
        read_run(write(good * before + "\n" + bad + good, "run.ndjson"))
    assert (caught.value.row, caught.value.column) == (before + 2, "x")
    assert said in caught.value.message


@pytest.mark.parametrize(("content", "said"), [
    (b'\xef\xbb\xbf{"label": 1, "prediction": 1}\n', "a byte order mark"),
    ('{"label": 1, "prediction": 1}\n'.encode("utf-16"), "the text is UTF-16"),
])  # fmt: skip
def test_encodings_of_json_lines(content: bytes, said: str, write: WriteRun) -> None:
    with pytest.raises(InputError, match=said):
        read_run(write(content, "run.ndjson"))


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "9" * 400, "9" * 5000])
@pytest.mark.parametrize("read", [ms.load, read_cuts, read_ledger])
def test_documents_hold_no_number_that_is_none(
    read: Callable[[str], Any], number: str, write: WriteRun
) -> None:
    path = write(f'{{"schema": "mlstrat.gaps/1", "x": {number}}}', "x.json")
    with pytest.raises(MlstratError):
        read(path)
    if read is ms.load:
        with pytest.raises(InputError, match=r"too large|not a number|limit"):
            read(path)


@pytest.mark.parametrize(
    "number", ["1e999", "inf", "nan", "9" * 400, "9" * 5000], ids=lambda x: f"{x[:6]}…{len(x)}"
)
@pytest.mark.parametrize("key", ["tolerance", "resamples", "beta"])
def test_a_config_holds_no_such_number_either(number: str, key: str, write: WriteRun) -> None:
    with pytest.raises(ConfigError):
        read_config(write(f"[diagnose]\n{key} = {number}\n", "mlstrat.toml"))
