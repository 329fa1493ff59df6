"""Two models on the same examples: counts by (label, prediction of a, prediction of b)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ByRow, Cells, Floats, Ints, ScoreCells
from mlstrat.core.figures import Sampling
from mlstrat.core.groups import Influence
from mlstrat.core.intervals import paired_correlation
from mlstrat.core.operating.choose import Apart
from mlstrat.core.record import Record
from mlstrat.core.resampling import generator


class PairScores(Record):
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


class PairLosses(ByRow):
    """Sums of the loss of a row by cell: Σwℓ, Σw²ℓ, Σw²ℓ² of each model, and Σw²ℓₐℓ_b."""

    a: tuple[Floats, Floats, Floats]
    b: tuple[Floats, Floats, Floats]
    product: Floats


def ranking_difference_variance(scores: PairScores, metric: str) -> Influence | float:
    """Return how the difference of two rankings of the same rows varies.

    Formula: Σ w² (u_b − uₐ)² with the influences u of a row on each figure, by class with its
    n / (n − 1) (for ROC AUC DeLong et al. 1988); with groups, the influence of each.
    """
    from mlstrat.core.ranking import precision_influence, roc_influence, variance_of_classes

    influence = roc_influence if metric == "roc_auc" else precision_influence
    moves = [influence(scores.side(name)) for name in ("a", "b")]
    if moves[0] is None or moves[1] is None:
        return math.nan
    return variance_of_classes(scores.side("a"), moves[1][1] - moves[0][1])


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


SIDES = ("a", "b")


class PairCells(ByRow):
    """The joint contingency table of two runs on one split; K rows.

    As `Cells`, of one split: ``a`` and ``b`` are the predictions of the two, ``losses`` and
    ``scores`` of both where the metric asked for them, and ``apart`` tells what thresholds chosen
    on dev add to the variance of a difference.
    """

    APART = ("scores",)

    labels: tuple[str, ...]
    split: str
    truth: Ints
    a: Ints
    b: Ints
    n: Ints
    weight: Floats
    weight_squared: Floats
    weighted: bool = False
    group: Ints | None = None
    slices: Mapping[str, tuple[tuple[str, ...], Ints]] = field(default_factory=dict)
    losses: PairLosses | None = None
    scores: Mapping[str, PairScores] | None = None
    predicts: bool = True
    apart: Callable[[Any], Apart] | None = None

    def side(self, name: str) -> Cells:
        """Return the table of one of the two models, ``a`` or ``b``, row for row."""
        loss = loss_squared = loss_weight_squared = None
        if self.losses is not None:
            loss, loss_weight_squared, loss_squared = getattr(self.losses, name)
        scores = None
        if self.scores is not None:
            scores = {label: one.side(name) for label, one in self.scores.items()}
        return Cells(
            labels=self.labels,
            splits=(self.split,),
            split=np.zeros(len(self.n), np.int64),
            truth=self.truth,
            predicted=self.a if name == "a" else self.b,
            n=self.n,
            weight=self.weight,
            weight_squared=self.weight_squared,
            weighted=self.weighted,
            group=self.group,
            loss=loss,
            loss_weight_squared=loss_weight_squared,
            loss_squared=loss_squared,
            scores=scores,
            predicts=self.predicts,
        )

    def where(self, keep: NDArray[Any]) -> Self:
        """Return the rows of the table where `keep` is true, without scores."""
        return replace(super().where(keep), scores=None)

    @property
    def quadrants(self) -> NDArray[np.int64]:
        """K codes: 0 both right, 1 only a, 2 only b, 3 both wrong."""
        codes: NDArray[np.int64] = 2 * (self.truth != self.a) + (self.truth != self.b)
        return codes

    @property
    def rows(self) -> int:
        """Number of examples that both predict."""
        return int(self.n.sum())

    @property
    def identical(self) -> bool:
        """Whether both say the same on every row: predictions, and scores where they count."""
        scores = (self.scores or {}).values()
        return (
            bool((self.a == self.b).all())
            and all(bool((x.a == x.b).all()) for x in scores)
            and (self.losses is None or loss_difference_variance(self.losses, self.side("a")) == 0)
        )


class PairedErrors(Record):
    """Human and model on the very same rows: effective counts of a 2×2 table.

    ``both`` wrong, ``human`` alone wrong, ``model`` alone wrong, ``neither`` wrong; ``split`` is
    the model's level.
    """

    split: str
    both: float
    human: float
    model: float
    neither: float

    @property
    def correlation(self) -> float:
        """Newcombe's φ."""
        return paired_correlation(self.both, self.human, self.model, self.neither)

    def draws(self, sampling: Sampling) -> tuple[Floats, Floats]:
        """Return joint resamples of the human's and the model's error."""
        counts = np.array([self.both, self.human, self.model, self.neither]) + 0.25
        table = generator(sampling.seed, 4).dirichlet(counts, sampling.resamples)
        return table[:, 0] + table[:, 1], table[:, 0] + table[:, 2]
