"""A user's own table: which columns can be learnt from, and as what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.data.columns import ALIASES, COUNT, PREFIXES
from mlstrat.errors import InputError
from mlstrat.harness.datasets.examples import Examples
from mlstrat.harness.datasets.own_pictures import path_column
from mlstrat.harness.train.learning_table import LearningTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Texts = NDArray[np.str_]

MISSING = ("", "na", "n/a", "nan", "null", "none", "?")
"""Cells, in lower case, that say that nothing is known."""

NOTHING = "(missing)"
"""The category of cells that say nothing."""

MOST_CATEGORIES = 50
"""Categories that get a column of their own; rarer ones share one. Ours."""

FREE_TEXT = 0.5
"""Distinct values as a share of the rows, above which a column of text is free text or an id."""

MOST_SLICED = 12
"""Values of a category up to which errors can be sliced by it."""

ID_NAME = re.compile(r"(^|[_\W])(id|ids|key|index|uuid|guid|nr)$|[a-z]I[Dd]$", re.IGNORECASE)
"""Names of whole numbers that number the rows."""

TAKEN = {name for names in ALIASES.values() for name in names} | {COUNT}
"""Names that play a role in a run, so that a column to slice by gets another one."""


@dataclass(frozen=True, eq=False)
class OwnTable:
    """A user's table as examples.

    Attributes
    ----------
    examples
        Their features are a frame: numbers (NaN where missing), and categories as text.
    splits
        Split to rows.
    numbers, categories
        The columns of each kind.
    remarks
        Which columns are not used, each with its reason.
    """

    examples: Examples
    splits: Mapping[str, NDArray[np.intp]]
    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    remarks: tuple[str, ...]


def own_table(table: LearningTable) -> OwnTable:
    """Return a table as examples.

    Raises
    ------
    InputError
        Where no column is left to learn from.
    """
    import pandas as pd

    numbers: dict[str, NDArray[np.float64]] = {}
    categories: dict[str, Texts] = {}
    remarks: list[str] = []
    ids, paths = table.ids, path_column(table.cells)
    for name, cells in table.cells.items():
        missing = np.isin(np.char.lower(np.char.strip(cells)), MISSING)
        values = _numbers(cells, missing)
        reason = _unfit(name, cells[~missing], values)
        if reason is None and values is None and name == paths:
            reason = "names of files, which say nothing of what is in them"
        if reason is not None:
            if ids is None and ID_NAME.search(name) and reason.startswith("an id"):
                ids, reason = cells, f"{reason}; it names the rows of the run"
            remarks.append(f"left out the column {name[:60]!r} ({reason})")
        elif values is not None:
            numbers[name] = values
        else:
            categories[name] = np.where(missing, NOTHING, cells)
    if not numbers and not categories:
        raise InputError(
            "no column is left to learn from: " + "; ".join(remarks) if remarks
            else "there is no column but the target", file=table.file.path,
        )  # fmt: skip
    frame = pd.DataFrame({**numbers, **categories})
    examples = Examples(
        frame,
        table.labels,
        _slices(categories),
        table.sources,
        table.groups,
        ids=_row_numbers(len(frame)) if ids is None else ids,
    )
    return OwnTable(
        examples, split_rows(table.splits), tuple(numbers), tuple(categories), tuple(remarks)
    )


def split_rows(splits: Texts) -> dict[str, NDArray[np.intp]]:
    """Return the rows of each split that there is, in the order of the ladder."""
    from mlstrat.harness.recipes.recipe import SPLITS

    return {name: rows for name in SPLITS if len(rows := np.flatnonzero(splits == name))}


def _row_numbers(rows: int) -> Texts:
    """Return names of rows that have no id."""
    return np.array([f"row-{row:0{len(str(rows))}d}" for row in range(1, rows + 1)])


def _numbers(cells: Texts, missing: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """Return a column as numbers, NaN where missing; None where it is not all numbers."""
    values = np.full(len(cells), np.nan)
    try:
        values[~missing] = cells[~missing].astype(np.float64)
    except ValueError:
        return None
    values[~np.isfinite(values)] = np.nan
    return values if (~np.isnan(values)).any() else None


def _unfit(name: str, cells: Texts, values: NDArray[np.float64] | None) -> str | None:
    """Return why a column cannot be learnt from, or None."""
    if len(cells) == 0:
        return "blank"
    distinct = len(np.unique(cells))
    if distinct == 1:
        return "the same in every row"
    if values is None:
        text = distinct > MOST_CATEGORIES and distinct > FREE_TEXT * len(cells)
        same = "an id" if distinct == len(cells) else "free text"
        return f"{same}: {distinct:,} values in {len(cells):,} rows" if text else None
    known = values[~np.isnan(values)]
    whole = bool((known == np.floor(known)).all()) and distinct == len(cells) > 2
    counted = whole and known.max() - known.min() + 1 == len(known)
    if whole and (counted or ID_NAME.search(name)):
        return "an id: a number of its own in every row"
    return None


def _slices(categories: Mapping[str, Texts]) -> dict[str, Texts]:
    """Return categories with few values as columns to slice errors by."""
    few = {name: texts for name, texts in categories.items()
           if len(np.unique(texts)) <= MOST_SLICED}  # fmt: skip
    return {f"feature_{name}" if _taken(name) else name: texts for name, texts in few.items()}


def _taken(name: str) -> bool:
    low = name.strip().lower()
    return low in TAKEN or low.startswith(PREFIXES)


def preprocessing(numbers: tuple[str, ...], categories: tuple[str, ...]) -> Any:
    """Return what makes a table into numbers: medians for gaps, a column for each category."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    # A column that is blank in all of train stays, as 0, so that its place is not lost.
    filled = SimpleImputer(strategy="median", keep_empty_features=True, add_indicator=True)
    encoded = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_CATEGORIES, sparse_output=False
    )
    steps = [
        ("numbers", make_pipeline(filled, StandardScaler()), list(numbers)),
        ("categories", encoded, list(categories)),
    ]
    return ColumnTransformer([step for step in steps if step[2]])
