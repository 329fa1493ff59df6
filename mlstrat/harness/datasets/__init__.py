"""The examples: each dataset has one loader, found by its name in one table.

A loader is ``load(dataset, seed) -> Examples``; the same dataset and seed give the same examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from mlstrat.harness.datasets.examples import Examples
from mlstrat.harness.recipes.recipe import Dataset

__all__ = ["LOADERS", "Examples", "load_examples"]

LOADERS: Mapping[str, tuple[str, str]] = {
    "digits": ("bundled", "digits"),
    "digits_parity": ("bundled", "digits_parity"),
    "breast_cancer": ("bundled", "measurements"),
    "wine": ("bundled", "wine"),
    "circle": ("synthetic", "circle"),
    "gaussians": ("synthetic", "gaussians"),
    "strokes": ("strokes", "strokes"),
    "digit_pictures": ("digit_pictures", "digit_pictures"),
    "clutter": ("digit_pictures", "clutter"),
    "glyphs": ("glyphs", "glyphs"),
    "blurred_glyphs": ("glyphs", "blurred"),
    "heartbeats": ("signals", "heartbeats"),
    "moving_squares": ("signals", "moving_squares"),
    "music": ("music", "music"),
    "reviews": ("reviews", "reviews"),
    "dna": ("dna", "dna"),
    "copying": ("copying", "copying"),
}
"""Name of a dataset: the module of this package and the function that load it."""


def load_examples(dataset: Dataset, seed: int) -> Examples:
    """Load a dataset; of data that ship with a package the seed decides only what is planted.

    Raises
    ------
    ValueError
        A dataset without a loader: a slip in the table of recipes.
    """
    if dataset.name not in LOADERS:
        raise ValueError(f"no loader for the dataset {dataset.name!r}")
    module, function = LOADERS[dataset.name]
    loader = getattr(import_module(f"mlstrat.harness.datasets.{module}"), function)
    return cast(Examples, loader(dataset, seed))
