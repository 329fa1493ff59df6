"""What a comparison is to be told with: findings MLS32x, and those about the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.pairs import SIDES, PairCells
from mlstrat.tasks.classification.part_findings import part_findings
from mlstrat.workflow.compare.compute import Comparison


def comparison_findings(
    result: Comparison,
    cells: PairCells,
    names: tuple[str, str],
    sampling: Sampling,
    notes: Sequence[Finding],
) -> tuple[Finding, ...]:
    """Return the findings of a comparison, the most urgent first."""
    out: list[Finding] = []
    q, alpha = result.quadrants, 1 - sampling.confidence
    if result.verdict == "identical":
        out.append(Finding("MLS321", {"rows": q.rows}))
    elif result.verdict == "undecided":
        out.append(Finding("MLS323", _undecided(result)))
    if result.decided_by == "interval" and _apart(result) != (result.p_value <= alpha):
        out.append(Finding("MLS324", _disagreement(result)))
    if cells.weighted and cells.group is None:
        out.append(Finding("MLS325", {"p_value": result.p_value}))
    sure = [
        {"where": {x.column: x.value}, "difference": x.difference.value,
         "p_adjusted": x.p_adjusted}
        for x in result.slices if x.p_adjusted <= alpha
    ]  # fmt: skip
    if sure:
        out.append(Finding("MLS326", {"slices": sure}))
    if cells.split == "test":
        out.append(Finding("MLS206", {"split": cells.split}))
    sides = {name: cells.side(x) for name, x in zip(names, SIDES, strict=True)}
    return (*out, *notes, *part_findings(sides, result.choice))


def _undecided(result: Comparison) -> dict[str, Any]:
    q = result.quadrants
    return {
        "rows": q.rows,
        "n_needed": result.n_needed,
        "discordant": q.only_a_right + q.only_b_right,
    }


def _disagreement(result: Comparison) -> dict[str, Any]:
    return {
        "metric": result.choice.metric.name,
        "p_value": result.p_value,
        "ci": list(result.difference.ci or ()),
    }


def _apart(result: Comparison) -> bool:
    """Whether the interval tells the two apart."""
    ci = result.difference.ci
    return ci is not None and not ci[0] <= 0 <= ci[1]
