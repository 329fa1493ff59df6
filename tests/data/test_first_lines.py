"""A table without its header: said where a column is missing, and never of a table that has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import mlstrat as ms
from mlstrat.data.columns import KNOWN_NAMES
from mlstrat.data.formats.first_lines import HINT, first_is_data
from mlstrat.errors import MlstratError
from mlstrat.tasks.classification.run import read_run
from tests.written_runs import WriteRun

HEADLESS = {
    "ids, labels, predictions": "7,cat,dog\n8,dog,dog\n9,cat,cat\n",
    "labels and predictions": "cat,dog\ncat,cat\ndog,dog\n",
    "labels that are right at first": "cat,cat\ndog,cat\ncat,cat\n",
    "scores": "0.93,1\n0.11,0\n0.52,1\n",
    "splits": "dev,cat,dog\ndev,dog,dog\n",
    "texts": "so good,pos,neg\nso bad,neg,neg\nmeh,pos,pos\n",
    "truth values": "1,true,false\n2,false,false\n3,true,true\n",
    "a blank cell": "7,,cat\n8,cat,cat\n",
    "cells in quotes": '"a, b","pos","neg"\n"c\nd","neg","neg"\n"e","pos","pos"\n',
}

WITH_HEADER = {
    "unknown names": "nr,truth_of_it,said\n1,a,a\n2,b,b\n",
    "names that were lost": "0,1\n0,1\n1,1\n0,0\n",
    "names that were lost, and an index": ",0,1,2\n0,a,0,1\n1,b,1,1\n",
    "years": "2019,2020,2021\n1,2,3\n4,5,6\n",
    "a header that stands there again": "x1,x2\na,b\nc,d\nx1,x2\na,b\n",
    "one label named, no prediction": "label,confidence\na,0.9\nb,0.8\n",
    "a column of a known name among its values": "label,why\na,label\nb,label\n",
    "one line": "a,b\n",
    "classes as columns": "text,cat,dog\nx,1,0\ny,0,1\n",
}


def refused(path: str, read: Callable[..., Any] = read_run, **how: Any) -> MlstratError:
    with pytest.raises(MlstratError) as caught:
        read(path, **how)
    return caught.value


@pytest.mark.parametrize("name", ["run.csv", "run.tsv"])
@pytest.mark.parametrize("text", HEADLESS.values(), ids=HEADLESS)
def test_a_run_without_a_header(text: str, name: str, write: WriteRun) -> None:
    error = refused(write(text if name == "run.csv" else text.replace(",", "\t"), name))
    assert error.hint == HINT
    assert error.hint.startswith("the first line is data")


@pytest.mark.parametrize("text", WITH_HEADER.values(), ids=WITH_HEADER)
def test_a_run_with_a_header_that_lacks_a_column(text: str, write: WriteRun) -> None:
    error = refused(write(text))
    assert error.hint != HINT


@pytest.mark.parametrize(("read", "text"), [
    (ms.error_table, "1,dog,blurry\n2,cat,blurry\n3,cat,dark\n"),
    (ms.human, "1,anna,cat\n2,anna,dog\n1,ben,cat\n2,ben,cat\n"),
    (lambda path: ms.select(path, optimize="f1"), "lr,0.91,120\nlr,0.92,95\nsvm,0.9,10\n"),
    (ms.curve, "100,0.02,0.3\n100,0.03,0.28\n200,0.05,0.2\n"),
    (lambda path: ms.gaps(table=path), "train,8%\ndev,15%\n"),
])  # fmt: skip
def test_other_tables_without_a_header(
    read: Callable[[str], Any], text: str, write: WriteRun
) -> None:
    assert refused(write(text, "table.csv"), read).hint == HINT


def test_a_column_that_is_named_and_not_there(write: WriteRun) -> None:
    path = write("7,cat,dog\n8,dog,dog\n")
    assert refused(path, columns={"label": "label"}).hint == HINT


def test_names_that_are_said_are_taken_whatever_they_look_like(write: WriteRun) -> None:
    path = write("7,1,0\n8,1,1\n9,0,1\n")
    run = read_run(path, columns={"label": "1", "prediction": "0"})
    assert run.cells.rows == 2


def test_two_names_of_columns_are_enough_for_a_header() -> None:
    rows = [("label", "prediction"), ("label", "prediction"), ("a", "label")]
    assert not first_is_data(rows, KNOWN_NAMES)
