"""What `count` can be asked."""

from typing import Annotated

from mlstrat.core.asked import (
    OUTPUT,
    Argument,
    ArraySplits,
    By,
    Checksum,
    Classes,
    Columns,
    Command,
    File,
    Format,
    Option,
    Settings,
    SkipBroken,
    Split,
)
from mlstrat.tasks.asked import OfTask


class Asked(By, OfTask, Columns, Classes, Settings, Checksum, SkipBroken, ArraySplits, total=False):
    """The keywords of `count`."""

    scores: Annotated[bool, Option(
        "Keep scores, for rankings, losses, thresholds.",
        doc="Keep scores and probabilities too, for rankings, losses and other thresholds.",
        )]  # fmt: skip
    sums: Annotated[bool, Option(
        "Write the sums of a task by cell, which add up, in place of examples.",
        doc="Of a task other than classification: sums by cell, which add up over shards, in "
        "place of a row an example.")]  # fmt: skip
    output: Annotated[File, Option(
        "File for the counts (.csv, .tsv, .parquet, .ndjson).", "FILE", "--output -o",
        panel=OUTPUT)]  # fmt: skip


class AskedExamples(OfTask, Columns, Split, Classes, Settings, SkipBroken, total=False):
    """The keywords of `examples`."""


EXAMPLES = Command("The table of examples of a run.", (), (Argument("run"),), AskedExamples)

COUNT = Command(
    "Counts to keep instead of the rows: kilobytes, and they add up.",
    (
        "count variance/run.csv -o counts.parquet",
        "count variance/run.csv --by light -f csv",
    ),
    (Argument("run", by_split=True),),
    Asked,
    (Format,),
    {"by": "Column to keep, for slices; of counts all are kept where none is named; repeatable."},
    first=("by", "scores", "split_as", "columns", "output"),
)
