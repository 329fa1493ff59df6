"""The findings of a choice: what was seen, in figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.workflow.select.compute import Selection
from mlstrat.workflow.select.preferences import Agreement


def selection_findings(
    chosen: Selection,
    agreed: Agreement | None = None,
    *,
    blank: Mapping[str, int] | None = None,
    part_of_rows: Sequence[str] = (),
    unpaired: Sequence[str] = (),
) -> list[Finding]:
    """Return the findings of a choice, the most urgent first."""
    out: list[Finding] = []
    if chosen.nearest:
        misses = chosen.candidate(chosen.nearest[0]).misses
        out.append(
            Finding(
                "MLS312",
                {
                    "nearest": list(chosen.nearest),
                    "misses": [
                        {"constraint": m.constraint, "value": m.value, "bound": m.bound, "by": m.by}
                        for m in misses
                    ],
                },
            )
        )
    if chosen.pool == "undecided":
        undecided = [c.name for c in chosen.candidates if c.feasible == "undecided"]
        out.append(Finding("MLS311", {"undecided": undecided, "choice": chosen.choice}))
    if chosen.tied:
        evidence = {
            "best": chosen.best,
            "tied": [x for x in chosen.group if x != chosen.best],
            "candidates": chosen.pool_size,
            "paired": chosen.paired and not unpaired,
            "rows": chosen.candidate(chosen.best or "").figure.n,
            "rows_needed": chosen.rows_needed,
        }
        out.append(Finding("MLS310", evidence))
    if agreed is not None and agreed.wrong:
        out.append(Finding("MLS316", _disagreement(agreed)))
    if chosen.unsure:
        out.append(Finding("MLS313", {"candidates": list(chosen.unsure), "choice": chosen.choice}))
    if chosen.choice is not None and chosen.candidate(chosen.choice).figure.ci is None:
        out.append(Finding("MLS314", {"optimize": chosen.expression.title}))
    if part_of_rows:
        out.append(Finding("MLS315", {"columns": sorted(set(part_of_rows))}))
    if unpaired:
        out.append(Finding("MLS317", {"runs": list(unpaired)}))
    if blank:
        out.append(Finding("MLS318", {"columns": dict(blank)}))
    return out


def weight_dict(weight: Any) -> dict[str, Any]:
    """Return a weight as JSON."""
    return {"where": dict(weight.where), "above": weight.above, "weight": weight.weight}


def _disagreement(agreed: Agreement) -> dict[str, Any]:
    smallest = agreed.smallest
    return {
        "pairs": agreed.pairs,
        "agree": agreed.agree,
        "wrong": [{"better": w.better, "worse": w.worse} for w in agreed.wrong],
        "weights_tried": None if agreed.weights is None else len(agreed.weights),
        "smallest": None if smallest is None else weight_dict(smallest),
    }
