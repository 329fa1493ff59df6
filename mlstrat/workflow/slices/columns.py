"""Columns to slice by: which are of use, and where to cut them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from mlstrat.data.columns import Columns, find_column
from mlstrat.data.values import display_order
from mlstrat.errors import InputError

MOST_VALUES = 50
"""Values of a column that are kept apart; rarer ones are joined (ours: tables of pairs stay small,
and nobody reads the fifty-first)."""


OTHER = "other"
"""What joined values are called."""


def kept_values(rows: Mapping[str, int], smallest: int) -> tuple[str, ...]:
    """Return the values that are frequent enough to be kept apart, in display order.

    Examples
    --------
    >>> kept_values({"a": 90, "b": 50, "c": 3, "d": 2}, smallest=20)
    ('a', 'b')
    """
    frequent = [x for x in rows if rows[x] >= smallest]
    frequent.sort(key=lambda x: (-rows[x], x))
    return display_order(frequent[:MOST_VALUES])


def other_name(values: Mapping[str, int]) -> str:
    """Return what joined values are called, where no value is called so already."""
    name = OTHER
    while name in values:
        name = f"({name})"
    return name


def rounded_edges(edges: Sequence[float]) -> tuple[float, ...]:
    """Return edges with as few digits as keep them apart, each once.

    Examples
    --------
    >>> rounded_edges([1.23456, 1.23456, 7.0])
    (1.235, 7.0)
    """
    distinct = sorted(set(edges))
    for digits in (4, 6, 9, 17):
        rounded = [float(f"{x:.{digits}g}") for x in distinct]
        if len(set(rounded)) == len(distinct):
            return tuple(rounded)
    return tuple(distinct)


def range_names(edges: Sequence[float]) -> tuple[str, ...]:
    """Return the names of the ranges that edges make; each begins at its edge.

    Examples
    --------
    >>> range_names((10.0, 20.5))
    ('< 10', '10 to < 20.5', '>= 20.5')
    """
    if not edges:
        return ("all",)
    text = [np.format_float_positional(x, trim="-") for x in edges]
    between = [f"{low} to < {high}" for low, high in pairwise(text)]
    return (f"< {text[0]}", *between, f">= {text[-1]}")


MOST_COLUMNS = 1_000
"""Columns that are sliced by unasked: a table of features has more, and half a million pairs are
enough to search through (ours)."""


def default_columns(columns: Columns) -> list[str]:
    """Return the label and every column without a role, but not predictions of other models."""
    taken = set(columns.roles.values())
    free = [x for x in columns.header if x not in taken and not x.lower().startswith("pred_")]
    return [columns.roles["label"], *free]


def asked_columns(columns: Columns, by: Sequence[str], file: str) -> list[str]:
    """Return the columns that ``--by`` names, as the header writes them.

    Raises
    ------
    InputError
        For a column that is not there, with the nearest name.
    """
    found = [find_column(columns.header, name, file=file, option="--by") for name in by]
    return list(dict.fromkeys(found))


def unasked_columns(columns: Columns, file: str) -> list[str]:
    """Return the columns to slice by where nobody names them.

    Raises
    ------
    InputError
        For more than a search through them and their pairs can take.
    """
    names = default_columns(columns)
    if len(names) > MOST_COLUMNS:
        raise InputError(
            f"{len(names):,} columns to slice by",
            file=file,
            accepted=f"at most {MOST_COLUMNS:,} that nobody named",
            hint="name those that matter: --by COLUMN",
        )
    return names
