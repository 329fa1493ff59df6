"""What two runs of a history have in common: levels that were measured on the same rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Sampling
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.pairs import SIDES, PairCells
from mlstrat.data.settings import settle
from mlstrat.errors import MlstratError
from mlstrat.tasks.classification.pairing.join import read_pair
from mlstrat.workflow.compare.difference import paired_difference, row_correlation

DRAWS = 2_000
"""Resamples of a paired difference: its standard deviation alone is asked for."""


@dataclass(eq=False)
class PairedRuns:
    """The runs of a history, paired by id where they can be.

    Attributes
    ----------
    paths
        The runs, in their order.
    splits
        The splits of each.
    options
        As for `diagnose`.
    choice
        The metric of the levels.
    sampling
        How intervals are found.
    unpaired
        By the places of two runs, why some of their levels are taken as of different rows.
    """

    paths: Sequence[Path]
    splits: Sequence[Sequence[str]]
    options: Mapping[str, Any]
    choice: MetricChoice
    sampling: Sampling
    unpaired: dict[tuple[int, int], str] = field(default_factory=dict)

    def together(self, first: int, second: int) -> Mapping[str, float]:
        """Return the correlation of each level that both runs measured on shared rows."""
        out = {}
        for split in self.splits[second]:
            if split not in self.splits[first]:
                continue
            try:
                out[split] = self._correlation(first, second, split)
            except MlstratError as error:
                self.unpaired[first, second] = error.message
        return out

    def _correlation(self, first: int, second: int, split: str) -> float:
        paths = self.paths[first], self.paths[second]
        a, b = (settle(path, self.options) for path in paths)
        pair = read_pair(
            *paths,
            columns=(a.columns, b.columns),
            split=split,
            split_as={**a.split_as, **b.split_as},
            positive=b.positive,
            threshold=b.threshold if a.threshold == b.threshold else None,
            needs=self.choice.metric.needs,
        )
        return _of_shared_rows(pair.cells, self.choice, self.sampling) * pair.overlap


def _of_shared_rows(cells: PairCells, choice: MetricChoice, sampling: Sampling) -> float:
    """Return the correlation of the figures of two models on the same rows.

    Formula: Newcombe's φ of right and wrong rows; for other metrics, and with groups,
    (vₐ + v_b − v) / 2√(vₐ v_b) with v the variance of the difference.
    """
    if choice.metric.name in ("error", "accuracy") and cells.group is None:
        return row_correlation(cells)
    at = Sampling(sampling.confidence, DRAWS, sampling.seed)
    a, b = (
        estimate(cells.side(x), choice, at, i, draws=False).variance or 0.0
        for i, x in enumerate(SIDES)
    )
    apart = paired_difference(cells, choice, at, draws=False).variance
    if apart is None or not a * b > 0 or math.isnan(apart):
        return 0.0
    return max(-1.0, min(1.0, (a + b - apart) / (2 * math.sqrt(a * b))))
