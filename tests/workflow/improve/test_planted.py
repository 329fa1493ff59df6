"""Planted data through the real loop: how often it takes a false step, and finds a true one.

The turns are constant models that answer by the row: their errors on dev are planted, and nothing
but the training itself is replaced.
"""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlstrat.harness.studies.turning import Turned
from mlstrat.workflow.improve import rounds
from mlstrat.workflow.improve.rounds import Workshop, run_loop

pytestmark = pytest.mark.slow

KNOBS, ERROR = 12, 0.10
PROJECTS = 200


class Setting:
    """How much better than the first model a planted one truly is."""

    def __init__(self, gain: float = 0.0, turned: frozenset[str] = frozenset()) -> None:
        self.gain, self.turned = gain, turned

    def after(self, turn: Turned) -> Setting:
        return Setting(self.gain + turn.knobs["gain"], self.turned | {turn.name})


class Planted:
    """Twelve knobs, of which one may be worth something."""

    def __init__(self, worth: float) -> None:
        self.worth = worth

    def turns(self, setting: Setting) -> tuple[Turned, ...]:
        return tuple(
            Turned(f"knob{i}", f"knob {i}", ("variance",), {"gain": self.worth if i == 0 else 0.0})
            for i in range(KNOBS)
            if f"knob{i}" not in setting.turned
        )


def project(
    seed: int, rows: int, worth: float, folder: Path, monkeypatch: pytest.MonkeyPatch,
    *, groups: int | None, turned: float, seeds: int = 1, seconds: float | None = None,
    slow: Any = lambda: None,
) -> Any:  # fmt: skip
    """Run the loop on one project; a turned model fixes a share of the rows and breaks as many."""
    rng = np.random.default_rng([seed, rows])
    group = np.arange(rows) if groups is None else np.repeat(np.arange(groups), rows // groups)
    # Rows of one group are hard together: logit of the error with a normal effect.
    hard = ERROR
    if groups is not None:
        hard = 1 / (1 + np.exp(2.6 - rng.normal(0, 0.9, groups)))[group]
    first = rng.random(rows) < hard

    def wrong(setting: Setting) -> Any:
        if not setting.turned:
            return first
        # Errors that it fixes and others that it makes: as many, and the gain.
        fixed = rng.random(rows) < (turned + setting.gain) / ERROR
        broken = rng.random(rows) < turned / (1 - ERROR)
        return np.where(first, ~fixed, broken)

    def trained(source: Any, setting: Setting, seed: int, out: Path, command: Any) -> Any:
        out.mkdir(parents=True)
        slow()
        said = np.where(wrong(setting), "no", "yes")
        told = {"id": [f"r{i:05d}" for i in range(rows)], "split": "dev", "label": "yes",
                "prediction": said}  # fmt: skip
        if groups is not None:
            told["group"] = [f"g{g}" for g in group]
        pd.DataFrame(told).to_csv(out / "run.csv", index=False)
        return SimpleNamespace()

    monkeypatch.setattr("mlstrat.harness.loop.train_setting", trained)
    monkeypatch.setattr(rounds, "dev_mark", lambda _: "dev")
    verdict = {"verdict": "focus", "focus": ["variance"], "levels": [], "gaps": [], "findings": [],
               "to_settle": None}  # fmt: skip
    shop = Workshop(
        Planted(worth), SimpleNamespace(groups=None), folder,  # type: ignore[arg-type]
        tuple(range(seeds)), None, seconds, 1000, begun=0.0 if seconds else time.monotonic(),
        diagnose=lambda _: verdict, uses=lambda _: (0, False), count=lambda *_: None,
        told=lambda _: None, identity="x",
    )  # fmt: skip
    monkeypatch.setattr(shop, "note", lambda: None)
    return run_loop(shop, Setting())  # type: ignore[arg-type]


def steps(
    rows: int, worth: float, place: Path, monkeypatch: pytest.MonkeyPatch,
    *, turned: float, groups: int | None = None, projects: int = PROJECTS, seeds: int = 1,
) -> list[tuple[str, ...]]:  # fmt: skip
    return [
        tuple(x.name for x in project(seed, rows, worth, place / str(seed), monkeypatch,
                                      groups=groups, turned=turned, seeds=seeds).steps)
        for seed in range(projects)
    ]  # fmt: skip


@pytest.mark.parametrize("groups", [None, 100])
@pytest.mark.parametrize("rows", [300, 1000])
def test_where_nothing_helps_few_projects_take_a_step(
    rows: int, groups: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = steps(rows, 0.0, tmp_path, monkeypatch, groups=groups, turned=0.04)
    assert np.mean([len(x) > 0 for x in found]) <= 0.05


def test_a_knob_worth_three_points_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Beside the three points it fixes and breaks one each: with four each it is found in 43%.
    found = steps(1000, 0.03, tmp_path, monkeypatch, turned=0.01)
    assert np.mean([x[:1] == ("knob0",) for x in found]) >= 0.85


def test_three_seeds_average_some_of_what_turns_flip_by_luck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Four fixed and four broken beside the gain: 42% with one seed. The first model is the same
    # with every seed here, so that half of the luck is left: 72 of 100 in a simulation of rounds.
    found = steps(1000, 0.03, tmp_path, monkeypatch, turned=0.04, seeds=3, projects=40)
    assert np.mean([x[:1] == ("knob0",) for x in found]) >= 0.55


@pytest.mark.parametrize("off", [0.5, 1.0, 1.3])
def test_a_budget_of_time_is_kept_as_far_as_runs_take_what_is_expected(
    off: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock of its own: runs take `off` times what they are expected to, diagnosing 0.3 s."""
    clock = [0.0]
    monkeypatch.setattr(rounds.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(rounds.time, "process_time", lambda: clock[0])
    how: Any = {"groups": None, "turned": 0.04, "seconds": 15.0}
    own = Workshop.train

    def train(self: Any, run: str, setting: Any) -> Any:
        clock[0] += 0.3  # beside training
        return own(self, run, setting)

    def slow() -> None:
        clock[0] += 2.0 * (1.0 if clock[0] < 1 else off)

    monkeypatch.setattr(Workshop, "train", train)
    found = project(1, 300, 0.0, tmp_path, monkeypatch, slow=slow, **how)
    clock[0] += 2.0  # the end: as long as the first run
    assert found.stopped == "budget"
    assert found.rounds[-1].left_out
    assert 0.7 * 15 <= clock[0] <= 1.1 * 15
