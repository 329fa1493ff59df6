"""`compare`: two models on the same examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding
from mlstrat.core.metrics import METRICS, Needs, choose_metric
from mlstrat.data.config import Config, find_config
from mlstrat.data.settings import first, names_of, sampling_of
from mlstrat.data.values import parse_rate
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.findings import ONLY_SPLIT_USED, UNPAIRED_EXAMPLES
from mlstrat.tasks.left_out import skippable
from mlstrat.workflow.compare.compute import compare_cells
from mlstrat.workflow.compare.document import ComparisonDocument
from mlstrat.workflow.compare.findings import comparison_findings

if TYPE_CHECKING:
    from mlstrat.tasks.classification.pairing.join import Pair
    from mlstrat.workflow.compare.measured_document import MeasuredComparisonDocument

METHOD = (
    "exact McNemar (p_value), Newcombe (1998) paired (accuracy, error), influences of rows, for "
    "ROC AUC DeLong's (1988) (scores and losses), Bayesian bootstrap of the joint cells (other "
    "metrics); with groups: sign-flip, and linearised variance with t(G - 1)"
)


@skippable
def compare(
    run: Any,
    other: Any = None,
    *,
    task: str | None = None,
    a: str | None = None,
    b: str | None = None,
    metric: str | None = None,
    average: str | None = None,
    beta: float | None = None,
    margin: str | float | None = None,
    by: Sequence[str] = (),
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
) -> ComparisonDocument | MeasuredComparisonDocument:
    """Return how two models compare on the same examples, b against a.

    Parameters
    ----------
    run, other
        Two runs, paired by their ids; or one run with two prediction columns.
    task
        What the runs predict; without it classification. ``"ratio"`` reads num and den by example.
    a, b
        The prediction columns: both of `run` where there is no `other`, else one of each.
    metric, average, beta
        What the difference is of; accuracy without it, of which the p-value speaks.
    margin
        b is not inferior if it is worse by less than this: ``"1%"`` or ``0.01``.
    by
        Columns whose values are compared one by one, beside the label.
    columns
        Which column has which role, in both: ``{"label": "churned"}``.
    split
        The split; without it dev, or the only one.
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
        config beside each run.
    checksum
        Hash inputs above 64 MiB too.
    skip_broken
        Leave out shards of a glob or a folder that are cut off or damaged, and say so.

    Raises
    ------
    InputError, ConfigError, UsageError
        Also for repeated ids, different labels of one id, and no id in common.

    References
    ----------
    McNemar (1947), Psychometrika 12; Newcombe (1998), Statistics in Medicine 17, 2635-2650.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["x"] * 20, "old": ["x"] * 8 + ["y"] * 12,
    ...                       "new": ["x"] * 18 + ["y"] * 2})
    >>> result = compare(frame, a="old", b="new")
    >>> result.verdict, round(result.p_value, 6)  # 2 / 2^10
    ('b_better', 0.001953)
    """
    by = names_of(by)
    settings = find_config(run, config)
    options = settings.diagnose
    sampling = sampling_of(confidence, resamples, seed, settings)
    if task is not None and task.strip().lower() != "classification":
        from mlstrat.tasks import How
        from mlstrat.tasks.asking import refuse_other_options
        from mlstrat.workflow.compare.measured import compare_task

        refuse_other_options(task, {
            "a": a, "b": b, "average": average, "beta": beta, "positive": positive,
            "threshold": threshold,
        })  # fmt: skip
        hows = [
            How(
                {**one.columns, **(columns or {})},
                first(split, options.get("split")),
                {**settings.splits, **(split_as or {})},
                by if side == 0 else (),
                checksum=checksum,
            )
            for side, one in enumerate((settings, find_config(other, config)))
        ]
        return compare_task(
            run,
            other,
            task,
            (hows[0], hows[1]),
            metric=metric,
            margin=_allowed(margin),
            sampling=sampling,
        )
    metric = first(metric, options.get("metric"), "accuracy")
    average = first(average, options.get("average"))
    beta = float(first(beta, options.get("beta"), 1.0))
    # Refused before large files are read.
    asked = choose_metric(metric, labels=("",), positive="", average=average, beta=beta)
    if asked.metric.needs and other is None:
        raise UsageError(
            f"{asked.metric.name} needs scores, and --a and --b name predictions",
            accepted=", ".join(name for name, m in METRICS.items() if not m.needs),
            hint="give two runs, each with its own scores",
        )
    allowed = _allowed(margin)
    how: dict[str, Any] = {
        "split": first(split, options.get("split")),
        "split_as": {**settings.splits, **(split_as or {})},
        "positive": first(positive, options.get("positive")),
        "by": by,
        "checksum": checksum,
    }
    cut = first(threshold, options.get("threshold"))
    if other is None:
        pair = _one(run, a, b, {**settings.columns, **(columns or {})}, threshold, how)
    else:
        pair = _two(run, other, a, b, columns or {}, settings, config, cut, asked.metric.needs, how)
    names = pair.names if pair.names[0] != pair.names[1] else ("a", "b")
    choice = choose_metric(
        asked.metric.name, labels=pair.cells.labels, positive=pair.positive, average=average,
        beta=beta,
    )  # fmt: skip
    notes = list(pair.notes)
    lost = {
        side: {"file": name, "count": found.count, "ids": list(found.ids)}
        for side, name, found in zip(
            ("missing", "extra"), names, (pair.missing, pair.extra), strict=True
        )
    }
    if pair.missing.count or pair.extra.count:
        notes.insert(0, Finding(UNPAIRED_EXAMPLES, {**lost, "paired": pair.cells.rows}))
    if how["split"] is None and pair.cells.split not in ("dev",):
        notes.append(Finding(ONLY_SPLIT_USED, {"split": pair.cells.split}))
    result = compare_cells(pair.cells, choice, margin=allowed, sampling=sampling)
    found = comparison_findings(result, pair.cells, names, sampling, notes)
    signature = Signature.of(pair.inputs, sampling, METHOD, choice, pair.positive)
    return ComparisonDocument(
        replace(result, findings=found),
        names,
        pair.columns,
        lost["missing"],
        lost["extra"],
        signature,
    )


def _allowed(margin: str | float | None) -> float | None:
    allowed = None if margin is None else parse_rate(margin, "the margin").value
    if allowed == 0:
        raise UsageError("the margin is 0", accepted="a fraction above 0, as 1% or 0.01")
    return allowed


def _one(
    run: Any,
    a: str | None,
    b: str | None,
    columns: Mapping[str, str],
    threshold: float | None,
    how: Mapping[str, Any],
) -> Pair:
    from mlstrat.tasks.classification.pairing.join import read_columns

    if a is None or b is None:
        raise UsageError(
            "one run and no two predictions to compare",
            accepted="a second run, or --a COLUMN --b COLUMN: two prediction columns of the run",
        )
    if threshold is not None:
        raise UsageError("a threshold turns scores into predictions; --a and --b name predictions")
    return read_columns(run, a, b, columns=columns, **how)


def _two(
    run: Any,
    other: Any,
    a: str | None,
    b: str | None,
    columns: Mapping[str, str],
    settings: Config,
    config: str | Path | None,
    threshold: float | None,
    needs: Needs,
    how: Mapping[str, Any],
) -> Pair:
    from mlstrat.tasks.classification.pairing.join import read_pair

    of_a = {**settings.columns, **columns}
    of_b = {**find_config(other, config).columns, **columns}
    if a is not None:
        of_a["prediction"] = a
    if b is not None:
        of_b["prediction"] = b
    return read_pair(run, other, columns=(of_a, of_b), threshold=threshold, needs=needs, **how)
