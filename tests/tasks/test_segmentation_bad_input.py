"""Pixels that cannot be: one message with file, row and column, and nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError
from tests.tasks.mask_sets import FEW, images, table

pytestmark = pytest.mark.usefixtures("typed")

HEAD = "id,split,label,prediction,pixels,group"
BAD = {
    "negative": ("b,dev,cell,cell,-1,g", "pixels", "'-1' is not accepted"),
    "fraction": ("b,dev,cell,cell,1.5,g", "pixels", "1.5 pixels"),
    "no number": ("b,dev,cell,cell,,g", "pixels", "a blank"),
    "too many": ("b,dev,cell,cell,1e17,g", "pixels", "1e+17 pixels"),
    "no image": (",dev,cell,cell,1,g", "id", "a blank"),
    "no prediction": ("b,dev,cell,,1,g", "prediction", "a blank"),
    "a pair twice": (
        "a,dev,cell,cell,2,g",
        "pixels",
        "two rows with label 'cell' and prediction 'cell'",
    ),
    "void twice": ("a,dev,,cell,2,g", "pixels", "two rows with label '' and prediction 'cell'"),
    "two splits": ("a,train,cell,nucleus,2,g", "split", "the image 'a' is in two splits"),
    "two groups": ("a,dev,cell,nucleus,2,h", "group", "the image 'a' is in two groups"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_refused_with_its_row(
    name: str, empty_folder: Path, capsys: pytest.CaptureFixture[str]
):
    row, column, said = BAD[name]
    (empty_folder / "run.csv").write_text(f"{HEAD}\na,dev,cell,cell,9,g\na,dev,,cell,1,g\n{row}\n")
    with pytest.raises(InputError) as caught:
        ms.score("run.csv", task="segmentation")
    assert said in caught.value.message
    assert (caught.value.file, caught.value.row, caught.value.column) == ("run.csv", 4, column)
    assert caught.value.accepted
    assert command(["diagnose", "run.csv", "--task", "segmentation"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("rows", [
    "a,dev,,cell,9\nb,dev,,cell,9",  # nobody annotated anything
    "a,dev,0,0,9\nb,train,1,1,9",
    "a,dev,0,0,9\nb,dev,1,1,0",
])  # fmt: skip
def test_a_split_without_a_pixel_of_any_class_has_no_error(rows: str, empty_folder: Path):
    (empty_folder / "run.csv").write_text(f"id,split,label,prediction,pixels\n{rows}\n")
    with pytest.raises(InputError, match="no pixel of dev counts"):
        ms.score("run.csv", task="segmentation")


def test_columns_that_are_not_there_and_options_that_cannot_be_are_refused():
    frame = table(images())
    for column in ("id", "label", "prediction", "pixels"):
        with pytest.raises(InputError, match=f"no column {column}"):
            ms.score(frame.drop(column), **FEW)
    with pytest.raises(UsageError, match="segmentation has no such metric"):
        ms.score(frame, metric="iou", **FEW)
    with pytest.raises(UsageError, match="--truth does not belong"):
        ms.score(frame, truth=frame, **FEW)
