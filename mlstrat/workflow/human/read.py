"""What people answered: columns of a run, a long table, or levels that someone measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mlstrat.core.findings import Finding
from mlstrat.data.asked.read_as import BESIDE, filtered
from mlstrat.data.columns import ALIASES, PERSON, VOTES, named
from mlstrat.data.files import describe_input
from mlstrat.data.opening import as_asked, open_all, open_frame, without_filter
from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.run import Run, read_run
from mlstrat.tasks.findings import NO_SPLIT_COLUMN
from mlstrat.workflow.human.tables import LONG, TypedPerson, join_long, predicts, read_typed_people

KINDS = (
    "a run with columns human_<name> or votes_<label>; a long table with id, annotator, answer; "
    "or levels with name, error"
)


@dataclass(frozen=True)
class People:
    """What was read: the counts of a run with people's answers, or typed levels.

    ``groups`` goes from person to group; ``has_model`` tells whether the predictions of the run
    are a model's.
    """

    run: Run | None
    levels: tuple[TypedPerson, ...]
    groups: Mapping[str, str] = field(default_factory=dict)
    has_model: bool = False
    notes: tuple[Finding, ...] = ()
    inputs: tuple[InputFile, ...] = ()


def read_people(
    source: Any,
    *,
    run: Any = None,
    n: int | None = None,
    columns: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
) -> People:
    """Read people's answers or levels from a file, standard input or a frame.

    Parameters
    ----------
    source
        A run with ``human_<name>`` columns, a long table, or levels; its columns tell which.
    run
        The run that holds the labels of a long table, by id.
    n
        Answers behind every level without its own.
    columns, split_as, positive, threshold
        As for `read_run`.
    defaults
        The columns of a run as its config names them; those of a long table are its own.

    Raises
    ------
    InputError, UsageError
        For what is none of the three, and for tables that contradict themselves.

    Examples
    --------
    >>> import polars as pl
    >>> read_people(pl.DataFrame({"name": ["typical", "expert"], "error": ["3%", "1%"]})).levels[1]
    TypedPerson(name='expert', rate=Rate(value=0.01, errors=None, n=None), group=None)
    """
    columns = columns or {}
    table = open_all(source)
    kind = kind_of(table.header, columns)
    table = as_asked(table) if kind == "run" else filtered(table)
    if kind == "run":
        columns = {**(defaults or {}), **columns}
    if kind != "long" and run is not None:
        raise UsageError("a run of labels belongs to a long table (id, annotator, answer)")
    if kind != "levels" and n is not None:
        raise UsageError("a number of answers belongs to a table of levels (name, error)")
    if kind == "levels":
        levels = read_typed_people(table, n)
        groups = {x.name: x.group for x in levels if x.group is not None}
        read = describe_input(table.name, table.files, len(levels), checksum=False)
        return People(None, levels, groups, inputs=(read,))
    notes: tuple[Finding, ...] = ()
    people: dict[str, str] = {}
    inputs: tuple[InputFile, ...] | None = None
    again = table
    if kind == "long":
        beside = BESIDE.get()
        labels = None if run is None else without_filter(run)
        if labels is None and beside is not None:
            labels = open_all(beside.source)
        if labels is not None and defaults:
            known = {r: c for r, c in defaults.items() if r in ALIASES and c in labels.header}
            columns = {**known, **columns}
        joined = join_long(table, labels, columns)
        again, people, notes = open_frame(joined.frame), dict(joined.groups), joined.notes
        inputs = joined.inputs
        columns = joined.columns
    header = again.header
    has_model = predicts(header, columns)
    if not has_model:
        columns = {**columns, **_label_for_prediction(header, columns)}
    found = read_run(
        again, columns=columns, split_as=split_as, positive=positive, threshold=threshold
    )
    if not found.cells.answers and found.cells.votes is None:
        raise InputError("no answers of people", file=table.name, accepted=KINDS)
    if inputs is None:
        inputs = found.inputs
    without_split = tuple(note for note in found.notes if note.rule != NO_SPLIT_COLUMN)
    return People(found, (), people, has_model, (*notes, *without_split), inputs)


def kind_of(
    header: tuple[str, ...], columns: Mapping[str, str]
) -> Literal["levels", "long", "run"]:
    """Return what a table is by its columns, in any case.

    Examples
    --------
    >>> kind_of(("id", "annotator", "answer"), {}), kind_of(("Name", "Error"), {})
    ('long', 'levels')
    """
    names = {name.lower() for name in header} | {role.lower() for role in columns}
    people = any(x == "human" or x.startswith((PERSON, VOTES)) for x in names)
    if {"annotator", "answer"} <= names:
        return "long"
    if not people and not predicts(header, columns):
        answered = {*LONG["answer"], "answer", *ALIASES["label"]}
        if names & set(LONG["annotator"]) and names & answered:
            return "long"
    return "levels" if {"name", "error"} <= names else "run"


def _label_for_prediction(header: tuple[str, ...], columns: Mapping[str, str]) -> dict[str, str]:
    """Let the label stand in for the prediction that is not there: nothing is read from it."""
    said = {role.strip().lower(): column for role, column in columns.items()}
    if "label" in said:
        return {"prediction": said["label"]}
    found = named(header, "label")
    people = [n for n in header
              if n.lower() == "human" or n.lower().startswith((PERSON, VOTES))]  # fmt: skip
    if len(found) != 1 or not people:
        return {}  # the door says what is missing
    return {"label": found[0], "prediction": found[0]}
