"""What every question does alike: shards left out, the task that is asked for, common findings."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.data.parts import pipes_kept
from mlstrat.data.settings import Settled, given_options
from mlstrat.data.values import SPELLING
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature, findings_in
from mlstrat.tasks import CLASSIFICATION, find
from mlstrat.tasks.findings import listening, not_told

if TYPE_CHECKING:
    from mlstrat.core.schema_parts import Input
    from mlstrat.tasks.contract import How, Task


def how_of(settled: Settled, by: Sequence[str] = (), *, checksum: bool) -> How:
    """Return how a task reads its files."""
    from mlstrat.tasks.contract import How

    return How(
        settled.columns, settled.split, settled.split_as, by, settled.options, checksum=checksum
    )


def other_task(asked: Mapping[str, Any], run: Any, *labels: str) -> Task | None:
    """Return the task that is asked for, else the one that the run is of; None for classification.

    ``labels`` are options that speak of labels and predictions, which other tasks refuse.
    """
    name = asked["task"]
    if name is None:
        from mlstrat.tasks.sniffing import task_of

        name = task_of(run, asked.get("columns"))
    if name is None or name.strip().lower() == CLASSIFICATION:
        _refuse_options(asked, CLASSIFICATION, ())
        if isinstance(asked.get("threshold"), str):
            raise UsageError(f"--threshold is {asked['threshold']!r}", accepted="a number")
        return None
    task = find(name)
    _refuse_options(asked, task.name, task.options)
    told = [f"--{x.replace('_', '-')}" for x in labels if x not in task.options and _said(asked[x])]
    if of_labels := (*told, *SPELLING.get().options):
        raise UsageError(
            f"{of_labels[0]} belongs to classification, and this is --task {task.name}",
            hint=f"leave out {of_labels[0]}",
        )
    return task


def _said(given: Any) -> bool:
    """Whether an option was given; a frame was, and has no truth."""
    return given is not None and not (isinstance(given, bool | int | list | tuple) and not given)


def _refuse_options(asked: Mapping[str, Any], task: str, known: Sequence[str]) -> None:
    for name in given_options(asked):
        if name not in known:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{option} does not belong to --task {task}",
                accepted=", ".join(f"--{x.replace('_', '-')}" for x in known) or None,
                hint=f"leave out {option}"
                + (", or name the task: --task NAME" if task == CLASSIFICATION else ""),
            )


Evidence = Mapping[str, Any]


D = TypeVar("D")


MOST_SHARDS, MOST_OF_A_REASON = 5, 120
"""Shards that a sentence names, and how much of the reason; the JSON has all."""


def _left_out(e: Evidence, _s: Scale) -> str:
    return " ".join(_left_out_of(run) for run in e["runs"])


def _left_out_of(run: Evidence) -> str:
    rows = "an unknown number of" if run["rows"] is None else count(run["rows"])
    gone = [f"{clean(x['path'])} ({clean(x['reason'], MOST_OF_A_REASON)})"
            for x in run["left_out"][:MOST_SHARDS]]  # fmt: skip
    if run["shards"] > MOST_SHARDS:
        gone.append(f"{count(run['shards'] - MOST_SHARDS)} more")
    return (
        f"{count(run['shards'])} of {count(run['of'])} shards of {clean(run['path'])}, with {rows} "
        f"rows: {listed(gone)}."
    )


SHARDS_LEFT_OUT = Rule(
    "MLS214", "issue", "Shards are missing: they are truncated or damaged",
    "Every figure describes the rows that are left, and the lost rows may differ from them.",
    "A shard of a glob or a folder cannot be read to its end, and --skip-broken was given.",
    "mlstrat: part of a data set must not pass for the whole",
    ("write or copy these shards again",
    "until then, take no decision that a few more rows could change"),
    sentence=_left_out)  # fmt: skip


def told_left_out(document: D, runs: Sequence[Mapping[str, Any]]) -> D:
    """Return a document that tells which shards are missing of which run."""
    if not runs:
        return document
    missing = {run["path"]: run["left_out"] for run in runs}
    signature: Signature = document.signature  # type: ignore[attr-defined]
    inputs: tuple[Input, ...] = tuple(
        {**x, "left_out": missing[x["path"]]} if x["path"] in missing else x
        for x in signature.inputs
    )
    finding = Finding(SHARDS_LEFT_OUT, {"runs": list(runs)})
    told = _with_findings(document, [finding])
    out: D = replace(told, signature=replace(signature, inputs=inputs))
    return out


def _with_findings(document: Any, first: Sequence[Finding], last: Sequence[Finding] = ()) -> Any:
    """Return a document with more findings: its own, or those of the result that it shows."""
    if any(field.name == "findings" for field in fields(document)):
        told = (*first, *document.findings, *last)
        return replace(document, findings=told)
    for field in fields(document):
        result = getattr(document, field.name)
        if is_dataclass(result) and hasattr(result, "findings"):
            return replace(document, **{field.name: _with_findings(result, first, last)})
    raise TypeError(f"{type(document).__name__} holds no findings")


def _told_oddities(document: Any, said: Sequence[tuple[str, Finding]]) -> Any:
    if not said or not is_dataclass(document):
        return document
    told = findings_in(document)
    if told is None:
        return document
    inputs = getattr(getattr(document, "signature", None), "inputs", ())
    new = not_told(said, told, several=len(inputs) > 1)
    issues = [x for x in new if x.severity == "issue"]
    return _with_findings(document, issues, [x for x in new if x not in issues])


READ_AS = (
    "label_as", "ignore", "ignore_case", "any_of", "filter", "labels", "labels_in_order",
    "classes", "shift_predictions",
)  # fmt: skip
"""Options that hold for all that a call reads."""

PLAIN = (Path, str, int, float, NoneType)
"""What a call is made of that names files and gives no values of Python."""

P = ParamSpec("P")


def _sized(given: Any) -> bool:
    """Whether nothing is given where it is empty; a frame is given with or without rows."""
    return isinstance(given, str | list | tuple | dict)


def skippable(function: Callable[P, D]) -> Callable[P, D]:
    """Read rows and labels as a call says; let ``skip_broken=True`` leave out damaged shards.

    The function is called again without the shards that stopped it: it must not have written
    anything before it returns.
    """
    own = [name for name in READ_AS if name in inspect.signature(function).parameters]

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> D:
        notes: list[Finding] = []
        placed: Any = args
        given: Any = kwargs
        if not all(isinstance(x, PLAIN) for x in (*args, *kwargs.values())):
            from mlstrat.tasks.python_calls import with_runs

            if (runs := with_runs(function, args, kwargs)) is not None:
                placed, (given, notes) = (), runs
        document = read_so(*placed, **given)
        return _with_findings(document, notes) if notes else document

    def read_so(*args: P.args, **kwargs: P.kwargs) -> D:
        said: dict[str, Any] = {name: kwargs.pop(name) for name in own if name in kwargs}
        task = kwargs.get("task")
        if isinstance(task, str) and task.strip().lower() == CLASSIFICATION:
            said["as_classes"] = not SPELLING.get().as_classes  # else within that already
        if any(x is not None and x is not False and (not _sized(x) or x) for x in said.values()):
            from mlstrat.data.asked.read_as import labels_beside, reading_as

            labels, in_order = said.pop("labels", None), said.pop("labels_in_order", False)
            columns: Any = kwargs.get("columns")
            with reading_as(**said), labels_beside(labels, in_order=in_order, columns=columns):
                return read_so(*args, **kwargs)
        with listening() as odd:
            document: D = _told_oddities(whole(*args, **kwargs), odd)
            return document

    def whole(*args: P.args, **kwargs: P.kwargs) -> D:
        if not kwargs.get("skip_broken"):
            with pipes_kept():
                return function(*args, **kwargs)
        from mlstrat.data.shards import BrokenShardError, leaving_out

        with pipes_kept(), leaving_out() as noted:
            while True:
                try:
                    document = function(*args, **kwargs)
                except BrokenShardError as error:
                    noted.note(error)
                else:
                    return told_left_out(document, noted.told())

    return called
