"""The history of the gaps: which run is set beside which, and what counts as moved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.core.figures import Estimate, Sampling, from_counts
from mlstrat.core.intervals import paired_correlation
from mlstrat.workflow.diagnose.ladder import Decomposition, Level, decompose
from mlstrat.workflow.history.answer import history
from mlstrat.workflow.history.compute import Trial, apart, compare_trials, turns

SAMPLING = Sampling(resamples=100)


def ladder(train: int, dev: int, n: int = 1000) -> Decomposition:
    levels = [
        Level("human", from_counts(0, n, SAMPLING), fixed=True),
        Level("train", from_counts(train, n, SAMPLING)),
        Level("dev", from_counts(dev, n, SAMPLING)),
    ]
    return decompose(levels, sampling=SAMPLING, different_distributions=False, tolerance=0.01)


def test_one_knob_that_lowers_variance_is_named_with_its_gap():
    trials = [
        Trial("plain", {"dropout": 0.0, "depth": 5}, ladder(20, 200)),
        Trial("dropout", {"dropout": 0.5, "depth": 5}, ladder(22, 100)),
    ]
    (change,) = compare_trials(trials, 0.95)
    assert (change.run, change.beside) == ("dropout", "plain")
    assert [(t.knob, t.before, t.after) for t in change.turns] == [("dropout", 0.0, 0.5)]
    assert [m.name for m in change.moved] == ["variance"]
    assert change.moved[0].value == pytest.approx(-0.102)
    low, high = change.moved[0].ci or (0, 0)
    assert low < -0.102 < high < 0


def test_a_run_stands_beside_the_earlier_one_that_differs_least():
    trials = [
        Trial("base", {"dropout": 0.0, "l2": 0.0}, ladder(20, 200)),
        Trial("dropout", {"dropout": 0.5, "l2": 0.0}, ladder(20, 150)),
        Trial("l2", {"dropout": 0.0, "l2": 0.1}, ladder(20, 150)),
        Trial("both", {"dropout": 0.5, "l2": 0.1}, ladder(20, 120)),
    ]
    found = {c.run: c.beside for c in compare_trials(trials, 0.95)}
    # "both" is one knob from "dropout" and from "l2": the latest of the two.
    assert found == {"dropout": "base", "l2": "base", "both": "l2"}


def test_a_setting_that_one_run_does_not_tell_is_a_knob_unset():
    assert [(t.before, t.after) for t in turns({"rate": 0.1}, {})] == [(0.1, None)]


def test_gaps_between_other_levels_are_not_compared():
    with_train_dev = decompose(
        [Level(x, from_counts(k, 1000, SAMPLING)) for x, k in
         (("train", 10), ("train-dev", 20), ("dev", 90))],
        sampling=SAMPLING, different_distributions=True, tolerance=0.01,
    )  # fmt: skip
    trials = [Trial("a", {}, ladder(20, 200)), Trial("b", {}, with_train_dev)]
    (change,) = compare_trials(trials, 0.95)
    assert change.moves == ()  # variance is train → dev in one, and train → train-dev in the other


def test_a_small_change_has_not_moved_and_a_gap_without_counts_cannot_tell():
    trials = [Trial("a", {"x": 1}, ladder(20, 200)), Trial("b", {"x": 2}, ladder(20, 201))]
    (change,) = compare_trials(trials, 0.95)
    assert [m.moved for m in change.moves] == [False, False]
    few = "no interval: 3 groups"
    bare = decompose(
        [Level("human", from_counts(0, 1000, SAMPLING), fixed=True),
         Level("train", Estimate(0.02, None, 1000, few))],
        sampling=SAMPLING, different_distributions=False, tolerance=0.01,
    )  # fmt: skip
    (change,) = compare_trials([Trial("a", {}, bare), Trial("b", {}, bare)], 0.95)
    assert [(m.ci, m.moved) for m in (*change.moves, *change.levels)] == [(None, None)] * 2


def _simulated(rng, rates: list[tuple[float, float]], n: int) -> list[Trial]:
    return [
        Trial(str(i), {"seed": i}, ladder(rng.binomial(n, a), rng.binomial(n, b), n))
        for i, (a, b) in enumerate(rates)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("n", [200, 2000])
def test_the_interval_of_a_change_covers(n: int):
    rng = np.random.default_rng(n)
    rates = [(0.05, 0.25), (0.10, 0.20)]
    truth = (0.20 - 0.10) - (0.25 - 0.05)
    hits = 0
    trials = 1500
    for _ in range(trials):
        (change,) = compare_trials(_simulated(rng, rates, n), 0.95)
        low, high = next(m.ci for m in change.moves if m.name == "variance") or (1, 0)
        hits += low <= truth <= high
    assert 0.93 <= hits / trials <= 0.97


@pytest.mark.slow
def test_a_history_in_which_nothing_moves_rarely_says_that_something_did():
    rng = np.random.default_rng(5)
    alarms = 0
    trials = 400
    for _ in range(trials):
        changes = compare_trials(_simulated(rng, [(0.1, 0.2)] * 8, 500), 0.95)
        alarms += any(c.moved for c in changes)
    assert alarms / trials <= 0.05 + 0.025  # two standard errors of 400 trials


def _on_shared_rows(
    rng: np.random.Generator, n: int, moved: float
) -> tuple[list[Trial], dict[str, float]]:
    """Return two runs that err on mostly the same rows, the second on `moved` more of dev."""
    errors: list[dict[str, int]] = [{}, {}]
    shared = {}
    for split, error in (("train", 0.05), ("dev", 0.2)):
        hard = rng.random(n) < 0.8 * error
        rates = [(error + x - 0.8 * error) / (1 - 0.8 * error)
                 for x in (0.0, moved if split == "dev" else 0.0)]  # fmt: skip
        a, b = (hard | (rng.random(n) < rate) for rate in rates)
        table = (a & b).sum(), (a & ~b).sum(), (~a & b).sum(), (~a & ~b).sum()
        shared[split] = paired_correlation(*map(float, table))
        errors[0][split], errors[1][split] = int(a.sum()), int(b.sum())
    return [Trial(str(i), {"seed": i}, ladder(x["train"], x["dev"], n))
            for i, x in enumerate(errors)], shared  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 300, 1000])
def test_on_shared_rows_a_move_is_seen_sooner_and_no_move_as_seldom(n: int):
    rng, seen = np.random.default_rng(n), dict.fromkeys(("none", "paired", "apart"), 0)
    for _ in range(200):
        trials, shared = _on_shared_rows(rng, n, 0.0)
        (change,) = compare_trials(trials, 0.95, lambda _i, _j, s=shared: s)
        seen["none"] += bool(change.moved or change.moved_levels)
        trials, shared = _on_shared_rows(rng, n, 0.08)
        for name, together in (("paired", lambda _i, _j, s=shared: s), ("apart", apart)):
            (change,) = compare_trials(trials, 0.95, together)
            seen[name] += "dev" in [m.name for m in change.moved_levels]
    assert seen["none"] / 200 <= 0.05
    assert seen["paired"] > 1.5 * seen["apart"] or seen["apart"] > 195


def run_file(folder: Path, name: str, right: float, n: int = 500, ids: bool = True) -> None:
    """Write a run that is right on a share of dev: the first rows, which are the same for all."""
    (folder / name).mkdir()
    rows = [f"{i},{'dev' if i < n else 'train'},x,{'x' if i % n < right * n else 'y'}"
            for i in range(2 * n)]  # fmt: skip
    if not ids:
        rows = [row.partition(",")[2] for row in rows]
    head = "id,split,label,prediction" if ids else "split,label,prediction"
    (folder / name / "run.csv").write_text("\n".join([head, *rows]) + "\n")
    (folder / name / "run.toml").write_text(f'[run]\nseed = "{name}"\n')


def test_a_level_on_the_same_rows_moves_by_a_paired_difference(tmp_path):
    # 91.6 → 81.1 → 95.0% of 95 rows: intervals of different rows would overlap.
    for name, right in (("a", 87 / 95), ("b", 77 / 95), ("c", 90.25 / 95)):
        run_file(tmp_path, name, right, 95)
    found = history(tmp_path, options={})
    document = found.to_dict()
    moved = [{m["level"]: m["moved"] for m in change["levels"]} for change in document["changes"]]
    assert moved == [{"train": True, "dev": True}] * 2
    first = document["changes"][0]["levels"][1]["change"]
    runs = [tmp_path / name / "run.csv" for name in "ab"]
    paired = ms.compare(*runs, metric="error").difference
    assert (first["value"], first["ci"]) == (
        pytest.approx(10 / 95), pytest.approx(paired.ci)
    )  # fmt: skip
    # Train and dev move together, so that the gap between them does not.
    assert [m["moved"] for c in document["changes"] for m in c["gaps"]] == [False, False]
    assert found.to_text().startswith(
        "No gap surely moved over 3 runs, but seed b → c lowered the error on dev by 14.7\npoints."
    )
    assert "MLS524" not in [x["code"] for x in document["findings"]]


def test_runs_without_ids_are_of_different_examples_and_it_is_said(tmp_path):
    for name, right in (("a", 87 / 95), ("b", 77 / 95)):
        run_file(tmp_path, name, right, 95, ids=False)
    found = history(tmp_path, options={}).to_dict()
    assert [m["moved"] for m in found["changes"][0]["levels"]] == [False, False]
    (finding,) = [x for x in found["findings"] if x["code"] == "MLS524"]
    assert [(x["run"], x["beside"]) for x in finding["evidence"]["runs"]] == [("b", "a")]
