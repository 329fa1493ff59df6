"""The counts of a run, as a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count, files_read
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, columns_read, findings_blocks, head

if TYPE_CHECKING:
    from mlstrat.workflow.count import schema

MOST_ROWS = 6
"""Rows that a reader is shown; the file, the CSV and the JSON have all."""

SHOWN = ("num", "den", "n")
"""Sums that a reader is shown, likewise."""


class CountDocument(Document):
    """Counts of a run: rows that stand for ``n`` examples each, ``n`` being their last column."""

    rows: int
    table: Mapping[str, Any]
    columns: Mapping[str, str]
    output: str | None
    signature: Signature
    findings: tuple[Finding, ...] = ()

    @property
    def counts(self) -> int:
        """Number of rows of the counts."""
        return len(self.table["n"])

    def to_dict(self) -> schema.Counts:
        return {
            "schema": "mlstrat.count/1",
            **head(self.signature, self.findings),
            "rows": self.rows,
            "counts": self.counts,
            "header": list(self.table),
            "columns": dict(self.columns),
            "output": self.output,
            "table": self.records() if self.output is None else None,
        }

    def blocks(self) -> list[Block]:
        """Return how many there are, the first of them, and what they are for."""
        one = "" if self.counts == 1 else "s"
        head = f"{count(self.rows)} rows are {count(self.counts)} count{one}"
        where = "." if self.output is None else f", in {clean(self.output, 200)}."
        names = tuple(clean(x, 30) for x in self.table)
        first = zip(*(x[:MOST_ROWS] for x in self.table.values()), strict=True)
        rows = tuple((*(clean(str(x), 30) for x in row[:-1]), count(int(row[-1]))) for row in first)
        more = self.counts - len(rows)
        shown = f"{count(more)} more are not shown. " if more else ""
        return [
            Verdict(head + where),
            *findings_blocks(self.findings, Scale()),
            Table(names, rows, left=len(names) - 1),
            Paragraph(
                f"{shown}Each row stands for n examples. Any command that takes a run also takes "
                "counts; those of several files add up."
            ),
            Paragraph(
                f"Read {files_read(self.signature.inputs)}; columns {columns_read(self.columns)}."
            ),
        ]

    def records(self) -> list[dict[str, Any]]:
        """Return the rows of the table, one record each."""
        # Plain numbers, not those of arrays.
        columns = [x if isinstance(x, list) else x.tolist() for x in self.table.values()]
        return [dict(zip(self.table, row, strict=True)) for row in zip(*columns, strict=True)]


class SumsDocument(CountDocument):
    """Sums of a run: rows that stand for ``n`` examples each."""

    keys: tuple[str, ...] = ()

    def blocks(self) -> list[Block]:
        """Return how many there are, the first of them, and what they are for."""
        few = {name: self.table[name] for name in (*self.keys, *SHOWN)}
        found = CountDocument.blocks(replace(self, table=few))
        for i, block in enumerate(found):
            if isinstance(block, Table):
                found[i + 1] = Paragraph(
                    f"Each row stands for n examples; {len(self.table) - len(few)} more columns "
                    "hold sums of squares and products, from which intervals follow. Read it with "
                    "--task ratio; sums of several files add up."
                )
                break
        return found


class ExamplesDocument(CountDocument):
    """The examples of a run, a row each, which the task `ratio` reads."""

    example: str = "example"
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def counts(self) -> int:
        """Number of rows."""
        return self.rows

    def blocks(self) -> list[Block]:
        """Return how many there are, the first of them, and what they are for."""
        where = "." if self.output is None else f", in {clean(self.output, 200)}."
        shown = [x for x in self.table if not x.startswith(("count.", "fixed."))]
        first = zip(*(self.table[x][:MOST_ROWS] for x in shown), strict=True)
        rows = tuple(tuple(clean(str(x), 30) for x in row) for row in first)
        left = sum(x not in ("num", "den") for x in shown)
        return [
            Verdict(f"{count(self.rows)} {self.example}s{where}"),
            *findings_blocks(self.findings, Scale()),
            Table(tuple(clean(x, 30) for x in shown), rows, left=left),
            Paragraph(
                f"{len(self.table) - len(shown)} more columns say how many errors of each kind "
                "there are, and what fixing them would change. Read it with --task ratio."
            ),
            Paragraph(f"Read {files_read(self.signature.inputs)}."),
        ]
