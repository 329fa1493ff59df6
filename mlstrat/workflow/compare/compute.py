"""Two models on the same examples: is one really better, and if that cannot be told, what would?

=========================  =====================================================================
who is right more often    exact McNemar; with groups, a sign-flip of the groups' differences
accuracy, error            Newcombe's paired interval; with groups, his with their correlation
other hard metrics         the joint cells resampled; with groups, linearised
=========================  =====================================================================

Source: C3W1 When to change dev/test sets and metrics; Machine Learning Yearning 7 (how large dev
sets must be to tell two models apart).
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Literal

import numpy as np

from mlstrat.core.counts import RIGHT_OR_WRONG, sum_by
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import holm
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.paired_tests import mcnemar_exact, sign_flip
from mlstrat.core.pairs import SIDES, PairCells
from mlstrat.core.record import Record
from mlstrat.core.sample_size.to_settle import ToSettle
from mlstrat.core.wording import is_share
from mlstrat.errors import UsageError
from mlstrat.workflow.compare.difference import paired_difference
from mlstrat.workflow.compare.settling import settle_comparison, within

Verdict = Literal["a_better", "b_better", "undecided", "identical"]
NonInferior = Literal["yes", "no", "undecided"]

CORRECTNESS = ("accuracy", "error")
"""Metrics that speak of right and wrong rows alone, as McNemar's test does."""


class Quadrants(Record):
    """Rows by who is right."""

    both_right: int
    only_a_right: int
    only_b_right: int
    both_wrong: int

    @property
    def discordant(self) -> int:
        """Rows on which only one is right."""
        return self.only_a_right + self.only_b_right


class SliceComparison(Record):
    """The rows of one value of a column: who is right, b's figure minus a's, how sure."""

    column: str
    value: str
    rows: int
    quadrants: Quadrants | None
    difference: Figure
    p_value: float | None
    p_adjusted: float | None


class Comparison(Record):
    """What two runs on the same examples say about each other: ``difference`` is b minus a.

    ``rows`` are those that both predict, ``quadrants`` by who is right (None where no example is
    right or wrong), ``p_value`` of no difference by ``test``; ``p_b_better`` counts ties half;
    ``tolerance`` is the margin, where there is one.
    """

    choice: MetricChoice
    split: str
    figures: tuple[Figure, Figure]
    rows: int
    quadrants: Quadrants | None
    difference: Figure
    p_value: float | None
    test: str
    p_b_better: float | None
    tolerance: float
    to_settle: ToSettle | None
    margin: float | None
    non_inferior: NonInferior | None
    verdict: Verdict
    decided_by: Literal["p_value", "interval"]
    slices: tuple[SliceComparison, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def equivalent(self) -> bool:
        """Whether the whole interval of the difference is within the tolerance."""
        return within(self.difference.ci, self.tolerance)


def compare_cells(
    cells: PairCells,
    choice: MetricChoice,
    *,
    margin: float | None = None,
    tolerance: float = 0.01,
    sampling: Sampling | None = None,
) -> Comparison:
    """Return how two models on the same examples compare."""
    sampling = sampling or Sampling()
    if margin is not None and not 0 < margin < choice.metric.high - choice.metric.low:
        raise UsageError(f"the margin is {margin:g}", accepted="a fraction above 0, as 1% or 0.01")
    quadrants = _quadrants(cells)
    found = paired_difference(cells, choice, sampling)
    p_value = _p_value(cells, quadrants, sampling) if cells.predicts else None
    grouped = cells.group is not None
    by_p = choice.metric.name in CORRECTNESS and (grouped or not cells.weighted)
    by_p = by_p and cells.apart is None  # McNemar's test takes thresholds as given
    verdict = verdict_of(
        choice, found.figure, p_value if by_p else None, sampling, identical=cells.identical
    )
    allowed = tolerance if margin is None else margin
    to_settle = None
    if verdict == "undecided":
        to_settle = settle_comparison(
            found.figure,
            split=cells.split,
            tolerance=allowed,
            share=is_share(choice),
            confidence=sampling.confidence,
            quadrants=astuple(quadrants) if by_p and not grouped else None,
        )
    figures = [
        estimate(cells.side(x), choice, sampling, i, draws=False).figure
        for i, x in enumerate(SIDES)
    ]
    return Comparison(
        choice,
        cells.split,
        (figures[0], figures[1]),
        cells.rows,
        quadrants if cells.predicts else None,
        found.figure,
        p_value,
        "sign_flip" if grouped else "mcnemar_exact",
        found.p_b_better,
        allowed,
        to_settle,
        margin,
        non_inferior(choice, found.figure, margin),
        verdict,
        "p_value" if by_p else "interval",
        _by_slice(cells, sampling) if cells.predicts else (),
    )


def _quadrants(cells: PairCells) -> Quadrants:
    counts = np.zeros(4, np.int64)
    np.add.at(counts, cells.quadrants, cells.n)
    return Quadrants(*(int(x) for x in counts))


def _p_value(cells: PairCells, q: Quadrants, sampling: Sampling) -> float:
    if cells.group is None:
        return mcnemar_exact(q.only_a_right, q.only_b_right)
    code = cells.quadrants
    gain = np.where(code == 2, cells.weight, np.where(code == 1, -cells.weight, 0.0))
    _, place = np.unique(cells.group, return_inverse=True)
    return sign_flip(sum_by(place, gain), sampling)


def verdict_of(
    choice: MetricChoice,
    difference: Figure,
    p_value: float | None,
    sampling: Sampling,
    *,
    identical: bool,
) -> Verdict:
    """Return which is better: by the p-value, without one by the interval."""
    d, ci = difference.value, difference.ci
    if identical:
        return "identical"
    if d is None or d == 0:
        return "undecided"
    if p_value is not None:
        sure = p_value <= 1 - sampling.confidence + 1e-12
    else:
        sure = ci is not None and (ci[0] > 0 or ci[1] < 0)
    if not sure:
        return "undecided"
    return "b_better" if (d > 0) == choice.metric.higher_is_better else "a_better"


def non_inferior(
    choice: MetricChoice, difference: Figure, margin: float | None
) -> NonInferior | None:
    """Return whether b is not worse by the margin; None without one."""
    if margin is None:
        return None
    if difference.ci is None:
        return "undecided"
    low, high = difference.ci
    if not choice.metric.higher_is_better:
        low, high = -high, -low
    if low > -margin:
        return "yes"
    return "no" if high < -margin else "undecided"


def _by_slice(cells: PairCells, sampling: Sampling) -> tuple[SliceComparison, ...]:
    """Return the label and every column to slice by, most discordant rows first."""
    columns: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    if cells.labels != RIGHT_OR_WRONG:
        columns["label"] = cells.labels, cells.truth
    columns |= cells.slices
    accuracy = MetricChoice(METRICS["accuracy"], None, None)
    found = []
    for column, (values, codes) in columns.items():
        rows = []
        for code in np.unique(codes):
            part = cells.where(codes == code)
            q = _quadrants(part)
            d = paired_difference(part, accuracy, sampling, draws=False).figure
            rows.append((column, values[code], part.rows, q, d, _p_value(part, q, sampling)))
        rows.sort(key=lambda x: -x[3].discordant)
        found += rows
    adjusted = holm([x[5] for x in found])
    return tuple(SliceComparison(*x, p_adjusted=p) for x, p in zip(found, adjusted, strict=True))
