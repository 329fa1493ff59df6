"""Worked examples: overlaps, mixes, sizes and how they are written."""

from __future__ import annotations

import numpy as np

from mlstrat.workflow.splits.checks import find_overlaps, mix_difference
from mlstrat.workflow.splits.findings import fine, points
from mlstrat.workflow.splits.planning import Wanted, make_plan, rules_of_thumb


def test_what_lies_in_two_splits_is_counted_in_each():
    found = find_overlaps(np.array([5, 5, 9], np.uint64), np.array([0, 1, 1]), ["train", "dev"])
    assert (found[0][0].shared, found[0][0].rows, found[1]) == (1, (1, 1), 2)


def test_alike_mixes_are_not_told_apart_and_others_are():
    assert mix_difference(np.array([50, 50]), np.array([50, 50])) == (0.0, 1.0)
    assert mix_difference(np.array([90, 10]), np.array([50, 50])) == (0.4, 0.0001)


def test_a_figure_has_as_many_digits_as_it_takes():
    assert (fine(0.001), fine(0.05), fine(0.01234)) == ("0.1", "5", "1.2")


def test_one_point_is_singular():
    assert (points(0.01), points(0.001)) == ("1 point", "0.1 points")


def test_a_million_examples_have_the_new_shares():
    assert [(rule.name, rule.counts) for rule in rules_of_thumb(1_000_000)] == [
        ("98/1/1", (980000, 10000, 10000))
    ]


def test_an_eyeball_set_holds_the_errors_to_read():
    assert make_plan(Wanted(error=0.05, eyeball_errors=100)).sizes["eyeball"] == 2000
