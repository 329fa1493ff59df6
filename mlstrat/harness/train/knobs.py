"""What can be turned at a recipe, and what each architecture lets be turned."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args, get_origin

from mlstrat.core.asked import KNOBS as PANEL
from mlstrat.core.asked import Option
from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.recipes.models import is_network, row_of, set_knob
from mlstrat.harness.recipes.recipe import Model, Recipe
from mlstrat.harness.train.command import TRAIN

KINDS = {int: "whole", float: "number", bool: "flag", str: "name"}


class Knob(Record):
    """One thing that can be turned."""

    kind: str
    """One of `KINDS`, or names."""
    title: str
    low: float = 0.0
    """The lowest value of a number; the value itself is allowed where ``closed``."""
    high: float = math.inf
    closed: bool = True


FROM_ONE = {"n", "depth", "epochs", "batch_size", "neighbours", "ensemble", "crops", "anchors",
            "beam", "target_weight"}  # fmt: skip
ABOVE_NOTHING = {"width", "learning_rate", "clip"}


def _knob(name: str, kind: Any, option: Option) -> Knob:
    several = get_origin(kind) is Sequence
    one = next(word for of, word in KINDS.items() if of in get_args(kind))
    return Knob(
        "names" if several else one, option.help.removesuffix("."),
        1.0 if name in FROM_ONE else 0.0, 1.0 if name == "dropout" else math.inf,
        name not in ABOVE_NOTHING,
    )  # fmt: skip


KNOBS: Mapping[str, Knob] = {
    name: _knob(name, kind, option)
    for name, (kind, option) in TRAIN.options().items() if option.panel == PANEL
}  # fmt: skip

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
