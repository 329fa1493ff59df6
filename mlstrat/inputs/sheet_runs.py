"""A review sheet held against the run that it was drawn from: every row by its id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mlstrat.errors import InputError, UsageError
from mlstrat.inputs.columns import ALIASES, resolve_columns
from mlstrat.inputs.pairing_sides import Side, files_of, make_side, open_table
from mlstrat.inputs.runs import Run, read_run
from mlstrat.inputs.sheets import Sheet, SheetRow
from mlstrat.inputs.values import check_split_as, label_text, shown, split_name


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

    Parameters
    ----------
    sheet
        With ids.
    source
        A path or a frame; not standard input, as it is read twice.
    columns, split_as, positive, threshold, checksum
        As for `read_run`.
    split
        The split; without it the one that the rows of the sheet are of, else dev.

    Raises
    ------
    InputError
        For ids that are not in the run or stand there twice, and for labels or predictions that
        are others there.
    UsageError
        For options that do not apply to these data.
    """
    from mlstrat.workflow.diagnosis import pick_split

    if isinstance(source, str | Path) and str(source) == "-":
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
    found = _rows_of_run(sheet, source, run, columns or {}, split_as or {}, positive, threshold)
    rows = tuple(_joined(row, found[row.id or ""], sheet) for row in sheet.rows)
    splits = {row.split for row in rows if row.split is not None}
    if split is None and len(splits) == 1:
        split = next(iter(splits))
    main = pick_split(run.cells.splits, split)
    return SheetOfRun(replace(sheet, rows=rows, has_predictions=True), run, main)


def _rows_of_run(
    sheet: Sheet,
    source: Any,
    run: Run,
    columns: Mapping[str, str],
    split_as: Mapping[str, str],
    positive: str | None,
    threshold: float | None,
) -> dict[str, _RunRow]:
    """Return the rows of the run that stand on the sheet, by id."""
    table = open_table(source, files_of(source))
    roles = resolve_columns(table.header, columns, file=table.name)
    if roles.get("id") is None:
        raise InputError(
            "no id column, by which the rows of the sheet are found", file=table.name,
            accepted=", ".join(ALIASES["id"]), hint="name it: --map id=COLUMN",
        )  # fmt: skip
    targets = check_split_as(split_as)
    side = make_side(table, roles, targets, positive, threshold, ())
    asked = [row.id for row in sheet.rows if row.id is not None]
    keys = {k: e for k, e in side.keys.expressions().items() if k in _KEYS}

    def ask(frame: Any) -> Any:
        chosen = frame.filter(side.id.is_in(asked))
        return chosen.select(side.id.alias("id"), *(e.alias(k) for k, e in keys.items()))

    found = side.table.collect(ask)
    ids = found.frame["id"].to_list()
    _check_found(sheet, side, asked, ids)
    truths = tuple(run.cells.labels[i] for i in np.unique(run.cells.truth))
    predicted = side.keys.rule.texts(found.frame["prediction"].to_list(), truths, run.positive)
    labels = [label_text(value) for value in found.frame["label"].to_list()]
    splits: list[str | None] = [None] * len(ids)
    if "split" in keys:
        values = found.frame["split"].to_list()
        splits = [split_name("" if v is None else str(v).strip(), targets) for v in values]
    return {
        which: _RunRow(split, label, prediction or None)
        for which, split, label, prediction in zip(ids, splits, labels, predicted, strict=True)
    }


_KEYS = ("label", "split", "prediction")


def _check_found(sheet: Sheet, side: Side, asked: Sequence[str], ids: Sequence[str]) -> None:
    """Refuse ids that are not in the run, or more than once."""
    there = set(ids)
    missing = [which for which in asked if which not in there]
    if missing:
        first = next(row for row in sheet.rows if row.id == missing[0])
        raise InputError(
            f"{len(missing)} of {len(asked)} ids are not in {side.table.name}: {shown(missing)}",
            file=sheet.origin, row=first.row, column="id", hint=_lost_zeros(side, missing),
        )  # fmt: skip
    if len(ids) > len(there):
        twice = next(which for which in asked if list(ids).count(which) > 1)
        raise InputError(
            f"the id {twice!r} stands there {list(ids).count(twice)} times",
            file=side.table.name,
            column=side.column,
            accepted="each id once",
        )


def _lost_zeros(side: Side, missing: Sequence[str]) -> str:
    """Return a hint: did a spreadsheet take ids for numbers?"""
    bare = [which.lstrip("0") for which in missing]
    found = side.table.collect(
        lambda frame: frame.filter(_bare(side).is_in(bare)).select(side.id.alias("id")).head(1)
    )
    for which in found.frame["id"].to_list():
        return f"a spreadsheet made a number of an id: {which!r} is in the run; format ids as text"
    return "is this the run that the sheet was drawn from?"


def _bare(side: Side) -> Any:
    import polars as pl

    return side.id.cast(pl.String).str.strip_chars_start("0")


def _joined(row: SheetRow, theirs: _RunRow, sheet: Sheet) -> SheetRow:
    """Return a row with the label, the prediction and the split of the run."""
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
