"""Text on a narrow terminal: nothing is wider than it, and what is to be copied stays whole."""

from __future__ import annotations

import pytest

from mlstrat.errors import inert
from mlstrat.show.blocks import Heading, Item, Ladder, Paragraph, Step, Table
from mlstrat.show.text import render


def test_an_option_is_not_parted_at_its_hyphens():
    text = render([Paragraph("Look at it: mlstrat error-table review.csv --show-config")], 26)
    assert text.splitlines() == ["Look at it: mlstrat", "error-table review.csv", "--show-config"]


def test_the_title_of_a_finding_begins_at_the_margin_and_goes_on_indented():
    item = Item("MLS520", "note", "The intervals are adjusted for the number of checks", "2.", ())
    assert render([item], 60).splitlines() == [
        "note MLS520 The intervals are adjusted for the number of",
        "  checks",
        "  2.",
    ]


@pytest.mark.parametrize(("width", "indent"), [(80, 21), (60, 16), (45, 1), (44, 0)])
def test_a_step_of_the_ladder_stands_as_far_to_the_right_as_it_fits(width, indent):
    (line,) = render(
        [Ladder((Step("data mismatch: +5.7 points", "◀ work on this"),), False)], width
    ).splitlines()
    whole = " " * indent + "↓ data mismatch: +5.7 points  ◀ work on this"
    assert line == whole


def test_where_the_words_of_a_mark_do_not_fit_its_sign_stands_alone():
    ladder = Ladder((Step("data mismatch: +5.7 points", "◀ work on this"),), False)
    assert render([ladder], 40).rstrip("\n") == " " * 9 + "↓ data mismatch: +5.7 points  ◀"


WIDE = Table(
    ("candidate", "accuracy", "95% interval", "log loss on dev", "feasible", "tied", "Pareto"),
    (("forest", "92.0%", "90.2 to 93.5", "0.25", "yes", "yes", "yes"),
     ("a_long_name_of_a_model", "90.0%", "88.0 to 91.7", "0.31", "no", "–", "no")),
)  # fmt: skip


def test_a_wide_table_first_gets_shorter_heads_then_two_lines_a_row():
    assert " ".join(render([WIDE], 100).splitlines()[0].split()) == " ".join(WIDE.columns)
    narrower = render([WIDE], 80).splitlines()
    assert "log loss" in narrower[0]
    assert "on dev" in narrower[1]
    stacked = render([WIDE], 60).splitlines()
    i = next(i for i, line in enumerate(stacked) if line.startswith("forest"))
    assert "92.0%" in stacked[i]
    assert stacked[i + 1].startswith("   ")
    assert "yes" in stacked[i + 1]


@pytest.mark.parametrize("width", [120, 80, 60, 50])
def test_no_cell_is_lost_and_no_line_too_long_however_narrow(width):
    text = render([WIDE], width)
    assert max(map(len, text.splitlines())) <= width
    words = set(text.split())
    for row in WIDE.rows:
        for cell in row:
            assert set(cell.split()) <= words


def test_words_in_a_table_wrap_and_figures_do_not():
    row = ("dev", "tells 0.1 points, two models on the same examples", "80,475")
    table = Table(("set", "because", "examples"), (row,), 2)
    lines = render([table], 50).splitlines()
    assert max(map(len, lines)) <= 50
    assert "80,475" in lines[2]
    assert lines[3].strip()


def test_a_heading_is_no_wider_than_the_terminal():
    text = render(
        [Heading("Labels mistaken for each other, and what mending each would bring")], 40
    )
    assert max(map(len, text.splitlines())) <= 40


@pytest.mark.parametrize("line", ["::error title=x::y", "  ::add-mask::y", "\x1b[1m::group::y"])
def test_no_line_orders_the_runner_of_a_job(line: str):
    assert inert(f"a\n{line}\n") == f"a\n{line.replace('::', chr(92) + '::', 1)}\n"


def test_wrapping_and_folding_make_no_order():
    wide = "字" * 30  # two columns each, so that the table folds
    rows = ((f"{wide}::error::x", "1"), ("##[error]y", "::warning::z"))
    text = render([Paragraph("x" * 75 + " ::error::x ##[error]y"), Table(("a", "b"), rows)])
    lines = [line.lstrip() for line in text.splitlines()]
    assert not [line for line in lines if line.startswith("::") or "##[" in line]
    assert [line for line in lines if line.startswith("\\::error::x ##\\[error]y")]


@pytest.mark.parametrize("text", ["std::vector", "a ::b::", "## [a]", "#[a]", "# a\n: :", "###"])
def test_other_text_stays_as_it_is_to_the_byte(text: str):
    assert inert(text) == text
