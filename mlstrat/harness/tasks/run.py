"""A run of a task that was trained: what its card says, and its error as the task measures it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlstrat.data.config import toml_value
from mlstrat.harness.recipes.architectures import describe_model
from mlstrat.harness.recipes.recipe import HumanLevel, Recipe
from mlstrat.harness.tasks.answers import Answers
from mlstrat.harness.train.run_files import CONFIG, UNKNOWN_HUMAN, config_text

if TYPE_CHECKING:
    from mlstrat.core.figures import Estimate


@dataclass(frozen=True, eq=False)
class TaskRun:
    """What training gave."""

    recipe: Recipe
    """Its knobs turned."""
    command: str
    seed: int
    levels: Mapping[str, Estimate]
    """Error by split, in the order of the ladder, as the task measures it."""
    rows: Mapping[str, int]
    """Examples by split."""
    bounded: bool
    """Whether the error ends at 1."""
    latency_ms: float
    batch_latency_ms: float
    size_bytes: int
    human: HumanLevel | None
    notes: Mapping[str, Any]
    seconds: float
    files: tuple[str, ...]
    """Names of what was written; none where nothing was."""

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
