"""What `plot` can be asked."""

from collections.abc import Sequence
from typing import Annotated, Any

from mlstrat.core.asked import (
    OUTPUT,
    Argument,
    Choosing,
    Classes,
    Columns,
    Command,
    File,
    Format,
    Gaps,
    Human,
    Keeping,
    Metric,
    Option,
    Rate,
    Sampling,
    Settings,
    SkipBroken,
    Split,
    Tolerance,
)
from mlstrat.tasks.asked import OfTask

KINDS = (
    "ladder", "confusion", "reliability", "precision-recall", "roc", "threshold", "categories",
    "pictures", "tally", "pareto", "curve", "history", "filters", "patches", "samples",
)  # fmt: skip
"""For the help and the shell, which load no registry; a test holds them to it."""


class Asked(
    Human, Gaps, Tolerance, OfTask, Metric, Columns, Split, Classes, Choosing, Keeping, Settings,
    SkipBroken, Sampling,
    total=False,
):  # fmt: skip
    """The keywords of `plot`."""

    of: Annotated[str | None, Option(
        "Curves: the one class or label to draw, of several.", "LABEL",
        doc="Of curves of several classes or labels: the one to draw, against the rest.",
        )]  # fmt: skip
    media: Annotated[File, Option(
        "Pictures, patches: folder of the files.", "DIR",
        doc="Of pictures: the folder of their files, named by the id, by a column ``file``, "
        "``path``, ``image`` or ``filename``, or as the truth of COCO names them; without it that "
        "of the truth, or ``images`` or ``JPEGImages`` in it or beside it. Of patches: pictures "
        "to look through; without it dev of the recipe.")]  # fmt: skip
    worst: Annotated[int | None, Option(
        "Pictures: how many of the worst.", "6")]  # fmt: skip
    run: Annotated[Any | None, Option(
        "Tally: the run that the sheet was drawn from.", "RUN",
        doc="Of a tally, as for `error_table`.")]  # fmt: skip
    optimize: Annotated[str | None, Option("Pareto: as for select.", "METRIC")]
    maximize: Annotated[str | None, Option("Pareto: as for select.", "EXPR")]
    minimize: Annotated[str | None, Option("Pareto: as for select.", "EXPR")]
    where: Annotated[Sequence[str], Option("Pareto: a constraint; repeatable.", "EXPR")]
    name: Annotated[str | None, Option("Pareto: the column of names.", "COLUMN")]
    n: Annotated[int | None, Option("Pareto: rows behind each share.", "N")]
    target: Annotated[Rate, Option("Curve: the error wanted.", "RATE")]
    dev_n: Annotated[int | None, Option("Curve: examples behind each dev.", "N")]
    accuracies: Annotated[bool | None, Option(
        "Curve: what the table holds.", flag="--accuracies/--errors")]  # fmt: skip


class Typed(Format, total=False):
    """What the command line alone takes."""

    output: Annotated[File, Option(
        "Figure to draw: an .svg or a .png.", "FILE", "--output -o", panel=OUTPUT)]  # fmt: skip


PLOT = Command(
    "One figure, as SVG or PNG, with its conclusion in words.",
    (
        "plot ladder variance/run.csv -o ladder.svg",
        "plot roc variance/run.csv --of cat -o roc.png",
    ),
    (
        Argument("kind", "KIND", f"{', '.join(KINDS)}.",
                 complete="figures"),
        Argument("source", "SOURCE",
                 "Run or card; sheet (tally), table (pareto, curve), folder of runs (history) or "
                 "of a trained network (filters, patches, samples).",
                 several=True),
    ),
    Asked,
    (Typed,),
    {"human_error": "Ladder: the human level.",
     "human": "Ladder: output of `mlstrat human -f json`.",
     "format_": "Format in which the screen says what is drawn."},
    first=("of", "output", "human_error", "metric", "run"),
)  # fmt: skip
