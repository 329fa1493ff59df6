"""The examples: each dataset has one loader, found by its name in one table.

A loader is ``load(dataset, seed) -> Examples``; the same dataset and seed give the same examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

from mlstrat.harness.datasets.examples import Examples
from mlstrat.harness.recipes.recipe import Dataset

__all__ = ["LOADERS", "SOURCES", "Examples", "load_examples", "source_of"]

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
    "styled_digits": ("styled", "styled_digits"),
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

SOURCES: Mapping[str, tuple[str, str]] = {
    "markov_letters": ("letters", "markov_letters"),
    "language": ("letters", "language"),
    "sentences": ("sentences", "sentences"),
    "dates": ("dates", "dates"),
    "scribbles": ("scribbles", "scribbles"),
    "faces": ("faces", "faces"),
    "shapes": ("shapes", "shapes"),
    "crossed_bars": ("shapes", "crossed_bars"),
}
"""Name of a dataset of other tasks than classification: what makes the source that draws it."""


def source_of(dataset: Dataset) -> Any:
    """Return what draws the examples of a dataset one by one, by its ``draw``.

    Examples
    --------
    >>> options = {"letters": 3, "contrast": 1.0, "length": 5, "source": 0}
    >>> source_of(Dataset("markov_letters", "", 1, options=options)).length
    5
    """
    module, function = SOURCES[dataset.name]
    return getattr(import_module(f"mlstrat.harness.datasets.{module}"), function)(dataset)


def load_examples(dataset: Dataset, seed: int) -> Examples:
    """Load a dataset; of data that ship with a package the seed decides only what is planted."""
    if dataset.name not in LOADERS:
        raise ValueError(f"no loader for the dataset {dataset.name!r}")
    module, function = LOADERS[dataset.name]
    loader = getattr(import_module(f"mlstrat.harness.datasets.{module}"), function)
    return cast(Examples, loader(dataset, seed))
