"""Where a loop trains: a folder a run, a budget of time or runs, and where it was ended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.workflow.improve.compute import Paired, paired
from mlstrat.workflow.improve.read import Errors, dev_errors

if TYPE_CHECKING:
    from mlstrat.harness.loop import Setting, Source
    from mlstrat.harness.reserve import Reserve
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
