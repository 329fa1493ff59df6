"""Tables to learn from: every cell as text in memory, and each row's split.

A ``split`` column is honoured; without one, splits are drawn as `split` draws them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.cuts import DRAWN
from mlstrat.data.asked.read_as import no_rows
from mlstrat.data.columns import find_column, named
from mlstrat.data.examples import (
    Examples,
    examples_of,
    open_examples,
)
from mlstrat.data.parts import InputFile
from mlstrat.errors import UsageError
from mlstrat.harness.train.table_splits import (
    Texts,
    check_classes,
    check_train,
    draw_splits,
    latest_rows,
    take_splits,
    target_numbers,
)

PEOPLE = re.compile(
    r"(patient|subject|person|people|participant|user|customer|client|member|student|pupil|child|"
    r"household|family|speaker|author|writer|respondent|driver|player|employee|animal|donor)s?"
    r"([ _-]?(id|no|nr|num|number|name|key|code|uid))?$",
    re.IGNORECASE,
)
"""Names of columns that say whose a row is."""

FEWEST_PEOPLE = 10


@dataclass(frozen=True, eq=False)
class LearningTable:
    """A table in memory."""

    cells: Mapping[str, Texts]
    """Column to its N cells as text, blank where nothing is there; without roles and target."""
    target: str
    labels: NDArray[Any]
    """Its cells; as numbers where a number is to be predicted."""
    splits: Texts
    drawn: bool
    ids: Texts | None
    groups: Texts | None
    sources: Texts | None
    """(N,), or None where there is no such column."""
    file: InputFile
    remarks: tuple[str, ...] = ()
    ordered: str | None = None
    """The column of dates whose latest rows are held out; None where rows are drawn."""
    id_column: str | None = None


@dataclass(frozen=True)
class TableAsked:
    """What is said of a table to learn from: the columns of roles, and how rows are split."""

    columns: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    split_seed: int = 0
    by_time: str | None = None
    task: str | None = None
    """What is predicted, one of `TASKS`; None: as the target looks."""


def read_learning_table(
    source: Any, target: str | None, said: TableAsked = TableAsked()
) -> LearningTable:
    """Read a table of examples, and give each row its split.

    Without a ``target`` it is the column that plays the role of the label.
    """
    table = open_examples(source)
    said_label = {r.strip().lower(): c for r, c in said.columns.items()}.get("label")
    if said_label and target is not None:
        raise UsageError("the target is given twice, by --map label= and by --target")
    others = {r: c for r, c in said.columns.items() if r.strip().lower() != "label"}
    examples = examples_of(table, columns=others, group=said.group)
    column = _target(examples, target or said_label)
    roles = {role: name for role, name in examples.roles.items() if name != column}
    cells = cells_of(examples)
    labels = cells.pop(column)
    file, own = table.name, {role: cells.pop(name) for role, name in roles.items()}
    remarks: list[str] = []
    told = {role.strip().lower() for role in said.columns}
    if "group" not in {*own, *told} and (people := _people(cells)) is not None:
        roles["group"], own["group"] = people, cells.pop(people)
        remarks.append(
            f"rows of one {people[:60]!r} stay together, as its name says people "
            "(--map group= if they need not)"
        )
    numbers, said_of_it = target_numbers(labels, column, examples, said.task)
    remarks += said_of_it
    splits = take_splits(own["split"], roles["split"], examples) if "split" in own else None
    if splits is None and len(set(own.get("source", ()))) > 1:
        raise UsageError(
            f"several sources in the column {roles['source']!r}, and no split column",
            hint="`mlstrat split` makes the splits: it asks which source dev and test are for",
        )
    if said.by_time is not None and splits is not None:
        raise UsageError(
            f"--split-by-time, and the column {roles['split']!r} says the splits",
            hint="--map split= lets rows be split anew",
        )
    used = DRAWN[:2] if splits is None else sorted(set(splits.tolist()) - {"train"})
    if numbers is None:
        check_classes(labels, ("train", *used), column, file)
    ordered = None
    if splits is not None:
        drawn = splits
    elif said.by_time is not None:
        ordered = find_column(table.header, said.by_time, file=file, option="--split-by-time")
        drawn = latest_rows(ordered, cells.get(ordered), own.get("group"), file)
    else:
        examples = replace(examples, roles=roles)
        drawn = draw_splits(examples, None if numbers is not None else column, own,
                            said.split_seed)  # fmt: skip
    if numbers is None:
        check_train(labels[drawn == "train"], column, file)
    return LearningTable(
        cells, column, labels if numbers is None else numbers, drawn, splits is None, own.get("id"),
        own.get("group"), own.get("source"), table.described(len(labels), checksum=False),
        tuple(remarks),
        ordered, roles.get("id"),
    )  # fmt: skip


def _people(cells: Mapping[str, Texts]) -> str | None:
    """Return the first column that is called like people and in which many come again."""
    for name, texts in cells.items():
        if PEOPLE.match(name.strip()):
            told = texts[np.char.strip(texts) != ""]
            if FEWEST_PEOPLE <= len(np.unique(told)) < len(told) and len(told) == len(texts):
                return name
    return None


def _target(examples: Examples, target: str | None) -> str:
    header, file = examples.table.header, examples.table.name
    if target is not None:
        return find_column(header, target, file=file, option="--target")
    like = named(header, "label")
    if len(like) == 1:
        return like[0]
    raise UsageError(
        f"{file}: which column is to be predicted?",
        accepted="--target COLUMN, one of " + ", ".join(repr(name[:40]) for name in header[:12]),
    )


def cells_of(examples: Examples) -> dict[str, Texts]:
    """Return all columns as text."""
    table = examples.table
    table.check_rows()
    names = [str(place) for place in range(len(table.header))]
    found = table.collect(
        lambda frame: frame.select(
            examples.text(column).alias(name)
            for name, column in zip(names, table.header, strict=True)
        )
    )
    if len(found) == 0:
        raise no_rows(table)
    columns = (found.frame[name].to_numpy().astype(str) for name in names)
    return dict(zip(table.header, columns, strict=True))
