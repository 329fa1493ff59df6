"""Resamples of cells are resamples of rows."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.core.counts import Tally
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Sampling
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.resampling import generator, resample
from tests.simulation import World, make_cells

MACRO = MetricChoice(METRICS["f1"], "macro", None)


def macro(t: Tally) -> np.ndarray:
    return np.stack([MACRO.of_tally(t, ("c0", "c1", "c2"))])


def test_the_spread_is_that_of_drawing_rows_with_replacement():
    cells = World(1000, 0.2, (0.5, 0.3, 0.2)).draw(np.random.default_rng(0))
    ours = resample(cells, macro, 4000, generator(0))[0]
    truth = np.repeat(cells.truth, cells.n)
    predicted = np.repeat(cells.predicted, cells.n)
    rng, theirs = np.random.default_rng(1), []
    for _ in range(1000):
        rows = rng.integers(0, len(truth), len(truth))
        one = make_cells(truth[rows], predicted[rows], np.ones(len(rows)), None, 3, False)
        theirs.append(estimate_value(one))
    assert np.std(ours) == pytest.approx(np.std(theirs), rel=0.08)
    assert np.mean(ours) == pytest.approx(np.mean(theirs), abs=0.002)


def estimate_value(cells) -> float:
    from mlstrat.core.counts import tally

    return float(MACRO.of_tally(tally(cells), cells.labels)[0])


def test_no_errors_seen_still_has_a_spread():
    cells = make_cells(np.arange(60) % 3, np.arange(60) % 3, np.ones(60), None, 3, False)
    found = estimate(cells, MACRO, Sampling(), draws=False)
    assert found.value == 1.0
    low, high = found.ci
    assert 0.85 < low < 0.99
    assert high == 1.0


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    cells = World(200, 0.2, (0.5, 0.3, 0.2)).draw(np.random.default_rng(0))
    one, same, other = (
        estimate(cells, MACRO, Sampling(seed=seed), draws=False).ci for seed in (1, 1, 2)
    )
    assert one == same != other


def test_ten_times_the_rows_make_the_interval_a_third_as_wide():
    cells = World(1000, 0.2, (0.5, 0.3, 0.2)).draw(np.random.default_rng(0))
    from dataclasses import replace

    many = replace(cells, n=cells.n * 10, weight=cells.weight * 10,
                   weight_squared=cells.weight_squared * 10)  # fmt: skip
    narrow, wide = (
        np.diff(estimate(c, MACRO, Sampling(), draws=False).ci)[0] for c in (many, cells)
    )
    assert wide / narrow == pytest.approx(np.sqrt(10), rel=0.05)


def test_rows_that_repeat_within_groups_are_not_more_rows():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(100), 10)
    truth = np.repeat(rng.integers(0, 2, 100), 10)
    predicted = np.where(np.repeat(rng.random(100) < 0.3, 10), 1 - truth, truth)
    choice = MetricChoice(METRICS["error"], None, None)
    grouped = estimate(make_cells(truth, predicted, np.ones(1000), group, 2, False), choice,
                       Sampling())  # fmt: skip
    once = estimate(make_cells(truth[::10], predicted[::10], np.ones(100), None, 2, False), choice,
                    Sampling())  # fmt: skip
    assert grouped.value == once.value
    assert np.diff(grouped.ci)[0] == pytest.approx(np.diff(once.ci)[0], rel=0.05)


def test_fewer_than_five_groups_give_no_interval_and_the_reason():
    cells = make_cells(np.arange(40) % 2, np.zeros(40, int), np.ones(40), np.arange(40) % 4, 2,
                       False)  # fmt: skip
    found = estimate(cells, MetricChoice(METRICS["error"], None, None), Sampling())
    assert found.value == 0.5
    assert found.ci is None
    assert "4 groups" in found.reason
