# Over 300 lines: the passes over a run that is sliced stand together.
"""A run, opened to be sliced: columns cut into values, rows known by what became of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from mlstrat.core.counts import Cells, pick_split
from mlstrat.core.cuts import Key
from mlstrat.core.findings import Finding
from mlstrat.data.counting import with_counts
from mlstrat.data.examples import Examples
from mlstrat.data.held import held_columns
from mlstrat.data.opening import in_polars, open_in_place
from mlstrat.data.parts import InputFile
from mlstrat.data.roles import columns_of, splits_of
from mlstrat.data.spark.table import SparkTable
from mlstrat.data.table import Table
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.contingency import Keys
from mlstrat.tasks.classification.predictions import choose_rule
from mlstrat.tasks.classification.run import Reading
from mlstrat.tasks.findings import GROUPS_BUCKETED
from mlstrat.tasks.keys import labelled_rows
from mlstrat.workflow.slices.coding import MISMATCH, Coding, Weighing
from mlstrat.workflow.slices.columns import (
    asked_columns,
    free_columns,
    own_of_model,
    unasked_columns,
)
from mlstrat.workflow.slices.counts import LeftOut
from mlstrat.workflow.slices.cutting.cutter import Cut, Cutter
from mlstrat.workflow.slices.cutting.follows import following, without
from mlstrat.workflow.slices.outcomes import Outcomes
from mlstrat.workflow.slices.passes import Coded

if TYPE_CHECKING:
    from mlstrat.data.columns import Columns
    from mlstrat.data.spark.table import SparkTable
    from mlstrat.tasks.classification.pairing import Pair
    from mlstrat.tasks.classification.sides import LabelSide

SMALLEST, SMALLEST_SHARE = 20, 0.001
"""Rows that a slice has at least where nobody says: twenty, or one in a thousand (ours)."""


@dataclass(frozen=True)
class SliceInput:
    """A run that is ready to be sliced.

    Attributes
    ----------
    cells
        The table of counts of the split, groups and people's answers included.
    coded
        Its rows as codes; parts are the halves.
    between
        Rows of train-dev (part 0) and dev (part 1) as codes, where their gap is asked for.
    left_out
        Columns that are no use to slice by.
    smallest
        Rows that a slice has at least.
    people
        Whether outcomes tell whether people are right, too.
    pair
        The joint table of two models, where another was given.
    unit
        What the halves are made by: ``group``, ``id`` or ``row``; of counts by ``lot``.
    columns, notes, inputs, positive
        As of `mlstrat.tasks.classification.run.Run`.
    """

    cells: Cells
    split: str
    coded: Coded
    between: Coded | None
    left_out: tuple[LeftOut, ...]
    smallest: int
    people: bool
    pair: Pair | None
    unit: Key | Literal["lot"]
    columns: Mapping[str, str]
    notes: tuple[Finding, ...]
    inputs: tuple[InputFile, ...]
    positive: str | None


def open_slices(
    source: Any,
    other: Any = None,
    *,
    columns: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    by: Sequence[str] = (),
    smallest: int | None = None,
    mismatch: bool = False,
    positive: str | None = None,
    threshold: float | None = None,
    seed: int = 0,
    checksum: bool = False,
) -> SliceInput:
    """Return a run that is ready to be sliced.

    Parameters
    ----------
    source, other
        A run, and a second one on the same examples or None: paths or frames.
    columns
        Role to column, of each of the two.
    split, split_as, positive, threshold, checksum
        As for `mlstrat.tasks.classification.run.read_run`.
    by
        Columns to slice by; without them the label and every column without a role.
    smallest
        Rows that a slice has at least.
    mismatch
        Whether train-dev is to be held against dev.
    seed
        Another one makes other halves.

    Raises
    ------
    InputError
        For data that cannot be read as promised, or without a column to slice by.
    UsageError
        For options that do not apply to these data.
    """
    table = open_in_place(source)
    versus = table if other is source else None if other is None else open_in_place(other)
    if versus is not None and not versus.on_spark:  # the two are joined in one place
        table = in_polars(table)
    found = columns_of(table, columns[0])
    table = labelled_rows(table, found)
    asked = asked_columns(found, by, table.name)
    names = asked or unasked_columns(found, table.name)
    table = opened = with_counts(table, found, asked)
    rule = choose_rule(found, threshold, positive, file=table.name)
    targets = splits_of(found, split_as or {})
    looked = None if mismatch else split or ""
    read = Reading(table, found, rule, targets, positive, (), "", looked=looked).read()
    table = read.table
    main = pick_split(read.cells.splits, split)
    cells = read.cells.of_split(main)
    if mismatch and any(x not in read.cells.splits for x in MISMATCH):
        raise UsageError(
            "--mismatch holds train-dev against dev, and one of them is not there",
            accepted=f"a run with both; there is {', '.join(read.cells.splits)}",
            hint="say what a split is: --split-as VALUE=train-dev",
        )
    wanted = sorted({main, *(MISMATCH if mismatch else ())})
    rows = sum(read.cells.of_split(x).rows for x in wanted)
    least = smallest_slice(smallest, cells.rows)
    unit: Key = "group" if found.get("group") else "id" if found.get("id") else "row"
    weighing = Weighing.of(found, read.cells)
    if table.on_spark:
        from mlstrat.workflow.slices.spark import condensed

        table, counted_rule = condensed(
            cast("SparkTable", table), found, rule, names, unit, seed, weighing=weighing
        )
    else:
        counted_rule = rule
        used = table.header if unit == "row" else (*found.roles.values(), *rule.columns, *names)
        table = held_columns(table, used, read.cells.rows)
    keys = Keys(table, found, targets, (), rule=counted_rule, positive=positive)
    outcomes = Outcomes.of(keys)
    cuts, left = _cut(table, found, outcomes, names, wanted, (rows, least), asked=bool(by))
    if not cuts:
        raise InputError(
            "no column to slice by: "
            + ", ".join(f"{x.name!r} ({REASONS[x.reason]})" for x in left),
            file=table.name,
            accepted="a column of categories or numbers, of which a value occurs in at least "
            f"{least:,} rows",
            hint="name columns with --by, or take smaller slices with --min-size",
        )
    examples = Examples(table, dict(found.roles), unit)
    by_lot = opened.counts is not None and unit == "row"
    bucketed = any(x.rule == GROUPS_BUCKETED for x in read.notes)
    coded = Coding(examples, tuple(cuts), seed, by_lot, bucketed, rows, weighing)
    people = bool(found.people) and other is None
    pair = None
    inputs: tuple[InputFile, ...] = (opened.described(read.cells.rows, checksum=checksum),)
    if versus is None:
        outcome = outcomes.wrong + 2 * outcomes.people() if people else outcomes.wrong
        frame = table.frame.filter(outcomes.within([main]))
        main_coded = coded.of(frame, cells, outcome, 6 if people else 2)
    else:
        pair, main_coded = _versus(
            opened, versus if opened.on_spark else in_polars(versus), coded, outcomes, columns,
            cells,
            {"split": main, "split_as": split_as, "positive": positive, "threshold": threshold},
            checksum,
        )  # fmt: skip
        inputs = pair.inputs
    return SliceInput(
        cells,
        main,
        main_coded,
        coded.between(table.frame, outcomes, read.cells) if mismatch else None,
        tuple(left),
        least,
        people,
        pair,
        "lot" if coded.by_lot else unit,
        dict(found.roles),
        read.notes,
        inputs,
        read.positive,
    )


def _cut(
    table: Table,
    columns: Columns,
    outcomes: Outcomes,
    names: Sequence[str],
    splits: Sequence[str],
    sizes: tuple[int, int],
    *,
    asked: bool,
) -> tuple[list[Cut], list[LeftOut]]:
    """Return the columns cut into values, and those of no use; circular ones but where asked for.

    `sizes` are the rows that count, and those that a slice has at least.
    """
    roles, frame = set(columns.roles.values()), table.frame.filter(outcomes.within(splits))
    cutter = Cutter(table, frame, *sizes, roles)
    cuts, left = cutter.cut(names, asked)
    if asked:
        return cuts, left
    free = [x for x in cuts if x[0].name not in roles]
    cuts, circular = without(cuts, following(table, frame, free, cutter.values, outcomes))
    own = [LeftOut(x, "model", 0) for x in free_columns(columns) if own_of_model(x)]
    return cuts, [*left, *own, *circular]


REASONS = {
    "id": "nearly every row has its own value: an id or a text",
    "constant": "one value only",
    "rare": "no value is frequent enough",
    "nested": "values are lists, structs or bytes",
    "prediction": "it follows from the prediction",
    "error": "it tells which rows are wrong",
    "model": "a model's own",
}
"""Why a column is left out, in words."""


def smallest_slice(asked: int | None, rows: int) -> int:
    """Return how many rows a slice has at least."""
    if asked is None:
        return max(SMALLEST, math.ceil(SMALLEST_SHARE * rows))
    if not 1 <= asked <= rows:
        raise UsageError(
            f"--min-size is {asked:,}, and the split has {rows:,} rows",
            accepted=f"a whole number from 1 to {rows:,}",
        )
    return asked


def _versus(
    table: Table,
    other: Table,
    coding: Coding,
    outcomes: Outcomes,
    columns: tuple[Mapping[str, str], Mapping[str, str]],
    cells: Cells,
    how: Mapping[str, Any],
    checksum: bool,
) -> tuple[Pair, Coded]:
    """Return the joint table of two runs, and the rows that both predict as codes.

    The outcome of a row is its quadrant: 0 both right, 1 only a, 2 only b, 3 both wrong.
    """
    import polars as pl

    from mlstrat.tasks.classification.pairing import count_pair
    from mlstrat.tasks.classification.sides import open_sides
    from mlstrat.tasks.pairing import parts_of

    sides = open_sides(table, other, columns=columns, **how)
    pair = count_pair(sides, positive=how["positive"], checksum=checksum)
    if sides.left.table.on_spark:
        from mlstrat.workflow.slices.spark import paired_counts

        counts = paired_counts(sides.left, sides.right, coding, outcomes)
        return pair, coding.coded([counts], 2, 4, coding.groups_of(cells))
    theirs, within = sides.right.keys, sides.right.within
    looked = theirs.table if within is None else theirs.table.where(within)
    other_wrong = Outcomes.of(replace(theirs, table=looked)).wrong

    def joined(left: LabelSide, right: LabelSide) -> Any:
        codes = coding.expressions(coding.half, outcomes.wrong)
        mine = left.frame.select(left.id.alias("id"), *codes)
        theirs = right.frame.select(right.id.alias("id"), other_wrong.alias("other"))
        quadrant = 2 * pl.col("outcome") + pl.col("other")
        both = mine.join(theirs, on="id", how="inner").with_columns(outcome=quadrant)
        return both.drop("id", "other")

    frames = [joined(*here) for here in parts_of(sides.left, sides.right)]
    return pair, coding.coded(frames, 2, 4, coding.groups_of(cells))
