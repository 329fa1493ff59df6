# Over 300 lines: a sheet, its run, and what is known of the split.
"""A review sheet, the run that it was drawn from, row by row, and what is known of the split."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.core.record import Record
from mlstrat.data.columns import ALIASES
from mlstrat.data.opening import open_all
from mlstrat.data.rates import Rate
from mlstrat.data.sheet.layout import SheetRow
from mlstrat.data.sheet.read import Sheet, read_sheet, require_reviewed
from mlstrat.data.values import shown, split_names, value_texts
from mlstrat.errors import InputError, UsageError
from mlstrat.places import is_standard
from mlstrat.tasks.classification.row_source import ROW, Drawable, open_drawable
from mlstrat.tasks.classification.run import Run, read_run
from mlstrat.workflow.error_table.document import ReadRow
from mlstrat.workflow.error_table.table import (
    UNKNOWN,
    ErrorTable,
    ReadError,
    SharedErrors,
    SplitError,
    TooManyReadError,
    shared_errors,
)

if TYPE_CHECKING:
    from mlstrat.core.counts import Cells
    from mlstrat.data.parts import InputFile
    from mlstrat.workflow.error_table.tally import SheetErrors


ROW_NUMBER = re.compile(r"row [1-9][0-9]*")
"""What `sample` writes as the id of a row of a run without ids."""


class SheetOfRun(Record):
    """A sheet and its run, which agree.

    ``sheet`` has its labels and predictions, from the run where it lacks them, and the split of
    each row as the run has it; ``split`` is the one that the sheet is of.
    """

    sheet: Sheet
    run: Run
    split: str


class _RunRow(Record):
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


OTHER_RUN = "is this the sheet of this run, and of this split?"


class CountedSheet(Record):
    """One sheet, with what is known of its split.

    ``of_eyeball``: all that is known is of the eyeball set of the split.
    """

    sheet: Sheet
    errors: SheetErrors
    split: SplitError
    split_name: str | None
    of_eyeball: bool
    inputs: tuple[InputFile, ...]
    notes: tuple[Finding, ...]

    def table(self, tags: Sequence[str], confidence: float) -> ErrorTable:
        """Return its table of some tags."""
        try:
            found = self.errors.tally(self.split, confidence, tags)
        except TooManyReadError as error:
            raise InputError(str(error), file=self.sheet.origin, hint=OTHER_RUN) from None
        # An eyeball set is a random part of the split: it adds up to fewer errors.
        return replace(found, weighed=None) if self.sheet.eyeball else found

    def read_by_id(self) -> dict[str, ReadError]:
        """Return the errors that were read, by id; none where a row that was read has no id."""
        errors, each = self.errors, self.errors.stood_for(self.split)
        read = [
            (row, ReadError(one.tags, row.label, float(stands_for)))
            for row, one, stands_for in zip(errors.rows, errors.drawn, each, strict=True)
            if row.reviewed
        ]
        if any(row.key is None for row, _ in read):
            return {}
        return {row.key: error for row, error in read if row.key is not None}

    def rows(self) -> tuple[ReadRow, ...]:
        """Return the errors that were read."""
        return tuple(
            ReadRow(
                row.id or f"row {row.row}",
                tuple(tag for tag in self.errors.tags if tag in drawn.tags),
                row.comment,
            )
            for row, drawn in zip(self.errors.rows, self.errors.drawn, strict=True)
            if row.reviewed
        )


def shared_by(before: CountedSheet, after: CountedSheet) -> SharedErrors | None:
    """Return the errors that were read on both sheets of one split; None where none were."""
    if before.split_name != after.split_name:
        return None
    ids = [frozenset(row.key or "" for row in one.errors.rows) for one in (before, after)]
    return shared_errors(
        before.read_by_id(), after.read_by_id(), (before.split, after.split), (ids[0], ids[1])
    )


def count_sheet(
    source: Any,
    run: Any,
    rate: Rate | None,
    tag_columns: Sequence[str],
    merge: bool,
    sampling: Sampling,
    how: Mapping[str, Any],
) -> CountedSheet:
    """Return one sheet with what is known of its split."""
    mapping: Mapping[str, str] = how["columns"]
    of_run: tuple[str, ...] = ()
    if run is not None:
        mapping, of_run = {}, columns_of_run(run)
    sheet = read_sheet(
        source,
        tag_columns=tag_columns,
        merge=merge,
        columns=mapping,
        of_run=of_run,
        checksum=how["checksum"],
    )
    require_reviewed(sheet)
    return counted(sheet, run, rate, sampling, how)


def counted(
    sheet: Sheet,
    run: Any,
    rate: Rate | None,
    sampling: Sampling,
    how: Mapping[str, Any],
    *,
    unread: bool = False,
) -> CountedSheet:
    """Return a sheet that was read, perhaps to be filled in, with what is known of its split."""
    from mlstrat.workflow.error_table.tally import errors_of_sheet

    if run is None:
        errors = errors_of_sheet(sheet, split=how["split"], positive=how["positive"], unread=unread)
        split = _split_of_errors(errors, rate, sampling)
        alone = sheet.eyeball and (rate is None or rate.n is None)
        return CountedSheet(sheet, errors, split, errors.split, alone, (sheet.input,), sheet.notes)

    found = match_run(sheet, run, **how)
    errors = errors_of_sheet(
        found.sheet, split=found.split, positive=found.run.positive, unread=unread
    )
    split = _split_of_run(found.run.cells.of_split(found.split), errors, sampling)
    inputs, notes = (sheet.input, *found.run.inputs), (*sheet.notes, *found.run.notes)
    return CountedSheet(found.sheet, errors, split, found.split, False, inputs, notes)


def _split_of_run(cells: Cells, errors: SheetErrors, sampling: Sampling) -> SplitError:
    from mlstrat.core.estimates import estimate
    from mlstrat.core.metrics import choose_metric

    choice = choose_metric("error", labels=cells.labels, positive=None, average=None, beta=1.0)
    error = estimate(cells, choice, sampling, draws=False).figure
    pool = None
    if errors.kind is not None and errors.positive in cells.labels:
        code = cells.labels.index(errors.positive)
        called = (cells.predicted == code) == (errors.kind == "false_positives")
        pool = int(cells.n[cells.wrong & called].sum())
    plain = not cells.weighted and cells.group is None
    return SplitError(error, cells.errors, cells.rows, pool, plain)


def _split_of_errors(errors: SheetErrors, rate: Rate | None, sampling: Sampling) -> SplitError:
    weighed = round(sum(row.weight for row in errors.drawn)) if errors.weighted else None
    pool = weighed if errors.kind is not None else None
    known = weighed if errors.kind is None else None
    if rate is not None:
        return replace(typed_split(rate, sampling, known), pool=pool)
    if known is None or errors.correct is None:
        return SplitError(UNKNOWN, known, None, pool)
    return typed_split(
        Rate(known / (known + errors.correct), known, known + errors.correct), sampling
    )


def typed_split(rate: Rate, sampling: Sampling, errors: int | None = None) -> SplitError:
    """Return what a typed error tells of its split; one without counts is taken as it stands."""
    if rate.n is None:
        return SplitError(Figure(rate.value, None, None, "typed without counts"), errors)
    p = (rate.errors or 0) / rate.n
    interval = wilson_interval(p, rate.n, normal_quantile(sampling.confidence))
    return SplitError(Figure(p, interval, rate.n), rate.errors, rate.n)


def costed(table: ErrorTable, effort: str | Path | None) -> tuple[ErrorTable, tuple[str, ...]]:
    """Return a table with the days of work by tag, and the tags of their file that no error has."""
    if effort is None:
        return table, ()
    from mlstrat.workflow.error_table.tally import read_effort

    days, uncosted = read_effort(effort, [c.tag for c in table.categories])
    return table.with_days(days), uncosted
