"""A plan of runs: conditions that are trained once a seed, and which are to be compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.errors import UsageError
from mlstrat.harness.recipes.recipe import Model, Progress
from mlstrat.harness.train.run_files import CONFIG, refuse_a_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlstrat.harness.datasets import Examples
    from mlstrat.harness.train.task import Task


class Place(Record):
    """Where the runs of a study stand: a folder a condition, in it a folder a seed."""

    folder: Path
    command: str | None = None
    """That of the study."""

    def of(self, condition: str, seed: int) -> Path:
        """Return the folder of one run."""
        return self.folder / condition / f"seed-{seed}"


Train = Callable[[int, Place, str], Any]
"""Trains a condition of this name with a seed, and writes its run into its place."""


class Condition(Record):
    """One way to train.

    ``series`` and ``size`` say where it stands in a figure; a condition that is not ``shown`` only
    makes what others need.
    """

    name: str
    title: str
    train: Train
    series: str = ""
    size: int | None = None
    shown: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What was turned, for the JSON."""


class Comparison(Record):
    """A level or a gap of one condition against that of another."""

    of: str
    against: str
    quantity: str


class Plan(Record):
    """What a study trains and compares."""

    kind: str
    recipe: str | None
    about: str
    """Data and model, in sentences."""
    conditions: tuple[Condition, ...]
    comparisons: tuple[Comparison, ...]
    """In the order in which they are trained and told."""
    fresh: bool = False
    """Whether every seed draws new examples; else examples of one id are the same one."""
    mismatched: bool = False
    """Whether dev and test come from another distribution than train."""
    tolerance: float = 0.01
    """A change below it does not matter."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What a kind of study has to say besides, in figures."""
    learnt: str | None = None
    """The name of what has yet to be worked out from the runs for it; None for nothing."""

    @property
    def shown(self) -> tuple[Condition, ...]:
        """The conditions that are told of."""
        return tuple(x for x in self.conditions if x.shown)


def train_plan(
    plan: Plan, seeds: tuple[int, ...], place: Place, progress: Progress, *, going_on: bool = False
) -> Iterator[tuple[Condition, int]]:
    """Train every condition with every seed; yield each when its run stands in its place.

    Runs that an interrupted study left whole stay as they are where it is ``going_on``.
    """
    import time

    runs = [(s, c) for s in seeds for c in plan.conditions]
    every = len(runs)
    if going_on:
        runs = [(s, c) for s, c in runs if not (place.of(c.name, s) / CONFIG).is_file()]
        progress(f"going on: {every - len(runs)} of {every} runs are there already")
    total, begun = len(runs), time.monotonic()
    for done, (seed, condition) in enumerate(runs):
        left = (
            "" if not done else f", {(time.monotonic() - begun) / done * (total - done):.0f} s left"
        )
        progress(f"run {done + 1} of {total}: {condition.title}, seed {seed}{left}")
        condition.train(seed, place, condition.name)
        yield condition, seed


UNFINISHED = "unfinished.json"
"""Stands in the folder of a study while it trains, and says which study it is."""


def identity_of(plan: Plan, seeds: int, *, small: bool) -> bytes:
    """Return all that the runs of a study depend on."""
    packages = {"mlstrat": "mlstrat", "numpy": "numpy", "sklearn": "scikit-learn", "torch": "torch"}
    told = {
        "study": plan.kind,
        "recipe": plan.recipe,
        "small": small,
        "seeds": seeds,
        "conditions": {x.name: dict(x.settings) for x in plan.conditions},
        "about": plan.about,
        "versions": {name: version(name) for x, name in packages.items() if find_spec(x)},
    }
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()


def check_folder(folder: Path, same: bytes, *, force: bool) -> bool:
    """Return whether a folder holds this study interrupted; refuse others before any work."""
    refuse_a_file(folder)
    if force or not folder.exists() or not any(folder.iterdir()):
        return False
    begun = folder / UNFINISHED
    if begun.is_file() and begun.read_bytes() == same:
        return True
    raise UsageError(
        "the folder is not empty",
        file=str(folder),
        hint="name another folder, or write into it with --force",
    )


Rows = Mapping[str, "NDArray[np.intp]"]

CUTS, PLANTED = 20, 21
"""Streams of random numbers: who is in which split, and what is planted."""


def own_task(
    kind: str, title: str, design: str, examples: Examples, splits: Rows, model: Model,
    **more: Any,
) -> Task:  # fmt: skip
    """Return what is to be trained, from examples that a study made itself.

    Its command is the study's, which is known where the run has its place.
    """
    from mlstrat.harness.recipes.models import describe_model
    from mlstrat.harness.train.task import Task

    return Task(
        name=kind, title=title, design=design, examples=examples, splits=splits, model=model,
        shown=describe_model(model), command=None, probabilities=False, **more,
    )  # fmt: skip


def trains(make: Callable[..., Task], *given: Any, weights: bool = False) -> Train:
    """Return what trains the task made of what is given, a seed and the study's place."""

    def train_one(seed: int, place: Place, condition: str) -> None:
        from mlstrat.harness.train.training import train_task

        task = replace(make(*given, seed, place), command=place.command)
        train_task(task, seed=seed, out=place.of(condition, seed), force=True, weights=weights)

    return train_one


def cut(order: NDArray[np.intp], sizes: Mapping[str, int]) -> dict[str, NDArray[np.intp]]:
    """Cut rows into splits of these sizes, one after the other; each ascending."""
    import numpy as np

    out, start = {}, 0
    for split, size in sizes.items():
        out[split] = np.sort(order[start : start + size])
        start += size
    return out
