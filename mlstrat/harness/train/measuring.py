"""What a trained model says of rows, and how long it takes to say it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.harness.recipes.recipe import Fitted
from mlstrat.harness.train.task import Task

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


DECIMALS = 6  # of probabilities; what lies beyond differs between machines
FEWEST_DIGITS = 4  # of the number in an id


def predicted(fitted: Fitted, features: Any) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return the label of the largest probability of each example, and all probabilities.

    Of a model of numbers these are the numbers, of eight digits.
    """
    import numpy as np

    shares = fitted.predict_proba(features)
    if not fitted.classes:
        return np.array([float(f"{x:.8g}") for x in shares[:, 0]]), shares[:, :0]
    return np.array(fitted.classes)[shares.argmax(axis=1)], shares


def predictions_of(
    task: Task, fitted: Fitted, splits: Mapping[str, NDArray[np.intp]]
) -> pd.DataFrame:
    """Return the predictions of some splits, a row an example."""
    import numpy as np
    import pandas as pd

    examples = task.examples
    rows = np.concatenate(list(splits.values()))
    labels, shares = predicted(fitted, examples.rows(rows))
    prefix = task.name if task.recipe is None else task.recipe.dataset.name
    digits = max(FEWEST_DIGITS, len(str(len(examples) - 1)))
    columns: dict[str, Any] = {
        "id": [f"{prefix}-{row:0{digits}d}" for row in rows]
        if examples.ids is None
        else examples.ids[rows],
        "split": np.repeat(list(splits), [len(part) for part in splits.values()]),
        "target" if examples.number else "label": examples.labels[rows],
        "prediction": labels,
    }
    for role, values in (("source", examples.sources), ("group", examples.groups)):
        if values is not None:
            columns[role] = values[rows]
    columns |= {name: values[rows] for name, values in examples.slices.items()}
    if task.probabilities:
        shares = shares.round(DECIMALS)
        columns |= {f"prob_{name}": shares[:, k] for k, name in enumerate(fitted.classes)}
    return pd.DataFrame(columns)


def latency(fitted: Fitted, task: Task) -> tuple[float, float]:
    """Milliseconds an example, from the cells of a row to its class, whichever the model.

    Reserved rows are not looked at.
    """
    import numpy as np

    rows = np.sort(np.concatenate(list(task.splits.values())))
    return latency_of(task.examples.rows, fitted.predict_proba, rows)


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
