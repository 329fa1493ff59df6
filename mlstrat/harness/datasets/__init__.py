"""The examples: each dataset has one loader, found by its name in one table.

A loader is ``load(dataset, seed, **options) -> Examples``; the same dataset and seed give the same
examples. The options are the dataset's.
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
    "sentences": ("sentences", "Sentences"),
    "dates": ("dates", "Dates"),
    "scribbles": ("scribbles", "Scribbles"),
    "faces": ("faces", "FacesOneByOne"),
    "shapes": ("shapes", "Shapes"),
    "crossed_bars": ("shapes", "CrossedBars"),
}
"""Name of a dataset of other tasks than classification: the source that draws it, made with the
dataset's options. Its ``draw`` gives an example; ``human`` is the error that nobody can avoid."""


def source_of(dataset: Dataset) -> Any:
    """Return what draws the examples of a dataset one by one, by its ``draw``.

    Examples
    --------
    >>> options = {"letters": 3, "contrast": 1.0, "length": 5, "source": 0}
    >>> source_of(Dataset("markov_letters", "", 1, options=options)).length
    5
    """
    return _found(SOURCES[dataset.name])(**dataset.options)


def load_examples(dataset: Dataset, seed: int) -> Examples:
    """Load a dataset; of data that ship with a package the seed decides only what is planted."""
    return cast(Examples, _found(LOADERS[dataset.name])(dataset, seed, **dataset.options))


def _found(place: tuple[str, str]) -> Any:
    module, name = place
    return getattr(import_module(f"mlstrat.harness.datasets.{module}"), name)
