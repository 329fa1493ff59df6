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
from mlstrat.data.settings import Settled, names_of
from mlstrat.data.table import Table
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.contingency import Keys
from mlstrat.tasks.classification.predictions import choose_rule
from mlstrat.tasks.classification.run import Reading
from mlstrat.tasks.findings import GROUPS_BUCKETED
from mlstrat.tasks.keys import labelled_rows
from mlstrat.workflow.slices.columns import (
    asked_columns,
    following,
    free_columns,
    own_of_model,
    unasked_columns,
)
from mlstrat.workflow.slices.cutter import Cut, Cutter
from mlstrat.workflow.slices.findings import why_left_out
from mlstrat.workflow.slices.passes import MISMATCH, Coded, Coding, Outcomes, Weighing
from mlstrat.workflow.slices.search import LeftOut

if TYPE_CHECKING:
    from mlstrat.data.columns import Columns
    from mlstrat.data.spark.table import SparkTable
    from mlstrat.tasks.classification.pairing import Pair
    from mlstrat.tasks.classification.sides import LabelSide, Sides
    from mlstrat.workflow.slices.command import Asked

SMALLEST, SMALLEST_SHARE = 20, 0.001
"""Rows that a slice has at least where nobody says: twenty, or one in a thousand (ours)."""


@dataclass(frozen=True)
class SliceInput:
    """A run that is ready to be sliced.

    ``cells`` are the counts of the split, groups and people's answers included; ``coded`` its rows
    as codes, parts being the halves that ``unit`` makes; ``between`` those of train-dev (part 0)
    and dev (part 1), where their gap is asked for. ``people`` tells whether outcomes say if people
    are right, too; ``pair`` is the joint table of two models.
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
    other: Any,
    columns: tuple[Mapping[str, str], Mapping[str, str]],
    how: Settled,
    asked: Asked,
) -> SliceInput:
    """Return a run that is ready to be sliced, and a second one on the same examples or None.

    `columns` go from role to column, of each of the two.
    """
    table = open_in_place(source)
    versus = table if other is source else None if other is None else open_in_place(other)
    if versus is not None and not versus.on_spark:  # the two are joined in one place
        table = in_polars(table)
    found = columns_of(table, columns[0])
    table = labelled_rows(table, found)
    mismatch, seed = asked["mismatch"], how.sampling.seed
    chosen = asked_columns(found, names_of(asked["by"]), table.name)
    names = chosen or unasked_columns(found, table.name)
    table = opened = with_counts(table, found, chosen)
    rule = choose_rule(found, how.threshold, how.positive, file=table.name)
    targets = splits_of(found, how.split_as)
    looked = None if mismatch else how.split or ""
    read = Reading(table, found, rule, targets, how.positive, (), "", looked=looked).read()
    table = read.table
    main = pick_split(read.cells.splits, how.split)
    cells = read.cells.of_split(main)
    wanted = _wanted(read.cells.splits, main, mismatch=mismatch)
    rows = sum(read.cells.of_split(x).rows for x in wanted)
    least = smallest_slice(asked["min_size"], cells.rows)
    unit: Key = "group" if found.get("group") else "id" if found.get("id") else "row"
    weighing = Weighing.of(found, read.cells)
    counted_rule = rule
    if table.on_spark:
        from mlstrat.workflow.slices.spark import condensed

        table, counted_rule = condensed(
            cast("SparkTable", table), found, rule, names, unit, seed, weighing=weighing
        )
    else:
        used = table.header if unit == "row" else (*found.roles.values(), *rule.columns, *names)
        table = held_columns(table, used, read.cells.rows)
    keys = Keys(table, found, targets, (), rule=counted_rule, positive=how.positive)
    outcomes = Outcomes.of(keys)
    cuts, left = _cut(table, found, outcomes, names, wanted, (rows, least), asked=bool(chosen))
    if not cuts:
        raise InputError(
            f"no column to slice by: {why_left_out(left)}",
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
    if versus is None:
        outcome = outcomes.wrong + 2 * outcomes.people() if people else outcomes.wrong
        frame = table.frame.filter(outcomes.within([main]))
        main_coded = coded.of(frame, cells, outcome, 6 if people else 2)
    else:
        from mlstrat.tasks.classification.pairing import count_pair

        sides = _sides(opened, versus, columns, main, how)
        pair = count_pair(sides, positive=how.positive, checksum=asked["checksum"])
        main_coded = _paired(sides, coded, outcomes, cells)
    return SliceInput(
        cells,
        main,
        main_coded,
        coded.between(table.frame, outcomes, read.cells) if mismatch else None,
        tuple(left),
        least,
        people,
        pair,
        "lot" if by_lot else unit,
        dict(found.roles),
        read.notes,
        pair.inputs
        if pair is not None
        else (opened.described(read.cells.rows, checksum=asked["checksum"]),),
        read.positive,
    )


def _wanted(splits: Sequence[str], main: str, *, mismatch: bool) -> list[str]:
    """Return the splits whose rows count; for a mismatch both of its splits must be there."""
    if mismatch and not set(MISMATCH) <= set(splits):
        raise UsageError(
            "--mismatch holds train-dev against dev, and one of them is not there",
            accepted=f"a run with both; there is {', '.join(splits)}",
            hint="say what a split is: --split-as VALUE=train-dev",
        )
    return sorted({main, *(MISMATCH if mismatch else ())})


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
    circular = following(table, frame, free, cutter.values, outcomes)
    left += [LeftOut(x, "model", 0) for x in free_columns(columns) if own_of_model(x)]
    left += [LeftOut(x.name, circular[x.name], len(x.values)) for x, _ in cuts
             if x.name in circular]  # fmt: skip
    return [x for x in cuts if x[0].name not in circular], left


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


def _sides(
    table: Table,
    other: Table,
    columns: tuple[Mapping[str, str], Mapping[str, str]],
    split: str,
    how: Settled,
) -> Sides:
    from mlstrat.tasks.classification.sides import open_sides

    return open_sides(
        table, other if table.on_spark else in_polars(other), columns=columns, split=split,
        split_as=how.split_as, positive=how.positive, threshold=how.threshold,
    )  # fmt: skip


def _paired(sides: Sides, coding: Coding, outcomes: Outcomes, cells: Cells) -> Coded:
    """Return the rows that two runs both predict as codes.

    The outcome of a row is its quadrant: 0 both right, 1 only a, 2 only b, 3 both wrong.
    """
    import polars as pl

    from mlstrat.tasks.pairing import parts_of

    if sides.left.table.on_spark:
        from mlstrat.workflow.slices.spark import paired_counts

        counts = paired_counts(sides.left, sides.right, coding, outcomes)
        return coding.coded([counts], 2, 4, coding.groups_of(cells))
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
    return coding.coded(frames, 2, 4, coding.groups_of(cells))
