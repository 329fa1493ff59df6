"""The tools that decide, against other ways to compute them."""

from __future__ import annotations

import pytest
from scipy.stats import beta

from mlstrat.core.intervals import (
    clopper_pearson,
    contrast,
    newcombe_interval,
    normal_quantile,
    proportion_interval,
    t_quantile,
    wilson_interval,
)
from mlstrat.core.sample_size.to_settle import OUTCOMES, mostly


@pytest.mark.parametrize("shared", [-0.5, 0.0, 0.8, 1.0])
def test_a_contrast_of_two_is_newcombes_difference(shared):
    a, b = (0.1, (0.07, 0.15)), (0.2, (0.15, 0.26))
    found = contrast([(1, *b), (-1, *a)], lambda _i, _j: shared)
    assert found == pytest.approx(newcombe_interval(*a, *b, shared))


@pytest.mark.parametrize(("events", "trials"), [(0, 12), (3, 12), (12, 12), (2.5, 40.5)])
@pytest.mark.parametrize("confidence", [0.9, 0.999])
def test_clopper_and_pearson_by_quantiles_of_the_beta_distribution(events, trials, confidence):
    tail = (1 - confidence) / 2
    low = beta.ppf(tail, events, trials - events + 1) if events else 0.0
    high = beta.isf(tail, events + 1, trials - events) if events < trials else 1.0
    assert clopper_pearson(events, trials, confidence) == pytest.approx((low, high))


def test_a_proportion_is_wilsons_up_to_99_percent_and_exact_beyond():
    assert proportion_interval(0.1, 50, 0.99) == wilson_interval(0.1, 50, normal_quantile(0.99))
    assert proportion_interval(0.1, 50, 0.995) == clopper_pearson(5, 50, 0.995)
    assert proportion_interval(0.1, 50, 0.9, exact=True) == clopper_pearson(5, 50, 0.9)
    fewer = 50 * (normal_quantile(0.995) / t_quantile(0.995, 9)) ** 2
    assert proportion_interval(0.1, 50, 0.995, 9) == clopper_pearson(0.1 * fewer, fewer, 0.995)


def test_four_fifths_of_the_outcomes_settle():
    assert mostly(OUTCOMES < 9)
    assert mostly(OUTCOMES < 0.85)
    assert mostly(abs(OUTCOMES) < 1.3)  # 81%
    assert not mostly(OUTCOMES > -0.8)  # 79%
    assert not mostly(abs(OUTCOMES) > 0.3)  # settled either way, and open between
