"""How often a source of noise is used again, and what a source should weigh."""

from __future__ import annotations

import pytest

from mlstrat.errors import UsageError
from mlstrat.workflow.study.read import balancing_weight, source_reuse


def test_d1_one_hour_of_noise_under_ten_thousand_clean_hours():
    assert source_reuse(clean=10_000, sources=1) == 10_000
    assert source_reuse(clean=1_000, sources=1) == 1_000
    assert source_reuse(clean=10_000, sources=10_000) == 1


def test_d2_a_thousand_hours_of_ten_cars_are_ten_sources():
    assert source_reuse(clean=1_000, sources=10) == 100


def test_w1_the_source_that_there_is_more_of_weighs_less():
    assert balancing_weight(target=5_000, other=200_000) == 1 / 40


@pytest.mark.parametrize("amount", [0, -1, float("inf"), float("nan")])
def test_amounts_must_be_above_0(amount):
    with pytest.raises(UsageError, match="above 0"):
        source_reuse(clean=amount, sources=1)
    with pytest.raises(UsageError, match="above 0"):
        source_reuse(clean=1, sources=amount)


def test_weights_need_both_sources():
    with pytest.raises(UsageError, match="above 0"):
        balancing_weight(0, 10)
