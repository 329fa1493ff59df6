"""Ladders drawn from a known world, and the first line that is printed of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from mlstrat.core.figures import Estimate, Sampling, from_counts
from mlstrat.core.wording import GAP_TITLES, Scale
from mlstrat.workflow.diagnose.ladder import LADDER, SLACK, Decomposition, Level, decompose
from mlstrat.workflow.diagnose.layout import verdict

SAMPLING = Sampling(resamples=10)
"""The verdict needs no resamples of errors."""

TOLERANCE = 0.01


@dataclass(frozen=True)
class World:
    """True errors by level, and rows by split; the human level is typed."""

    errors: Mapping[str, float]
    rows: Mapping[str, int]

    @classmethod
    def of(cls, errors: Mapping[str, float], n: int, train: int = 1) -> World:
        """Return a world with n rows a split, and `train` times as many in train."""
        return cls(errors, {x: n * train if x == "train" else n for x in errors if x != "human"})

    @classmethod
    def without_gaps(cls, error: float, n: int) -> World:
        """Return a world in which every gap is 0."""
        return cls.of(dict.fromkeys(LADDER, error), n)

    @classmethod
    def with_one_gap(cls, gap: int, size: float, n: int, error: float = 0.02) -> World:
        """Return a world with one gap, the others 0, and train three times as large."""
        return cls.of({x: error + size * (i > gap) for i, x in enumerate(LADDER)}, n, train=3)

    def gaps(self) -> dict[str, float]:
        """Return the true gaps."""
        return {g.gap: g.counted for g in self.decompose(self.expected()).gaps}

    def expected(self) -> dict[str, float]:
        """Return the errors that are expected of each split."""
        return {x: self.errors[x] * n for x, n in self.rows.items()}

    def draw(self, rng: np.random.Generator) -> dict[str, int]:
        """Return the number of errors of each split."""
        return {x: int(rng.binomial(n, self.errors[x])) for x, n in self.rows.items()}

    def decompose(self, wrong: Mapping[str, float]) -> Decomposition:
        """Return the ladder of so many errors."""
        levels = [Level("human", Estimate(self.errors["human"]), fixed=True)]
        levels += [Level(x, from_counts(k, self.rows[x], SAMPLING)) for x, k in wrong.items()]
        return decompose(levels, sampling=SAMPLING, tolerance=TOLERANCE)

    def runs(self, trials: int, seed: int = 0) -> Iterator[Decomposition]:
        """Return the ladders of runs from this world."""
        rng = np.random.default_rng(seed)
        for _ in range(trials):
            yield self.decompose(self.draw(rng))


@dataclass
class Said:
    """What was printed of many runs, as shares of them.

    Attributes
    ----------
    verdicts
        Of each verdict.
    resolved
        At least one gap is resolved.
    left_out
        The first line says what to work on, and names no gap that is within the tolerance of the
        truly largest.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    focus: Counter[str] = field(default_factory=Counter)
    resolved: float = 0.0
    left_out: float = 0.0
    trials: int = 0

    @property
    def work_on(self) -> float:
        """Share of runs whose first line says "Work on …"."""
        return self.share("focus") + self.share("contested")

    def share(self, name: str) -> float:
        """Share of runs with a verdict."""
        return self.verdicts[name] / self.trials


def read_first_lines(world: World, trials: int, seed: int = 0) -> Said:
    """Return how often each kind of first line is printed, and how often it is wrong."""
    said = Said(trials=trials)
    true = world.gaps()
    largest = max(true.values())
    best = {name for name, value in true.items() if value >= largest - TOLERANCE - SLACK}
    for run in world.runs(trials, seed):
        line = verdict(run, Scale()).text
        said.verdicts[run.verdict] += 1
        said.focus.update(run.focus)
        said.resolved += any(g.resolved for g in run.gaps) / trials
        assert line.startswith("Work on") == (run.verdict in ("focus", "contested")), line
        if line.startswith("Work on"):
            said.left_out += (not any(GAP_TITLES[name] in line for name in best)) / trials
    return said
