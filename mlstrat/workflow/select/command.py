"""What `select` can be asked."""

from collections.abc import Sequence
from typing import Annotated

from mlstrat.core.asked import (
    Argument,
    Averaging,
    By,
    Command,
    Drawing,
    File,
    Option,
    Output,
    Reading,
    Sampling,
)
from mlstrat.tasks.asked import OfTask


class Asked(By, OfTask, Averaging, Reading, Sampling, total=False):
    """The keywords of `select`."""

    optimize: Annotated[str | None, Option(
        "Metric to optimise, which knows its direction.", "METRIC")]  # fmt: skip
    maximize: Annotated[str | None, Option(
        "Expression to maximise: columns, + - * /, mean min max f1 rate.", "EXPR",
        doc='An expression over columns instead, as ``"accuracy - 0.5 * ms"``.')]  # fmt: skip
    minimize: Annotated[str | None, Option(
        "Expression to minimise.", "EXPR")]  # fmt: skip
    where: Annotated[str | Sequence[str], Option(
        'Constraint, as "ms <= 100"; repeatable.', "EXPR",
        doc='Constraints, as ``"ms <= 100"`` or ``"rate(fp, hours) * 24 <= 1"``.')]  # fmt: skip
    models: Annotated[str | Sequence[str], Option(
        "Columns of one run that are candidates, as 'pred_*'; repeatable.", "COLUMNS",
        doc='Columns of predictions of one run, one a candidate: ``"pred_*"``.',
        complete="columns")]  # fmt: skip
    name: Annotated[str | None, Option(
        "Column of names of a table.", "COLUMN",
        doc="The column of names (default: name, model, candidate or run).")]  # fmt: skip
    n: Annotated[int | None, Option(
        "Rows behind each share of a table.", "N",
        doc="Rows behind every share that has no count of its own.")]  # fmt: skip
    prefer: Annotated[str | None, Option(
        "Column that breaks ties: the lowest, or max:COLUMN.", "COLUMN",
        doc='The column that breaks ties, lower being better; ``"max:COLUMN"`` for higher.',
        )]  # fmt: skip
    preferences: Annotated[File, Option(
        "CSV with better, worse: how people order candidates.", "FILE",
        doc="A table with the columns ``better`` and ``worse``: how people order candidates.",
        )]  # fmt: skip


SELECT = Command(
    "The best candidate within limits, and all that may be as good.",
    (
        'select variance/models.csv --optimize accuracy --where "ms<=100"',
        "select variance/models.csv --optimize accuracy --prefer ms",
    ),
    (
        Argument("candidates", "TABLE|RUN RUN…",
                 "One row a candidate; several runs; or a run with --models.", several=True),
    ),
    Asked,
    (Drawing, Output),
    {"figure": "Draw the Pareto front too: an .svg or a .png.",
     "format_": "Report format, or html; without it text, or what the ending of --output says."},
    first=("optimize", "where", "models", "prefer", "figure"),
)  # fmt: skip
