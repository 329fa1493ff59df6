"""What `explain` returns: the meaning of finding codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlstrat.report.blocks import Block, Heading, Paragraph, Table
from mlstrat.report.document import Document, Signature
from mlstrat.workflow.findings import Rule


@dataclass(frozen=True)
class Explanation(Document):
    """What one or all finding codes mean."""

    rules: tuple[Rule, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document."""
        return {
            "schema": "mlstrat.explain/1",
            "signature": Signature(()).to_dict(),
            "findings": [],
            "codes": [
                {"code": r.code, "severity": r.severity, "title": r.title, "meaning": r.meaning,
                 "rule": r.rule, "source": r.source, "next_steps": list(r.next_steps)}
                for r in self.rules
            ],
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return one code in full, or the list of all."""
        if len(self.rules) > 1:
            rows = tuple((r.code, r.title) for r in self.rules)
            return [Heading("Findings"), Table(("code", "title"), rows, left=2)]
        rule = self.rules[0]
        blocks: list[Block] = [
            Heading(f"{rule.code} {rule.title}"),
            Paragraph(rule.meaning),
            Paragraph(f"When: {rule.rule}"),
            Paragraph(f"Source: {rule.source}"),
        ]
        if rule.next_steps:
            steps = tuple((str(i), step) for i, step in enumerate(rule.next_steps, 1))
            blocks.append(Table(("", "next steps"), steps, left=2))
        return blocks

    def records(self) -> list[dict[str, Any]]:
        """Return one record a code."""
        return [
            {"code": r.code, "severity": r.severity, "title": r.title, "meaning": r.meaning,
             "rule": r.rule, "source": r.source}
            for r in self.rules
        ]  # fmt: skip
