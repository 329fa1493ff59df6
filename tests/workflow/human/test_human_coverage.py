"""Intervals of pooled answers and of agreement are promises; the guard guards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.counts import ABSTAINED, Cells
from mlstrat.core.figures import Sampling, from_counts
from mlstrat.workflow.diagnose.run import diagnose_cells
from mlstrat.workflow.human.crowd import agreement, mean_level, pooled_error
from mlstrat.workflow.human.levels import levels_from_cells
from tests.simulation import make_cells


def crowd(
    rng, n: int, error: float, people: int, share: float, hard: float, grouped: bool
) -> Cells:
    """People who err together: an example is hard for all, or easy for all."""
    truth = rng.integers(0, 2, n)
    spread = 1 / hard - 1
    by = np.arange(n) // 5 if grouped else np.arange(n)
    rate = rng.beta(error * spread, (1 - error) * spread, size=n)[by]
    answers = {}
    for k in range(people):
        said = np.where(rng.random(n) < rate, 1 - truth, truth)
        answers[str(k)] = np.where(rng.random(n) < share, said, ABSTAINED)
    cells = make_cells(truth, truth, np.ones(n), None, 2, False)
    ones = np.ones(n)
    return replace(
        cells, truth=truth, predicted=truth, split=np.zeros(n, np.int64), answers=answers,
        n=np.ones(n, np.int64), weight=ones, weight_squared=ones, group=by if grouped else None,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize(("n", "error"), [(50, 0.1), (200, 0.1), (200, 0.5), (2000, 0.01),
                                          (2000, 0.1)])  # fmt: skip
def test_the_pooled_error_is_covered_though_people_err_together(n, error, grouped):
    rng, trials, sampling = np.random.default_rng(3), 2000, Sampling(resamples=100)
    covered = 0
    for _ in range(trials):
        cells = crowd(rng, n, error, 3, 0.8, 0.3, grouped)
        low, high = pooled_error(cells, ["0", "1", "2"], sampling).ci
        covered += low <= error <= high
    independent = n // 5 if grouped else n
    lowest = 0.93 if independent * error >= 10 else 0.90
    assert covered / trials >= lowest
    assert covered / trials <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize(("n", "share"), [(50, 1.0), (200, 1.0), (200, 0.7), (2000, 0.7)])
def test_alpha_is_covered(n, share):
    rng, trials, sampling = np.random.default_rng(4), 2000, Sampling(resamples=100)
    big = crowd(rng, 400_000, 0.15, 3, share, 0.2, False)
    truth = agreement(big, sampling).figure.value
    covered = 0
    for _ in range(trials):
        ci = agreement(crowd(rng, n, 0.15, 3, share, 0.2, False), sampling).figure.ci
        covered += ci is not None and ci[0] <= truth <= ci[1]
    assert 0.93 <= covered / trials <= 0.97


@pytest.mark.slow
def test_the_mean_of_typed_levels_is_covered_though_they_share_examples():
    rng, trials, sampling = np.random.default_rng(5), 2000, Sampling(resamples=100)
    covered = 0
    for _ in range(trials):
        cells = crowd(rng, 300, 0.1, 3, 1.0, 0.5, False)
        wrong = [int((codes != cells.truth).sum()) for codes in cells.answers.values()]
        low, high = mean_level([from_counts(k, 300, sampling) for k in wrong], sampling).ci
        covered += low <= 0.1 <= high
    assert covered / trials >= 0.93


@pytest.mark.slow
def test_the_guard_keeps_the_proxy_from_being_the_luckiest():
    # Thirty equal people at 5% with 30 answers each, and one with 1,000.
    rng, sampling = np.random.default_rng(6), Sampling(resamples=100)
    found = []
    for _ in range(200):
        errors = [*(rng.binomial(30, 0.05, 30) / 30), rng.binomial(1000, 0.05) / 1000]
        table = pl.DataFrame({"name": [str(i) for i in range(31)], "error": errors,
                              "n": [30] * 30 + [1000]})  # fmt: skip
        found.append(ms.human(table, resamples=sampling.resamples).bayes_proxy[1])
    assert np.mean(found) == pytest.approx(0.05, abs=0.002)


def test_the_rule_is_the_one_of_diagnose():
    rng = np.random.default_rng(7)
    for _ in range(20):
        cells = crowd(rng, 150, 0.2, int(rng.integers(1, 5)), 0.7, 0.2, False)
        proxy = levels_from_cells(cells, Sampling(resamples=100)).proxy
        found = diagnose_cells(cells, sampling=Sampling(resamples=100))
        (evidence,) = [f.evidence for f in found.findings if f.code == "MLS210"]
        assert (evidence["name"], evidence["error"]) == (proxy.name, proxy.value)
        level = found.decomposition.level("human")
        assert level is None or level.estimate.ci == proxy.error.ci
