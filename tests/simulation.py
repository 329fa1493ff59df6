"""Runs drawn from a known truth, for tests that count how often an interval covers it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import Cells


@dataclass(frozen=True)
class World:
    """A population: `classes` equally wide or with a rare positive, one error rate for all.

    A wrong row is called any other class alike. With groups, the error of a group is drawn from a
    beta distribution with intraclass correlation 0.1, ten rows a group. With weights, a row
    weighs 1 or 3 by the toss of a coin, independently of everything.
    """

    n: int
    error: float
    prior: tuple[float, ...] = (0.5, 0.5)
    grouped: bool = False
    weighted: bool = False

    def truth(self) -> np.ndarray:
        """Return the true confusion matrix, rows true."""
        prior = np.array(self.prior)
        k = len(prior)
        off = self.error / (k - 1)
        return prior[:, None] * np.where(np.eye(k, dtype=bool), 1 - self.error, off)

    def draw(self, rng: np.random.Generator) -> Cells:
        """Return the cells of one sample."""
        k, n = len(self.prior), self.n
        truth = rng.choice(k, size=n, p=self.prior)
        rate: np.ndarray | float = self.error
        group = None
        if self.grouped:
            group = np.arange(n) // 10
            spread = 1 / 0.1 - 1
            by_group = rng.beta(self.error * spread, (1 - self.error) * spread, size=group[-1] + 1)
            rate = by_group[group]
        wrong = rng.random(n) < rate
        predicted = np.where(wrong, (truth + rng.integers(1, k, size=n)) % k, truth)
        weight = rng.choice([1.0, 3.0], size=n) if self.weighted else np.ones(n)
        return make_cells(truth, predicted, weight, group, k, self.weighted)


def make_cells(
    truth: np.ndarray,
    predicted: np.ndarray,
    weight: np.ndarray,
    group: np.ndarray | None,
    classes: int,
    weighted: bool,
) -> Cells:
    """Return the cells of rows, one split, counted as the door counts them."""
    key = truth * classes + predicted
    if group is not None:
        key = group * classes**2 + key
    distinct = np.flatnonzero(np.bincount(key))
    return Cells(
        labels=tuple(f"c{i}" for i in range(classes)),
        splits=("dev",),
        split=np.zeros(len(distinct), np.int64),
        truth=distinct // classes % classes,
        predicted=distinct % classes,
        n=np.bincount(key)[distinct],
        weight=np.bincount(key, weight)[distinct],
        weight_squared=np.bincount(key, weight**2)[distinct],
        weighted=weighted,
        group=None if group is None else distinct // classes**2,
    )
