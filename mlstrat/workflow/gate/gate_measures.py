"""What a check measures: a figure at any confidence, of a run or of a run minus its baseline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mlstrat.core.counts import SPLITS, Cells
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.intervals import newcombe_interval
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.pairs import PairCells
from mlstrat.workflow.compare.difference import paired_difference

Measure = Callable[[float], Figure]


def missing(reason: str) -> Measure:
    """Return the measure of what is not there."""
    return lambda _confidence: Figure(None, None, None, reason)


def of_part(part: Cells, choice: MetricChoice, split: str, sampling: Sampling) -> Measure:
    """Return the measure of a metric on some rows of a split."""
    if not part.rows:
        return missing(f"no such rows on {split}")

    def measure(confidence: float) -> Figure:
        at = replace(sampling, confidence=confidence)
        found = estimate(part, choice, at, SPLITS.index(split), draws=False).figure
        return replace(found, n=part.rows)

    return measure


def of_pair(pair: PairCells, choice: MetricChoice, sampling: Sampling) -> Measure:
    """Return the measure of run (a) minus baseline (b) on the rows that both predict."""
    if not pair.rows:
        return missing(f"no such rows on {pair.split} that both predict")

    def measure(confidence: float) -> Figure:
        at = replace(sampling, confidence=confidence)
        found = paired_difference(pair, choice, at, draws=False).figure
        ci = None if found.ci is None else (-found.ci[1], -found.ci[0])
        value = None if found.value is None else 0.0 - found.value
        return Figure(value, ci, pair.rows, found.reason)

    return measure


def of_two(run: Measure, baseline: Measure) -> Measure:
    """Return the measure of run minus baseline where their rows are not paired.

    Newcombe's square-and-add with no correlation: rows that are the same after all make the
    interval wider than it need be, never narrower, as long as both models err on the same rows.
    """

    def measure(confidence: float) -> Figure:
        new, old = run(confidence), baseline(confidence)
        if new.value is None or old.value is None:
            reason = new.reason if new.value is None else f"the baseline is {old.reason}"
            return Figure(None, None, new.n, reason)
        value = new.value - old.value
        if new.ci is None or old.ci is None:
            return Figure(value, None, new.n, new.reason or old.reason)
        ci = newcombe_interval(old.value, old.ci, new.value, new.ci)
        return Figure(value, ci, new.n)

    return measure
