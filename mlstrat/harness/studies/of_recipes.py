"""`study knobs` and `study curve`: a recipe, trained as it is and with one thing changed."""

from __future__ import annotations

from typing import Any

from mlstrat.errors import UsageError
from mlstrat.harness.recipes.architectures import describe_model
from mlstrat.harness.recipes.recipe import SPLITS, Recipe, find_recipe
from mlstrat.harness.studies.plan import Comparison, Condition, Place, Plan, Train
from mlstrat.harness.studies.turning import Turned, turns_of
from mlstrat.harness.train.fitted import Progress
from mlstrat.harness.train.knobs import turned

BASE = "base"

ALWAYS = ("avoidable_bias", "variance", "dev")
"""What a knob may move in every recipe: the two gaps up to train-dev, and dev in the end."""

STEPS = 6
"""Sizes of a learning curve; each is half of the next (ours)."""

FEWEST_EXAMPLES = 10
"""The smallest size of a curve: below it a class may have no example."""

FEWEST_SIZES = 3


def plan_knobs(name: str, *, knobs: tuple[str, ...] = (), small: bool = False) -> Plan:
    """Return the plan that trains a recipe as it is, then with each knob alone.

    Parameters
    ----------
    name
        Of the recipe.
    knobs
        Which ones; without it all that the recipe takes.
    small
        The recipe's variant of at most ten seconds.

    Raises
    ------
    UsageError
        For an unknown recipe or knob, or a recipe whose error has no upper end.
    """
    recipe = _comparable(find_recipe(name))
    sized = recipe.smaller() if small else recipe
    chosen = turns_of(sized, knobs)
    if not chosen:
        raise UsageError(
            f"the recipe {name!r} has no knob that this study knows how to turn",
            hint="name one with its value: --knob depth=3",
        )
    for x in chosen:
        turned(sized, x.knobs)  # refuses before anything is trained
    base = Condition(BASE, "as the recipe has it", _trained(recipe, {}, small=small))
    others = [
        Condition(x.name, x.title, _trained(recipe, dict(x.knobs), small=small),
                  settings={**x.knobs, "aims_at": list(x.aims_at)})
        for x in chosen
    ]  # fmt: skip
    return Plan(
        "knobs",
        name,
        _about(sized),
        (base, *others),
        tuple(Comparison(x.name, BASE, quantity) for x in others for quantity in _asked(sized)),
        fresh=sized.dataset.generated,
        mismatched=sized.splits.mismatched,
        tolerance=sized.tolerance,
        facts={"knobs": _facts(chosen)},
    )


def plan_curve(name: str, *, sizes: tuple[int, ...] = (), small: bool = False) -> Plan:
    """Return the plan that trains a recipe on more and more of its examples.

    Every seed draws other examples, so that the mean over seeds is the curve averaged over draws.

    Raises
    ------
    UsageError
        For an unknown recipe, fewer than three sizes, or one that the recipe does not have.
    """
    recipe = _comparable(find_recipe(name))
    sized = recipe.smaller() if small else recipe
    wanted = sizes or _halves(sized.splits.sizes[0])
    if len(set(wanted)) < FEWEST_SIZES:
        raise UsageError(
            f"{len(set(wanted))} sizes of train", accepted=f"{FEWEST_SIZES} or more, as 50,100,200"
        )
    for n in wanted:
        turned(sized, {"n": n})  # refuses before anything is trained
    conditions = tuple(
        Condition(f"n-{n}", f"{n:,} examples", _trained(recipe, {"n": n}, small=small),
                  "curve", n, settings={"n": n})
        for n in sorted(set(wanted))
    )  # fmt: skip
    return Plan(
        "curve", name, _about(sized), conditions, (), fresh=sized.dataset.generated,
        mismatched=sized.splits.mismatched, tolerance=sized.tolerance,
    )  # fmt: skip


def _comparable(recipe: Recipe) -> Recipe:
    """Return a recipe whose errors end at 1, as the intervals of a study need it."""
    if recipe.task != "language_model":
        return recipe
    raise UsageError(
        f"the error of {recipe.name!r} is in nats, which have no upper end",
        accepted="a recipe whose error is a share, from 0 to 1",
        hint="train it with each knob, and compare the runs: mlstrat compare A B --split dev",
    )


def _asked(recipe: Recipe) -> tuple[str, ...]:
    """Return the gaps that a recipe can have, and dev: a gap that is none is not asked about.

    Every comparison more makes it harder to see one.
    """
    bias, variance, dev = ALWAYS
    mismatch = ("data_mismatch",) if recipe.splits.mismatched else ()
    overfit = ("dev_overfit",) if recipe.model.candidates > 1 else ()
    return (bias, variance, *mismatch, *overfit, dev)


def _halves(largest: int) -> tuple[int, ...]:
    sizes = (largest // 2**k for k in range(STEPS))
    return tuple(sorted(n for n in sizes if n >= FEWEST_EXAMPLES))


def _trained(recipe: Recipe, knobs: dict[str, Any], *, small: bool) -> Train:
    """Return what trains a recipe with knobs turned, for any seed."""

    def train_one(seed: int, place: Place, condition: str, progress: Progress) -> None:
        from mlstrat.harness.training import train

        train(recipe, knobs=knobs, seed=seed, out=place.of(condition, seed), force=True,
              small=small, weights=False, progress=progress)  # fmt: skip

    return train_one


def _about(recipe: Recipe) -> str:
    """Put data and model into words."""
    sizes = ", ".join(
        f"{name} {n:,}" for name, n in zip(SPLITS, recipe.splits.sizes, strict=True) if n
    )
    return (
        f"{recipe.dataset.title}; {recipe.splits.title} ({sizes} examples). "
        f"Model: {describe_model(recipe.model)}"
    )


def _facts(chosen: tuple[Turned, ...]) -> list[dict[str, Any]]:
    return [{"name": x.name, "title": x.title, "aims_at": list(x.aims_at)} for x in chosen]
