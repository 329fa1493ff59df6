"""Distribution × human / trained on / held out: what a mismatch looks like from both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlstrat.core.figures import Estimate


@dataclass(frozen=True)
class TwoWayTable:
    """Distribution × human / trained on / held out (C3W2 mismatched data distributions).

    ``cells`` maps (row, distribution) to an estimate; a cell that nobody measured is absent.
    """

    distributions: tuple[str, ...]
    cells: Mapping[tuple[str, str], Estimate] = field(default_factory=dict)

    ROWS = ("human", "trained on", "held out")

    def difference(self, low: str, high: str, distribution: str) -> float | None:
        """Return the gap between two rows within one distribution; None where one is missing."""
        a, b = (self.cells.get((row, distribution)) for row in (low, high))
        if a is None or b is None or a.value is None or b.value is None:
            return None
        return b.value - a.value

    def along(self, row: str) -> float | None:
        """Return the difference along a row, last distribution minus first; None if unknown."""
        ends = [self.cells.get((row, d)) for d in (self.distributions[0], self.distributions[-1])]
        values = [None if e is None else e.value for e in ends]
        return None if values[0] is None or values[1] is None else values[1] - values[0]


def table_of_ladder(
    levels: Mapping[str, Estimate], dev_human: Estimate | None = None
) -> TwoWayTable:
    """Return the table of training and dev distribution that the levels of a ladder fill.

    Parameters
    ----------
    levels
        By name; a level ``human`` speaks of the training distribution.
    dev_human
        What people do on dev.
    """
    places = {
        ("human", "training"): levels.get("human"),
        ("trained on", "training"): levels.get("train"),
        ("held out", "training"): levels.get("train-dev"),
        ("human", "dev"): dev_human,
        ("held out", "dev"): levels.get("dev"),
    }
    known = {place: found for place, found in places.items() if found is not None}
    return TwoWayTable(("training", "dev"), known)
