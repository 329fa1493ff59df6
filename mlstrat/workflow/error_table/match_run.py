"""A review sheet held against the run that it was drawn from: every row by its id."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlstrat.data.columns import ALIASES
from mlstrat.data.opening import open_all
from mlstrat.data.sheet.layout import SheetRow
from mlstrat.data.sheet.read import Sheet
from mlstrat.data.values import shown, split_names, value_texts
from mlstrat.errors import InputError, UsageError
from mlstrat.places import is_standard
from mlstrat.tasks.classification.row_source import ROW, Drawable, open_drawable
from mlstrat.tasks.classification.run import Run, read_run

ROW_NUMBER = re.compile(r"row [1-9][0-9]*")
"""What `sample` writes as the id of a row of a run without ids."""


@dataclass(frozen=True)
class SheetOfRun:
    """A sheet and its run, which agree.

    ``sheet`` has its labels and predictions, from the run where it lacks them, and the split of
    each row as the run has it; ``split`` is the one that the sheet is of.
    """

    sheet: Sheet
    run: Run
    split: str


@dataclass(frozen=True)
class _RunRow:
    split: str | None
    label: str
    prediction: str | None


def columns_of_run(source: Any) -> tuple[str, ...]:
    """Return the columns of a run; none of standard input, which can be read once."""
    return () if is_standard(source) else open_all(source).header


def match_run(
    sheet: Sheet,
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    checksum: bool = False,
) -> SheetOfRun:
    """Return a sheet with the run that it was drawn from, each of its ids found there.

    The run is read twice. Without `split` it is the one that the rows of the sheet are of, else
    dev.
    """
    from mlstrat.core.counts import pick_split

    if is_standard(source):
        raise UsageError("the run of a sheet is read twice", accepted="a file, not standard input")
    if any(row.id is None for row in sheet.rows):
        missing = next(row.row for row in sheet.rows if row.id is None)
        raise InputError(
            "a row without an id, by which it is found in the run",
            file=sheet.origin, row=missing, accepted="a column id, filled in every row",
        )  # fmt: skip
    run = read_run(
        source, columns=columns, split_as=split_as, positive=positive, threshold=threshold,
        checksum=checksum,
    )  # fmt: skip
    # As a run to draw from tells rows apart.
    ids = value_texts([row.id or "" for row in sheet.rows])
    found = _rows_of_run(sheet, ids, open_drawable(
        source, columns=columns or {}, split=split, split_as=split_as or {}, positive=positive,
        threshold=threshold,
    ))  # fmt: skip
    rows = tuple(_joined(r, found[i], sheet) for r, i in zip(sheet.rows, ids, strict=True))
    splits = {row.split for row in rows if row.split is not None}
    if split is None and len(splits) == 1:
        split = next(iter(splits))
    main = pick_split(run.cells.splits, split)
    return SheetOfRun(replace(sheet, rows=rows, has_predictions=True), run, main)


def _rows_of_run(sheet: Sheet, asked: Sequence[str], run: Drawable) -> dict[str, _RunRow]:
    key, split = run.key(), run.columns.get("split")
    parts = {"id": key, "label": run.label(), "prediction": run.prediction()}
    if split is not None:
        parts["split"] = run.table.category(split)

    def ask(frame: Any) -> Any:
        chosen = frame.with_row_index(ROW).filter(key.is_in(asked))
        return chosen.select(*(x.alias(name) for name, x in parts.items()))

    found = run.table.collect(ask).frame
    _check_found(sheet, run, asked, found["id"].to_list())
    splits: list[str | None] = [None] * len(found)
    if split is not None:
        values = found["split"].to_list()
        texts = ["" if v is None else str(v).strip() for v in values]
        splits = split_names(texts, run.split_as)
    rows = zip(found["id"], splits, found["label"], found["prediction"], strict=True)
    return {
        which: _RunRow(name, label, prediction or None) for which, name, label, prediction in rows
    }


def _check_found(sheet: Sheet, run: Drawable, asked: Sequence[str], ids: Sequence[str]) -> None:
    there = set(ids)
    missing = [which for which in asked if which not in there]
    if missing:
        if run.columns.get("id") is None and not all(map(ROW_NUMBER.fullmatch, asked)):
            raise InputError(
                "no id column, by which the rows of the sheet are found", file=run.table.name,
                accepted=", ".join(ALIASES["id"]), hint="name it: --map id=COLUMN",
            )  # fmt: skip
        first = sheet.rows[list(asked).index(missing[0])]
        raise InputError(
            f"{len(missing)} of {len(asked)} ids are not in {run.table.name}: {shown(missing)}",
            file=sheet.origin, row=first.row, column="id", hint=_lost_zeros(run, missing),
        )  # fmt: skip
    if len(ids) > len(there):
        twice = next(which for which in asked if list(ids).count(which) > 1)
        raise InputError(
            f"the id {twice!r} stands there {list(ids).count(twice)} times",
            file=run.table.name,
            column=run.columns.get("id"),
            accepted="each id once",
        )


def _lost_zeros(run: Drawable, missing: Sequence[str]) -> str:
    """Return a hint: did a spreadsheet take ids for numbers?"""
    bare, key = [which.lstrip("0") for which in missing], run.key()

    def ask(frame: Any) -> Any:
        rows = frame.with_row_index(ROW).filter(key.str.strip_chars_start("0").is_in(bare))
        return rows.select(key.alias("id")).head(1)

    for which in run.table.collect(ask).frame["id"].to_list():
        return f"a spreadsheet made a number of an id: {which!r} is in the run; format ids as text"
    return "is this the run that the sheet was drawn from?"


def _joined(row: SheetRow, theirs: _RunRow, sheet: Sheet) -> SheetRow:
    for role, ours, other in (
        ("label", row.label, theirs.label),
        ("prediction", row.prediction, theirs.prediction),
    ):
        if sheet.has_predictions and ours != other:
            raise InputError(
                f"the {role} of {row.id!r} is {ours or ''!r} here and {other or ''!r} in the run",
                file=sheet.origin, row=row.row, column=role,
                hint="is this the run that the sheet was drawn from?",
            )  # fmt: skip
    return replace(row, label=theirs.label, prediction=theirs.prediction, split=theirs.split)
