"""The parts of a choice against other ways to compute them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma

from mlstrat.core.conditions.grammar import parse_comparison, parse_expression
from mlstrat.core.intervals import normal_quantile, poisson_interval, wilson_interval
from mlstrat.workflow.select.compute import select_candidates
from mlstrat.workflow.select.constraints import judge, pareto_front
from mlstrat.workflow.select.evaluate import Measured, proportion_ends
from mlstrat.workflow.select.preferences import PartErrors, smallest_weight
from mlstrat.workflow.select.winner import shrink


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999, 1 - 5e-6])
def test_the_poisson_interval_is_exact(confidence):
    count = np.array([0, 1, 2, 3, 10, 99, 1000, 54321, 3e6])
    low, high = poisson_interval(count, confidence)
    tail = (1 - confidence) / 2
    assert low[0] == 0
    np.testing.assert_allclose(low[1:], gamma.ppf(tail, count[1:]), rtol=1e-6)
    np.testing.assert_allclose(high, gamma.ppf(1 - tail, count + 1), rtol=1e-6)


def test_wilson_for_many_is_wilson_for_each():
    p, n = np.array([0.0, 0.1, 0.5, 1.0, 0.3]), np.array([10, 200, 7, 50, np.nan])
    low, high = proportion_ends(100 * p, n, 100.0, 0.9)
    for i in range(4):
        wanted = wilson_interval(p[i], n[i], normal_quantile(0.9))
        assert (low[i] / 100, high[i] / 100) == pytest.approx(wanted)
    assert np.isnan(low[4])


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_the_front_is_who_is_not_dominated(dimensions):
    rng = np.random.default_rng(dimensions)
    costs = rng.integers(0, 6, (dimensions, 60)).astype(float)
    costs[0, 7] = np.nan
    wanted = []
    for i in range(60):
        no_worse = np.all(costs <= costs[:, [i]], axis=0)
        better = np.any(costs < costs[:, [i]], axis=0)
        wanted.append(not (no_worse & better).any() and i != 7)
    assert pareto_front(costs).tolist() == wanted


def rated(values, n):
    values, n = np.array(values, float), np.full(len(values), float(n))
    return Measured(values, 1.0, lambda c: proportion_ends(values, n, 1.0, c), n)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("fpr <= 5%", ["yes", "undecided", "no"]),
        ("fpr < 0.05", ["yes", "undecided", "no"]),
        ("5% >= fpr", ["yes", "undecided", "no"]),
        ("fpr >= 5%", ["no", "undecided", "yes"]),
        ("fpr == 0.05", ["no", "undecided", "no"]),
    ],
)
def test_a_straddled_bound_is_undecided(text, wanted):
    found = judge(parse_comparison(text), {"fpr": rated([0.01, 0.05, 0.15], 500)}, 0.95)
    words = {1: "yes", 0: "undecided", -1: "no"}
    assert [words[int(s)] for s in found.state] == wanted


def test_without_counts_the_value_decides_and_the_bound_itself_passes():
    columns = {"ms": Measured(np.array([99.0, 100.0, 100.1, np.nan]))}
    assert judge(parse_comparison("ms <= 100"), columns, 0.95).state.tolist() == [1, 1, -1, 0]
    assert judge(parse_comparison("ms < 100"), columns, 0.95).state.tolist() == [1, -1, -1, 0]
    assert judge(parse_comparison("ms == 100"), columns, 0.95).state.tolist() == [-1, 1, -1, 0]


def test_minimising_is_maximising_the_opposite():
    rng = np.random.default_rng(3)
    values = rng.binomial(800, 0.1, 30) / 800
    down = select_candidates([f"m{i}" for i in range(30)], {"e": rated(values, 800)},
                             parse_expression("e"), maximize=False)  # fmt: skip
    up = select_candidates([f"m{i}" for i in range(30)], {"a": rated(1 - values, 800)},
                           parse_expression("a"), maximize=True)  # fmt: skip
    assert (down.choice, down.tied) == (up.choice, up.tied)
    for one, other in zip(down.candidates, up.candidates, strict=True):
        assert one.shrunk == pytest.approx(1 - other.shrunk)
        assert (one.tied, one.pareto) == (other.tied, other.pareto)


def test_shared_noise_is_no_reason_to_shrink():
    values, variance = np.array([0.80, 0.84, 0.88]), np.full(3, 0.0016)
    np.testing.assert_allclose(shrink(values, variance), 0.84)
    np.testing.assert_allclose(shrink(values, variance, 0.0016), values)
    assert np.isnan(shrink(values, np.array([0.1, np.nan, 0.1]))).all()
    assert np.isnan(shrink(values[:1], variance[:1])).all()


def part(e1, n1, e0, n0):
    return PartErrors({"label": "x"}, *(np.array(v, float) for v in (e1, n1, e0, n0)))


def test_no_weight_mends_a_model_that_is_worse_everywhere():
    found = smallest_weight(part([5, 4], [50, 50], [9, 8], [50, 50]), [(0, 1)])
    assert (found.above, found.weight) == (None, None)


def test_a_weight_between_two_bounds():
    # The third forbids a weight of 3.4 or more, the first wants more than 3.
    rows = ([20] * 4, [980] * 4)
    found = smallest_weight(part([10, 0, 0, 5], rows[0], [20, 50, 17, 0], rows[1]),
                            [(1, 0), (3, 2)])  # fmt: skip
    assert found.above == pytest.approx(3)
    assert 3 < found.weight < 3.4


def test_runs_on_other_rows_have_a_quadratic_condition():
    rng = np.random.default_rng(0)
    for _ in range(50):
        n1, n0 = rng.integers(20, 60, 2), rng.integers(100, 900, 2)
        e1, e0 = rng.binomial(n1, 0.3), rng.binomial(n0, 0.1)
        found = smallest_weight(part(e1, n1, e0, n0), [(0, 1)])

        def right(w, e1=e1, n1=n1, e0=e0, n0=n0):
            error = (e0 + w * e1) / (n0 + w * n1)
            return error[0] < error[1]

        grid = [w for w in np.arange(1, 60, 0.05) if right(w)]
        if found.weight is not None and found.weight < 60:
            assert right(found.weight)
            assert grid[0] >= found.above - 1e-6
            assert grid[0] <= found.above + 0.0500001 or found.above == 1
        else:
            assert not grid


def first_of(k: int, text: str, **exact: np.ndarray) -> str:
    """Return whether the first of k candidates, the only good one, meets a constraint."""
    columns = {"fpr": rated([0.038] + [0.08] * (k - 1), 1_000),
               **{name: Measured(values[:k]) for name, values in exact.items()}}  # fmt: skip
    found = select_candidates(
        [f"m{i}" for i in range(k)], columns, parse_expression("fpr"), maximize=False,
        constraints=[parse_comparison(x) for x in text.split(",")],
    )  # fmt: skip
    return found.candidates[0].feasible


def test_the_more_candidates_there_are_the_surer_a_constraint_must_be_met():
    # 38 of 1,000 against 5%: P(38 or fewer) is 0.045, above 0.05 / 2.
    assert [first_of(k, "fpr <= 5%") for k in (1, 2, 50)] == ["yes", "undecided", "undecided"]
    # Whom an exact constraint rules out takes no part of the error.
    slow = np.array([10.0] + [900.0] * 49)
    assert first_of(50, "fpr <= 5%,ms <= 100", ms=slow) == "yes"
