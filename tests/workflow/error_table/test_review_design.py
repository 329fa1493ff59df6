"""Strata of a review sheet: what is drawn of each, and what a row stands for."""

from __future__ import annotations

import pytest

from mlstrat.data.sheet.design import Drawn, allocate, pooled, stratum_name

SIZES = {"a": 400, "b": 90, "c": 9, "d": 1}


@pytest.mark.parametrize("n", [1, 7, 8, 50, 499, 500, 900])
def test_all_that_is_asked_for_is_drawn_and_never_more_than_there_is(n):
    drawn = allocate(SIZES, n)
    assert sum(drawn.values()) == min(n, 500)
    assert all(drawn[name] <= SIZES[name] for name in SIZES)


def test_each_stratum_has_two_and_the_rest_is_in_proportion():
    drawn = allocate(SIZES, 100)
    assert drawn == {"a": 79, "b": 18, "c": 2, "d": 1}


def test_drawing_in_two_steps_is_drawing_at_once():
    first = allocate(SIZES, 30)
    more = allocate(SIZES, 70, first)
    assert {k: first[k] + more[k] for k in SIZES} == allocate(SIZES, 100)


def test_strata_too_rare_to_have_two_rows_are_drawn_as_one():
    sizes = {f"s{i:02}": 100 - i for i in range(50)}
    names = pooled(sizes, 20, "rest")
    assert sorted(set(names.values())) == ["rest", *(f"s{i:02}" for i in range(9))]
    assert pooled(sizes, 100, "rest") == {name: name for name in sizes}
    assert set(pooled(sizes, 1, "rest").values()) == {"rest"}


def test_a_row_stands_for_the_rows_of_its_stratum():
    assert Drawn("error", 200, 50, 50).weight == 4
    assert Drawn("error", 200, 0, 0).weight is None
    assert Drawn("error", 200, 50, 50, random=False).weight is None


def test_strata_of_errors_begin_with_error():
    assert stratum_name("fn") == "error: false negative"
    assert stratum_name("fn", "site=a") == "error: false negative, site=a"
