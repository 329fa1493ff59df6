"""Studies: a plan of runs that differ in one thing, trained over several seeds.

Each kind says which conditions are trained and which are compared. It writes ordinary runs; what
came out is read from these files and worked out elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.studies.plan import Plan


class Kind(Record):
    """One kind of study."""

    module: str
    function: str
    shows: str
    """The question that it answers."""
    recipe: bool = False
    takes: tuple[str, ...] = ()
    """The options of its own: ``knobs``, ``sizes``."""
    torch: bool = False
    """Whether it needs PyTorch whatever the recipe."""


KINDS: Mapping[str, Kind] = {
    "knobs": Kind("of_recipes", "plan_knobs", "which gap does each knob move?", True,
                  ("knobs", "target")),
    "curve": Kind("of_recipes", "plan_curve", "do more examples reach the target?", True,
                  ("sizes", "target")),
    "transfer": Kind("transfer", "plan_transfer", "does another task lend weights that help?",
                     takes=("sizes",), torch=True),
    "multitask": Kind("multitask", "plan_multitask", "one network for all tasks, or one each?",
                      takes=("sizes",), torch=True),
    "end-to-end": Kind("end_to_end", "plan_end_to_end", "one network, or a chain of steps?",
                       takes=("sizes",), torch=True),
    "synthesis": Kind("digits", "plan_synthesis", "from how few sources can noise be made?"),
    "mismatch": Kind("digits", "plan_mismatch", "what to do where train is of another source?"),
    "label-noise": Kind("digits", "plan_label_noise", "which wrong labels in train hurt?"),
    "gradients": Kind("gradients", "plan_gradients", "how far back does a gradient reach?",
                      torch=True),
}  # fmt: skip
"""Name of a study: what it is."""


def find_kind(name: str) -> tuple[str, Kind]:
    """Return the kind of study of this name."""
    known = name.strip().lower().replace("_", "-")
    if known in KINDS:
        return known, KINDS[known]
    raise UsageError(
        f"no study {name!r}", accepted=", ".join(KINDS), hint=did_you_mean(known, KINDS, 0.4)
    )


def make_plan(name: str, recipe: str | None, *, small: bool, **options: Any) -> Plan:
    """Return the plan of a study."""
    name, kind = find_kind(name)
    if kind.recipe and recipe is None:
        raise UsageError(
            f"the study {name!r} is about a recipe",
            accepted=f"mlstrat study {name} RECIPE",
            hint="`mlstrat train --list` shows them",
        )
    if recipe is not None and not kind.recipe:
        about = ", ".join(x for x, one in KINDS.items() if one.recipe)
        raise UsageError(f"the study {name!r} takes no recipe", accepted=f"a recipe with {about}")
    given = {key: value for key, value in options.items() if value}
    for key in given:
        if key not in kind.takes:
            takes = ", ".join(x for x, one in KINDS.items() if key in one.takes)
            option = "knob" if key == "knobs" else key
            raise UsageError(f"the study {name!r} takes no --{option}", accepted=f"with {takes}")
    if name == "curve":
        given.pop("target", None)  # an error, which its document is drawn against
    make = getattr(import_module(f"mlstrat.harness.studies.{kind.module}"), kind.function)
    plan: Plan = make(recipe, small=small, **given) if kind.recipe else make(small=small, **given)
    return plan
