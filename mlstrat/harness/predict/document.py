"""Predictions as a document: how many of each class, and a record a row."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from mlstrat.core.wording import Scale, clean, count, files_read, listed
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, head

if TYPE_CHECKING:
    from mlstrat.harness import schema

MOST_SHOWN = 5
"""Rows, and classes, that the text shows."""


class PredictDocument(Document):
    """Predictions of a trained model."""

    run: str
    model: str
    table: dict[str, list[Any]]
    signature: Signature

    @property
    def _numbers(self) -> bool:
        return isinstance(self.table["prediction"][0], float)

    @property
    def classes(self) -> dict[str, int]:
        """Rows predicted as each class, the most frequent first; none of numbers."""
        if self._numbers:
            return {}
        return dict(Counter(self.table["prediction"]).most_common())

    def to_dict(self) -> schema.Predict:
        return {
            "schema": "mlstrat.predict/1",
            **head(self.signature, ()),
            "run": self.run,
            "model": self.model,
            "rows": len(self.table["prediction"]),
            "classes": self.classes,
            "predictions": self.records(),
        }

    def records(self) -> list[dict[str, Any]]:
        rows = zip(*self.table.values(), strict=True)
        return [dict(zip(self.table, row, strict=True)) for row in rows]

    def blocks(self) -> list[Block]:
        every = self.classes
        shown = [f"{count(n)} {clean(x)}" for x, n in list(every.items())[:MOST_SHOWN]]
        shown += [f"{len(every) - MOST_SHOWN} more classes"] if len(every) > MOST_SHOWN else []
        if self._numbers:
            said, scale = self.table["prediction"], Scale(False)
            shown = [f"{scale.value(min(said))} to {scale.value(max(said))}, "
                     f"{scale.value(sum(said) / len(said))} on average"]  # fmt: skip
        left = [name for name in self.table if not name.startswith("prob_")]
        first = list(zip(*(self.table[x][:MOST_SHOWN] for x in left), strict=True))
        rows = tuple(tuple(clean(str(cell), 30) for cell in row) for row in first)
        return [
            Verdict(f"{count(len(self.table['prediction']))} rows predicted: {listed(shown)}."),
            Table(tuple(left), rows, left=len(left)),
            Paragraph(f"{clean(self.model, 200)}, from {clean(self.run, 200)}."),
            Paragraph(f"Read {files_read(self.signature.inputs)}. All rows: --output FILE.csv."),
        ]
