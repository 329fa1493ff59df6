"""What a trained model can do, whichever library trained it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Note = int | float | str


class Fitted(Protocol):
    """A trained model."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The K names of the classes, as the columns of probabilities; none: it tells a number."""
        ...

    @property
    def size_bytes(self) -> int:
        """Bytes of the arrays that prediction needs."""
        ...

    @property
    def notes(self) -> Mapping[str, Note]:
        """What the run's config says besides: epochs, multiply-adds, the cost of an ensemble."""
        ...

    def predict_proba(self, features: Any) -> NDArray[np.float64]:
        """Return (N, K) probabilities of N examples; (N, 1) numbers where there are no classes."""
        ...

    def save(self, folder: Path) -> None:
        """Write the weights into a folder that is there, never as pickle."""
        ...


Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Stand in where nobody wants to hear of progress."""
