"""`score`: the single number, by split, by column, by cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlstrat.core.metrics import Needs, choose_metric
from mlstrat.data.config import find_config
from mlstrat.data.settings import first, names_of, sampling_of
from mlstrat.show.document import Signature
from mlstrat.tasks.left_out import skippable
from mlstrat.workflow.score.compute import score_cells
from mlstrat.workflow.score.costs import CostRule, parse_costs
from mlstrat.workflow.score.document import MetricList, ScoreDocument

METHOD = (
    "Wilson (proportions), Bayesian bootstrap of cells (other metrics), DeLong (ROC AUC); "
    "Zou and Donner (2008) for a mean over values; "
    "linearised variance with t(G - 1) where rows come in groups"
)


@skippable
def score(
    run: Any,
    *,
    task: str | None = None,
    metric: str | None = None,
    average: str | None = None,
    beta: float | None = None,
    by: Sequence[str] = (),
    weight_when: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    confidence: float | None = None,
    seed: int | None = None,
    resamples: int | None = None,
    config: str | Path | None = None,
    checksum: bool = False,
    skip_broken: bool = False,  # noqa: ARG001  read by `skippable`
) -> ScoreDocument:
    """Return the single number with its interval, by split and by the values of columns.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, ``"-"``, or a frame.
    task
        What the run predicts; without it classification. ``"ratio"`` reads num and den by example.
    metric, average, beta
        The metric; without it F1 of the positive class, or macro-F1; with `weight_when`, error.
    by
        Columns: the figure of each value on the split, and their unweighted mean.
    weight_when
        What an error costs: ``["label=porn:10"]``, ``["label=cat,prediction=dog:5"]``, or a
        condition on any column. Weights that meet in a row are multiplied, with its own too; the
        figure is Σ weight · error / Σ weight.
    columns
        Which column has which role, where the names do not say it: ``{"label": "churned"}``.
    split
        The split of the single number; without it dev, or the only one.
    split_as
        What an unknown split value is: ``{"hans": "dev", "*": "train"}``.
    positive
        The positive class of a binary task.
    threshold
        Turns a score into a prediction.
    confidence, seed, resamples
        Of intervals and resamples (0.95, 0, 10,000).
    config
        A TOML file; without it ``mlstrat.toml`` in the current folder, if there is one, over the
        config beside the run.
    checksum
        Hash inputs above 64 MiB too.
    skip_broken
        Leave out shards of a glob or a folder that are cut off or damaged, and say so.

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
    by, weight_when = names_of(by), names_of(weight_when)
    settings = find_config(run, config)
    options = settings.diagnose
    sampling = sampling_of(confidence, resamples, seed, settings)
    if task is not None and task.strip().lower() != "classification":
        from mlstrat.tasks import How
        from mlstrat.tasks.asking import refuse_other_options
        from mlstrat.workflow.score.measured import score_task

        refuse_other_options(task, {
            "positive": positive, "threshold": threshold, "average": average, "beta": beta,
            "weight-when": weight_when or None,
        })  # fmt: skip
        how = How(
            {**settings.columns, **(columns or {})},
            first(split, options.get("split")),
            {**settings.splits, **(split_as or {})},
            by,
            checksum=checksum,
        )
        return score_task(run, task, how, metric=metric, sampling=sampling)
    costs = parse_costs(weight_when)
    metric = first(metric, options.get("metric"), "error" if costs else None)
    average = first(average, options.get("average"))
    beta = float(first(beta, options.get("beta"), 1.0))
    # Refused before a large file is read.
    asked = choose_metric(metric, labels=("",), positive="", average=average, beta=beta)
    needs: Needs = asked.metric.needs

    from mlstrat.tasks.classification.run import read_run

    read = read_run(
        run,
        columns={**settings.columns, **(columns or {})},
        split_as={**settings.splits, **(split_as or {})},
        positive=first(positive, options.get("positive")),
        threshold=first(threshold, options.get("threshold")),
        needs=needs,
        by=by,
        also={name: "--weight-when" for rule in costs for name in rule.columns},
        checksum=checksum,
    )
    choice = choose_metric(
        asked.metric.name, labels=read.cells.labels, positive=read.positive, average=average,
        beta=beta,
    )  # fmt: skip
    result = score_cells(
        read.cells,
        choice,
        split=first(split, options.get("split")),
        by=_found(by, tuple(read.cells.slices)),
        costs=[_with_columns(rule, tuple(read.cells.slices)) for rule in costs],
        sampling=sampling,
        notes=list(read.notes),
    )
    signature = Signature.of(read.inputs, sampling, METHOD, choice, read.positive)
    return ScoreDocument(result, signature, read.columns)


def _found(names: Sequence[str], header: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns as the header writes them, each once."""
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
