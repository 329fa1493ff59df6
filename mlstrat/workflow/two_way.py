"""Distribution × human / trained on / held out: what a mismatch looks like from both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlstrat.workflow._figures import Estimate


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
