"""The document of `report --check-only`: which inputs can be read, and how far that was looked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count
from mlstrat.show import html
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature
from mlstrat.show.findings import findings_blocks


@dataclass(frozen=True)
class Checked:
    """One input: what it is for, its path, its rows where they were read."""

    part: str
    path: str
    rows: int | None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON of one input."""
        return {"part": self.part, "path": self.path, "rows": self.rows}


@dataclass(frozen=True)
class CheckDocument(Document):
    """Inputs of a report that can be read."""

    checked: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    signature: Signature

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document."""
        return {
            "schema": "mlstrat.show-check/1",
            "signature": self.signature.to_dict(),
            "findings": [f.to_dict() for f in self.findings],
            "verdict": "ok",
            "checked": [x.to_dict() for x in self.checked],
        }

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        rows = tuple(
            (x.part, clean(x.path), "header only" if x.rows is None else count(x.rows))
            for x in self.checked
        )
        blocks: list[Block] = [
            Verdict("The inputs can be read."),
            Table(("input", "file", "rows read"), rows, left=2),
        ]
        if any(x.rows is None for x in self.checked):
            blocks.append(Paragraph("Of large files the columns were checked, and no rows."))
        return blocks + findings_blocks(self.findings, Scale())

    def records(self) -> list[dict[str, Any]]:
        """Return one record an input."""
        return [x.to_dict() for x in self.checked]

    def render(self, how: str) -> str:
        """Return the document in one of the formats of a report."""
        return (
            html.page("Inputs", self.blocks(), "mlstrat") if how == "html" else super().render(how)
        )


def broken_finding(broken: list[dict[str, str]]) -> tuple[Finding, ...]:
    """Return what is to be known about runs that are left out."""
    runs: list[Mapping[str, str]] = list(broken)
    return (Finding("MLS501", {"runs": runs}),) if runs else ()
