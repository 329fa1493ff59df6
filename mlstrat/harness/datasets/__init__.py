"""The examples: each dataset has one loader, found by its name in one table.

A loader is ``load(dataset, seed, **options) -> Examples``; the same dataset and seed give the same
examples. The options are the dataset's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from mlstrat.core.record import Record
from mlstrat.harness.recipes.recipe import Dataset, HumanLevel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Examples(Record, eq=False):
    """A dataset in memory: N examples, in the order of its file or of its generator."""

    features: Any
    """Indexed by rows: (N, F) numbers, (N, C, H, W) pictures in 0 to 1, (N, C, L) signals,
    (N, C, T, H, W) moving pictures, (N, T) tokens (0 is padding), or a pandas frame."""
    labels: NDArray[Any]
    """(N,), as names; numbers where a number is to be predicted"""
    slices: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    """Columns to slice errors by, each (N,)."""
    sources: NDArray[np.str_] | None = None
    """(N,), the distribution that each example comes from; None where there is one."""
    groups: NDArray[np.str_] | None = None
    """(N,), whose rows are not independent of each other; None where all are."""
    human: HumanLevel | None = None
    """The error that nobody can avoid, where the generator knows it."""
    ids: NDArray[np.str_] | None = None
    """(N,), of a user's own examples; None: made of the dataset's name and the row."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def number(self) -> bool:
        """Whether a number is to be predicted, not a class."""
        return bool(self.labels.dtype.kind == "f")

    def rows(self, rows: NDArray[np.intp]) -> Any:
        """Return the features of some rows, of an array or of a frame."""
        return self.features.iloc[rows] if hasattr(self.features, "iloc") else self.features[rows]


LOADERS: Mapping[str, tuple[str, str]] = {
    "digits": ("tables", "digits"),
    "digits_parity": ("tables", "digits_parity"),
    "breast_cancer": ("tables", "measurements"),
    "wine": ("tables", "wine"),
    "circle": ("tables", "circle"),
    "gaussians": ("tables", "gaussians"),
    "strokes": ("tables", "strokes"),
    "digit_pictures": ("digit_pictures", "digit_pictures"),
    "styled_digits": ("digit_pictures", "styled_digits"),
    "glyphs": ("glyphs", "glyphs"),
    "blurred_glyphs": ("glyphs", "blurred"),
    "heartbeats": ("signals", "heartbeats"),
    "moving_squares": ("signals", "moving_squares"),
    "music": ("sequences", "music"),
    "reviews": ("sequences", "reviews"),
    "dna": ("sequences", "dna"),
    "copying": ("sequences", "copying"),
}
"""Name of a dataset: the module of this package and the function that load it."""

SOURCES: Mapping[str, tuple[str, str]] = {
    "markov_letters": ("texts", "markov_letters"),
    "language": ("texts", "language"),
    "sentences": ("texts", "Sentences"),
    "dates": ("texts", "Dates"),
    "scribbles": ("shapes", "Scribbles"),
    "faces": ("shapes", "FacesOneByOne"),
    "shapes": ("shapes", "Shapes"),
    "crossed_bars": ("shapes", "CrossedBars"),
}
"""Name of a dataset of other tasks than classification: the source that draws it, made with the
dataset's options. Its ``draw`` gives an example; ``human`` is the error that nobody can avoid."""


def source_of(dataset: Dataset) -> Any:
    """Return what draws the examples of a dataset one by one, by its ``draw``."""
    return _found(SOURCES[dataset.name])(**dataset.options)


def load_examples(dataset: Dataset, seed: int) -> Examples:
    """Load a dataset; of data that ship with a package the seed decides only what is planted."""
    return cast(Examples, _found(LOADERS[dataset.name])(dataset, seed, **dataset.options))


def _found(place: tuple[str, str]) -> Any:
    module, name = place
    return getattr(import_module(f"mlstrat.harness.datasets.{module}"), name)
