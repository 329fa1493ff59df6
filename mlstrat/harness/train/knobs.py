"""What can be turned at a recipe, and what each architecture lets be turned."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.recipes.models import is_network, row_of, set_knob
from mlstrat.harness.recipes.recipe import Model, Recipe

Kind = Literal["whole", "number", "flag", "name", "names"]


@dataclass(frozen=True)
class Knob:
    """One thing that can be turned."""

    kind: Kind
    title: str
    low: float = 0.0
    """The lowest value of a number; the value itself is allowed where ``closed``."""
    high: float = math.inf
    closed: bool = True


KNOBS: Mapping[str, Knob] = {
    "n": Knob("whole", "training examples", 1),
    "width": Knob("number", "units a layer of a perceptron; times the units of a network",
                  closed=False),
    "depth": Knob("whole", "layers of a network, levels of a tree", 1),
    "epochs": Knob("whole", "passes over train, rounds of boosting", 1),
    "batch_size": Knob("whole", "examples a step", 1),
    "learning_rate": Knob("number", "of the optimiser, or of boosting", closed=False),
    "decay": Knob("name", "how the learning rate falls"),
    "optimizer": Knob("name", "One of sgd, momentum, rmsprop or adam"),
    "l2": Knob("number", "weight of the penalty on large weights"),
    "dropout": Knob("number", "share of units left out in a step", high=1.0),
    "batch_norm": Knob("flag", "batch normalisation"),
    "augment": Knob("names", "changes of training pictures"),
    "early_stopping": Knob("whole", "epochs without gain before it stops; 0 never stops"),
    "class_weights": Knob("flag", "rare classes count as much as common ones"),
    "neighbours": Knob("whole", "neighbours that vote", 1),
    "init_from": Knob("name", "the folder of a run whose weights are begun with"),
    "freeze": Knob("name", "what of these weights stays as it is"),
    "ensemble": Knob("whole", "models whose probabilities are averaged", 1),
    "crops": Knob("whole", "shifted copies of a picture, averaged at test time", 1),
    "clip": Knob("number", "largest norm of the gradient", closed=False),
    "cell": Knob("name", "rnn, gru or lstm"),
    "direction": Knob("name", "in which a network reads: both or forward"),
    "scaling": Knob("name", "scaling of a table's numbers"),
    "features": Knob("names", "features made of a table: products of numbers, word_pairs"),
    "anchors": Knob("whole", "anchor boxes of a cell", 1),
    "nms": Knob("flag", "non-max suppression of boxes"),
    "threshold": Knob("number", "score from which it counts; else dev chooses"),
    "mining": Knob("name", "pairs, or random or semihard triplets"),
    "distance": Knob("name", "of two encodings: squared or chi_square"),
    "shared": Knob("flag", "one network for all outputs, else one for each"),
    "attention": Knob("flag", "a decoder looks at all of its input"),
    "beam": Knob("whole", "outputs that a search keeps; 1 is greedy", 1),
    "length_penalty": Knob("number", "power of the length that a search divides by"),
    "target_in_train": Knob("whole", "examples of dev's distribution added to train"),
    "target_weight": Knob("whole", "how many times each of these counts", 1),
}  # fmt: skip
"""Name of a knob: of `train` the option ``--name``."""

TABLE_KNOBS = ("scaling", "features")
"""Of own tables, before a model of scikit-learn."""

SPLIT_KNOBS = ("target_in_train", "target_weight")


def knobs_of(recipe: Recipe) -> tuple[str, ...]:
    """Return the knobs that a recipe takes, in the order of the table."""
    taken = {"n", *row_of(recipe.model.architecture).knobs}
    if recipe.splits.target is not None:
        taken |= set(SPLIT_KNOBS)
    return tuple(name for name in KNOBS if name in taken)


def turned(recipe: Recipe, knobs: Mapping[str, Any]) -> Recipe:
    """Return the recipe with its knobs turned; ``n`` is checked here and drawn by the training."""
    taken = knobs_of(recipe)
    for name, value in knobs.items():
        check_taken(name, taken, f"the recipe {recipe.name!r}")
        check_value(name, value)
    splits, dataset = recipe.splits, recipe.dataset
    added = {name: knobs[name] for name in SPLIT_KNOBS if name in knobs}
    if "n" in knobs:
        n, held = knobs["n"], splits.sizes[0]
        if n > held and dataset.generated:
            dataset = replace(dataset, rows=dataset.rows + n - held)
            splits = replace(splits, sizes=(n, *splits.sizes[1:]))
        elif n > held:
            raise UsageError(
                f"--n is {n:,}, and {recipe.dataset.title} leaves {held:,} examples for train",
                accepted=f"1 to {held:,}",
            )
    splits = replace(splits, **added)
    if splits.target_weight > 1 and not splits.target_in_train:
        raise UsageError(
            f"--target-weight is {splits.target_weight}, and none of its examples are in train",
            hint="--target-in-train N adds them",
        )
    return replace(
        recipe,
        dataset=dataset,
        splits=splits,
        model=turned_model(recipe.model, {k: v for k, v in knobs.items() if k != "n"
                                          and k not in SPLIT_KNOBS}),
    )  # fmt: skip


def turned_model(model: Model, knobs: Mapping[str, Any]) -> Model:
    """Return the model with knobs turned that it takes."""
    for name, value in knobs.items():
        if is_network(model.architecture):
            options: Mapping[str, Any] = {**model.options, name: value}
        else:
            options = set_knob(model, name, value)
        model = replace(model, options=options)
    return model


def check_taken(name: str, taken: tuple[str, ...], who: str) -> None:
    """Refuse a knob that is not among those taken."""
    if name in taken:
        return
    raise UsageError(
        f"{who} takes no --{name.replace('_', '-')}",
        accepted=", ".join(f"--{known.replace('_', '-')}" for known in taken),
        hint=did_you_mean(name, taken),
    )


def check_value(name: str, value: Any) -> None:
    """Refuse a value outside what a knob takes, whichever model it turns."""
    knob, option = KNOBS[name], f"--{name.replace('_', '-')}"
    if knob.kind == "flag":
        good, accepted = isinstance(value, bool), "true or false"
    elif knob.kind == "name":
        good, accepted = isinstance(value, str) and value != "", "a name"
    elif knob.kind == "names":
        good = isinstance(value, tuple) and all(isinstance(x, str) for x in value)
        accepted = "a tuple of names"
    else:
        good, accepted = _in_range(knob, value), _range(knob)
    if not good:
        raise UsageError(f"{option} is {value!r}", accepted=accepted)


def _in_range(knob: Knob, value: Any) -> bool:
    kinds = (int,) if knob.kind == "whole" else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool) or not math.isfinite(value):
        return False
    return (value >= knob.low if knob.closed else value > knob.low) and (value < knob.high)


def _range(knob: Knob) -> str:
    what = "a whole number" if knob.kind == "whole" else "a number"
    above = f"{knob.low:g} or above" if knob.closed else f"above {knob.low:g}"
    return f"{what}, {above}" + ("" if knob.high == math.inf else f", below {knob.high:g}")
