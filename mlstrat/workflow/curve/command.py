"""What `curve` can be asked."""

from typing import Annotated

from mlstrat.core.asked import (
    Argument,
    Checksum,
    Classes,
    Columns,
    Command,
    Confidence,
    Option,
    Rate,
    Settings,
)


class Asked(Columns, Classes, Settings, Checksum, Confidence, total=False):
    """The keywords of `curve`."""

    target: Annotated[Rate, Option(
        "Target error: 5%, or 0.05.", "RATE",
        doc='Target error, ``"5%"`` or ``0.05``; without it the human level of the '
        "config.")]  # fmt: skip
    dev_n: Annotated[int | None, Option(
        "Examples behind each dev error of a table.", "N",
        doc="Examples behind every dev error of a table that does not say.")]  # fmt: skip
    accuracies: Annotated[bool | None, Option(
        "What a table holds.", flag="--accuracies/--errors",
        doc="Whether a table holds accuracies, which become errors. Without it a table holds "
        "errors, and what `learning_curve` returns accuracies.")]  # fmt: skip


CURVE = Command(
    "Learning curves: will more data reach the target?",
    (
        "curve variance/curve.csv --target 5%",
        "curve variance/curve.csv --target 10% -f json",
    ),
    (
        Argument("source", "SOURCE", "A table: n, train, dev; or runs, one a size.", several=True),
    ),
    Asked,
    first=("target", "dev_n", "columns", "positive", "output"),
)  # fmt: skip
