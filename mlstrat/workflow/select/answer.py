"""`select`: satisficing and optimizing metrics over candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Sampling
from mlstrat.data.config import find_config
from mlstrat.data.settings import check_rows, file_facts, first, names_of, sampling_of
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import other_task
from mlstrat.tasks.left_out import skippable
from mlstrat.workflow.select.compute import Preference, select_candidates
from mlstrat.workflow.select.constraints import axis_of
from mlstrat.workflow.select.document import SelectDocument
from mlstrat.workflow.select.evaluate import Measured, check_rates, check_units, evaluate
from mlstrat.workflow.select.expressions import (
    Column,
    Expression,
    Node,
    columns_in,
    parse_comparison,
    parse_expression,
)
from mlstrat.workflow.select.findings import selection_findings
from mlstrat.workflow.select.preferences import agreement, read_preferences
from mlstrat.workflow.select.table import metric_direction, read_candidates

if TYPE_CHECKING:
    from mlstrat.tasks import Task
    from mlstrat.workflow.select.measured import MeasuredPairings
    from mlstrat.workflow.select.pairs import PairedRuns
    from mlstrat.workflow.select.runs import RunSet
    from mlstrat.workflow.select.table import CandidateTable

METHOD = (
    "Wilson (shares of rows), exact Poisson (rates), as diagnose (runs); ties: Newcombe (1998) "
    "intervals of the difference to the best at 1 - (1 - confidence)/(k - 1); "
    "shrunk: Efron and Morris (1973)"
)


@skippable
def select(
    candidates: Any,
    *,
    task: str | None = None,
    optimize: str | None = None,
    maximize: str | None = None,
    minimize: str | None = None,
    where: str | Sequence[str] = (),
    name: str | None = None,
    n: int | None = None,
    prefer: str | None = None,
    preferences: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    by: Sequence[str] = (),
    positive: str | None = None,
    threshold: float | None = None,
    average: str | None = None,
    beta: float | None = None,
    confidence: float | None = None,
    seed: int | None = None,
    resamples: int | None = None,
    config: str | Path | None = None,
    checksum: bool = False,
    skip_broken: bool = False,  # noqa: ARG001  read by `skippable`
) -> SelectDocument:
    """Return the choice among candidates, and all that cannot be told from it.

    Parameters
    ----------
    candidates
        A table with one row a candidate (a file or a frame), or a list of several runs.
    task
        What runs predict; without it classification. ``"ratio"`` reads num and den by example.
    optimize
        A metric of the registry, which knows its direction.
    maximize, minimize
        An expression over columns instead, as ``"accuracy - 0.5 * ms"``.
    where
        Constraints, as ``"ms <= 100"`` or ``"rate(fp, hours) * 24 <= 1"``.
    name
        The column of names (default: name, model, candidate or run).
    n
        Rows behind every share that has no count of its own.
    prefer
        The column that breaks ties, lower being better; ``"max:COLUMN"`` for higher.
    preferences
        A table with the columns ``better`` and ``worse``: how people order candidates.
    columns, split, split_as, by, positive, threshold, average, beta
        How runs are read and measured; as for `diagnose`.
    config
        A TOML file, as for `diagnose`; its ``[select]`` says what is not said here.
    confidence, seed, resamples
        Of intervals and resamples.
    checksum
        Hash inputs above 64 MiB too.
    skip_broken
        Leave out shards of a glob or a folder that are cut off or damaged, and say so.

    Raises
    ------
    InputError, UsageError
        With file, row and column, or with a caret under the place of an expression.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"name": ["A", "B", "C"], "accuracy": [90, 92, 95],
    ...                       "ms": [80, 95, 1500]})
    >>> select(table, optimize="accuracy", where="ms <= 100").choice
    'B'
    """
    several = list(candidates) if isinstance(candidates, list | tuple) else [candidates]
    settings = find_config(several[0] if len(several) == 1 else None, config)
    sampling = sampling_of(confidence, resamples, seed, settings)
    if len(several) == 1:  # these speak of a table
        name, n = first(name, settings.select.get("name")), first(n, settings.select.get("n"))
    check_rows(n)
    if optimize is None and maximize is None and minimize is None:
        optimize, maximize, minimize = (
            settings.select.get(x) for x in ("optimize", "maximize", "minimize")
        )
    other = other_task(task, {
        "positive": positive, "threshold": threshold, "average": average, "beta": beta,
    })  # fmt: skip
    target, higher = _target(optimize, maximize, minimize)
    prefer = first(prefer, settings.select.get("prefer"))
    where = where or settings.select.get("where", ())
    constraints = tuple(parse_comparison(text) for text in names_of(where))
    read = _read(
        several, other, sampling, name, n, checksum,
        columns=dict(columns or {}), split=split, split_as=dict(split_as or {}), by=names_of(by),
        positive=positive, threshold=threshold, average=average, beta=beta, config=config,
    )  # fmt: skip
    expression = _written(read, target, optimize)
    figures: dict[str, Measured] = {}
    _check_columns((expression.root,), expression.text, expression.option)
    _measure(read, figures, expression.root, expression.text, expression.option, True)
    for one in constraints:
        _check_columns((one.left, one.right), one.text, one.option)
        for side in (one.left, one.right):
            _measure(read, figures, side, one.text, one.option, False)
        check_units(one, figures)
    preference = None if prefer is None else _preference(read, prefer)
    pairing = _pairing(read, expression)
    chosen = select_candidates(
        read.names,
        figures,
        expression,
        maximize=higher,
        constraints=constraints,
        preference=preference,
        pairing=pairing,
        confidence=sampling.confidence,
    )
    inputs: list[Mapping[str, Any]] = [x.facts() for x in read.inputs]
    agreed = None
    if preferences is not None:
        pairs = read_preferences(preferences, read.names)
        values = evaluate(expression.root, figures, sampling.confidence).value
        parts = None if _is_table(read) else read.errors_by_part()  # type: ignore[union-attr]
        agreed = agreement(read.names, values, pairs, maximize=higher, parts=parts)
        inputs.append({"path": str(preferences), **file_facts(preferences), "rows": len(pairs)})
    unpaired = [] if pairing is None else [read.names[i] for i in sorted(pairing.unpaired)]
    findings = selection_findings(
        chosen, agreed, blank=read.blank, part_of_rows=read.part_of_rows, unpaired=unpaired
    )
    signature = Signature(
        tuple(inputs),
        expression.text,
        average,
        positive,
        sampling.confidence,
        sampling.seed,
        sampling.resamples,
        METHOD,
    )
    sides = tuple(evaluate(c.left, figures, sampling.confidence).value for c in constraints)
    return SelectDocument(
        chosen,
        tuple(tuple(map(float, s)) for s in sides),
        agreed,
        tuple(findings),
        signature,
        tuple(axis_of(c, figures, sampling.confidence) for c in constraints),
    )


def _target(
    optimize: str | None, maximize: str | None, minimize: str | None
) -> tuple[Expression, bool]:
    """Return what is optimised, parsed, and whether higher is better."""
    given = [x for x in (optimize, maximize, minimize) if x is not None]
    if len(given) != 1:
        raise UsageError(
            "nothing to optimise" if not given else "more than one thing to optimise",
            accepted="one of --optimize METRIC, --maximize EXPR, --minimize EXPR",
            hint="constrain the others with --where" if given else None,
        )
    if optimize is not None:
        metric, higher = metric_direction(optimize)
        return Expression(metric, Column(metric), "--optimize"), higher
    if maximize is not None:
        return parse_expression(maximize, "--maximize"), True
    return parse_expression(given[0], "--minimize"), False


def _read(
    several: Sequence[Any],
    task: Task | None,
    sampling: Sampling,
    name: str | None,
    n: int | None,
    checksum: bool,
    **runs: Any,
) -> CandidateTable | RunSet:
    """Return a table of candidates from one source, or the runs from several."""
    from mlstrat.workflow.select.measured import read_run_set
    from mlstrat.workflow.select.runs import RunOptions

    options = RunOptions(**runs, checksum=checksum)
    if not several:
        raise UsageError("no candidates", accepted="a table of candidates, or several runs")
    if len(several) > 1:
        table_options = [o for o, v in (("--name", name), ("--n", n)) if v is not None]
        if table_options:
            raise UsageError(f"{table_options[0]} belongs to a table of candidates, not to runs")
        return read_run_set(several, options, sampling, task)
    if given := options.given() + ["--task"] * (task is not None):
        raise UsageError(
            f"{given[0]} belongs to runs, and this is one table of candidates",
            hint="name two runs or more",
        )
    return read_candidates(several[0], name=name, n=n, checksum=checksum)


def _is_table(read: CandidateTable | RunSet) -> bool:
    from mlstrat.workflow.select.table import CandidateTable

    return isinstance(read, CandidateTable)


def _written(read: CandidateTable | RunSet, target: Expression, optimize: str | None) -> Expression:
    """Return the expression over the columns there are: F1 follows from precision and recall."""
    if optimize is None or not isinstance(target.root, Column):
        return target
    metric = target.root.name
    found = read.metric(metric)
    if found is not None:
        return Expression(found, Column(found), "--optimize")
    if metric == "f1" and read.metric("precision") and read.metric("recall"):
        return parse_expression(
            f"f1(`{read.metric('precision')}`, `{read.metric('recall')}`)", "--optimize"
        )
    return target


def _measure(
    read: CandidateTable | RunSet,
    figures: dict[str, Measured],
    node: Node,
    text: str,
    option: str,
    optimised: bool,
) -> None:
    """Read the columns that an expression names."""
    for written in columns_in(node):
        if written.name not in figures:
            column = read.find(written, text, option)
            figures[written.name] = read.measured(column, optimised=optimised)
    check_rates(node, figures, text, option)


def _check_columns(nodes: Sequence[Node], text: str, option: str) -> None:
    if not any(True for node in nodes for _ in columns_in(node)):
        raise UsageError(f"{option} {text}: names no column", accepted="an expression over columns")


def _preference(read: CandidateTable | RunSet, text: str) -> Preference:
    """Return what breaks ties: ``COLUMN``, ``min:COLUMN`` or ``max:COLUMN``."""
    way, colon, rest = text.partition(":")
    direction = way.strip().lower() if colon else ""
    written = rest if direction in ("min", "max") else text
    named = Column(written.strip().strip("`"))
    column = read.find(named, written.strip(), "--prefer")
    return Preference(column, read.preferred(column), direction == "max")


def _pairing(
    read: CandidateTable | RunSet, expression: Expression
) -> MeasuredPairings | PairedRuns | None:
    """Return the pairing of runs where one metric of theirs is optimised."""
    if _is_table(read) or not isinstance(expression.root, Column):
        return None
    metric = read.find(expression.root, expression.text, expression.option)
    if metric not in read.metrics:  # type: ignore[union-attr]
        return None
    from mlstrat.workflow.select.measured import pairings_of

    return pairings_of(read, metric)  # type: ignore[arg-type]
