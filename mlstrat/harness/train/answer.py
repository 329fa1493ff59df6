"""`train`: a recipe of the harness, or a model on the user's own table or pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.figures import Sampling
from mlstrat.data.guard import guard
from mlstrat.errors import UsageError
from mlstrat.harness.train.command import TRAIN, Asked
from mlstrat.harness.train.document import TrainDocument, TrainedLevel, levels_of
from mlstrat.show.document import Signature

if TYPE_CHECKING:
    from mlstrat.core.figures import Estimate
    from mlstrat.harness import TrainedRun
    from mlstrat.harness.recipes.recipe import Recipe
    from mlstrat.harness.training import TaskRun

METHOD = "Wilson's interval of each error"

OF_OWN_DATA = (
    "target", "model", "task", "skip_broken", "columns", "group", "split_seed", "split_by_time",
)  # fmt: skip
"""Options that a recipe does not take."""


@asks(TRAIN)
def train(
    what: Any,
    *,
    progress: Callable[[str], None] | None = None,
    **asked: Unpack[Asked],
) -> TrainDocument:
    """Train a recipe of the harness, or a model on own data, and write its run into a folder.

    Parameters
    ----------
    what
        A recipe that ``mlstrat train --list`` shows; a table of examples (a file, or a frame); a
        folder of pictures with a folder a class, or a table of ``path`` and ``label``.
    progress
        Called with one line a step.

    Raises
    ------
    UsageError, InputError
        For an unknown recipe or model, a knob that it does not take, data that cannot be learnt
        from, or a folder that holds a run already.

    Examples
    --------
    >>> train("wine", n=30).rows
    {'train': 30, 'train-dev': 200, 'dev': 200, 'test': 200}
    """
    from mlstrat import harness
    from mlstrat.harness.train.knobs import KNOBS

    target, model, small = asked["target"], asked["model"], asked["small"]
    folder = None if asked["out"] is None else Path(asked["out"])
    several = {name: tuple(asked[name]) or None for name in ("augment", "features")}
    every: Mapping[str, Any] = {**asked, **several}
    turned = {name: every[name] for name in KNOBS if every[name] is not None}
    how: Any = {"seed": asked["seed"], "out": folder, "force": asked["force"],
                "weights": asked["weights"], "knobs": turned, "progress": progress,
                "with_test": asked["with_test"] is not False}  # fmt: skip
    recipe = isinstance(what, str) and what in {recipe.name for recipe in harness.list_recipes()}
    if folder is not None:
        from mlstrat.harness.train.run_files import files_of

        read = [None if recipe else what, turned.get("init_from")]
        guard(files_of(folder), read, configured=False)
    if recipe:
        _refuse_own_options(what, asked)
        made = harness.train(what, small=small, **how)
        if isinstance(made, harness.TrainedRun):
            return _document(made, folder, turned, small=small)
        return _of_task(made, folder, turned, small=small)
    if isinstance(what, str) and not (Path(what).exists() or target or model):
        harness.find_recipe(what)  # which says what there is
    if small:
        raise UsageError("--small is for recipes", accepted="--n N trains on fewer examples")
    from mlstrat.harness.train.learning_table import TableAsked
    from mlstrat.harness.train.own_data import train_own

    roles = TableAsked(
        asked["columns"] or {},
        asked["group"],
        asked["split_seed"],
        asked["split_by_time"],
        asked["task"],
    )
    how["with_test"] = bool(asked["with_test"])
    run = train_own(
        what, target=target, model=model, skip_broken=asked["skip_broken"], roles=roles, **how,
    )  # fmt: skip
    return _document(run, folder, turned, small=False)


def _refuse_own_options(recipe: str, asked: Mapping[str, Any]) -> None:
    said = [TRAIN.options()[name][1].typed_as(name) for name in OF_OWN_DATA if asked[name]]
    if said:
        raise UsageError(
            f"{recipe!r} is a recipe: {', '.join(said)} does not apply",
            hint=f"./{recipe} names a file or a folder here",
        )


def _shared(
    run: TrainedRun | TaskRun, recipe: Recipe | None, folder: Path | None, knobs: dict[str, Any]
) -> dict[str, Any]:
    human = run.human
    expected = None
    if recipe is not None and not knobs:
        expected = {"verdict": recipe.expected_verdict, "focus": recipe.expected_focus}
    return {
        **{name: getattr(run, name) for name in (
            "seed", "command", "latency_ms", "batch_latency_ms", "size_bytes", "seconds", "files",
        )},
        "recipe": None if recipe is None else recipe.name, "knobs": knobs, "expected": expected,
        "human": None if human is None else {
            "error": human.error, "source": human.source, "known": human.known},
        "folder": None if folder is None else str(folder),
    }  # fmt: skip


def _of_task(
    run: TaskRun, folder: Path | None, knobs: dict[str, Any], *, small: bool
) -> TrainDocument:
    recipe = run.recipe
    return TrainDocument(
        **_shared(run, recipe, folder, knobs), what=recipe.name, small=small,
        dataset=f"{recipe.dataset.title}; {recipe.splits.title}", model=run.shown,
        levels=_estimated(run.levels), notes=run.notes, task=recipe.task, bounded=run.bounded,
        signature=Signature.of((), Sampling(seed=run.seed), f"as {recipe.task} measures", "error"),
    )  # fmt: skip


def _estimated(levels: Mapping[str, Estimate]) -> tuple[TrainedLevel, ...]:
    return tuple(TrainedLevel(split, x.value, None, x.n or 0, x.ci) for split, x in levels.items())


def _levels(run: TrainedRun) -> tuple[TrainedLevel, ...]:
    from mlstrat.harness.train.run_files import framed
    from mlstrat.tasks import find
    from mlstrat.tasks.contract import How

    if not run.task.examples.number:
        return levels_of(run.wrong, run.rows, independent=run.task.examples.groups is None)
    task = find("regression")
    measured = task.measure(framed(run), How())
    choice = task.choose(None, measured)
    return _estimated(
        {split: measured.estimate(choice, split, Sampling(), draws=False) for split in run.rows}
    )


def _document(
    run: TrainedRun, folder: Path | None, knobs: dict[str, Any], *, small: bool
) -> TrainDocument:
    from mlstrat.harness.train.run_files import framed

    task = run.task
    return TrainDocument(
        **_shared(run, task.recipe, folder, knobs), what=task.name, small=small,
        dataset=f"{task.title}; {task.design}", model=task.shown, levels=_levels(run),
        task="regression" if task.examples.number else "classification",
        bounded=not task.examples.number, notes={**task.notes, **run.notes},
        signature=Signature.of(task.inputs, Sampling(seed=run.seed), METHOD, "error"),
        remarks=task.remarks, findings=task.findings, table=framed(run),
        reserved={name: len(rows) for name, rows in task.reserved.items()},
    )  # fmt: skip
