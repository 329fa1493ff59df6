"""The document of `mislabels --suspects`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count, files_read
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, findings_blocks, head
from mlstrat.workflow.error_table.automatic.sample_answer import UNIT

if TYPE_CHECKING:
    from mlstrat.core.schema_parts import Figure
    from mlstrat.workflow.mislabels import schema

NO_ESTIMATE = "a ranking is not an estimate"
NOTHING_FOUND = (
    "There is nothing to read, so no sheet was written. Wrong labels that the model agrees with "
    "cannot be found by its probabilities: a random sample finds them, mlstrat sample."
)
UNITS_RANKED = {
    "agreement": "by agreement: every run says so, and the truth does not",
    "score": "by the score, which speaks against the truth",
}
MOST_PAIRS = 10
"""Pairs of labels that a reader is shown; the JSON has all."""


@dataclass(frozen=True)
class Suspects:
    """Rows, or erring units of a task, that are likely to have wrong labels.

    ``found`` are all suspects of confident learning, where its filter ends, and ``within`` those of
    the sheet; ``pairs`` counts them by label and suggested label, the largest first. A row is
    confidently of a class from its threshold on; for ``none_confident`` of the least probable
    labels, as many as the sheet has rows, no class is. ``units`` are all that erred.
    """

    split: str
    rows: int
    found: int
    pairs: Mapping[tuple[str, str], int]
    thresholds: Mapping[str, float]
    sheet: tuple[Mapping[str, str], ...]
    within: int
    none_confident: int
    ranking: Literal["confident_learning", "label_probability", "agreement", "score"]
    units: int | None


@dataclass(frozen=True)
class SuspectsDocument(Document, Suspects):
    """What is likely to be labelled wrong, in a sheet to be read."""

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
        of_what = "rows" if self.units is None else "errors"
        all_of = (
            f"{count(self.rows if self.units is None else self.units)} {of_what} of {self.split}"
        )
        text = f"No suspects among {all_of}"
        if drawn and self.units is None:
            text = f"{count(drawn)} of {all_of} ranked"
        elif drawn:
            text = f"{count(drawn)} suspects of {all_of}"
        if self.path is not None:
            text += f", in {clean(self.path)}: fill in mislabeled"
            text += "" if self.units is not None else " and true_label"
        blocks: list[Block] = [Verdict(f"{text}.")]
        if self.units is not None:
            blocks.append(Paragraph(f"Ranked {UNITS_RANKED[self.ranking]}."))
        if not drawn:
            blocks.append(Paragraph(NOTHING_FOUND))
        elif self.units is None:
            names = ("id", "label", "run.suggested_label", "run.label_probability")
            heads = ("likeliest", "label", "suggested", "probability of the label")
            blocks += [Paragraph(self._filter()), self._likeliest(names, heads, 3)]
        else:
            cells = ("id", *UNIT[:-1])
            blocks.append(self._likeliest(cells, cells, len(cells)))
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

    def _likeliest(self, names: Sequence[str], heads: Sequence[str], left: int) -> Table:
        rows = tuple(tuple(clean(row[x], 24) or "–" for x in names)
                     for row in self.sheet[:MOST_PAIRS])  # fmt: skip
        return Table(tuple(heads), rows, left=left)

    def records(self) -> list[dict[str, Any]]:
        """Return the rows of the sheet; where there are none, one that says so."""
        return [dict(row) for row in self.sheet] or [{"suspects": 0}]
