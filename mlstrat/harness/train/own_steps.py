"""What is asked of own data beside a model's knobs: its rows, and what stands before the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.errors import UsageError
from mlstrat.harness.datasets.own_tables import preprocessing
from mlstrat.harness.train.knobs import TABLE_KNOBS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlstrat.harness.train.prepared import Prepared

    Rows = Mapping[str, NDArray[np.intp]]


def before_network(
    numbers: tuple[str, ...], categories: tuple[str, ...]
) -> Callable[[Any], Prepared]:
    """Return what learns, from the rows of train, what stands before a network."""
    from mlstrat.harness.train.prepared import prepared

    return lambda frame: prepared(preprocessing(numbers, categories), frame, numbers, categories)


def model_knobs(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the knobs of the model itself: others are of the rows and of the features."""
    apart = ("n", "target_weight", *TABLE_KNOBS)
    return {name: value for name, value in knobs.items() if name not in apart}


def counted_more(
    knobs: Mapping[str, Any], sources: NDArray[np.str_] | None, splits: Rows
) -> NDArray[np.intp] | None:
    """Return the rows of train, those of dev's source as often as they count.

    Raises
    ------
    UsageError
        Where train has no such rows, or no others.
    """
    times = knobs.get("target_weight", 1)
    if times == 1:
        return None
    rows = splits["train"]
    like = target_rows(sources, splits)
    if like is None or sources is None:
        raise UsageError(
            "--target-weight counts rows of train that are of dev's source, and there are none",
            accepted="a column of sources, and rows of both in train",
        )
    return np.repeat(rows, np.where(np.isin(sources[rows], like), times, 1))


def target_rows(sources: NDArray[np.str_] | None, splits: Rows) -> list[str] | None:
    """Return the sources of dev where some rows of train are of them, and others are not."""
    if sources is None:
        return None
    like = np.unique(sources[splits["dev"]]).tolist()
    inside = np.isin(sources[splits["train"]], like)
    return like if inside.any() and not inside.all() else None
