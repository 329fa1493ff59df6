"""`diagnose` for tasks other than classification: the ladder of the errors that a task measured."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlstrat.core.counts import pick_split
from mlstrat.core.figures import Estimate, Sampling
from mlstrat.core.metrics import MetricChoice
from mlstrat.errors import UndefinedError, UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.findings import about_split
from mlstrat.tasks.measured import Measured
from mlstrat.workflow.diagnose.findings import ladder_findings, parts_first
from mlstrat.workflow.diagnose.ladder import Level, decompose
from mlstrat.workflow.diagnose.measured_document import MeasuredDiagnosisDocument, MeasuredSplit
from mlstrat.workflow.diagnose.run import Diagnosis, SingleNumber
from mlstrat.workflow.diagnose.to_settle import with_what_would_settle

if TYPE_CHECKING:
    from mlstrat.core.schema_parts import Input

METHOD = (
    "ratio of sums, linearised variance with t over examples or groups; Wilson where num <= den, "
    "else on the logarithmic scale; Newcombe (1998) for gaps"
)


def diagnose_task(
    run: Any,
    task: Task,
    how: How,
    *,
    metric: str | None,
    human: Level | None,
    people: tuple[Input, ...],
    different_distributions: bool,
    tolerance: float,
    sampling: Sampling,
) -> MeasuredDiagnosisDocument:
    """Return the diagnosis of a run as its task measures it."""
    task.choose(metric)  # refused before a large file is read
    measured = task.measure(run, how)
    choice = task.choose(metric, measured)
    main = pick_split(measured.splits, how.split)
    levels = levels_of(measured, choice, human, sampling)
    found = {one.name: one.estimate for one in levels if one.name in measured.splits}
    result = decompose(
        levels,
        sampling=sampling,
        different_distributions=different_distributions,
        tolerance=tolerance,
    )
    result = with_what_would_settle(result, sampling)
    findings = [
        *parts_first(ladder_findings(result), measured.free),
        *about_split(main, how.split),
        *measured.notes,
        *measured.about_groups(),
    ]
    diagnosis = Diagnosis(
        task.name, (), SingleNumber(choice, main, found[main].figure), choice, {}, result, None,
        tuple(findings),
    )  # fmt: skip
    signature = Signature.of((*measured.inputs, *people), sampling, METHOD, choice)
    splits = {split: _split(measured, split, one, sampling, task) for split, one in found.items()}
    return MeasuredDiagnosisDocument(
        diagnosis, signature, measured.columns, task=task, measured=splits,
        more=measured.document(main, sampling),
    )  # fmt: skip


def levels_of(
    measured: Measured, choice: MetricChoice, human: Level | None, sampling: Sampling
) -> list[Level]:
    """Return the level of each split, and that of people."""
    levels = [
        Level(split, _estimate(measured, choice, split, sampling)) for split in measured.splits
    ]
    if human is None and (of_people := measured.human(sampling)) is not None:
        levels.append(Level("human", of_people))
    elif human is not None:
        _check_human(human, choice)
        levels.append(human)
    return levels


def _estimate(measured: Measured, choice: MetricChoice, split: str, sampling: Sampling) -> Estimate:
    one = measured.estimate(choice, split, sampling)
    if one.value is None:
        raise UndefinedError(
            f"{choice.title} of {split} is {one.reason}", hint="leave this split out"
        )
    return one.as_loss(choice)


def _split(
    measured: Measured, split: str, one: Estimate, sampling: Sampling, task: Task
) -> MeasuredSplit:
    num, den = measured.sums(split)
    return MeasuredSplit(
        measured.examples(split),
        measured.groups(split),
        num,
        den,
        one.figure,
        one.errors,
        measured.categories(split, replace(sampling, resamples=1)),
        measured.extras(split, sampling),
        task.at_most,
        task.overlap,
    )


def _check_human(human: Level, choice: MetricChoice) -> None:
    if not math.isinf(choice.metric.high) and human.value > 1:
        raise UsageError(
            f"the human error is {human.value:g}, and an error of this task ends at 1",
            accepted="0 to 1, as 8% or 0.08",
        )
