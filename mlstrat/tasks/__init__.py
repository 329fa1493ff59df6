"""How examples become errors: which tasks there are; `contract` says what each must offer.

A task is one folder. It reads its own files and measures them: a ratio of sums by split, group
and slice, of which every question of the course takes value, interval and difference. No question
knows what a task predicts; it asks `find` for the task, and the task for figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from mlstrat.errors import UsageError, nearest

if TYPE_CHECKING:
    from mlstrat.tasks.contract import Task

CLASSIFICATION = "classification"

HOMES: Mapping[str, str] = {
    "ratio": "mlstrat.tasks.ratio.task",
    "multilabel": "mlstrat.tasks.multilabel.task",
    "regression": "mlstrat.tasks.regression.task",
    "tagging": "mlstrat.tasks.tagging.task",
    "verification": "mlstrat.tasks.verification.task",
    "identification": "mlstrat.tasks.identification.task",
    "detection": "mlstrat.tasks.detection.task",
    "language_model": "mlstrat.tasks.language_model.task",
    "seq2seq": "mlstrat.tasks.seq2seq.task",
    "speech": "mlstrat.tasks.speech.task",
    "localisation": "mlstrat.tasks.localisation.task",
    "landmarks": "mlstrat.tasks.landmarks.task",
    "segmentation": "mlstrat.tasks.segmentation.task",
}
"""The module of each task, of which ``TASK`` is the task; loaded when it is asked for. Its package
says by `fits` whether the first lines of a file are of the task, and declares its own options."""

SURELY: Mapping[str, frozenset[str]] = {
    "multilabel": frozenset({"labels", "predictions"}),
    "detection": frozenset({"kind", "x", "y", "w", "h"}),
}
"""Columns with which a table may be a task's own though classification could read it: then its
package is asked, by `surely` if it has that, else by `fits`."""

NAMES = (CLASSIFICATION, *HOMES)


def find(name: str) -> Task:
    """Return a task by its name, and load no other.

    Examples
    --------
    >>> find("ratio").name
    'ratio'
    """
    known = name.strip().lower().replace("-", "_")
    if known not in HOMES:
        near = nearest(known, NAMES)
        raise UsageError(
            f"--task {name}: there is no such task",
            accepted=", ".join(NAMES),
            hint=f"did you mean {near[0]}?" if near else None,
        )
    task: Task = import_module(HOMES[known]).TASK
    return task
