"""The examples that scikit-learn ships, and how they are split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlstrat.harness.recipes import SPLITS, Dataset, SplitDesign

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WRITER_BLOCK = 600
"""Rows in the first two thirds of the digits file; the recipe in file order cuts at 1,200."""


@dataclass(frozen=True, eq=False)
class Examples:
    """A dataset in memory: one row an example, in the order of its file."""

    features: NDArray[np.float64]
    """(rows, features)"""
    labels: NDArray[np.str_]
    """(rows,), as names"""
    slices: dict[str, NDArray[np.str_]]
    """Columns to slice errors by, each (rows,)."""


def load_examples(dataset: Dataset, seed: int) -> Examples:
    """Load a dataset; the seed decides only which labels are flipped, where any are.

    Raises
    ------
    ValueError
        A dataset without a loader: a slip in the table of recipes.
    """
    if dataset.name == "digits":
        return _digits()
    if dataset.name == "digits_parity":
        return _digits_parity(dataset.flipped, seed)
    if dataset.name in ("breast_cancer", "wine"):
        return _measurements(dataset.name)
    raise ValueError(f"no loader for the dataset {dataset.name!r}")


def make_splits(design: SplitDesign, seed: int) -> dict[str, NDArray[np.intp]]:
    """Draw disjoint splits that use every row: split to row numbers, ascending.

    Train and train-dev are drawn from one distribution, dev and test from one: the same for all
    four, or the two ends of the file.

    Source: the course on bias and variance with mismatched data distributions.
    """
    import numpy as np

    random = np.random.default_rng([seed, 0])
    total, first = sum(design.sizes), design.sizes[0] + design.sizes[1]
    if design.file_order:
        order = np.concatenate(
            [random.permutation(first), first + random.permutation(total - first)]
        )
    else:
        order = random.permutation(total)
    parts = np.split(order, np.cumsum(design.sizes)[:-1])
    return {split: np.sort(rows) for split, rows in zip(SPLITS, parts, strict=True)}


def _digits() -> Examples:
    import numpy as np

    pixels, digits = _bundled("digits")
    features = pixels / 16  # 17 grey levels
    ink = features.mean(axis=1)
    level = np.searchsorted(np.quantile(ink, [1 / 3, 2 / 3]), ink)
    third = np.minimum(np.arange(len(digits)) // WRITER_BLOCK, 2)
    slices = {
        "third": np.array(["first", "second", "last"])[third],
        "ink": np.array(["light", "medium", "heavy"])[level],
    }
    return Examples(features, digits.astype(str), slices)


def _digits_parity(flipped: float, seed: int) -> Examples:
    import numpy as np

    pixels, digits = _bundled("digits")
    # Another stream than the splits have, so that neither moves when the other changes.
    flip = np.random.default_rng([seed, 1]).random(len(digits)) < flipped
    odd = (digits % 2 == 1) ^ flip
    slices = {"digit": digits.astype(str), "flipped": np.where(flip, "yes", "no")}
    return Examples(pixels / 16, np.where(odd, "odd", "even"), slices)


def _measurements(name: str) -> Examples:
    features, target, names = _bundled(name, names=True)
    return Examples(features, names[target], {})


def _bundled(name: str, *, names: bool = False) -> tuple[Any, ...]:
    """Features, target and, if asked for, the names of the classes, from scikit-learn's files."""
    from sklearn import datasets

    bundle = getattr(datasets, f"load_{name}")()
    data = (bundle.data, bundle.target)
    return (*data, bundle.target_names.astype(str)) if names else data
