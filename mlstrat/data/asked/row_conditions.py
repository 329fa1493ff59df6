"""The rows of a table that a condition keeps."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import Any

from mlstrat.core.conditions.rows import ORDER, Condition, Joined, Not, Test, tests_in
from mlstrat.data.columns import find_column
from mlstrat.data.table import Table
from mlstrat.data.values import TRUTH_VALUES
from mlstrat.errors import InputError


def rows_that_meet(condition: Condition, table: Table) -> Table:
    """Return the rows of a table that meet a condition."""
    for test in tests_in(condition):
        column = find_column(table.header, test.column, file=table.name, option="--filter")
        if test.sign in ORDER and table.frames:
            _check_numbers(table, column, test.sign)
    return table.where(_met(condition, table)) if table.frames else table


def _check_numbers(table: Table, column: str, sign: str) -> None:
    if _is_words(table, column):
        raise InputError(f"--filter: {sign} compares numbers, and this column is text",
                         file=table.name, column=column)  # fmt: skip
    wrong = (table.number(column).is_null() & ~table.is_blank(column)).alias("wrong")
    if not table.collect(lambda frame: frame.select(wrong.cast(table.ns.Int64).sum())).value(
        "wrong"
    ):
        return
    file, row, value = table.first_row(wrong, table.column(column))
    raise InputError(
        f"--filter: {sign} compares numbers, and {str(value)[:40]!r} is not a number",
        file=file, row=row, column=column, hint="hold text against == or in (…)",
    )  # fmt: skip


def _is_words(table: Table, column: str) -> bool:
    """Whether a frame that is neither Polars' nor Spark's holds text, which no cast reads."""
    numbers = table.is_whole(column) or table.is_float(column) or table.is_boolean(column)
    return not (table.polars or table.on_spark or numbers)


def _met(condition: Condition, table: Table) -> Any:
    match condition:
        case Joined(word, parts):
            return reduce(and_ if word == "and" else or_, (_met(x, table) for x in parts))
        case Not(inside):
            return ~_met(inside, table)
    column = find_column(table.header, condition.column, file=table.name, option="--filter")
    blank = table.is_blank(column)
    held = reduce(or_, (_holds(table, column, condition, x) for x in condition.values))
    return held if condition.sign == "==" else held & ~blank


def _holds(table: Table, column: str, test: Test, value: str | float) -> Any:
    """Return the expression of one comparison; nothing but ``== ''`` is true of a blank cell."""
    ns = table.ns
    if value == "":
        blank = table.is_blank(column)
        return ~blank if test.sign == "!=" else blank
    if not isinstance(value, str) and _is_words(table, column):
        value = f"{value:g}"
    if isinstance(value, str):
        forms = [value, value.capitalize(), value.upper()] if value in TRUTH_VALUES else [value]
        same = table.category(column).cast(ns.String).str.strip_chars().is_in(forms)
    elif table.is_boolean(column):
        same = table.column(column).cast(ns.Float64) == value
    else:
        x = table.number(column)
        held = {"<": x < value, "<=": x <= value, ">": x > value, ">=": x >= value}
        same = held.get(test.sign, x == value)
    same = same.fill_null(value=False)
    return ~same if test.sign == "!=" else same
