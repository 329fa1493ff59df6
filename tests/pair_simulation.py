"""Two models on the same examples, drawn from a known truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import Tally, distinct_codes
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.pairs import PairCells


@dataclass(frozen=True)
class PairWorld:
    """A population of examples on which a and b err with a share of their errors in common.

    A row is hard with probability `common`, and then both are wrong; else each is wrong by itself
    so that their errors are `error_a` and `error_b`. A wrong row is called any other class alike,
    by each model independently. With groups of ten rows, hard rows come in groups, and so does
    the luck of each model; with weights, a row weighs 1 or 3.
    """

    n: int
    error_a: float
    error_b: float
    common: float = 0.0
    prior: tuple[float, ...] = (0.5, 0.5)
    grouped: bool = False
    weighted: bool = False

    def metric(self, choice: MetricChoice) -> float:
        """Return the true difference of b and a."""
        prior = np.array(self.prior)
        k, values = len(prior), []
        for error in (self.error_a, self.error_b):
            off = error / (k - 1)
            table = prior[:, None] * np.where(np.eye(k, dtype=bool), 1 - error, off)
            margins = Tally(np.diag(table)[None], table.sum(1)[None], table.sum(0)[None],
                            np.ones(1))  # fmt: skip
            labels = tuple(f"c{i}" for i in range(k))
            values.append(float(choice.of_tally(margins, labels)[0]))
        return values[1] - values[0]

    def draw(self, rng: np.random.Generator) -> PairCells:
        """Return the cells of one sample."""
        k, n = len(self.prior), self.n
        truth = rng.choice(k, size=n, p=self.prior)
        group = np.arange(n) // 10 if self.grouped else None
        hard = rng.random(n) < self._rate(self.common, rng)
        called = []
        for error in (self.error_a, self.error_b):
            alone = (error - self.common) / (1 - self.common)
            wrong = hard | (rng.random(n) < self._rate(alone, rng))
            called.append(np.where(wrong, (truth + rng.integers(1, k, size=n)) % k, truth))
        weight = rng.choice([1.0, 3.0], size=n) if self.weighted else np.ones(n)
        return make_pair(truth, *called, weight, group, k, self.weighted)

    def _rate(self, mean: float, rng: np.random.Generator) -> np.ndarray | float:
        """Return the chance by row: with groups, beta with intraclass correlation 0.1."""
        if not self.grouped or mean <= 0:
            return mean
        groups = -(-self.n // 10)
        return rng.beta(mean * 9, (1 - mean) * 9, size=groups)[np.arange(self.n) // 10]


def make_pair(
    truth: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    weight: np.ndarray | None = None,
    group: np.ndarray | None = None,
    classes: int = 2,
    weighted: bool = False,
) -> PairCells:
    """Return the joint cells of rows, counted as the door counts them."""
    weight = np.ones(len(truth)) if weight is None else weight
    columns = [truth, a, b] + ([] if group is None else [group])
    distinct, place = distinct_codes(*columns)
    return PairCells(
        tuple(f"c{i}" for i in range(classes)),
        "dev",
        *distinct[:3],
        np.bincount(place),
        np.bincount(place, weight),
        np.bincount(place, weight**2),
        weighted,
        None if group is None else distinct[3],
    )
