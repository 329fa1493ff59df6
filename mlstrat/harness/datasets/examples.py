"""A dataset in memory: one row an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlstrat.harness.recipes.recipe import HumanLevel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Examples:
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
