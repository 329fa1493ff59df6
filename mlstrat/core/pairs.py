"""Two models on the same examples: counts by (label, prediction of a, prediction of b)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core._pair_scores import PairLosses, PairScores, loss_difference_variance
from mlstrat.core.counts import Cells, Floats, Ints
from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import paired_correlation
from mlstrat.core.resampling import generator

SIDES = ("a", "b")


@dataclass(frozen=True)
class PairCells:
    """The joint contingency table of two runs on one split; K rows.

    Attributes
    ----------
    labels
        The classes that occur among labels or predictions of either, in display order.
    split
        The split that both predict.
    truth, a, b
        K codes into ``labels``; a prediction is `ABSTAINED` where blank.
    n
        K numbers of rows.
    weight, weight_squared
        K sums of the weights and of their squares; both equal ``n`` without weights.
    weighted
        Whether there are weights.
    group
        K codes of groups, or None.
    slices
        For each column to slice by, its values and K codes into them.
    losses
        Sums of the loss by row of each model where the metric asked for is one, or None.
    scores
        By class that is ranked, counts by the scores of both, where the metric needs them.
    """

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
        )

    def where(self, keep: NDArray[np.bool_]) -> PairCells:
        """Return the rows of the table where `keep` is true, without scores."""
        kept: dict[str, Any] = {}
        for name in ("truth", "a", "b", "n", "weight", "weight_squared", "group"):
            column = getattr(self, name)
            kept[name] = None if column is None else column[keep]
        slices = {name: (values, codes[keep]) for name, (values, codes) in self.slices.items()}
        losses = None if self.losses is None else self.losses.where(keep)
        return replace(self, **kept, slices=slices, losses=losses, scores=None)

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


@dataclass(frozen=True)
class PairedErrors:
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
