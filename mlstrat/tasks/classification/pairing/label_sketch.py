"""Whether a run has too many labels, told by the smallest of their hashes as its rows are counted.

Distinct values are not counted in passing without holding them. The smallest hash of k of them lies
at 1 / k of the range on the average, and costs one number.
"""

from __future__ import annotations

from typing import Any

from mlstrat.data.table import Counted
from mlstrat.tasks.classification.contingency import FORMS, MOST_LABELS, Keys, check_many

FEW_HASHES = 2**64 // MOST_LABELS
"""Ten labels have a smaller hash once in ten thousand runs, which are then counted for nothing; ten
times as many labels as are accepted have none once in twenty thousand."""


def row_hashes(keys: Keys) -> dict[str, Any]:
    """Return the expressions of the hash of the label, and of a column of predictions."""
    return {name: x.hash().alias(name) for name, x in _columns(keys).items()}


def check_few(keys: Keys, found: Counted) -> None:
    """Refuse labels that look like an id or a number, where their smallest hashes say so.

    Raises
    ------
    InputError
        As reading them would, before pairs of them are held in memory.
    """
    for name, x in _columns(keys).items():
        if found.frame[name].min() < FEW_HASHES:
            distinct = x.n_unique().alias("n")
            values = keys.table.collect(lambda frame, x=distinct: frame.select(x))  # type: ignore[misc]
            check_many(keys, int(values.value("n")), name, FORMS * MOST_LABELS)


def _columns(keys: Keys) -> dict[str, Any]:
    roles, table = keys.columns.roles, keys.table
    return {x: table.category(roles[x]) for x in ("label", "prediction") if x in roles}
