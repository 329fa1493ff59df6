"""Rows read by stratum: the estimate, its interval, and what a sheet left half way still tells."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.core.stratified import Design, Stratum, share_of_population, share_of_set


def test_a_stratum_counts_with_its_size_not_with_the_rows_read():
    found = share_of_set([Stratum("rare", 100, 50, 25), Stratum("common", 900, 50, 0)])
    assert found.value == pytest.approx(0.05)
    assert found.n == 100


def test_where_all_was_read_the_share_of_the_set_is_exact():
    assert share_of_set([Stratum("errors", 87, 87, 15)]).ci == (15 / 87, 15 / 87)


def test_where_all_was_read_the_population_has_wilsons_interval():
    found = share_of_population([Stratum("errors", 87, 87, 15)], 10_000)
    assert found.value == 0.0015
    assert found.ci == pytest.approx(wilson_interval(0.0015, 10_000, normal_quantile(0.95)))


def test_reading_more_of_a_finite_set_narrows_the_interval():
    few, most = (share_of_set([Stratum("e", 100, n, n // 5)]).ci for n in (20, 80))
    assert most[1] - most[0] < (few[1] - few[0]) / 3


def test_the_interval_never_contradicts_what_was_seen():
    low, high = share_of_set([Stratum("e", 12, 10, 1)]).ci
    assert low >= 1 / 12
    assert high <= 3 / 12


def test_no_hit_seen_is_not_no_hit():
    found = share_of_population([Stratum("correct", 900, 100, 0)], 1000)
    assert found.value == 0
    assert found.ci[0] == 0
    assert 0.02 < found.ci[1] < 0.05


def test_a_set_without_errors_has_none_to_read():
    found = share_of_population([], 1000)
    assert found.value == 0
    assert found.ci == pytest.approx(wilson_interval(0, 1000, normal_quantile(0.95)))
    assert share_of_set([]).value is None


def test_a_sheet_left_half_way_keeps_the_size_of_its_strata():
    design = Design.of_rows(["e"] * 4, [25.0] * 4, [True, False, True, False])
    assert design.strata([True] * 4) == (Stratum("e", 100.0, 2, 2),)


def test_a_stratum_that_nobody_read_is_taken_to_be_like_the_others():
    design = Design.of_rows(["a", "b", "c"], [30.0, 10.0, 20.0], [True, True, False])
    assert design.unread == 20
    assert [(s.name, s.size) for s in design.strata([True, False, False])] == [
        ("a", 45.0), ("b", 15.0),
    ]  # fmt: skip


def test_a_run_that_knows_the_number_of_errors_corrects_the_sizes():
    design = Design.of_rows(["a", "b"], [30.0, 10.0], [True, True]).resized(80)
    assert [s.size for s in design.strata([False, False])] == [60.0, 20.0]


def test_nothing_read_leaves_no_stratum():
    assert Design.of_rows(["a"], [1.0], [False]).strata([True]) == ()


def test_more_hits_than_rows_read_is_a_mistake():
    with pytest.raises(ValueError, match="2 hits among 1"):
        Stratum("e", 10, 1, 2)


SETS = [
    ([87], [15], [40]), ([87], [5], [40]), ([1000], [3], [100]),
    ([200, 800], [30, 40], [50, 50]), ([200, 9800], [30, 200], [100, 100]),
    ([500, 300, 200], [50, 60, 10], [40, 40, 40]),
    ([500, 300, 200, 100, 100, 50], [50, 60, 10, 0, 3, 5], [20] * 6),
    ([400] * 10, [20] * 10, [15] * 10), ([100] * 30, [10] * 30, [4] * 30),
    ([200, 800], [60, 160], [80, 80]), ([300, 9700], [90, 1500], [100, 150]),
    ([500, 300, 200], [100, 90, 60], [100, 100, 100]),
    ([50, 100, 9800], [40, 30, 200], [50, 50, 100]),
]  # fmt: skip
"""Sizes, hits and rows read of each stratum."""


def lowest_and_highest(expected) -> tuple[float, float]:
    """Return what 95% may cover, by the hits to expect in all."""
    return (0.93, 0.97) if sum(expected) >= 10 else (0.90, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(("sizes", "hits", "read"), SETS)
def test_the_share_of_a_set_is_covered(sizes, hits, read):
    rng, trials = np.random.default_rng(11), 2000
    size, true, n = np.array(sizes), np.array(hits), np.array(read)
    share = true.sum() / size.sum()
    covered = 0
    for _ in range(trials):
        seen = rng.hypergeometric(true, size - true, n)
        strata = [Stratum(str(i), *x) for i, x in enumerate(zip(size, n, seen, strict=True))]
        low, high = share_of_set(strata).ci
        covered += low - 1e-12 <= share <= high + 1e-12
    low, high = lowest_and_highest(n * true / size)
    assert low <= covered / trials <= high


POPULATIONS = [
    (1000, (0.1,), (0.06,), 100), (1000, (0.1,), (0.4,), 50), (5000, (0.05, 0.05), (0.1, 0.6), 30),
    (2000, (0.1, 0.9), (0.2, 0.02), 100), (10_000, (0.02, 0.98), (0.85, 0.03), 100),
    (10_000, (0.02, 0.98), (0.85, 0.01), 100), (10_000, (0.02, 0.98), (0.85, 0.02), 100),
    (5000, (0.1, 0.9), (0.3, 0.1), 150), (2000, (0.2, 0.8), (0.5, 0.1), 200),
]  # fmt: skip
"""Rows, the share of each stratum, the rate in it, and rows read of each."""


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "shares", "rates", "read"), POPULATIONS)
def test_the_share_of_a_population_is_covered(rows, shares, rates, read):
    rng, trials = np.random.default_rng(12), 2000
    truth = float(np.dot(shares, rates))
    covered = 0
    for _ in range(trials):
        sizes = rng.multinomial(rows, [*shares, max(0.0, 1 - sum(shares))])[: len(shares)]
        hits = rng.binomial(sizes, rates)
        n = np.minimum(sizes, read)
        seen = rng.hypergeometric(hits, sizes - hits, n)
        strata = [
            Stratum(str(i), *x) for i, x in enumerate(zip(sizes, n, seen, strict=True)) if n[i]
        ]
        low, high = share_of_population(strata, rows).ci
        covered += low <= truth <= high
    expected = [min(read, rows * share) * rate for share, rate in zip(shares, rates, strict=True)]
    low, high = lowest_and_highest(expected)
    assert low <= covered / trials <= high
