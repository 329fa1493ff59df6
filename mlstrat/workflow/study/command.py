"""What `study` can be asked."""

from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import (
    OUTPUT,
    Argument,
    Command,
    Confidence,
    File,
    Force,
    Option,
    Output,
    Rate,
)


class Asked(Confidence, Force, total=False):
    """The keywords of `study`."""

    seeds: Annotated[int, Option(
        "Runs of each setting (5); below 3 there are no intervals.", "5", default=5,
        doc="How many; with fewer than three there are no intervals.")]  # fmt: skip
    knobs: Annotated[Sequence[str], Option(
        "Knob to turn (knobs), by name or as l2=0.1; repeatable.", "NAME", "--knob",
        'Of ``knobs``: which ones, by name or as ``"l2=0.1"``; without it all that the recipe '
        "takes.")]  # fmt: skip
    sizes: Annotated[Sequence[int], Option(
        "Numbers of training examples.", "N,N,N",
        doc="Of ``curve`` and the studies over numbers of examples.")]  # fmt: skip
    target: Annotated[Rate, Option(
        "Target error (curve), as 5%; column to predict (knobs of own data).", "RATE|COLUMN",
        doc='Of ``curve``: target error, ``"5%"``; without it the human level of the '
        "recipe. Of ``knobs`` of a table: the column to predict.")]  # fmt: skip
    small: Annotated[bool, Option("Variant that ends in seconds.")]
    out: Annotated[File, Option(
        "Folder for runs and report (study_KIND).", "FOLDER", panel=OUTPUT,
        doc="A folder for the runs, the report (``report.md``), its figure and its JSON. None "
        "keeps nothing.")]  # fmt: skip


class Listing(TypedDict, total=False):
    """What is shown instead."""

    list_: Annotated[bool, Option("Show the studies, and exit.", flag="--list")]


STUDY = Command(
    "Try the knobs, and show which gap each one moved.",
    (
        "study knobs wine --seeds 3 --out my_knobs",
        "study label-noise --small --seeds 3",
    ),
    (
        Argument("kind", "KIND", "One that --list shows: knobs, curve, transfer ...",
                 required=False),
        Argument("recipe", "RECIPE", "Recipe of knobs and curve; or own data, of knobs.",
                 required=False),
    ),
    Asked,
    (Listing, Output),
    {"force": "Write into a folder that is not empty."},
    first=("seeds", "knobs", "sizes", "out", "list_"),
)  # fmt: skip
