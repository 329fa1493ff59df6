"""The separator, decimal commas and blank lines of delimited text are those of review sheets."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.data.columns import KNOWN_NAMES
from mlstrat.data.files import find_files
from mlstrat.data.formats import survey as surveying
from mlstrat.data.formats.first_lines import sniffed

ROWS = [(i, "ab"[i % 2], f"0.{20 + i % 7 * 10}", "dev") for i in range(70)]
HEADER = ("id", "label", "score", "split")


def written(folder: Path, separator: str, *, comma: bool = False, between: str = "\n") -> Path:
    lines = [HEADER, *((i, y, x.replace(".", ",") if comma else x, s) for i, y, x, s in ROWS)]
    path = folder / "run.csv"
    path.write_bytes(between.join(separator.join(map(str, row)) for row in lines).encode())
    return path


def figures(path: Path) -> object:
    return ms.score(path, metric="roc_auc", positive="b").to_dict()["scores"]


@pytest.fixture
def plain(tmp_path: Path) -> object:
    return figures(written(tmp_path, ","))


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("comma", [False, True])
def test_separator_and_decimal_comma_are_sniffed_and_said(tmp_path, plain, separator, comma):
    path = written(tmp_path, separator, comma=comma)
    assert figures(path) == plain
    found = ms.diagnose(path, positive="b").to_dict()["findings"]
    words = {";": "semicolons", "\t": "tabs", "|": "bars"}[separator]
    assert {"separator": words} in [x["evidence"] for x in found if x["code"] == "MLS217"]


def test_what_the_ending_says_is_not_said(tmp_path: Path) -> None:
    path = written(tmp_path, "\t").rename(tmp_path / "run.tsv")
    codes = {x["code"] for x in ms.diagnose(path, positive="b").to_dict()["findings"]}
    assert "MLS217" not in codes


def test_packed_and_marked_text_is_sniffed(tmp_path: Path, plain: object) -> None:
    raw = written(tmp_path, ";", comma=True).read_bytes()
    (tmp_path / "run.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + raw))
    assert figures(tmp_path / "run.csv.gz") == plain


@pytest.mark.parametrize(
    ("header", "own", "separator"),
    [
        ("label,prediction,a;b;c;d", ",", ","),
        ("a,b;c;d", ",", ","),
        ("label;a,b,c", ",", ";"),
        ("a;b", ",", ";"),
        ("alone", ",", ","),
        ("alone", None, None),
        ('"a;b",label', ",", ","),
    ],
)
def test_the_own_separator_gives_way_to_names_that_are_known(header, own, separator) -> None:
    assert sniffed(header, KNOWN_NAMES, own) == separator


@pytest.mark.parametrize("between", ["\n\n", "\r\n\r\n", "\n\n\n"])
def test_blank_lines_between_rows_are_skipped(tmp_path: Path, plain: object, between: str) -> None:
    path = written(tmp_path, ",", between=between)
    assert figures(path) == plain
    path.write_bytes(path.read_bytes() + b"\n\n \n")
    assert figures(path) == plain


def test_a_message_still_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("label,prediction\n\na,a\n\n,a\n\nb,b\n")
    with pytest.raises(ms.InputError, match="1 blank label") as error:
        ms.diagnose(path)
    assert error.value.row == 5
    path.write_text("label,prediction\n\na,a\n\nb\n")
    with pytest.raises(ms.InputError, match="1 cells where the header has 2") as error:
        ms.diagnose(path)
    assert error.value.row == 5


def test_a_blank_line_at_the_edge_of_a_block_is_seen(tmp_path: Path) -> None:
    row, size = b"a,a,xxxxxxxxxx\n", 2**20
    head = b"label,prediction,note\n"
    fill = size - len(head)
    body = row * (fill // len(row))
    pad = fill - len(body)
    first = body[: -len(row)] + b"a,a," + b"x" * (len(row) - 5 + pad) + b"\n"
    assert len(head + first) == size
    (tmp_path / "run.csv").write_bytes(head + first + b"\n" + row * 3)
    found = ms.diagnose(tmp_path / "run.csv").to_dict()
    assert found["splits"]["dev"]["n"] == first.count(b"\n") + 3


STRETCH = 2**18


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("shift", range(-3, 4))
def test_a_large_file_is_looked_through_by_several_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: bytes, shift: int
) -> None:
    monkeypatch.setattr(surveying, "STRETCH", STRETCH)
    path = tmp_path / "run.csv"
    head, row = b"label,prediction,note" + end, b"a,a,xxxxxxxxxx" + end
    rows = 3 * surveying.SAMPLE // len(row)
    path.write_bytes(head + row * rows)
    found = surveying.survey(find_files(path).parts[0], ",")
    assert (found.separators, found.blank_lines) == (2 * (rows + 1), False)

    place = 5 * STRETCH + shift  # where a blank line begins, about where two threads meet
    before = head + row * ((place - len(head)) // len(row) - 1)
    before += b"a,a," + b"x" * (place - len(before) - 4 - len(end)) + end
    assert len(before) == place
    path.write_bytes(before + end + row * rows)
    assert surveying.survey(find_files(path).parts[0], ",").blank_lines


@pytest.mark.parametrize("length", [2, 4, 9])
def test_a_line_too_long_is_found_where_several_threads_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(surveying, "STRETCH", STRETCH)
    monkeypatch.setattr(surveying, "LONGEST_LINE", STRETCH)
    path = tmp_path / "run.csv"
    row = b"a,a,xxxxxxxxxx\n"
    rows = 9 * STRETCH // 2 // len(row)
    path.write_bytes(b"l,p,n\n" + row * rows + b"a,a," + b"x" * length * STRETCH + b"\n" + row)
    with pytest.raises(ms.InputError, match="a line of more than 0 MiB") as error:
        surveying.survey(find_files(path).parts[0], ",")
    assert error.value.row == rows + 2


def test_a_frame_has_no_decimal_commas() -> None:
    with pytest.raises(ms.InputError, match="'0,5' is not a probability"):
        ms.diagnose(pl.DataFrame({"label": ["0", "1"], "score": ["0,5", "0,7"]}))
