"""Whose errors they are: the examples of a run, each error owned by one part of its chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlstrat.core.record import Record
from mlstrat.data.columns import PART, find_column
from mlstrat.data.opening import open_frame
from mlstrat.data.parts import InputFile
from mlstrat.data.settings import Settled, names_of
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks import find
from mlstrat.tasks.asking import how_of
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.measured import Measured

YES, NO = ("1", "true", "yes"), ("0", "false", "no")
OWNER, UNSAID = "\x1fowner", "\x1funsaid "


class PartsRead(Record, eq=False):
    """Right and wrong examples, with a kind of error a part that owns them.

    ``columns`` are those that say whether the whole is right once the part is perfect;
    ``unexplained`` errors, by split, stay with every part perfect: the last part owns them.
    """

    measured: Measured
    columns: Mapping[str, str]
    unexplained: Mapping[str, int]
    task: str


def part_names(columns: Sequence[str]) -> list[str]:
    """Return what the parts are called: their columns, without an ``after_`` that all have."""
    bare = [x[len(PART) :] for x in columns if x.lower().startswith(PART)]
    return bare if all(bare) and len(set(bare)) == len(columns) else list(columns)


def read_parts(
    run: Any, task: Task | None, how: Settled, parts: str | Sequence[str], *, checksum: bool
) -> PartsRead:
    """Read a run, and which part of its chain owns each error.

    The first part owns an error whose column says that the whole is right once that part, and all
    before it, are perfect; where none says so, the last part does.

    References
    ----------
    Machine Learning Yearning 53-57.
    """
    named = [x.strip() for one in names_of(parts) for x in str(one).split(",")]
    if "" in named or not named or len(set(named)) < len(named):
        raise UsageError(
            f"--parts {','.join(named)}: a part is blank, or named twice",
            accepted="columns in the order of the chain: --parts after_a,after_b",
        )
    table, wrong, roles, weight, inputs = (
        _labels(run, how, checksum) if task is None else _task(run, task, how, checksum)
    )
    columns = [find_column(table.header, x, file=table.name, option="--parts") for x in named]
    if taken := [x for x in columns if x in roles.values()]:
        raise UsageError(
            f"--parts: the column {taken[0]!r} has a role of its own",
            accepted="columns that say whether the whole is right, 1 or 0",
        )
    names = part_names(columns)
    ns = table.ns
    said = [_text(table, x) for x in columns]
    owner = ns.when(~wrong).then(-1)
    for place, one in enumerate(said):
        owner = owner.when(one.is_in(YES)).then(place)
    owner = owner.otherwise(len(said))
    unsaid, before = {}, ns.lit(value=False)
    for column, one in zip(columns, said, strict=True):
        unsaid[column] = wrong & ~before & ~one.is_in([*YES, *NO])
        before = before | one.is_in(YES)
    keys = [table.category(c).alias(x) for x, c in roles.items() if x != "weight"]
    flags = [one.alias(f"{UNSAID}{column}") for column, one in unsaid.items()]
    number = wrong.cast(ns.Int64).alias("num")
    frame = table.collect(
        lambda rows: rows.select(*keys, number, weight.alias("den"), owner.alias(OWNER), *flags)
    ).frame
    for column, one in unsaid.items():
        if not frame[f"{UNSAID}{column}"].any():
            continue
        file, row, value = table.first_row(one, table.column(column))
        blank = value is None or not str(value).strip()
        raise InputError(
            "an error without an answer" if blank else f"{str(value)[:40]!r} is not yes or no",
            file=file, row=row, column=column,
            accepted="1 or 0: whether the whole is right once this part is perfect",
        )  # fmt: skip
    frame = frame.drop(f"{UNSAID}{x}" for x in unsaid)
    return _measured(frame, dict(zip(names, columns, strict=True)), table, how, inputs,
                     "classification" if task is None else task.name)  # fmt: skip


def _measured(
    frame: Any, columns: Mapping[str, str], table: Any, how: Settled,
    inputs: tuple[InputFile, ...], task: str,
) -> PartsRead:  # fmt: skip
    import polars as pl

    owner, last = pl.col(OWNER), len(columns) - 1
    wrong = pl.col("num") * pl.col("den")
    mine = {x: owner == i if i < last else owner >= i for i, x in enumerate(columns)}
    stays = frame.filter(owner > last)
    frame = frame.with_columns(
        wrong.alias("num"),
        *(x.cast(pl.Int64).alias(f"count.{part}") for part, x in mine.items()),
        *(pl.when(x).then(-wrong).otherwise(0).alias(f"fixed.{part}.num")
          for part, x in mine.items()),
    ).drop(OWNER)  # fmt: skip
    ratio, reads = find("ratio"), How(split_as=how.split_as)

    def measure(examples: Any) -> Measured:
        found = ratio.measure(replace(open_frame(examples), name=table.name), reads)
        assert isinstance(found, Measured), "a ratio"
        return replace(found, inputs=inputs)

    counts: dict[str, int] = {}
    if len(stays):
        left = measure(stays.with_columns(num=1, den=1))
        counts = {split: left.examples(split) for split in left.splits}
    return PartsRead(measure(frame), columns, counts, task)


def _labels(run: Any, how: Settled, checksum: bool) -> tuple[Any, ...]:
    """Return a table of labels, which rows are wrong, roles, weights, what was read."""
    from mlstrat.tasks.classification.row_source import open_drawable

    drawable = open_drawable(run, split=how.split, **how.reading)
    table, ns = drawable.table, drawable.table.ns
    roles = {x: c for x in ("id", "split", "group", "weight") if (c := drawable.columns.get(x))}
    weight = table.number(roles["weight"]) if "weight" in roles else ns.lit(1)
    inputs = (table.described(drawable.counted.cells.rows, checksum=checksum),)
    return table, drawable.label() != drawable.prediction(), roles, weight, inputs


def _task(run: Any, task: Task, how: Settled, checksum: bool) -> tuple[Any, ...]:
    """Return the same of another task: an example with any error is wrong."""
    reads = how_of(how, checksum=checksum)
    run = task.opened(run, reads)
    measured = task.measure(run, reads)
    table = task.table(run, reads)
    known = {x.lower(): x for x in table.header}
    roles = {x: c for x in ("id", "split", "group")
             if (c := measured.columns.get(x)) in table.header or (c := known.get(x))}  # fmt: skip
    num = next(c for c in (measured.columns.get("num"), known.get("num")) if c in table.header)
    return table, table.number(num) > 0, roles, table.ns.lit(1), measured.inputs


def _text(table: Any, column: str) -> Any:
    """Return the expression of a cell as a word: 1.0 is 1, True is true, blank or NaN nothing."""
    ns, x = table.ns, table.category(column)
    if table.is_float(column):
        x = ns.when(x.is_not_nan()).then(x)
    x = x.cast(ns.String).str.strip_chars().str.to_lowercase()
    return x.str.replace(r"^([01])\.0*$", "${1}").fill_null("")
