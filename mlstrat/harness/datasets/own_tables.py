"""A user's own table: which columns can be learnt from, and as what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.core.record import Record
from mlstrat.data.columns import ALIASES, COUNT, PREFIXES
from mlstrat.errors import InputError
from mlstrat.harness.datasets import Examples
from mlstrat.harness.datasets.own_pictures import path_column
from mlstrat.harness.datasets.reading import (
    NOTHING,
    Column,
    ReadColumn,
    TableReading,
    days_of,
    numbers_of,
)
from mlstrat.harness.train.learning_table import LearningTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Texts = NDArray[np.str_]

MOST_CATEGORIES = 50
"""Categories that get a column of their own; rarer ones share one. Ours."""

FREE_TEXT = 0.5
"""Distinct values as a share of the rows, above which a column of text is free text or an id."""

WORDS = 2.0
"""Words a cell, on average, from which such a column is free text and no id. Ours."""

MOST_SLICED = 12
"""Values of a category up to which errors can be sliced by it."""

ID_NAME = re.compile(r"(^|[_\W])(id|ids|key|index|uuid|guid|nr)$|[a-z]I[Dd]$", re.IGNORECASE)
"""Names of whole numbers that number the rows."""

TAKEN = {name for names in ALIASES.values() for name in names} | {COUNT}
"""Names that play a role in a run, so that a column to slice by gets another one."""


class OwnTable(Record, eq=False):
    """A user's table as examples."""

    examples: Examples
    """Their features are a frame: numbers (NaN where missing), categories and free text."""
    splits: Mapping[str, NDArray[np.intp]]
    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    texts: tuple[str, ...]
    remarks: tuple[str, ...]
    """Which columns are not used, or not as they are written, each with its reason."""
    moments: Mapping[str, NDArray[np.float64]]
    """Of each column of dates, the days since 1970."""
    reading: TableReading
    """How other rows are read the same way."""


def own_table(
    table: LearningTable, *, reads_text: bool = False, text_alone: bool = False
) -> OwnTable:
    """Return a table as examples for a model that takes free text, or nothing else, or none."""
    import pandas as pd

    into = _sorted(table, reads_text=reads_text)
    slices, remarks, used = _slices(into.categories), into.remarks, into.used
    if text_alone:
        used, left = _texts_alone(used, table.file.path)
        remarks += left
        into.numbers, into.categories = {}, {}
    numbers, categories, texts, ids = into.numbers, into.categories, into.texts, into.ids
    if not numbers and not categories and not texts:
        raise InputError(
            "no column is left to learn from: " + "; ".join(remarks) if remarks
            else "there is no column but the target", file=table.file.path,
        )  # fmt: skip
    frame = pd.DataFrame({**numbers, **categories, **texts})
    examples = Examples(
        frame,
        table.labels,
        slices,
        table.sources,
        table.groups,
        ids=_row_numbers(len(frame)) if ids is None else ids,
    )
    kinds = (tuple(numbers), tuple(categories), tuple(texts))
    reading = TableReading(tuple(used), tuple(frame.columns), table.id_column, table.target)
    return OwnTable(
        examples, split_rows(table.splits), *kinds, tuple(remarks), into.moments, reading
    )


@dataclass(eq=False)
class _Sorted:
    ids: Texts | None
    remarks: list[str]
    used: list[ReadColumn] = field(default_factory=list)
    numbers: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    categories: dict[str, Texts] = field(default_factory=dict)
    texts: dict[str, Texts] = field(default_factory=dict)
    moments: dict[str, NDArray[np.float64]] = field(default_factory=dict)


def _sorted(table: LearningTable, *, reads_text: bool) -> _Sorted:
    into, paths = _Sorted(table.ids, list(table.remarks)), path_column(table.cells)
    for name, cells in table.cells.items():
        shown = repr(name[:60])
        found = None if name == paths else numbers_of(name, cells) or days_of(name, cells)
        reason = _unfit(name, cells, found)
        if reason is None and found is None and name == paths:
            reason = "names of files, which say nothing of what is in them"
        if reason is not None:
            if into.ids is None and ID_NAME.search(name) and reason.startswith("an id"):
                into.ids, reason = cells, f"{reason}; it names the rows of the run"
            into.remarks.append(f"left out the column {shown} ({reason})")
        elif found is not None and not _one_number(found, cells):
            into.numbers |= found.values
            into.used.append(ReadColumn(name, "number" if found.form is None else "date",
                                   tuple(found.values), found.form))  # fmt: skip
            if found.moment is not None:
                into.moments[name] = found.moment
                into.remarks.append(f"the column {shown} is read as dates, by their parts")
            if found.missing:
                kind = "a number" if found.moment is None else "a date"
                cells_are = "cell of {} is" if found.missing == 1 else "cells of {} are"
                said = f"{cells_are.format(f'the column {shown}')} not {kind}"
                into.remarks.append(f"{found.missing:,} {said}: taken as missing")
        elif _is_text(cells):
            if reads_text:
                into.texts[name] = cells
                into.used.append(ReadColumn(name, "text", (name,)))
            else:
                into.remarks.append(
                    f"left out the column {shown} (free text, which this model does not read: "
                    "logistic_regression does, as a bag of words, and gru word by word)"
                )
        else:
            into.categories[name] = np.where(np.char.strip(cells) == "", NOTHING, cells)
            into.used.append(ReadColumn(name, "category", (name,)))
    return into


def _texts_alone(used: Sequence[ReadColumn], file: str) -> tuple[list[ReadColumn], list[str]]:
    kept = [x for x in used if x.kind == "text"]
    if not kept:
        raise InputError(
            "no column is free text, and this model reads nothing else", file=file,
            accepted="a column of sentences, hardly any of which occurs twice",
        )  # fmt: skip
    names = [x.name for x in used if x.kind != "text"]
    if not names:
        return kept, []
    shown = ", ".join(repr(x[:40]) for x in names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return kept, [f"left out the column{'' if len(names) == 1 else 's'} {shown}{more} (this model "
                  "reads free text alone)"]  # fmt: skip


def split_rows(splits: Texts) -> dict[str, NDArray[np.intp]]:
    """Return the rows of each split that there is, in the order of the ladder."""
    from mlstrat.harness.recipes.recipe import SPLITS

    return {name: rows for name in SPLITS if len(rows := np.flatnonzero(splits == name))}


def has_text(table: LearningTable) -> bool:
    """Whether a column of a table is free text."""
    return any(
        name != path_column(table.cells) and _is_text(cells)
        and numbers_of(name, cells) is None and days_of(name, cells) is None
        for name, cells in table.cells.items()
    )  # fmt: skip


def _row_numbers(rows: int) -> Texts:
    return np.array([f"row-{row:0{len(str(rows))}d}" for row in range(1, rows + 1)])


def _one_number(column: Column, cells: Texts) -> bool:
    """Whether what a column says is only that a number is there: a category."""
    known = [x[~np.isnan(x)] for x in column.values.values()]
    return all(len(np.unique(x)) == 1 for x in known) and len(np.unique(cells)) > 1


def _unfit(name: str, cells: Texts, found: Column | None) -> str | None:
    values = np.unique(cells)
    if len(values) == 1:
        blank = not values[0].strip()
        return "blank" if blank else "the same in every row"
    distinct, rows = len(values), len(cells)
    if found is None:
        few = distinct <= MOST_CATEGORIES or distinct <= FREE_TEXT * rows
        if few or _is_text(cells):
            return None
        return f"an id: {distinct:,} values in {rows:,} rows"
    if found.moment is not None:
        return None
    (numbers,) = found.values.values()
    known = numbers[~np.isnan(numbers)]
    whole = bool((known == np.floor(known)).all()) and len(np.unique(known)) == rows > 2
    counted = whole and known.max() - known.min() + 1 == rows
    if whole and (counted or ID_NAME.search(name)):
        return "an id: a number of its own in every row"
    return None


def _is_text(cells: Texts) -> bool:
    told = cells[np.char.strip(cells) != ""]
    distinct = len(np.unique(told))
    if distinct <= MOST_CATEGORIES or distinct <= FREE_TEXT * len(told):
        return False
    return float(np.mean([len(x.split()) for x in told.tolist()])) >= WORDS


def _slices(categories: Mapping[str, Texts]) -> dict[str, Texts]:
    few = {name: texts for name, texts in categories.items()
           if len(np.unique(texts)) <= MOST_SLICED}  # fmt: skip
    return {f"feature_{name}" if _taken(name) else name: texts for name, texts in few.items()}


def _taken(name: str) -> bool:
    low = name.strip().lower()
    return low in TAKEN or low.startswith(PREFIXES)
