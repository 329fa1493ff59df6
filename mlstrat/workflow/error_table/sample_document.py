"""What was drawn into a review sheet, as a document."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count, files_read
from mlstrat.data.sheet.design import CORRECT, KINDS, Drawn, EyeballSet, Part
from mlstrat.places import STANDARD_OUTPUT
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, columns_read, findings_blocks, head

if TYPE_CHECKING:
    from mlstrat.workflow.error_table import schema

LONGEST_PATH = 200
"""Characters of a path in a command to copy."""

MOST_STRATA = 12
"""Strata that a reader is shown; the JSON has all."""


class SampleDocument(Document):
    """A review sheet that was drawn, or added to.

    Attributes
    ----------
    split, kind, stratify, by
        Where from, and how.
    errors
        Errors that could be drawn.
    strata
        By falling size; correct rows last.
    rows
        The new rows of the sheet, column to text.
    sheet
        These rows as the text of a CSV file, each cell guarded against spreadsheets.
    eyeball
        The eyeball set that the rows are of, or None.
    output
        The file; None where nothing was written.
    appended
        Whether rows were added to a sheet that was there.
    """

    split: str
    kind: str
    stratify: str | None
    by: str | None
    errors: int
    strata: tuple[Drawn, ...]
    rows: tuple[Mapping[str, str], ...]
    sheet: str
    eyeball: EyeballSet | None
    output: str | None
    appended: bool
    findings: tuple[Finding, ...]
    signature: Signature
    columns: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> schema.Sample:
        """Return the JSON document; the rows are in the sheet."""
        return {
            "schema": "mlstrat.sample/1",
            **head(self.signature, self.findings),
            "columns": dict(self.columns),
            "split": self.split,
            "kind": self.kind,
            "stratify": self.stratify,
            "by": self.by,
            "errors": self.errors,
            "drawn": sum(s.drawn for s in self.strata),
            "new": len(self.rows),
            "strata": [
                {"stratum": s.name, "rows": s.rows, "drawn": s.drawn, "new": s.new,
                 "sampling_weight": s.weight}
                for s in self.strata
            ],
            "eyeball": None if self.eyeball is None else _eyeball_dict(self.eyeball),
            "output": self.output,
            "appended": self.appended,
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        blocks: list[Block] = [Verdict(self._verdict())]
        if self.output is None:
            blocks.append(Paragraph("Nothing was written: name a sheet with --output review.csv."))
        else:
            blocks.append(Paragraph(
                f"{self._done()} {clean(self.output)}. Read the rows in the browser, or fill in "
                "tags (words separated by ;), mislabeled, true_label and comment by hand."
            ))  # fmt: skip
            if self.output != STANDARD_OUTPUT:
                blocks.append(Paragraph(f"next: {self._next('review')}"))
            blocks.append(Paragraph(f"then: {self._next('error-table')}"))
        if self.eyeball is not None:
            blocks.append(Paragraph(_eyeball_text(self.eyeball)))
        if len(self.strata) > 1:
            blocks += self._strata()
        return [*blocks, *findings_blocks(self.findings, Scale()), self._basis()]

    def _done(self) -> str:
        if not self.rows:
            return "Nothing was written to"
        return "Added to" if self.appended else "Written to"

    def _next(self, command: str) -> str:
        """Return a command that reads the sheet: to fill it in, or what is filled in."""
        inputs = self.signature.inputs
        named = [f"{x['split']}={x['path']}" for x in inputs if "split" in x]
        alone = [x["path"] for x in inputs if "split" not in x]
        run = ",".join(named) or (alone[0] if alone else None)
        if run is not None and run.startswith("<"):  # data in memory, which no command can read
            call = f"ms.{command.replace('-', '_')}({self.output!r}, run=...)"
            return f"{clean(call, LONGEST_PATH)} with the same data"
        words = ["mlstrat", command, self.output or ""]
        if run not in (None, "-"):
            words += ["--run", run]
        if labels := alone if named else alone[1:]:
            words += ["--labels", labels[0]]
        return shlex.join(clean(word, LONGEST_PATH) for word in words)

    def _verdict(self) -> str:
        strata = [s for s in self.strata if s.name != CORRECT]
        right = [s for s in self.strata if s.name == CORRECT]
        new, drawn = sum(s.new for s in strata), sum(s.drawn for s in strata)
        what = KINDS[self.kind] + ("s" if self.errors != 1 else "")
        how = "the most confident" if self.by else "at random"
        where = "the eyeball set of " if self.eyeball is not None else ""
        if not self.rows and self.errors == drawn:
            return (
                f"Nothing to add: the sheet has all {count(drawn)} {what} of {where}{self.split}."
            )
        text = f"Drawn: {count(new)} of {count(self.errors)} {what} of {where}{self.split}, {how}"
        if right and right[0].new:
            text += f"; {count(right[0].new)} of {count(right[0].rows)} correct rows"
        text += "."
        if self.appended:
            total = drawn + sum(s.drawn for s in right)
            text += f" The sheet now has {count(total)} rows that were drawn."
        return text

    def _strata(self) -> list[Block]:
        shown = self.strata[:MOST_STRATA]
        rows = tuple(
            (clean(s.name, 40), count(s.rows), count(s.drawn), count(s.new),
             "–" if s.weight is None else f"{s.weight:.4g}")
            for s in shown
        )  # fmt: skip
        title = "Strata"
        if len(shown) < len(self.strata):
            title += f" ({len(shown)} of {count(len(self.strata))})"
        columns = ("stratum", "rows", "in the sheet", "new", "weight")
        return [Heading(title), Table(columns, rows)]

    def _basis(self) -> Block:
        s = self.signature
        files = files_read(s.inputs)
        return Paragraph(f"Read {files}; columns {columns_read(self.columns)}. Seed {s.seed}.")

    def records(self) -> list[dict[str, Any]]:
        """Return the new rows of the sheet."""
        return [dict(row) for row in self.rows]

    def to_csv(self) -> str:
        """Return the new rows as a sheet."""
        return self.sheet


def _part(part: Part) -> schema.EyeballPart:
    return {"n": part.n, "errors": part.errors, "error": part.error}


def _eyeball_dict(fixed: EyeballSet) -> schema.Eyeball:
    return {
        "seed": fixed.seed,
        "cut": f"{fixed.cut:016x}",
        "eyeball": _part(fixed.eyeball),
        "blackbox": _part(fixed.blackbox),
    }


def _eyeball_text(fixed: EyeballSet) -> str:
    e, b = fixed.eyeball, fixed.blackbox
    return (
        f"When the eyeball set was fixed it had {count(e.n)} rows with {count(e.errors)} errors; "
        f"the blackbox set, which nobody reads, {count(b.n)} with {count(b.errors)}. Later "
        "diagnose --eyeball says when it is worn out."
    )
