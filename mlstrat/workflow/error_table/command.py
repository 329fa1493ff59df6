"""What `sample` and `error-table` can be asked."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from mlstrat.core.asked import (
    INTERVALS,
    OUTPUT,
    Argument,
    Arrays,
    Cluster,
    Command,
    Confidence,
    Drawing,
    File,
    Format,
    Option,
    Output,
    Rate,
    Reading,
)
from mlstrat.tasks.asked import OfTask


class AskedSample(OfTask, Reading, Arrays, total=False):
    """The keywords of `sample`."""

    n: Annotated[int, Option("Errors to draw.", "100", "-n", default=100)]
    kind: Annotated[str, Option(
        "Errors, false positives or false negatives; of a task, a kind of error.",
        "all|fp|fn|KIND", default="all",
        doc='``"fp"`` or ``"fn"`` draws false positives or false negatives alone; of a task, a '
        "kind of error.")]  # fmt: skip
    stratify: Annotated[str | None, Option(
        "Strata: some of each label pair, or of each value of a column.", "pair|COLUMN",
        doc='``"pair"`` (label and prediction) or a column: some errors of each, in proportion.',
        )]  # fmt: skip
    correct: Annotated[int, Option(
        "Correctly classified rows to draw, too.", "N", default=0,
        doc="Correctly classified rows to draw, too: without them wrong labels among these stay "
        "hidden.")]  # fmt: skip
    by: Annotated[str | None, Option(
        "Draw the most confident errors, which are not a random sample.", "confidence",
        doc='``"confidence"``: the most confident errors instead of a random sample.',
        )]  # fmt: skip
    eyeball: Annotated[int | str | Path | None, Option(
        "Rows of an eyeball set to fix, or a sheet that fixes one.", "N|SHEET",
        doc="Rows of an eyeball set to fix in the sheet, or an earlier sheet that fixes one: "
        "errors are drawn from it alone, and the rest of the split, the blackbox set, is never "
        "read.")]  # fmt: skip
    append: Annotated[bool, Option(
        "Add rows to a sheet; what is filled in stays.",
        doc="Add rows to a sheet that a person has begun; no cell that is filled in is touched.",
        )]  # fmt: skip
    bom: Annotated[bool, Option(
        "Begin with the mark that tells Excel it is UTF-8.",
        doc="Begin the file with the mark by which some spreadsheets tell UTF-8.")]  # fmt: skip
    seed: Annotated[int | None, Option("Seed of the hash of the ids.", "0", panel=INTERVALS)]
    output: Annotated[File, Option(
        "Review sheet: .csv or .tsv.", "FILE", "--output -o",
        "The sheet (.csv or .tsv); None draws without writing: ``to_frame()`` has the rows.",
        panel=OUTPUT)]  # fmt: skip


class Asked(OfTask, Reading, Confidence, total=False):
    """The keywords of `error_table`."""

    run: Annotated[Any | Sequence[Any] | None, Option(
        "Run of the sheet: all errors, and ids are checked; one a sheet.", "RUN",
        doc="The run that the sheet was drawn from: all errors, the error of the split, and every "
        "id checked. With two sheets a list of two.")]  # fmt: skip
    error: Annotated[Rate, Option(
        "Error of the split: 10%, 0.1 or 100/1000.", "RATE",
        doc='The error of the split, where there is no run: ``"10%"``, or counts ``"100/1000"``, '
        "which bring intervals.")]  # fmt: skip
    reviewed: Annotated[int | None, Option(
        "Numbers alone: how many errors were read.", "N")]  # fmt: skip
    tags: Annotated[Mapping[str, int] | None, Option(
        "Numbers alone: errors with a tag; repeatable.", "NAME=COUNT", "--tag",
        "Numbers alone: how many of the errors read have each tag.")]  # fmt: skip
    second: Annotated[Any | None, Option(
        "Sheet of a second reader, of the same rows.", "SHEET",
        doc="A second reader's sheet of the same rows: per tag what both say, Cohen's kappa, and "
        "the ceiling if disputed errors do or do not count.")]  # fmt: skip
    tag_columns: Annotated[Sequence[str], Option(
        "Further column of tags; repeatable.", "COLUMN", "--tag-column",
        "Further columns of tags.")]  # fmt: skip
    merge: Annotated[bool, Option("Count spelling variants as one tag.")]
    parts: Annotated[str | Sequence[str] | None, Option(
        "Columns of the run: is the whole output right once this component is perfect?",
        "COLUMN,COLUMN",
        doc="Columns of a run, which takes the place of the sheet, in the order of the chain: is "
        "the whole output right once this component, and all before it, are perfect? The error is "
        "attributed to the first that says so, else to the last.")]  # fmt: skip
    effort: Annotated[File, Option(
        "TOML: days of work by tag.", "FILE", doc="A TOML file of days of work by tag.",
        )]  # fmt: skip
    rows: Annotated[bool, Option(
        "Show every error that was read, with its tags.",
        doc="Show every error that was read with its tags, as the lecture's table does.",
        )]  # fmt: skip


SAMPLE = Command(
    "Misclassified dev examples to read, in a review sheet.",
    (
        "sample variance/run.csv -n 20 -o review.csv",
        "sample variance/run.csv --stratify pair --correct 50",
    ),
    (Argument("run", by_split=True),),
    AskedSample,
    (Cluster, Format),
    {"split": "Split to draw from (dev)."},
    first=("n", "correct", "stratify", "split", "output"),
)

ERROR_TABLE = Command(
    "Tally of tags: shares of errors, and what each could gain.",
    (
        "error-table variance/review.csv --run variance/run.csv --rows",
        "error-table --error 10% --reviewed 100 --tag dog=5 --tag blurry=61",
    ),
    (
        Argument("sheet", "SHEET", "A review sheet, filled in.", required=False),
        Argument("after", "LATER", "A later sheet: what moved?", required=False),
    ),
    Asked,
    (Drawing, Output),
    {"split": "Split (the one of the sheet).",
     "figure": "Draw the Pareto chart too: an .svg or a .png."},
    first=("run", "error", "second", "rows", "figure"),
)  # fmt: skip
