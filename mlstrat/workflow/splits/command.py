"""What `plan` and `split` can be asked."""

from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import (
    INTERVALS,
    OUTPUT,
    Argument,
    Command,
    Confidence,
    Drawing,
    File,
    Force,
    Format,
    Option,
    Output,
    Rate,
    Roles,
    Settings,
    SkipBroken,
    SplitAs,
)


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


class Aim(Roles, Confidence, Settings, SkipBroken, total=False):
    """What splits are for, whether they are made or checked."""

    target: Annotated[str | Sequence[str] | None, Option(
        "Source that dev and test are for; repeatable.", "SOURCE",
        doc="The source, or sources, that dev and test are for; None where there is no source "
        "column.")]  # fmt: skip
    source_column: Annotated[str | None, Option(
        "Column of the distribution that a row comes from.", "COLUMN",
        doc="The column of the source, where its name does not say it.")]  # fmt: skip
    group: Annotated[str | None, Option(
        "Column whose rows of one value stay together.", "COLUMN",
        doc="The column of the group, where its name does not say it.")]  # fmt: skip
    detect: Annotated[Rate, Option(
        "Difference that dev and test must tell, as 1%.", "DIFFERENCE")]  # fmt: skip
    error: Annotated[Rate, Option("Error to expect, for --detect (10%).", "RATE")]
    seed: Annotated[int | None, Option(
        "Seed of the hash, or of a check's shufflings and folds.", "0", panel=INTERVALS,
        )]  # fmt: skip


class Synthesis(TypedDict, total=False):
    """What rows that were made are made of."""

    synthesis_source: Annotated[str | None, Option(
        "Column of what a synthesised row was made from; blank where it was not.", "COLUMN",
        doc="The column of what a synthesised row was made from (the noise, the design), blank "
        "where a row was not synthesised: its distinct values are counted.")]  # fmt: skip


class AskedCheck(SplitAs, Synthesis, Aim, total=False):
    """The keywords of `check_split`."""


class Asked(Aim, Force, total=False):
    """The keywords of `split`."""

    dev: Annotated[int | str | None, Option(
        "Rows of dev, or percent of all: 2500, 1%.", "N",
        doc='Rows of dev, or percent of all: ``2500``, ``"1%"``.')]  # fmt: skip
    test: Annotated[int | str | None, Option("Rows of test.", "N")]
    train_dev: Annotated[int | str | None, Option(
        "Rows held out of the mixture of train.", "N")]  # fmt: skip
    stratify: Annotated[str | None, Option(
        "Column whose mix every split keeps.", "COLUMN")]  # fmt: skip
    cuts: Annotated[File, Option(
        "Cut points of an earlier run: old rows never move.", "FILE",
        doc="Cut points that an earlier run wrote: what was placed by them keeps its place.",
        )]  # fmt: skip
    output: Annotated[File, Option(
        "Table with its splits (.csv, .tsv, .parquet, .ndjson); with --check the report.",
        "FILE", "--output -o",
        "Where the table with its column ``split`` goes (CSV, TSV, Parquet or NDJSON by its "
        "ending; the cut points lie beside it, ``out.cuts.json``); None shows what would be made.",
        panel=OUTPUT)]  # fmt: skip


class Checking(TypedDict, total=False):
    """What is done instead."""

    check: Annotated[bool, Option("Check the splits there are: leaks, mixes, sizes.")]


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
    first=("examples", "error", "detect", "mismatch", "eyeball_errors"),
)  # fmt: skip

SPLIT = Command(
    "Dev and test of the target only and alike, or splits checked.",
    (
        "split variance/images.csv --target app --dev 25 --test 25 -o new.csv",
        "split variance/run.csv --check --detect 5%",
    ),
    (Argument("examples", "EXAMPLES", by_split=True),),
    Asked,
    (Checking, SplitAs, Synthesis, Format),
    {"force": "Replace outputs and a split column that are there.",
     "confidence": "Confidence level of a check's interval, and of --detect."},
    first=("target", "dev", "test", "check", "output"),
)  # fmt: skip

CHECK_SPLIT = Command(SPLIT.help, SPLIT.examples, SPLIT.arguments, AskedCheck)
