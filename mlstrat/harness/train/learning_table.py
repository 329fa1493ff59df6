# Over 300 lines: a table to learn from, and how its rows are split.
"""Tables to learn from: every cell as text in memory, and each row's split.

A ``split`` column is honoured; without one, splits are drawn as `split` draws them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.cuts import DRAWN, Cuts, Key, Sizes, make_cuts
from mlstrat.core.record import Record
from mlstrat.data.asked.read_as import no_rows
from mlstrat.data.columns import find_column, named
from mlstrat.data.examples import Examples, examples_of, open_examples, read_strata, read_units
from mlstrat.data.parts import InputFile
from mlstrat.data.values import SPLIT_ALIASES, split_name
from mlstrat.errors import InputError, UsageError

Texts = NDArray[np.str_]


HELD_OUT = 0.2
"""Share of the rows that dev gets, and test, where splits are drawn: ours, the course's rule of
60/20/20 for small data."""


MOST_CLASSES = 0.5
"""Values of a target as a share of the rows, above which it is an id or a number: ours."""


FEWEST_ROWS = 10
"""Rows below which three splits are not worth drawing: ours."""


TASKS = ("classification", "regression")
"""What a table's target may be: classes, or a number."""


MOST_NUMBERS = 20
"""Different numbers up to which a target is taken for classes, as `diagnose` does."""


NEEDED = ("train", "dev")
"""Splits without which nothing can be learnt, or told of what was."""


def target_numbers(
    labels: Texts, column: str, examples: Examples, task: str | None
) -> tuple[NDArray[np.float64] | None, list[str]]:
    """Return a target as numbers where one is to be predicted, and what is to be said of it."""
    from mlstrat.harness.datasets.reading import numbers_of, parsed_numbers

    if task is not None and task not in TASKS:
        raise UsageError(f"--task is {task!r}", accepted=", ".join(TASKS),
                         hint="recipes train other tasks: mlstrat train --list")  # fmt: skip
    found = None if task == "classification" else numbers_of(column, labels)
    values = None if found is None else found.values[column]
    whole = values is not None and not np.isnan(values).any()
    many = len(np.unique(values)) if values is not None and whole else 0
    shown = repr(column[:60])
    if task == "regression" or many > MOST_NUMBERS:
        numbers = parsed_numbers(labels)
        bad = np.flatnonzero(np.isnan(numbers))
        if len(bad) or len(np.unique(numbers)) < 2:
            said = "the target is the same in every row"
            if len(bad):
                said = f"{len(bad):,} of {len(labels):,} rows have no number, as {labels[bad[0]]!r}"
            raise InputError(said, file=examples.table.name, column=column,
                             accepted="numbers, at least two of them different",
                             hint="leave these rows out" if len(bad) else None)  # fmt: skip
        remark = f"{shown} holds {many:,} different numbers: a number is predicted, and the error "
        return numbers, [remark + "is the mean distance (--task classification: each is a class)"]
    check_labels(labels, column, examples)
    if many > 2 and task is None:
        return None, [f"{shown} holds {many} different numbers, each taken for a class (--task "
                      "regression predicts the number)"]  # fmt: skip
    return None, []


def check_labels(labels: Texts, column: str, examples: Examples) -> None:
    """Refuse a target that has blanks, one value, or nearly as many as rows."""
    table = examples.table
    blank = int((labels == "").sum())
    if blank:
        name, row, _ = table.first_row(examples.text(column) == "", table.column(column))
        raise InputError(
            f"{blank:,} of {len(labels):,} rows have no label", file=name, row=row, column=column,
            accepted="a class in every row", hint="fill them in, or leave these rows out",
        )  # fmt: skip
    classes = np.unique(labels)
    if len(classes) == 1:
        raise InputError(
            f"the target is {classes[0][:40]!r} in every row", file=table.name, column=column,
            accepted="two classes or more",
        )  # fmt: skip
    if len(classes) > MOST_CLASSES * len(labels):
        raise InputError(
            f"the target has {len(classes):,} values in {len(labels):,} rows: an id, or a number",
            file=table.name, column=column, accepted="classes, each with several rows",
            hint="name another column with --target; --task regression predicts a number",
        )  # fmt: skip


def check_classes(labels: Texts, splits: Sequence[str], column: str | None, file: str) -> None:
    """Refuse classes with fewer rows than splits."""
    classes, rows = np.unique(labels, return_counts=True)
    rare = [(str(c), int(n)) for c, n in zip(classes, rows, strict=True) if n < len(splits)]
    if rare:
        shown = ", ".join(f"{name[:40]!r} ({n})" for name, n in rare[:5])
        more = f" and {len(rare) - 5} more" if len(rare) > 5 else ""
        raise InputError(
            f"classes with fewer rows than there are splits ({', '.join(splits)}): {shown}{more}",
            file=file, column=column, accepted=f"at least {len(splits)} rows of each class",
            hint="merge them with another class, or leave their rows out",
        )  # fmt: skip


def take_splits(texts: Texts, column: str, examples: Examples) -> Texts:
    """Return the splits that a column names."""
    names = {text: split_name(text, {}) for text in np.unique(texts).tolist()}
    unknown = [text for text, name in names.items() if name is None]
    if unknown:
        said = "a blank split" if unknown == [""] else f"unknown split {unknown[-1][:40]!r}"
        raise InputError(
            said, file=examples.table.name, column=column, accepted=", ".join(SPLIT_ALIASES)
        )
    splits = np.array([names[text] for text in texts.tolist()], dtype=str)
    missing = [split for split in NEEDED if split not in set(names.values())]
    if missing:
        raise missing_splits(missing, column, examples.table.name)
    return splits


def check_train(labels: Texts, column: str | None, file: str) -> None:
    """Refuse a train of one class."""
    classes = np.unique(labels).tolist()
    if len(classes) < 2:
        raise InputError(
            f"train holds only the class {classes[0][:40]!r}" if classes else "train is empty",
            file=file, column=column, accepted="rows of two classes or more in train",
        )  # fmt: skip


def draw_splits(
    examples: Examples, column: str | None, own: Mapping[str, Texts], seed: int
) -> Texts:
    """Draw splits as `split` does: whole groups or ids by their hash, else each class its share.

    ``column`` is that of the classes; None where a number is predicted.
    """
    unique = "id" not in own or len(np.unique(own["id"])) == len(own["id"])
    key: Key = "group" if "group" in own else "row" if unique and "id" not in own else "id"
    examples = replace(examples, key=key, stratify=column if unique and key != "group" else None)
    strata = list(read_strata(examples))
    units = read_units(examples, strata, seed)
    hashes, codes = examples.hashes(seed), examples.code(strata)
    found = examples.table.collect(
        lambda frame: frame.select(hashes.alias("hash"), codes.alias("code"))
    ).frame
    rows = len(found)
    if rows < FEWEST_ROWS:
        raise _too_few(rows, examples.table.name)
    held = round(HELD_OUT * rows)
    cuts = Cuts(seed, key, {}, (), *make_cuts(units, strata, Sizes(held, held), ()))
    ends = [cuts.ends(stratum) for stratum in strata]
    code, hashed = found["code"].to_numpy(), found["hash"].to_numpy()
    splits = np.full(rows, "train", dtype="<U9")
    splits[hashed < np.array([e.test for e in ends], np.uint64)[code]] = "test"
    splits[hashed < np.array([e.dev for e in ends], np.uint64)[code]] = "dev"
    empty = [name for name in ("train", "dev", "test") if not (splits == name).any()]
    if empty:
        raise InputError(
            f"{empty[0]} would be empty: whole {key}s are too large for a fifth of the rows",
            file=examples.table.name, accepted=f"more {key}s, or a column split",
        )  # fmt: skip
    return splits


def latest_rows(column: str, cells: Texts | None, groups: Texts | None, file: str) -> Texts:
    """Hold the latest rows out: the last fifth is test, the fifth before it dev.

    Rows of one moment stay together; a group that is in train by its first row is nowhere else:
    its later rows are left to train, too.
    """
    from mlstrat.harness.datasets.reading import days_of, numbers_of

    found = None if cells is None else days_of(column, cells) or numbers_of(column, cells)
    at = None if found is None else found.moment
    if found is not None and at is None:
        at = found.values[column]
    if at is None or np.isnan(at).any():
        raise InputError(
            "no date in every row" if at is not None else "these are not dates", file=file,
            column=column, accepted="dates as 2024-02-29, or numbers that rise with time",
        )  # fmt: skip
    if groups is not None:
        _, codes = np.unique(groups, return_inverse=True)
        first = np.full(codes.max() + 1, np.inf)
        np.minimum.at(first, codes, at)
        at = first[codes]
    ordered = np.sort(at)
    rows, held = len(at), round(HELD_OUT * len(at))
    if rows < FEWEST_ROWS:
        raise _too_few(rows, file)
    dev, test = ordered[rows - 2 * held], ordered[rows - held]
    splits = np.full(rows, "train", dtype="<U9")
    splits[at >= dev] = "dev"
    splits[at >= test] = "test"
    empty = [name for name in ("train", "dev", "test") if not (splits == name).any()]
    if empty:
        raise InputError(
            f"{empty[0]} would be empty: too many rows are of one moment", file=file,
            column=column, accepted="dates that tell rows apart, or a column split",
        )  # fmt: skip
    return splits


def _too_few(rows: int, file: str) -> InputError:
    return InputError(
        f"{rows} rows are too few for train, dev and test", file=file,
        accepted=f"{FEWEST_ROWS} rows or more",
    )  # fmt: skip


def drawn_splits(names: Texts, labels: Texts, file: str, seed: int) -> Texts:
    """Draw the splits of examples that have a name and a class, as those of a table."""
    import polars as pl

    table = open_examples(pl.DataFrame({"id": names, "label": labels}))
    examples = replace(examples_of(table, columns={}), table=replace(table, name=file))
    check_labels(labels, "label", examples)
    check_classes(labels, ("train", *DRAWN[:2]), None, file)
    splits = draw_splits(examples, "label", {"id": names}, seed)
    check_train(labels[splits == "train"], None, file)
    return splits


def given_splits(splits: Texts, labels: Texts, file: str) -> Texts:
    """Return splits that were told, once they are found fit."""
    there = set(splits.tolist())
    missing = [split for split in NEEDED if split not in there]
    if missing:
        raise missing_splits(missing, None, file)
    check_classes(labels, ("train", *sorted(there - {"train"})), None, file)
    check_train(labels[splits == "train"], None, file)
    return splits


def missing_splits(splits: Sequence[str], column: str | None, file: str) -> InputError:
    """Return the error for splits without rows."""
    return InputError(
        f"no rows of {' and of '.join(splits)}", file=file, column=column,
        accepted="train and dev, and best train-dev and test, too",
        hint="`mlstrat split` makes the splits of a table without such a column",
    )  # fmt: skip


PEOPLE = re.compile(
    r"(patient|subject|person|people|participant|user|customer|client|member|student|pupil|child|"
    r"household|family|speaker|author|writer|respondent|driver|player|employee|animal|donor)s?"
    r"([ _-]?(id|no|nr|num|number|name|key|code|uid))?$",
    re.IGNORECASE,
)
"""Names of columns that say whose a row is."""

FEWEST_PEOPLE = 10


class LearningTable(Record, eq=False):
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


class TableAsked(Record):
    """What is said of a table to learn from: the columns of roles, and how rows are split."""

    columns: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    split_seed: int = 0
    by_time: str | None = None
    task: str | None = None
    """What is predicted, one of `TASKS`; None: as the target looks."""


def read_learning_table(
    source: Any, target: str | None, said: TableAsked | None = None
) -> LearningTable:
    """Read a table of examples, and give each row its split.

    Without a ``target`` it is the column that plays the role of the label.
    """
    said = said or TableAsked()
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
