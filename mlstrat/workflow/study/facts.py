"""What some kinds of study say beside their comparisons, worked out from their runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlstrat.harness.studies.plan import Place, Plan
    from mlstrat.workflow.study.compute import Study
    from mlstrat.workflow.study.intervals import SeedRun

Runs = Mapping[str, Sequence["SeedRun"]]


def reuse(plan: Plan, _place: Place, _study: Study, _runs: Runs) -> dict[str, Any]:
    """Return how often each source of a synthesis is used."""
    from mlstrat.workflow.study.study_synthesis import source_reuse

    rows = []
    for x in plan.facts["amounts"]:
        used = source_reuse(x["clean"] * x["copies"], x["sources"])
        rows.append({**x, "repeats": used.repeats})
    return {"reuse": rows}


def weights(plan: Plan, _place: Place, _study: Study, _runs: Runs) -> dict[str, Any]:
    """Return the weight at which both sources count as much."""
    from mlstrat.workflow.study.study_synthesis import balancing_weight

    settings = next(x.settings for x in plan.conditions if x.name == "weighted")
    return {
        "weight": {
            "target": settings["target"], "other": settings["other"],
            "weight_of_other": balancing_weight(settings["target"], settings["other"]),
        }
    }  # fmt: skip


def conditions(plan: Plan, _place: Place, study: Study, _runs: Runs) -> dict[str, Any]:
    """Return the course's three conditions of transfer, with the figures of this study."""
    counts = plan.facts["examples"]
    least = counts["b"][0]
    frozen = study.change(f"frozen-{least}", f"scratch-{least}", "dev")
    return {
        "conditions": {
            "input": "both are 32×32 grey pictures of characters",
            "examples_a": counts["a"],
            "examples_b": list(counts["b"]),
            "frozen": frozen.figure.to_dict(),
            "frozen_outcome": frozen.outcome,
        }
    }


def parts(plan: Plan, place: Place, study: Study, _runs: Runs) -> dict[str, Any]:
    """Return which part of the chain owns the errors, at each size."""
    from mlstrat.harness.studies.end_to_end import PARTS
    from mlstrat.workflow.study.read import wrong_rows
    from mlstrat.workflow.study.study_parts import part_shares

    rows = []
    for n in plan.facts["sizes"]:
        seeds = [
            tuple(
                wrong_rows(place.of(f"{name}-{n}", seed) / "run.csv", "dev")
                for name in ("chain", "true-box")
            )
            for seed in study.seeds
        ]
        shares = part_shares(PARTS, seeds, study.confidence)
        rows.append({"n": n, "parts": [{"part": x.part, "errors": x.errors,
                                        "share": x.share.to_dict()} for x in shares]})  # fmt: skip
    return {"parts": rows}


FACTS: Mapping[str, Callable[[Plan, Place, Study, Runs], dict[str, Any]]] = {
    "reuse": reuse,
    "weights": weights,
    "conditions": conditions,
    "parts": parts,
}
"""By the name that a plan gives."""
