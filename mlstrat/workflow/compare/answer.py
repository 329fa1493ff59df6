"""`compare`: two models on the same examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import METRICS, Needs, choose_metric
from mlstrat.core.pairs import SIDES
from mlstrat.core.resampling import method_of
from mlstrat.data.config import find_config
from mlstrat.data.rates import parse_rate
from mlstrat.data.settings import Settled, names_of, settle
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import how_of, other_task, skippable
from mlstrat.tasks.findings import ONLY_SPLIT_USED
from mlstrat.tasks.unpaired import unpaired_findings
from mlstrat.workflow.compare.command import COMPARE, Asked
from mlstrat.workflow.compare.compute import compare_cells
from mlstrat.workflow.compare.document import ComparisonDocument
from mlstrat.workflow.compare.findings import comparison_findings

if TYPE_CHECKING:
    from mlstrat.tasks.classification.pairing import Pair
    from mlstrat.workflow.compare.measured import MeasuredComparisonDocument

METHOD = (
    "exact McNemar (p_value), Newcombe (1998c) paired (accuracy, error), influences of rows, for "
    "ROC AUC DeLong's (1988), and ranks swapped within rows (1996) (scores), influences (losses), "
    "Bayesian bootstrap of the joint cells (other metrics); with groups: sign-flip, and linearised "
    "variance, t by how even they are"
)


@skippable
@asks(COMPARE)
def compare(
    run: Any,
    other: Any = None,
    **asked: Unpack[Asked],
) -> ComparisonDocument | MeasuredComparisonDocument:
    """Return how two models compare on the same examples, b against a.

    Parameters
    ----------
    run, other
        Two runs, paired by their ids; or one run with two prediction columns.

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
    by = names_of(asked["by"])
    how = settle(run, asked)
    checksum = asked["checksum"]
    task = other_task(asked, run, "a", "b", "average", "beta", "positive", "threshold",
                      "choose_threshold")  # fmt: skip
    if task is not None:
        from mlstrat.workflow.compare.measured import compare_task

        first = how_of(how, by, checksum=checksum)
        return compare_task(
            run,
            other,
            task,
            (first, replace(first, columns=_columns_of(other, asked), by=())),
            metric=asked["metric"],
            margin=_allowed(asked["margin"]),
            tolerance=how.tolerance,
            sampling=how.sampling,
        )
    from mlstrat.tasks.classification.floor import floor_of_run

    # Refused before large files are read.
    wanted = choose_metric(
        how.metric or "accuracy", labels=("",), positive="", average=how.average, beta=how.beta
    ).metric
    if wanted.needs and other is None:
        raise UsageError(
            f"{wanted.name} needs scores, and --a and --b name predictions",
            accepted=", ".join(name for name, m in METRICS.items() if not m.needs),
            hint="give two runs, each with its own scores",
        )
    allowed = _allowed(asked["margin"])
    reading: dict[str, Any] = {
        "split": how.split, "split_as": how.split_as, "positive": how.positive, "by": by,
        "checksum": checksum,
    }  # fmt: skip
    if other is None:
        pair = _one(run, how.columns, asked, reading)
    else:
        pair = _two(run, other, how, asked, wanted.needs, reading)
    names = pair.names if pair.names[0] != pair.names[1] else ("a", "b")
    choice = choose_metric(
        wanted.name, labels=pair.cells.labels, positive=pair.positive, average=how.average,
        beta=how.beta,
    )  # fmt: skip
    notes = unpaired_findings(names, pair.missing, pair.extra, pair.cells.rows)
    for side, name in zip(SIDES, names, strict=True):
        notes += floor_of_run(
            pair.cells.side(side), pair.cells.split, choice, how.sampling, str(name)
        )
    notes += pair.notes
    if not wanted.needs and None not in pair.points:
        from mlstrat.tasks.operating_findings import about_pair

        notes += about_pair(pair.points)
    if how.split is None and pair.cells.split not in ("dev",):
        notes.append(Finding(ONLY_SPLIT_USED, {"split": pair.cells.split}))
    result = compare_cells(
        pair.cells, choice, margin=allowed, tolerance=how.tolerance, sampling=how.sampling
    )
    found = comparison_findings(result, pair.cells, names, how.sampling, notes)
    method = method_of(METHOD, None, pair.cells.truth, pair.cells.a, pair.cells.b)
    signature = Signature.of(pair.inputs, how.sampling, method, choice, pair.positive)
    return ComparisonDocument(
        replace(result, findings=found),
        names,
        pair.columns,
        pair.missing,
        pair.extra,
        signature,
        pair.points,
    )


def _allowed(margin: str | float | None) -> float | None:
    allowed = None if margin is None else parse_rate(margin, "the margin").value
    if allowed == 0:
        raise UsageError("the margin is 0", accepted="a fraction above 0, as 1% or 0.01")
    return allowed


def _one(run: Any, columns: Mapping[str, str], asked: Asked, reading: Mapping[str, Any]) -> Pair:
    from mlstrat.tasks.classification.pairing import read_columns

    a, b = asked["a"], asked["b"]
    if a is None or b is None:
        raise UsageError(
            "one run and no two predictions to compare",
            accepted="a second run, or --a COLUMN --b COLUMN: two prediction columns of the run",
        )
    if asked["threshold"] is not None or asked["choose_threshold"] is not None:
        raise UsageError("a threshold turns scores into predictions; --a and --b name predictions")
    return read_columns(run, a, b, columns=columns, **reading)


def _two(
    run: Any,
    other: Any,
    how: Settled,
    asked: Asked,
    needs: Needs,
    reading: Mapping[str, Any],
) -> Pair:
    from mlstrat.tasks.classification.pairing import read_pair

    columns = dict(how.columns), _columns_of(other, asked)
    for side, named in zip(columns, (asked["a"], asked["b"]), strict=True):
        if named is not None:
            side["prediction"] = named
    return read_pair(run, other, columns=columns, threshold=how.operating, needs=needs,
                     predicts=needs != "score", **reading)  # fmt: skip


def _columns_of(other: Any, asked: Asked) -> dict[str, str]:
    """Return the columns of the second run: the config beside it may name its own."""
    return {**find_config(other, asked["config"]).columns, **(asked["columns"] or {})}
