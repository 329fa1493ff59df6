# Over 300 lines: the number, and what errors cost.
"""The single number, by split and by the values of a column, and what an error costs.

Source: C3W1 Single number evaluation metric (the table of classifiers and regions, its mean);
C3W1 When to change dev/test sets and metrics (the weighted error).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.core.conditions.grammar import parse_equalities
from mlstrat.core.counts import ABSTAINED, SPLITS, Cells, Floats, pick_split, sum_by
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Estimate, Figure, Sampling, Spread, mean_of_runs
from mlstrat.core.findings import Finding
from mlstrat.core.groups import Influence
from mlstrat.core.intervals import Interval
from mlstrat.core.linearised import of_kinds
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.operating.choose import Wanted
from mlstrat.core.record import Record
from mlstrat.data.likely_roles import seed_column
from mlstrat.data.values import label_text
from mlstrat.errors import UsageError, did_you_mean
from mlstrat.tasks.classification.findings import part_findings
from mlstrat.tasks.findings import about_split
from mlstrat.workflow.score.findings import (
    SEVERAL_RUNS,
    VALUES_LEFT_OUT,
    WEIGHT_UNUSED,
    WEIGHTED_BY_COST,
)

if TYPE_CHECKING:
    from mlstrat.workflow.score import schema


CONFUSION_ROLES = ("label", "prediction")


class CostRule(Record):
    """What the rows that meet all conditions weigh.

    ``conditions`` are pairs of a column (or `label`, `prediction`) and a value, as label text;
    a blank value of `prediction` is an abstention.
    """

    conditions: tuple[tuple[str, str], ...]
    weight: float

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that must be counted apart, beside label and prediction."""
        return tuple(name for name, _ in self.conditions if name not in CONFUSION_ROLES)

    def to_dict(self) -> schema.Rule:
        """Return the JSON of the rule."""
        return {"where": dict(self.conditions), "weight": self.weight}


class AppliedRule(Record):
    """A rule, and what it met in the split of the single number."""

    rule: CostRule
    rows: int
    share_of_weight: float | None


def weigh(cells: Cells, costs: Sequence[CostRule]) -> Cells:
    """Return the cells with the weight of each rule multiplied into the rows that meet it."""
    if not costs:
        return cells
    factor = _factor(cells, costs)
    return replace(
        cells,
        weight=cells.weight * factor,
        weight_squared=cells.weight_squared * factor**2,
        weighted=True,
        loss=None if cells.loss is None else cells.loss * factor,
        loss_weight_squared=_times(cells.loss_weight_squared, factor**2),
        loss_squared=_times(cells.loss_squared, factor**2),
    )


def _times(values: Floats | None, factor: Floats) -> Floats | None:
    return None if values is None else values * factor


def _meets(cells: Cells, rule: CostRule) -> np.ndarray:
    keep = np.ones(len(cells.n), bool)
    for column, value in rule.conditions:
        if column in CONFUSION_ROLES and not cells.classes:
            raise UsageError(
                f"--weight-when {column}={value}: this run only tells which rows are right",
                accepted="a column of the run",
            )
        if column in CONFUSION_ROLES:
            known: tuple[str, ...] = cells.labels
            codes = cells.truth if column == "label" else cells.predicted
        else:
            known, codes = cells.slices[column]
        if column == "prediction" and not value:
            keep &= codes == ABSTAINED
            continue
        if value not in known:
            raise UsageError(
                f"--weight-when {column}={value}: there is no such value",
                accepted=", ".join(repr(x[:40]) for x in known[:10])
                + (f" and {len(known) - 10} more" if len(known) > 10 else ""),
                hint=did_you_mean(value, known, 0.6),
            )
        keep &= codes == known.index(value)
    return keep


def _factor(cells: Cells, costs: Sequence[CostRule]) -> Floats:
    factor = np.ones(len(cells.n))
    for rule in costs:
        factor[_meets(cells, rule)] *= rule.weight
    return factor


def apply_costs(part: Cells, costs: Sequence[CostRule]) -> tuple[AppliedRule, ...]:
    """Return what each rule meets in the cells of one split, without their costs."""
    weight = part.weight * _factor(part, costs)
    total = float(weight.sum())
    out = []
    for rule in costs:
        met = _meets(part, rule)
        share = float(weight[met].sum()) / total if total > 0 else None
        out.append(AppliedRule(rule, int(part.n[met].sum()), share))
    return tuple(out)


def cost_weighted(
    cells: Cells, costs: Sequence[CostRule], choice: MetricChoice, sampling: Sampling
) -> Estimate:
    """Return the cost-weighted error (or accuracy) of the cells of one split, without groups.

    By kinds of rows (`mlstrat.core.linearised.of_kinds`); kinds that a rule speaks of and that no
    row is of count as shares of 0.
    """
    undefined = Estimate(None, None, cells.rows, "undefined: all weights are 0")
    if not cells.weight.any():
        return undefined
    kinds = _kinds(cells, costs)
    counted = kinds[:, 1] > 0 if choice.metric.higher_is_better is False else kinds[:, 1] == 0
    kish = float(cells.weight.sum()) ** 2 / float(cells.weight_squared.sum())
    found = of_kinds(kinds, counted, kish / float(kinds[:, 2].sum()), sampling.confidence)
    if found is None:
        return undefined
    value, ci, variance = found
    return Estimate(value, ci, cells.rows, variance=variance)


def _kinds(cells: Cells, costs: Sequence[CostRule]) -> Floats:
    """Return rows of (cost, wrong, weight of rows), the dearest first, wrong before right."""
    factor = _factor(cells, costs)
    found: dict[tuple[float, bool], float] = {}
    for cost, wrong, weight in zip(factor, cells.wrong, cells.weight, strict=True):
        kind = (float(cost), bool(wrong))
        found[kind] = found.get(kind, 0.0) + float(weight)
        found.setdefault((float(cost), True), 0.0)
    for rule in costs:
        if not _meets(cells, rule).any():
            found.setdefault((rule.weight, True), 0.0)
    return np.array([(*kind, found[kind]) for kind in sorted(found, reverse=True)])


def with_costs(wanted: Wanted | None, costs: Sequence[CostRule]) -> Wanted | None:
    """Return the rule to choose a threshold by, with the costs of labels where it goes by cost."""
    if wanted is None or wanted.kind != "cost" or not costs:
        return wanted
    if any(len(x.conditions) != 1 or x.conditions[0][0] != "label" for x in costs):
        raise UsageError(
            "--choose-threshold cost goes by costs of labels alone",
            accepted="--weight-when label=VALUE:WEIGHT",
        )
    if wanted.costs:
        raise UsageError("costs are given twice, by --choose-threshold and by --weight-when")
    of_label: dict[str, float] = {}
    for x in costs:  # which multiply, where they meet
        label = x.conditions[0][1]
        of_label[label] = of_label.get(label, 1.0) * x.weight
    return replace(wanted, costs=of_label)


ACCEPTED_COSTS = "COLUMN=VALUE:WEIGHT, as label=porn:10 or label=cat,prediction=dog:5"


def parse_costs(texts: Sequence[str]) -> tuple[CostRule, ...]:
    """Return the rules of ``--weight-when``.

    ``COLUMN=VALUE:WEIGHT`` each, or several conditions with commas between them; `label` and
    `prediction` are the roles, any other name is a column.
    """
    return tuple(_parse(text) for text in texts)


def _parse(text: str) -> CostRule:
    when, colon, number = text.rpartition(":")
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not colon or not math.isfinite(weight) or weight < 0:
        found = f"weight {number.strip()!r}" if colon else "no weight"
        raise UsageError(f"--weight-when {text!r} has {found}", accepted=ACCEPTED_COSTS)
    equalities = parse_equalities(when, "=")
    if equalities is None:
        raise UsageError(f"--weight-when {text!r} is not a rule", accepted=ACCEPTED_COSTS)
    conditions = [
        (name.lower() if name.lower() in CONFUSION_ROLES else name, label_text(value))
        for name, value in equalities
    ]
    return CostRule(tuple(conditions), weight)


class Score(Record):
    """The metric on one split, or on the rows of one value of a column in it."""

    split: str
    by: Mapping[str, str] | None
    figure: Figure


class MeanScore(Record):
    """The unweighted mean over the values of a column; ``left_out`` have no figure.

    ``spread`` is there where the values are runs of one model on the same examples.
    """

    column: str
    figure: Figure
    left_out: tuple[str, ...]
    spread: Spread | None = None


class Scores(Record):
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
