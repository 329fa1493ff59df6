"""The columns of a table by their roles, where a name alone does not tell: its values do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlstrat.data.columns import (
    ALIASES,
    IF_SPLITS,
    PROBABILITY,
    WEAK_PROBABILITIES,
    Columns,
    find_roles,
    resolve_columns,
)
from mlstrat.data.several.composed import Composed
from mlstrat.data.table import Table
from mlstrat.data.values import SPLIT_ALIASES, label_texts
from mlstrat.errors import UsageError

PEEKED = 10_000
"""First rows whose values tell what a column is: no pass over the whole (ours)."""


def columns_of(table: Table, mapping: Mapping[str, str]) -> Columns:
    """Return the column of each role of a run.

    Raises
    ------
    InputError, UsageError
        As `mlstrat.data.columns.resolve_columns`.

    Examples
    --------
    >>> import polars as pl
    >>> from mlstrat.data.opening import open_table
    >>> run = open_table(pl.DataFrame({"y": ["a"], "yhat": ["b"], "fold": [3]}))
    >>> columns_of(run, {}).roles
    {'label': 'y', 'prediction': 'yhat'}
    """
    mapping = _said(table, mapping)
    leave = no_splits(table, mapping)
    return resolve_columns(
        table.header, mapping, file=table.name, leave=leave, classes=_classes(table, mapping)
    )


def roles_of(table: Table, mapping: Mapping[str, str], roles: Iterable[str]) -> dict[str, str]:
    """Return the columns of those said, and of some roles, as `find_roles` does."""
    mapping = _said(table, mapping)
    leave = no_splits(table, mapping)
    return find_roles(table.header, mapping, file=table.name, roles=roles, leave=leave)


def _said(table: Table, mapping: Mapping[str, str]) -> Mapping[str, str]:
    """Return the columns that are said; of files that are given for splits, not that of these."""
    own = table.split_column if isinstance(table, Composed) else None
    if own is None:
        return mapping
    said = {role: x for role, x in mapping.items() if role.strip().lower() == "split"}
    for column in said.values():
        if column in table.header and column != own:
            raise UsageError(
                f"--map split={column}, and each file is given for a split",
                accepted="one of the two",
            )
    return {role: column for role, column in mapping.items() if role not in said}


def no_splits(table: Table, mapping: Mapping[str, str]) -> list[str]:
    """Return the columns that are called like a split, and hold something else."""
    if "split" in {role.strip().lower() for role in mapping}:
        return []
    named = [name for name in table.header if name.lower() in IF_SPLITS]
    return [
        name
        for name, values in _peeked(table, named).items()
        if not {x.lower() for x in values} <= SPLIT_ALIASES.keys() | {""}
    ]


def _classes(table: Table, mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the class of each column of probabilities whose name is one of the weak ones."""
    said = {role.strip().lower() for role in mapping}
    low = {name: name.lower() for name in table.header if name not in mapping.values()}
    if "score" in said or any(x.startswith(PROBABILITY) for x in (*said, *low.values())):
        return {}
    found = {
        name: name[len(prefix) :]
        for name, lower in low.items()
        for prefix in WEAK_PROBABILITIES
        if lower.startswith(prefix) and lower not in ALIASES["prediction"]
    }
    if not found:
        return {}
    label = find_roles(table.header, mapping, file=table.name, roles=["label"]).get("label")
    if label is None:
        return {}
    labels = {text.lower() for text in _peeked(table, [label])[label]}
    texts = label_texts(found.values())
    return {
        name: own
        for (name, own), text in zip(found.items(), texts, strict=True)
        if text.lower() in labels
    }


def _peeked(table: Table, names: list[str]) -> dict[str, set[str]]:
    """Return the values of columns in the first rows, as text."""
    if not names or not table.frames:
        return {}
    found = table.collect(
        lambda frame: frame.select(
            *(table.category(name).alias(f"x{i}") for i, name in enumerate(names))
        ).head(PEEKED)
    ).frame
    return {name: set(label_texts(set(found[f"x{i}"].to_list()))) for i, name in enumerate(names)}
