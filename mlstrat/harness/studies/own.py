"""What studies that bring their own data share: a task from arrays, and the digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlstrat.harness.recipes.recipe import Model
from mlstrat.harness.studies.plan import Place
from mlstrat.harness.train.fitted import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlstrat.harness.datasets import Examples
    from mlstrat.harness.recipes.recipe import HumanLevel
    from mlstrat.harness.train.fitted import Fitted
    from mlstrat.harness.train.task import Task

Rows = Mapping[str, "NDArray[np.intp]"]

PERCEPTRON = Model("mlp", {"hidden_layer_sizes": (64,), "alpha": 0.1, "max_iter": 100})
SMALL_PERCEPTRON = Model(
    "mlp",
    {"hidden_layer_sizes": (32,), "alpha": 0.1, "max_iter": 40, "batch_size": 50,
     "learning_rate_init": 0.003},
)  # fmt: skip

CUTS, PLANTED = 20, 21
"""Streams of random numbers: who is in which split, and what is planted."""


def perceptron(*, small: bool) -> Model:
    """Return the model of the studies on digits that need no torch."""
    return SMALL_PERCEPTRON if small else PERCEPTRON


def digits() -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Return the 1,797 digits of scikit-learn in the order of their file, and their labels."""
    from mlstrat.harness.datasets import load_examples
    from mlstrat.harness.recipes.tables import DIGITS

    examples = load_examples(DIGITS, 0)
    return examples.features, examples.labels


def own_task(
    kind: str,
    title: str,
    design: str,
    examples: Examples,
    splits: Rows,
    model: Model,
    *,
    repeated: NDArray[np.intp] | None = None,
    human: HumanLevel | None = None,
    mismatched: bool = False,
    notes: Mapping[str, Any] | None = None,
) -> Task:
    """Return what is to be trained, from examples that a study made itself.

    Its command is the study's, which is known where the run has its place.
    """
    from mlstrat.harness.recipes.architectures import describe_model
    from mlstrat.harness.train.task import Task

    return Task(
        name=kind,
        title=title,
        design=design,
        examples=examples,
        splits=splits,
        repeated=repeated,
        model=model,
        shown=describe_model(model),
        command=None,
        human=human,
        mismatched=mismatched,
        probabilities=False,
        notes=notes or {},
    )


def train_into(
    task: Task, seed: int, place: Place, condition: str, progress: Progress,
    *, weights: bool = False, fit: Callable[[], Fitted] | None = None,
) -> None:  # fmt: skip
    """Train a task, and write its run into its place."""
    from mlstrat.harness.train.training import train_task

    train_task(replace(task, command=place.command), seed=seed, out=place.of(condition, seed),
               force=True, weights=weights, progress=progress, fit=fit)  # fmt: skip


def cut(order: NDArray[np.intp], sizes: Mapping[str, int]) -> dict[str, NDArray[np.intp]]:
    """Cut rows into splits of these sizes, one after the other; each ascending."""
    import numpy as np

    out, start = {}, 0
    for split, size in sizes.items():
        out[split] = np.sort(order[start : start + size])
        start += size
    return out
