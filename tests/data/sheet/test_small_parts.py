"""Small parts of the review sheet, each checked by hand."""

from __future__ import annotations

import polars as pl

from mlstrat.data.sheet.design import (
    EyeballSet,
    Part,
    allocate,
    eyeball_of_text,
    eyeball_wear,
    pooled,
    stratum_name,
)
from mlstrat.data.sheet.editing import Filled, merged
from mlstrat.data.sheet.layout import number, words
from mlstrat.data.sheet.pieces import line_of, quoted, split_cells, unquoted
from mlstrat.data.sheet.read import read_sheet, same_tag, variants

EYEBALL = "seed 0 cut 00000000000000ff eyeball 50/500 blackbox 451/4500"


def test_the_tags_and_the_number_of_a_cell():
    assert words(" great  cat; blurry ,; dog") == ("great cat", "blurry", "dog")
    assert number("12,5", decimal_comma=True) == number("12.5", decimal_comma=True) == 12.5
    assert number("x", decimal_comma=False) is None


def test_a_stratum_is_named_by_its_kind_and_part():
    assert stratum_name("all") == "error"
    assert stratum_name("all", "cat→dog") == "error: cat→dog"
    assert stratum_name("fp") == "error: false positive"
    assert stratum_name("fp", "site=north") == "error: false positive, site=north"


def test_the_rarest_strata_are_drawn_as_one_and_rows_in_proportion():
    names = {"a": "a", "b": "b", "c": "rest", "d": "rest"}
    assert pooled({"a": 50, "b": 30, "c": 2, "d": 1}, 6, "rest") == names
    sizes = {"a": 90, "b": 9, "c": 1}
    first = allocate(sizes, 10)
    assert first == {"a": 7, "b": 2, "c": 1}
    assert allocate(sizes, 10, first) == {"a": 10, "b": 0, "c": 0}


def test_an_eyeball_set_is_one_cell():
    fixed = EyeballSet(0, 255, Part(50, 500), Part(451, 4500))
    assert fixed.to_text() == EYEBALL
    assert eyeball_of_text(EYEBALL) == fixed


def test_an_eyeball_set_is_worn_where_its_error_fell_faster():
    fixed = EyeballSet(0, 1 << 60, Part(100, 500), Part(900, 4500))
    assert eyeball_wear(fixed, Part(20, 500), Part(720, 4500), 0.95).worn
    assert not eyeball_wear(fixed, Part(75, 500), Part(720, 4500), 0.95).worn


def test_two_sides_of_a_row_are_merged():
    base, ours = Filled(("a", "b")), Filled(("a", "b", "c"), comment="mine")
    row, apart = merged("7", base, ours, Filled(("b",), comment="theirs"))
    assert (row.tags, row.comment) == (("b", "c"), "theirs")
    assert [x.name for x in apart] == ["comment"]


def test_cells_as_they_are_written():
    assert split_cells('a,"b, ""c""\n",, d', ",") == ["a", '"b, ""c""\n"', "", " d"]
    assert [quoted("a;b", ","), quoted("a;b", ";")] == ["a;b", '"a;b"']
    assert quoted('say "x" now', ",") == '"say ""x"" now"'
    assert [unquoted('"say ""x"" now"'), unquoted('a "b"')] == ['say "x" now', 'a "b"']
    assert line_of(["a", "b,c", ""], ",") == 'a,"b,c",'


def test_spellings_of_one_tag():
    counts = {"Blurry": 5, "blury": 1, "dog": 8, "great cat": 2, "great cats": 3, "fog": 1}
    assert variants(counts) == (("Blurry", "blury"), ("great cats", "great cat"))
    assert same_tag("low-light", "Low light")
    assert not same_tag("night", "light")
    assert not same_tag("v1", "v2")


def test_a_frame_is_a_sheet():
    tags, night = ["Dog", "great cat; Blurry", None], ["", "x", ""]
    sheet = read_sheet(pl.DataFrame({"tags": tags, "night": night, "site": ["a", "b", "c"]}))
    assert sheet.tags == ("Dog", "great cat", "Blurry", "night")
    assert sheet.ignored == ("site",)
    assert [sorted(row.tags) for row in sheet.rows] == [
        ["Dog"],
        ["Blurry", "great cat", "night"],
        [],
    ]
