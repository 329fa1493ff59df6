"""Train a recipe: a classifier, or examples of a task, a network, its answers and their error."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mlstrat.core.record import Record
from mlstrat.data.config import toml_value
from mlstrat.errors import UsageError
from mlstrat.harness.datasets import source_of
from mlstrat.harness.networks.torch_needed import load_torch, one_thread
from mlstrat.harness.recipes.models import describe_model
from mlstrat.harness.recipes.recipe import HumanLevel, Progress, Recipe, find_recipe, silent
from mlstrat.harness.tasks.answers import Answers, Job, drawn, family_of, settings_of
from mlstrat.harness.train.knobs import turned
from mlstrat.harness.train.run_files import (
    CONFIG,
    UNKNOWN_HUMAN,
    config_text,
    refuse_to_overwrite,
    write_files,
)
from mlstrat.harness.train.task import command_of
from mlstrat.harness.train.training import check_seed, latency_of, versions_of
from mlstrat.harness.train.training import train as train_classifier
from mlstrat.tasks import find

if TYPE_CHECKING:
    from mlstrat.core.figures import Estimate
    from mlstrat.harness.train.run_files import TrainedRun
    from mlstrat.tasks.measured import Measured


class TaskRun(Record, eq=False):
    """What training gave."""

    recipe: Recipe
    command: str
    seed: int
    levels: Mapping[str, Estimate]
    """Error by split, in the order of the ladder, as the task measures it."""
    rows: Mapping[str, int]
    bounded: bool
    """Whether the error ends at 1."""
    latency_ms: float
    batch_latency_ms: float
    size_bytes: int
    human: HumanLevel | None
    notes: Mapping[str, Any]
    seconds: float
    files: tuple[str, ...]

    @property
    def errors(self) -> dict[str, float | None]:
        """Error by split, in the order of the ladder."""
        return {split: level.value for split, level in self.levels.items()}

    @property
    def shown(self) -> str:
        """The model in words."""
        return describe_model(self.recipe.model)


def texts_of(
    recipe: Recipe,
    answers: Answers,
    noted: Mapping[str, Any],
) -> dict[str, str]:
    """Return the files of a run by name: the card, and what it names."""
    human = recipe.human or answers.human
    said = {**noted, "shows": recipe.shows}
    if human is None:
        said["human_level"] = UNKNOWN_HUMAN
    mismatched = {"different_distributions": True} if recipe.splits.mismatched else {}
    config = config_text(said, {**mismatched, "tolerance": recipe.tolerance}, human)
    return {CONFIG: f"{config}\n{_card(recipe.task, answers)}", **answers.files}


def _card(task: str, answers: Answers) -> str:
    lines = ["[task]", f"name = {toml_value(task)}"]
    lines += [f"{name} = {toml_value(x)}" for name, x in answers.options.items()]
    for split, files in answers.parts.items():
        lines += [f"[task.{split}]", *(f"{key} = {toml_value(x)}" for key, x in files.items())]
    return "\n".join(lines) + "\n"


def train(recipe: str | Recipe, *, out: Path | None = None, **how: Any) -> TrainedRun | TaskRun:
    """Train a recipe and, where ``out`` is given, write its run there."""
    chosen = find_recipe(recipe) if isinstance(recipe, str) else recipe
    if chosen.classifies:
        return train_classifier(chosen, out=out, **how)
    if not how.pop("with_test", True):
        raise UsageError(
            f"{chosen.name!r} predicts its test rows with the others: its card names every split",
            hint="leave --without-test out",
        )
    return train_task_recipe(chosen, out=out, **how)


def train_task_recipe(
    recipe: Recipe,
    *,
    knobs: Mapping[str, Any] | None = None,
    seed: int = 0,
    out: Path | None = None,
    force: bool = False,
    small: bool = False,
    weights: bool | None = None,
    progress: Progress | None = None,
) -> TaskRun:
    """Train a recipe of a task and, where ``out`` is given, write its card and files there.

    Same recipe, seed and versions, same bytes, but for latencies.
    """
    given = dict(knobs or {})
    check_seed(seed)
    made = _sized(turned(recipe.smaller() if small else recipe, given), given)
    architecture = made.model.architecture
    options, own = settings_of(architecture, made.model.options)
    if out is not None:
        refuse_to_overwrite(out, force=force)  # before the work, not after it
    load_torch()
    begun = time.perf_counter()
    report = progress or silent
    import numpy as np

    module = family_of(architecture)
    source = source_of(made.dataset)
    with one_thread(seed):
        answers = cast(
            Answers,
            module.train(
                Job(made, options, own, seed, report, source, drawn(made, seed, source.draw))
            ),
        )
        report("measuring latency")
        single, batch = latency_of(answers.fetch, answers.predict, np.arange(answers.rows["dev"]))
    command = command_of(recipe.name, given, seed, small=small)
    texts = texts_of(made, answers, {
        "recipe": recipe.name, "command": command, "seed": seed,
        "dataset": f"{made.dataset.title}; {made.splits.title}",
        "model": describe_model(made.model), "rows": answers.rows,
        "latency_ms": round(single, 4), "size_bytes": answers.size_bytes, **answers.notes,
        "versions": versions_of(True),
    })  # fmt: skip
    keep = answers if weights is not False else None
    with tempfile.TemporaryDirectory(prefix="mlstrat-") as temporary:
        folder = Path(temporary) if out is None else out
        files = write_files(texts, folder, None if out is None else keep, force=force)
        levels, bounded = _measured(made.task, folder)
    if out is not None:
        report(f"wrote {', '.join(files[:-1])} and {files[-1]} to {out}")
    return TaskRun(
        recipe=made, command=command, seed=seed, levels=levels, rows=answers.rows,
        bounded=bounded, latency_ms=single, batch_latency_ms=batch,
        size_bytes=answers.size_bytes, human=made.human or answers.human, notes=answers.notes,
        seconds=time.perf_counter() - begun, files=() if out is None else tuple(files),
    )  # fmt: skip


def _sized(recipe: Recipe, knobs: Mapping[str, Any]) -> Recipe:
    if "n" not in knobs:
        return recipe
    return replace(
        recipe, splits=replace(recipe.splits, sizes=(knobs["n"], *recipe.splits.sizes[1:]))
    )


def _measured(name: str, folder: Path) -> tuple[dict[str, Any], bool]:
    from mlstrat.core.figures import Sampling
    from mlstrat.tasks.contract import How

    task = find(name)
    measured: Measured = task.measure(str(folder), How())
    choice = task.choose(None, measured)
    return {
        split: measured.estimate(choice, split, Sampling(), draws=False)
        for split in measured.splits
    }, measured.bounded
