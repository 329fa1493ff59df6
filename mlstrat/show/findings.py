"""Findings laid out for reading."""

from __future__ import annotations

from collections.abc import Sequence

from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale
from mlstrat.show.blocks import Block, Heading, Item


def findings_blocks(findings: Sequence[Finding], scale: Scale) -> list[Block]:
    """Return findings laid out for reading, issues before tips before notes."""
    if not findings:
        return []
    order = {"issue": 0, "tip": 1, "note": 2}
    ranked = sorted(findings, key=lambda f: order[f.severity])
    return [Heading("Findings"), *(item(f, scale) for f in ranked)]


def item(finding: Finding, scale: Scale) -> Item:
    """Return a finding laid out for reading."""
    rule = finding.rule
    text = rule.sentence(finding.evidence, scale) if rule.sentence else rule.meaning
    return Item(rule.code, finding.severity, rule.title, text, finding.next_steps)
