"""The course's numbers on reading errors, through the public interface."""

from __future__ import annotations

import pandas as pd
import pytest

import mlstrat as ms


def shares(rows):
    found = ms.error_table(pd.DataFrame({"tags": ["; ".join(tags) for tags in rows]})).to_dict()
    return {c["tag"]: c["share"]["value"] for c in found["categories"]}


def test_e1a_dogs_are_probably_not_worth_months():
    found = ms.error_table(error="10%", reviewed=100, tags={"dogs": 5})
    (dogs,) = found.to_dict()["categories"]
    assert dogs["share"]["value"] == 0.05
    assert dogs["ceiling"]["gain"] == pytest.approx(0.005)
    assert dogs["ceiling"]["error"] == pytest.approx(0.095)
    assert dogs["ceiling"]["ci"] == pytest.approx([0.00215, 0.01118], abs=1e-5)
    assert 'Without "dogs" the error is 9.5%, not 10.0%, at best.' in found.to_text()


def test_e1a_with_the_size_of_the_dev_set_says_that_not_even_a_full_fix_would_show():
    # 100 errors of 1,000 rows, all read: five errors fixed are McNemar's p = 0.0625.
    found = ms.error_table(error="100/1000", reviewed=100, tags={"dogs": 5})
    assert found.categories[0].worth == "no"
    assert " ".join(found.to_text().split()).startswith(
        'Without "dogs" the error is 9.5%, not 10.0%, at best. A full fix would not show on this '
        "dev set: that takes 6 errors."
    )


def test_e1_the_other_case_of_the_lecture_dogs_are_half_of_the_errors():
    found = ms.error_table(error="100/1000", reviewed=100, tags={"dogs": 50})
    assert found.categories[0].error == pytest.approx(0.05)
    assert found.categories[0].worth == "yes"


def test_e3_shares_overlap_and_need_not_add_up():
    rows = [["Dog"], ["Blurry"], ["Great cat", "Blurry"], ["Great cat"]]
    assert shares(rows) == {"Dog": 0.25, "Great cat": 0.5, "Blurry": 0.5}


def test_e13_the_same_table_for_speech():
    rows = [["loud noise"], ["loud noise", "far"], ["fast", "far"], ["loud noise"]]
    assert shares(rows) == {"loud noise": 0.75, "fast": 0.25, "far": 0.5}


def test_the_lectures_table_of_100_cats():
    # C3W2: of 100 errors 8 dogs, 43 great cats, 61 blurry, 12 with filters.
    tags = {"Dog": 8, "Great cats": 43, "Blurry": 61, "Instagram": 12}
    found = ms.error_table(error="10%", reviewed=100, tags=tags)
    assert [c.tag for c in found.categories] == ["Blurry", "Great cats", "Instagram", "Dog"]
    assert sum(c.share.value for c in found.categories) > 1


def test_the_grid_ends_in_the_percentages_of_the_total():
    rows = ["Dog", "Blurry", "Great cat; Blurry", "Great cat"]
    text = ms.error_table(pd.DataFrame({"tags": rows}), rows=True).to_text()
    (last,) = [line for line in text.splitlines() if line.startswith("% of total")]
    assert last.split() == ["%", "of", "total", "50.0%", "50.0%", "25.0%"]
