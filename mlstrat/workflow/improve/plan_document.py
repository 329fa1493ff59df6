"""What a loop would do, as a document: the rows, the model, and what may be turned for each gap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding
from mlstrat.core.wording import clean, count, listed
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, head
from mlstrat.workflow.improve.findings import gap_title

if TYPE_CHECKING:
    from mlstrat.workflow.improve import schema

GAPS = ("avoidable_bias", "variance", "data_mismatch")


class ImprovePlanDocument(Document):
    """What a loop would do; nothing was trained."""

    what: str
    model: str
    rows: Mapping[str, int]
    reserved: int
    turns: tuple[tuple[str, str, tuple[str, ...]], ...]
    budget: str
    findings: tuple[Finding, ...]
    signature: Signature

    def to_dict(self) -> schema.ImprovePlan:
        return {
            "schema": "mlstrat.improve-plan/1",
            **head(self.signature, self.findings),
            "what": self.what,
            "model": self.model,
            "rows": dict(self.rows),
            "reserved": self.reserved,
            "turns": [{"name": name, "title": title, "aims_at": list(aims)}
                      for name, title, aims in self.turns],
            "budget": self.budget,
        }  # fmt: skip

    def records(self) -> list[dict[str, Any]]:
        return [{"turn": name, "title": title, "aims_at": " ".join(aims)}
                for name, title, aims in self.turns]  # fmt: skip

    def blocks(self) -> list[Block]:
        rows = listed([f"{count(n)} {name}" for name, n in self.rows.items()])
        told = tuple(
            (gap_title(gap), "; ".join(clean(title) for _, title, aims in self.turns if gap in aims)
             or "nothing: the loop would stop") for gap in GAPS
        )  # fmt: skip
        confirms = (
            f"{count(self.reserved)} rows confirm the gain at the end." if self.reserved
            else "No rows confirm the gain: --confirm FILE, or --confirm 25%."
        )  # fmt: skip
        return [
            Verdict(f"{clean(self.what, 40)}: nothing was trained (dry run)."),
            Paragraph(f"Begins with {clean(self.model, 200)}; {rows} rows. {confirms}"),
            Table(("gap", "what would be turned for it"), told, 2),
            Paragraph(f"Budget: {clean(self.budget, 40)}. Each round turns only what is for the "
                      "gap that diagnose names, and stops where none surely helps."),
        ]  # fmt: skip
