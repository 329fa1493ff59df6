"""`gate`: pass, fail or inconclusive against thresholds and baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.bounds import Gate, Which
from mlstrat.core.counts import Bools
from mlstrat.core.figures import Estimate
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import choose_metric
from mlstrat.core.sample_size.to_settle import IntervalAt, Side, side_of
from mlstrat.core.sample_size.to_settle import settle as rows_to_settle
from mlstrat.core.wording import Scale
from mlstrat.data.config import Config, config_files
from mlstrat.data.guard import guard
from mlstrat.data.rates import parse_rate
from mlstrat.data.settings import require_there, settle
from mlstrat.errors import UsageError
from mlstrat.places import STANDARD_OUTPUT
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import other_task, skippable
from mlstrat.tasks.findings import ONLY_SPLIT_USED, TEST_LOOKED_AT
from mlstrat.workflow.compare.findings import BASELINE_IS_RUN, SAME_PREDICTIONS
from mlstrat.workflow.compare.settling import within
from mlstrat.workflow.gate.command import GATE, Asked
from mlstrat.workflow.gate.document import GateDocument
from mlstrat.workflow.gate.findings import BASELINE_UNUSED, bound, evidence, gate_findings, named
from mlstrat.workflow.gate.judge import DEFAULT_MARGIN, Beside, Check, Judgement, judge
from mlstrat.workflow.gate.ledger import LedgerUse, count_use, gap_to_test
from mlstrat.workflow.gate.questions import Asker

if TYPE_CHECKING:
    from mlstrat.core.figures import Sampling
    from mlstrat.workflow.diagnose.ladder import Level


def with_what_would_settle(found: Judgement, tolerance: float) -> Judgement:
    """Return the checks, each that its interval left open with the rows that would decide it.

    A check is settled where it passes or fails at the same adjusted confidence, or where the whole
    interval is within the tolerance of the bound: then more rows tell nothing that matters, and
    the bound is to be moved, or the case decided by hand.
    """
    return replace(found, checks=tuple(_settled(check, tolerance) for check in found.checks))


def _settled(check: Check, tolerance: float) -> Check:
    q, level, figure = check.question, check.confidence, check.figure
    if check.verdict != "inconclusive" or check.too_small or level is None or figure.ci is None:
        return check
    near = Scale(q.share).points(tolerance)

    if within((figure.ci[0] - q.bound, figure.ci[1] - q.bound), tolerance):
        return replace(check, reason=f"the figure is within {near} of its bound")

    def decides(at: IntervalAt) -> Bools:
        low, high = at(level)
        return (low >= 0) | (high <= 0) | ((-tolerance < low) & (high < tolerance))

    e, word = evidence(check), "less than " if q.kind == "margin" else ""
    to_settle = rows_to_settle(
        f"is {named(e)} {word}{bound(e)}, or within {near} of that?",
        [*_sides(check, level), Side(None, -1.0, Estimate(q.bound))],
        decides,
        of_ci=level,
        hardest=(-tolerance / 2, tolerance / 2),
    )
    if to_settle is not None:
        to_settle = replace(to_settle, paired=q.paired)
    return replace(check, to_settle=to_settle)


def _sides(check: Check, level: float) -> Sequence[Side]:
    q = check.question
    if q.sides is not None:
        return q.sides(level)
    return (side_of(q.split, check.figure, level),)


METHOD = (
    "intervals as of score, and of compare for a margin (paired by id; else Newcombe (1998b) for "
    "independent rows); gaps as of diagnose; adjusted by Holm's step-down across checks; "
    "proportions beyond 99%: Clopper and Pearson (1934)"
)


@skippable
@asks(GATE)
def gate(
    run: Any,
    y_pred: Any = None,  # noqa: ARG001  put together with the run before
    **asked: Unpack[Asked],
) -> GateDocument:
    """Return whether a run keeps to the ``[[gate]]`` tables of the config.

    A check fails where the whole interval is beyond its bound and passes where the whole interval
    is within; else it is inconclusive. Without a gate in the config, the single number must not be
    worse than the baseline's by the margin, 0.01 by default.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, a frame; an array of labels, a dict of
        columns or of splits, or a fitted estimator.
    y_pred
        Predictions, or probabilities (rows × classes), where `run` is an array of labels; the data
        of a fitted estimator, ``(X, y)`` or such a pair a split.

    Raises
    ------
    InputError, ConfigError, UsageError
        Also where there is nothing to check, or a baseline is of other examples.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6; C3W1 Single number evaluation metric.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"id": range(100), "label": ["a", "b"] * 50,
    ...                       "prediction": ["a", "b"] * 50})
    >>> worse = frame.assign(prediction="a")
    >>> gate(worse, baseline=frame, metric="accuracy").verdict
    'fail'
    """
    baseline, pinned, ledger = asked["baseline"], asked["pinned"], asked["ledger"]
    config = asked["config"]
    kept = ledger.path if isinstance(ledger, LedgerUse) else ledger
    if str(kept) == STANDARD_OUTPUT:
        raise UsageError("a ledger is read again the next time", accepted="--ledger FILE")
    guard([kept], [run, baseline, pinned], config=config)
    require_there(run)
    how = settle(run, asked)
    settings, sampling = how.config, how.sampling
    # Refused before a large file is read.
    other = other_task(asked, run, "average", "beta", "positive", "threshold",
                       "choose_threshold")  # fmt: skip
    wanted = (
        choose_metric(how.metric, labels=("",), positive="", average=how.average,
                      beta=how.beta if how.metric == "f_beta" else 1.0)
        if other is None
        else other.choose(asked["metric"])
    )  # fmt: skip
    sources: dict[Which, Any] = {}
    if baseline is not None:
        sources["last"] = baseline
    if pinned is not None:
        sources["pinned"] = pinned
    gates = _gates(settings.gates, sources, asked["margin"])
    _check_stdin(run, sources, gates, ledger)
    human = _human(asked["human_error"], settings, sampling, bounded=other is None)
    parts = (run, sources, gates, how, asked, human)
    asker: Asker[Any, Any]
    if other is None:
        from mlstrat.workflow.gate.labels import LabelAsker

        asker = LabelAsker(*parts)
    else:
        from mlstrat.workflow.gate.measured import MeasuredAsker

        asker = MeasuredAsker(*parts, task=other)
    result = with_what_would_settle(judge(asker.questions(), sampling.confidence), how.tolerance)
    default = not settings.gates
    findings = _about_sources(asker)
    findings += gate_findings(result, default=default, confidence=sampling.confidence)
    findings += _about_splits(asker, result)
    findings += asker.notes()
    used = None
    if ledger is not None:
        used, more = count_use(ledger, asker, gap_to_test(asker))
        findings += more
    inputs = {x.path: x for x in asker.inputs}
    signature = Signature.of(
        inputs.values(), sampling, METHOD, wanted.metric.name, asker.positive,
        wanted.average if how.average else None,
    )  # fmt: skip
    names: dict[str, str] = {which: asker.name_of(which) for which in sources}
    return GateDocument(
        result,
        asker.main.inputs[0].path,
        names,
        default,
        tuple(findings),
        used,
        signature,
        _beside(run, config),
        asker.threshold(),
    )


def _human(
    typed: str | float | None, settings: Config, sampling: Sampling, *, bounded: bool
) -> Level | None:
    """Return the human level, for gaps; the ladder is loaded where there is one."""
    if typed is None and "error" not in settings.human:
        return None
    from mlstrat.workflow.diagnose.levels import outside_human

    return outside_human(typed, None, settings, sampling, bounded=bounded)


def _beside(run: Any, config: str | Path | None) -> Beside | None:
    """Return what a gate takes from the config beside the run, as the project's says nothing."""
    (_, project), (file, beside) = config_files(run, config)
    if file is None:
        return None
    tables: tuple[tuple[str, Mapping[str, Any], Mapping[str, Any]], ...] = (
        ("columns", project.columns, beside.columns),
        ("splits", project.splits, beside.splits),
        ("diagnose", project.diagnose, beside.diagnose),
        ("human", {}, {} if project.human else beside.human),  # whole or not at all
    )
    held = tuple(f"{name}.{key}" for name, own, others in tables for key in others
                 if key not in own and key != "tolerance")  # fmt: skip
    gates = bool(beside.gates) and not project.gates
    return Beside(file, gates, held) if gates or held else None


def _gates(
    gates: tuple[Gate, ...], sources: Mapping[Which, Any], margin: str | float | None
) -> tuple[Gate, ...]:
    if gates:
        if margin is not None:
            raise UsageError(
                "--margin belongs to the default gate, and the config has gates of its own",
                accepted="margin = 0.01 in a [[gate]]",
            )
        return gates
    if not sources:
        raise UsageError(
            "nothing to check: the config has no [[gate]] and there is no baseline",
            accepted="--baseline FILE, or a config with [[gate]] tables: --config FILE",
        )
    allowed = None if margin is None else parse_rate(margin, "the margin").value
    if allowed == 0:
        raise UsageError("the margin is 0", accepted="a fraction above 0, as 1% or 0.01")
    return (Gate(margin=DEFAULT_MARGIN if allowed is None else allowed),)


def _check_stdin(
    run: Any, sources: Mapping[Which, Any], gates: tuple[Gate, ...], ledger: Any
) -> None:
    again = bool(sources) or ledger is not None or any(g.where for g in gates)
    if any(isinstance(x, str) and x == "-" for x in sources.values()) or (
        isinstance(run, str) and run == "-" and again
    ):
        raise UsageError(
            "standard input can be read once, and gate looks at this run more than once",
            accepted="a file",
        )


def _about_sources(asker: Asker[Any, Any]) -> list[Finding]:
    out = []
    for which in asker.baselines:
        if which not in asker.used:
            out.append(Finding(BASELINE_UNUSED, {"baseline": asker.name_of(which)}))
        elif asker.is_the_run(which):
            evidence = {"baseline": asker.name_of(which), "run": asker.main.inputs[0].path}
            out.append(Finding(BASELINE_IS_RUN, evidence))
        elif asker.predicts_the_same(which):
            rows = next(p.examples() for (w, _), p in asker.pairs.items() if w == which)
            out.append(Finding(SAME_PREDICTIONS, {"rows": rows}))
    return out


def _about_splits(asker: Asker[Any, Any], result: Judgement) -> list[Finding]:
    looked = {c.question.split for c in result.checks if c.question.split is not None}
    out = []
    if "test" in looked:
        out.append(Finding(TEST_LOOKED_AT, {"split": "test"}))
    if asker.how.split is None and "dev" not in asker.main.splits:
        unasked = [c.question.split for c in result.checks if not c.question.gate.split]
        if main := next((split for split in unasked if split is not None), None):
            out.append(Finding(ONLY_SPLIT_USED, {"split": main}))
    return out
