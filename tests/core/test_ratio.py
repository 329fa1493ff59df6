"""The error as a ratio of sums: what the sums give is what the examples give."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mlstrat.core import estimates
from mlstrat.core.counts import Cells
from mlstrat.core.figures import Sampling, from_counts
from mlstrat.core.intervals import wilson_interval
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.paired_tests import mcnemar_exact
from mlstrat.core.ratio import Ratios, Sums, estimate, linearise
from mlstrat.core.ratio_pairs import (
    Category,
    Cross,
    PairedRatios,
    PairedRatioTable,
    RatioTable,
    ceiling,
    difference,
)
from tests.simulation import make_cells

SAMPLING = Sampling(resamples=500)


def ratios(num, den, group=None, *, bounded=True, whole=True) -> Ratios:
    codes = None if group is None else np.asarray(group)
    return Ratios(Sums.of(np.asarray(num, float), np.asarray(den, float)), codes, bounded, whole)


def added(sums: Sums, cell: np.ndarray) -> Sums:
    """Return the sums of examples added up by cell."""
    return Sums(*(np.bincount(cell, x) for x in vars(sums).values()))


def sentences(seed: int, n: int = 60, error: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    den = 1 + rng.poisson(12, n)
    return rng.binomial(den, rng.beta(2, 2 / error - 2, n)).astype(float), den.astype(float)


# The value


def test_the_error_is_the_ratio_of_the_sums_not_the_mean_of_ratios():
    found = estimate(ratios([1, 0, 0, 0, 9], [10, 1, 1, 1, 9]), SAMPLING)
    assert found.value == 10 / 22
    assert (found.n, found.errors) == (5, 10)


def test_without_anything_that_could_be_wrong_the_error_is_undefined_with_a_reason():
    found = estimate(ratios([0, 0], [0, 0]), SAMPLING)
    assert found.value is None
    assert found.ci is None
    assert found.reason == "undefined: nothing that could be wrong (Σden is 0)"


def test_an_empty_example_counts_insertions():
    """An empty reference with three words said: num 3, den 0."""
    assert estimate(ratios([3, 1], [0, 9], bounded=False), SAMPLING).value == 4 / 9


def test_amounts_have_no_count_of_errors():
    assert estimate(ratios([0.5] * 9, [1] * 9, whole=False), SAMPLING).errors is None


# Right or wrong: the same as counts


@pytest.mark.parametrize("wrong", [0, 1, 7, 40])
def test_examples_that_are_right_or_wrong_have_wilsons_interval_and_jeffreys_draws(wrong: int):
    found = estimate(ratios(np.arange(40) < wrong, np.ones(40)), SAMPLING, 2)
    expected = from_counts(wrong, 40, SAMPLING, 2)
    assert (found.value, found.ci, found.n, found.errors) == (
        expected.value, expected.ci, expected.n, expected.errors,
    )  # fmt: skip
    assert found.variance == expected.variance
    assert np.array_equal(found.draws, expected.draws)


def test_four_right_or_wrong_examples_have_an_interval_all_the_same():
    assert estimate(ratios([1, 0, 0, 0], [1] * 4), SAMPLING).ci is not None


# The variance


def test_the_variance_is_that_of_the_textbook_over_examples():
    num, den = sentences(0)
    value = num.sum() / den.sum()
    by_hand = len(num) / (len(num) - 1) * ((num - value * den) ** 2).sum() / den.sum() ** 2
    assert estimate(ratios(num, den), SAMPLING).variance == pytest.approx(by_hand, rel=1e-12)


def test_the_variance_is_that_of_the_textbook_over_groups():
    num, den = sentences(1)
    group = np.repeat(np.arange(12), 5)
    value = num.sum() / den.sum()
    moved = np.bincount(group, num - value * den) / den.sum()
    by_hand = 12 / 11 * (moved**2).sum()
    found = estimate(ratios(num + np.repeat(np.arange(12), 5) % 3, den, group), SAMPLING)
    assert found.influence is not None
    assert found.influence.values.sum() == pytest.approx(0, abs=1e-15)
    again = linearise(ratios(num, den, group))
    by_rows = linearise(ratios(num, den))
    assert again is not None
    assert by_rows is not None
    assert again.variance == pytest.approx(max(by_hand, by_rows.variance), rel=1e-12)


@pytest.mark.parametrize("grouped", [False, True])
def test_the_mean_loss_of_today_is_this_ratio_to_the_last_bit(grouped: bool):
    rng = np.random.default_rng(3)
    weight, loss = rng.choice([1.0, 3.0], 50), rng.gamma(0.5, 1, 50)
    zero = np.zeros(50, np.int64)
    cells = Cells(
        ("a", "b"), ("dev",), zero, zero, zero, zero + 1, weight, weight**2, True,
        group=np.arange(50) // 5 if grouped else None,
        loss=loss * weight, loss_weight_squared=loss * weight**2,
        loss_squared=loss**2 * weight**2,
    )  # fmt: skip
    today = estimates.estimate(cells, MetricChoice(METRICS["log_loss"], None, None), SAMPLING)
    sums = Sums(cells.n.astype(float), cells.loss, cells.weight, cells.loss_squared,
                cells.loss_weight_squared, cells.weight_squared)  # fmt: skip
    found = linearise(Ratios(sums, cells.group, bounded=False, whole=False))
    assert found is not None
    assert (found.value, found.variance) == (today.value, today.variance)
    total, v = weight.sum(), (loss * weight).sum() / weight.sum()
    spread = (cells.loss_squared.sum() - 2 * v * cells.loss_weight_squared.sum()
              + v**2 * cells.weight_squared.sum())  # fmt: skip
    by_rows = float(spread) / total**2 * (50 / 49)
    moved = np.bincount(np.arange(50) // 5, (loss * weight - v * weight) / total)
    by_groups = 10 / 9 * float((moved**2).sum())
    assert today.value == v
    assert today.variance == pytest.approx(
        max(by_rows, by_groups) if grouped else by_rows, rel=1e-14
    )
    if grouped:
        assert np.array_equal(found.influence.values, today.influence.values)


# Sums add up


@pytest.mark.parametrize("bounded", [True, False])
def test_sums_by_cell_give_what_the_examples_give(bounded: bool):
    num, den = sentences(4)
    cell = np.arange(len(num)) % 7
    whole = estimate(ratios(num, den, bounded=bounded), SAMPLING)
    apart = estimate(Ratios(added(Sums.of(num, den), cell), None, bounded), SAMPLING)
    assert apart.value == whole.value
    assert apart.ci == pytest.approx(whole.ci, rel=1e-12)
    assert apart.draws == pytest.approx(whole.draws, rel=1e-9)


def test_groups_may_be_summed_to_one_cell_each_only_where_their_examples_balance_no_less():
    num, den = sentences(5)
    group = np.repeat(np.arange(20), 3)
    apart = estimate(ratios(num, den, group), SAMPLING)
    cells = Ratios(added(Sums.of(num, den), group), np.arange(20))
    assert estimate(cells, SAMPLING).ci == pytest.approx(apart.ci, rel=1e-12)


def test_the_order_of_examples_plays_no_part():
    num, den = sentences(6)
    order = np.random.default_rng(0).permutation(len(num))
    first, second = (estimate(ratios(num[o], den[o]), SAMPLING) for o in (np.arange(60), order))
    assert first.ci == second.ci


# Intervals stay in range and are never of no width


@pytest.mark.parametrize("bounded", [True, False])
def test_no_error_seen_is_not_a_certain_zero(bounded: bool):
    found = estimate(ratios([0] * 30, [9] * 30, bounded=bounded), SAMPLING)
    assert found.ci is not None
    assert found.ci[0] == 0
    assert 0.1 < found.ci[1] < 0.2
    assert found.draws is not None
    assert found.draws.std() > 0


def test_one_long_example_is_one_observation_where_no_error_was_seen():
    even = estimate(ratios([0] * 30, [10] * 30), SAMPLING).ci
    uneven = estimate(ratios([0] * 30, [1000] + [1] * 29), SAMPLING).ci
    assert even is not None
    assert uneven is not None
    assert uneven[1] > 2 * even[1]


@pytest.mark.parametrize("bounded", [True, False])
def test_the_upper_end_does_not_leap_where_one_example_errs(bounded: bool):
    """Student's t of one degree of freedom (12.7) made it 1.6, 21.7, 3.6, 2.6%."""
    ends = []
    for wrong in range(6):
        num, den = np.arange(250) < wrong, 2 + np.arange(250) % 2
        ends.append(estimate(ratios(num, den, bounded=bounded), SAMPLING, draws=False).ci[1])
    assert ends[:4] == sorted(ends[:4])
    assert max(ends) < 0.026
    assert ends[1] == pytest.approx(  # at K = 625² / Σden² even examples, with t(K − 1)
        wilson_interval(1 / 625, 625**2 / 1625, 1.97)[1], rel=1e-3
    )


def test_errors_alike_have_the_exact_limit_of_their_number():
    for wrong, garwood in ((1, 5.572), (2, 7.225), (3, 8.767), (4, 10.242)):
        found = estimate(ratios((np.arange(9000) < wrong) * 5, [5] * 9000), SAMPLING, draws=False)
        assert 9000 * found.ci[1] == pytest.approx(garwood, rel=0.02)


def test_everything_right_but_one_mirrors_everything_wrong_but_one():
    one = np.arange(60) < 1
    few, most = (estimate(ratios(5 * x, [5] * 60), SAMPLING).ci for x in (one, ~one))
    assert few[1] < 0.1
    assert most == pytest.approx((1 - few[1], 1 - few[0]))


@pytest.mark.parametrize(("metric", "average"), [("error", None), ("f1", "macro")])
def test_one_wrong_group_is_no_leap_either(metric: str, average: str | None):
    """The far end of 125 groups of two rows: it lay at 13.6% of error, and at 64% below F1 of 1."""
    ends, truth, choice = [], np.arange(250) % 2, MetricChoice(METRICS[metric], average, None)
    for wrong in range(5):
        predicted = np.where(np.arange(250) < wrong * 2, 0, truth)
        cells = make_cells(truth, predicted, np.ones(250), np.arange(250) // 2, 2, False)
        low, high = estimates.estimate(cells, choice, SAMPLING, draws=False).ci
        ends.append(high if metric == "error" else 1 - low)
    assert ends == sorted(ends)
    assert ends[1] < 1.3 * ends[0]


@pytest.mark.parametrize("metric", ["error", "f1"])
def test_nor_is_a_fifth_wrong_group_or_a_tenth(metric: str):
    """Of 150 groups the far end went from 6.5 to 9.6% where the fifth was wrong, in one step."""
    truth, group, widths = np.arange(3000) % 2, np.arange(3000) // 20, []
    choice = MetricChoice(METRICS[metric], "macro" if metric == "f1" else None, None)
    for wrong in range(2, 15):
        predicted = np.where(group < wrong, 1 - truth, truth)
        cells = make_cells(truth, predicted, np.ones(3000), group, 2, False)
        low, high = estimates.estimate(cells, choice, SAMPLING, draws=False).ci
        widths.append(high - low)
    steps = np.diff(np.log(widths))
    assert (steps > 0).all()
    assert steps.max() < 0.16
    ends = [
        estimate(ratios(np.arange(150) < k, [1] * 150, range(150)), SAMPLING, draws=False).ci[1]
        for k in range(2, 15)
    ]
    assert np.diff(np.log(ends)).max() < 0.2


def test_a_heavy_example_that_happens_to_be_right_does_not_make_sure():
    wrong = np.arange(100) < 10
    light = estimate(ratios(wrong, [1] * 100), SAMPLING).ci
    heavy = estimate(ratios(wrong, [1] * 99 + [100], whole=True), SAMPLING)
    assert light is not None
    assert heavy.ci is not None
    assert heavy.value == 10 / 199
    assert heavy.ci[1] > 3 * light[1] / 2


def test_everything_wrong_mirrors_nothing_wrong():
    none, every = (estimate(ratios([x] * 30, [9] * 30), SAMPLING).ci for x in (0, 9))
    assert every == pytest.approx((1 - none[1], 1 - none[0]))


def test_counts_that_never_vary_tell_no_more_than_independent_units():
    found = estimate(ratios([1] * 20, [10] * 20), SAMPLING)
    assert found.ci is not None
    low, high = wilson_interval(0.1, 200, 1.96)
    assert found.ci[0] <= low
    assert found.ci[1] >= high


def test_amounts_that_never_vary_have_no_interval_and_say_so():
    found = estimate(ratios([1.5] * 20, [1] * 20, bounded=False, whole=False), SAMPLING)
    assert found.ci is None
    assert found.reason == "no interval: nothing varied in what was seen"


@pytest.mark.parametrize("error", [0.01, 0.5, 0.99])
def test_a_bounded_error_keeps_its_interval_within_0_and_1(error: float):
    for seed in range(20):
        num, den = sentences(seed, 8, error)
        found = estimate(ratios(num, den), SAMPLING)
        assert found.ci is not None
        assert 0 <= found.ci[0] <= found.value <= found.ci[1] <= 1
        assert found.ci[0] < found.ci[1]


def test_an_unbounded_error_has_an_interval_on_the_logarithmic_scale():
    rng = np.random.default_rng(0)
    found = estimate(ratios(rng.gamma(0.3, 9, 40), np.ones(40), bounded=False, whole=False),
                     SAMPLING)  # fmt: skip
    assert found.ci is not None
    assert 0 < found.ci[0] < found.value < found.ci[1]
    assert found.ci[1] / found.value >= found.value / found.ci[0]  # the upper end is no nearer


@pytest.mark.parametrize(("clusters", "groups"), [(4, None), (4, 4)])
def test_fewer_than_five_clusters_have_no_interval_and_say_so(clusters: int, groups: int | None):
    n = 40 if groups else clusters
    num, den = sentences(0, n)
    group = np.arange(n) % groups if groups else None
    found = estimate(ratios(num, den, group), SAMPLING)
    assert found.ci is None
    assert found.draws is None
    what = "groups" if groups else "examples"
    assert found.reason == (
        f"no interval: 4 {what}, and fewer than 5 do not tell their spread"
    )  # fmt: skip
    assert found.value == num.sum() / den.sum()


# Two models


def pair(a, b, group=None, *, bounded=True, whole=True) -> PairedRatios:
    (num_a, den_a), (num_b, den_b) = ((np.asarray(x, float) for x in side) for side in (a, b))
    of_a, of_b = (ratios(n, d, group, bounded=bounded, whole=whole)
                  for n, d in ((num_a, den_a), (num_b, den_b)))  # fmt: skip
    return PairedRatios(of_a, of_b, Cross.of(num_a, den_a, num_b, den_b))


def test_the_variance_of_a_difference_is_that_of_the_influences():
    (num_a, den), (num_b, _) = sentences(1), sentences(2)
    num_b = np.minimum(num_b, den)
    found = difference(pair((num_a, den), (num_b, den)), SAMPLING)
    v_a, v_b = num_a.sum() / den.sum(), num_b.sum() / den.sum()
    moved = (num_b - v_b * den - (num_a - v_a * den)) / den.sum()
    assert found.figure.value == pytest.approx(v_b - v_a, rel=1e-12)
    assert found.variance == pytest.approx(60 / 59 * (moved**2).sum(), rel=1e-9)


def test_the_variance_of_a_difference_over_groups_is_that_of_their_influences():
    (num_a, den_a), (num_b, den_b) = sentences(1), sentences(2)
    group = np.repeat(np.arange(15), 4)
    found = difference(pair((num_a, den_a), (num_b, den_b), group), SAMPLING)
    sides = [estimate(ratios(*x, group), SAMPLING) for x in ((num_a, den_a), (num_b, den_b))]
    moved = sides[1].influence.values - sides[0].influence.values
    assert found.variance == pytest.approx(15 / 14 * (moved**2).sum(), rel=1e-9)


def test_paired_sums_by_cell_give_what_the_examples_give():
    (num_a, den), (num_b, den_b) = sentences(1), sentences(2)
    cell = np.arange(60) % 4
    cross = Cross.of(num_a, den, num_b, den_b)
    apart = PairedRatios(
        Ratios(added(Sums.of(num_a, den), cell)),
        Ratios(added(Sums.of(num_b, den_b), cell)),
        Cross(*(np.bincount(cell, x) for x in vars(cross).values())),
    )
    one, other = (difference(x, SAMPLING) for x in (pair((num_a, den), (num_b, den_b)), apart))
    assert other.figure.ci == pytest.approx(one.figure.ci, rel=1e-9)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-9)


def test_right_or_wrong_examples_are_compared_by_exact_mcnemar():
    a, b = np.arange(100) < 20, (np.arange(100) >= 15) & (np.arange(100) < 25)
    both = pair((a, np.ones(100)), (b, np.ones(100)))
    assert both.quadrants == (75, 5, 15, 5)
    assert difference(both, SAMPLING).p_value == mcnemar_exact(5, 15)


def test_the_smaller_error_is_the_better_model():
    num, den = sentences(1, 200)
    found = difference(pair((num, den), (np.floor(num / 2), den)), SAMPLING)
    assert found.figure.ci is not None
    assert found.figure.ci[1] < 0
    assert found.p_value < 0.001
    assert found.p_b_better > 0.999


def test_the_same_counts_everywhere_leave_room_for_what_was_not_seen():
    num, den = sentences(1)
    both = pair((num, den), (num, den))
    assert both.identical
    found = difference(both, SAMPLING)
    assert (found.figure.value, found.p_value, found.p_b_better) == (0, 1, 0.5)
    low, high = found.figure.ci
    assert low == -high
    assert 0.01 < high < 0.15


def test_the_same_amounts_everywhere_come_from_one_model():
    num, den = sentences(1)
    both = pair((num / 7, den), (num / 7, den), bounded=False, whole=False)
    assert difference(both, SAMPLING).figure.ci == (0, 0)


def test_a_constant_change_in_every_example_is_as_rare_as_equal_signs():
    found = difference(pair(([2] * 10, [10] * 10), ([1] * 10, [10] * 10)), SAMPLING)
    assert found.p_value == 2**-9


def test_swapping_the_models_mirrors_the_difference():
    (num_a, den_a), (num_b, den_b) = sentences(1), sentences(2)
    one = difference(pair((num_a, den_a), (num_b, den_b)), SAMPLING)
    two = difference(pair((num_b, den_b), (num_a, den_a)), SAMPLING)
    assert two.figure.ci == pytest.approx((-one.figure.ci[1], -one.figure.ci[0]), rel=1e-9)
    assert (two.p_value, two.p_b_better) == pytest.approx((one.p_value, 1 - one.p_b_better))


# A category fixed


def test_a_ceiling_is_the_ratio_with_the_category_fixed_not_a_share_of_the_error():
    """Three images: a spurious box goes (−1/−1), a missing one is found (−1/+1)."""
    num, den = np.array([2.0, 1, 0, 0, 0, 1]), np.array([6.0, 5, 4, 4, 4, 3])
    spurious = np.array([2.0, 0, 0, 0, 0, 0])
    fixed_num, fixed_den = num - spurious, den - spurious
    category = Category(spurious, np.sign(spurious), Sums.of(fixed_num, fixed_den),
                        Cross.of(num, den, fixed_num, fixed_den))  # fmt: skip
    found = ceiling(ratios(num, den), category, SAMPLING)
    assert (found.count, found.examples) == (2, 1)
    assert found.error.value == 2 / 24
    assert found.gain.value == pytest.approx(4 / 26 - 2 / 24)
    assert found.gain.ci[0] <= found.gain.value <= found.gain.ci[1]


# The table of a run


def table() -> RatioTable:
    num, den = np.array([1.0, 0, 2, 0]), np.array([2.0, 2, 4, 4])
    changed = Category(num, np.sign(num), Sums.of(num * 0, den), Cross.of(num, den, num * 0, den))
    return RatioTable(
        ("train", "dev"), np.array([0, 0, 1, 1]), ratios(num, den, [0, 1, 1, 2]),
        {"light": (("day", "night"), np.array([0, 1, 0, 0]))}, {"missed": changed},
    )  # fmt: skip


def test_a_table_is_cut_by_split_and_by_value_with_its_categories():
    dev = table().of_split("dev")
    assert (dev.ratios.examples, dev.groups, dev.values("light")) == (2, 2, ("day",))
    assert dev.categories["missed"].count.tolist() == [2, 0]
    assert table().of_value("light", "night").ratios.sums.den.tolist() == [2]
    assert table().of_value("light", "dawn").ratios.examples == 0


def test_a_paired_table_is_cut_by_value():
    num, den = sentences(0)
    halves = {"half": (("first", "second"), np.repeat([0, 1], 30))}
    both = PairedRatioTable("dev", pair((num, den), (num, den)), halves).of_value("half", "second")
    assert both.pair.a.examples == 30
    assert math.isclose(both.pair.cross.den_den.sum(), (den[30:] ** 2).sum())
