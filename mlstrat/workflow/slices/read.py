# Over 300 lines: which columns serve, and how rows are coded by them.
"""A run, opened to be sliced: columns cut into values, rows known by what became of them.

Of its columns some are of use, some circular, and some shared by two models.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

from mlstrat.core.counts import Cells, pick_split
from mlstrat.core.cuts import Key
from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.data.columns import Columns, find_column
from mlstrat.data.counting import with_counts
from mlstrat.data.examples import Examples
from mlstrat.data.grouping import Together, unordered
from mlstrat.data.held import held_columns
from mlstrat.data.opening import in_polars, open_in_place, open_table
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
from mlstrat.workflow.slices.cutter import Cut, Cutter
from mlstrat.workflow.slices.findings import why_left_out
from mlstrat.workflow.slices.passes import MISMATCH, Coded, Coding, Outcomes, Weighing
from mlstrat.workflow.slices.search import LeftOut, Reason

if TYPE_CHECKING:
    from mlstrat.data.spark.table import SparkTable
    from mlstrat.tasks.classification.pairing import Pair
    from mlstrat.tasks.classification.sides import LabelSide, Sides
    from mlstrat.workflow.slices.command import Asked


MOST_COLUMNS = 1_000
"""Columns that are sliced by unasked: a table of features has more, and half a million pairs are
enough to search through (ours)."""

OWN = frozenset({
    "confidence", "conf", "certainty", "uncertainty", "entropy", "logit", "logits",
})  # fmt: skip
"""Names, in lower case, of what a model says of its own prediction."""


def own_of_model(name: str) -> bool:
    """Tell by its name whether a column is a model's: another prediction, or how sure it is."""
    return name.lower().startswith("pred_") or name.lower() in OWN


def free_columns(columns: Columns) -> list[str]:
    """Return the columns without a role."""
    taken = set(columns.roles.values())
    return [x for x in columns.header if x not in taken]


def default_columns(columns: Columns) -> list[str]:
    """Return the label and every column without a role, but not a model's own.

    By name: the order of columns in a file says nothing.
    """
    free = sorted(x for x in free_columns(columns) if not own_of_model(x))
    label = columns.get("label")
    return free if label is None else [label, *free]


def asked_columns(columns: Columns, by: Sequence[str], file: str) -> list[str]:
    """Return the columns that ``--by`` names, as the header writes them."""
    found = [find_column(columns.header, name, file=file, option="--by") for name in by]
    return list(dict.fromkeys(found))


def unasked_columns(columns: Columns, file: str) -> list[str]:
    """Return the columns to slice by where nobody names them: no more than a search can take."""
    names = default_columns(columns)
    if len(names) > MOST_COLUMNS:
        raise InputError(
            f"{len(names):,} columns to slice by",
            file=file,
            accepted=f"at most {MOST_COLUMNS:,} that nobody named",
            hint="name those that matter: --by COLUMN",
        )
    return names


MOST_COMPARED = 50
"""Values of a column that are compared one by one; more are an id or a number (ours)."""

MOST_CELLS = 20_000
"""Combinations of values of all columns, as far as rows can fill them: beyond, the joint table of
two runs would grow towards one entry a row (ours)."""

MOST_ROWS = 1_000_000
"""Rows beyond which the values are not looked at: that would be one more reading (ours)."""


class ComparableColumns(Record):
    """Columns to compare by, and those left out with their numbers of values, if known."""

    columns: tuple[str, ...] = ()
    left_out: tuple[tuple[str, int | None], ...] = ()


def comparable_columns(source: Any, roles: dict[str, str], rows: int) -> ComparableColumns:
    """Return the columns without a role that have few values, by name.

    `roles` go from role to column, as ``--map`` says it; the run has so many `rows`.
    """
    table = open_table(source, surveyed=rows <= MOST_ROWS)
    found = columns_of(table, roles)
    asked: dict[str, Any] = {}
    for name in default_columns(found):
        if name == found.get("label"):
            continue
        try:
            asked[name] = table.category(name)
        except InputError:  # lists and structs have no values to compare by
            continue
    if not asked:
        return ComparableColumns()
    if rows > MOST_ROWS or len(asked) > MOST_COLUMNS:
        return ComparableColumns((), tuple((name, None) for name in asked))
    counted = table.collect(
        lambda frame: frame.select(
            *(x.n_unique().alias(f"n{i}") for i, x in enumerate(asked.values()))
        )
    )
    kept: list[str] = []
    left: list[tuple[str, int | None]] = []
    cells = 1
    for i, name in enumerate(asked):
        values = int(counted.value(f"n{i}"))
        if values > MOST_COMPARED or min(rows, cells * values) > MOST_CELLS:
            left.append((name, values))
        elif values > 1:
            kept.append(name)
            cells *= values
    return ComparableColumns(tuple(kept), tuple(left))


LOOKED = 20_000
"""Rows that rule out most columns, before all rows are asked of the others."""

TELLING = frozenset({
    "0", "1", "true", "false", "yes", "no", "right", "wrong", "correct", "incorrect", "ok", "error",
    "hit", "miss",
})  # fmt: skip
"""What columns hold that say of each row whether it is wrong."""


def following(
    table: Table,
    frame: Any,
    cuts: Sequence[Cut],
    values: Mapping[str, Any],
    outcomes: Outcomes,
) -> dict[str, Reason]:
    """Return the columns that follow from the prediction or tell the error, and which of it.

    A column determines the prediction where each of its values goes with one prediction alone, or
    where numbers of different predictions do not overlap. It tells the error where it holds truth
    values, each of right rows alone or of wrong ones alone. That is looked at on the first rows,
    and then on all rows for what is left. `frame` has the rows that count; `values` are the columns
    that were cut in ranges, as numbers.
    """
    found: dict[str, Reason] = {}
    left = list(cuts)
    first = table.collect(lambda _frame: frame.head(LOOKED)).frame.lazy()
    for rows, least in ((first, 1), (frame, 2)):
        found = _found(table, rows, left, values, outcomes, least)
        left = [x for x in left if x[0].name in found]
        if not left:
            break
    return found


def _found(
    table: Table,
    rows: Any,
    cuts: Sequence[Cut],
    values: Mapping[str, Any],
    outcomes: Outcomes,
    least: int,
) -> dict[str, Reason]:
    """Return what those rows say of the columns, where they hold so many predictions at least."""
    import polars as pl

    said, wrong = outcomes.predicted.alias("said"), outcomes.wrong.alias("wrong")
    ends = [pl.col("said", "wrong").min().name.prefix("low "),
            pl.col("said", "wrong").max().name.prefix("high ")]  # fmt: skip
    asked = []
    for column, code in cuts:
        asked.append(unordered(rows.select(code.alias("by"), said, wrong), ["by"], *ends))
        if column.name in values:
            x = values[column.name].alias("x")
            low, high = pl.col("x").min().alias("low"), pl.col("x").max().alias("high")
            numbers = rows.select(x, said).drop_nulls("x")
            asked.append(unordered(numbers, ["said"], low, high))
    tables = iter(table.collect(lambda _frame: Together(asked)).frame)
    out: dict[str, Reason] = {}
    for column, _ in cuts:
        by_value = next(tables)
        apart = column.name in values and _apart(next(tables), least)
        if apart or _one_each(by_value, "said", least):
            out[column.name] = "prediction"
        elif {x.lower() for x in column.values} <= TELLING and _one_each(by_value, "wrong", least):
            out[column.name] = "error"
    return out


def _one_each(by_value: Any, what: str, least: int) -> bool:
    """Tell whether each value of a column has one prediction (or outcome), of so many in all."""
    low, high = by_value[f"low {what}"], by_value[f"high {what}"]
    return bool((low == high).all()) and low.n_unique() >= least


def _apart(by_prediction: Any, least: int) -> bool:
    """Tell whether the numbers of each prediction lie apart from those of every other."""
    if len(by_prediction) < least:
        return False
    ranked = by_prediction.sort("low")
    return bool((ranked["high"].head(-1) < ranked["low"].tail(-1)).all())


SMALLEST, SMALLEST_SHARE = 20, 0.001
"""Rows that a slice has at least where nobody says: twenty, or one in a thousand (ours)."""


class SliceInput(Record):
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
