"""A model on the user's own table or pictures: a first system in a minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.record import Record
from mlstrat.errors import UsageError
from mlstrat.harness.datasets.own_pictures import path_column
from mlstrat.harness.datasets.own_tables import has_text, own_table
from mlstrat.harness.recipes.models import build_model, describe_model, is_network, networks
from mlstrat.harness.recipes.recipe import Model, Progress
from mlstrat.harness.train.findings import table_findings
from mlstrat.harness.train.knobs import turned_model
from mlstrat.harness.train.learning_table import LearningTable, TableAsked, read_learning_table
from mlstrat.harness.train.own_models import (
    OwnData,
    Reading,
    before_network,
    build_classifier,
    check_model,
    counted_more,
    design_of,
    folder_data,
    import_classifier,
    input_axes,
    listed_data,
    model_knobs,
    preprocessing,
    reads_text,
    reads_tokens,
    rows_kept,
    tolerance_of,
)
from mlstrat.harness.train.run_files import TrainedRun, refuse_to_overwrite
from mlstrat.harness.train.task import Task, command_of, without_test
from mlstrat.harness.train.training import check_seed, train_task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = Mapping[str, NDArray[np.intp]]

TABLE_MODEL, PICTURE_MODEL = "hist_gradient_boosting", "lenet5"
"""What is trained where no model is named."""

MOST_PROBABILITIES = 20
"""Classes up to which each has its column of probabilities."""

SIDE = 32
"""Pixels of a picture's sides for a model that has none of its own."""


class _Said(Record):
    what: str
    target: str | None
    model: str
    knobs: Mapping[str, Any]
    seed: int
    skip_broken: bool
    roles: TableAsked
    frame: bool = False

    @property
    def command(self) -> str | None:
        """The command line that trains the same again; None for a frame, which it cannot name."""
        if self.frame:
            return None
        roles = self.roles
        options: dict[str, Any] = {} if self.target is None else {"target": self.target}
        options |= {"map": tuple(f"{role}={x}" for role, x in roles.columns.items())}
        options |= {} if roles.task is None else {"task": roles.task}
        options |= {} if roles.group is None else {"group": roles.group}
        options |= {} if roles.by_time is None else {"split_by_time": roles.by_time}
        options |= {"split_seed": roles.split_seed} if roles.split_seed else {}
        options |= {"model": self.model, **self.knobs}
        options |= {"skip_broken": True} if self.skip_broken else {}
        return command_of(self.what, options, self.seed)


def train_own(
    what: Any,
    *,
    seed: int = 0,
    out: Path | None = None,
    force: bool = False,
    weights: bool | None = None,
    with_test: bool = False,
    progress: Progress | None = None,
    **said: Any,
) -> TrainedRun:
    """Train a model on own data, of which is said what `own_task` takes."""
    check_seed(seed)
    if out is not None:
        refuse_to_overwrite(out, force=force)
    task = own_task(what, seed=seed, **said)
    task = task if with_test else without_test(task)
    return train_task(task, seed=seed, out=out, force=force, weights=weights, progress=progress)


def own_task(
    what: Any,
    *,
    target: str | None = None,
    model: str | None = None,
    knobs: Mapping[str, Any] | None = None,
    seed: int = 0,
    skip_broken: bool = False,
    roles: TableAsked | None = None,
    table: LearningTable | None = None,
) -> Task:
    """Return what is trained on own data: a table (a path or a frame), or a folder of pictures.

    The target is None where it is called like a label; the table is given once it is read.
    """
    roles = roles or TableAsked()
    if _is_picture_folder(what):
        if target is not None:
            raise UsageError("--target names a column of a table, and this is a folder of pictures")
        chosen = model or PICTURE_MODEL
        refused = [
            option for option, given in (
                ("--map", roles.columns), ("--group", roles.group), ("--task", roles.task),
                ("--split-by-time", roles.by_time),
            ) if given
        ]  # fmt: skip
        if refused:
            raise UsageError(f"{refused[0]} is of a table, and this is a folder of pictures")
        said = _Said(str(what), None, chosen, dict(knobs or {}), seed, skip_broken, roles)
        check_model(said.model, said.knobs, pictures=True)
        return _picture_task(said, folder_data(Path(what), _reading(said)))

    if model is not None:
        check_model(model, dict(knobs or {}), pictures=None)
    table = read_learning_table(what, target, roles) if table is None else table
    column = path_column(table.cells)
    frame = not isinstance(what, str | Path)
    name = table.file.path if frame else str(what)
    alone = len(table.cells) == 1  # scikit-learn's models read pictures and tables
    reads = 3 if model is None else input_axes(model)
    pictured = column is not None and (reads == 3 or (reads is None and alone))
    number = table.labels.dtype.kind == "f"
    chosen = model or _default(table, pictured=pictured, number=number)
    said = _Said(name, target, chosen, dict(knobs or {}), seed, skip_broken, roles, frame)
    check_model(said.model, said.knobs, pictures=pictured, number=number)
    if pictured and column is not None:
        return _picture_task(said, listed_data(table, Path(name), column, _reading(said)))
    if skip_broken:
        raise UsageError("--skip-broken is for pictures")
    return _table_task(said, table)


def _default(table: LearningTable, *, pictured: bool, number: bool) -> str:
    """Return the model that is trained without a name: one that reads all that there is."""
    if pictured and not number:
        return PICTURE_MODEL
    if not pictured and has_text(table):
        return "ridge" if number else "logistic_regression"
    return TABLE_MODEL


def _is_picture_folder(what: Any) -> bool:
    if not isinstance(what, str | Path) or not Path(what).is_dir():
        return False
    # A folder of key=value folders is a partitioned table.
    return not any("=" in p.name for p in Path(what).iterdir() if p.is_dir())


def _reading(said: _Said) -> Reading:
    row: Any = networks().get(said.model)
    side = SIDE if row is None else row.scale.input[-1]
    return Reading(side, row is None, said.skip_broken, said.roles.split_seed)


def _table_task(said: _Said, table: LearningTable) -> Task:
    tokens = reads_tokens(said.model)
    own = own_table(table, reads_text=reads_text(said.model), text_alone=tokens)
    examples, build, prepare = own.examples, None, None
    splits = rows_kept(said.knobs, own.splits, examples.labels, said.seed, said.what)
    moments = own.moments if table.drawn and table.ordered is None else {}
    findings = table_findings(examples.features, examples.labels, splits, moments)
    if is_network(said.model):
        prepare = before_network(own.numbers, own.categories, own.texts if tokens else ())
    else:
        scaling = said.knobs.get("scaling", "standard")
        made = said.knobs.get("features", ())
        build = _pipeline(said, lambda: preprocessing(
            own.numbers, own.categories, own.texts, scaling=scaling, features=made,
        ), number=examples.number)  # fmt: skip
    title = f"{table.file.path}, column {table.target!r}"
    facts = table.file.every()
    data = OwnData(examples, splits, title, design_of(table), own.remarks, facts, findings)
    return replace(_task(said, data, build), prepare=prepare, reading=own.reading)


def _pipeline(
    said: _Said, prepare: Callable[[], Any], *, number: bool = False
) -> Callable[[int], Any]:
    from sklearn.pipeline import make_pipeline

    def last(seed: int) -> Any:
        if "." in said.model:
            return build_classifier(import_classifier(said.model), seed)
        model = turned_model(Model(said.model), model_knobs(said.knobs))
        made = build_model(model, seed, scaling=False, number=number)
        if not (number and said.model == "mlp"):
            return made
        from sklearn.compose import TransformedTargetRegressor  # its steps are of its target's size
        from sklearn.preprocessing import StandardScaler

        return TransformedTargetRegressor(made, transformer=StandardScaler())

    return lambda seed: make_pipeline(prepare(), last(seed))


def _picture_task(said: _Said, data: OwnData) -> Task:
    build = None
    if not is_network(said.model):
        build = _pipeline(said, lambda: "passthrough", number=data.examples.number)
    splits = rows_kept(said.knobs, data.splits, data.examples.labels, said.seed, said.what)
    return _task(said, replace(data, splits=splits), build)


def _task(said: _Said, data: OwnData, build: Callable[[int], Any] | None) -> Task:
    examples, splits = data.examples, data.splits
    model = Model(said.model)
    shown = said.model
    if "." not in said.model:
        model = turned_model(model, model_knobs(said.knobs))
        shown = describe_model(model)
    sources = examples.sources
    mismatched = sources is not None and set(sources[splits["train"]].tolist()) != set(
        sources[splits["dev"]].tolist()
    )
    return Task(
        name=Path(said.what).name,
        title=data.title,
        design=data.design,
        examples=examples,
        splits=splits,
        repeated=counted_more(said.knobs, sources, splits),
        model=model,
        shown=shown,
        command=said.command,
        build=build,
        mismatched=mismatched,
        tolerance=tolerance_of(examples.labels, splits["train"]),
        probabilities=not examples.number and len(np.unique(examples.labels)) <= MOST_PROBABILITIES,
        remarks=data.remarks,
        inputs=data.inputs,
        findings=data.findings,
    )
