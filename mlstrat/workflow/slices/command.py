"""What `slices` can be asked."""

from typing import Annotated, Any

from mlstrat.core.asked import (
    Argument,
    Arrays,
    By,
    Cluster,
    Command,
    Drawing,
    Option,
    Output,
    Reading,
    Sampling,
)
from mlstrat.tasks.asked import OfTask


class Asked(By, OfTask, Reading, Sampling, Arrays, total=False):
    """The keywords of `slices`."""

    versus: Annotated[Any | None, Option(
        "Second run: where do the two differ most?", "OTHER",
        doc="A second run on the same examples, paired by id: slices on which the two differ most.",
        run=True)]  # fmt: skip
    a: Annotated[str | None, Option(
        "Prediction column of RUN.", "COLUMN", doc="The prediction column of `run`.",
        )]  # fmt: skip
    b: Annotated[str | None, Option(
        "Prediction column of OTHER, or a second one of RUN.", "COLUMN",
        doc="That of `versus`; of `run` where there is no `versus`.")]  # fmt: skip
    mismatch: Annotated[bool, Option(
        "Decompose the gap train-dev to dev, too.",
        doc="Also take the gap from train-dev to dev apart: another mix, or more error within "
        "slices.")]  # fmt: skip
    min_size: Annotated[int | None, Option(
        "Fewest rows of a slice (20, or 1 in 1,000).", "ROWS",
        doc="Rows that a slice has at least; without it 20, or one in a thousand.")]  # fmt: skip


SLICES = Command(
    "Where the errors concentrate: by column values, and pairs.",
    (
        "slices variance/run.csv --by label --by light",
        "slices variance/run.csv --versus variance/second.csv",
    ),
    (Argument("run", by_split=True),),
    Asked,
    (Drawing, Cluster, Output),
    {
        "by": "Columns to slice by; without them the label and every column without a role, "
              "but not pred_*. Numbers are cut at quantiles, rare values joined.",
        "split": "Split to slice (dev).",
        "figure": "Draw the heat map of two --by: an .svg or a .png.",
    },
    first=("by", "versus", "mismatch", "min_size", "figure"),
)  # fmt: skip
