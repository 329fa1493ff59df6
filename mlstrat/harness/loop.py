# Over 300 lines: what is set aside, what may be turned and what is trained of it are one loop.
"""What a loop trains: settings of a recipe or of own data, on splits that stay as they are.

Rows that confirm a gain are set aside before anything is trained, whole groups by their hash, and
no model predicts them until the end. Beside the knobs of `TURNS`, which a study turns once, a loop
turns size and regularisation both ways and tries other families of models; none of them looks at
dev while it trains.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mlstrat.core.hashing import text_hash
from mlstrat.core.record import Record
from mlstrat.errors import UsageError
from mlstrat.harness.networks.torch_needed import torch_is_there
from mlstrat.harness.recipes.models import ARCHITECTURES, is_network, networks
from mlstrat.harness.recipes.recipe import (
    SPLITS,
    Dataset,
    Model,
    Recipe,
    SplitDesign,
    find_recipe,
    list_recipes,
)
from mlstrat.harness.studies.turning import BIAS, MISMATCH, VARIANCE, Turned, stands_at, turns_of
from mlstrat.harness.train.knobs import knobs_of, turned, turned_model
from mlstrat.harness.train.own_data import own_task
from mlstrat.harness.train.own_models import model_knobs, target_rows
from mlstrat.harness.train.task import Task, recipe_task, without_test
from mlstrat.harness.train.training import train_task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlstrat.harness.studies.turning import Turned
    from mlstrat.harness.train.learning_table import LearningTable, TableAsked
    from mlstrat.harness.train.run_files import TrainedRun


def set_aside(task: Task, share: float, seed: int, *, drawn: bool) -> Task:
    """Return the task with a share of its rows as test: whole groups, by their hash.

    Where splits were drawn, of all rows; else of dev's, and where the table has test rows of its
    own, those confirm.
    """
    splits = dict(task.splits)
    if not drawn and "test" in splits:
        raise UsageError(
            "--confirm is a share, and the table has test rows of its own, which confirm the gain",
            hint="leave out --confirm",
        )
    examples = task.examples
    units = examples.groups if examples.groups is not None else examples.ids
    pool = np.sort(np.concatenate(list(splits.values()))) if drawn else splits["dev"]
    names = np.array([str(i) for i in range(len(examples))]) if units is None else units
    known, place = np.unique(names[pool], return_inverse=True)
    order = np.argsort(_hashes(known, seed), kind="stable")
    sizes = np.bincount(place)[order]
    taken = np.isin(place, order[np.cumsum(sizes) <= max(share * len(pool), sizes[0])])
    test = pool[taken]
    kept = {name: rows[~np.isin(rows, test)] for name, rows in splits.items() if name != "test"}
    if drawn and "test" in splits:  # what was drawn for test and is not needed is learnt from
        kept["train"] = np.sort(np.concatenate([kept["train"], np.setdiff1d(splits["test"], test)]))
    empty = [name for name, rows in kept.items() if len(rows) == 0]
    if empty or len(test) == 0:
        raise UsageError(f"--confirm is {share:g}, and {(empty or ['test'])[0]} would be empty",
                         accepted="a share that leaves rows in each split, as 25%")  # fmt: skip
    ordered = {name: kept[name] for name in SPLITS if name in kept}
    return replace(task, splits={**ordered, "test": test})


def _hashes(names: Any, seed: int) -> NDArray[np.uint64]:
    """Return hashes that know nothing of those by which splits are drawn."""
    return np.array([text_hash(f"confirm/{name}", seed) for name in names], np.uint64)


class Reserve(Record, eq=False):
    """Rows that nobody chose on, in the order of the hashes of their groups or ids."""

    labels: NDArray[Any]
    """(N,) what they are."""
    groups: NDArray[np.str_] | None
    """(N,) whose rows are not independent; None where all are."""
    rows: NDArray[np.intp] | None = None
    """Their places in the examples that are trained on; None of a table of their own."""
    cells: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    """Column to its cells, of a table of their own."""
    file: str = ""
    """Its name."""

    def __len__(self) -> int:
        return len(self.labels)

    def wrong(self, run: TrainedRun, chosen: slice) -> NDArray[np.float64]:
        """Return which of some of the rows a model in memory gets wrong; of numbers how far."""
        from mlstrat.harness.train.training import predicted

        task = run.task
        if self.rows is not None:
            features = task.examples.rows(self.rows[chosen])
        elif task.reading is not None:
            cells = {name: values[chosen] for name, values in self.cells.items()}
            features = task.reading.frame(cells, self.file)
        if run.fitted is None or (self.rows is None and task.reading is None):
            raise UsageError("--confirm FILE is for tables", accepted="--confirm 25%")
        labels, _ = predicted(run.fitted, features)
        said: NDArray[Any] = self.labels[chosen]
        if task.examples.number:
            return np.asarray(np.abs(labels - said), float)
        return np.asarray(labels != said, float)


def reserve_of(task: Task) -> Reserve:
    """Return the rows that a task set aside."""
    rows = task.reserved.get("test", np.zeros(0, np.intp))
    examples = task.examples
    groups = examples.groups
    names = groups if groups is not None else examples.ids
    names = np.array([str(i) for i in range(len(examples))]) if names is None else names
    rows = rows[_order(names[rows])]
    return Reserve(examples.labels[rows], None if groups is None else groups[rows], rows)


def reserve_in(source: Any, task: Task) -> Reserve:
    """Return the rows of a table of their own, with the columns of the one that is learnt from."""
    from mlstrat.data.examples import examples_of, open_examples
    from mlstrat.errors import InputError
    from mlstrat.harness.datasets.reading import parsed_numbers
    from mlstrat.harness.train.learning_table import cells_of

    reading = task.reading
    if reading is None or reading.target is None:
        raise UsageError("--confirm FILE is for tables", accepted="a share of the rows, as 25%")
    examples = examples_of(open_examples(source), columns={})
    cells, file = cells_of(examples), examples.table.name
    reading.frame({name: values[:1] for name, values in cells.items()}, file)  # refuses early
    if reading.target not in cells:
        raise InputError("the column to predict is missing", file=file, column=reading.target)
    group = examples.roles.get("group")
    groups = None if group is None else cells[group]
    ids = cells.get(reading.ids or "", np.arange(len(cells[reading.target])).astype(str))
    order = _order(ids if groups is None else groups)
    ordered = {name: values[order] for name, values in cells.items()}
    labels: NDArray[Any] = ordered[reading.target]
    if task.examples.number:
        labels = parsed_numbers(labels)
        if np.isnan(labels).any():
            raise InputError("rows without a number to predict", file=file, column=reading.target)
    return Reserve(labels, None if groups is None else groups[order], None, ordered, file)


def _order(names: NDArray[Any]) -> NDArray[np.intp]:
    if not len(names):
        return np.zeros(0, np.intp)
    known, place = np.unique(names, return_inverse=True)
    order: NDArray[np.intp] = np.argsort(_hashes(known, 1)[place], kind="stable")
    return order


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


COSTS = {"bigger": 4.0, "longer": 4.0, "more_data": 4.0, "ensemble": 5.0, "deeper": 2.0}
"""Times the current model's time that a turn is expected to take before one was seen. Ours."""

OTHER_FAMILY = 3.0
"""The same, of another family of models."""


class Setting(Record):
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


class OwnSource(Record):
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


class RecipeSource(Record):
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
    from mlstrat.harness.train.training import predictions_of

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
