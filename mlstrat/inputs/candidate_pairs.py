"""What shared rows tell about runs as candidates: differences are paired where ids are shared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mlstrat.inputs.candidate_runs import RunSet
from mlstrat.inputs.pairing import read_pair
from mlstrat.workflow._intervals import (
    Interval,
    newcombe_interval,
    normal_quantile,
    paired_correlation,
    wilson_interval,
)
from mlstrat.workflow._pairs import PairCells
from mlstrat.workflow._resampling import batches, generator
from mlstrat.workflow._tally import TallyPlan
from mlstrat.workflow.metrics import METRICS, MetricChoice
from mlstrat.workflow.spans import Ends

DRAWS = 2_000
"""Resamples of a paired difference; only its standard deviation is taken from them."""


@dataclass(eq=False)
class PairedRuns:
    """Differences of one metric of runs that share their rows.

    ``unpaired`` are the runs whose difference to the best had to be taken as independent.
    """

    runs: RunSet
    metric: str
    unpaired: set[int] = field(default_factory=set)
    found: dict[tuple[int, int], PairCells | None] = field(default_factory=dict)

    def differences(self, best: int, others: Sequence[int], confidence: float) -> Ends:
        """Return the ends of (best − other), NaN where rows are not shared."""
        ends = np.full((2, len(others)), np.nan)
        for place, other in enumerate(others):
            if other == best:
                continue
            cells = self._pair(best, other)
            found = None if cells is None else self._interval(cells, best, confidence)
            if found is None:
                self.unpaired.add(other)
            else:
                ends[:, place] = found
        return ends[0], ends[1]

    def covariance(self, best: int, members: Sequence[int]) -> float:
        """Return the mean covariance of the best and another; 0 where any is not paired."""
        out = []
        for other in members:
            cells = None if other == best else self._pair(best, other)
            if other == best:
                continue
            if cells is None or cells.group is not None:
                return 0.0
            drawn = self._drawn(cells, best)
            out.append(float(np.cov(drawn)[0, 1]))
        return max(float(np.mean(out)), 0.0) if out and np.isfinite(out).all() else 0.0

    def _pair(self, a: int, b: int) -> PairCells | None:
        if (a, b) not in self.found:
            self.found[a, b] = self._read(a, b)
        return self.found[a, b]

    def _read(self, a: int, b: int) -> PairCells | None:
        if METRICS[self.metric].needs:
            return None  # pairs are counted by prediction, without scores
        runs = self.runs
        roles = [read.columns for read in runs.read[""]]
        if "id" not in roles[a] or "id" not in roles[b]:
            return None
        settings = [runs.settings[i] for i in (a, b)]
        pair = read_pair(
            runs.sources[a],
            runs.sources[b],
            columns=(
                {**settings[0].columns, **runs.options.columns},
                {**settings[1].columns, **runs.options.columns},
            ),
            split=runs.split_of(a),
            split_as={**settings[0].splits, **settings[1].splits, **runs.options.split_as},
            positive=runs.options.positive or settings[0].diagnose.get("positive"),
            threshold=runs.options.threshold,
        )
        if pair.missing.count or pair.extra.count:
            return None
        return pair.cells

    def _interval(self, cells: PairCells, best: int, confidence: float) -> Interval | None:
        if cells.group is not None:
            return None
        z = normal_quantile(confidence)
        if self.metric in ("accuracy", "error") and not cells.weighted:
            both, only_a, only_b, neither = np.bincount(
                cells.quadrants, cells.n, minlength=4
            ).tolist()
            n = both + only_a + only_b + neither
            a, b = (both + only_a) / n, (both + only_b) / n
            low, high = newcombe_interval(
                b,
                wilson_interval(b, n, z),
                a,
                wilson_interval(a, n, z),
                paired_correlation(both, only_a, only_b, neither),
            )
            return (low, high) if self.metric == "accuracy" else (-high, -low)
        drawn = self._drawn(cells, best)
        difference = drawn[0] - drawn[1]
        centre = self._value(cells, best)
        spread = float(np.nanstd(difference))
        if math.isnan(centre) or math.isnan(spread):
            return None
        return centre - z * spread, centre + z * spread

    def _choice(self, i: int) -> MetricChoice:
        return self.runs.choice(self.metric, i)

    def _value(self, cells: PairCells, best: int) -> float:
        choice = self._choice(best)
        values = [
            choice.of_tally(TallyPlan(cells.side(s))(cells.weight[None, :]), cells.labels)[0]
            for s in "ab"
        ]
        return float(values[0] - values[1])

    def _drawn(self, cells: PairCells, best: int) -> np.ndarray:
        """Return resamples of the metric of both runs: the Bayesian bootstrap of joint cells."""
        choice = self._choice(best)
        scale = cells.weight_squared / np.where(cells.weight > 0, cells.weight, 1.0)
        shape = cells.weight / np.where(scale > 0, scale, 1.0)
        plans = [TallyPlan(cells.side(s)) for s in "ab"]
        rng = generator(self.runs.sampling.seed, 7)
        out = []
        for size in batches(DRAWS, len(shape)):
            weights = rng.standard_gamma(shape, size=(size, len(shape))) * scale
            out.append(np.stack([choice.of_tally(p(weights), cells.labels) for p in plans]))
        return np.concatenate(out, axis=1)
