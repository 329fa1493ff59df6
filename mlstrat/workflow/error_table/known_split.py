"""A review sheet with all that is known of the split that its errors come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.data.rates import Rate
from mlstrat.errors import InputError
from mlstrat.workflow.error_table.layout import ReadRow
from mlstrat.workflow.error_table.moves import ReadError, SharedErrors, shared_errors
from mlstrat.workflow.error_table.table import UNKNOWN, ErrorTable, SplitError, TooManyReadError

if TYPE_CHECKING:
    from mlstrat.core.counts import Cells
    from mlstrat.data.parts import InputFile
    from mlstrat.data.sheet.read import Sheet
    from mlstrat.workflow.error_table.sheet_errors import SheetErrors

OTHER_RUN = "is this the sheet of this run, and of this split?"


@dataclass(frozen=True)
class CountedSheet:
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
    from mlstrat.data.sheet.read import read_sheet, require_reviewed

    mapping: Mapping[str, str] = how["columns"]
    of_run: tuple[str, ...] = ()
    if run is not None:
        from mlstrat.workflow.error_table.match_run import columns_of_run

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
    from mlstrat.workflow.error_table.sheet_errors import errors_of_sheet

    if run is None:
        errors = errors_of_sheet(sheet, split=how["split"], positive=how["positive"], unread=unread)
        split = _split_of_errors(errors, rate, sampling)
        alone = sheet.eyeball and (rate is None or rate.n is None)
        return CountedSheet(sheet, errors, split, errors.split, alone, (sheet.input,), sheet.notes)
    from mlstrat.workflow.error_table.match_run import match_run

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
    from mlstrat.workflow.error_table.sheet_errors import read_effort

    days, uncosted = read_effort(effort, [c.tag for c in table.categories])
    return table.with_days(days), uncosted
