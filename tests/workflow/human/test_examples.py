"""Worked examples: who answered what, and who is the best."""

from __future__ import annotations

import numpy as np
import polars as pl

from mlstrat.core.figures import Estimate, Sampling
from mlstrat.data.rates import Rate
from mlstrat.workflow.human.crowd import cross_fit, majority, proxy_of_levels
from mlstrat.workflow.human.read import TypedPerson, kind_of, read_people


def test_a_tie_is_no_answer():
    assert majority(np.array([[0, 0, 1], [0, 1, -1], [2, -1, -1]])).tolist() == [0, -1, 2]


def test_whoever_errs_least_on_two_thirds_is_measured_on_the_third():
    assert (
        cross_fit(np.array([[0.1, 0.0], [0.0, 0.3]]), np.array([9, 9]), seed=0).round(1)
    ).tolist() == [[1.0, 0.0], [1.0, 0.0]]


def test_the_lowest_typed_level_is_the_proxy():
    assert (
        proxy_of_levels(["doctor", "team"], [Estimate(0.01), Estimate(0.005)], Sampling()).name
        == "team"
    )


def test_a_table_of_levels_is_read_row_by_row():
    assert read_people(pl.DataFrame({"name": ["typical", "expert"], "error": ["3%", "1%"]})).levels[
        1
    ] == TypedPerson(name="expert", rate=Rate(value=0.01, errors=None, n=None), group=None)


def test_columns_tell_what_a_table_is_in_any_case():
    assert (kind_of(("id", "annotator", "answer"), {}), kind_of(("Name", "Error"), {})) == (
        "long",
        "levels",
    )
