"""A sheet is filled in operation by operation, and what nobody touched stays as it is."""

from __future__ import annotations

import os
import stat
import threading
import tracemalloc
from pathlib import Path

import pytest

from mlstrat.data.sheet.editing import ConflictError, OpenSheet, RefusedError
from mlstrat.data.sheet.pieces import SheetLock, lock_of, temporary_of, write_in_place
from mlstrat.data.sheet.read import read_sheet
from mlstrat.errors import InputError

PLAIN = (
    "id,label,prediction,stratum,sampling_weight,seed,tags,mislabeled,true_label,comment,run.text\n"
    'a,cat,dog,error,1,0,,,,,"one, ""two"""\n'
    "b,dog,cat,error,1,0,,,,, three \n"
    "c,cat,cat,correct,9,0,,,,,four\n"
)


def opened(folder: Path, text: str | bytes = PLAIN, name: str = "review.csv") -> OpenSheet:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return OpenSheet(path)


def add(sheet: OpenSheet, row: str, *tags: str) -> None:
    for tag in tags:
        sheet.apply({"op": "add", "row": row, "tag": tag})


def put(sheet: OpenSheet, row: str, field: str, value: str, was: str = "") -> None:
    sheet.apply({"op": "set", "row": row, "field": field, "value": value, "was": was})


def saved(sheet: OpenSheet) -> str:
    sheet.file.stamp = write_in_place(sheet.path, sheet.to_pieces())
    sheet.unsaved = {}
    return sheet.path.read_text(encoding="utf-8")


def test_a_sheet_that_nobody_filled_in_is_the_same_bytes(tmp_path: Path):
    assert b"".join(opened(tmp_path).to_pieces()) == PLAIN.encode()


def test_only_the_cells_that_were_set_change(tmp_path: Path):
    sheet = opened(tmp_path)
    add(sheet, "a", "blurry", "night")
    put(sheet, "a", "mislabeled", "no")
    put(sheet, "a", "comment", 'hard, "very"')
    assert b"".join(sheet.to_pieces()).decode() == PLAIN.replace(
        "a,cat,dog,error,1,0,,,,,", 'a,cat,dog,error,1,0,blurry;night,no,,"hard, ""very""",'
    )


def test_what_is_filled_in_reads_back(tmp_path: Path):
    sheet = opened(tmp_path)
    add(sheet, "a", "blurry")
    put(sheet, "b", "true_label", "cat|lynx")
    saved(sheet)
    again = read_sheet(sheet.path)
    assert [sorted(row.tags) for row in again.rows] == [["blurry"], [], []]
    assert again.rows[1].true_label == "cat|lynx"


STYLES = {
    "semicolons, decimal commas": b"id;label;prediction;score;tags\r\n1;a;b;0,5;\r\n2;a;b;0,2;\r\n",
    "Excel's line": b"sep=;\r\nid;label;prediction;tags\r\n1;a;b;\r\n2;a;b;\r\n",
    "a mark": b"\xef\xbb\xbfid,label,prediction,tags\n1,a,b,\n2,\xc3\xa4,b,\n",
    "UTF-16": "\ufeffid\tlabel\tprediction\ttags\r\n1\tä\tb\t\r\n2\ta\tb\t\r\n".encode("utf-16-le"),
    "Windows-1252": "id;label;prediction;tags\r\n1;ä;b;\r\n2;a;b;\r\n".encode("cp1252"),
    "everything quoted": b'"id","label","prediction","tags"\n"1","a","b",""\n"2","a","b",""\n',
    "lost cells at the end": b"id,label,prediction,tags,comment\n1,a,b\n2,a,b\n",
    "lines in cells": b'id,label,prediction,run.t,tags\n1,a,b,"x\ny",\n\n2,a,b,"",\n',
    "no end of the last line": b"id,label,prediction,tags\n1,a,b,\n2,a,b,",
    "columns of marks": b"id,label,prediction,night,tags\n1,a,b,x,\n2,a,b,,\n",
    "guards": b"id,label,prediction,run.f,tags\n1,a,b,'=1+1,\n2,a,b,'-x,\n",
}


@pytest.mark.parametrize("style", STYLES)
def test_a_sheet_of_any_program_keeps_its_style(tmp_path: Path, style: str):
    raw = STYLES[style]
    sheet = opened(tmp_path, raw)
    assert b"".join(sheet.to_pieces()) == raw
    add(sheet, "1", "blurry")
    sheet.apply({"op": "take", "row": "1", "tag": "blurry"})
    before = read_sheet(tmp_path / "review.csv")
    add(sheet, "1", "blurry")
    saved_bytes = b"".join(sheet.to_pieces())
    (tmp_path / "review.csv").write_bytes(saved_bytes)
    after = read_sheet(tmp_path / "review.csv")
    assert after.rows[0].tags == before.rows[0].tags | {"blurry"}
    assert [r.columns for r in after.rows] == [r.columns for r in before.rows]
    assert [(r.id, r.label, r.score) for r in after.rows] == [
        (r.id, r.label, r.score) for r in before.rows
    ]
    assert after.rows[1] == before.rows[1]


def test_a_tag_with_a_column_of_its_own_is_marked_there(tmp_path: Path):
    sheet = opened(tmp_path, STYLES["columns of marks"])
    add(sheet, "2", "night")
    sheet.apply({"op": "take", "row": "1", "tag": "night"})
    assert b"".join(sheet.to_pieces()) == b"id,label,prediction,night,tags\n1,a,b,,\n2,a,b,x,\n"


def test_columns_to_fill_in_are_added_when_they_are_needed(tmp_path: Path):
    sheet = opened(tmp_path, "id,label,prediction\n1,a,b\n2,a,b\n")
    assert b"".join(sheet.to_pieces()) == b"id,label,prediction\n1,a,b\n2,a,b\n"
    add(sheet, "1", "blurry")
    put(sheet, "2", "comment", "hm")
    assert saved(sheet) == "id,label,prediction,tags,comment\n1,a,b,blurry\n2,a,b,,hm\n"
    assert [row.comment for row in read_sheet(sheet.path).rows] == ["", "hm"]


def test_a_letter_that_the_encoding_lacks_is_refused_and_nothing_lost(tmp_path: Path):
    sheet = opened(tmp_path, STYLES["Windows-1252"])
    add(sheet, "1", "blurry")
    there = b"".join(sheet.to_pieces())
    with pytest.raises(RefusedError, match="save the sheet as CSV UTF-8"):
        add(sheet, "1", "夜")
    assert b"".join(sheet.to_pieces()) == there
    assert sheet.rows["1"].tags == ("blurry",)


def test_a_formula_is_guarded(tmp_path: Path):
    sheet = opened(tmp_path)
    add(sheet, "a", "=cmd")
    put(sheet, "a", "comment", "+1 of these")
    assert ",'=cmd,,,'+1 of these," in saved(sheet)
    assert read_sheet(sheet.path).rows[0].tags == {"=cmd"}


@pytest.mark.parametrize(
    "tag", ["", "  ", "a;b", "a,b", "none", "x" * 201, "a\0", "\ud800", 7, None]
)
def test_what_is_no_tag_is_refused(tmp_path: Path, tag: object):
    sheet = opened(tmp_path)
    with pytest.raises(RefusedError):
        sheet.apply({"op": "add", "row": "a", "tag": tag} if tag != "none"
                    else {"op": "rename", "tag": "x", "to": tag})  # fmt: skip
    assert b"".join(sheet.to_pieces()) == PLAIN.encode()


@pytest.mark.parametrize("operation", [
    {}, {"op": "set"}, {"op": "add", "row": "zzz", "tag": "x"}, {"op": ["add"]},
    {"op": "set", "row": "a", "field": "id", "value": "x", "was": "a"},
    {"op": "set", "row": "a", "field": "mislabeled", "value": "maybe", "was": ""},
    {"op": "restore", "changes": [{"row": "zzz"}]}, {"op": "restore", "changes": 5},
    {"op": "restore", "changes": ["a"]}, {"op": "restore", "changes": [{"row": "a", "add": ["x"]}]},
    {"op": "restore", "changes": [{"row": "a", "add": [["x;y", 0]]}]},
    {"op": "restore", "changes": [{"row": "a", "take": 7}]},
])  # fmt: skip
def test_other_operations_are_refused(tmp_path: Path, operation: dict[str, object]):
    sheet = opened(tmp_path)
    with pytest.raises(RefusedError):
        sheet.apply(operation)
    assert b"".join(sheet.to_pieces()) == PLAIN.encode()


def test_tags_of_two_people_commute(tmp_path: Path):
    sheet = opened(tmp_path)
    add(sheet, "a", "blurry", "night", "blurry")
    sheet.apply({"op": "take", "row": "a", "tag": "fog"})
    assert sheet.rows["a"].tags == ("blurry", "night")


def test_a_cell_that_somebody_else_set_first_is_a_conflict(tmp_path: Path):
    sheet = opened(tmp_path)
    put(sheet, "a", "comment", "theirs")
    with pytest.raises(ConflictError) as conflict:
        put(sheet, "a", "comment", "mine")
    assert conflict.value.theirs == "theirs"
    put(sheet, "a", "true_label", "lynx")  # another cell of the row is none
    put(sheet, "a", "comment", "theirs")  # nor is the same text


def test_a_tag_is_renamed_everywhere_and_back(tmp_path: Path):
    sheet = opened(tmp_path)
    add(sheet, "a", "blury", "night")
    add(sheet, "b", "blury", "blurry")
    there = b"".join(sheet.to_pieces())
    before = sheet.apply({"op": "rename", "tag": "blury", "to": "blurry"})
    assert [key for key, _ in before] == ["a", "b"]
    assert [sheet.rows[x].tags for x in "ab"] == [("blurry", "night"), ("blurry",)]
    assert sheet.tags == ["night", "blurry"]
    sheet.apply({
        "op": "restore", "known": "blury", "place": 0,
        "changes": [{"row": "a", "take": ["blurry"], "add": [["blury", 0]]},
                    {"row": "b", "add": [["blury", 0]]}],
    })  # fmt: skip
    assert b"".join(sheet.to_pieces()) == there
    assert sheet.tags == ["blury", "night", "blurry"]


def test_a_tag_that_is_renamed_keeps_its_place(tmp_path: Path):
    sheet = opened(tmp_path)
    add(sheet, "a", "one", "two", "three")
    sheet.apply({"op": "rename", "tag": "two", "to": "deux"})
    assert sheet.tags == ["one", "deux", "three"]


def test_a_tag_is_deleted_everywhere(tmp_path: Path):
    sheet = opened(tmp_path)
    add(sheet, "a", "fog")
    add(sheet, "b", "fog", "night")
    sheet.apply({"op": "delete", "tag": "fog"})
    assert [sheet.rows[x].tags for x in "ab"] == [(), ("night",)]
    assert sheet.tags == ["night"]


def elsewhere(sheet: OpenSheet, old: str, new: str) -> None:
    text = sheet.path.read_text(encoding="utf-8")
    assert old in text
    sheet.path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_another_program_saved_is_merged_cell_by_cell(tmp_path: Path):
    sheet = opened(tmp_path)
    add(sheet, "a", "blurry")
    saved(sheet)
    add(sheet, "a", "night")  # not saved yet
    put(sheet, "b", "comment", "mine")
    elsewhere(sheet, "blurry,,,,", "fog,no,,hm,")
    assert sheet.changed_on_disk()
    assert sheet.merge() == []
    assert saved(sheet) == (
        PLAIN.replace("a,cat,dog,error,1,0,,,,,", "a,cat,dog,error,1,0,fog;night,no,,hm,")
        .replace("b,dog,cat,error,1,0,,,,,", "b,dog,cat,error,1,0,,,,mine,")
    )  # fmt: skip
    assert not sheet.changed_on_disk()


def test_a_cell_that_both_sides_set_is_a_conflict_and_theirs_stands(tmp_path: Path):
    sheet = opened(tmp_path)
    put(sheet, "a", "comment", "mine")
    elsewhere(sheet, "a,cat,dog,error,1,0,,,,,", "a,cat,dog,error,1,0,,,,theirs,")
    (conflict,) = sheet.merge()
    assert (conflict.key, conflict.name, conflict.theirs) == ("a", "comment", "theirs")
    assert sheet.rows["a"].comment == "theirs"


def test_rows_that_were_appended_come_in_and_others_go(tmp_path: Path):
    sheet = opened(tmp_path)
    add(sheet, "b", "night")
    text = b"".join(sheet.to_pieces()).decode().splitlines(keepends=True)
    sheet.path.write_text("".join([text[0], *text[2:], "d,cat,dog,error,1,0,new,,,,x\n"]))
    sheet.merge()
    assert sheet.keys == ["b", "c", "d"]
    assert sheet.tags == ["night", "new"]


def test_a_file_that_is_no_sheet_any_more_changes_nothing(tmp_path: Path):
    sheet = opened(tmp_path)
    add(sheet, "a", "night")
    sheet.path.write_text("id,label\n")
    with pytest.raises(InputError):
        sheet.merge()
    assert sheet.rows["a"].tags == ("night",)


def test_a_file_keeps_its_mode(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("old")
    path.chmod(0o640)
    write_in_place(path, [b"ne", b"w"])
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [x.name for x in tmp_path.iterdir()] == ["x.csv"]


def test_a_sheet_is_read_while_it_is_written(tmp_path: Path):
    sheet = opened(tmp_path)
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.02):
            write_in_place(sheet.path, sheet.to_pieces())

    writer = threading.Thread(target=work)
    writer.start()
    try:
        assert all(len(read_sheet(sheet.path).rows) == 3 for _ in range(60))
    finally:
        done.set()
        writer.join()


def test_a_link_leads_to_what_is_written(tmp_path: Path):
    (tmp_path / "there.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("there.csv")
    write_in_place(tmp_path / "link.csv", [b"new"])
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "there.csv").read_bytes() == b"new"


def test_a_second_review_is_refused_and_a_dead_one_taken_over(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("id\n")
    with SheetLock(path), pytest.raises(InputError, match=f"process {os.getpid()} reviews"):
        SheetLock(path).__enter__()
    assert not lock_of(path).exists()
    lock_of(path).write_text("999999\n")
    temporary_of(path).write_text("half")
    with SheetLock(path):
        assert not temporary_of(path).exists()


def test_rows_are_as_the_reader_will_find_them(tmp_path: Path):
    sheet = opened(tmp_path)
    add(sheet, "a", "night", "fog")
    put(sheet, "a", "comment", "hm")
    put(sheet, "b", "mislabeled", "x")
    put(sheet, "c", "mislabeled", "no")
    now = sheet.sheet_rows()
    saved(sheet)
    assert now == list(read_sheet(sheet.path).rows)
    assert [row.mislabeled for row in now] == [None, True, False]


UNITS = (
    "id,unit,where,label,prediction,stratum,sampling_weight,tags,comment\n"
    "1,Paris,3,LOC 3,PER 3,error,1,,\n"
    "1,Paris,9,LOC 9,,error,1,,\n"
    "1,Rome,12,LOC 12,,error,1,,\n"
    "2,Paris,3,,PER 3,error,1,,\n"
)


def test_rows_of_one_example_are_told_apart_by_their_units(tmp_path: Path):
    sheet = opened(tmp_path, UNITS)
    assert sheet.keys == ["1 · Paris · 3", "1 · Paris · 9", "1 · Rome · 12", "2 · Paris · 3"]
    add(sheet, "1 · Paris · 9", "capitals")
    put(sheet, "1 · Rome · 12", "comment", "seen")
    assert saved(sheet) == UNITS.replace(
        "9,LOC 9,,error,1,,", "9,LOC 9,,error,1,capitals,"
    ).replace("12,LOC 12,,error,1,,", "12,LOC 12,,error,1,,seen")


def test_units_that_a_spreadsheet_sorts_keep_what_is_theirs(tmp_path: Path):
    sheet = opened(tmp_path, UNITS)
    add(sheet, "1 · Paris · 3", "mine")
    head, *rows = UNITS.splitlines(keepends=True)
    sheet.path.write_text(head + "".join(reversed(rows)))
    assert sheet.merge() == []
    assert [k for k in sheet.keys if sheet.rows[k].tags] == ["1 · Paris · 3"]
    assert "1,Paris,3,LOC 3,PER 3,error,1,mine,\n" in saved(sheet)


def test_a_unit_that_stands_twice_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="'1 · Paris · 3' is already in row 2") as refused:
        opened(tmp_path, UNITS + "1,Paris,3,LOC 3,,error,1,,\n")
    assert "each id, unit and where once" in str(refused.value)
    assert len(read_sheet(tmp_path / "review.csv").rows) == 5  # who only reads takes it


def test_a_sheet_that_is_open_takes_little_memory_a_row(tmp_path: Path):
    header = "id,split,label,prediction,score,stratum,sampling_weight,seed,tags,comment,run.site"
    rows = [f"r{i},dev,cat{i % 9},dog{i % 7},0.5,error: cat,1.5,0,,,north" for i in range(2_000)]
    path = tmp_path / "sheet.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    OpenSheet(path)  # what is loaded for it is counted before
    tracemalloc.start()
    try:
        sheet = OpenSheet(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(sheet.rows) == 2_000
    assert peak / 2_000 < 900  # bytes; of 80 a row in the file
