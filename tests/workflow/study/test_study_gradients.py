"""Shares of gradients by lag: means over seeds, their intervals, and what is called vanished."""

import math

import numpy as np
import pytest

from mlstrat.harness.studies.gradients import CellGradients
from mlstrat.workflow.study.gradients import cell_findings, geometric, shares


def run(before=(2.0, 1.0), after=(1.0, 1.0), steps=(0.5,), error=0.0):
    return CellGradients(before, after, steps, error)


def test_a_share_is_of_the_norm_at_the_end_of_the_same_network():
    found = shares((0, 1, 4), [(2.0, 1.0, 0.5), (200.0, 100.0, 50.0), (1.0, 0.5, 0.25)])

    assert [one.value for one in found.by_lag] == pytest.approx([1.0, 0.5, 0.25])
    assert found.a_step.value == pytest.approx(0.25 ** (1 / 4))
    assert found.end.value == pytest.approx((2 * 200 * 1) ** (1 / 3))


def test_the_interval_is_that_of_logarithms_by_hand():
    """Logarithms 0, 1 and 2: mean 1, deviation 1; t of two degrees of freedom is 4.303."""
    found = geometric([1.0, math.e, math.e**2])

    assert found.value == pytest.approx(math.e)
    assert np.log(found.ci) == pytest.approx([1 - 4.303 / 3**0.5, 1 + 4.303 / 3**0.5], abs=1e-3)
    assert found.n == 3


def test_fewer_than_three_seeds_have_no_interval():
    found = geometric([0.1, 0.2])

    assert found.ci is None
    assert "2 seeds" in found.reason
    assert shares((0, 1), [(1.0, 1e-9)]).fate == "cannot_tell"


def test_a_norm_of_zero_has_no_logarithm():
    assert geometric([0.0, 1.0, 1.0]).value is None


@pytest.mark.parametrize(
    ("ends", "fate"),
    [
        ([1e-6, 2e-6, 1e-6], "vanishes"),
        ([0.5, 0.6, 0.55], "arrives"),
        ([1e-6, 0.5, 1e-3], "cannot_tell"),
        ([0.009, 0.01, 0.011], "cannot_tell"),
    ],
)
def test_what_becomes_of_a_gradient_is_told_by_the_whole_interval(ends, fate):
    assert shares((0, 20), [(1.0, end) for end in ends]).fate == fate


def test_clipping_is_told_by_its_steps():
    free = [run(steps=(0.5, 8.0)), run(steps=(3.0, 0.5)), run(steps=(0.5, 0.5), error=0.5)]
    held = [run(after=(1.0, 0.1), steps=(0.5, 4.0)) for _ in range(3)]
    found = cell_findings("lstm", (0, 1), free, held, clip=1.0)

    assert (found.free.longest, found.free.handed_on, found.free.shortened) == (8.0, 8.0, 0.0)
    assert (found.held.longest, found.held.handed_on, found.held.shortened) == (4.0, 1.0, 0.5)
    assert found.free.errors == (0.0, 0.0, 0.5)
    assert found.moved.value == pytest.approx(0.1)
    assert (found.trained.fate, found.clipped.fate) == ("arrives", "arrives")


def test_gradients_that_are_never_too_long_are_handed_on_as_they_are():
    found = cell_findings("gru", (0, 1), [run()] * 3, [run()] * 3, clip=1.0)

    assert found.held.handed_on == 0.5
    assert found.moved.value == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_intervals_of_geometric_means_cover(seeds):
    """Norms over seeds that are log-normal, as products of many factors are."""
    random = np.random.default_rng(seeds)
    draws = np.exp(random.normal(-6.0, 2.0, (6000, seeds)))
    held = [low <= math.exp(-6) <= high for low, high in (geometric(row).ci for row in draws)]

    assert 0.93 <= np.mean(held) <= 0.97
