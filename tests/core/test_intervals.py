"""Closed-form intervals against published numbers, statsmodels' figures and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mlstrat.core.intervals import (
    _legendre,
    logit_interval,
    newcombe_interval,
    normal_quantile,
    paired_correlation,
    t_quantile,
    wilson_interval,
)


def test_the_quadrature_is_that_of_numpy():
    """NumPy's weights of 2.0 and 2.4 differ by up to 4e-13 of the least."""
    for ours, theirs in zip(_legendre(), np.polynomial.legendre.leggauss(64), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
def test_quantiles_agree_with_scipy(confidence):
    assert normal_quantile(confidence) == pytest.approx(stats.norm.ppf(0.5 + confidence / 2))
    if confidence <= 0.99:
        for degrees in (4, 7, 19, 200):
            wanted = stats.t.ppf(0.5 + confidence / 2, degrees)
            assert t_quantile(confidence, degrees) == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (1, 29), (15, 148), (81, 263), (10, 10)])
def test_wilson_agrees_with_scipy(k, n):
    wanted = stats.binomtest(k, n).proportion_ci(method="wilson")
    got = wilson_interval(k / n, n, normal_quantile(0.95))
    assert got == (pytest.approx(wanted.low, abs=1e-12), pytest.approx(wanted.high, abs=1e-12))


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10: p1 − p2.
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((10, 10), (0, 10), (0.6075, 1.0000)),
    ],
)
def test_newcombe_agrees_with_his_table(a, b, wanted):
    z = normal_quantile(0.95)
    pa, pb = a[0] / a[1], b[0] / b[1]
    got = newcombe_interval(pb, wilson_interval(pb, b[1], z), pa, wilson_interval(pa, a[1], z))
    assert got == (pytest.approx(wanted[0], abs=1e-4), pytest.approx(wanted[1], abs=1e-4))


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 2635-2650, table III, method 10.
        ((36, 12, 2, 0), (0.0569, 0.3404)),
        ((54, 0, 0, 0), (-0.0664, 0.0664)),
    ],
)
def test_paired_newcombe_agrees_with_his_table(table, wanted):
    a, b, c, _ = table
    n, z = sum(table), normal_quantile(0.95)
    p1, p2 = (a + b) / n, (a + c) / n
    got = newcombe_interval(
        p2, wilson_interval(p2, n, z), p1, wilson_interval(p1, n, z), paired_correlation(*table)
    )
    assert got == (pytest.approx(wanted[0], abs=2e-4), pytest.approx(wanted[1], abs=2e-4))


def test_a_logit_interval_stays_in_range_and_is_not_symmetric():
    low, high = logit_interval(0.95, 0.03, 1.96, 0, 1)
    assert 0 < low < 0.95 < high < 1
    assert 0.95 - low > high - 0.95
    low, high = logit_interval(0.3, 0.1, 1.96, 0, float("inf"))
    assert 0 < low < 0.3 < high
