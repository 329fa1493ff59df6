# Over 300 lines: three kinds of tables, told apart and read in one place.
"""What people answered: columns of a run, a long table, or levels that someone measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.data.asked.read_as import BESIDE, filtered, no_rows
from mlstrat.data.columns import ALIASES, PERSON, PROBABILITY, VOTES, find_column, named
from mlstrat.data.counting import refuse_counts
from mlstrat.data.files import describe_input
from mlstrat.data.formats.first_lines import header_hint
from mlstrat.data.opening import as_asked, open_all, open_frame, without_filter
from mlstrat.data.parts import InputFile
from mlstrat.data.rates import Rate, parse_count, parse_rate
from mlstrat.data.roles import columns_of
from mlstrat.data.table import Table
from mlstrat.data.values import BLANK, value_texts
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.run import Run, read_run
from mlstrat.tasks.findings import NO_SPLIT_COLUMN
from mlstrat.workflow.human.findings import ANSWERS_WITHOUT_LABEL

LONG = {
    "id": (*ALIASES["id"], "item", "item_id", "task", "task_id", "unit_id", "question_id"),
    "annotator": (
        "annotator", "annotator_id", "worker", "worker_id", "rater", "rater_id", "coder",
        "coder_id", "labeler", "labeller", "judge", "assessor", "reader", "person",
    ),
    "answer": ("answer", "response", "annotation", "judgment", "judgement", "rating", "choice"),
    "label": ALIASES["label"],
    "group": ("group",),
}  # fmt: skip
"""The columns of a long table; here a group is one of people.

Where no column is called an answer, and the labels lie elsewhere or in another column, the one
that is called a label is the answer.
"""


class TypedPerson(Record):
    """One row of a table of levels."""

    name: str
    rate: Rate
    group: str | None


class Joined(Record):
    """A long table as a run: a Polars frame with one column a person, and who is in which group."""

    frame: Any
    columns: Mapping[str, str]
    groups: Mapping[str, str]
    notes: tuple[Finding, ...]
    inputs: tuple[InputFile, ...]


def read_typed_people(table: Table, n: int | None) -> tuple[TypedPerson, ...]:
    """Return the levels of a table with ``name``, ``error``, and optionally ``n`` and ``group``."""
    columns = {
        role: column
        for role in ("name", "error", "n", "group")
        if (column := _named(table, role, (role,), {})) is not None
    }
    rows = rows_of(table, columns)
    out: list[TypedPerson] = []
    for i, row in enumerate(rows):
        name = row["name"]
        if name == BLANK:
            raise _at(table, i, columns["name"], "a blank name")
        if name in {x.name for x in out}:
            raise _at(table, i, columns["name"], f"{name!r} occurs twice")
        try:
            rate = parse_rate(row["error"], f"the error of {name}")
        except InputError as error:
            raise InputError(
                error.message, file=table.name, row=_line(table, i), column=columns["error"],
                accepted=error.accepted, hint=error.hint,
            ) from None  # fmt: skip
        count, own = row.get("n", BLANK), n
        if count != BLANK and (own := parse_count(count)) is None:
            raise _at(
                table, i, columns["n"], f"{count!r} is not a number of answers",
                "a whole number above 0",
            )  # fmt: skip
        if own is not None and rate.n is None:
            rate = Rate(rate.value, round(rate.value * own), own)
        out.append(TypedPerson(name, rate, row.get("group") or None))
    if not out:
        raise no_rows(table)
    return tuple(out)


class _Long(Record):
    """The rows of a long table: answers by id and person, labels by id, groups by person."""

    answers: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, str]
    groups: Mapping[str, str]
    rows: int


def join_long(table: Table, run: Table | None, mapping: Mapping[str, str]) -> Joined:
    """Return a long table as a run, with the labels of another run or of its own column."""
    mapping = _check_mapping(mapping, table, run)
    columns = _long_columns(table, mapping, run is not None)
    long = _read_answers(table, columns)
    people = sorted({who for given in long.answers.values() for who in given})
    inputs = [table.described(long.rows, checksum=False)]
    notes: list[Finding] = []
    if run is None:
        base = {"id": list(long.labels), "label": list(long.labels.values())}
    else:
        base = _run_columns(run, mapping)
        inputs.append(run.described(len(base["id"]), checksum=False))
        missing = sorted(set(long.answers) - set(base["id"]))
        if len(missing) == len(long.answers):
            raise InputError(
                f"none of the {len(missing)} ids that people answered is in {run.name}",
                file=table.name, column=columns["id"], hint="do both tables use one kind of id?",
            )  # fmt: skip
        if missing:
            notes.append(
                Finding(ANSWERS_WITHOUT_LABEL, {"ids": len(missing), "first": missing[:5]})
            )
    import polars as pl

    given = {
        PERSON + who: [long.answers.get(i, {}).get(who, BLANK) for i in base["id"]]
        for who in people
    }
    own = {name: name for name in (*base, *given)}
    return Joined(pl.DataFrame(base | given), own, long.groups, tuple(notes), tuple(inputs))


def _read_answers(table: Table, columns: Mapping[str, str]) -> _Long:
    answers: dict[str, dict[str, str]] = {}
    labels: dict[str, str] = {}
    groups: dict[str, str] = {}
    rows = rows_of(table, columns)
    for i, row in enumerate(rows):
        for role in ("id", "annotator"):
            if row[role] == BLANK:
                raise _at(table, i, columns[role], f"a blank {role}")
        who, which = row["annotator"], row["id"]
        if who in answers.setdefault(which, {}):
            raise _at(table, i, columns["annotator"], f"{who!r} answered {which!r} twice")
        answers[which][who] = row["answer"]
        for role, seen, of in (("group", groups, who), ("label", labels, which)):
            value = row.get(role, BLANK)
            if role in columns and (value != BLANK or role == "label"):
                if value == BLANK:
                    raise _at(table, i, columns[role], "a blank label", "a label in every row")
                if seen.setdefault(of, value) != value:
                    raise _at(
                        table, i, columns[role],
                        f"two {role}s for {of!r}: {seen[of]!r} and {value!r}",
                    )  # fmt: skip
    if not rows:
        raise no_rows(table)
    return _Long(answers, labels, groups, len(rows))


def predicts(header: tuple[str, ...], columns: Mapping[str, str]) -> bool:
    """Tell whether a table holds predictions, scores or probabilities."""
    roles = {role.strip().lower() for role in columns}
    names = {name.lower() for name in header}
    return bool(
        roles & {"prediction", "score"}
        or names & {*ALIASES["prediction"], *ALIASES["score"]}
        or any(name.startswith(PROBABILITY) for name in roles | names)
    )


def _check_mapping(mapping: Mapping[str, str], table: Table, run: Table | None) -> dict[str, str]:
    """Refuse a role that does not exist, and a column that neither table has."""
    header = (*table.header, *(run.header if run else ()))
    for role in mapping:
        if role not in LONG and (run is None or role not in ALIASES):
            raise UsageError(f"--map knows no role {role!r} here", accepted=", ".join(LONG))
    return {
        role: find_column(header, column, file=table.name, option=f"--map {role}")
        for role, column in mapping.items()
    }


def _long_columns(table: Table, mapping: Mapping[str, str], has_run: bool) -> dict[str, str]:
    columns: dict[str, str] = {}
    for role, aliases in LONG.items():
        if role == "label" and has_run:
            continue
        column = _named(table, role, aliases, mapping, leave=tuple(columns.values()))
        if column is None and role == "answer":
            column = _label_as_answer(table, has_run or "label" in mapping)
        if column is None and role in ("id", "annotator", "answer", "label"):
            hint = "name it: --map " + role + "=COLUMN"
            if role == "label":
                hint += ", or give the run that holds the labels: --run RUN"
            raise InputError(f"no column {role!r}", file=table.name,
                             accepted="columns id, annotator, answer, and optionally group, label",
                             hint=header_hint(table.header, hint))  # fmt: skip
        if column is not None:
            columns[role] = column
    return columns


def _label_as_answer(table: Table, labelled: bool) -> str | None:
    """Return the column called label where it is what people answered; None where it is not."""
    found = [name for name in table.header if name.lower() in ("label", "labels")]
    others = [name for name in named(table.header, "label") if name not in found]
    return found[0] if len(found) == 1 and (labelled or others) else None


def _run_columns(run: Table, mapping: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the columns of the run that matter here, under the names of their roles."""
    roles = ("id", "label", "prediction", "score", "split", "weight", "group", "source")
    said = {r: c for r, c in mapping.items() if r in roles and c in run.header}
    if not predicts(run.header, said):
        label = _named(run, "label", ALIASES["label"], said)
        said |= {} if label is None else {"label": label, "prediction": label}
    found = columns_of(run, said)
    refuse_counts(found, run.name, "to join by id", "name the run that they were counted from")
    if found.get("id") is None:
        raise InputError(
            "no id column, by which answers find their labels", file=run.name,
            accepted=", ".join(ALIASES["id"]), hint="name it: --map id=COLUMN",
        )  # fmt: skip
    keep = {r: c for r, c in found.roles.items() if r in roles or r.startswith("prob_")}
    if keep.get("prediction") == keep["label"]:
        del keep["prediction"]
    rows = rows_of(run, keep)
    seen: set[str] = set()
    for i, row in enumerate(rows):
        if row["id"] in seen:
            raise _at(run, i, keep["id"], f"the id {row['id']!r} occurs twice")
        seen.add(row["id"])
    return {role: [row[role] for row in rows] for role in keep}


def _named(
    table: Table, role: str, aliases: tuple[str, ...], mapping: Mapping[str, str],
    leave: tuple[str, ...] = (),
) -> str | None:  # fmt: skip
    """Return the column of a role: mapped, or the only one of its names."""
    if mapping.get(role) in table.header:
        return mapping[role]
    header = [name for name in table.header if name not in leave]
    found = (named(header, role) if role == "label"
             else [name for name in header if name.lower() in aliases])  # fmt: skip
    plain = [name for name in found if name.lower() == role]
    found = plain if role in ("annotator", "answer") and plain else found
    return only_one(table, role, found)


def only_one(table: Table, role: str, found: Sequence[str]) -> str | None:
    """Return the column of a role, if there is one; several are refused."""
    if len(found) > 1:
        raise InputError(
            f"{len(found)} columns for the role {role!r}: {', '.join(map(repr, found))}",
            file=table.name, hint=f"say which one: --map {role}={found[0]}",
        )  # fmt: skip
    return found[0] if found else None


def rows_of(table: Table, columns: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows as texts by role; blank where nothing stands."""
    table.check_rows()
    found = table.collect(
        lambda frame: frame.select(*(table.category(c).alias(r) for r, c in columns.items()))
    )
    lists = [value_texts(found.frame[role].to_list()) for role in columns]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def _at(
    table: Table, index: int, column: str, message: str, accepted: str | None = None
) -> InputError:
    return InputError(
        message, file=table.name, row=_line(table, index), column=column, accepted=accepted
    )


def _line(table: Table, index: int) -> int | None:
    """Return the 1-based row, in text the line, where that can be told."""
    if table.files is not None and len(table.files.parts) > 1:
        return None
    return table.row_of(index)


KINDS = (
    "a run with columns human_<name> or votes_<label>; a long table with id, annotator, answer; "
    "or levels with name, error"
)


class People(Record):
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

    The columns of `source` tell which of the three it is; `run` holds the labels of a long table,
    `n` are the answers behind every level without its own, and `defaults` the columns of a run as
    its config names them: those of a long table are its own.
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
    joined = None
    if kind == "long":
        beside = BESIDE.get()
        labels = None if run is None else without_filter(run)
        if labels is None and beside is not None:
            labels = open_all(beside.source)
        if labels is not None and defaults:
            known = {r: c for r, c in defaults.items() if r in ALIASES and c in labels.header}
            columns = {**known, **columns}
        joined = join_long(table, labels, columns)
        columns = joined.columns
    again = table if joined is None else open_frame(joined.frame)
    has_model = predicts(again.header, columns)
    if not has_model:
        columns = {**columns, **_label_for_prediction(again.header, columns)}
    found = read_run(
        again, columns=columns, split_as=split_as, positive=positive, threshold=threshold
    )
    if not found.cells.answers and found.cells.votes is None:
        raise InputError("no answers of people", file=table.name, accepted=KINDS)
    notes = tuple(note for note in found.notes if note.rule != NO_SPLIT_COLUMN)
    if joined is None:
        return People(found, (), {}, has_model, notes, found.inputs)
    notes = (*joined.notes, *notes)
    return People(found, (), joined.groups, has_model, notes, joined.inputs)


def kind_of(
    header: tuple[str, ...], columns: Mapping[str, str]
) -> Literal["levels", "long", "run"]:
    """Return what a table is by its columns, in any case."""
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
