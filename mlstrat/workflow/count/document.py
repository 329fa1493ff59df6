"""The counts of a run, as a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count, files_read
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, columns_read, findings_blocks, head

if TYPE_CHECKING:
    from mlstrat.workflow.count import schema

MOST_ROWS = 6
"""Counts that a reader is shown; the file, the CSV and the JSON have all."""


@dataclass(frozen=True)
class CountDocument(Document):
    """Counts of a run: rows that stand for ``n`` examples each.

    Attributes
    ----------
    rows
        Examples that were counted.
    table
        The counts, column to array of values; ``n`` is the last.
    columns
        The column of each role in the run.
    output
        The file that they were written to; None where none was asked for.
    findings
        What is missing of the run.
    """

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
        """Return the JSON document; the counts are in it unless they were written to a file."""
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
        """Return the counts, one record each."""
        columns = [x.tolist() for x in self.table.values()]  # plain numbers, not those of arrays
        return [dict(zip(self.table, row, strict=True)) for row in zip(*columns, strict=True)]
