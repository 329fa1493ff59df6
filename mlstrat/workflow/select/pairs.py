"""What shared rows tell about runs as candidates: differences are paired where ids are shared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.intervals import Interval, newcombe_interval
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.pairs import SIDES
from mlstrat.tasks.classification.pairing import Pair, read_pair
from mlstrat.tasks.unpaired import NothingSharedError
from mlstrat.workflow.compare.difference import (
    PairedDifference,
    Resampled,
    is_resampled,
    joint_draws,
    paired_difference,
    resampled,
)
from mlstrat.workflow.select.evaluate import Ends
from mlstrat.workflow.select.linearised import LinearPair
from mlstrat.workflow.select.runs import RunSet

if TYPE_CHECKING:
    from mlstrat.tasks.measured import MeasuredPair

DRAWS = 2_000
"""Resamples of a paired difference; little but their standard deviation decides."""


P = TypeVar("P", bound="Pair | MeasuredPair")
S = TypeVar("S", bound=RunSet)


@dataclass(eq=False)
class Pairings(Generic[S, P]):
    """Differences of one metric of runs that share their rows.

    ``unpaired`` are the runs whose difference to the best had to be taken as independent.
    """

    runs: S
    metric: str
    unpaired: set[int] = field(default_factory=set)
    found: dict[tuple[int, int], P | None] = field(default_factory=dict)

    def read(self, a: int, b: int) -> P | None:
        """Return two runs paired by id; None where they cannot be."""
        raise NotImplementedError

    def change(self, pair: P, best: int, sampling: Sampling) -> Figure:
        """Return the metric of the other minus that of the best."""
        raise NotImplementedError

    def variances(self, pair: P, best: int) -> tuple[float, float, float]:
        """Return the variances of both figures on the rows in common, and their covariance."""
        raise NotImplementedError

    def differences(self, best: int, others: Sequence[int], confidence: float) -> Ends:
        """Return the ends of (best − other), NaN where rows are not shared."""
        ends = np.full((2, len(others)), np.nan)
        for place, other in enumerate(others):
            if other == best:
                continue
            pair = self._pair(best, other)
            found = None if pair is None else self._interval(pair, best, other, confidence)
            if found is None:
                self.unpaired.add(other)
            else:
                ends[:, place] = found
        return ends[0], ends[1]

    def covariance(self, best: int, members: Sequence[int]) -> float:
        """Return the mean covariance of the best and another; 0 where any is not paired.

        Rows that only one of two has add to its variance alone: of the covariance on the n rows in
        common n² / (nₐ n_b) is left.
        """
        out = []
        for other in members:
            if other == best:
                continue
            pair = self._pair(best, other)
            if pair is None:
                return 0.0
            *_, common = self.variances(pair, best)
            out.append(common * pair.overlap**2)
        return max(float(np.mean(out)), 0.0) if out and np.isfinite(out).all() else 0.0

    def _pair(self, a: int, b: int) -> P | None:
        if (a, b) not in self.found:
            self.found[a, b] = self.read(a, b)
        return self.found[a, b]

    def _interval(self, pair: P, best: int, other: int, confidence: float) -> Interval | None:
        """Return the interval of (best − other).

        Of runs that share but a part of their rows, each keeps its figure and interval; the
        correlation is that on the n rows in common times n / √(nₐ n_b).
        """
        sampling = self.sampling(confidence)
        if not (pair.missing.count or pair.extra.count):
            ci = self.change(pair, best, sampling).ci
            if ci is None:
                return (0.0, 0.0) if pair.identical else None
            return -ci[1], -ci[0]
        every = self.runs.estimates(self.metric, confidence)
        mine, theirs = every[best], every[other]
        if mine.value is None or theirs.value is None or mine.ci is None or theirs.ci is None:
            return None
        of_a, of_b, common = self.variances(pair, best)
        spread = math.sqrt(of_a * of_b)
        shared = common / spread * pair.overlap if spread > 0 else 0.0
        if math.isnan(shared):
            return None
        shared = max(-1.0, min(1.0, shared))
        return newcombe_interval(theirs.value, theirs.ci, mine.value, mine.ci, shared)

    def sampling(self, confidence: float) -> Sampling:
        """Return how a difference is taken at a confidence."""
        return replace(self.runs.sampling, confidence=confidence, resamples=DRAWS)


@dataclass(eq=False)
class PairedRuns(Pairings[RunSet, Pair]):
    """Differences of one metric of runs of labels."""

    once: dict[int, LinearPair | Resampled | None] = field(default_factory=dict)
    sides: dict[int, dict[Any, Any]] = field(default_factory=dict)
    """What was made of each run that others were paired with."""

    def read(self, a: int, b: int) -> Pair | None:
        runs, needs = self.runs, METRICS[self.metric].needs
        roles = [read.columns for read in runs.read[needs]]
        if "id" not in roles[a] or "id" not in roles[b]:
            return None
        one, two = runs.hows[a], runs.hows[b]
        if one.threshold != two.threshold:  # a pair has one
            return None
        try:
            return read_pair(
                runs.table(a),
                runs.table(b),
                columns=(one.columns, two.columns),
                split=one.split,
                split_as={**one.split_as, **two.split_as},
                positive=one.positive,
                threshold=one.threshold,
                needs=needs,
                predicts=False,
                kept=self.sides.setdefault(a, {}),
            )
        except NothingSharedError:
            return None

    def change(self, pair: Pair, best: int, sampling: Sampling) -> Figure:
        if (once := self._once(pair, best)) is not None:
            return once.figure(sampling.confidence)
        return paired_difference(pair.cells, self._choice(best), sampling, draws=False).figure

    def _once(self, pair: Pair, best: int) -> LinearPair | Resampled | None:
        """Return a pair linearised or resampled, once; None where it needs neither."""
        if not is_resampled(pair.cells, self._choice(best)):
            return None
        if id(pair) not in self.once:  # which stays among those found
            cells, choice = pair.cells, self._choice(best)
            found: LinearPair | Resampled | PairedDifference | None = LinearPair.of(cells, choice)
            if found is None:
                found = resampled(cells, choice, self.sampling(self.runs.sampling.confidence))
            self.once[id(pair)] = None if isinstance(found, PairedDifference) else found
        return self.once[id(pair)]

    def variances(self, pair: Pair, best: int) -> tuple[float, float, float]:
        cells, choice = pair.cells, self._choice(best)
        sampling = self.sampling(self.runs.sampling.confidence)
        if not choice.metric.needs and cells.group is None:
            once = self._once(pair, best)
            if isinstance(once, LinearPair):
                return once.variances
            a, b = joint_draws(cells, choice, sampling) if once is None else once.drawn
            known = ~np.isnan(a + b)
            (of_a, common), (_, of_b) = np.cov(a[known], b[known])
            return float(of_a), float(of_b), float(common)
        found = [
            estimate(cells.side(x), choice, sampling, i, draws=False, paired=True)
            for i, x in enumerate(SIDES)
        ]
        of_a, of_b = (math.nan if x.variance is None else x.variance for x in found)
        apart = paired_difference(cells, choice, sampling, draws=False).variance
        common = math.nan if apart is None else (of_a + of_b - apart) / 2
        return of_a, of_b, common

    def _choice(self, i: int) -> MetricChoice:
        return self.runs.choice(self.metric, i)
