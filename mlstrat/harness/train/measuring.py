"""What a trained model says of rows, and how long it takes to say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.harness.train.fitted import Fitted
from mlstrat.harness.train.latency import latency_of
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
