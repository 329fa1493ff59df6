"""What `report` can be asked."""

from typing import Annotated, Any, TypedDict

from mlstrat.core.asked import (
    OUTPUT,
    Argument,
    Arrays,
    By,
    Choosing,
    Cluster,
    Command,
    File,
    Gaps,
    Human,
    Keeping,
    Log,
    Metric,
    Option,
    Output,
    Rate,
    Reading,
    Sampling,
    Tolerance,
)
from mlstrat.tasks.asked import OfTask


class Asked(
    By, Human, Gaps, Tolerance, OfTask, Metric, Choosing, Keeping, Reading, Sampling, Arrays,
    total=False,
):  # fmt: skip
    """The keywords of `report`."""

    baseline: Annotated[Any | None, Option(
        "Run before the change, on the same examples.", "FILE", run=True)]  # fmt: skip
    review: Annotated[File, Option("Review sheet that a person filled in.", "FILE")]
    candidates: Annotated[Any | None, Option(
        "Table of candidates.", "FILE",
        doc="A table of candidates; ``[select]`` of the config says what is optimised, else the "
        "metric.")]  # fmt: skip
    history: Annotated[File, Option(
        "Folder of runs and their configs: which knob moved which gap.", "FOLDER")]  # fmt: skip
    figures: Annotated[File, Option(
        "Folder for figures, as SVG and PNG; HTML holds them.", "FOLDER", panel=OUTPUT,
        doc="A folder for figures, as SVG and PNG; the run is read once more where it has scores.",
        )]  # fmt: skip
    margin: Annotated[Rate, Option(
        "Margin: is the run worse by less than this, 1% or 0.01?", "RATE")]  # fmt: skip
    name: Annotated[str | None, Option(
        "Name of this report: a bot finds its comment by it.", "TEXT", panel=OUTPUT,
        doc="The name of this report among those in one pull request: a hash of it is in the "
        "first line of the markdown, by which a bot finds the comment to write anew.",
        )]  # fmt: skip


class Typed(TypedDict, total=False):
    """What the command line alone takes."""

    check_only: Annotated[bool, Option("Check that the inputs can be read, and stop.")]
    summary: Annotated[bool, Option(
        "Append to the file $GITHUB_STEP_SUMMARY too.", panel=OUTPUT)]  # fmt: skip


REPORT = Command(
    "One document for a pull request, the verdict first.",
    (
        "report variance/run.csv --review variance/review.csv -o report.md",
        "report variance/second.csv --baseline variance/run.csv -o pr.html",
    ),
    (Argument("run", help="As for diagnose, but not -.", by_split=True),),
    Asked,
    (Typed, Cluster, Log, Output),
    {"skip_broken": "Leave out truncated shards, and runs of the history that cannot be read, and "
                    "list them.",
     "by": "Column whose values are compared one by one; without it every column of few values "
           "that has no role, of up to a million rows; repeatable.",
     "format_": "Report format, or html; without it text, or what the ending of --output says."},
    first=("baseline", "review", "history", "human_error", "output"),
)  # fmt: skip
