# Over 300 lines: what opens a run and what reads it, pass by pass, stand together.
"""Read a run: from any source to one validated table of counts.

Numbers are checked, rows counted, then losses and scores.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from mlstrat.core.counts import Cells, pick_split
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import Needs, refuse_classes
from mlstrat.core.record import Record
from mlstrat.data.asked.read_as import no_rows
from mlstrat.data.columns import Columns, find_column
from mlstrat.data.counting import Number, Range, measure, measure_too, tally, with_counts
from mlstrat.data.files import CHECKSUM_UP_TO
from mlstrat.data.grouping import Counted
from mlstrat.data.likely_roles import seed_column
from mlstrat.data.opening import open_table
from mlstrat.data.parts import InputFile
from mlstrat.data.roles import columns_of, splits_of
from mlstrat.data.table import Table
from mlstrat.data.values import check_split_as, resolve_positive
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.contingency import Keys, Sums, assemble
from mlstrat.tasks.classification.findings import (
    CONFIDENCE_TURNED,
    ONE_CLASS_PREDICTED,
    PERCENT,
    POSITIVE_NEVER_FOUND,
    run_notes,
)
from mlstrat.tasks.classification.ids import SomeIds, ids_aside
from mlstrat.tasks.classification.meant import (
    about_auc,
    about_contradictions,
    about_sums,
    look,
    sums_of,
)
from mlstrat.tasks.classification.predictions import Rule, as_percent, choose_rule, number_of
from mlstrat.tasks.findings import UNLABELLED_LEFT_OUT, say
from mlstrat.tasks.keys import bucket_notes, buckets_for, labelled_rows, split_codes

if TYPE_CHECKING:
    from mlstrat.core.operating.choose import Threshold
    from mlstrat.core.operating.point import Point
    from mlstrat.tasks.keys import Sources


class Run(Record):
    """The predictions of one model over some splits, counted.

    ``columns`` are as resolved, of the ``header``. ``sources`` are rows by split and source, where
    they were asked for and there is such a column, without rows that have none; None where there
    are too many, which is a note. ``folds`` is the run counted by the folds of a cross-validation,
    ``point`` the threshold that was chosen on dev.
    """

    cells: Cells
    columns: Mapping[str, str]
    notes: tuple[Finding, ...]
    inputs: tuple[InputFile, ...]
    task: Literal["binary", "multiclass"]
    positive: str | None
    sources: Sources | None = field(default_factory=dict)
    folds: Cells | None = None
    point: Point | None = None
    header: tuple[str, ...] = ()

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that occur, in the order of the ladder."""
        return self.cells.splits


T = TypeVar("T")


class Read(Record):
    """A run as it was read."""

    cells: Cells
    notes: tuple[Finding, ...]
    positive: str | None
    sources: Sources | None
    table: Table
    folds: Cells | None = None


class Reading(Record):
    """A table, and what is asked of it.

    ``looked`` is the one split that is looked at, blank for that which a single number looks at;
    None where all are that have labels. ``predicts`` is whether predictions are looked at, too,
    where a ranking is: without them a score may lie anywhere.
    """

    table: Table
    columns: Columns
    rule: Rule
    split_as: Mapping[str, str]
    positive: str | None
    by: tuple[str, ...]
    needs: str
    sources: bool = False
    looked: str | None = None
    predicts: bool = True

    @property
    def keys(self) -> Keys:
        """What the run is counted by."""
        return Keys(
            self.table, self.columns, self.split_as, self.by, rule=self.rule,
            positive=self.positive,
        )  # fmt: skip

    def tally(self, numbers: Collection[str]) -> Counted:
        """Return rows counted by columns of numbers, too, each called ``number <column>``."""
        if measured := self._numbers(numbers):
            measure(self.table, measured)
        apart = {f"number {column}": self.table.number(column) for column in numbers}
        found = self._counted(self.keys.expressions() | apart, {})
        self.table.check_counted(found)
        return found

    def read(self) -> Read:
        """Make the passes that are needed, and return the table of counts."""
        found, notes = self.of_labelled_splits(Reading._read_percent)
        return replace(found, notes=(*found.notes, *notes))

    def of_labelled_splits(self, read: Callable[[Reading], T]) -> tuple[T, tuple[Finding, ...]]:
        """Read, and say which splits were left out as blanks there forbid to count them.

        Those are splits that are not looked at; where all are looked at, those without any label.
        """
        try:
            return read(self), ()
        except InputError:
            try:
                blank = self._blank_elsewhere()
            except InputError:  # of an engine that stops at text where a number is wanted
                blank = {}
            if not blank:
                raise
        column = self.table.category(self.columns.roles["split"])
        kept = column.is_in([value for values, _ in blank.values() for value in values])
        note = Finding(UNLABELLED_LEFT_OUT, {"rows": {x: n for x, (_, n) in blank.items()}})
        return read(replace(self, table=self.table.where(~kept))), (note,)

    def _blank_elsewhere(self) -> dict[str, tuple[list[Any], int]]:
        """Return the splits not looked at in which a label, or a number that predicts, is blank.

        Where all are looked at: those in which every row is so, but for that of the single number.
        Each with its raw values and its rows; none where the split that is looked at is one.
        """
        roles, table = self.columns.roles, self.table
        if "split" not in roles:
            return {}
        bad = table.is_blank(roles.get("label") or self.rule.columns[0])
        for number in self.rule.numbers:
            bad = bad | number.bad(table)
        found = tally(
            table, {"split": table.category(roles["split"])}, {"bad": bad.cast(table.ns.Int64)}
        )
        splits, codes = split_codes(self.keys, found)
        raw, values = found.codes("split")
        blank = {}
        for code, split in enumerate(splits):
            here = codes == code
            bad_rows, rows = (int(found.ints(x)[here].sum()) for x in ("bad", "n"))
            if bad_rows and (self.looked is not None or bad_rows == rows):
                blank[split] = ([raw[i] for i in values[here]], rows)
        try:
            return {} if pick_split(splits, self.looked or None) in blank else blank
        except UsageError:
            return {}

    def _read_percent(self) -> Read:
        """Read, numbers that end with a percent sign as percent, which is said."""
        table, found = as_percent(self.table, lambda table: replace(self, table=table)._read())
        if not table.percents:
            return found
        note = Finding(PERCENT, {"columns": sorted(table.percents)})
        return replace(found, notes=(*found.notes, note))

    def _read(self) -> Read:
        rows, ranges, odd = self._measured_too()
        weight = self.columns.roles.get("weight")
        heaviest = ranges[weight].high if weight and rows else 1.0
        if heaviest == 0:
            raise InputError("all weights are 0", file=self.table.name, column=weight)
        keys = replace(self.keys, buckets=buckets_for(self.table, self.columns))
        expressions, scales = self._weights(rows, ranges)
        ids = None if seed_column(self.by) else ids_aside(self.table, self.columns)
        found = self._counted(keys.expressions(), expressions, ids)
        self.table.check_counted(found)
        cells, groups = assemble(keys, found, _sums(found, scales))
        positive = resolve_positive(self.positive, cells.labels)
        apart = None if self.rule.point is None else self.rule.point.apart
        cells = replace(cells, predicts=self.rule.predicts(ranges), apart=apart)
        seen = look(keys, found, cells, positive, ids)
        if not cells.predicts:
            seen = [x for x in seen if x.rule not in (ONE_CLASS_PREDICTED, POSITIVE_NEVER_FOUND)]
        odd = [*seen, *odd]
        notes = [*run_notes(self.table, self.columns, cells), *bucket_notes(keys.buckets)]
        if self.needs not in {"", "score"}:
            from mlstrat.tasks.classification.scores import loss_of_row, loss_sums

            raw, _ = found.codes("label")
            loss, bound = loss_of_row(
                self.table, self.columns, self.needs, cells.labels, raw, positive
            )
            w = self.table.number(weight) if weight else None
            more, more_scales = loss_sums(self.table, loss, bound, w, heaviest, cells.rows)
            found = self._counted(keys.expressions(), expressions | more)
            cells, _ = assemble(keys, found, _sums(found, scales | more_scales))
        if self.needs == "score":
            from mlstrat.tasks.classification.scores import confidence_alone, read_scores

            scores, note = read_scores(keys, cells, groups, positive, ranges)
            cells = replace(cells, scores=scores)
            notes += [note] if note else []
            if (sure := confidence_alone(self.columns)) is not None:
                notes.append(Finding(CONFIDENCE_TURNED, {"column": sure, "positive": positive}))
            odd = [*about_auc(scores, cells, positive), *odd]
        if self.needs and self.rule.kind == "column":
            odd += about_contradictions(
                self.table,
                self.columns,
                ranges,
                rows,
                positive,
                cells.labels,
                lambda raw: self.rule.texts(raw, cells.labels, positive),
            )
        say(self.table.name, odd)
        notes = [*odd, *notes]
        sources: Sources | None = {}
        if self.sources and "source" in self.columns.roles:
            from mlstrat.tasks.keys import count_sources, source_notes

            sources = count_sources(keys)
            notes += source_notes(keys, sources)
        folds = None
        if "fold" in self.columns.roles:
            by_fold = _keys_of_folds(keys)
            counted = self._counted(by_fold.expressions(), expressions)
            folds, _ = assemble(by_fold, counted, _sums(counted, scales))
        return Read(cells, tuple(notes), positive, sources, self.table, folds)

    def _measured_too(self) -> tuple[int, dict[str, Range], list[Finding]]:
        """Check all columns that are read as numbers; return what is odd about them, too."""
        numbers = self._numbers()
        if not numbers:
            return 0, {}, []
        read = {number.column for number in numbers}
        whole = read >= set(self.columns.probabilities.values())
        sums = sums_of(self.table, self.columns) if whole else {}
        rows, ranges, found = measure_too(self.table, numbers, sums)
        return rows, ranges, about_sums(self.table, self.columns, rows, found, self.needs)

    def _numbers(self, more: Collection[str] = ()) -> list[Number]:
        numbers = numbers_of(
            self.rule, self.columns, self.needs, self.positive, self.table.name, self.predicts
        )
        for column in more:
            numbers.setdefault(column, number_of(column, probability=False))
        return list(numbers.values())

    def _weights(
        self, rows: int, ranges: Mapping[str, Range]
    ) -> tuple[dict[str, Any], dict[str, float]]:
        weight = self.columns.roles.get("weight")
        if weight is None or not rows:
            return {}, {}
        from mlstrat.tasks.classification.scores import weight_sums

        return weight_sums(self.table, self.table.number(weight), ranges[weight], rows)

    def _counted(
        self, keys: Mapping[str, Any], values: Mapping[str, Any], ids: SomeIds | None = None
    ) -> Counted:
        found = tally(self.table, keys, values, aside=ids.aside if ids else None)
        if len(found) == 0:
            raise no_rows(self.table)
        return found


def _keys_of_folds(keys: Keys) -> Keys:
    """Return what a run is counted by for the figures of its folds: without groups and people."""
    kept = ("label", "prediction", "split")
    roles = {role: column for role, column in keys.columns.roles.items() if role in kept}
    columns = Columns(keys.columns.header, roles)
    return replace(keys, columns=columns, by=(keys.columns.roles["fold"],), buckets=0)


def numbers_of(
    rule: Rule, columns: Columns, needs: str, positive: str | None, file: str, predicts: bool
) -> dict[str, Number]:
    """Return the columns that predictions, the metric and weights are read from, and how."""
    numbers = {number.column: number for number in rule.numbers}
    if needs == "score":
        from mlstrat.tasks.classification.scores import score_number

        for each in score_number(columns, positive, file):
            if not (predicts and each.column in numbers):
                numbers[each.column] = each  # a ranking needs no probability
    elif needs:
        from mlstrat.tasks.classification.scores import loss_numbers

        numbers |= {each.column: each for each in loss_numbers(columns, file)}
    if weight := columns.get("weight"):
        numbers[weight] = Number("weight", weight, low=0.0)
    return numbers


def _sums(found: Counted, scales: Mapping[str, float]) -> Sums:
    return Sums({name: found.ints(name) for name in scales}, scales)


def read_run(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: Threshold = None,
    needs: Needs = "",
    by: Sequence[str] = (),
    also: Mapping[str, str] | None = None,
    sources: bool = False,
    looked: str | None = None,
    predicts: bool = True,
    checksum: bool = False,
) -> Run:
    """Read a run from a file, a glob, a folder, standard input or a frame.

    `also` maps further columns to count apart to the option that names each; `looked` is as in
    `Reading`; without `predicts` a score may lie anywhere, as for a ranking alone.

    Examples
    --------
    >>> import polars as pl
    >>> run = read_run(pl.DataFrame({"label": [1, 0, 1], "prediction": ["1", "0", "0"]}))
    >>> run.cells.labels, run.cells.rows, run.cells.errors, run.positive
    (('0', '1'), 3, 1, '1')
    """
    reading = open_run(
        source, columns=columns, split_as=split_as, positive=positive, threshold=threshold,
        needs=needs, by=by, also=also,
    )  # fmt: skip
    read = replace(reading, sources=sources, looked=looked, predicts=predicts).read()
    return Run(
        cells=read.cells,
        columns=dict(reading.columns.roles),
        notes=read.notes,
        inputs=(reading.table.described(read.cells.rows, checksum=checksum),),
        task="binary" if len(read.cells.labels) <= 2 else "multiclass",
        positive=read.positive,
        sources=read.sources,
        folds=read.folds,
        point=reading.rule.point,
        header=reading.columns.header,
    )


def rule_of(
    table: Table, columns: Columns, threshold: Threshold, positive: str | None, split_as: Any,
    more: Sequence[str] = (),
) -> tuple[Table, Rule]:  # fmt: skip
    """Return how a run predicts, its threshold chosen where that is asked for, and its table."""
    rule = choose_rule(columns, threshold, positive, file=table.name)
    if isinstance(threshold, float | int | None):
        return table, rule
    from mlstrat.tasks.classification.operating import chosen_rule

    return chosen_rule(table, columns, rule, threshold, positive, split_as, more)


def open_run(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: Threshold = None,
    needs: Needs = "",
    by: Sequence[str] = (),
    also: Mapping[str, str] | None = None,
) -> Reading:
    """Return a run that is ready to be read; as `read_run` takes it."""
    check_split_as(split_as or {})
    table = open_table(source)
    found = columns_of(table, columns or {})
    table = labelled_rows(table, found)
    if needs and found.get("correct"):
        refuse_classes({"score": "a ranking by score"}.get(needs, needs))
    slices = [
        find_column(table.header, name, file=table.name, option=option)
        for name, option in [*((name, "--by") for name in by), *(also or {}).items()]
    ]
    targets = splits_of(found, split_as or {})
    table = with_counts(table, found, slices)
    table, rule = rule_of(table, found, threshold, positive, targets, slices)
    return Reading(
        table=table,
        columns=found,
        rule=rule,
        split_as=targets,
        positive=positive,
        by=tuple(dict.fromkeys(slices)),
        needs=needs,
    )


READ_UP_TO = CHECKSUM_UP_TO
"""Bytes up to which a check reads every row: that is done within a second."""


class Looked(Record):
    """What a look at a run tells.

    ``small`` is whether its rows are few enough to be read in a check.
    """

    path: str
    columns: Mapping[str, str]
    small: bool


def look_at_run(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: Threshold = None,
    by: Sequence[str] = (),
) -> Looked:
    """Return the columns of a run, by its header alone."""
    check_split_as(split_as or {})
    table = open_table(source)
    files = table.files
    found = columns_of(table, columns or {})
    choose_rule(found, threshold, positive, file=table.name)
    for name in by:
        find_column(table.header, name, file=table.name, option="--by")
    return Looked(
        table.name,
        dict(found.roles),
        files is None or (not files.remote and files.size <= READ_UP_TO),
    )
