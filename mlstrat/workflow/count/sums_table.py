"""`count` of what a task measured: its sums by cell, which the task `ratio` reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlstrat.data.formats.written import ending_of, sink
from mlstrat.show.blocks import Block, Paragraph, Table
from mlstrat.show.document import Signature
from mlstrat.show.writing import whole_files
from mlstrat.tasks.contract import How, Task
from mlstrat.workflow.count.document import CountDocument

METHOD = "examples that agree in split, group and the columns that are kept, summed"
SHOWN = ("num", "den", "n")
"""Sums that a reader is shown; the file, the CSV and the JSON have all."""


@dataclass(frozen=True)
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


def sums_of(run: Any, task: Task, how: How, output: str | Path | None = None) -> SumsDocument:
    """Return the sums of a run by cell, written to a file where one is asked for."""
    measured = task.measure(run, how)
    table: Mapping[str, Any] = measured.summed()
    if output is not None:
        import polars as pl

        types = {name: pl.String for name, x in table.items() if x.dtype == object}
        with whole_files(output) as (path,):
            frame = pl.DataFrame(dict(table), schema_overrides=types)
            sink(frame.lazy(), ending_of(output), path).collect()
    return SumsDocument(
        int(table["n"].sum()),
        table,
        measured.columns,
        None if output is None else str(output),
        Signature.of(measured.inputs, method=METHOD),
        measured.notes,
        tuple(name for name, x in table.items() if x.dtype == object),
    )
