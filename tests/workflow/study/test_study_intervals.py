"""What several seeds say: means over seeds, and intervals over seeds and examples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mlstrat.core.figures import jeffreys_trials, jeffreys_variance
from mlstrat.core.intervals import t_quantile, two_sided_tail
from mlstrat.workflow.study.compute import measure, ratio
from tests.study_simulation import StudyWorld, one_run, run_of

CHANGE = {("a", "dev"): -1.0, ("b", "dev"): 1.0}
LEVEL = {("a", "dev"): 1.0}


@pytest.mark.parametrize("degrees", [1, 1.5, 2, 3.7, 9.9, 10, 50, 1e6])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_the_quantile_is_that_of_students_t(confidence, degrees):
    found = t_quantile(confidence, degrees)
    assert found == pytest.approx(stats.t.ppf((1 + confidence) / 2, degrees), rel=1e-3)
    assert two_sided_tail(found, degrees) == pytest.approx(1 - confidence, rel=2e-2)


def test_a_level_is_the_mean_over_seeds():
    runs = {"a": [run_of(dev=100), run_of(dev=120), run_of(dev=140)]}
    found = measure(runs, LEVEL)
    assert found.value == pytest.approx(0.12)
    assert found.by_seed == (0.1, 0.12, 0.14)
    low, high = found.share().ci
    assert 0 < low < 0.12 < high < 1


def test_a_gap_that_moves_is_a_sum_of_four_errors():
    base = [run_of(train=10, dev=200), run_of(train=12, dev=210), run_of(train=14, dev=190)]
    more = [run_of(train=20, dev=120), run_of(train=22, dev=110), run_of(train=24, dev=130)]
    terms = {("base", "train"): 1, ("base", "dev"): -1, ("more", "train"): -1, ("more", "dev"): 1}
    assert measure({"base": base, "more": more}, terms).value == pytest.approx(-0.09)


def test_what_both_get_wrong_does_not_blur_their_difference():
    rng, rows = np.random.default_rng(1), np.arange(1000)
    hard = [rng.random(1000) < 0.3 for _ in range(5)]
    a = [one_run(rows + 1000 * k, wrong) for k, wrong in enumerate(hard)]
    same = [one_run(rows + 1000 * k, wrong | (rows < 20)) for k, wrong in enumerate(hard)]
    apart = [one_run(rows + 1000 * k, rng.random(1000) < 0.32) for k in range(5)]
    narrow = measure({"a": a, "b": same}, CHANGE)
    wide = measure({"a": a, "b": apart}, CHANGE)
    assert narrow.variance < wide.variance / 4


def test_the_order_of_seeds_does_not_matter():
    runs = StudyWorld(5, 200, 0.1, 0.2, spread=0.2).draw(np.random.default_rng(2))
    back = {name: tuple(reversed(some)) for name, some in runs.items()}
    assert measure(runs, CHANGE).difference() == measure(back, CHANGE).difference()


def test_more_seeds_of_the_same_examples_do_not_make_more_examples():
    rows, rng = np.arange(300), np.random.default_rng(3)
    hard = rng.random(300) < 0.2
    few = measure({"a": [one_run(rows, hard)] * 3}, LEVEL)
    many = measure({"a": [one_run(rows, hard)] * 50}, LEVEL)
    assert many.variance == pytest.approx(few.variance)
    assert many.share().n == 300


def test_no_change_seen_is_not_no_variance():
    runs = {"a": [run_of(dev=0)] * 5, "b": [run_of(dev=0)] * 5}
    low, high = measure(runs, CHANGE).difference().ci
    assert low < 0 < high
    assert high == pytest.approx(-low)


@pytest.mark.parametrize("seeds", [1, 2])
def test_too_few_seeds_give_the_value_and_the_reason(seeds):
    found = measure({"a": [run_of(dev=100)] * seeds}, LEVEL)
    assert found.p_value is None
    for figure in (found.share(), found.difference()):
        assert (figure.value, figure.ci) == (0.1, None)
        assert "do not tell how seeds differ" in figure.reason


def test_conditions_must_have_the_same_seeds():
    with pytest.raises(ValueError, match="different numbers of seeds"):
        measure({"a": [run_of(dev=1)], "b": [run_of(dev=1)] * 2}, CHANGE)


def test_a_share_of_the_errors_is_taken_over_all_seeds():
    whole = [run_of(dev=100), run_of(dev=200), run_of(dev=300)]
    part = [run_of(dev=90), run_of(dev=120), run_of(dev=150)]
    found = ratio(part, whole, "dev")
    assert found.value == pytest.approx(360 / 600)
    low, high = found.difference().ci
    assert low < 0.6 < high
    with pytest.raises(ValueError, match="no error"):
        ratio([run_of(dev=0)] * 3, [run_of(dev=0)] * 3, "dev")


@pytest.mark.parametrize(
    ("p", "trials"), [(0, 18), (0, 300), (1, 3000), (0.1, 500), (0.001, 50), (0.5, 4e6)]
)
def test_trials_come_back_from_their_variance(p, trials):
    found = jeffreys_trials(p, jeffreys_variance(p, trials))
    assert found == pytest.approx(trials, abs=5e-4)


def test_no_error_in_more_examples_is_a_narrower_interval():
    rows = np.arange(3000)
    few, many = (
        measure({"a": [one_run(rows[:n], rows[:n] < 0)] * 3}, LEVEL).share() for n in (300, 3000)
    )
    assert few.ci[0] == many.ci[0] == 0
    assert 0.005 < few.ci[1] < 0.015
    assert many.ci[1] == pytest.approx(few.ci[1] / 10, rel=0.02)
