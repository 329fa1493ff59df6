"""The knobs that `study knobs` turns, one a row: the gap that each is for, and how far it turns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.recipes.models import MLP_WIDTH, find_architecture, is_network
from mlstrat.harness.recipes.recipe import Recipe
from mlstrat.harness.train.knobs import KNOBS, check_taken, check_value, knobs_of

Option = Any


class Turn(Record):
    """One knob, turned by how much, and the gap that the course says it is for."""

    name: str
    title: str
    """With a place for the value."""
    knob: str
    aims_at: tuple[str, ...]
    value: Callable[[Recipe], Option | None]
    """The value it is turned to; None where the recipe stands there already, or cannot."""


def stands_at(recipe: Recipe, knob: str) -> Any:
    """Return where a knob stands in a recipe; None where the library decides."""
    options = recipe.model.options
    if is_network(recipe.model.architecture):
        return _network_default(recipe, knob) if knob not in options else options[knob]
    option = find_architecture(recipe.model.architecture).knobs[knob]
    if option == "*units":
        layers = options.get("hidden_layer_sizes")
        return layers[0] if isinstance(layers, tuple) else MLP_WIDTH
    if option == "*optimizer":
        return options.get("solver", "adam")
    return options.get(option)


def _network_default(recipe: Recipe, knob: str) -> Any:
    if not recipe.classifies:
        from mlstrat.harness.tasks.answers import settings_of

        options, own = settings_of(recipe.model.architecture, recipe.model.options)
        return own[knob] if knob in own else getattr(options, knob)
    from mlstrat.harness.networks.architectures import find_network
    from mlstrat.harness.networks.options import NetworkOptions

    network = find_network(recipe.model.architecture)
    if knob in network.defaults:
        return network.defaults[knob]
    default = getattr(NetworkOptions(), knob)
    return getattr(network.scale, knob, None) if default is None else default


BIGGER, SMALLER, LONGER, MORE = 4, 0.25, 4, 4
"""Times as wide, as narrow, as long, as many: enough to move a gap that can be moved (ours)."""

SHORTER = 0.25
PATIENCE = 3
"""Epochs without gain on dev after which training stops."""

PENALTY = {"network": 0.003, "mlp": 1.0, "other": 10.0}
"""Strong enough to be seen: l2 of a network, alpha of a perceptron, times what was."""


def _times(knob: str, factor: float, default: float | None = None) -> Callable[[Recipe], Any]:
    def value(recipe: Recipe) -> Any:
        now = stands_at(recipe, knob)
        now = default if now is None else now
        if now is None:
            return None
        scaled = now * factor
        return max(1, round(scaled)) if KNOBS[knob].kind == "whole" else scaled

    return value


def _only_to(knob: str, wanted: Any) -> Callable[[Recipe], Any]:
    return lambda recipe: None if stands_at(recipe, knob) == wanted else wanted


def _width(factor: float) -> Callable[[Recipe], Any]:
    def value(recipe: Recipe) -> Any:
        now = stands_at(recipe, "width") or 1.0
        if is_network(recipe.model.architecture):
            return now * math.sqrt(factor)  # a network's weights grow with the square of it
        return max(1, round(now * factor))

    return value


def _optimiser(recipe: Recipe) -> str:
    now = stands_at(recipe, "optimizer") or "adam"
    return "momentum" if now == "adam" else "adam"


def _penalty(recipe: Recipe) -> float:
    now = stands_at(recipe, "l2") or 0.0
    if is_network(recipe.model.architecture):
        return float(max(PENALTY["network"], 10 * now))
    if recipe.model.architecture == "mlp":
        return float(max(PENALTY["mlp"], 10 * now))
    if recipe.model.architecture == "logistic_regression":
        return PENALTY["other"] / float(recipe.model.options.get("C", 1.0))  # type: ignore[arg-type]
    return float(max(PENALTY["other"], 10 * now))


def _more(recipe: Recipe) -> int | None:
    return MORE * recipe.splits.sizes[0] if recipe.dataset.generated else None


def _fewer(recipe: Recipe) -> int | None:
    return None if recipe.dataset.generated else recipe.splits.sizes[0] // 2


def _changes(recipe: Recipe) -> tuple[str, ...] | None:
    return ("crop", "rotate") if not recipe.model.options.get("augment") else None


def _ensemble(recipe: Recipe) -> int | None:
    now = stands_at(recipe, "ensemble")
    return None if recipe.model.architecture == "random_forest" or now == 5 else 5


def _patience(recipe: Recipe) -> int | None:
    return None if stands_at(recipe, "early_stopping") else PATIENCE


def _target(recipe: Recipe) -> int | None:
    """Add a fifth of train, or as many examples of the target as dev and test leave."""
    options, (train, _, dev, test) = recipe.dataset.options, recipe.splits.sizes
    spare = options.get("spare", 0)
    for first in ("experts", "printed", "notes"):  # so many examples of the target there are
        if isinstance(rows := options.get(first), int):
            spare = rows - dev - test
    if not recipe.classifies:
        spare = train  # every example is drawn, as many as are asked for
    many = min(train // 5, spare) if isinstance(spare, int) else 0
    return None if recipe.splits.target_in_train or many < 1 else many


BIAS, VARIANCE, MISMATCH = ("avoidable_bias",), ("variance",), ("data_mismatch",)

TURNS: tuple[Turn, ...] = (
    Turn("bigger", "a bigger network (width {})", "width", BIAS, _width(BIGGER)),
    Turn("deeper", "twice the depth ({})", "depth", BIAS, _times("depth", 2)),
    Turn("longer", "training longer ({} epochs)", "epochs", BIAS, _times("epochs", LONGER)),
    Turn("optimiser", "another optimiser ({})", "optimizer", BIAS, _optimiser),
    Turn("batch_norm", "batch normalisation", "batch_norm", BIAS, _only_to("batch_norm", True)),
    Turn(
        "both_directions",
        "reading in both directions",
        "direction",
        BIAS,
        _only_to("direction", "both"),
    ),
    Turn("more_data", "more training data ({} examples)", "n", VARIANCE, _more),
    Turn("half_the_data", "half the training data ({} examples)", "n", VARIANCE, _fewer),
    Turn("l2", "L2 regularisation ({})", "l2", VARIANCE, _penalty),
    Turn("dropout", "dropout ({})", "dropout", VARIANCE, _only_to("dropout", 0.5)),
    Turn("augmentation", "data augmentation ({})", "augment", VARIANCE, _changes),
    Turn("neighbours", "more neighbours ({})", "neighbours", VARIANCE, _times("neighbours", 9, 5)),
    Turn("more_anchors", "twice the anchor boxes ({})", "anchors", BIAS, _times("anchors", 2)),
    Turn("no_suppression", "no non-max suppression", "nms", VARIANCE, _only_to("nms", False)),
    Turn("ensemble", "an ensemble ({} models)", "ensemble", VARIANCE, _ensemble),
    Turn("target_data", "examples like dev in train ({})", "target_in_train", MISMATCH, _target),
    Turn("early_stopping", "early stopping (patience {})", "early_stopping", VARIANCE, _patience),
)
"""In the order of the gaps; early stopping last, since it is the one to compare with the rest."""


class Turned(Record):
    """A knob of a recipe with the value that it is turned to."""

    name: str
    title: str
    aims_at: tuple[str, ...]
    knobs: Mapping[str, Any]


def turns_of(recipe: Recipe, asked: tuple[str, ...] = ()) -> tuple[Turned, ...]:
    """Return the knobs to turn at a recipe: all that it takes, or those that are asked for.

    These are names of `TURNS`, or ``KNOB=VALUE`` with a knob of `train`.
    """
    taken = knobs_of(recipe)
    there = {
        turn.name: Turned(turn.name, turn.title.format(_shown(value)), turn.aims_at,
                          {turn.knob: value})
        for turn in TURNS
        if turn.knob in taken and (value := turn.value(recipe)) is not None
    }  # fmt: skip
    if not asked:
        return tuple(there.values())
    out = []
    for text in asked:
        name, equals, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if equals:
            out.append(_own(recipe, name, value.strip(), taken))
        elif name in there:
            out.append(there[name])
        else:
            raise UsageError(
                f"the study of {recipe.name!r} turns no knob {text!r}",
                accepted=f"{', '.join(there)}; or KNOB=VALUE with {', '.join(taken)}",
                hint=did_you_mean(name, there),
            )
    # A knob that is turned to one value twice is one condition: Holm pays for copies.
    return tuple({repr(x.knobs): x for x in out}.values())


def _own(recipe: Recipe, knob: str, text: str, taken: tuple[str, ...]) -> Turned:
    check_taken(knob, taken, f"the recipe {recipe.name!r}")
    value = parse_value(knob, text)
    check_value(knob, value)
    aims = next((turn.aims_at for turn in TURNS if turn.knob == knob), ())
    # The value stands in no brackets, which tables leave out: it tells two such knobs apart.
    title = f"{knob.replace('_', ' ')} = {_shown(value)}"
    return Turned(f"{knob}_{_plain(text)}", title, aims, {knob: value})


def parse_value(knob: str, text: str) -> Any:
    """Return the value of a knob from its text."""
    kind = KNOBS[knob].kind
    try:
        if kind == "whole":
            return int(text.replace("_", ""))
        if kind == "number":
            return float(text)
    except ValueError:
        kinds = {"whole": "a whole number", "number": "a number"}
        raise UsageError(f"{knob} is {text!r}", accepted=kinds[kind]) from None
    if kind == "names":
        return tuple(x.strip() for x in text.split(",") if x.strip())
    if kind == "flag":
        if text.lower() not in ("true", "false", "yes", "no"):
            raise UsageError(f"{knob} is {text!r}", accepted="true or false")
        return text.lower() in ("true", "yes")
    return text


def _plain(text: str) -> str:
    return "".join(x if x.isalnum() or x in ".-" else "_" for x in text)[:40].strip(".") or "x"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
