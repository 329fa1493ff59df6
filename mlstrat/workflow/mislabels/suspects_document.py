"""The document of `mislabels --suspects`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count, files_read
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, findings_blocks, head

if TYPE_CHECKING:
    from mlstrat.core.schema_parts import Figure
    from mlstrat.workflow.mislabels import schema

NO_ESTIMATE = "a ranking is not an estimate"
NOTHING_FOUND = (
    "There is nothing to read, so no sheet was written. Wrong labels that the model agrees with "
    "cannot be found by its probabilities: a random sample finds them, mlstrat sample."
)
MOST_PAIRS = 10
"""Pairs of labels that a reader is shown; the JSON has all."""


@dataclass(frozen=True)
class SuspectsDocument(Document):
    """Rows whose labels are likely to be wrong, in a sheet to be read."""

    split: str
    rows: int
    found: int
    pairs: Mapping[tuple[str, str], int]
    thresholds: Mapping[str, float]
    sheet: tuple[Mapping[str, str], ...]
    path: str | None
    findings: tuple[Finding, ...]
    signature: Signature

    def to_dict(self) -> schema.Suspects:
        """Return the JSON document; what only a random sample tells is null."""
        nothing: Figure = {"value": None, "ci": None, "n": None, "reason": NO_ESTIMATE}
        return {
            "schema": "mlstrat.mislabels/1",
            **head(self.signature, self.findings),
            "split": self.split,
            "n": self.rows,
            "overall_error": nothing,
            "error_from_labels": nothing,
            "error_from_other": nothing,
            "label_share": nothing,
            "corrected_error": nothing,
            "worth_fixing": None,
            "versus": None,
            "suspects": {
                "found": self.found,
                "drawn": len(self.sheet),
                "sheet": self.path,
                "pairs": [
                    {"label": label, "suggested": guess, "count": n}
                    for (label, guess), n in self.pairs.items()
                ],
                "thresholds": dict(self.thresholds),
            },
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        drawn = len(self.sheet)
        if not self.found:
            text = f"No suspects among {count(self.rows)} rows of {self.split}."
        elif self.path is None:
            text = f"{count(self.found)} suspects among {count(self.rows)} rows of {self.split}."
        else:
            text = (
                f"{count(drawn)} of {count(self.found)} suspects are in {clean(self.path)}: fill "
                "in mislabeled and true_label."
            )
        blocks: list[Block] = [Verdict(text)]
        if not self.found:
            blocks.append(Paragraph(NOTHING_FOUND))
        if self.pairs:
            pairs = list(self.pairs.items())
            rows = tuple(
                (clean(label, 24), clean(guess, 24), count(n))
                for (label, guess), n in pairs[:MOST_PAIRS]
            )
            blocks.append(Table(("label", "suggested", "suspects"), rows, left=2))
            if len(pairs) > MOST_PAIRS:
                blocks.append(Paragraph(f"And {count(len(pairs) - MOST_PAIRS)} more pairs."))
        blocks += findings_blocks(self.findings, Scale())
        blocks.append(Paragraph(f"Read {files_read(self.signature.inputs)}."))
        return blocks

    def records(self) -> list[dict[str, Any]]:
        """Return the rows of the sheet; where there are none, one that says so."""
        return [dict(row) for row in self.sheet] or [{"suspects": 0}]
