"""What `train` can be asked."""

from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import KNOBS, OUTPUT, Argument, Command, File, Force, Option, Output, Roles


class Asked(Roles, Force, total=False):
    """The keywords of `train`."""

    target: Annotated[str | None, Option(
        "Column to predict, of a table.", "COLUMN",
        doc="The column that is to be predicted, of a table.")]  # fmt: skip
    model: Annotated[str | None, Option(
        "Model of own data: one of --list, or an import path.", "NAME",
        doc="An architecture that ``mlstrat train --list`` shows, or a classifier by its import "
        "path (``sklearn.ensemble.ExtraTreesClassifier``); for own data.")]  # fmt: skip
    task: Annotated[str | None, Option(
        "Take the target for classes or for a number: classification or regression.", "NAME",
        doc="What the target is, ``classification`` or ``regression``; None: a number of more than "
        "20 different values is predicted as a number.")]  # fmt: skip
    small: Annotated[bool, Option(
        "A recipe's variant of at most ten seconds.")]  # fmt: skip
    seed: Annotated[int, Option("Seed: the same gives the same run.", "0", default=0)]
    group: Annotated[str | None, Option(
        "Column whose rows of one value stay together.", "COLUMN",
        doc="The column of the group, where its name does not say it.")]  # fmt: skip
    split_seed: Annotated[int, Option(
        "Seed of the splits of own data, apart from the model's.", "0", default=0)]  # fmt: skip
    split_by_time: Annotated[str | None, Option(
        "Column of dates: the latest rows are dev and test.", "COLUMN")]  # fmt: skip
    skip_broken: Annotated[bool, Option(
        "Leave out pictures that do not decode.",
        doc="Leave out pictures that cannot be decoded, and say so.")]  # fmt: skip
    out: Annotated[File, Option(
        "Folder of the run (named after WHAT).", "FOLDER", panel=OUTPUT,
        doc="The folder; None writes nothing.")]  # fmt: skip
    with_test: Annotated[bool | None, Option(
        "Predict the test rows, too (of recipes).", flag="--with-test/--without-test",
        doc="Whether test rows are predicted, too; None: of recipes, not of own data, whose test "
        "set stays fresh until a model is chosen.")]  # fmt: skip
    weights: Annotated[bool | None, Option(
        "Keep the weights, too (of networks).", flag="--weights/--no-weights", panel=OUTPUT,
        doc="Whether weights are written, too; None: of networks (safetensors), not of "
        "scikit-learn's models (skops).")]  # fmt: skip
    n: Annotated[int | None, Option("Training examples.", "N", panel=KNOBS)]
    width: Annotated[float | None, Option(
        "Units a layer; of networks a factor.", "W", panel=KNOBS)]  # fmt: skip
    depth: Annotated[int | None, Option("Layers; levels of a tree.", "N", panel=KNOBS)]
    epochs: Annotated[int | None, Option(
        "Passes over train; rounds of boosting.", "N", panel=KNOBS)]  # fmt: skip
    batch_size: Annotated[int | None, Option("Examples a step.", "N", panel=KNOBS)]
    learning_rate: Annotated[float | None, Option(
        "Learning rate of the optimizer, or of boosting.", "R", panel=KNOBS)]  # fmt: skip
    decay: Annotated[str | None, Option(
        "How the learning rate falls.", "NAME", panel=KNOBS)]  # fmt: skip
    optimizer: Annotated[str | None, Option(
        "One of sgd, momentum, rmsprop or adam.", "NAME", panel=KNOBS)]  # fmt: skip
    l2: Annotated[float | None, Option("Penalty on large weights.", "L", panel=KNOBS)]
    dropout: Annotated[float | None, Option(
        "Share of units left out in a step.", "P", panel=KNOBS)]  # fmt: skip
    batch_norm: Annotated[bool | None, Option(
        "Batch normalisation of networks.", flag="--batch-norm/--no-batch-norm", panel=KNOBS,
        )]  # fmt: skip
    augment: Annotated[Sequence[str], Option(
        "Changes of training pictures; repeatable.", "NAME", panel=KNOBS)]  # fmt: skip
    early_stopping: Annotated[int | None, Option(
        "Epochs without gain until it stops; 0 never stops.", "N", panel=KNOBS)]  # fmt: skip
    class_weights: Annotated[bool | None, Option(
        "Rare classes count as much as common ones.",
        flag="--class-weights/--no-class-weights", panel=KNOBS)]  # fmt: skip
    neighbours: Annotated[int | None, Option(
        "Number of nearest neighbours.", "K", panel=KNOBS)]  # fmt: skip
    init_from: Annotated[str | None, Option(
        "Folder of a run with whose weights to begin.", "RUN", panel=KNOBS)]  # fmt: skip
    freeze: Annotated[str | None, Option(
        "What of these weights stays as it is.", "NAME", panel=KNOBS)]  # fmt: skip
    ensemble: Annotated[int | None, Option("Average so many models.", "K", panel=KNOBS)]
    crops: Annotated[int | None, Option(
        "Average so many crops of a picture.", "K", panel=KNOBS)]  # fmt: skip
    clip: Annotated[float | None, Option("Largest norm of the gradient.", "NORM", panel=KNOBS)]
    cell: Annotated[str | None, Option("Recurrent cell: rnn, gru or lstm.", "NAME", panel=KNOBS)]
    direction: Annotated[str | None, Option(
        "Which way a network reads: both or forward.", "NAME", panel=KNOBS)]  # fmt: skip
    scaling: Annotated[str | None, Option(
        "Scaling of a table's numbers: standard, quantile or none.", "NAME",
        panel=KNOBS)]  # fmt: skip
    features: Annotated[Sequence[str], Option(
        "Features made of a table: products (and squares) of numbers, word_pairs of free text; "
        "repeatable.", "NAME",
        panel=KNOBS)]  # fmt: skip
    anchors: Annotated[int | None, Option("Anchor boxes of a cell.", "N", panel=KNOBS)]
    nms: Annotated[bool | None, Option(
        "Non-max suppression of boxes.", flag="--nms/--no-nms", panel=KNOBS)]  # fmt: skip
    threshold: Annotated[float | None, Option(
        "Score from which it counts; else dev chooses.", "S", panel=KNOBS)]  # fmt: skip
    mining: Annotated[str | None, Option(
        "Pairs, or random or semihard triplets.", "NAME", panel=KNOBS)]  # fmt: skip
    distance: Annotated[str | None, Option(
        "Distance of two encodings: squared or chi_square.", "NAME", panel=KNOBS)]  # fmt: skip
    shared: Annotated[bool | None, Option(
        "One network for all outputs, else one for each.", flag="--shared/--no-shared",
        panel=KNOBS)]  # fmt: skip
    attention: Annotated[bool | None, Option(
        "A decoder looks at all of its input.", flag="--attention/--no-attention",
        panel=KNOBS)]  # fmt: skip
    beam: Annotated[int | None, Option(
        "Outputs that a search keeps; 1 is greedy.", "N", panel=KNOBS)]  # fmt: skip
    length_penalty: Annotated[float | None, Option(
        "Power of the length that a search divides by; 0 divides by nothing.", "A",
        panel=KNOBS)]  # fmt: skip
    target_in_train: Annotated[int | None, Option(
        "Examples of dev's source added to train.", "N", panel=KNOBS)]  # fmt: skip
    target_weight: Annotated[int | None, Option(
        "How often each of these counts.", "K", panel=KNOBS)]  # fmt: skip


class Shown(TypedDict, total=False):
    """What is shown instead."""

    list_: Annotated[bool, Option("Show recipes, models and knobs, and exit.", flag="--list")]
    describe: Annotated[str | None, Option("Show a network's layers, and exit.", "MODEL")]
    full_size: Annotated[bool, Option("With --describe: the network as published.")]


TRAIN = Command(
    "Train a recipe, or a model on own data, and write its run.",
    (
        "train data_mismatch --out my_run",
        "train variance/table.csv --target churned",
    ),
    (
        Argument("what", "WHAT", "A recipe of --list, a table, or a folder of pictures.",
                 required=False),
    ),
    Asked,
    (Shown, Output),
    {"force": "Write over a run that is there."},
    first=("target", "model", "out", "small", "list_"),
)  # fmt: skip
