"""What `diagnose` and `gaps` can be asked."""

from typing import Annotated

from mlstrat.core.asked import (
    Argument,
    Arrays,
    Choosing,
    Cluster,
    Command,
    File,
    Full,
    Gaps,
    Human,
    Log,
    Metric,
    Option,
    Output,
    Rate,
    Reading,
    Sampling,
    Settings,
    Tolerance,
)
from mlstrat.tasks.asked import OfTask


class Asked(
    Human, Gaps, Tolerance, OfTask, Metric, Choosing, Reading, Sampling, Arrays, total=False
):
    """The keywords of `diagnose`."""

    eyeball: Annotated[File, Option(
        "Sheet of sample --eyeball, to check whether that set is worn out.", "SHEET",
        doc="A review sheet that fixes an eyeball set (``sample --eyeball 500``): has its error "
        "fallen so much faster than that of the rest that it is worn out?")]  # fmt: skip


class AskedGaps(Gaps, Tolerance, Sampling, Settings, total=False):
    """The keywords of `gaps`."""

    human: Annotated[Rate, Option(
        "Human error: 8%, 0.08, or counts 80/1000, which bring an interval.", "RATE",
        doc='Human error, as ``"8%"``, ``0.08``, or counts ``"80/1000"``, which bring an interval.',
        )]  # fmt: skip
    train: Annotated[Rate, Option("Training error.", "RATE")]
    train_dev: Annotated[Rate, Option(
        "Error on rows held out from the training distribution.", "RATE")]  # fmt: skip
    dev: Annotated[Rate, Option("Dev error.", "RATE")]
    test: Annotated[Rate, Option("Test error.", "RATE")]
    table: Annotated[File, Option(
        "CSV with level, error, optional n and distribution, instead.", "FILE",
        doc="A CSV with the columns ``level``, ``error``, optional ``n`` and ``distribution``, "
        "instead.")]  # fmt: skip
    n: Annotated[int | None, Option(
        "Rows behind each level (except human) that has no counts.", "N")]  # fmt: skip


GAPS = Command(
    "The gap to work on, from levels typed in.",
    (
        "gaps --human 1% --train 8% --dev 10%",
        "gaps --human 0.5% --train 80/1000 --train-dev 91/1000 --dev 143/1000",
    ),
    (),
    AskedGaps,
    (Full, Output),
    first=("human", "train", "train_dev", "dev", "test"),
)

DIAGNOSE = Command(
    "What to work on next, from the predictions of a run.",
    (
        "diagnose variance/run.csv",
        "diagnose variance/run.csv --human-error 1% -f markdown",
    ),
    (Argument("run", by_split=True),),
    Asked,
    (Cluster, Full, Log, Output),
    first=("human_error", "different_distributions", "columns", "positive", "full"),
)
