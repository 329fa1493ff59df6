"""The loop on data with a known cause: it turns the right knobs, stops in time, and says why."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.core.wording import Scale
from mlstrat.harness.datasets import Examples
from mlstrat.harness.recipes.recipe import Model
from mlstrat.workflow.improve import findings, rounds
from mlstrat.workflow.improve.compute import Paired, choose, paired, typed_budget, would_be_seen
from mlstrat.workflow.improve.findings import unseen_text

pytestmark = pytest.mark.usefixtures("typed")

TURNED = "another model (random forest)"


def noisy(rows: int = 900, seed: int = 0, **columns: Any) -> pd.DataFrame:
    """Return a table that one tree learns by heart and a forest or a line learns better."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 8))
    label = np.where(x.sum(axis=1) + rng.normal(0, 0.7, rows) > 0, "yes", "no")
    return pd.DataFrame({**{f"x{i}": x[:, i].round(3) for i in range(8)}, "y": label, **columns})


def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Collect the rows of examples that anything reads from here on."""
    seen: list[np.ndarray] = []
    own = Examples.rows
    monkeypatch.setattr(Examples, "rows", lambda self, rows: seen.append(rows) or own(self, rows))
    return seen


def test_the_gap_is_closed_by_its_own_knobs_and_fresh_rows_measure_it(
    empty_folder: Any,
) -> None:
    found = ms.improve(noisy(), target="y", model="decision_tree", budget="30 runs", out="loop")
    first = found.loop.rounds[0]
    assert first.focus == ("variance",)
    assert all("variance" in x.turn.aims_at for x in first.tried)
    assert found.steps
    assert found.levels is not None
    assert found.levels[1] < found.levels[0]
    assert found.confirmed is not None
    assert found.confirmed.rows == 180
    assert found.to_text().startswith(f"{found.what}: {len(found.steps)} step")
    told = json.loads(Path("loop/improve.json").read_text())
    assert told["steps"] == list(found.steps)
    runs = [name for x in told["rounds"] for name in [x["run"]]]
    assert all(Path("loop", run, "run.csv").is_file() for run in runs)
    assert "MLS860" in Path("loop/report.md").read_text()  # dev was chosen on
    assert set(pd.read_csv("loop/last/run.csv")["split"]) == {"train", "dev", "test"}


def test_no_confirming_row_is_looked_at_before_the_end(
    empty_folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = looked_at(monkeypatch)
    at: list[int] = []
    own = rounds.on_reserved
    from mlstrat.workflow.improve import answer

    monkeypatch.setattr(answer, "on_reserved", lambda *a: at.append(len(seen)) or own(*a))
    found = ms.improve(noisy(), target="y", model="decision_tree", budget="30 runs", out="loop")
    assert found.steps
    test = set(pd.read_csv("loop/last/run.csv").query("split == 'test'")["id"])
    assert len(test) == 180
    names = {row: f"row-{row + 1:03d}" for row in range(900)}
    before = {names[int(row)] for rows in seen[: at[0]] for row in rows}
    after = [names[int(row)] for rows in seen[at[0] :] for row in rows]
    assert len(at) == 1
    assert not before & test
    assert sorted(after[: 2 * 180]) == sorted([*test, *test])  # first and last model, once each


def test_runs_of_the_loop_hold_no_test_rows(empty_folder: Any) -> None:
    ms.improve(noisy(400), target="y", model="decision_tree", budget="4 runs", out="loop")
    for path in Path("loop").glob("[0-9]*/run.csv"):
        assert set(pd.read_csv(path)["split"]) == {"train", "dev"}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(empty_folder: Any) -> None:
    how: Any = {"target": "y", "model": "decision_tree", "budget": "6 runs"}
    for folder in ("one", "two"):
        ms.improve(noisy(400), **how, out=folder)
    names = ["improve.json", "report.md", *(str(x.relative_to("one"))
             for x in Path("one").glob("*/run.csv"))]  # fmt: skip
    assert len(names) > 6
    for name in names:
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes(), name


@pytest.mark.slow
def test_a_killed_loop_goes_on_where_it_was(
    empty_folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    how: Any = {"target": "y", "model": "decision_tree", "budget": "6 runs"}
    ms.improve(noisy(400), **how, out="whole")
    own, trained = rounds.Workshop.train, []

    def ends(self: Any, run: str, setting: Any) -> Any:
        if len(trained) == 3:
            raise KeyboardInterrupt
        trained.append(run)
        return own(self, run, setting)

    with monkeypatch.context() as patched:
        patched.setattr(rounds.Workshop, "train", ends)
        with pytest.raises(KeyboardInterrupt):
            ms.improve(noisy(400), **how, out="cut")
    assert Path("cut/unfinished.json").is_file()
    with pytest.raises(ms.UsageError, match="not empty"):
        ms.improve(noisy(401), **how, out="cut")
    old = {x: x.stat().st_mtime_ns for x in Path("cut").glob("*/run.csv")}
    ms.improve(noisy(400), **how, out="cut")
    assert all(x.stat().st_mtime_ns == at for x, at in old.items())
    assert not Path("cut/unfinished.json").exists()
    for name in ("improve.json", "report.md"):
        assert Path("cut", name).read_bytes() == Path("whole", name).read_bytes()


def test_a_budget_of_runs_is_kept_and_what_it_left_out_is_named(empty_folder: Any) -> None:
    found = ms.improve(noisy(400), target="y", model="decision_tree", budget="3 runs", out="loop")
    assert len(list(Path("loop").glob("[0-9]*/run.csv"))) == 3
    assert any(x.left_out for x in found.loop.rounds)


def test_time_is_predicted_before_a_run_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    own = rounds.Workshop.train

    def slow(self: Any, run: str, setting: Any) -> Any:
        begun.append(run)
        errors = own(self, run, setting)
        self.took[run] = 100.0
        return errors

    monkeypatch.setattr(rounds.Workshop, "train", slow)
    found = ms.improve(noisy(400), target="y", model="decision_tree", budget="60s")
    assert begun == ["0-first"]
    assert found.loop.stopped == "budget"
    assert "MLS868" in {x.code for x in found.findings}


def test_where_nothing_helps_it_stops_and_says_what_would_have_been_seen() -> None:
    rng = np.random.default_rng(1)
    frame = noisy(600).assign(y=rng.choice(["no", "yes"], 600))
    found = ms.improve(frame, target="y", model="decision_tree", budget="30 runs")
    assert not found.steps
    assert found.loop.stopped == "no_gain"
    assert "would not have been found" in found.to_text()
    assert "no step was kept" in found.to_text()


def test_more_seeds_are_advised_where_training_leaves_something_to_luck() -> None:
    def shop(seeds: int, *kinds: str) -> Any:
        runs = {x: [SimpleNamespace(task=SimpleNamespace(model=Model(x)))] for x in kinds}
        return SimpleNamespace(seeds=range(seeds), held=runs)

    assert findings._luck(shop(1, "ridge", "random_forest"))
    assert not findings._luck(shop(3, "ridge", "random_forest"))
    assert not findings._luck(shop(1, "ridge", "hist_gradient_boosting"))
    said = unseen_text(0.052, Scale(), luck=True)
    assert said.endswith("under 5.2 points would not have been found; with --seeds 3, one under "
                         "3.0 at best.")  # fmt: skip


def test_without_a_human_level_bias_stops_the_loop() -> None:
    frame = noisy(2000)
    found = ms.improve(frame, target="y", model="logistic_regression", budget="9 runs")
    assert found.loop.stopped == "unsure"
    assert "--human-error RATE" in found.to_text()


def test_wrong_labels_in_train_are_not_taken_for_avoidable_bias() -> None:
    frame = noisy(1500)
    frame["split"] = np.repeat(["train", "dev", "test"], 500)
    turned = np.random.default_rng(2).random(1500) < 0.3
    turned &= frame["split"] == "train"
    frame.loc[turned, "y"] = np.where(frame.loc[turned, "y"] == "yes", "no", "yes")
    found = ms.improve(frame, target="y", model="logistic_regression", human_error="5%",
                       budget="20 runs")  # fmt: skip
    assert found.loop.stopped == "labels"
    assert not found.steps
    assert "are its labels right?" in found.to_text()


def test_mismatch_without_rows_like_dev_in_train_stops_the_loop() -> None:
    frame = noisy(3000)
    frame["split"] = np.repeat(["train", "train-dev", "dev", "test"], [1500, 500, 500, 500])
    frame["source"] = np.where(frame["split"].isin(["dev", "test"]), "phone", "studio")
    there = frame["source"] == "phone"
    frame.loc[there, ["x0", "x1"]] = -frame.loc[there, ["x0", "x1"]]
    found = ms.improve(frame, target="y", model="logistic_regression", human_error="8%",
                       budget="20 runs")  # fmt: skip
    assert found.loop.stopped == "mismatch"
    assert "collect rows like dev" in found.to_text()
    assert not found.steps


def test_rows_like_dev_in_train_are_counted_more() -> None:
    frame = noisy(3000)
    frame["split"] = np.repeat(["train", "train-dev", "dev", "test"], [1500, 500, 500, 500])
    frame["source"] = np.where(frame["split"].isin(["dev", "test"]), "phone", "studio")
    frame.loc[:149, "source"] = "phone"
    there = frame["source"] == "phone"
    frame.loc[there, ["x0", "x1"]] = -frame.loc[there, ["x0", "x1"]]
    found = ms.improve(frame, target="y", model="logistic_regression", human_error="8%",
                       budget="20 runs")  # fmt: skip
    tried = [x.turn.name for one in found.loop.rounds for x in one.tried]
    assert "target_weight" in tried


def test_confirming_rows_are_whole_groups() -> None:
    frame = noisy(900, patient=[f"p{i % 90}" for i in range(900)])
    from mlstrat.harness.loop import Setting, source_of
    from mlstrat.harness.train.learning_table import TableAsked

    source = source_of(frame, target="y", model=None, roles=TableAsked(), confirm=0.25)
    task = source.task(Setting(), 0)
    test = task.reserved["test"]
    inside = set(task.examples.groups[test])
    others = {g for rows in task.splits.values() for g in task.examples.groups[rows]}
    assert not inside & others
    assert 0.2 < len(test) / 900 < 0.26
    kept = np.concatenate([*task.splits.values(), test])
    assert sorted(kept.tolist()) == list(range(900))


@pytest.mark.slow
def test_a_table_of_its_own_confirms(empty_folder: Any) -> None:
    noisy(500, 9).to_csv("fresh.csv", index=False)
    found = ms.improve(noisy(), target="y", model="decision_tree", budget="30 runs",
                       confirm="fresh.csv")  # fmt: skip
    assert found.confirmed is not None
    assert found.confirmed.rows == 500
    with pytest.raises(ms.InputError, match="columns are missing"):
        ms.improve(noisy(), target="y", confirm=noisy(50).drop(columns="x0"), budget="3 runs")


@pytest.mark.slow
def test_without_rows_that_confirm_the_gain_is_not_quoted() -> None:
    frame = noisy().assign(split=np.resize(["train", "train", "dev"], 900))
    found = ms.improve(frame, target="y", model="decision_tree", budget="30 runs")
    assert found.steps
    assert found.confirmed is None
    assert "not confirmed" in found.to_text()
    assert "MLS869" in {x.code for x in found.findings}


@pytest.mark.slow
def test_a_second_loop_on_the_same_dev_confirms_each_step_on_fresh_rows(empty_folder: Any) -> None:
    how: Any = {"target": "y", "model": "decision_tree", "budget": "30 runs"}
    first = ms.improve(noisy(), **how, out="first")
    assert first.uses[1:] == (0, False)
    assert all(x.fresh is None for x in first.loop.rounds)
    ledger = json.loads(Path("improve.ledger.json").read_text())
    (dev,) = ledger["sets"].values()
    assert dev["uses"] == first.comparisons
    second = ms.improve(noisy(), **how, seed=1, out="second")
    assert second.uses[1:] == (first.comparisons, True)
    assert second.loop.rounds[0].fresh is not None
    assert second.loop.rounds[0].fresh.rows == 60
    assert second.confirmed is not None
    assert second.confirmed.rows == 180 - second.loop.spent  # the rest is still fresh


@pytest.mark.slow
def test_many_comparisons_have_each_step_confirmed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "MANY_USES", 2)
    found = ms.improve(noisy(), target="y", model="decision_tree", budget="30 runs")
    assert found.loop.rounds[0].fresh is not None


def test_a_dry_run_trains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds.Workshop, "train", None)
    found = ms.improve(noisy(), target="y", model="decision_tree", dry_run=True)
    assert found.rows == {"train": 540, "dev": 180}
    assert found.reserved == 180
    assert any("random forest" in title for _, title, _ in found.turns)


@pytest.mark.slow
def test_several_seeds_are_averaged() -> None:
    found = ms.improve(noisy(500), target="y", model="decision_tree", budget="6 runs", seeds=2)
    assert found.seeds == 2
    assert found.loop.rounds[0].tried


def test_the_text_fits_one_screen_and_says_the_verdict_first(empty_folder: Any) -> None:
    found = ms.improve(noisy(), target="y", model="decision_tree", budget="30 runs", out="loop")
    lines = found.to_text().splitlines()
    assert len(lines) <= 24
    assert "step" in lines[0]


@pytest.mark.slow
def test_the_knobs_of_own_data_are_studied_as_those_of_recipes(empty_folder: Any) -> None:
    noisy(400).assign(z="same").to_csv("mine.csv", index=False)
    found = ms.study("knobs", "mine.csv", target="y", seeds=1, out="study",
                     knobs=["shallower", "l2=3"])  # fmt: skip
    assert [x.condition.name for x in found.study.conditions] == ["base", "shallower", "l2_3"]
    assert "No knob of this study aims at avoidable bias" in found.about
    assert set(pd.read_csv("study/base/seed-0/run.csv")["split"]) == {"train", "dev"}
    with pytest.raises(ms.UsageError, match=r"this study turns no knob 'wider'"):
        ms.study("knobs", "mine.csv", target="y", knobs=["wider"])
    with pytest.raises(ms.UsageError, match=r"is a recipe"):
        ms.study("knobs", "wine", target="y")


@pytest.mark.parametrize("budget", ["", "10", "0m", "-1s", "0 runs", "soon", "nan s", "infm"])
def test_a_budget_that_is_none_is_refused(budget: str) -> None:
    with pytest.raises(ms.UsageError, match="budget is"):
        ms.improve("wine", budget=budget)


@pytest.mark.parametrize("confirm", ["0%", "100%", "120%", "nothing.csv", "-5%"])
def test_rows_to_confirm_that_are_none_are_refused(confirm: str) -> None:
    with pytest.raises(ms.UsageError, match="confirm is"):
        ms.improve(noisy(100), target="y", confirm=confirm)


def test_a_recipe_has_rows_of_its_own() -> None:
    with pytest.raises(ms.UsageError, match=r"is a recipe: target='y', confirm|is a recipe"):
        ms.improve("wine", target="y", confirm="25%")


def test_a_gain_is_tested_by_mcnemar_and_groups_by_their_signs() -> None:
    before, after = np.repeat([1.0, 0.0, 0.0], [12, 3, 85]), np.repeat([0.0, 1.0, 0.0], [12, 3, 85])
    alone = paired(before, after, None)
    assert alone.gain == pytest.approx(0.09)
    assert alone.p_value == pytest.approx(2 * 576 / 2**15)  # P(X <= 3) of 15 at 1/2: 576 / 2^15
    assert alone.ci is not None
    assert alone.ci[0] < 0.09 < alone.ci[1]
    one = paired(before, after, np.zeros(100, np.intp))
    assert one.p_value == 1.0
    assert one.ci is None


def test_holm_counts_the_turns_of_the_round() -> None:
    sure = Paired(0.03, None, 0.02, 1000, 0.08)
    null = Paired(0.0, None, 0.9, 1000, 0.08)
    assert choose({"a": sure}, 0.1).best == "a"
    assert choose({"a": sure, "b": null, "c": null}, 0.1).best is None
    assert choose({"a": Paired(-0.03, None, 0.0001, 1000, 0.08)}, 0.1).best is None
    more, fewer = would_be_seen([null] * 12, 0.1), would_be_seen([null], 0.1)
    assert more is not None
    assert fewer is not None
    assert more > fewer


def test_budgets_are_read_as_people_write_them() -> None:
    assert typed_budget("1.5h") == (5400.0, None)
    assert typed_budget("1 run") == (None, 1)
