"""The columns of a table by their roles, where a name alone does not tell: its values do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from mlstrat.data.columns import (
    ALIASES,
    BY_NAME,
    COUNT,
    IF_SPLITS,
    KNOWN_NAMES,
    PROBABILITY,
    WEAK_PROBABILITIES,
    Columns,
    find_roles,
    named,
    resolve_columns,
)
from mlstrat.data.table import Table
from mlstrat.data.values import SPLIT_ALIASES, check_split_as, label_texts
from mlstrat.errors import InputError, UsageError

PREFIXED = (PROBABILITY, *WEAK_PROBABILITIES)

PEEKED = 10_000
"""First rows whose values tell what a column is: no pass over the whole (ours)."""


IS_TRAIN = "is_train"
"""The name of a column that parts the rows trained on from the others, where nothing else does."""

FOLD = re.compile(r"(?:fold)?[ _-]?[0-9]{1,4}", re.IGNORECASE)
"""How a fold of a cross-validation is numbered: 3, fold3, Fold_03."""

DISTINCT, APART = 0.5, 0.95
"""Of the first rows, the share with values of their own in a column of measurements; and the share
that differ in all columns but a last one ``n`` where that counts them: counts of one thing stand in
one row (ours)."""

FEWEST = 20
"""Rows below which nothing is told from how often they repeat (ours)."""


def columns_of(table: Table, mapping: Mapping[str, str]) -> Columns:
    """Return the column of each role of a run.

    Examples
    --------
    >>> import polars as pl
    >>> from mlstrat.data.opening import open_table
    >>> run = open_table(pl.DataFrame({"y": ["a"], "yhat": ["b"], "fold": [3]}))
    >>> columns_of(run, {}).roles
    {'label': 'y', 'prediction': 'yhat'}
    """
    mapping = _said(table, mapping)
    leave = [*no_splits(table, mapping), *_no_counts(table, mapping)]
    return resolve_columns(
        table.header, mapping, file=table.name, leave=leave, classes=_classes(table, mapping),
        by_value=_by_value(table, mapping, leave),
    )  # fmt: skip


def _by_value(table: Table, mapping: Mapping[str, str], leave: Iterable[str]) -> dict[str, str]:
    """Return the columns whose values give them a role: folds, and what was trained on."""
    said = {role.strip().lower() for role in mapping}
    taken = set(mapping.values())
    low = {name.lower(): name for name in table.header if name not in taken}
    found = {}
    if "fold" not in said and (fold := low.get("fold")) in set(leave):
        values = _peeked(table, [str(fold)]).get(str(fold), set()) - {""}
        if len(values) > 1 and all(FOLD.fullmatch(x) for x in values):
            found["fold"] = str(fold)
    if "split" in said or IS_TRAIN not in low:
        return found
    if not [x for x in named(table.header, "split") if x not in leave]:
        values = _peeked(table, [low[IS_TRAIN]]).get(low[IS_TRAIN], set())
        if values and {x.lower() for x in values} <= {"true", "false", "1", "0"}:
            found["split"] = low[IS_TRAIN]
    return found


def _no_counts(table: Table, mapping: Mapping[str, str]) -> list[str]:
    """Return the last column ``n`` where it counts nothing, as the first rows tell.

    Counts have one row for each thing that they count: where rows are like another one but for n,
    each is an example. And nobody counts by a measurement, of which most rows have their own.
    """
    said = {role.strip().lower() for role in mapping}
    low = {x.lower() for x in table.header}
    if table.header[-1:] != (COUNT,) or COUNT in said or COUNT in mapping.values():
        return []
    if not low.isdisjoint(ALIASES["id"]) or "id" in said or not table.frames:
        return []
    keys = [x for x in table.header[:-1] if _is_flat(table, x)]
    known = {*KNOWN_NAMES, *(x.lower() for x in mapping.values())}
    free = [x for x in keys if not (x.lower() in known or x.lower().startswith(PREFIXED))]
    values = _first_cells(replace(table, frames=table.frames[:1]), keys)
    rows = list(zip(*values.values(), strict=True))
    if len(rows) < FEWEST:
        return []
    measured = any(
        len(set(values[x])) > DISTINCT * len(rows) and all(map(_is_number, values[x])) for x in free
    )
    return [COUNT] if measured or len(set(rows)) <= APART * len(rows) else []


def _is_number(value: object) -> bool:
    try:
        float(str(value or 0))
    except ValueError:
        return False
    return True


def _is_flat(table: Table, column: str) -> bool:
    try:
        table.category(column)
    except InputError:
        return False
    return True


def splits_of(columns: Columns, split_as: Mapping[str, str]) -> dict[str, str]:
    """Return the split of values that are no split's name: those said, and those of is_train."""
    targets = check_split_as(split_as)
    if (columns.get("split") or "").lower() != IS_TRAIN:
        return targets
    trained = dict.fromkeys(("true", "True", "TRUE", "1", "1.0"), "train")
    others = dict.fromkeys(("false", "False", "FALSE", "0", "0.0"), "dev")
    return {**trained, **others, **targets}


def roles_of(
    table: Table, mapping: Mapping[str, str], roles: Iterable[str] = BY_NAME
) -> dict[str, str]:
    """Return the columns of those said, and of some roles, as `find_roles` does."""
    mapping = _said(table, mapping)
    leave = no_splits(table, mapping)
    return find_roles(table.header, mapping, file=table.name, roles=roles, leave=leave)


def _said(table: Table, mapping: Mapping[str, str]) -> Mapping[str, str]:
    """Return the columns that are said; of files that are given for splits, not that of these."""
    own = table.split_column
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
    if "split" in {role.strip().lower() for role, column in mapping.items() if column.strip()}:
        return []
    named = [name for name in table.header if name.lower() in IF_SPLITS]
    return [
        name
        for name, values in _peeked(table, named).items()
        if not {x.lower() for x in values} <= SPLIT_ALIASES.keys() | {""}
    ]


def _classes(table: Table, mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the class of each column of probabilities whose name is one of the weak ones."""
    said = {role.strip().lower() for role, column in mapping.items() if column.strip()}
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
    found = _first_cells(table, names) if names and table.frames else {}
    return {name: set(label_texts(set(cells))) for name, cells in found.items()}


def _first_cells(table: Table, names: list[str]) -> dict[str, list[Any]]:
    cells = [table.category(name).alias(f"x{i}") for i, name in enumerate(names)]
    found = table.collect(lambda frame: frame.select(cells).head(PEEKED)).frame
    return {name: found[f"x{i}"].to_list() for i, name in enumerate(names)}
