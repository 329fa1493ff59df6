"""The table of examples that a run ends as: `examples`, and `count` of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.wording import Scale, clean, count, files_read
from mlstrat.data.formats.written import ending_of, sink
from mlstrat.data.settings import settle
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Signature, findings_blocks
from mlstrat.show.writing import whole_files
from mlstrat.tasks.asking import how_of, other_task, skippable
from mlstrat.workflow.count.command import EXAMPLES, AskedExamples
from mlstrat.workflow.count.document import MOST_ROWS, CountDocument

if TYPE_CHECKING:
    import pandas as pd

    from mlstrat.tasks.contract import How, Task

METHOD = "examples as the task measures them: num is what is wrong, den what could be"


@dataclass(frozen=True)
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

    def records(self) -> list[dict[str, Any]]:
        """Return one record an example."""
        columns = list(self.table.values())
        return [dict(zip(self.table, row, strict=True)) for row in zip(*columns, strict=True)]


def examples_of(
    run: Any, task: Task, how: How, output: str | Path | None = None
) -> ExamplesDocument:
    """Return the table of examples of a run, written to a file where one is asked for."""
    run = task.opened(run, how)
    measured = task.measure(run, how)
    frame = frame_of(task, run, how)
    if output is not None:
        with whole_files(output) as (path,):
            sink(frame.lazy(), ending_of(output), path).collect()
    table = {x: frame[x].to_list() for x in frame.columns}
    return ExamplesDocument(
        len(frame), table, measured.columns, None if output is None else str(output),
        Signature.of(measured.inputs, method=METHOD), measured.notes, task.example,
    )  # fmt: skip


def frame_of(task: Task, run: Any, how: How) -> Any:
    """Return the table of examples of a run as a frame of Polars."""
    table = task.table(run, how)
    found = table.collect(lambda frame: frame.select(*table.names)).frame
    return found.rename(dict(zip(table.names, table.header, strict=True)))


@skippable
@asks(EXAMPLES)
def examples(run: Any, **asked: Unpack[AskedExamples]) -> pd.DataFrame:
    """Return the table of examples of a run as a pandas frame: what every figure is made of.

    Parameters
    ----------
    run
        What `diagnose` takes.

    Raises
    ------
    InputError, ConfigError, UsageError
        With file, row, column, what was found and what is accepted.

    Examples
    --------
    >>> import pandas as pd
    >>> run = pd.DataFrame({"label": ["a", "b"], "prediction": ["a", "a"]})
    >>> examples(run)[["num", "den"]].values.tolist()
    [[0, 1], [1, 1]]
    """
    how = settle(run, asked)
    other = other_task(asked, run, "positive")
    if other is not None:
        found = frame_of(other, run, how_of(how, checksum=False))
    else:
        found = _of_labels(run, how)
    import pandas as pd

    return pd.DataFrame({x: found[x].to_list() for x in found.columns})


def _of_labels(run: Any, how: Any) -> Any:
    """Return the examples of a run of labels: num is 1 where the prediction is wrong."""
    from mlstrat.tasks.classification.spark_row_source import open_drawable

    drawable = open_drawable(run, split=how.split, **how.reading)
    table, ns = drawable.table, drawable.table.ns
    roles = {x: drawable.columns.get(x) for x in ("id", "split", "group")}
    chosen = [table.category(c).alias(x) for x, c in roles.items() if c is not None]
    wrong = (drawable.label() != drawable.prediction()).cast(ns.Int64).alias("num")
    taken = {c for c in roles.values() if c is not None}
    own = ("id", "split", "group", "num", "den")
    free = [x for x in table.header if x not in taken and x.lower() not in own]
    rest = [table.column(x).alias(x) for x in free]
    return table.collect(
        lambda frame: frame.select(*chosen, wrong, ns.lit(1).alias("den"), *rest)
    ).frame
