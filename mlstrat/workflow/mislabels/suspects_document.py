"""The document of `mislabels --suspects`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

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
    within: int
    none_confident: int
    ranking: Literal["confident_learning", "label_probability", "agreement", "score"]
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
                "ranking": self.ranking,
                "within_filter": self.within,
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
        text = f"{count(drawn)} of {count(self.rows)} rows of {self.split} ranked"
        if not drawn:
            text = f"No suspects among {count(self.rows)} rows of {self.split}"
        if self.path is not None:
            text += f", in {clean(self.path)}: fill in mislabeled and true_label"
        blocks: list[Block] = [Verdict(f"{text}.")]
        if drawn:
            blocks += [Paragraph(self._filter()), self._likeliest()]
        else:
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

    def _filter(self) -> str:
        """Return where the filter of confident learning ends, and what ranks past it."""
        drawn, found = len(self.sheet), f"{count(self.found)} suspects"
        if self.ranking == "label_probability":
            return (
                f"Ranked by the probability of the label alone: no class is confident for "
                f"{count(self.none_confident)} of the {count(drawn)} least probable labels, and "
                f"the filter of confident learning, which ends after {found}, cannot see these."
            )
        if not self.found:
            return "The filter of confident learning finds none: ranked by the label's probability."
        if self.found >= drawn:
            return f"All are within the filter of confident learning, which ends after {found}."
        return (
            f"The filter of confident learning ends after {found}; the other "
            f"{count(drawn - self.within)} follow by the probability of the label."
        )

    def _likeliest(self) -> Table:
        rows = tuple(
            (clean(row["id"], 24), clean(row["label"], 24),
             clean(row["run.suggested_label"], 24) or "–", row["run.label_probability"])
            for row in self.sheet[:MOST_PAIRS]
        )  # fmt: skip
        return Table(("likeliest", "label", "suggested", "probability of the label"), rows, left=3)

    def records(self) -> list[dict[str, Any]]:
        """Return the rows of the sheet; where there are none, one that says so."""
        return [dict(row) for row in self.sheet] or [{"suspects": 0}]
