"""What `mislabels` can be asked."""

from typing import Annotated, Any

from mlstrat.core.asked import (
    OUTPUT,
    Argument,
    By,
    Command,
    File,
    Format,
    Option,
    Rate,
    Reading,
    Sampling,
)
from mlstrat.tasks.asked import OfTask


class Asked(By, OfTask, Reading, Sampling, total=False):
    """The keywords of `mislabels`."""

    run: Annotated[Any | None, Option(
        "Run that the sheet is from.", "RUN",
        doc="The run that the sheet was drawn from; it says how many rows and errors there are.",
        )]  # fmt: skip
    versus: Annotated[Any | None, Option(
        "Run of another model on the same examples.", "RUN",
        doc="The run of another model on the same examples: does correcting change the choice? "
        "With `suspects` of a task, what both say and the truth does not is suspect.",
        )]  # fmt: skip
    error: Annotated[Rate, Option(
        "Error: 10%, 0.1 or 80/1000.", "RATE",
        doc='The error, as a rate or counts (``"80/1000"``); of a sheet without its run, too.',
        )]  # fmt: skip
    from_labels: Annotated[Rate, Option(
        "Part of the error from wrong labels.", "RATE",
        doc='The part of it that is due to wrong labels: ``"0.6%"``, or counts of the same rows.',
        )]  # fmt: skip
    versus_error: Annotated[Rate, Option("Error of the other model.", "RATE")]
    n: Annotated[int | None, Option(
        "Rows behind rates; suspects to pick.", "N", "-n",
        "Rows of the split, where rates were typed: it brings intervals. With `suspects` rows of "
        "the sheet to write (100).")]  # fmt: skip
    suspects: Annotated[Any | None, Option(
        "Run whose likely wrong labels are written to a sheet.", "RUN",
        doc="A run with out-of-sample probabilities: its likely wrong labels are picked, and "
        "nothing is estimated. Of another task, its errors whose truth is suspect.")]  # fmt: skip
    output: Annotated[File, Option(
        "File for the report; of suspects for the sheet.", "FILE", "--output -o",
        "Where to write the review sheet of suspects.", panel=OUTPUT)]  # fmt: skip


MISLABELS = Command(
    "Errors due to wrong labels: is it worth correcting them?",
    (
        "mislabels variance/review.csv --run variance/run.csv",
        "mislabels --error 10% --from-labels 0.6%",
    ),
    (Argument("sheet", "SHEET", "A review sheet with labels looked at.", required=False),),
    Asked,
    (Format,),
    {
        "by": "Columns of the run in which wrong labels may be concentrated, beside annotators, "
              "sources; repeatable.",
        "split": "Split (the one of the sheet).",
    },
    first=("run", "error", "versus", "suspects", "output"),
)  # fmt: skip
