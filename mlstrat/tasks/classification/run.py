"""Read a run: from any source to one validated table of counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from mlstrat.core.findings import Finding
from mlstrat.core.metrics import Needs
from mlstrat.data.columns import Columns, find_column
from mlstrat.data.files import CHECKSUM_UP_TO
from mlstrat.data.opening import open_table
from mlstrat.data.parts import InputFile
from mlstrat.data.roles import columns_of
from mlstrat.data.values import check_split_as
from mlstrat.tasks.classification.predictions import Rule, choose_rule
from mlstrat.tasks.keys import labelled_rows

if TYPE_CHECKING:
    from mlstrat.core.counts import Cells
    from mlstrat.core.operating.choose import Threshold
    from mlstrat.core.operating.point import Point
    from mlstrat.data.table import Table
    from mlstrat.tasks.classification.reading import Reading
    from mlstrat.tasks.sources import Sources


@dataclass(frozen=True)
class Run:
    """The predictions of one model over some splits, counted.

    Attributes
    ----------
    cells
        The table of counts.
    columns
        The column of each role, as resolved.
    notes
        What is worth a finding: its code and evidence.
    inputs
        What was read.
    task
        ``binary`` where at most two labels occur.
    positive
        The positive class, or None.
    sources
        Rows by split and source, where they were asked for and there is such a column; rows
        without a source are left out. None where there are too many sources, which is a note.
    folds
        The run counted by the folds of a cross-validation, where it has such a column.
    point
        The threshold that was chosen on dev; None where none was.
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

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that occur, in the order of the ladder."""
        return self.cells.splits


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
    from mlstrat.core.metrics import refuse_classes
    from mlstrat.data.counting import with_counts
    from mlstrat.data.roles import splits_of
    from mlstrat.tasks.classification.reading import Reading

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


@dataclass(frozen=True)
class Looked:
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
