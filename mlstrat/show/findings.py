"""Findings laid out for reading."""

from __future__ import annotations

from collections.abc import Sequence

from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale
from mlstrat.show.blocks import Block, Heading, Item
from mlstrat.workflow.explain.findings import _SENTENCES


def findings_blocks(findings: Sequence[Finding], scale: Scale) -> list[Block]:
    """Return findings laid out for reading, issues before tips before notes."""
    if not findings:
        return []
    order = {"issue": 0, "tip": 1, "note": 2}
    ranked = sorted(findings, key=lambda f: order[f.rule.severity])
    return [Heading("Findings"), *(item(f, scale) for f in ranked)]


def item(finding: Finding, scale: Scale) -> Item:
    """Return a finding laid out for reading."""
    rule = finding.rule
    write = _SENTENCES.get(finding.code)
    text = write(finding.evidence, scale) if write else rule.meaning
    return Item(rule.code, rule.severity, rule.title, text, finding.next_steps)
