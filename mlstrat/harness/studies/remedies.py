"""A remedy for every gap: what a loop turns at a model, more than one step up or down.

Beside the knobs of `TURNS`, which a study turns once, these turn size and regularisation both ways
and try other families of models. None of them looks at dev while it trains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from mlstrat.harness.networks.torch_needed import torch_is_there
from mlstrat.harness.recipes.models import ARCHITECTURES, is_network, networks
from mlstrat.harness.recipes.recipe import Dataset, Model, Recipe, SplitDesign
from mlstrat.harness.studies.turning import BIAS, MISMATCH, VARIANCE, Turned, stands_at, turns_of
from mlstrat.harness.train.knobs import knobs_of

MODEL = "model"
"""The knob of the family, which is no option of a recipe's model but another model."""

NOT_TURNED = ("half_the_data",)
"""A study shows with it whether more data would help; it makes no model better."""

SHALLOW, STRONGEST, WEAKER = 6, 100, 0.01
"""Levels of a tree that had no limit; times the penalty, up and down. Ours."""

DEFAULTS: Mapping[str, Mapping[str, float]] = {
    "nearest_neighbours": {"neighbours": 5},
    "mlp": {"l2": 1e-4},
}
"""Where scikit-learn's own defaults stand."""

FAMILIES = {
    BIAS: ("hist_gradient_boosting", "random_forest", "mlp"),
    VARIANCE: ("random_forest", "logistic_regression", "hist_gradient_boosting"),
}
"""The families that are tried for a gap; where a number is predicted, ridge for the line."""

LINES, TEXT = ("logistic_regression", "ridge"), frozenset({"text"})
"""The families that read a bag of words, and columns of nothing else."""

GATES = ("gru", "lstm")
"""What is tried where a plain recurrent network has forgotten."""


def own_recipe(
    name: str, model: Model, sizes: tuple[int, int, int, int], *, number: bool = False
) -> Recipe:
    """Return own data with a model as a recipe, as far as knobs look at it."""
    return Recipe(
        name, "", "", Dataset(name, name, sum(sizes)), SplitDesign(sizes), model,
        "undetermined", task="regression" if number else "classification",
    )  # fmt: skip


def remedies(
    recipe: Recipe, *, own: frozenset[str] = frozenset(), target_rows: bool = False
) -> tuple[Turned, ...]:
    """Return what may be turned at a recipe, each with the gaps that it is for.

    ``own`` are the kinds of columns of a user's own table: `number`, `date`, `category`, `text`;
    ``target_rows`` says that train holds rows of dev's distribution beside others.
    """
    if "." in recipe.model.architecture:  # a class of someone else: its family alone is known
        return tuple(_families(recipe, own))
    taken = set(knobs_of(recipe))
    found = [
        x for x in turns_of(recipe)
        if x.name not in NOT_TURNED and not _looks_at_dev(recipe, x)
    ]  # fmt: skip
    found += [x for x in _ladder(recipe) if set(x.knobs) <= taken]
    found += _families(recipe, own)
    found += _of_tables(recipe, own)
    if target_rows:
        found.append(Turned("target_weight", "rows like dev in train count 5 times", MISMATCH,
                            {"target_weight": 5}))  # fmt: skip
    # What one knob is turned to twice is one condition: Holm pays for copies.
    return tuple({repr(sorted(x.knobs.items())): x for x in reversed(found)}.values())[::-1]


def _looks_at_dev(recipe: Recipe, x: Turned) -> bool:
    """Whether a knob makes training look at dev: early stopping of networks does."""
    return x.name == "early_stopping" and is_network(recipe.model.architecture)


def _ladder(recipe: Recipe) -> Iterator[Turned]:
    kind = recipe.model.architecture
    depth = _now(recipe, "depth")
    if kind in ("decision_tree", "random_tree", "random_forest", "hist_gradient_boosting"):
        less = SHALLOW if depth is None else depth // 2
        if less >= 1:
            yield Turned("shallower", f"shallower trees (depth {less})", VARIANCE, {"depth": less})
    width = _now(recipe, "width")
    if width is not None and width >= 8 and kind == "mlp":
        yield Turned("narrower", f"a smaller network (width {width // 4})", VARIANCE,
                     {"width": width // 4})  # fmt: skip
    penalty = _now(recipe, "l2")
    if kind == "logistic_regression":
        penalty = 1 / cast("float", recipe.model.options.get("C", 1.0))
    if kind == "ridge":
        penalty = cast("float", recipe.model.options.get("alpha", 1.0))
    if penalty:
        more, less = penalty * STRONGEST, penalty * WEAKER
        yield Turned("l2_strong", f"strong L2 regularisation ({more:.3g})", VARIANCE, {"l2": more})
        yield Turned("l2_weak", f"less L2 regularisation ({less:.3g})", BIAS, {"l2": less})
    near = _now(recipe, "neighbours")
    if near is not None:
        if near >= 3:
            yield Turned("fewer_neighbours", f"fewer neighbours ({near // 3})", BIAS,
                         {"neighbours": near // 3})  # fmt: skip
        yield Turned("some_neighbours", f"more neighbours ({near * 3})", VARIANCE,
                     {"neighbours": near * 3})  # fmt: skip


def _families(recipe: Recipe, own: frozenset[str]) -> Iterator[Turned]:
    """Yield the other families of models: of free text alone those that read it."""
    kind, number = recipe.model.architecture, recipe.task == "regression"
    if is_network(kind):
        for name in GATES if kind in ("rnn", "birnn") else ():
            yield Turned(f"as_{name}", f"another model ({networks()[name].title})", BIAS,
                         {MODEL: name})  # fmt: skip
        return
    gaps: dict[str, tuple[str, ...]] = {}
    for gap, names in FAMILIES.items():
        for same in names:
            name = "ridge" if number and same == "logistic_regression" else same
            if name != kind and (own != TEXT or name in LINES):
                gaps[name] = (*gaps.get(name, ()), *gap)
    for name, aims in gaps.items():
        yield Turned(f"as_{name}", f"another model ({ARCHITECTURES[name].title})", aims,
                     {MODEL: name})  # fmt: skip
    if own >= TEXT and not number and torch_is_there():
        yield Turned("as_lstm", "another model (long short-term memory, word by word)", BIAS,
                     {MODEL: "lstm"})  # fmt: skip


def _of_tables(recipe: Recipe, own: frozenset[str]) -> Iterator[Turned]:
    kind = recipe.model.architecture
    if kind in LINES and own >= TEXT:
        yield Turned("word_pairs", "pairs of words as features", BIAS,
                     {"features": ("word_pairs",)})  # fmt: skip
    if not own & {"number", "date"}:
        return
    if kind in ("logistic_regression", "ridge", "mlp", "nearest_neighbours"):
        yield Turned("quantiles", "features scaled by their ranks", BIAS, {"scaling": "quantile"})
    if kind in ("logistic_regression", "ridge", "mlp"):
        yield Turned("products", "squares and products of features", BIAS,
                     {"features": ("products",)})  # fmt: skip


def _now(recipe: Recipe, knob: str) -> Any:
    """Return where a knob of scikit-learn's models stands; None where it has none or no limit."""
    kind = recipe.model.architecture
    if is_network(kind) or knob not in ARCHITECTURES[kind].knobs:
        return None
    value = stands_at(recipe, knob)
    return DEFAULTS.get(kind, {}).get(knob) if value is None else value


def with_family(recipe: Recipe, family: str | None) -> Recipe:
    """Return the recipe with a model of another family; None leaves it as it is."""
    return recipe if family is None else replace(recipe, model=Model(family))
