"""What `improve` can be asked."""

from typing import Annotated

from mlstrat.core.asked import (
    INPUT,
    OUTPUT,
    Argument,
    Command,
    File,
    Force,
    Option,
    Output,
    Rate,
    Roles,
)


class Asked(Roles, Force, total=False):
    """The keywords of `improve`."""

    target: Annotated[str | None, Option(
        "Column to predict, of a table.", "COLUMN", panel=INPUT,
        doc="The column that is to be predicted, of a table.")]  # fmt: skip
    model: Annotated[str | None, Option(
        "Model to begin with: one of train --list, or an import path.", "NAME",
        doc="The model that is begun with; None: as ``train`` chooses.")]  # fmt: skip
    task: Annotated[str | None, Option(
        "Take the target for classes or for a number: classification or regression.", "NAME",
        panel=INPUT,
        doc="What the target is, ``classification`` or ``regression``; None: a number of more than "
        "20 different values is predicted as a number.")]  # fmt: skip
    budget: Annotated[str, Option(
        'Time or runs: 10m, 90s, 2h, "20 runs" (10m).', "10m", default="10m",
        doc='What may be spent: ``"10m"``, ``"90s"``, ``"2h"`` or ``"20 runs"``.')]  # fmt: skip
    confirm: Annotated[str | float | None, Option(
        "Rows that the loop never reads: a table, or a share, as 25%.", "FILE|RATE",
        doc="Rows that the loop never reads and that measure the gain: a table, or a share of the "
        "rows, ``\"25%\"``; None: the test rows.")]  # fmt: skip
    human_error: Annotated[Rate, Option(
        "Error of people, as 1% or 8/800.", "RATE",
        doc="The error of people: ``\"1%\"``.")]  # fmt: skip
    group: Annotated[str | None, Option(
        "Column whose rows of one value stay together.", "COLUMN", panel=INPUT,
        doc="The column of the group, where its name does not say it.")]  # fmt: skip
    seeds: Annotated[int, Option(
        "Models trained of each setting (1).", "1", default=1,
        doc="How many models of each setting are trained, one a seed.")]  # fmt: skip
    seed: Annotated[int, Option("Seed of the first model.", "0", default=0)]
    split_seed: Annotated[int, Option(
        "Seed of the splits of own data, apart from the model's.", "0", default=0)]  # fmt: skip
    small: Annotated[bool, Option("A recipe's variant of at most ten seconds.")]
    dry_run: Annotated[bool, Option(
        "Show rows, model and knobs, and train nothing.",
        doc="Whether to say what would be done, and train nothing.")]  # fmt: skip
    ledger: Annotated[File, Option(
        "Ledger of the uses of dev (improve.ledger.json beside the folder).", "FILE",
        panel=OUTPUT,
        doc="Where uses of dev are counted; None: ``improve.ledger.json`` beside "
        "`out`.")]  # fmt: skip
    out: Annotated[File, Option(
        "Folder for runs and report (DATA_improved).", "FOLDER", panel=OUTPUT,
        doc="A folder for the runs, ``report.md`` and ``improve.json``. None keeps "
        "nothing.")]  # fmt: skip


IMPROVE = Command(
    "Improve a model step by step, as long as it surely helps.",
    (
        "improve variance/table.csv --target churned --out my_loop",
        'improve wine --budget "20 runs" --dry-run',
    ),
    (
        Argument("what", "DATA", "A table, a folder of pictures, or a recipe of train --list."),
    ),
    Asked,
    (Output,),
    {"force": "Write into a folder that is not empty."},
    first=("target", "model", "budget", "confirm", "out"),
)  # fmt: skip
