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
    Task,
)


class Asked(By, Task, Columns, Classes, Settings, Checksum, SkipBroken, ArraySplits, total=False):
    """The keywords of `count`."""

    scores: Annotated[bool, Option(
        "Keep scores, for rankings, losses, thresholds.",
        doc="Keep scores and probabilities too, for rankings, losses and other thresholds.",
        )]  # fmt: skip
    output: Annotated[File, Option(
        "File for the counts (.csv, .tsv, .parquet, .ndjson).", "FILE", "--output -o",
        panel=OUTPUT)]  # fmt: skip


COUNT = Command(
    "Counts to keep instead of the rows: kilobytes, and they add up.",
    (
        "count sample_runs/wine/run.csv -o counts.parquet",
        "count sample_runs/variance/run.csv --by ink -f csv",
    ),
    (Argument("run", by_split=True),),
    Asked,
    (Format,),
    {"by": "Column to keep, for slices; of counts all are kept where none is named; repeatable."},
)
