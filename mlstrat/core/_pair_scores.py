"""Two models' scores or losses on the same rows, and how the difference of two figures varies.

A paired difference has the variance of the difference of two influences: a row that moves both
figures alike moves their difference little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import Cells, Floats, Ints, ScoreCells, sum_by
from mlstrat.core.intervals import Influence
from mlstrat.core.ranking import precision_influence, roc_influence


@dataclass(frozen=True)
class PairScores:
    """Counts by (class, score of a, score of b), for metrics of a ranking.

    Arrays of one length M, as in `ScoreCells`; ``a`` and ``b`` are the scores of the two.
    """

    positive: Ints
    a: Floats
    b: Floats
    n: Ints
    weight: Floats
    weight_squared: Floats
    group: Ints | None = None
    bin_widths: tuple[float, float] = (0.0, 0.0)

    def side(self, name: str) -> ScoreCells:
        """Return the counts by score of one of the two models, row for row."""
        return ScoreCells(
            split=np.zeros(len(self.n), np.int64),
            positive=self.positive,
            score=self.a if name == "a" else self.b,
            n=self.n,
            weight=self.weight,
            weight_squared=self.weight_squared,
            group=self.group,
            bin_width=self.bin_widths[name == "b"],
        )


@dataclass(frozen=True)
class PairLosses:
    """Sums of the loss of a row by cell: Σwℓ, Σw²ℓ, Σw²ℓ² of each model, and Σw²ℓₐℓ_b."""

    a: tuple[Floats, Floats, Floats]
    b: tuple[Floats, Floats, Floats]
    product: Floats

    def where(self, keep: np.ndarray) -> PairLosses:
        """Return the cells where `keep` is true."""
        one, two = (tuple(x[keep] for x in side) for side in (self.a, self.b))
        return PairLosses(one, two, self.product[keep])


def ranking_difference_variance(scores: PairScores, metric: str) -> Influence | float:
    """Return how the difference of two rankings of the same rows varies.

    Formula: Σ w² (u_b − uₐ)² with the influences u of a row on each figure, by class with its
    n / (n − 1) (for ROC AUC DeLong et al. 1988); with groups, the influence of each.
    """
    influence = roc_influence if metric == "roc_auc" else precision_influence
    moves = [influence(scores.side(name)) for name in ("a", "b")]
    if moves[0] is None or moves[1] is None:
        return math.nan
    change = moves[1][1] - moves[0][1]
    squared = scores.weight_squared * change**2
    variance = 0.0
    for side in (0, 1):
        mine = scores.positive == side
        rows = scores.n[mine].sum()
        variance += float(squared[mine].sum()) * (rows / (rows - 1) if rows > 1 else math.nan)
    if scores.group is None:
        return variance
    groups, codes = np.unique(scores.group, return_inverse=True)
    return Influence(groups, sum_by(codes, scores.weight * change)).at_least(variance)


def loss_difference_variance(losses: PairLosses, cells: Cells) -> float:
    """Return the variance of the difference of two mean losses of the same rows.

    Formula: Σ w² (d − δ)² / (Σw)² · n / (n − 1) with d = ℓ_b − ℓₐ and δ its weighted mean.
    """
    total, rows = float(cells.weight.sum()), cells.rows
    mean = float(losses.b[0].sum() - losses.a[0].sum()) / total
    squares = float((losses.a[2] + losses.b[2] - 2 * losses.product).sum())
    first = float((losses.b[1] - losses.a[1]).sum())
    spread = squares - 2 * mean * first + mean**2 * float(cells.weight_squared.sum())
    return max(spread, 0.0) / total**2 * (rows / (rows - 1) if rows > 1 else math.nan)
