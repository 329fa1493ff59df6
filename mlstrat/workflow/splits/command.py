"""What `plan` can be asked."""

from typing import Annotated

from mlstrat.core.asked import Command, Confidence, Drawing, Option, Output, Rate, Settings


class AskedPlan(Confidence, Settings, total=False):
    """The keywords of `plan`."""

    examples: Annotated[int | None, Option("Examples there are in all.", "N")]
    error: Annotated[Rate, Option(
        "Error to expect on dev, as 5%.", "RATE",
        doc='The error to expect on dev: ``"5%"``, ``0.05`` or counts.')]  # fmt: skip
    detect: Annotated[Rate, Option(
        "Improvement to detect, as 0.1%.", "DIFFERENCE",
        doc='The difference of two models to detect, ``"0.1%"`` or ``0.001``: an improvement on '
        "`error`.")]  # fmt: skip
    discordance: Annotated[Rate, Option(
        "Share of dev on which exactly one of two models is right (about 5%).", "RATE",
        doc="The share of dev on which exactly one of two models is right; without it 5% is "
        "assumed, as far as the error allows.")]  # fmt: skip
    mismatch: Annotated[Rate, Option(
        "Gap train-dev to dev to detect.", "DIFFERENCE",
        doc="The gap from train-dev to dev that must be told from none.")]  # fmt: skip
    eyeball_errors: Annotated[int | None, Option("Errors that people shall read.", "N")]
    dev: Annotated[int | None, Option(
        "Size of an existing dev set: what does it tell?", "N",
        doc="The size of a dev set that is there already: what does it tell?")]  # fmt: skip
    power: Annotated[float, Option(
        "Chance to find the difference.", "0.8", default=0.8,
        doc="The chance to find a difference of this size, 0.5 up to below 1.")]  # fmt: skip


PLAN = Command(
    "How many examples each set needs for what must be told apart.",
    (
        "plan --error 5% --detect 0.1% --discordance 1% --examples 1000000",
        "plan --examples 10000 --error 5% --eyeball-errors 100",
    ),
    (),
    AskedPlan,
    (Drawing, Output),
    {"figure": "Draw the power curve too: an .svg or a .png.",
     "confidence": "Confidence level: 1 minus the level of the two-sided test (0.95)."},
)  # fmt: skip
