"""Several runs of one model: the spread, and an interval over seeds and examples."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.core.scarce.repeated import over_runs


def runs(seeds: int, rows: int = 400) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    hard = rng.beta(0.5, 4, rows)
    frames = []
    for seed in range(seeds):
        label = np.arange(rows) % 2
        wrong = rng.random(rows) < hard
        frames.append(pl.DataFrame({"id": np.arange(rows), "seed": [seed] * rows, "label": label,
                                    "prediction": np.where(wrong, 1 - label, label)}))  # fmt: skip
    return pl.concat(frames)


def test_runs_of_one_model_are_no_more_examples_than_one_has():
    found = ms.score(runs(4), metric="error", by="seed")
    one = ms.score(runs(4).filter(pl.col("seed") == 0), metric="error")
    width = found.ci[1] - found.ci[0]
    assert width >= 0.95 * (one.ci[1] - one.ci[0])
    assert found.to_dict()["means"][0]["spread"]["runs"] == 4
    assert found.to_dict()["scores"][0]["n"] == 400
    assert "MLS292" in {x["code"] for x in found.to_dict()["findings"]}
    # A column that is not of seeds has other rows by value, as ever.
    other = ms.score(runs(4).rename({"seed": "site"}), metric="error", by="site")
    assert other.ci[1] - other.ci[0] < 0.6 * width


def test_candidates_with_several_runs_are_compared_by_their_means():
    table = pl.DataFrame(
        {"name": ["a", "a", "a", "b"], "seed": [1, 2, 3, 1], "accuracy": [91.0, 92.0, 93.0, 91.5],
         "n": [1000] * 4}
    )  # fmt: skip
    found = ms.select(table, optimize="accuracy").to_dict()
    a, b = found["candidates"]
    assert (a["name"], a["value"]) == ("a", pytest.approx(0.92))
    assert a["ci"][1] - a["ci"][0] > b["ci"][1] - b["ci"][0]
    assert found["to_settle"] is None
    (said,) = [x for x in found["findings"] if x["code"] == "MLS293"]
    assert said["evidence"]["candidates"][0]["sd"] == pytest.approx(0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "spread"), [(3, 0.0), (3, 0.02), (10, 0.01)])
def test_the_interval_over_seeds_and_examples_covers(seeds, spread):
    """Errors of runs share their examples: 40% of the rows are wrong in all runs or in none."""
    rng, trials, covered = np.random.default_rng(1), 1000, 0
    for _ in range(trials):
        levels = np.clip(0.15 + rng.normal(0, spread, seeds), 0.01, 0.6)
        hard, shared = rng.random(300), rng.random(300) < 0.4
        wrong = [np.where(shared, hard < p, rng.random(300) < p).mean() for p in levels]
        ends = [wilson_interval(float(x), 300, normal_quantile(0.95)) for x in wrong]
        low, high = over_runs(wrong, ends, 0.95)
        covered += low <= 0.15 <= high
    assert covered / trials >= 0.93
