"""Small figures of the table of errors, each checked by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlstrat.core.figures import Figure, Sampling
from mlstrat.workflow.error_table.automatic_answer import tagged_ceiling
from mlstrat.workflow.error_table.findings import reading_level
from mlstrat.workflow.error_table.parts_read import part_names
from mlstrat.workflow.error_table.review.answer import reader_path
from mlstrat.workflow.error_table.review.compute import kappa
from mlstrat.workflow.error_table.review.example_read import column_named
from mlstrat.workflow.error_table.table import DrawnError, SplitError, all_at_once
from mlstrat.workflow.error_table.tally import (
    best_covers,
    errors_stood_for,
    tally_counts,
    tally_errors,
)
from mlstrat.workflow.error_table.write import cell_text


def test_the_ceiling_of_a_tag_that_half_of_the_errors_have():
    wrong, some = (np.arange(400) < 100) * 1.0, np.where(np.arange(400) < 50, -1.0, 0.0)
    gain, left = tagged_ceiling(wrong, np.ones(400), (some, np.zeros(400)), None, 0.95)
    assert (gain.value, left) == (0.125, 0.125)
    assert [round(x, 3) for x in gain.ci] == [0.096, 0.163]


def test_parts_are_called_without_the_after_that_all_have():
    assert part_names(["after_detect", "after_read"]) == ["detect", "read"]
    assert part_names(["after_detect", "read"]) == ["after_detect", "read"]


def test_how_good_a_sense_so_many_errors_give():
    levels = ["very_rough", "rough", "good", "very_good"]
    assert [reading_level(n) for n in (10, 20, 50, 100)] == levels


def test_each_of_five_tags_at_the_confidence_of_all():
    assert all_at_once(0.95, 5) == 0.99


def test_a_column_is_found_in_any_case_with_or_without_the_prefix():
    assert column_named(["id", "run.Text"], "text") == "run.Text"
    assert column_named(["id"], "text") is None


def test_a_second_reader_writes_beside_the_sheet():
    assert reader_path(Path("out/review.csv"), "anna").as_posix() == "out/review.anna.csv"


def test_kappa_of_two_readers():
    assert round(kappa(np.array([[40, 5], [5, 10]]), Sampling()).value, 3) == 0.556


def test_shares_of_tags_and_how_often_each_is_alone():
    rows = [DrawnError(frozenset(x)) for x in (["Dog"], ["Blurry"], ["Cat", "Blurry"], ["Cat"])]
    table = tally_errors(rows, ["Dog", "Blurry", "Cat"], SplitError())
    assert [(c.tag, c.share.value, c.only) for c in table.categories] == [
        ("Blurry", 0.5, 1), ("Cat", 0.5, 1), ("Dog", 0.25, 1),
    ]  # fmt: skip


def test_five_dogs_of_a_hundred_errors_gain_half_a_point():
    (dog,) = tally_counts({"dog": 5}, 100, SplitError(Figure(0.10))).categories
    assert (round(dog.gain.value, 4), round(dog.error, 4)) == (0.005, 0.095)


def test_an_error_that_was_read_stands_for_all():
    rows = [DrawnError(frozenset()), DrawnError(frozenset(), reviewed=False)]
    assert errors_stood_for(rows, SplitError(errors=100), weighted=False).tolist() == [100, 0]


def test_a_tag_that_is_a_part_of_another_adds_nothing():
    marks = np.array([[1, 1, 0], [1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]], float)
    assert best_covers(marks, np.ones(5)) == ((0,), (0, 2), (0, 1, 2))


def test_values_of_a_run_as_cells():
    texts = [cell_text(x) for x in (None, float("nan"), " 007", True, 0.5, b"a")]
    assert texts == ["", "", "007", "true", "0.5", "a"]
