"""What a loop trains: settings of a recipe or of own data, on splits that stay as they are.

Rows that confirm a gain are set aside before anything is trained, whole groups by their hash, and
no model predicts them until the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.errors import UsageError
from mlstrat.harness.recipes.models import is_network
from mlstrat.harness.recipes.recipe import SPLITS, Model, Recipe, find_recipe, list_recipes
from mlstrat.harness.reserve import set_aside
from mlstrat.harness.studies.remedies import MODEL, own_recipe, remedies, with_family
from mlstrat.harness.train.knobs import turned, turned_model
from mlstrat.harness.train.own_data import own_task
from mlstrat.harness.train.own_models import model_knobs, target_rows
from mlstrat.harness.train.task import Task, recipe_task, without_test
from mlstrat.harness.train.training import train_task

if TYPE_CHECKING:
    from mlstrat.harness.studies.turning import Turned
    from mlstrat.harness.train.learning_table import LearningTable, TableAsked
    from mlstrat.harness.train.run_files import TrainedRun

COSTS = {"bigger": 4.0, "longer": 4.0, "more_data": 4.0, "ensemble": 5.0, "deeper": 2.0}
"""Times the current model's time that a turn is expected to take before one was seen. Ours."""

OTHER_FAMILY = 3.0
"""The same, of another family of models."""


@dataclass(frozen=True)
class Setting:
    """A model with its knobs."""

    model: str | None = None
    """The family; None: the one that was begun with."""
    knobs: Mapping[str, Any] = field(default_factory=dict)

    def after(self, turn: Turned) -> Setting:
        """Return the setting with one thing turned; another family begins with its defaults."""
        if MODEL in turn.knobs:
            kept = ("n", "target_in_train", "target_weight")
            return Setting(turn.knobs[MODEL], {k: v for k, v in self.knobs.items() if k in kept})
        return Setting(self.model, {**self.knobs, **turn.knobs})

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        model = {} if self.model is None else {MODEL: self.model}
        return {
            **model,
            **{k: list(v) if isinstance(v, tuple) else v for k, v in self.knobs.items()},
        }


@dataclass(frozen=True)
class OwnSource:
    """A user's own table, or folder of pictures, with the settings of a model."""

    what: Any
    target: str | None
    roles: TableAsked
    begun: str | None
    table: LearningTable | None
    confirm: float | None
    """The share of rows that is set aside, where no split of its own is."""

    def task(self, setting: Setting, seed: int) -> Task:
        """Return what is trained, its confirming rows set aside."""
        task = own_task(
            self.what, target=self.target, model=setting.model or self.begun, knobs=setting.knobs,
            seed=seed, roles=self.roles, table=self.table,
        )  # fmt: skip
        if self.confirm is not None:
            drawn = self.table is None or self.table.drawn
            task = set_aside(task, self.confirm, self.roles.split_seed, drawn=drawn)
        return without_test(task)

    def turns(self, setting: Setting) -> tuple[Turned, ...]:
        """Return what may be turned at a setting."""
        task = self.task(setting, 0)
        kind = task.model.architecture
        model = task.model if "." in kind else turned_model(
            Model(kind), model_knobs(setting.knobs)
        )  # fmt: skip
        train, train_dev, dev, test = (len(task.splits.get(name, ())) for name in SPLITS)
        recipe = own_recipe(task.name, model, (train, train_dev, dev, test),
                            number=task.examples.number)  # fmt: skip
        like = target_rows(task.examples.sources, task.splits)
        kinds = () if task.reading is None or is_network(kind) else task.reading.columns
        found = remedies(recipe, own=frozenset(x.kind for x in kinds),
                         target_rows=like is not None)  # fmt: skip
        return tuple(x for x in found if any(setting.knobs.get(k) != v for k, v in x.knobs.items()))


@dataclass(frozen=True)
class RecipeSource:
    """A recipe of the harness, with its knobs turned."""

    recipe: Recipe

    def _with(self, setting: Setting) -> Recipe:
        return with_family(self.recipe, setting.model)

    def task(self, setting: Setting, seed: int) -> Task:
        """Return what is trained, its test rows set aside."""
        return without_test(recipe_task(self._with(setting), setting.knobs, seed, small=False))

    def turns(self, setting: Setting) -> tuple[Turned, ...]:
        """Return what may be turned at a setting."""
        return remedies(turned(self._with(setting), setting.knobs))


Source = OwnSource | RecipeSource


def source_of(
    what: Any,
    *,
    target: str | None,
    model: str | None,
    roles: TableAsked,
    confirm: float | None,
    small: bool = False,
) -> Source:
    """Return what is to be improved: a recipe by its name, or own data."""
    if isinstance(what, str) and what in {x.name for x in list_recipes()}:
        given = {"--target": target, "--model": model, "--group": roles.group,
                 "--map": roles.columns, "--confirm": confirm}  # fmt: skip
        said = [name for name, value in given.items() if value]
        if said:
            raise UsageError(f"{what!r} is a recipe: {', '.join(said)} does not apply",
                             hint=f"./{what} names a file or a folder here")  # fmt: skip
        recipe = find_recipe(what)
        return RecipeSource(recipe.smaller() if small else recipe)
    if isinstance(what, str) and not (Path(what).exists() or target):
        find_recipe(what)  # which says what there is
    if isinstance(what, str | Path) and Path(what).is_dir():
        return OwnSource(what, target, roles, model, None, confirm)
    from mlstrat.harness.train.learning_table import read_learning_table

    table = read_learning_table(what, target, roles)
    return OwnSource(what, target, roles, model, table, confirm)


def train_setting(
    source: Source, setting: Setting, seed: int, out: Path | None, command: str | None
) -> TrainedRun:
    """Train one setting and write its run; no reserved row is predicted."""
    task = replace(source.task(setting, seed), command=command)
    return train_task(task, seed=seed, out=out, force=True, weights=False)


def cost_of(turn: Turned) -> float:
    """Return how many times the current model's time a turn is expected to take."""
    return OTHER_FAMILY if MODEL in turn.knobs else COSTS.get(turn.name, 1.0)


def shape_of(task: Task) -> tuple[int, int, int]:
    """Return rows, features and classes that are learnt from; 1 class of two, and of numbers."""
    examples = task.examples
    many = 2 if examples.number else len(set(examples.labels.tolist()))
    return len(task.training), math.prod(examples.features.shape[1:]), many if many > 2 else 1


def least_of(turn: Turned, shape: tuple[int, int, int]) -> float:
    """Return the seconds of a free processor that a turn takes at least, as far as that is known.

    Boosting grows 100 trees a class, each of which looks at every feature: 22 µs a feature, and
    16 ns a row of it, as measured; with hundreds of features far more than another family takes.
    """
    rows, features, classes = shape
    if turn.knobs.get(MODEL) != "hist_gradient_boosting":
        return 0.0
    return 100 * classes * features * (2.2e-5 + 1.6e-8 * rows)


def with_reserved(run: TrainedRun) -> TrainedRun:
    """Return the run with its reserved rows predicted."""
    from mlstrat.harness.train.measuring import predictions_of

    if run.fitted is None or not run.task.reserved:
        return run
    task = run.task
    more = predictions_of(task, run.fitted, task.reserved)
    import pandas as pd

    splits = {**task.splits, **task.reserved}
    return replace(run, table=pd.concat([run.table, more], ignore_index=True),
                   task=replace(task, splits=splits, reserved={}))  # fmt: skip


def load_skops() -> bool:
    """Load what stores models of scikit-learn, where it is installed."""
    from importlib import import_module
    from importlib.util import find_spec

    if find_spec("skops") is None:
        return False
    import_module("skops.io")
    return True


def keep_last(run: TrainedRun, folder: Path) -> None:
    """Write the last model's run with all rows predicted, and its weights where they can be."""
    from mlstrat.harness.train.run_files import write_run

    whole = with_reserved(run)
    stored = is_network(run.task.model.architecture) or load_skops()
    write_run(whole, folder, force=True, weights=run.fitted if stored else None)
