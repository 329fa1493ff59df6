"""`score` on what a task measured: the single number by split and by the values of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlstrat.core.counts import pick_split
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import about_groups, about_split
from mlstrat.tasks.contract import How, Measured, Task
from mlstrat.workflow.score.compute import MeanScore, Score, Scores, mean_of_parts
from mlstrat.workflow.score.document import ScoreDocument
from mlstrat.workflow.score.findings import VALUES_LEFT_OUT

METHOD = (
    "ratio of sums, linearised variance with t over examples or groups; Wilson where num <= den, "
    "else on the logarithmic scale; Zou and Donner (2008) for a mean over values"
)


def score_measured(
    measured: Measured,
    choice: MetricChoice,
    *,
    split: str | None = None,
    by: Sequence[str] = (),
    sampling: Sampling,
) -> Scores:
    """Return the metric of every split, and of every value of some columns on one split.

    Parameters
    ----------
    measured
        A run of any task, with the columns of `by`.
    choice
        A metric of its task.
    split
        The split of the single number; without it dev, or the only one.
    by
        Columns to slice by, as the header writes them.
    sampling
        Confidence, resamples and seed.
    """
    main = pick_split(measured.splits, split)
    scores = [
        Score(name, None, measured.estimate(choice, name, sampling, draws=False).figure)
        for name in dict.fromkeys((main, *measured.splits))
    ]
    means, findings = [], []
    for column in by:
        parts = {
            value: measured.estimate(choice, main, sampling, {column: value}, draws=False)
            for value in measured.values(column, main)
        }
        scores += [Score(main, {column: value}, one.figure) for value, one in parts.items()]
        known = {value: one for value, one in parts.items() if one.value is not None}
        left_out = tuple(value for value in parts if value not in known)
        means.append(MeanScore(column, mean_of_parts(list(known.values())), left_out))
    left = {mean.column: list(mean.left_out) for mean in means if mean.left_out}
    if left:
        findings.append(Finding(VALUES_LEFT_OUT, {"values": left, "metric": choice.metric.name}))
    findings += about_split(main, split)
    findings += list(measured.notes)
    findings += about_groups(measured)
    return Scores(choice, main, tuple(scores), tuple(means), (), None, tuple(findings))


def score_task(
    run: Any, task: Task, how: How, *, metric: str | None, sampling: Sampling
) -> ScoreDocument:
    """Return the single number of a run as its task measures it.

    Parameters
    ----------
    run
        What the task reads.
    task
        Which measures it.
    how
        Columns, splits, the columns to slice by, the split of the single number.
    metric
        None for the error.
    sampling
        Confidence, resamples and seed.
    """
    task.choose(metric)  # refused before a large file is read
    measured = task.measure(run, how)
    choice = task.choose(metric, measured)
    result = score_measured(measured, choice, split=how.split, by=measured.by, sampling=sampling)
    signature = Signature.of(measured.inputs, sampling, METHOD, choice)
    return ScoreDocument(result, signature, measured.columns)
