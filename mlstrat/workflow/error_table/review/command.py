"""What `review` can be asked."""

from collections.abc import Sequence
from typing import Annotated, Any

from mlstrat.core.asked import (
    INPUT,
    OUTPUT,
    Argument,
    Classes,
    Columns,
    Command,
    Confidence,
    File,
    Option,
    Rate,
    Settings,
    Split,
)


class Asked(Columns, Split, Classes, Settings, Confidence, total=False):
    """The keywords of `review`."""

    run: Annotated[Any | None, Option(
        "Run of the sheet: its error, all of its errors, and ids are checked.", "RUN",
        doc="The run that the sheet was drawn from: ids are checked, and ceilings shown.",
        )]  # fmt: skip
    error: Annotated[Rate, Option(
        "Error of the split: 10%, 0.1 or 100/1000.", "RATE",
        doc='The error of the split, where there is no run: ``"10%"``, or counts ``"100/1000"``.',
        )]  # fmt: skip
    media: Annotated[File, Option(
        "Folder of pictures, sound, video or text files.", "DIR", panel=INPUT)]  # fmt: skip
    file: Annotated[str | None, Option(
        "Column that names the file of a row; without it file, path, image, audio, filename, "
        "else <id>.<ending>.", "COLUMN", panel=INPUT)]  # fmt: skip
    show: Annotated[Sequence[str], Option(
        "Column to show large; repeatable.", "COLUMN",
        doc="Columns to show large, in their order; without it text, question, input, sentence, "
        "review.")]  # fmt: skip
    tags: Annotated[Sequence[str], Option(
        "Tag to start with; repeatable.", "NAME", "--tag", "Tags to start with.")]  # fmt: skip
    tags_from: Annotated[File, Option(
        "Sheet whose tags to start with, not its answers.", "SHEET")]  # fmt: skip
    worth: Annotated[Rate, Option(
        "Smallest gain worth the work; without it what this dev set can show.", "POINTS",
        doc='The smallest gain worth the work, as ``"1%"``; without it the fewest errors whose '
        "full fix this dev set can show, as in `error_table`.")]  # fmt: skip
    blind: Annotated[bool, Option(
        "Hide label, prediction, score and the other reader until a row is judged.")]  # fmt: skip
    reader: Annotated[str | None, Option(
        "Second reader: answers go to review.NAME.csv beside the sheet.", "NAME")]  # fmt: skip
    against: Annotated[File, Option(
        "Sheet of another reader: the rows on which the two differ, side by side.", "SHEET",
        )]  # fmt: skip
    port: Annotated[int, Option("Port; 0 takes a free one.", "0", default=0,
                                panel=OUTPUT)]  # fmt: skip
    no_open: Annotated[bool, Option("Start no browser.", panel=OUTPUT)]
    allow_host: Annotated[Sequence[str], Option(
        "Host name of a proxy that hands on to this page; repeatable.", "NAME",
        panel=OUTPUT)]  # fmt: skip


REVIEW = Command(
    "A page in the browser to read and tag the examples of a sheet.",
    (
        "review variance/review.csv --run variance/run.csv",
        "review variance/review.csv --reader anna --blind",
    ),
    (Argument("sheet", "SHEET", "A review sheet, .csv or .tsv; it is written into."),),
    Asked,
    (),
    {"split": "Split (the one of the sheet).", "confidence": "Confidence level of the intervals, "
     "and of the rule that says when to stop."},
    first=("run", "media", "tags", "blind", "reader"),
)  # fmt: skip
