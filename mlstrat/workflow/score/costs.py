"""What an error costs: weights by label, by cell of the confusion matrix, or by any column.

Formula: Σ w·error / Σ w. Source: C3W1 When to change dev/test sets and metrics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.core.conditions.grammar import parse_equalities
from mlstrat.core.counts import ABSTAINED, Cells, Floats
from mlstrat.core.figures import Estimate, Sampling
from mlstrat.core.linearised import of_kinds
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.operating.choose import Wanted
from mlstrat.data.values import label_text
from mlstrat.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from mlstrat.workflow.score import schema

CONFUSION_ROLES = ("label", "prediction")


@dataclass(frozen=True)
class CostRule:
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


@dataclass(frozen=True)
class AppliedRule:
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
