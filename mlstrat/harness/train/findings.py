"""MLS260: features that give the target away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import clean

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_ROWS = 30

LEFT_OVER = 0.005
"""Share of rows that a feature may leave open and still determine the target (mlstrat's)."""

WORTH = 0.05
"""Share of rows that the commonest label must leave open: else any feature seems to know."""

MOST_VALUES = 50
"""Values of a feature up to which each is looked at by itself; more are cut once in two."""

LEAK = Rule(
    "MLS260", "issue", "A feature alone determines the target: a likely leak",
    "What is written down after the outcome is known, or from it, is not there when the model is "
    "used; an error near 0 then says nothing.",
    "The most frequent label of the other rows with the same value of a feature (of at most 50; "
    "else of each side of one cut) is right in 99.5% of rows, where the commonest label is in at "
    "most 95% (mlstrat's thresholds).",
    "Kaufman et al. (2012), leakage",
    ("ask when the feature is known; leave it out if that is after the target",),
    sentence=lambda e, _s: (
        "; ".join(f"{clean(x['column'])} alone tells the target in {100 * x['right']:.1f}% of rows"
                  for x in e["columns"])
        + f" (the commonest label: {100 * e['commonest']:.1f}%)."))  # fmt: skip


def leaks(features: Mapping[str, NDArray[Any]], target: NDArray[Any]) -> list[Finding]:
    """Return the finding on features each of which determines the target by itself.

    Examples
    --------
    >>> label = np.array(["no", "yes"] * 20)
    >>> found = leaks({"closed": label == "yes", "age": np.arange(40) % 7}, label)
    >>> [x["column"] for x in found[0].evidence["columns"]]
    ['closed']
    """
    labels, y = np.unique(target, return_inverse=True)
    rows = len(y)
    if rows < FEWEST_ROWS or len(labels) < 2:
        return []
    commonest = float(np.bincount(y).max() / rows)
    if commonest > 1 - WORTH:
        return []
    found = []
    for name, values in features.items():
        right = _right(values, y, len(labels))
        if right >= 1 - LEFT_OVER:
            found.append({"column": name, "right": right})
    return [Finding(LEAK, {"columns": found, "commonest": commonest})] if found else []


def _right(values: NDArray[Any], y: NDArray[np.int64], labels: int) -> float:
    """Return the share of rows that the most frequent label of a value, or of a side, is right."""
    known, x = np.unique(values, return_inverse=True)
    table = np.zeros((len(known), labels))
    np.add.at(table, (x, y), 1)
    if len(known) <= MOST_VALUES:
        ordered = np.sort(table, axis=1)
        sure = ordered[:, -1] - 1 > ordered[:, -2] - (ordered[:, -2] == 0)  # without the row itself
        return float(ordered[sure, -1].sum() / len(y))
    if values.dtype.kind not in "fiu":
        return 0.0
    below = table.cumsum(axis=0)[:-1]
    best = below.max(axis=1) + (table.sum(axis=0) - below).max(axis=1)
    return float(best.max() / len(y))
