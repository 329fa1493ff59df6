"""An interval over seeds and examples is a promise: simulated with and without an effect."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from mlstrat.workflow.study.compute import measure
from tests.study_simulation import StudyWorld

CHANGE = {("a", "dev"): -1.0, ("b", "dev"): 1.0}
LEVEL = {("a", "dev"): 1.0}
STUDIES = 300

WORLDS = [
    StudyWorld(seeds, 300, rate, rate + more, spread, pool)
    for seeds, rate, more, (spread, pool) in product(
        (3, 5), (0.05, 0.2), (0.0, 0.1), ((0.0, 0), (0.0, 300), (0.2, 900))
    )
]


def _covered(world: StudyWorld) -> tuple[float, float]:
    rng = np.random.default_rng(7)
    change = level = 0
    for _ in range(STUDIES):
        runs = world.draw(rng)
        low, high = measure(runs, CHANGE).difference().ci
        change += low <= world.difference <= high
        low, high = measure(runs, LEVEL).share().ci
        level += low <= world.error(world.rate_a) <= high
    return change / STUDIES, level / STUDIES


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    found = np.array([_covered(world) for world in WORLDS])
    # One world of 300 studies is within three points of its truth by chance alone.
    assert found.min() > 0.90
    assert found.max() < 0.99
    change, level = found.mean(axis=0)
    assert 0.935 <= change <= 0.97
    assert 0.935 <= level <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "pool"), [(3, 0), (3, 300), (5, 900)])
def test_a_level_at_which_many_studies_see_no_error_is_covered_too(seeds, pool):
    world, rng = StudyWorld(seeds, 300, 0.001, 0.001, pool=pool), np.random.default_rng(9)
    truth, ends, held = world.error(0.001), [], 0
    for _ in range(1000):
        found = measure({"a": world.draw(rng)["a"]}, LEVEL).share()
        held += found.ci[0] <= truth <= found.ci[1]
        ends += [found.ci[1]] if found.value == 0 else []
    assert 0.93 <= held / 1000 <= 0.99
    assert len(ends) > 100
    assert max(ends) < 0.02
