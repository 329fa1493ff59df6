"""How long a prediction takes: one by one, and many at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TIMED_PREDICTIONS = 200  # a median of so many is steady and takes well under a second
FEWEST_TIMES, LONGEST_TIMING = 5, 500.0  # predictions, and milliseconds after which they do
BATCH_ROWS = 2000  # of the latency of a batch


def latency_of(
    fetch: Callable[[NDArray[np.intp]], Any],
    predict: Callable[[Any], Any],
    rows: NDArray[np.intp],
) -> tuple[float, float]:
    """Milliseconds an example: median of predictions one by one, and of rows in one batch."""
    import numpy as np

    rows = rows[:BATCH_ROWS]
    predict(fetch(rows[:1]))  # the first call pays for imports and caches
    singles = np.split(rows, len(rows))[:TIMED_PREDICTIONS]
    single = _milliseconds(fetch, predict, singles)
    return single, _milliseconds(fetch, predict, [rows] * FEWEST_TIMES) / len(rows)


def _milliseconds(
    fetch: Callable[[NDArray[np.intp]], Any],
    predict: Callable[[Any], Any],
    batches: list[NDArray[np.intp]],
) -> float:
    """Return the median time of a prediction, of fewer of them where they are slow."""
    from statistics import median

    took: list[float] = []
    for rows in batches:
        batch = fetch(rows)
        start = time.perf_counter()
        predict(batch)
        took.append(1000 * (time.perf_counter() - start))
        if len(took) >= FEWEST_TIMES and sum(took) > LONGEST_TIMING:
            break
    return median(took)
