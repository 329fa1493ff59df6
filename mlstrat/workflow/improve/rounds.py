# Over 300 lines: rounds, and the workshop that trains them within its budget.
"""The loop: diagnose, turn the knobs of the gap, keep the best that surely helps, or stop."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.record import Record
from mlstrat.workflow.improve.compute import MANY_USES, Choice, Paired, choose, paired
from mlstrat.workflow.improve.read import Errors, dev_errors, dev_mark

if TYPE_CHECKING:
    from mlstrat.harness.loop import Reserve, Setting, Source
    from mlstrat.harness.studies.turning import Turned
    from mlstrat.harness.train.run_files import TrainedRun


Progress = Callable[[str], None]

Model = tuple["Setting", str]
"""A setting, and the folder of its runs."""

RUN, UNFINISHED, BASE = "run.csv", "unfinished.json", "0-first"


@dataclass
class Workshop:
    """Trains settings into a folder, knows what that took, and goes on where it was ended."""

    source: Source
    reserve: Reserve
    folder: Path
    seeds: tuple[int, ...]
    command: str | None
    seconds: float | None
    runs: int | None
    diagnose: Callable[[Path], Mapping[str, Any]]
    uses: Callable[[str], tuple[int, bool]]
    count: Callable[[str, str], None]
    told: Progress
    identity: str
    shape: tuple[int, int, int] = (0, 0, 1)
    """Rows, features and classes that are learnt from."""
    bounded: bool = True
    """Whether errors are shares; of numbers they are distances."""
    before: tuple[int, bool] = (0, False)
    """Comparisons on this dev set before this loop, and whether another loop made some."""
    took: dict[str, float] = field(default_factory=dict)
    held: dict[str, list[TrainedRun]] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)
    earlier: float = 0.0
    started: float = 0.0
    """Seconds before the first run: data were read, libraries loaded."""
    busy: float = 1.0
    """Seconds of the clock for one of the processor, in the first run."""
    fresh: list[str] = field(default_factory=list)
    """Settings that this process trained."""
    trained: int = 0
    compared: int = 0

    def paths(self, run: str) -> list[Path]:
        """Return the files of a setting's runs, one a seed."""
        place = self.folder / run
        if len(self.seeds) == 1:
            return [place / RUN]
        return [place / f"seed-{seed}" / RUN for seed in self.seeds]

    def left(self) -> float:
        """Return the seconds that are left; without end where no time was set."""
        if self.seconds is None:
            return float("inf")
        return self.seconds - self.earlier - (time.monotonic() - self.begun)

    def fits(self, seconds: float) -> bool:
        """Return whether a run that is expected to take so long may be begun."""
        if self.runs is not None and self.trained >= self.runs:
            return False
        return seconds + self.beside() <= self.left()

    def beside(self) -> float:
        """Return the seconds that a run and the end take beside training: what runs took so far.

        The end, in which two models predict the rows that confirm and all is written, is expected
        to be as long as the first run.
        """
        here = [self.took[x] for x in self.fresh]
        if not here:
            return 0.0
        spent = time.monotonic() - self.begun - self.started
        return max(0.0, spent - sum(here)) / len(here) + self.took.get(BASE, here[0])

    def train(self, run: str, setting: Setting) -> Errors:
        """Train a setting, unless its runs are there; return its errors on dev."""
        from mlstrat.harness.loop import train_setting

        paths = self.paths(run)
        self.trained += 1
        if all(path.is_file() for path in paths) and run in self.took:
            return dev_errors(paths)
        begun, worked = time.monotonic(), time.process_time()
        self.started = self.started or begun - self.begun
        self.held[run] = [
            train_setting(self.source, setting, seed, path.parent, self.command)
            for seed, path in zip(self.seeds, paths, strict=True)
        ]
        self.took[run] = time.monotonic() - begun
        if run == BASE:
            self.busy = max(1.0, self.took[run] / max(time.process_time() - worked, 1e-9))
        self.fresh.append(run)
        self.note()
        return dev_errors(paths)

    def models(self, run: str, setting: Setting) -> list[TrainedRun]:
        """Return the models of a setting, trained again where an earlier process trained them."""
        from mlstrat.harness.loop import train_setting

        if run not in self.held:
            self.told(f"training {run} again: its model is not in memory")
            self.held[run] = [train_setting(self.source, setting, seed, None, self.command)
                              for seed in self.seeds]  # fmt: skip
        return self.held[run]

    def keep(self, *runs: str) -> None:
        """Forget the models of all other runs."""
        self.held = {name: models for name, models in self.held.items() if name in runs}

    def note(self) -> None:
        """Write down what is done, so that the same command goes on from here."""
        from mlstrat.show.writing import write_all

        told = {"identity": self.identity, "took": self.took,
                "spent": self.earlier + time.monotonic() - self.begun}  # fmt: skip
        write_all({self.folder / UNFINISHED: (json.dumps(told, indent=1) + "\n").encode()})


def on_reserved(
    shop: Workshop, pair: tuple[Model, Model], chosen: slice
) -> tuple[Paired, tuple[float, float]]:
    """Return two models on reserved rows: the gain, and the error of each."""
    wrong = [
        np.mean([shop.reserve.wrong(x, chosen) for x in shop.models(run, setting)], axis=0)
        for setting, run in pair
    ]
    groups, units = shop.reserve.groups, None
    if groups is not None:
        _, units = np.unique(groups[chosen], return_inverse=True)
    return paired(wrong[0], wrong[1], units), (float(wrong[0].mean()), float(wrong[1].mean()))


FLOOR = "MLS270"

FRESH_SHARE = 3
"""One of so many of the rows that are still fresh confirms a step."""

FEWEST_FRESH = 50
"""Fewer fresh rows than these confirm no step. Ours."""


class Tried(Record):
    """A turn, its setting and what it changed on dev."""

    turn: Turned
    setting: Setting
    run: str
    change: Paired


class Round(Record):
    """What was diagnosed, what was turned, and what came of it."""

    run: str
    verdict: str
    focus: tuple[str, ...]
    levels: Mapping[str, float]
    gaps: Mapping[str, float | None]
    to_settle: Mapping[str, Any] | None = None
    tried: tuple[Tried, ...] = ()
    left_out: tuple[str, ...] = ()
    choice: Choice | None = None
    fresh: Paired | None = None
    falls: float = 0.0
    """By how much the error on unseen rows is surely below train's; 0 where it is not."""


class Loop(Record):
    """Where the loop came to."""

    rounds: tuple[Round, ...]
    stopped: str
    first: Model
    last: Model
    steps: tuple[Turned, ...] = ()
    spent: int = 0
    """Reserved rows that confirmed steps, and are not fresh any more."""


def run_loop(shop: Workshop, first: Setting) -> Loop:
    """Return what the loop did: rounds of turns until none surely helps."""
    from mlstrat.harness.loop import cost_of

    shop.told("training the first model")
    current, run, errors = first, BASE, shop.train(BASE, first)
    mark = dev_mark(shop.paths(BASE)[0])
    shop.before = shop.uses(mark)
    rounds: list[Round] = []
    steps: list[Turned] = []

    def ended(stopped: str, *more: Round) -> Loop:
        return Loop((*rounds, *more), stopped, (first, BASE), (current, run), tuple(steps), spent)

    spent, ratios, paces = 0, dict[str, float](), list[float]()
    while True:
        found = _diagnosed(shop, run)
        stopped = _reason(found)
        turns = [] if stopped else [x for x in shop.source.turns(current)
                                    if set(x.aims_at) & set(found.focus)]  # fmt: skip
        if not stopped and not turns:
            stopped = "mismatch" if found.focus == ("data_mismatch",) else "no_knob"
        if stopped:
            return ended(stopped, found)
        now, number = shop.took[run], len(rounds) + 1
        tried: list[Tried] = []
        left_out: list[str] = []
        for turn in turns:
            name = f"{number}-{turn.name}"
            expected = _expected(shop, turn, now, ratios, pace(paces))
            if not (name in shop.took or shop.fits(expected)):
                left_out.append(turn.title)
                continue
            shop.told(f"round {number}, {turn.title}: about {expected:.0f} s")
            setting = current.after(turn)
            after = shop.train(name, setting)
            ratios[turn.name] = shop.took[name] / max(now, 1e-9)
            paces.append(ratios[turn.name] / cost_of(turn))
            shop.compared += 1
            shop.count(mark, name)
            tried.append(
                Tried(turn, setting, name, paired(errors.wrong, after.wrong, errors.units))
            )
        if not tried:
            return ended("budget", replace(found, left_out=tuple(left_out)))
        choice = choose({x.run: x.change for x in tried}, float(errors.wrong.mean()))
        best = next((x for x in tried if x.run == choice.best), None)
        fresh, stopped = None, "" if best else ("budget" if left_out else "no_gain")
        if best is not None and _worn(shop):
            fresh, many = _on_fresh_rows(shop, (current, run), best, spent)
            spent += many
            stopped = "" if fresh is not None and fresh.p_value <= 0.05 and fresh.gain > 0 else (
                "not_confirmed")  # fmt: skip
        rounds.append(replace(found, tried=tuple(tried), left_out=tuple(left_out), choice=choice,
                              fresh=fresh))  # fmt: skip
        if best is None or stopped:
            return ended(stopped)
        current, run, errors = best.setting, best.run, dev_errors(shop.paths(best.run))
        steps.append(best.turn)
        shop.keep(BASE, run)


def _expected(
    shop: Workshop, turn: Turned, now: float, ratios: Mapping[str, float], faster: float
) -> float:
    """Return the seconds that a turn is expected to take: as before, or as its kind does."""
    from mlstrat.harness.loop import cost_of, least_of

    if turn.name in ratios:
        return now * ratios[turn.name]
    return max(now * cost_of(turn) * faster, least_of(turn, shop.shape) * shop.busy)


def pace(paces: Sequence[float]) -> float:
    """Return how much faster turns are than was expected of them: the slowest of the last three.

    The first run of a process loads libraries, which the later ones find loaded.
    """
    return max(paces[-3:]) if len(paces) >= 3 else 1.0


def _worn(shop: Workshop) -> bool:
    before, other = shop.before
    return other or before + shop.compared > MANY_USES


def _diagnosed(shop: Workshop, run: str) -> Round:
    told = shop.diagnose(shop.paths(run)[0])
    verdict, focus = told["verdict"], tuple(told["focus"])
    if any(x["code"] == FLOOR for x in told["findings"]):
        # A model no better than a constant answer has no gaps to read; what train says is plain.
        verdict, focus = _at_the_floor(told)
    return Round(
        run,
        verdict,
        focus,
        {x["level"]: x["error"] for x in told["levels"]},
        {x["gap"]: x["value"] for x in told["gaps"]},
        told["to_settle"],
        falls=_falls(told),
    )


def _falls(told: Mapping[str, Any]) -> float:
    """Return by how much dev is below train, where a step between them surely goes down."""
    levels = {x["level"]: x["error"] for x in told["levels"]}
    steps = [x for x in told["gaps"] if x["from"] in ("train", "train-dev")]
    surely = any(x["resolved"] and (x["value"] or 0.0) < 0 for x in steps)
    if not surely or not {"train", "dev"} <= levels.keys():
        return 0.0
    return max(0.0, float(levels["train"] - levels["dev"]))


def _at_the_floor(told: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return what to work on where dev is at the floor: bias where train is, too, else variance."""
    train = next((x["error"] for x in told["levels"] if x["level"] == "train"), None)
    constant = next((x["constant"] for x in told["floor"]["splits"] if x["split"] == "train"), None)
    if train is None or constant is None:
        return "undetermined", ()
    return "floor", ("avoidable_bias",) if train > constant / 2 else ("variance",)


def _reason(found: Round) -> str:
    if found.verdict == "small" or found.levels.get("dev") == 0:
        return "small"
    if found.verdict not in ("focus", "contested", "floor"):
        return "unsure"
    bias = found.gaps.get("avoidable_bias") or 0.0
    if found.focus == ("avoidable_bias",) and found.falls > bias / 2:
        return "labels"
    return "dev_overfit" if found.focus == ("dev_overfit",) else ""


def _on_fresh_rows(
    shop: Workshop, now: Model, best: Tried, spent: int
) -> tuple[Paired | None, int]:
    groups = shop.reserve.groups
    many = (len(shop.reserve) - spent) // FRESH_SHARE
    if groups is not None:  # whole groups: to the end of the one that was begun
        while 0 < spent + many < len(groups) and groups[spent + many] == groups[spent + many - 1]:
            many += 1
    if many < FEWEST_FRESH:
        return None, 0
    chosen = slice(spent, spent + many)
    return on_reserved(shop, (now, (best.setting, best.run)), chosen)[0], many
