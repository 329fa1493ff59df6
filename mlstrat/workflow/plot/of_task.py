"""What figures of a run of any task but classification are drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.core.counts import pick_split
from mlstrat.data.settings import settle
from mlstrat.errors import UndefinedError, UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import how_of, other_task
from mlstrat.tasks.contract import AtThresholds
from mlstrat.workflow.plot.pictures_read import Sheet, sheet_of

if TYPE_CHECKING:
    from mlstrat.tasks.contract import Task
    from mlstrat.workflow.score.threshold_compute import ThresholdCurve

METHOD = (
    "counts by example at each threshold; ratio of sums, linearised variance with t over examples "
    "or groups; of trials each identity left out in turn"
)
PICTURES_METHOD = "examples by num, then by den"

WORST = 6
"""Pictures that are shown, where nobody says how many."""

MOST_PICTURES = 30

OF_LABELS = ("positive", "threshold", "choose_threshold")


def task_of(options: Mapping[str, Any], run: Any) -> Task | None:
    """Return the task that a figure is of; None for classification."""
    asked = {"task": None, **dict.fromkeys(OF_LABELS), **options}
    return other_task(asked, run, *OF_LABELS)


def needed_task(options: Mapping[str, Any], run: Any, what: str) -> Task:
    """Return the task that a figure is of.

    Raises
    ------
    UsageError
        For classification, which lacks what is drawn.
    """
    task = task_of(options, run)
    if task is None:
        raise UsageError(f"{what} by other tasks than classification",
                         accepted="a run of boxes, points, spans, …, or --task NAME")  # fmt: skip
    return task


def curve_of_task(
    run: Any, task: Task, options: Mapping[str, Any]
) -> tuple[ThresholdCurve, Signature]:
    """Return what every threshold would give on one split, and what it is based on.

    Raises
    ------
    UndefinedError
        For a run without scores.
    """
    from mlstrat.workflow.score.threshold_compute import ThresholdCurve

    how = settle(run, {"confidence": None, **options})
    measured = task.measure(run, how_of(how, checksum=False))
    split = pick_split(measured.splits, how.split)
    told = measured.document(split, how.sampling).get("threshold") or {}
    of, used = options.get("of"), told.get("value")
    points = measured.thresholds(AtThresholds(split, how.sampling, of, used))
    if not points:
        raise UndefinedError(
            f"no curve on {split}: this run of --task {task.name} has no scores of units",
            hint="ladder and categories are drawn of every task",
        )
    unit = task.unit or task.example
    label = of or (f"{unit}es" if unit.endswith("x") else f"{unit}s")
    curve = ThresholdCurve(
        split, label, measured.examples(split), points, used,
        None if used is None else told["rule"], task.example,
    )  # fmt: skip
    return curve, Signature.of(measured.inputs, how.sampling, METHOD, "error")


def pictures_of_task(run: Any, options: dict[str, Any]) -> tuple[Sheet, Signature]:
    """Return the worst pictures of one split with what lies over them.

    Raises
    ------
    UsageError, UndefinedError
        For a task without pictures, and for a run without an error.
    """
    media, worst = options.pop("media", None), options.pop("worst", WORST)
    if not 1 <= worst <= MOST_PICTURES:
        raise UsageError(f"--worst is {worst}", accepted=f"1 to {MOST_PICTURES}")
    task = needed_task(options, run, "boxes and points over pictures are drawn")
    how = settle(run, {"confidence": None, **options})
    measured = task.measure(run, how_of(how, checksum=False))
    split = pick_split(measured.splits, how.split)
    found = measured.pictured(split, worst)
    wrong = measured.sums(split)[0]
    if not found:
        if wrong > 0:
            raise UsageError(f"examples of --task {task.name} are not pictures",
                             accepted="detection, localisation, landmarks")  # fmt: skip
        raise UndefinedError(f"nothing is wrong on {split}")
    paths = [str(one["path"]) for x in measured.inputs for one in x.every()]
    sheet = sheet_of(found, split, wrong, media, paths)
    return sheet, Signature.of(measured.inputs, how.sampling, PICTURES_METHOD, "error")
