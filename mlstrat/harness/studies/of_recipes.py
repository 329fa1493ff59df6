"""`study knobs` and `study curve`: a recipe, trained as it is and with one thing changed."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.recipes.models import describe_model
from mlstrat.harness.recipes.recipe import SPLITS, Recipe, find_recipe, list_recipes
from mlstrat.harness.studies.plan import Comparison, Condition, Place, Plan, Train
from mlstrat.harness.studies.turning import Turned, parse_value, turns_of
from mlstrat.harness.train.knobs import KNOBS, check_taken, check_value, turned

BASE = "base"

ALWAYS = ("avoidable_bias", "variance", "dev")
"""What a knob may move in every recipe: the two gaps up to train-dev, and dev in the end."""

STEPS = 6
"""Sizes of a learning curve; each is half of the next (ours)."""

FEWEST_EXAMPLES = 10
"""The smallest size of a curve: below it a class may have no example."""

FEWEST_SIZES = 3


def plan_knobs(
    name: str, *, knobs: tuple[str, ...] = (), target: str | None = None, small: bool = False
) -> Plan:
    """Return the plan that trains a recipe, or own data, as it is, then with each knob alone."""
    if target is not None or (name not in _recipes() and Path(name).exists()):
        return _plan_own(name, target, knobs, small=small)
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


def _recipes() -> set[str]:
    return {x.name for x in list_recipes()}


def _plan_own(name: str, target: str | None, knobs: tuple[str, ...], *, small: bool) -> Plan:
    """Return the plan of own data: the model as it is, then each remedy alone, on the same splits.

    Seeds are those of the model; test rows are not predicted.
    """
    from mlstrat.harness.loop import Setting, source_of, train_setting
    from mlstrat.harness.train.learning_table import TableAsked

    if small:
        raise UsageError("--small is for recipes")
    source = source_of(name, target=target, model=None, roles=TableAsked(), confirm=None)
    if not isinstance(name, str) or name in _recipes():
        raise UsageError(f"{name!r} is a recipe: --target does not apply")
    task = source.task(Setting(), 0)
    if task.examples.number:
        own = shlex.join([name, *(["--target", target] if target else [])])
        raise UsageError("a study counts wrong rows, and the target is a number",
                         hint=f"turn these knobs at numbers: mlstrat improve {own}")  # fmt: skip
    chosen = _asked_of(source.turns(Setting()), knobs)

    def trained(setting: Setting) -> Train:
        def train_one(seed: int, place: Place, condition: str) -> None:
            train_setting(source, setting, seed, place.of(condition, seed), place.command)

        return train_one

    base = Condition(BASE, "as it is", trained(Setting()))
    others = [
        Condition(x.name, x.title, trained(Setting().after(x)),
                  settings={**x.knobs, "aims_at": list(x.aims_at)})
        for x in chosen
    ]  # fmt: skip
    gaps = ("avoidable_bias", "variance", *(["data_mismatch"] if task.mismatched else []))
    aimed = {gap for x in chosen for gap in x.aims_at}
    without = [gap.replace("_", " ") for gap in gaps if gap not in aimed]
    none = f". No knob of this study aims at {' or at '.join(without)}" if without else ""
    return Plan(
        "knobs", Path(name).name, f"{task.title}; {task.design}. Model: {task.shown}{none}",
        (base, *others),
        tuple(Comparison(x.name, BASE, quantity) for x in others for quantity in (*gaps, "dev")),
        mismatched=task.mismatched, tolerance=task.tolerance, facts={"knobs": _facts(chosen)},
    )  # fmt: skip


def _asked_of(there: tuple[Turned, ...], asked: tuple[str, ...]) -> tuple[Turned, ...]:
    if not asked:
        return there
    named = {x.name: x for x in there}
    out = []
    for text in asked:
        knob, equals, value = text.partition("=")
        name = knob.strip().replace("-", "_")
        if equals:
            check_taken(name, tuple(KNOBS), "own data")
            turned_to = parse_value(name, value.strip())
            check_value(name, turned_to)
            aims = next((x.aims_at for x in there if name in x.knobs), ())
            out.append(Turned(f"{name}_{value.strip()}", f"{knob.strip()} = {value.strip()}", aims,
                              {name: turned_to}))  # fmt: skip
        elif name in named:
            out.append(named[name])
        else:
            raise UsageError(f"this study turns no knob {text!r}",
                             accepted=f"{', '.join(named)}; or KNOB=VALUE",
                             hint=did_you_mean(name, named))  # fmt: skip
    return tuple(out)


def plan_curve(name: str, *, sizes: tuple[int, ...] = (), small: bool = False) -> Plan:
    """Return the plan that trains a recipe on more and more of its examples.

    Every seed draws other examples, so that the mean over seeds is the curve averaged over draws.
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
    def train_one(seed: int, place: Place, condition: str) -> None:
        from mlstrat.harness.training import train

        train(recipe, knobs=knobs, seed=seed, out=place.of(condition, seed), force=True,
              small=small, weights=False)  # fmt: skip

    return train_one


def _about(recipe: Recipe) -> str:
    sizes = ", ".join(
        f"{name} {n:,}" for name, n in zip(SPLITS, recipe.splits.sizes, strict=True) if n
    )
    return (
        f"{recipe.dataset.title}; {recipe.splits.title} ({sizes} examples). "
        f"Model: {describe_model(recipe.model)}"
    )


def _facts(chosen: tuple[Turned, ...]) -> list[dict[str, Any]]:
    return [{"name": x.name, "title": x.title, "aims_at": list(x.aims_at)} for x in chosen]
