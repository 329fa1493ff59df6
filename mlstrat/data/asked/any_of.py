"""Several right labels a row, ``cat|lynx``: an answer is right if it is any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mlstrat.data.columns import Columns
from mlstrat.data.opening import in_polars
from mlstrat.data.table import Table
from mlstrat.data.values import SPELLING, Spelling
from mlstrat.errors import UsageError

BETWEEN = "|"
"""What stands between the labels of a cell."""


def with_one_label(table: Table, columns: Columns) -> Table:
    """Return a run with one right label a row, and right answers that are it.

    The label is the first of them, or with probabilities the most probable one. A prediction, or
    an answer of a person, that is any of them becomes that label: so it counts as right, wherever
    it is looked at, and for one class.
    """
    if table.on_spark:
        raise UsageError("--any-of reads runs of files and frames, not of Spark")
    label, spelled = columns.get("label"), SPELLING.get()
    if label is None:
        return table
    if columns.get("prediction") is None and not columns.probabilities:
        raise UsageError(
            "--any-of needs predictions: a score belongs to one of two labels",
            accepted="a column prediction, or prob_<class> columns",
        )
    table = in_polars(table)
    import polars as pl

    right = _read(table, label).str.split(BETWEEN).list.eval(
        pl.element().str.strip_chars().replace("", None).drop_nulls()
    )  # fmt: skip
    right = right.list.eval(_plain(pl.element(), spelled))
    one = _most_probable(table, columns.probabilities, right).fill_null(right.list.first())
    changed = {label: one}
    for role in ("prediction", *columns.people):
        if (column := columns.get(role)) is not None:
            answer = _plain(_read(table, column), spelled)
            changed[column] = pl.when(right.list.contains(answer)).then(one).otherwise(answer)
    own = [x.alias(table.names[table.header.index(name)]) for name, x in changed.items()]
    return replace(table, frames=tuple(frame.with_columns(own) for frame in table.frames))


def _read(table: Table, column: str) -> Any:
    """Return the expression of a column as text: 1.0 is 1."""
    import polars as pl

    x = table.category(column)
    if table.is_float(column):
        x = x.fill_nan(None)
    return x.cast(pl.String).str.strip_chars()


def _plain(x: Any, spelled: Spelling) -> Any:
    """Return the expression of one label as labels are read."""
    x = x.str.replace(r"^(-?(?:0|[1-9][0-9]*))\.0*$", "${1}")
    if spelled.labels:
        x = x.replace(list(spelled.labels), list(spelled.labels.values()))
    return x.str.to_lowercase() if spelled.any_case else x


def _most_probable(table: Table, classes: Mapping[str, str], right: Any) -> Any:
    """Return the expression of the right label with the largest probability; null without any."""
    import polars as pl

    if not classes:
        return pl.lit(None, pl.String)
    chances = {
        name: pl.when(right.list.contains(pl.lit(name))).then(table.number(column))
        for name, column in classes.items()
    }
    largest = pl.max_horizontal(*chances.values())
    return pl.coalesce(*(pl.when(p == largest).then(pl.lit(name)) for name, p in chances.items()))
