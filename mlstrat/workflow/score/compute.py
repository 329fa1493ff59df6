"""The single number, by split and by the values of a column, and what an error costs.

Source: C3W1 Single number evaluation metric (the table of classifiers and regions, its mean);
C3W1 When to change dev/test sets and metrics (the weighted error).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import SPLITS, Cells, pick_split, sum_by
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Estimate, Figure, Sampling, Spread, mean_of_runs
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import Influence, Interval
from mlstrat.core.metrics import MetricChoice
from mlstrat.data.likely_roles import seed_column
from mlstrat.errors import UsageError
from mlstrat.tasks.classification.findings import part_findings
from mlstrat.tasks.findings import about_split
from mlstrat.workflow.score.costs import AppliedRule, CostRule, apply_costs, cost_weighted, weigh
from mlstrat.workflow.score.findings import (
    SEVERAL_RUNS,
    VALUES_LEFT_OUT,
    WEIGHT_UNUSED,
    WEIGHTED_BY_COST,
)


@dataclass(frozen=True)
class Score:
    """The metric on one split, or on the rows of one value of a column in it."""

    split: str
    by: Mapping[str, str] | None
    figure: Figure


@dataclass(frozen=True)
class MeanScore:
    """The unweighted mean over the values of a column; ``left_out`` have no figure.

    ``spread`` is there where the values are runs of one model on the same examples.
    """

    column: str
    figure: Figure
    left_out: tuple[str, ...]
    spread: Spread | None = None


@dataclass(frozen=True)
class Scores:
    """The single number first, then the other splits, then the values of the columns."""

    choice: MetricChoice
    split: str
    scores: tuple[Score, ...]
    means: tuple[MeanScore, ...]
    costs: tuple[AppliedRule, ...]
    plain: Figure | None
    findings: tuple[Finding, ...]

    @property
    def number(self) -> Figure:
        """The single number."""
        return self.scores[0].figure


BY_ROW = ("accuracy", "error", "log_loss", "brier")
"""Metrics that are a mean over rows, so that those of one class have one, too."""


def refuse_by_class(choice: MetricChoice, by: Sequence[str], columns: Mapping[str, str]) -> None:
    """Refuse a metric of several classes by the column that tells the class."""
    asked = {name.strip().lower() for name in by}
    for role in ("label", "prediction"):
        column = columns.get(role)
        if column is None or column.lower() not in asked or choice.metric.name in BY_ROW:
            continue
        which = "recall" if role == "label" else "precision"
        raise UsageError(
            f"{choice.title} by {column!r}: rows of one {role} alone have no {choice.title}, which "
            "weighs the classes against each other",
            accepted=f"--metric accuracy --by {column}: the share of each {role} that is right, "
            f"its {which}",
            hint="precision, recall and F1 of every class: mlstrat diagnose",
        )


def score_cells(
    cells: Cells,
    choice: MetricChoice,
    *,
    split: str | None = None,
    by: Sequence[str] = (),
    costs: Sequence[CostRule] = (),
    sampling: Sampling | None = None,
    notes: Sequence[Finding] = (),
) -> Scores:
    """Return the metric of every split, and of every value of some columns on one split.

    The columns of `by` and of `costs` are slices of the cells. Weights of all rules that a row
    meets are multiplied, and with the row's own weight.
    """
    sampling = sampling or Sampling()
    main = pick_split(cells.splits, split)
    if choice.metric.needs == "score" and costs:
        raise UsageError(
            f"{choice.metric.name} ranks rows, and --weight-when says what an error costs",
            accepted="a metric of predictions or of probabilities",
        )
    if costs and not weigh(cells, costs).weight.sum() > 0:
        raise UsageError("--weight-when leaves no row any weight")
    parts = {name: cells.by_split[name] for name in (main, *cells.splits)}
    seeds = seed_column(by)
    scores = []
    for name, part in parts.items():
        repeated = None
        if seeds is not None:
            repeated = _by_column(part, seeds, choice, sampling, costs)[1]
        if repeated is not None and repeated.spread is not None:
            figure = repeated.figure
        else:
            figure = _estimate(part, choice, sampling, SPLITS.index(name), costs).figure
        scores.append(Score(name, None, figure))
    means = []
    for column in by:
        sliced, mean = _by_column(parts[main], column, choice, sampling, costs)
        scores += [Score(main, {column: value}, one.figure) for value, one in sliced.items()]
        means.append(mean)
    plain = None
    if costs:
        plain = _estimate(parts[main], choice, sampling, SPLITS.index(main)).figure
    applied = apply_costs(parts[main], costs)
    findings = [
        *_findings(choice, main, split, means, applied, plain),
        *notes,
        *part_findings(parts, choice),
    ]
    return Scores(choice, main, tuple(scores), tuple(means), applied, plain, tuple(findings))


def _estimate(
    part: Cells,
    choice: MetricChoice,
    sampling: Sampling,
    stream: int,
    costs: Sequence[CostRule] = (),
) -> Estimate:
    rates = choice.metric.name in ("accuracy", "error")
    if costs and rates and part.group is None:
        return cost_weighted(part, costs, choice, sampling)
    return estimate(weigh(part, costs), choice, sampling, stream, draws=False)


def _by_column(
    part: Cells,
    column: str,
    choice: MetricChoice,
    sampling: Sampling,
    costs: Sequence[CostRule],
) -> tuple[dict[str, Estimate], MeanScore]:
    """Return the estimate of each value that occurs, in display order, and their mean."""
    values, codes = part.slices[column]
    found = {
        values[code]: _estimate(
            part.of_value(column, int(code)), choice, sampling, len(SPLITS) + int(code), costs
        )
        for code in np.unique(codes)
    }
    return found, mean_of_values(column, found, choice, sampling.confidence)


def mean_of_values(
    column: str, found: Mapping[str, Estimate], choice: MetricChoice, confidence: float
) -> MeanScore:
    """Return the mean over the values of a column; of seeds as of runs on the same examples."""
    known = {value: one for value, one in found.items() if one.value is not None}
    left_out = tuple(value for value in found if value not in known)
    each = list(known.values())
    if seed_column([column]) is None or len(each) < 2:
        return MeanScore(column, mean_of_parts(each), left_out)
    figure = mean_of_runs(each, (choice.metric.low, choice.metric.high), confidence)
    return MeanScore(column, figure, left_out, Spread.of([x.value or 0.0 for x in each]))


def several_runs(means: Sequence[MeanScore], split: str) -> list[Finding]:
    """Return the finding that runs of one model are averaged."""
    return [
        Finding(SEVERAL_RUNS, {"column": x.column, "split": split, **vars(x.spread)})
        for x in means
        if x.spread is not None
    ]


def mean_of_parts(parts: Sequence[Estimate]) -> Figure:
    """Return the unweighted mean of figures of different rows, with its interval.

    Formula (square-and-add of the parts' own intervals, Zou and Donner 2008): with m the mean of
    K values vₖ and lₖ their lower limits, the lower limit is m − √Σ(vₖ − lₖ)² / K, the upper one
    mirrored. Groups that have rows in several parts add the covariance that they bring.
    """
    if not parts:
        return Figure(None, None, None, "undefined: no value of the column has a figure")
    values = [x.value or 0.0 for x in parts]
    mean, n = math.fsum(values) / len(parts), sum(x.n or 0 for x in parts)
    intervals = [x.ci for x in parts if x.ci is not None]
    if len(intervals) < len(parts):
        reason = next(x.reason for x in parts if x.ci is None)
        return Figure(mean, None, n, reason or "no interval: a value of the column has none")
    down = [value - low for value, (low, _) in zip(values, intervals, strict=True)]
    up = [high - value for value, (_, high) in zip(values, intervals, strict=True)]
    ci: Interval = (
        mean - _root_of_sum(parts, down) / len(parts),
        mean + _root_of_sum(parts, up) / len(parts),
    )
    return Figure(mean, ci, n)


def _root_of_sum(parts: Sequence[Estimate], widths: Sequence[float]) -> float:
    """√Σᵢⱼ ρᵢⱼ wᵢ wⱼ with the correlations ρ that shared groups bring; 0 without groups."""
    alone = 0.0
    groups, moves = [], []
    for part, width in zip(parts, widths, strict=True):
        spread = 0.0 if part.influence is None else part.influence.variance
        if part.influence is None or not spread > 0:
            alone += width**2
        else:
            groups.append(part.influence.groups)
            moves.append(part.influence.values * (width / math.sqrt(spread)))
    if groups:
        codes, place = np.unique(np.concatenate(groups), return_inverse=True)
        summed = sum_by(place, np.concatenate(moves), len(codes))
        alone += Influence(codes, summed).variance
    return math.sqrt(alone)


def _findings(
    choice: MetricChoice,
    main: str,
    asked: str | None,
    means: Sequence[MeanScore],
    costs: Sequence[AppliedRule],
    plain: Figure | None,
) -> list[Finding]:
    out = several_runs(means, main)
    left_out = {x.column: list(x.left_out) for x in means if x.left_out}
    if left_out:
        out.append(Finding(VALUES_LEFT_OUT, {"values": left_out, "metric": choice.metric.name}))
    if costs:
        rules = [
            x.rule.to_dict() | {"rows": x.rows, "share_of_weight": x.share_of_weight} for x in costs
        ]
        value = None if plain is None else plain.value
        out.append(Finding(WEIGHTED_BY_COST, {"rules": rules, "unweighted": value}))
    unmet = [x.rule.to_dict() for x in costs if x.rows == 0]
    if unmet:
        out.append(Finding(WEIGHT_UNUSED, {"rules": unmet, "split": main}))
    return out + about_split(main, asked)
