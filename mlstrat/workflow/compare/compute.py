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

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mlstrat.core.counts import RIGHT_OR_WRONG, sum_by
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import holm
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.paired_tests import mcnemar_exact, sign_flip
from mlstrat.core.pairs import SIDES, PairCells
from mlstrat.core.sample_size.to_settle import ToSettle
from mlstrat.core.wording import is_share
from mlstrat.errors import UsageError
from mlstrat.workflow.compare.difference import PairedDifference, paired_difference
from mlstrat.workflow.compare.settling import settle_comparison, within

if TYPE_CHECKING:
    from mlstrat.workflow.compare import schema

Verdict = Literal["a_better", "b_better", "undecided", "identical"]
NonInferior = Literal["yes", "no", "undecided"]

CORRECTNESS = ("accuracy", "error")
"""Metrics that speak of right and wrong rows alone, as McNemar's test does."""


@dataclass(frozen=True)
class Quadrants:
    """Rows by who is right."""

    both_right: int
    only_a_right: int
    only_b_right: int
    both_wrong: int

    @property
    def rows(self) -> int:
        """All rows."""
        return self.both_right + self.only_a_right + self.only_b_right + self.both_wrong

    def to_dict(self) -> schema.Quadrants:
        """Return the JSON of the four counts."""
        return {
            "both_right": self.both_right,
            "only_a_right": self.only_a_right,
            "only_b_right": self.only_b_right,
            "both_wrong": self.both_wrong,
        }


@dataclass(frozen=True)
class SliceComparison:
    """The rows of one value of a column: who is right, b's accuracy minus a's, how sure."""

    column: str
    value: str
    quadrants: Quadrants
    difference: Figure
    p_value: float
    p_adjusted: float


@dataclass(frozen=True)
class Comparison:
    """What two runs on the same examples say about each other.

    Attributes
    ----------
    choice, split
        The metric and the split.
    figures, rows
        The metric of a and of b, and the examples that both predict.
    quadrants
        Rows by who is right; None where scores say no class.
    difference
        The metric of b minus that of a.
    p_value
        Of "both are right equally often": exact McNemar, or a sign-flip of groups; None where
        scores say no class.
    test
        Which of the two.
    p_b_better
        The share of resamples in which b is better, ties counting half.
    tolerance
        What is no difference worth having: the margin, where there is one.
    to_settle
        What would settle an open comparison.
    margin, non_inferior
        Whether b is worse than a by less than the margin; None where no margin is given.
    verdict, decided_by
        Which is better at the confidence asked for, told by the p-value or by the interval.
    """

    choice: MetricChoice
    split: str
    figures: tuple[Figure, Figure]
    rows: int
    quadrants: Quadrants | None
    difference: Figure
    p_value: float | None
    test: Literal["mcnemar_exact", "sign_flip"]
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
    """Return how two models on the same examples compare.

    Parameters
    ----------
    cells
        The joint table.
    choice
        A metric; one that needs scores or losses finds them in the cells.
    margin
        b is not inferior if it is worse than a by less than this, a fraction.
    tolerance
        What is no difference worth having, where no margin says it.

    Raises
    ------
    UsageError
        For a margin that is not above 0.
    """
    sampling = sampling or Sampling()
    if margin is not None and not 0 < margin < choice.metric.high - choice.metric.low:
        raise UsageError(f"the margin is {margin:g}", accepted="a fraction above 0, as 1% or 0.01")
    quadrants = _quadrants(cells)
    found = paired_difference(cells, choice, sampling)
    p_value = _p_value(cells, quadrants, sampling) if cells.predicts else None
    grouped = cells.group is not None
    by_p = choice.metric.name in CORRECTNESS and (grouped or not cells.weighted)
    by_p = by_p and cells.apart is None  # McNemar's test takes thresholds as given
    verdict = _verdict(cells, choice, found, p_value if by_p else None, sampling)
    q, allowed = quadrants, tolerance if margin is None else margin
    to_settle = None
    if verdict == "undecided":
        to_settle = settle_comparison(
            found.figure,
            split=cells.split,
            tolerance=allowed,
            share=is_share(choice),
            confidence=sampling.confidence,
            quadrants=(q.both_right, q.only_a_right, q.only_b_right, q.both_wrong)
            if by_p and not grouped
            else None,
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
        None if margin is None else _non_inferior(choice, found.figure, margin),
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


def _verdict(
    cells: PairCells,
    choice: MetricChoice,
    found: PairedDifference,
    p_value: float | None,
    sampling: Sampling,
) -> Verdict:
    d, ci = found.figure.value, found.figure.ci
    if cells.identical:
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


def _non_inferior(choice: MetricChoice, difference: Figure, margin: float) -> NonInferior:
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
            rows.append((column, values[code], q, d, _p_value(part, q, sampling)))
        rows.sort(key=lambda x: -(x[2].only_a_right + x[2].only_b_right))
        found += rows
    adjusted = holm([x[4] for x in found])
    return tuple(SliceComparison(*x, p_adjusted=p) for x, p in zip(found, adjusted, strict=True))
