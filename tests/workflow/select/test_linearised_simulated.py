"""Where no class is rare, intervals are linearised: they cover as resampled ones do."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.core.counts import distinct_codes
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import Interval
from mlstrat.core.metrics import MetricChoice, choose_metric
from mlstrat.core.pairs import PairCells
from mlstrat.workflow.compare.difference import Resampled, resampled
from mlstrat.workflow.select.linearised import LinearPair, figure_at

SAMPLING = Sampling(resamples=1_000)
MIXES = {2: np.array([0.3, 0.7]), 3: np.full(3, 1 / 3)}


def pair(rng: np.random.Generator, rows: int, classes: int, error: float) -> PairCells:
    """Return two models, the second worse by a tenth, that share half of their errors."""
    label = rng.choice(classes, size=rows, p=MIXES[classes])
    shared, called = rng.random(rows) < error / 2, []
    for rate in (error, 1.1 * error):
        wrong = shared | (rng.random(rows) < (rate - error / 2) / (1 - error / 2))
        called.append(np.where(wrong, (label + rng.integers(1, classes, rows)) % classes, label))
    (truth, a, b), place = distinct_codes(label, *called)
    n = np.bincount(place)
    weight = n.astype(np.float64)
    return PairCells(tuple("abc"[:classes]), "dev", truth, a, b, n, weight, weight)


def f1(cells: PairCells, average: str) -> MetricChoice:
    return choose_metric("f1", labels=cells.labels, positive="a", average=average)


def f1_in_truth(classes: int, error: float, average: str) -> float:
    """Return the F1 of a model that errs alike on all, to any other class alike."""
    mix = MIXES[classes]
    right = mix * (1 - error)
    called = right + (1 - mix) * error / (classes - 1)
    each = 2 * right / (mix + called)
    return float(each[0] if average == "binary" else each.mean())


def change(cells: PairCells, choice: MetricChoice) -> Interval | None:
    """Return the interval of b minus a as a choice takes it: resampled where a class is rare."""
    if (linear := LinearPair.of(cells, choice)) is not None:
        return linear.figure(0.95).ci
    found = resampled(cells, choice, SAMPLING)
    return found.figure(0.95).ci if isinstance(found, Resampled) else None


@pytest.mark.slow
@pytest.mark.parametrize("rows", [50, 200, 2_000])
@pytest.mark.parametrize("error", [0.01, 0.1, 0.5])
@pytest.mark.parametrize(("classes", "average"), [(2, "binary"), (2, "macro"), (3, "macro")])
def test_a_figure_and_a_difference_are_covered(rows, error, classes, average):
    rng, hits, trials = np.random.default_rng([rows, classes]), np.zeros(2), 400
    a, b = (f1_in_truth(classes, x, average) for x in (error, 1.1 * error))
    for i in range(trials):
        cells = pair(rng, rows, classes, error)
        choice = f1(cells, average)
        found = figure_at(cells.side("a"), choice, SAMPLING, i)(0.95).ci, change(cells, choice)
        hits += [ci is None or ci[0] <= x <= ci[1] for ci, x in zip(found, (a, b - a), strict=True)]
    few = error * rows < 20 * classes
    assert (hits / trials >= (0.9 if few else 0.93)).all()
    assert few or (hits / trials <= 0.98).all()


@pytest.mark.parametrize("name", ["f1", "mcc", "cohen_kappa", "balanced_accuracy"])
def test_it_is_as_wide_as_the_resampled_interval(name):
    cells = pair(np.random.default_rng(1), 2_000, 3, 0.1)
    choice, sampling = choose_metric(name, labels=cells.labels, positive=None), Sampling()
    linear, drawn = LinearPair.of(cells, choice), resampled(cells, choice, sampling)
    assert isinstance(linear, LinearPair)
    assert isinstance(drawn, Resampled)
    assert linear.value == drawn.value
    assert linear.figure(0.95).ci == pytest.approx(drawn.figure(0.95).ci, abs=0.001)
    one = figure_at(cells.side("a"), choice, sampling, 0)(0.95)
    assert one.draws is None
    assert one.ci == pytest.approx(estimate(cells.side("a"), choice, sampling).ci, abs=0.001)


def test_few_rows_of_a_kind_are_resampled():
    cells = pair(np.random.default_rng(1), 200, 3, 0.1)
    choice = f1(cells, "macro")
    assert LinearPair.of(cells, choice) is None
    assert figure_at(cells.side("a"), choice, SAMPLING, 0)(0.95).draws is not None
