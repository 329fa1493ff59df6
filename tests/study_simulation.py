"""Studies drawn from a known truth, for tests that count how often an interval covers it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlstrat.workflow.study.compute import SeedRun


@dataclass(frozen=True)
class StudyWorld:
    """Two conditions, a and b, trained over several seeds.

    An example of hardness h ~ Gamma(½, 2) is wrong with probability 1 − exp(−rate · h); the rate
    of a condition varies from seed to seed by a normal factor of deviation `spread`. Half the
    luck is shared by both. `pool`: the examples of all seeds are drawn from so many; 0: every
    seed has its own.
    """

    seeds: int
    n: int
    rate_a: float
    rate_b: float
    spread: float = 0.0
    pool: int = 0

    def error(self, rate: float) -> float:
        """Return the true error: E[1 − exp(−xh)] = 1 − (1 + 2x)^−½, over the rates of seeds."""
        normal = np.linspace(-6, 6, 4001)
        weight = np.exp(-(normal**2) / 2)
        rates = np.maximum(rate * (1 + self.spread * normal), 0.0)
        return float((weight * (1 - (1 + 2 * rates) ** -0.5)).sum() / weight.sum())

    @property
    def difference(self) -> float:
        """The true error of b minus that of a."""
        return self.error(self.rate_b) - self.error(self.rate_a)

    def draw(self, rng: np.random.Generator) -> dict[str, tuple[SeedRun, ...]]:
        """Return the runs of one study."""
        size = self.pool or self.n * self.seeds
        hardness = rng.gamma(0.5, 2.0, size)
        runs: dict[str, list[SeedRun]] = {"a": [], "b": []}
        for seed in range(self.seeds):
            example = np.arange(seed * self.n, (seed + 1) * self.n)
            if self.pool:
                example = rng.choice(size, self.n, replace=False)
            luck = rng.random(self.n)
            for name, rate in (("a", self.rate_a), ("b", self.rate_b)):
                mine = np.where(rng.random(self.n) < 0.5, luck, rng.random(self.n))
                factor = max(1 + self.spread * rng.standard_normal(), 0.0)
                wrong = mine < 1 - np.exp(-rate * factor * hardness[example])
                runs[name].append(one_run(example, wrong))
        return {name: tuple(some) for name, some in runs.items()}


def one_run(example: np.ndarray, wrong: np.ndarray, split: str = "dev") -> SeedRun:
    """Return a run of one split, a row an example."""
    place = np.zeros(len(example), np.int64)
    return SeedRun((split,), place, example, np.ones(len(example)), wrong.astype(np.float64))


def run_of(**wrong: int) -> SeedRun:
    """Return a run in which the first so many of 1,000 examples of each split are wrong."""
    names = [name.replace("_", "-") for name in wrong]
    rows = np.arange(1000)
    return SeedRun(
        tuple(names),
        np.repeat(np.arange(len(names)), 1000),
        np.concatenate([rows + 1000 * k for k in range(len(names))]),
        np.ones(1000 * len(names)),
        np.concatenate([(rows < k).astype(np.float64) for k in wrong.values()]),
    )
