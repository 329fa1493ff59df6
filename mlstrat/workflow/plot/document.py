"""The document of `plot`: a figure with its conclusion, its text alternative and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean
from mlstrat.show.blocks import Block, Paragraph, Verdict
from mlstrat.show.document import Document, Signature, findings_blocks, head
from mlstrat.show.picture import Picture, figure_svg

if TYPE_CHECKING:
    from mlstrat.workflow.plot import schema


class PlotDocument(Document):
    """One figure.

    ``data`` is what is drawn, one record a point, cell, level or candidate; ``file`` is where it
    was written, as the user named it; ``findings`` are what is missing of the run; ``kept`` says
    how many runs of a history were not counted again.
    """

    picture: Picture
    data: tuple[dict[str, Any], ...]
    signature: Signature
    file: str | None = None
    findings: tuple[Finding, ...] = ()
    kept: str = ""

    @property
    def title(self) -> str:
        """The conclusion, which stands over the figure."""
        return self.picture.title

    @property
    def alt_text(self) -> str:
        """What the figure shows, for whoever does not see it."""
        return self.picture.alt_text

    def save(self, path: str | Path) -> None:
        """Write it as SVG or PNG, as the ending says."""
        self.picture.save(self.own_place(path))

    def saved(self, path: str | Path) -> PlotDocument:
        """Write it, and return the document with the name of its file."""
        self.save(path)
        return replace(self, file=str(path))

    def svg(self, prefix: str | None = None) -> str:
        """Return an ``<svg>`` element to stand in HTML."""
        return figure_svg(self.picture, prefix)

    def to_dict(self) -> schema.Plot:
        return {
            "schema": "mlstrat.plot/1",
            **head(self.signature, self.findings),
            "kind": self.picture.kind,
            "title": self.title,
            "alt_text": self.alt_text,
            "file": self.file,
            "data": list(self.data),
        }

    def blocks(self) -> list[Block]:
        blocks: list[Block] = [Verdict(self.title), Paragraph(self.alt_text)]
        if self.file is not None:
            blocks.append(Paragraph(f"Wrote {clean(self.file)}."))
        return blocks + findings_blocks(self.findings, Scale())

    def records(self) -> list[dict[str, Any]]:
        """Return what is drawn, one record each."""
        return list(self.data)

    def pictures(self) -> Sequence[Picture]:
        return (self.picture,)
