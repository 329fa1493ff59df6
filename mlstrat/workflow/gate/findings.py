"""What a gate is to be told with: findings MLS51x and MLS52x."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.workflow.gate.judge import Check, Judgement


def gate_findings(result: Judgement, *, default: bool, confidence: float) -> list[Finding]:
    """Return the findings that follow from the checks alone, the most urgent first."""
    out: list[Finding] = []
    groups: Sequence[tuple[str, list[Check]]] = (
        ("MLS513", [c for c in result.checks if c.missing]),
        ("MLS511", [c for c in result.checks if c.verdict == "fail" and not c.missing]),
        ("MLS515", [c for c in result.checks if c.too_small]),
        ("MLS512", [c for c in result.checks if c.verdict == "inconclusive" and not c.too_small]),
    )
    for code, checks in groups:
        if checks:
            out.append(Finding(code, {"checks": [evidence(c) for c in checks]}))
    if default:
        q = result.checks[0].question
        evidence_of = {"metric": q.metric, "title": q.title, "share": q.share}
        out.append(Finding("MLS516", evidence_of | {"margin": q.gate.margin}))
    on_point = [c for c in result.checks if c.question.gate.decide_on == "point"
                and not c.question.exact and not c.missing]  # fmt: skip
    if on_point:
        out.append(Finding("MLS517", {"checks": [evidence(c) for c in on_point]}))
    if result.family > 1:
        out.append(Finding("MLS520", {"checks": result.family, "confidence": confidence}))
    margins = [c.question for c in result.checks if c.question.kind == "margin"]
    if margins and all(q.against == "last" for q in margins):
        out.append(Finding("MLS523", {"margin": max(abs(q.bound) for q in margins)}))
    return out


def evidence(check: Check) -> dict[str, Any]:
    """Return a check in figures, for a finding."""
    q, f = check.question, check.figure
    return {
        "metric": q.metric, "title": q.title, "share": q.share, "split": q.split,
        "where": dict(q.where), "kind": q.kind, "against": q.against, "bound": q.bound,
        "observed": f.value, "ci": None if f.ci is None else list(f.ci), "n": f.n,
        "needed": check.needed, "reason": check.reason, "min_n": q.gate.min_n,
    }  # fmt: skip
