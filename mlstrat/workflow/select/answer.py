"""`select`: satisficing and optimizing metrics over candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.conditions.grammar import (
    Column,
    Expression,
    Node,
    columns_in,
    parse_comparison,
    parse_expression,
)
from mlstrat.core.figures import Sampling
from mlstrat.data.settings import check_rows, file_facts, first, names_of, settle
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import other_task, skippable
from mlstrat.workflow.select.command import SELECT, Asked
from mlstrat.workflow.select.compute import Preference, select_candidates
from mlstrat.workflow.select.constraints import axis_of
from mlstrat.workflow.select.document import SelectDocument
from mlstrat.workflow.select.evaluate import Measured, check_rates, check_units, evaluate
from mlstrat.workflow.select.findings import errors_like_accuracies, selection_findings
from mlstrat.workflow.select.preferences import agreement
from mlstrat.workflow.select.read import read_candidates, read_preferences
from mlstrat.workflow.select.table import CandidateTable, metric_direction

if TYPE_CHECKING:
    from mlstrat.tasks.contract import Task
    from mlstrat.workflow.select.measured import MeasuredPairings
    from mlstrat.workflow.select.pairs import PairedRuns
    from mlstrat.workflow.select.runs import RunSet

OF_RUNS = ("split", "positive", "threshold", "average", "beta", "by", "columns", "split_as", "task")
"""Options that a table of candidates does not take."""

METHOD = (
    "Wilson (shares of rows), exact Poisson (rates), as diagnose (runs), linearised where no class "
    "is rare; constraints: Clopper and Pearson (1934), adjusted for candidates and constraints; "
    "ties: Newcombe (1998) intervals of the difference to the best at "
    "1 - (1 - confidence)/(k - 1); shrunk: Efron and Morris (1973)"
)


@skippable
@asks(SELECT)
def select(
    candidates: Any,
    **asked: Unpack[Asked],
) -> SelectDocument:
    """Return the choice among candidates, and all that cannot be told from it.

    Parameters
    ----------
    candidates
        A table with one row a candidate (a file or a frame), a list of several runs, a dict of
        runs by name, or with ``models`` one run. With ``by="seed"`` a candidate is as many runs as
        it has seeds, or files where it is a glob of files without that column.

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
    names: tuple[str, ...] | None = None
    if isinstance(candidates, Mapping):
        names, candidates = tuple(candidates), list(candidates.values())
    several = list(candidates) if isinstance(candidates, list | tuple) else [candidates]
    how = settle(several[0] if len(several) == 1 else None, asked)
    said, sampling = how.config.select, how.sampling
    name, n = asked["name"], asked["n"]
    if len(several) == 1 and not asked["models"]:  # these speak of a table
        name, n = first(name, said.get("name")), first(n, said.get("n"))
    check_rows(n)
    other = other_task(asked, several[0], "positive", "threshold", "average", "beta")
    optimize, target, higher = _target(asked, said)
    prefer, preferences = first(asked["prefer"], said.get("prefer")), asked["preferences"]
    where = asked["where"] or said.get("where", ())
    constraints = tuple(parse_comparison(text) for text in names_of(where))
    read = _read(several, other, sampling, name, n, asked, names)
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
    optimised = None
    if isinstance(expression.root, Column):
        optimised = read.find(expression.root, expression.text, expression.option)
    runs = None if isinstance(read, CandidateTable) else read
    pairing = _pairing(runs, optimised)
    chosen = select_candidates(
        read.names,
        figures,
        expression,
        maximize=higher,
        constraints=constraints,
        preference=preference,
        pairing=pairing,
        split=read.split,
        tolerance=how.tolerance,
        confidence=sampling.confidence,
    )
    inputs = [told for x in read.inputs for told in x.every()]
    if read.spread:  # more examples do not tell what more seeds would
        chosen = replace(chosen, to_settle=None)
    agreed = None
    if preferences is not None:
        pairs = read_preferences(preferences, read.names)
        values = evaluate(expression.root, figures, sampling.confidence).value
        parts = None if runs is None else runs.errors_by_part()
        agreed = agreement(read.names, values, pairs, maximize=higher, parts=parts)
        inputs.append(file_facts(preferences, len(pairs)))
    unpaired = [] if pairing is None else [read.names[i] for i in sorted(pairing.unpaired)]
    used = {c.name for c in columns_in(expression.root)}
    findings = selection_findings(
        chosen, agreed, blank=read.blank, part_of_rows=read.part_of_rows, unpaired=unpaired,
        cost=next((x for x in read.costs if x not in used), None),
        spread=read.spread,
        confidence=sampling.confidence,
    )  # fmt: skip
    if optimised is not None and runs is not None:
        findings += runs.about_choice(chosen.choice, optimised)
    elif optimize is not None and target.text == "error":
        findings = errors_like_accuracies(expression.text, chosen) + findings
    signature = Signature.of(
        inputs, sampling, METHOD, expression.text, asked["positive"], asked["average"]
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


def _pairing(runs: RunSet | None, optimised: str | None) -> MeasuredPairings | PairedRuns | None:
    if runs is None or optimised is None:
        return None
    from mlstrat.workflow.select.measured import pairings_of

    return pairings_of(runs, optimised)


def _target(
    asked: Mapping[str, Any], said: Mapping[str, Any]
) -> tuple[str | None, Expression, bool]:
    """Return the metric asked for, what is optimised, and whether higher is better."""
    names = ("optimize", "maximize", "minimize")
    said = asked if any(asked[x] is not None for x in names) else said
    optimize, maximize, minimize = (said.get(x) for x in names)
    given = [x for x in (optimize, maximize, minimize) if x is not None]
    if len(given) != 1:
        raise UsageError(
            "nothing to optimise" if not given else "more than one thing to optimise",
            accepted="one of --optimize METRIC, --maximize EXPR, --minimize EXPR",
            hint="constrain the others with --where" if given else None,
        )
    if optimize is not None:
        metric, higher = metric_direction(optimize)
        return optimize, Expression(metric, Column(metric), "--optimize"), higher
    option = "--minimize" if maximize is None else "--maximize"
    return None, parse_expression(given[0], option), maximize is not None


def _read(
    several: Sequence[Any],
    task: Task | None,
    sampling: Sampling,
    name: str | None,
    n: int | None,
    asked: Mapping[str, Any],
    names: tuple[str, ...] | None,
) -> CandidateTable | RunSet:
    if not several:
        raise UsageError("no candidates", accepted="a table of candidates, or several runs")
    if asked["models"]:
        if task is not None:
            raise UsageError(
                f"--models names columns of predictions, and this is --task {task.name}"
            )
        if len(several) != 1:
            raise UsageError("--models names columns of one run", accepted="one run")
        from mlstrat.workflow.select.measured import read_model_set

        return read_model_set(several[0], asked, sampling)
    if len(several) > 1:
        table_options = [o for o, v in (("--name", name), ("--n", n)) if v is not None]
        if table_options:
            raise UsageError(f"{table_options[0]} belongs to a table of candidates, not to runs")
        from mlstrat.workflow.select.measured import read_run_set

        return read_run_set(several, asked, sampling, task, names)
    for option in OF_RUNS:
        if asked[option]:
            raise UsageError(
                f"{SELECT.options()[option][1].typed_as(option)} belongs to runs, and this is one "
                "table of candidates",
                hint="name two runs or more, or columns of one run: --models 'pred_*'",
            )
    return read_candidates(several[0], name=name, n=n, checksum=asked["checksum"])


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
