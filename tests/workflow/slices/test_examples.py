"""Worked examples: tails, intervals, cuts and the parts of a gap."""

from __future__ import annotations

import numpy as np
import polars as pl

from mlstrat.core.counts import Cells
from mlstrat.workflow.slices.analysis import decompose_column, label_pairs
from mlstrat.workflow.slices.compute import above_rest, hypergeometric_tail, student_tail
from mlstrat.workflow.slices.cutter import (
    kept_values,
    range_names,
    rounded_edges,
    rounded_moments,
    written,
)
from mlstrat.workflow.slices.read import (
    ComparableColumns,
    comparable_columns,
    own_of_model,
)
from mlstrat.workflow.slices.search import SliceColumn


def test_labels_mistaken_for_each_other_say_what_would_be_left():
    ones = np.ones(3)
    cells = Cells(
        ("cat", "dog"),
        ("dev",),
        np.zeros(3, int),
        np.array([0, 1, 1]),
        np.array([0, 0, 1]),
        np.array([50, 10, 40]),
        50 * ones,
        50 * ones,
    )
    assert [(x.label, x.prediction, x.errors, x.left) for x in label_pairs(cells, 0.95)] == [
        ("dog", "cat", 10, 0.0)
    ]


def test_a_name_tells_what_is_the_models():
    assert [own_of_model(x) for x in ("pred_old", "Confidence", "site")] == [True, True, False]


def test_few_values_are_compared_by_and_many_are_not():
    frame = pl.DataFrame(
        {
            "label": [0, 1] * 30,
            "prediction": [0] * 60,
            "day": range(60),
            "place": ["north", "south"] * 30,
            "pred_old": [1] * 60,
        }
    )
    assert comparable_columns(frame, {}, 60) == ComparableColumns(
        columns=("place",), left_out=(("day", 60),)
    )


def test_the_lady_tasting_tea():
    assert round(hypergeometric_tail(3, 4, 4, 8), 6) == 0.242857


def test_the_tail_of_student():
    assert (round(student_tail(2.228139, 10), 6), round(student_tail(-1.0, 1), 2)) == (0.025, 0.75)


def test_the_interval_of_a_slice_above_the_rest():
    assert [round(x, 3) for x in above_rest((50, 15), (250, 35), 0.95).ci] == [0.08, 0.342]


def test_edges_have_as_few_digits_as_keep_them_apart():
    assert rounded_edges([1.23456, 1.23456, 7.0]) == (1.235, 7.0)


def test_days_and_hours_are_written_with_as_few_parts():
    assert written("day", [1717545600.0, 1718150400.0]) == ("2024-06-05", "2024-06-12")
    assert written("hour", [29820.0, 61200.0]) == ("08:17", "17:00")


def test_moments_are_rounded_to_what_they_are_far_from():
    assert rounded_moments([1717631008.0, 1725005854.0], "day") == (1717545600.0, 1724976000.0)


def test_ranges_begin_at_their_edges():
    assert range_names(("10", "20.5")) == ("< 10", "10 to < 20.5", ">= 20.5")


def test_frequent_values_are_kept():
    assert kept_values({"a": 90, "b": 50, "c": 3, "d": 2}, smallest=20) == ("a", "b")


def test_errors_of_one_value_alone_are_all_mix():
    table = np.array([[[70, 20], [0, 10]], [[0, 66], [0, 34]]])  # all errors are in "b"
    found = decompose_column(SliceColumn("x", ("a", "b")), table, 0.95)
    assert (round(found.mix.value, 6), round(found.within.value, 6)) == (0.235667, 0.004333)
