"""A sheet under review that a spreadsheet saves meanwhile, in the bytes that it writes.

The patterns are those of LibreOffice Calc 7.4 (which quotes what holds a separator, a quote or a
line end, writes a line feed after each row and no mark before UTF-8), of Excel and of Numbers.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstrat.data.sheet.editing import OpenSheet
from mlstrat.data.sheet.read import read_sheet

SHEET = (
    "id,split,label,prediction,score,stratum,sampling_weight,tags,mislabeled,true_label,comment,"
    "run.text\n"
    'a1,dev,cat,dog,0.5,error,2.5,blurry;night,no,,"two\nlines, ""quoted""","one, ""two""\nthree"\n'
    'a2,dev,dog,cat,0.25,error,2.5,\'=cmd,x,cat|lynx,, plain ä ""\n'
    "a3,dev,dog,cat,0.125,error,2.5,,,,,'=1+1\n"
    "a4,dev,cat,cat,1,correct,9,,,,hm,x; y\n"
)

COMMAS = (
    'a1,dev,cat,dog,0.5,error,2.5,blurry;night,no,,"two\nlines, ""quoted""","one, ""two""\nthree"',
    'a2,dev,dog,cat,0.25,error,2.5,\'=cmd,x,cat|lynx,," plain ä """""',
    "a3,dev,dog,cat,0.125,error,2.5,,,,,'=1+1",
    "a4,dev,cat,cat,1,correct,9,,,,hm,x; y",
)
SEMICOLONS = (
    'a1;dev;cat;dog;0.5;error;2.5;"blurry;night";no;;"two\nlines, ""quoted""";'
    '"one, ""two""\nthree"',
    'a2;dev;dog;cat;0.25;error;2.5;\'=cmd;x;cat|lynx;;" plain ä """""',
    "a3;dev;dog;cat;0.125;error;2.5;;;;;'=1+1",
    'a4;dev;cat;cat;1;correct;9;;;;hm;"x; y"',
)
QUOTED = (
    '"a1","dev","cat","dog",0.5,"error",2.5,"blurry;night","no",,"two\nlines, ""quoted""",'
    '"one, ""two""\nthree"',
    '"a2","dev","dog","cat",0.25,"error",2.5,"\'=cmd","x","cat|lynx",," plain ä """""',
    '"a3","dev","dog","cat",0.125,"error",2.5,,,,,"\'=1+1"',
    '"a4","dev","cat","cat",1,"correct",9,,,,"hm","x; y"',
)
TABS = tuple(
    x.replace('"blurry;night"', "blurry~night").replace('"x; y"', "x~ y").replace(";", "\t")
    .replace("~", ";") for x in SEMICOLONS
)  # fmt: skip
COMMAS_IN_NUMBERS = tuple(
    x.replace(";0.", ";0,").replace(";2.5;", ";2,5;") for x in SEMICOLONS
)  # fmt: skip


def bytes_of(rows: tuple[str, ...], separator: str, encoding: str, end: str = "\n") -> bytes:
    head = SHEET.splitlines()[0].replace(",", separator)
    if rows is QUOTED:
        head = ",".join(f'"{x}"' for x in head.split(","))
    return "".join(x + end for x in (head, *rows)).encode(encoding)


SAVED = {
    "LibreOffice": bytes_of(COMMAS, ",", "utf-8"),
    "LibreOffice, semicolons": bytes_of(SEMICOLONS, ";", "utf-8"),
    "LibreOffice, all texts quoted": bytes_of(QUOTED, ",", "utf-8"),
    "LibreOffice, western Europe": bytes_of(SEMICOLONS, ";", "cp1252"),
    "LibreOffice, UTF-16": bytes_of(TABS, "\t", "utf-16"),
    "Excel, CSV UTF-8": bytes_of(SEMICOLONS, ";", "utf-8-sig", "\r\n"),
    "Excel, decimal commas": bytes_of(COMMAS_IN_NUMBERS, ";", "cp1252", "\r\n"),
    "Excel, its own line": b"sep=;\r\n" + bytes_of(SEMICOLONS, ";", "cp1252", "\r\n"),
    "a line of Excel in UTF-16": (
        "\ufeffsep=\t\r\n".encode("utf-16-le") + bytes_of(TABS, "\t", "utf-16-le", "\r\n")
    ),
    "Excel, Unicode text": bytes_of(TABS, "\t", "utf-16", "\r\n"),
    "Numbers": bytes_of(COMMAS, ",", "utf-8", "\r\n"),
}


def rows_of(path: Path) -> list[tuple[object, ...]]:
    return [
        (x.id, x.label, x.prediction, x.score, x.weight, x.tags, x.mislabeled, x.true_label,
         x.comment, dict(x.columns)) for x in read_sheet(path).rows
    ]  # fmt: skip


@pytest.mark.parametrize("program", SAVED)
def test_a_spreadsheet_may_save_the_sheet_at_any_moment(tmp_path: Path, program: str):
    path, raw = tmp_path / "review.csv", SAVED[program]
    path.write_bytes(SHEET.encode())
    before = rows_of(path)
    sheet = OpenSheet(path)
    sheet.apply({"op": "add", "row": "a3", "tag": "tagged meanwhile"})
    path.write_bytes(raw)
    assert rows_of(path) == before
    assert sheet.changed_on_disk()
    assert sheet.merge() == []
    sheet.apply({"op": "set", "row": "a4", "field": "mislabeled", "value": "no", "was": ""})
    out = b"".join(sheet.to_pieces())
    path.write_bytes(out)
    found = read_sheet(path).rows
    assert [sorted(x.tags) for x in found] == [
        ["blurry", "night"],
        ["=cmd"],
        ["tagged meanwhile"],
        [],
    ]
    assert [x.mislabeled for x in found] == [False, True, None, False]
    until = sheet.file.at[2]  # what nobody touched is as the spreadsheet wrote it
    untouched = sum(map(len, sheet.file.pieces[:until])) + len(sheet.file.mark)
    assert out[:untouched] == raw[:untouched]
    assert out.count(b"tagged meanwhile".decode().encode(sheet.file.codec)) == 1


def test_an_id_that_a_spreadsheet_takes_for_a_number_is_another_row(tmp_path: Path):
    path = tmp_path / "review.csv"
    path.write_text("id,label,prediction,tags\n007,a,b,old\n8,a,b,\n")
    sheet = OpenSheet(path)
    path.write_text("id,label,prediction,tags\n7,a,b,old\n8,a,b,\n")
    sheet.merge()
    assert sheet.keys == ["7", "8"]
    assert sheet.rows["7"].tags == ("old",)  # its answers went along
