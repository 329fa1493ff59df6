"""Several runs of one model: the spread, and an interval over seeds and examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.core.figures import over_runs
from mlstrat.core.intervals import normal_quantile, wilson_interval


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


def seed_files(folder: Path, share: float = 0.0) -> list[str]:
    """Write a file a seed, without its column; a share of rows is wrong in all of them."""
    paths = []
    for seed in range(4):
        one = runs(4).filter(pl.col("seed") == seed).drop("seed")
        other = 1 - pl.col("label")
        wrong = pl.col("id") < share * len(one)
        paths.append(str(folder / f"s{seed}.csv"))
        one.with_columns(prediction=pl.when(wrong).then(other).otherwise("prediction")).write_csv(
            paths[-1]
        )
    return paths


@pytest.mark.parametrize("given", ["list", "glob", "frames"])
def test_files_of_one_model_are_runs_by_seed(tmp_path, given):
    paths = seed_files(tmp_path)
    source = {"list": paths, "glob": str(tmp_path / "s*.csv"),
              "frames": [pl.read_csv(x) for x in paths]}[given]  # fmt: skip
    found = ms.score(source, metric="error", by="seed").to_dict()
    column = ms.score(runs(4), metric="error", by="seed").to_dict()
    assert found["means"] == column["means"]
    assert found["scores"][0] == column["scores"][0]
    names = [x["by"]["seed"] for x in found["scores"][1:]]
    assert names == ([f"run {i}" for i in range(1, 5)] if given == "frames"
                     else [f"s{i}" for i in range(4)])  # fmt: skip
    assert [x["rows"] for x in found["signature"]["inputs"]] == [400] * 4


def test_an_example_in_every_run_is_not_twice_there():
    codes = {x["code"] for x in ms.score(runs(3), metric="error", by="seed").to_dict()["findings"]}
    assert "MLS253" not in codes
    twice = pl.concat([runs(3), runs(3)])
    again = ms.score(twice, metric="error", by="seed").to_dict()["findings"]
    assert "MLS253" in {x["code"] for x in again}


def test_on_the_command_line_files_are_runs_where_by_names_seeds(tmp_path, capsys):
    paths = seed_files(tmp_path)
    assert command(["score", *paths, "--by", "seed", "--metric", "error"]) == 0
    assert "4 runs by seed" in capsys.readouterr().out
    assert command(["score", *paths, "--metric", "error"]) == 2
    assert "names no split" in capsys.readouterr().err


def test_a_file_that_tells_its_seeds_is_not_one_run_of_several(tmp_path):
    paths = seed_files(tmp_path)
    runs(2).write_csv(tmp_path / "both.csv")
    with pytest.raises(ms.InputError, match="the file tells its runs itself"):
        ms.score([paths[0], str(tmp_path / "both.csv")], metric="error", by="seed")


def test_other_tasks_average_runs_too():
    run = pl.DataFrame({"id": list(range(50)) * 3, "seed": [1] * 50 + [2] * 50 + [3] * 50,
                        "num": [0.0, 1.0] * 75, "den": [1.0] * 150})  # fmt: skip
    found = ms.score(run, task="ratio", by="seed").to_dict()
    one = ms.score(run.head(50), task="ratio").to_dict()["scores"][0]
    assert found["means"][0]["spread"]["runs"] == 3
    assert found["scores"][0]["ci"] == pytest.approx(one["ci"])


@pytest.mark.parametrize("files", [True, False])
def test_candidates_of_several_runs_are_compared_by_their_means(tmp_path, files):
    candidates = []
    for name, share in (("big", 0.0), ("small", 0.3)):
        (tmp_path / name).mkdir()
        paths = seed_files(tmp_path / name, share)
        candidates.append(str(tmp_path / name / "s*.csv"))
        if not files:
            parts = [pl.read_csv(x).with_columns(seed=i) for i, x in enumerate(paths)]
            candidates[-1] = str(tmp_path / name / "run.csv")
            pl.concat(parts).write_csv(candidates[-1])
    found = ms.select(candidates, optimize="accuracy", by="seed").to_dict()
    big, small = found["candidates"]
    alone = ms.score(candidates[0], metric="accuracy", by="seed").to_dict()["means"][0]
    assert (big["name"], big["value"]) == ("big", pytest.approx(alone["value"]))
    assert big["ci"] == pytest.approx(alone["ci"])
    assert (found["choice"], small["tied"]) == ("big", False)
    (said,) = [x for x in found["findings"] if x["code"] == "MLS293"]
    assert [x["runs"] for x in said["evidence"]["candidates"]] == [4, 4]
    assert found["to_settle"] is None


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
