"""The document of `report`: the documents of other commands as one, in the order of the work."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count
from mlstrat.errors import UsageError
from mlstrat.show import html, markdown
from mlstrat.show.blocks import Block, Fold, Heading, Illustration, Lead, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, item
from mlstrat.workflow.report.sections import Pieces, Section, sections_of, take_apart

if TYPE_CHECKING:
    from mlstrat.core import schema_parts
    from mlstrat.show.picture import Picture
    from mlstrat.workflow.report import schema

MARKER = "<!-- mlstrat report -->"
"""Stands first in the markdown, unseen: a bot finds its comment by it, and updates that one."""


def marker(name: str | None) -> str:
    """Return the mark of a report with this name; no name can end the mark, or be another's."""
    if not name:
        return MARKER
    key = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:16]
    return MARKER.replace(" -->", f" {key} -->")


COMMENT_CHARACTERS = 65_536
"""What GitHub takes as one comment; GitLab takes a million."""

MOST_NEXT = 6
"""Findings that stand open under what to do next; the others are folded."""

MOST_INPUTS = 20
"""Files that the signature shows; the JSON has all."""

Dropped = Collection[tuple[str, str]]


class ReportDocument(Document):
    """One document for a pull request, made of those of other commands, by their names.

    The parts are in the order of the workflow, and ``diagnose`` is always there. Its own
    findings are what none of them says; figures go by section.
    """

    parts: Mapping[str, Document]
    findings: tuple[Finding, ...]
    signature: Signature
    figures: Mapping[str, tuple[Block, ...]] = field(default_factory=dict)
    name: str | None = None

    @property
    def kept(self) -> str:
        """Which runs of the history were not counted again: for the person who waits, beside it."""
        return getattr(self.parts.get("history"), "kept", "")

    @cached_property
    def pieces(self) -> dict[str, Pieces]:
        """The parts, taken apart."""
        return {name: take_apart(document) for name, document in self.parts.items()}

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """What is laid out under each heading."""
        own = [item(finding, Scale()) for finding in self.findings]
        notes = [x for x in own if x.severity == "note"]
        return tuple(sections_of(self.parts, self.pieces, notes))

    @property
    def verdict(self) -> str:
        """The first line: whether the run is better, or what to work on where there is no base."""
        return self.pieces["compare" if "compare" in self.pieces else "diagnose"].lead

    def to_dict(self) -> schema.Report:
        """Return the JSON document; the parts stand whole under ``sections``."""
        sections = {name: document.to_dict() for name, document in self.parts.items()}
        named: list[tuple[str | None, schema_parts.Finding]] = [
            (None, f.to_dict()) for f in self.findings
        ]
        named += [(name, f) for name, section in sections.items() for f in section["findings"]]
        verdicts = {name: section.get("verdict") for name, section in sections.items()}
        return {
            "schema": "mlstrat.report/1",
            "signature": self.signature.to_dict(),
            "findings": [{"section": name, **f} for name, f in named],
            "verdict": {name: word for name, word in verdicts.items() if word is not None},
            "focus": sections["diagnose"]["focus"],
            "sections": sections,
        }

    def records(self) -> list[dict[str, Any]]:
        """Return the ladder, one record a level and gap."""
        return self.parts["diagnose"].records()

    def blocks(self) -> list[Block]:
        return self.laid_out()

    def laid_out(self, dropped: Dropped = ()) -> list[Block]:
        """Return the document without the parts named in `dropped`: section and fold, or body."""
        out: list[Block] = [Verdict(self.verdict)]
        if "compare" in self.pieces:
            out.append(Lead(self.pieces["diagnose"].lead))
        out += [Heading("What to do next"), *self._next()]
        said = {self.verdict, *(block.text for block in out if isinstance(block, Lead))}
        for section in self.sections:
            drawn = self.figures.get(section.name, ())
            out += [Heading(section.title), *_laid_out(section, drawn, said, dropped)]
        out += [Heading("What this is based on"), *self._signature()]
        if dropped:
            titles = {section.name: section.title for section in self.sections}
            names = dict.fromkeys(f"{titles[s]}: {what or 'all'}" for s, what in dropped)
            out.append(
                Paragraph(
                    f"Left out to fit here: {'; '.join(names)}. The HTML and the JSON have it."
                )
            )
        return out

    def to_markdown(self) -> str:
        """Return markdown that fits one comment."""
        return self.fitted(COMMENT_CHARACTERS)

    def fitted(self, room: int, encoding: str = "utf-16-le") -> str:
        """Return markdown that is no longer than `room`, without the least important if need be.

        GitHub counts a comment in units of UTF-16, a summary in bytes of UTF-8.
        """
        unit = 2 if encoding == "utf-16-le" else 1
        dropped: list[tuple[str, str]] = []
        left = self._least_important()
        while True:
            text = f"{marker(self.name)}\n{markdown.render(self.laid_out(dropped))}"
            if len(text.encode(encoding)) // unit <= room or not left:
                return text
            dropped.append(left.pop(0))

    def to_html(self) -> str:
        """Return one HTML file that needs nothing but a browser."""
        from mlstrat.version import __version__

        return html.page(self.verdict, self._paged(), f"mlstrat {__version__}")

    def _paged(self) -> list[Block]:
        """Return the document with what a page can show first: the ladder and the confusion."""
        figures = dict(self.figures) or {"number": self._confusion()}
        first = [x for x in self.sections if x.name in ("ladder", "number")]
        blocks = replace(self, figures=figures).laid_out()
        start = next(i for i, x in enumerate(blocks) if isinstance(x, Heading))
        titles = {section.title for section in first}
        parts: list[list[Block]] = []
        for block in blocks[start:]:
            if isinstance(block, Heading) and block.level == 1:
                parts.append([])
            parts[-1].append(block)
        parts.sort(key=lambda part: cast("Heading", part[0]).text not in titles)
        return [*blocks[:start], *(block for part in parts for block in part)]

    def _confusion(self) -> tuple[Block, ...]:
        from mlstrat.show.picture import figure_svg

        try:
            pictures = self.parts["diagnose"].pictures()[1:]
            return tuple(Illustration(x.alt_text, None, figure_svg(x)) for x in pictures)
        except UsageError:  # nothing to draw
            return ()

    def render(self, how: str) -> str:
        """Return the document in one of the formats of a report."""
        return self.to_html() if how == "html" else super().render(how)

    def pictures(self) -> Sequence[Picture]:
        """Return the ladder, drawn when it is shown; none where the report has figures."""
        return () if self.figures else self.parts["diagnose"].pictures()[:1]

    def _least_important(self) -> list[tuple[str, str]]:
        """Return what can be left out: details of the last section first, then whole sections."""
        backwards = self.sections[::-1]
        folds = [(s.name, fold.title) for s in backwards for fold in s.folds[::-1]]
        return folds + [(s.name, "") for s in backwards if s.body]

    def _next(self) -> list[Block]:
        """Return issues and tips of all parts, once each, issues first."""
        own = [item(finding, Scale()) for finding in self.findings]
        every = [*own, *(x for piece in self.pieces.values() for x in piece.items)]
        once = dict.fromkeys(x for x in every if x.severity in ("issue", "tip"))
        ranked = sorted(once, key=lambda x: x.severity != "issue")
        if not ranked:
            return [Paragraph("Nothing in these data asks for work before all else.")]
        rest = ranked[MOST_NEXT:]
        more = [Fold(f"{count(len(rest))} more", tuple(rest[:MOST_NEXT]))] if rest else []
        return [*ranked[:MOST_NEXT], *more]

    def _signature(self) -> list[Block]:
        s = self.signature
        rows = [
            (
                clean(str(x["path"])),
                count(x["rows"]),
                count(x["bytes"]),
                (x["sha256"] or "–")[:16],
            )
            for x in s.inputs
        ]
        more = len(rows) - MOST_INPUTS
        title = "Files" + (f" ({MOST_INPUTS} of {count(len(rows))})" if more > 0 else "")
        from mlstrat.version import __version__

        what = ", ".join(
            clean(x) for x in (s.metric, s.average, s.positive and f"positive {s.positive}") if x
        )
        return [
            Paragraph(f"mlstrat {__version__}; {what}; intervals at {s.level}{s.resampled}."),
            Fold(
                title,
                (
                    Table(("file", "rows", "bytes", "SHA-256"), tuple(rows[:MOST_INPUTS])),
                    *(block for piece in self.pieces.values() for block in piece.basis),
                ),
            ),
        ]


def _laid_out(
    section: Section, drawn: Sequence[Block], said: Collection[str], dropped: Dropped
) -> list[Block]:
    out: list[Block] = []
    if section.lead and section.lead not in said:
        out.append(Lead(section.lead))
    if (section.name, "") not in dropped:
        out += section.body
    out += drawn
    out += [fold for fold in section.folds if (section.name, fold.title) not in dropped]
    return out


def merged(documents: Sequence[Document], signature: Signature, method: str) -> Signature:
    """Return the signature of a report: the settings of the first, the files of all, once each."""
    files: dict[str, schema_parts.Input] = {}
    for document in documents:
        found: Signature = document.signature  # type: ignore[attr-defined]
        for x in found.inputs:
            files.setdefault(json.dumps([x["path"], x["sha256"]]), x)
    return replace(signature, inputs=tuple(files.values()), method=method)
