"""What `compare` can be asked."""

from typing import Annotated

from mlstrat.core.asked import (
    Argument,
    By,
    Choosing,
    Cluster,
    Command,
    Log,
    Metric,
    Option,
    Output,
    Rate,
    Reading,
    Sampling,
)
from mlstrat.tasks.asked import OfTask


class Asked(By, OfTask, Metric, Choosing, Reading, Sampling, total=False):
    """The keywords of `compare`."""

    a: Annotated[str | None, Option(
        "Prediction column of the first model.", "COLUMN",
        doc="The prediction column of the first model, where it is not the usual one.",
        )]  # fmt: skip
    b: Annotated[str | None, Option(
        "Prediction column of the second model.", "COLUMN",
        doc="That of the second: both are columns of `run` where there is no `other`.",
        )]  # fmt: skip
    margin: Annotated[Rate, Option(
        "Margin of non-inferiority: is b worse by less than this, 1% or 0.01?", "RATE",
        doc='b is not inferior if it is worse by less than this: ``"1%"`` or ``0.01``.',
        )]  # fmt: skip


COMPARE = Command(
    "Two models on the same examples: is b really better than a?",
    (
        "compare variance/run.csv variance/second.csv --metric f1",
        "compare variance/two.csv --a pred_small --b pred_large --margin 1%",
    ),
    (
        Argument("run", "A"),
        Argument("other", "B", "A second run on the same examples, paired by id.", required=False),
    ),
    Asked,
    (Cluster, Log, Output),
    {"metric": "Metric of the difference (accuracy)."},
    first=("metric", "by", "margin", "a", "b"),
)
