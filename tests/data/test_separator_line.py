"""A first line that tells Excel the separator, ``sep=;``, is no header of a run."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.data.opening import open_table
from mlstrat.errors import InputError
from mlstrat.tasks.classification.run import read_run
from tests.written_runs import RUN, WriteRun


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_it_tells_the_separator(line: str, end: str, write: WriteRun) -> None:
    text = (line + "\n" + RUN.replace(",", ";")).replace("\n", end)
    whole = read_run(write(RUN)).cells
    assert read_run(write(text, "a.csv")).cells.rows == whole.rows
    assert read_run(write(gzip.compress(text.encode()), "a.csv.gz")).cells.rows == whole.rows


def test_a_separator_that_no_header_would_tell(write: WriteRun) -> None:
    table = open_table(write("sep=|\na,b|c;d\n1,5|2\n"))
    assert table.header == ("a,b", "c;d")


def test_a_tab_is_a_separator_too(write: WriteRun) -> None:
    assert open_table(write("sep=\t\na,b;c\td\n1,5\t2\n")).header == ("a,b;c", "d")


def test_rows_are_called_as_an_editor_shows_them(write: WriteRun) -> None:
    with pytest.raises(InputError, match="1 blank label") as caught:
        read_run(write("sep=;\nlabel;prediction\na;a\n;a\n"))
    assert caught.value.row == 4
    with pytest.raises(InputError, match="1 cells where the header has 2") as caught:
        read_run(write("sep=;\nlabel;prediction\na\na;a\n"))
    assert caught.value.row == 3


def test_decimal_commas_and_the_bytes_of_the_file(write: WriteRun) -> None:
    text = "sep=;\nlabel;score\n1;0,9\n0;0,1\n"
    path = write(text)
    found = ms.score(path, metric="accuracy").to_dict()
    assert found["scores"][0]["value"] == 1.0
    assert found["signature"]["inputs"][0]["bytes"] == Path(path).stat().st_size
