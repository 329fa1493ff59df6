"""Review sheets: what a person writes, and what spreadsheets make of it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from mlstrat.core.wording import guarded, unguarded
from mlstrat.data.sheet.read import read_sheet, require_reviewed
from mlstrat.errors import InputError

HEAD = "id,split,label,prediction,stratum,sampling_weight,seed,tags,mislabeled,true_label,comment"
ROWS = (
    '007,val,cat,dog,error,2.5,0,"great cat;blurry",,,,x1',
    "008,dev,dog,cat,error,2.5,0,dog,,,,x2",
    "009,dev,dog,cat,error,2.5,0,,,,,x3",
    "010,dev,cat,cat,correct,9,0,none,,,,x4",
)


def sheet(*rows: str, head: str = HEAD, name: str = "review.csv", encoding: str = "utf-8"):
    Path(name).write_bytes(("\n".join((head, *rows)) + "\n").encode(encoding))
    return read_sheet(name)


def whole():
    return sheet(*ROWS, head=HEAD + ",run.site")


def test_a_sheet_as_sample_writes_it():
    found = whole()
    first = found.rows[0]
    assert (first.row, first.id, first.split, first.label, first.prediction) == (
        2, "007", "dev", "cat", "dog")  # fmt: skip
    assert first.tags == {"great cat", "blurry"}
    assert (first.stratum, first.weight, first.columns) == ("error", 2.5, {"site": "x1"})
    assert [row.reviewed for row in found.rows] == [True, True, False, True]
    assert [row.label != row.prediction for row in found.rows] == [True, True, True, False]
    assert found.tags == ("great cat", "blurry", "dog")
    assert found.weighted
    assert found.ignored == ()
    assert (found.input.path, found.input.rows) == ("review.csv", 4)


def test_none_means_read_and_nothing_to_tag():
    found = sheet("none", " NONE ", "", head="tags")
    assert [(row.reviewed, row.tags) for row in found.rows] == [(True, frozenset())] * 2


def test_words_are_separated_by_semicolons_and_commas_never_by_blanks():
    found = sheet('1,"great cat , dog;;  blurry "', head="id,tags")
    assert found.tags == ("great cat", "dog", "blurry")


def test_a_column_is_a_tag_only_if_it_holds_nothing_but_marks():
    found = sheet(
        "1,x,1,yes,0,,a", "2,,TRUE,,1,,b", "3,X,,,0,,c", head="id,dog,night,fog,flag,empty,site"
    )
    assert found.tags == ("dog", "night", "fog")
    assert found.ignored == ("flag", "empty", "site")
    assert [sorted(r.tags) for r in found.rows] == [["dog", "fog", "night"], ["night"], ["dog"]]


def test_columns_of_the_run_are_no_tags_though_they_hold_marks():
    found = sheet("1,dog,x,1", "2,cat,,1", head="id,tags,night,run.night")
    assert set(found.tags) == {"dog", "cat", "night"}
    assert found.rows[1].columns == {"night": "1"}
    assert sheet("1,,1", head="id,tags,run.night").reviewed == ()


def test_a_column_that_a_sheet_by_hand_has_from_its_run_is_no_tag():
    rows = pl.DataFrame({"id": ["1", "2"], "Night": ["x", "1"], "dog": ["x", ""]})
    by_hand = read_sheet(rows, of_run=("id", "label", "night"))
    assert (by_hand.tags, by_hand.ignored) == (("dog",), ("Night",))
    assert [row.reviewed for row in by_hand.rows] == [True, False]
    assert read_sheet(rows, of_run=("night",), tag_columns=["Night"]).tags == ("dog", "Night")
    drawn = rows.with_columns(pl.lit("1").alias("run.night"))  # as sample writes it
    assert set(read_sheet(drawn, of_run=("night",)).tags) == {"dog", "Night"}


def test_any_mix_of_both_ways_counts_a_tag_once_a_row():
    found = sheet("1,dog;night,x", "2,night,", head="id,tags,night")
    assert [sorted(r.tags) for r in found.rows] == [["dog", "night"], ["night"]]


@pytest.mark.parametrize(
    ("cell", "tags"),
    [("dog; fog", {"dog", "fog"}), ("x", {"why"}), ("yes", {"why"})],
)
def test_a_named_column_holds_words_or_marks(cell, tags):
    Path("s.csv").write_text(f"id,why\n1,{cell}\n")
    assert read_sheet("s.csv", tag_columns=["Why"]).rows[0].tags == tags


def test_a_named_column_of_marks_may_say_no():
    Path("s.csv").write_text("id,night\n1,1\n2,0\n")
    found = read_sheet("s.csv", tag_columns=["night"])
    assert [r.tags for r in found.rows] == [{"night"}, set()]
    assert [r.reviewed for r in found.rows] == [True, True]


@pytest.mark.parametrize("cells", [("3.5", "7"), ("", "")])
def test_a_named_column_with_neither_words_nor_marks_is_refused(cells):
    Path("s.csv").write_text("id,size,tags\n" + "".join(f"{i},{c},dog\n" for i, c in
                                                          enumerate(cells)))  # fmt: skip
    with pytest.raises(InputError, match="neither words nor marks") as error:
        read_sheet("s.csv", tag_columns=["size"])
    assert error.value.column == "size"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_spreadsheets_save_reads_the_same(encoding, separator):
    rows = ['1;dog;"für; Katze";12,5', "2;cat;;12,5"]
    text = "id;label;tags;sampling_weight\r\n" + "\r\n".join(rows) + "\r\n"
    if separator == ",":
        text = text.replace("12,5", "12.5").replace('"für; Katze"', "für@ Katze")
        text = text.replace(";", ",").replace("@", ";")
    elif separator == "\t":
        text = text.replace('"für; Katze"', '"für, Katze"').replace(";", "\t")
    Path("s.csv").write_bytes(text.encode(encoding))
    found = read_sheet("s.csv")
    assert found.rows[0].tags == {"für", "Katze"}
    assert [row.weight for row in found.rows] == [12.5, 12.5]
    assert [note.code for note in found.notes] == (["MLS409"] if encoding == "cp1252" else [])


def test_a_line_that_names_the_separator_is_skipped():
    Path("s.csv").write_text('sep=;\nid;tags\n1;"a;b"\n')
    assert read_sheet("s.csv").rows[0].tags == {"a", "b"}
    assert read_sheet("s.csv").rows[0].row == 3


def test_a_sheet_of_one_column_may_hold_any_separator():
    assert sheet("Dog", "Great cat,Blurry", "a;b", head="tags").rows[1].tags == {
        "Great cat", "Blurry"}  # fmt: skip


def test_missing_cells_at_the_end_are_blank_and_empty_columns_and_rows_go():
    found = sheet("1,dog", ",,,,", "2,cat,,,", head="id,tags,comment,,")
    assert [(r.row, r.comment) for r in found.rows] == [(2, ""), (4, "")]


def test_a_row_with_too_many_cells_is_refused_with_its_row():
    with pytest.raises(InputError, match="3 cells where the header has 2") as error:
        sheet("1,dog", "2,cat,blurry", head="id,tags")
    assert error.value.row == 3


def test_rows_may_stand_in_any_order():
    one = whole()
    other = sheet(*reversed(ROWS), head=HEAD + ",run.site")
    assert {r.id: r.tags for r in one.rows} == {r.id: r.tags for r in other.rows}


def test_an_id_that_stands_twice_is_refused():
    with pytest.raises(InputError, match="'7' is already in row 2") as error:
        sheet("7,dog", "8,cat", "7,fog", head="id,tags")
    assert error.value.row == 4


def test_a_row_added_by_hand_stands_for_no_others():
    found = sheet("1,dog,2", "2,cat,", head="id,tags,sampling_weight")
    assert [r.weight for r in found.rows] == [2.0, 0.0]


@pytest.mark.parametrize("weight", ["0", "-1", "many", "nan", "inf", "1e200"])
def test_a_weight_is_a_number_above_0(weight):
    with pytest.raises(InputError, match="is not a weight"):
        sheet(f"1,dog,{weight}", head="id,tags,sampling_weight")


def test_mislabeled_holds_marks():
    found = sheet("1,x", "2,no", "3,", "4,TRUE", head="id,mislabeled")
    assert [r.mislabeled for r in found.rows] == [True, False, None, True]
    assert [r.reviewed for r in found.rows] == [True, True, False, True]
    with pytest.raises(InputError, match="'cat' is not a mark"):
        sheet("1,cat", head="id,mislabeled")


def test_nothing_filled_in_says_how_many_rows_wait():
    with pytest.raises(InputError, match="nothing is filled in: 2 rows wait"):
        require_reviewed(sheet("1,", "2,", head="id,tags"))


def test_a_table_without_any_review_column_is_no_sheet():
    with pytest.raises(InputError, match="no column holds tags"):
        sheet("1,cat", head="id,label")


@pytest.mark.parametrize("tag", ["a|b", "<script>alert(1)</script>", "=1+1", "@x", "🐕 dog", "-"])
def test_any_text_is_a_tag(tag):
    found = sheet(f'1,"{guarded(tag)}"', head="id,tags")
    assert found.tags == (tag,)
    assert unguarded(guarded(tag)) == tag


def test_a_line_end_in_a_tag_is_a_blank():
    assert sheet('1,"low\nlight"', "2,fog", head="id,tags").tags == ("low light", "fog")
    assert sheet('1,"low\nlight"', "2,fog", head="id,tags").rows[1].row == 4


def test_a_quote_left_open_is_found_where_it_begins():
    with pytest.raises(InputError, match="a quote is left open") as error:
        sheet("1,dog", '2,"cat', "3,fog", head="id,tags")
    assert error.value.row == 3


def test_a_workbook_is_refused():
    with zipfile.ZipFile("s.csv", "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(InputError, match="an Excel workbook, not CSV"):
        read_sheet("s.csv")


def test_spelling_variants_are_pointed_out_and_joined_only_if_asked():
    rows = ["1,Blurry", "2,blurry", "3,blury", "4,Blurry", "5,great cat", "6,great cats", "7,dog"]
    found = sheet(*rows, head="id,tags")
    assert len(found.tags) == 6
    assert found.variants == (("Blurry", "blurry", "blury"), ("great cat", "great cats"))
    merged = read_sheet("review.csv", merge=True)
    assert merged.tags == ("Blurry", "great cat", "dog")
    assert [r.tags for r in merged.rows][2] == {"Blurry"}
    assert merged.variants == found.variants


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_hold_the_same(frame):
    found = read_sheet(frame({"id": [1, 2, 3], "tags": ["a; b", None, "none"],
                              "night": [True, None, None]}))  # fmt: skip
    assert [(r.row, r.id, sorted(r.tags), r.reviewed) for r in found.rows] == [
        (1, "1", ["a", "b", "night"], True), (2, "2", [], False), (3, "3", [], True)]  # fmt: skip


def test_the_exact_name_of_a_column_wins_over_another_of_its_names():
    found = sheet("1,cat,dog,x", "2,cat,dog,", head="id,label,prediction,output")
    assert found.tags == ("output",)


def test_reading_a_sheet_loads_no_polars():
    import subprocess
    import sys

    Path("s.csv").write_text("id,tags\n1,dog\n")
    code = ("import sys; from mlstrat.data.sheet.read import read_sheet; read_sheet('s.csv');"
            "sys.exit('polars' in sys.modules)")  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True)
