"""Replicates of very many cells are drawn by slopes: as many resampled cells give, and as exact."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.core import resampling
from mlstrat.core.counts import Cells, Tally, tally
from mlstrat.core.estimates import estimate_all
from mlstrat.core.figures import Sampling
from mlstrat.core.metrics import MetricChoice, choose_metric, moves_alone
from mlstrat.core.pairs import PairCells
from mlstrat.core.resampling import LINEAR_FROM, generator, linear_draws, resample
from mlstrat.workflow.compare.difference import joint_draws

METRICS = ("accuracy", "f1", "mcc", "quadratic_kappa")


def drawn_cells(rng: np.random.Generator, classes: int, rows: int, error: float) -> Cells:
    """Return the cells of rows whose wrong predictions are any other class alike."""
    label = rng.integers(classes, size=rows)
    wrong = rng.random(rows) < error
    called = np.where(wrong, (label + rng.integers(1, classes, rows)) % classes, label)
    key, n = np.unique(label * classes + called, return_counts=True)
    weight = n.astype(np.float64)
    return Cells(
        labels=tuple(map(str, range(classes))), splits=("dev",), split=np.zeros(len(key), np.int64),
        truth=key // classes, predicted=key % classes, n=n, weight=weight, weight_squared=weight,
    )  # fmt: skip


def choices_of(cells: Cells, names: tuple[str, ...] = METRICS) -> list[MetricChoice]:
    return [choose_metric(name, labels=cells.labels, positive=None) for name in names]


def both_ways(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Return replicates of the metrics, of cells that are resampled and by slopes."""
    choices, found = choices_of(cells), []

    def values(t: Tally) -> np.ndarray:
        return np.stack([x.of_tally(t, cells.labels) for x in choices])

    for least in (math.inf, 0):
        monkeypatch.setattr(resampling, "LINEAR_FROM", least)
        found.append(resample(cells, values, 2_000, generator(0)))
    return found


def test_slopes_give_the_spread_and_the_correlations_of_resampled_cells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells = drawn_cells(np.random.default_rng(1), 40, 8_000, 0.2)
    resampled, by_slopes = both_ways(cells, monkeypatch)
    assert np.std(by_slopes, axis=1) == pytest.approx(np.std(resampled, axis=1), rel=0.06)
    assert np.corrcoef(by_slopes) == pytest.approx(np.corrcoef(resampled), abs=0.03)


def test_the_spread_of_an_accuracy_is_that_of_a_proportion() -> None:
    cells = drawn_cells(np.random.default_rng(2), 30, 4_000, 0.3)
    (accuracy,) = choices_of(cells, ("accuracy",))
    columns = cells.weight, cells.weight_squared, cells.truth, (cells.predicted,)
    drawn = linear_draws(
        generator(0), columns, 30, lambda t: accuracy.of_tally(t, cells.labels)[None, :], 40_000,
        symmetric=True,
    )  # fmt: skip
    p = float(accuracy.of_tally(tally(cells), cells.labels)[0])
    assert drawn.std() == pytest.approx(math.sqrt(p * (1 - p) / 4_000), rel=0.02)
    assert drawn.mean() == pytest.approx(p, abs=0.0002)


def test_classes_that_move_it_alike_are_moved_once_without_a_change() -> None:
    cells = drawn_cells(np.random.default_rng(3), 60, 300, 0.5)
    (f1,) = choices_of(cells, ("f1",))
    columns = cells.weight, cells.weight_squared, cells.truth, (cells.predicted,)
    once, each = (
        linear_draws(
            generator(0), columns, 60, lambda t: f1.of_tally(t, cells.labels)[None, :], 100,
            symmetric=symmetric,
        )
        for symmetric in (True, False)
    )  # fmt: skip
    assert once == pytest.approx(each, rel=1e-9)
    ordered, binary = (
        choose_metric("quadratic_kappa", labels=cells.labels, positive=None),
        choose_metric("f_beta", labels=("0", "1"), positive="1", beta=2),
    )
    assert (f1.symmetric, ordered.symmetric, binary.symmetric) == (True, False, False)


def pair_of(rng: np.random.Generator, classes: int, rows: int) -> PairCells:
    """Return the joint table of two models of which b errs less."""
    label = rng.integers(classes, size=rows)
    a, b = (
        np.where(rng.random(rows) < error, rng.integers(classes, size=rows), label)
        for error in (0.4, 0.3)
    )
    found, n = np.unique(np.stack([label, a, b]), axis=1, return_counts=True)
    weight = n.astype(np.float64)
    return PairCells(tuple(map(str, range(classes))), "dev", *found, n, weight, weight)


def test_two_models_on_the_same_rows_move_together(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = pair_of(np.random.default_rng(4), 20, 4_000)
    f1 = choose_metric("f1", labels=cells.labels, positive=None)
    found = []
    for least in (math.inf, 0):
        monkeypatch.setattr("mlstrat.workflow.compare.difference.LINEAR_FROM", least)
        a, b = joint_draws(cells, f1, Sampling(0.95, 2_000, 0))
        found.append((a.std(), b.std(), (b - a).std()))
    assert found[1] == pytest.approx(found[0], rel=0.06)


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "classes", "error"), [(12_000, 1_000, 0.4), (60_000, 3_000, 0.1)])
def test_intervals_by_slopes_cover(rows: int, classes: int, error: float) -> None:
    rng = np.random.default_rng(5)
    sure, inside, runs = Sampling(0.95, 500, 0), 0, 60
    for seed in range(runs):
        cells = drawn_cells(rng, classes, rows, error)
        assert len(cells.n) >= LINEAR_FROM
        (mcc,) = choices_of(cells, ("mcc",))
        (found,) = estimate_all(cells, (mcc,), replace(sure, seed=seed))
        assert found.ci is not None
        true = 1 - error - error / (classes - 1)
        inside += found.ci[0] <= true <= found.ci[1]
    assert inside / runs >= 0.88


def test_a_document_says_that_it_is_linearised(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = {"label": ["a", "b"] * 50, "prediction": ["a", "b", "b", "a"] * 25}
    told = ms.score(frame, metric="f1").signature.method
    monkeypatch.setattr(resampling, "LINEAR_FROM", 4)
    assert "linearised Bayesian" not in told
    linear = ms.score(frame, metric="f1")
    assert "linearised Bayesian bootstrap of cells" in linear.signature.method


@pytest.mark.parametrize("average", ["macro", "weighted"])
@pytest.mark.parametrize("name", ["precision", "recall", "f1", "f_beta", "specificity"])
def test_slopes_of_averages_are_those_of_classes_that_are_moved_one_by_one(
    name: str, average: str
) -> None:
    cells = drawn_cells(np.random.default_rng(4), 70, 300, 0.5)
    cells = replace(cells, predicted=np.where(cells.predicted == 5, -1, cells.predicted))
    beta = 2.0 if name == "f_beta" else 1.0
    choice = choose_metric(name, labels=cells.labels, positive=None, average=average, beta=beta)
    alone = moves_alone([choice])
    assert alone is not None

    def values(t: Tally) -> np.ndarray:
        return choice.of_tally(t, cells.labels)[None, :]

    one_by_one, at_once = (
        list(resampling._slopes(values, tally(cells), symmetric=False, alone=way))
        for way in (None, alone)
    )
    assert len(at_once) == 5
    never_called = np.arange(70) != 5  # a precision that begins to exist has no slope
    for a, b in zip(one_by_one, at_once, strict=True):
        some = never_called if a.shape[1] == 70 else slice(None)
        assert b[:, some] == pytest.approx(a[:, some], rel=1e-4, abs=1e-9)
    assert any(np.abs(x).max() > 1e-5 for x in at_once)


def test_what_is_no_mean_of_classes_has_no_slopes_of_classes() -> None:
    labels = ("a", "b", "c")
    for name, average in (("mcc", None), ("accuracy", None), ("f1", "micro")):
        choice = choose_metric(name, labels=labels, positive=None, average=average)
        assert moves_alone([choice]) is None
