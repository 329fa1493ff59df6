"""`score`: the single number, by split, by column, by cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.counts import pick_split
from mlstrat.core.figures import Estimate, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice, choose_metric
from mlstrat.core.resampling import method_of
from mlstrat.data.likely_roles import seed_column
from mlstrat.data.settings import names_of, settle
from mlstrat.data.several.seeds import first_of, runs_by_seed
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import how_of, other_task, skippable
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.findings import about_split
from mlstrat.tasks.operating_findings import about_calibration
from mlstrat.workflow.score.command import SCORE, Asked
from mlstrat.workflow.score.compute import (
    CostRule,
    Score,
    Scores,
    mean_of_values,
    parse_costs,
    refuse_by_class,
    score_cells,
    several_runs,
    with_costs,
)
from mlstrat.workflow.score.document import MetricList, ScoreDocument
from mlstrat.workflow.score.findings import VALUES_LEFT_OUT

if TYPE_CHECKING:
    from mlstrat.tasks.measured import Measured

RATIO_METHOD = (
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
    """Return the metric of every split, and of every value of some columns on one split."""
    main = pick_split(measured.splits, split)

    def by_value(column: str, name: str) -> dict[str, Estimate]:
        return {
            value: measured.estimate(choice, name, sampling, {column: value}, draws=False)
            for value in measured.values(column, name)
        }

    scores, seeds = [], seed_column(by)
    for name in dict.fromkeys((main, *measured.splits)):
        found = measured.estimate(choice, name, sampling, draws=False).figure
        if seeds is not None:
            repeated = mean_of_values(seeds, by_value(seeds, name), choice, sampling.confidence)
            found = found if repeated.spread is None else repeated.figure
        scores.append(Score(name, None, found))
    means = []
    for column in by:
        parts = by_value(column, main)
        scores += [Score(main, {column: value}, one.figure) for value, one in parts.items()]
        means.append(mean_of_values(column, parts, choice, sampling.confidence))
    findings = several_runs(means, main)
    left = {mean.column: list(mean.left_out) for mean in means if mean.left_out}
    if left:
        findings.append(Finding(VALUES_LEFT_OUT, {"values": left, "metric": choice.metric.name}))
    findings += about_split(main, split)
    findings += list(measured.notes)
    findings += measured.about_groups()
    return Scores(choice, main, tuple(scores), tuple(means), (), None, tuple(findings))


def score_task(
    run: Any, task: Task, how: How, *, metric: str | None, sampling: Sampling
) -> ScoreDocument:
    """Return the single number of a run as its task measures it."""
    task.choose(metric)  # refused before a large file is read
    measured = task.measure(run, how)
    choice = task.choose(metric, measured)
    result = score_measured(measured, choice, split=how.split, by=measured.by, sampling=sampling)
    signature = Signature.of(measured.inputs, sampling, RATIO_METHOD, choice)
    told = measured.document(result.split, sampling).get("threshold")
    return ScoreDocument(result, signature, measured.columns, of_task=told)


METHOD = (
    "Wilson (proportions; weights by Kish and by class), Bayesian bootstrap of cells, and class by "
    "class where one is small (other metrics), Newcombe (2006) (ROC AUC), by outcome (losses); "
    "Zou and Donner (2008) for a mean over values; "
    "linearised variance where rows come in groups, t by how even they are"
)


@skippable
@asks(SCORE)
def score(
    run: Any,
    y_pred: Any = None,  # noqa: ARG001  put together with the run before
    **asked: Unpack[Asked],
) -> ScoreDocument:
    """Return the single number with its interval, by split and by the values of columns.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, ``"-"``, a frame; an array of labels, a
        dict of columns or of splits, or a fitted estimator. With ``by="seed"`` also a list of
        files or frames, or a glob of files without that column: each is a run of one model.
    y_pred
        Predictions, or probabilities (rows × classes), where `run` is an array of labels; the data
        of a fitted estimator, ``(X, y)`` or such a pair a split.

    Raises
    ------
    InputError, ConfigError, UsageError
        With file, row, column, what was found and what is accepted.

    References
    ----------
    C3W1 Single number evaluation metric; C3W1 When to change dev/test sets and metrics.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["porn", "cat", "cat", "cat"],
    ...                       "prediction": ["cat", "cat", "cat", "cat"]})
    >>> score(frame, metric="error").value
    0.25
    >>> round(score(frame, weight_when=["label=porn:10"]).value, 4)  # 10 / 13
    0.7692
    """
    by, weight_when = names_of(asked["by"]), names_of(asked["weight_when"])
    one = first_of(run, by)
    how = settle(one, asked)
    other = other_task(asked, one, "positive", "threshold", "choose_threshold", "average",
                       "beta", "weight_when")  # fmt: skip
    run = runs_by_seed(run, by)
    if other is not None:
        return score_task(
            run, other, how_of(how, by, checksum=asked["checksum"]), metric=asked["metric"],
            sampling=how.sampling,
        )  # fmt: skip
    costs = parse_costs(weight_when)
    how = replace(how, chooses=with_costs(how.chooses, costs))
    metric = how.metric or ("error" if costs else None)
    # Refused before a large file is read.
    wanted = choose_metric(
        metric, labels=("",), positive="", average=how.average, beta=how.beta
    ).metric

    from mlstrat.tasks.classification.findings import fold_findings
    from mlstrat.tasks.classification.floor import floor_of_run
    from mlstrat.tasks.classification.run import read_run

    read = read_run(
        run,
        needs=wanted.needs,
        by=by,
        also={name: "--weight-when" for rule in costs for name in rule.columns},
        looked=how.split,
        predicts=False,
        checksum=asked["checksum"],
        **how.reading,
    )
    choice = choose_metric(
        metric, labels=read.cells.labels, positive=read.positive, average=how.average,
        beta=how.beta,
    )  # fmt: skip
    refuse_by_class(choice, by, read.columns)
    main = pick_split(read.cells.splits, how.split)
    result = score_cells(
        read.cells,
        choice,
        split=how.split,
        by=_found(by, tuple(read.cells.slices)),
        costs=[_with_columns(rule, tuple(read.cells.slices)) for rule in costs],
        sampling=how.sampling,
        notes=[
            *([] if costs else floor_of_run(read.cells, how.split, choice, how.sampling)),
            *read.notes,
            *fold_findings(read.folds, choice, main),
            *about_calibration(read.point),
        ],
    )
    cells = read.cells
    method = method_of(METHOD, cells.split, cells.truth, cells.predicted)
    signature = Signature.of(read.inputs, how.sampling, method, choice, read.positive)
    return ScoreDocument(result, signature, read.columns, read.point)


def _found(names: Sequence[str], header: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_column(name, header) for name in names))


def _column(name: str, header: tuple[str, ...]) -> str:
    name = name.strip()
    return name if name in header else next(x for x in header if x.lower() == name.lower())


def _with_columns(rule: CostRule, header: tuple[str, ...]) -> CostRule:
    conditions = tuple(
        (name if name in ("label", "prediction") else _column(name, header), value)
        for name, value in rule.conditions
    )
    return CostRule(conditions, rule.weight)


def list_metrics() -> MetricList:
    """Return the registry of metrics: formula, range, direction, when undefined.

    Examples
    --------
    >>> list_metrics().records()[0]["formula"]
    'right rows / rows'
    """
    return MetricList()
