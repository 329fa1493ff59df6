"""One network of a task, trained by the loop of all networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlstrat.harness.networks.loop import Task, train_network
from mlstrat.harness.tasks.answers import Job
from mlstrat.harness.train.fitted import Note

Tensor = Any


def fit(
    job: Job,
    module: Any,
    loss: Callable[[Tensor, Tensor], Tensor],
    train: tuple[Tensor, Tensor],
    dev: tuple[Tensor, Tensor],
) -> dict[str, Note]:
    """Train a module in place; return what there is to note of it."""
    learnt = train_network(
        Task(module, loss, *train, *dev), job.options, job.seed,
        progress=lambda epoch: job.report(str(epoch)),
    )  # fmt: skip
    module.eval()
    notes: dict[str, Note] = {
        "parameters": sum(p.numel() for p in module.parameters()),
        "epochs": learnt.epochs,
        "train_loss": round(learnt.train_loss, 6),
    }
    if job.options.early_stopping:
        notes["best_epoch"] = learnt.best_epoch
    return notes
