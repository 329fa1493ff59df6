"""What a task measured as a table: its examples, and their sums by cell; `examples`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.data.formats.written import ending_of, sink
from mlstrat.data.settings import settle
from mlstrat.show.document import Signature
from mlstrat.show.writing import whole_files
from mlstrat.tasks.asking import how_of, other_task, skippable
from mlstrat.workflow.count.command import EXAMPLES, AskedExamples
from mlstrat.workflow.count.document import ExamplesDocument, SumsDocument

if TYPE_CHECKING:
    import pandas as pd

    from mlstrat.tasks.contract import How, Task

METHOD = "examples as the task measures them: num is what is wrong, den what could be"
SUMMED = "examples that agree in split, group and the columns that are kept, summed"


def written(frame: Any, output: str | Path | None) -> str | None:
    """Write a frame of Polars to the file that is asked for, and return its name."""
    if output is None:
        return None
    with whole_files(output) as (path,):
        sink(frame.lazy(), ending_of(output), path).collect()
    return str(output)


def examples_of(
    run: Any, task: Task, how: How, output: str | Path | None = None
) -> ExamplesDocument:
    """Return the table of examples of a run, written to a file where one is asked for."""
    run = task.opened(run, how)
    measured = task.measure(run, how)
    frame = frame_of(task, run, how)
    table = {x: frame[x].to_list() for x in frame.columns}
    return ExamplesDocument(
        len(frame), table, measured.columns, written(frame, output),
        Signature.of(measured.inputs, method=METHOD), measured.notes, task.example,
    )  # fmt: skip


def sums_of(run: Any, task: Task, how: How, output: str | Path | None = None) -> SumsDocument:
    """Return the sums of a run by cell, written to a file where one is asked for."""
    from mlstrat.workflow.count.compute import framed

    measured = task.measure(run, how)
    table: Mapping[str, Any] = measured.summed()
    return SumsDocument(
        int(table["n"].sum()),
        table,
        measured.columns,
        None if output is None else written(framed(table), output),
        Signature.of(measured.inputs, method=SUMMED),
        measured.notes,
        tuple(name for name, x in table.items() if x.dtype == object),
    )


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
    from mlstrat.tasks.classification.row_source import open_drawable

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
