"""Text on a narrow terminal: nothing is wider than it, and what is to be copied stays whole."""

from __future__ import annotations

import pytest

from mlstrat.report.blocks import Heading, Item, Ladder, Paragraph, Step
from mlstrat.report.text import render


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


@pytest.mark.parametrize(("width", "indent"), [(80, 21), (60, 16), (45, 1), (44, 0), (40, 0)])
def test_a_step_of_the_ladder_stands_as_far_to_the_right_as_it_fits(width, indent):
    (line,) = render(
        [Ladder((Step("data mismatch: +5.7 points", True),), False)], width
    ).splitlines()
    whole = " " * indent + "↓ data mismatch: +5.7 points  ◀ work on this"
    assert line == whole[:width]


def test_a_heading_is_no_wider_than_the_terminal():
    text = render(
        [Heading("Labels mistaken for each other, and what mending each would bring")], 40
    )
    assert max(map(len, text.splitlines())) <= 40
