"""A run of labels behind the contract of tasks: its table of counts answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlstrat.core.counts import SPLITS, Cells
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Estimate, Sampling
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.ratio_pairs import Ceiling
from mlstrat.tasks import EVERYWHERE, Measured, Where


@dataclass(frozen=True, eq=False)
class MeasuredCells(Measured):
    """A run as counts by (split, label, prediction)."""

    cells: Cells

    def part(self, split: str, where: Where = EVERYWHERE) -> Cells:
        """Return the cells of a split, or of a slice of it."""
        part = self.cells.of_split(split)
        for column, value in where.items():
            values = part.slices[column][0]
            part = part.of_value(column, values.index(value) if value in values else -1)
        return part

    def examples(self, split: str, where: Where = EVERYWHERE) -> int:
        """Return the number of examples."""
        return self.part(split, where).rows

    def groups(self, split: str) -> int | None:
        """Return the number of groups; None where examples are independent."""
        group = self.part(split).group
        return None if group is None else len(np.unique(group))

    def values(self, column: str, split: str, where: Where = EVERYWHERE) -> tuple[str, ...]:
        """Return the values of a column that occur in a slice of a split, in display order."""
        values, codes = self.part(split, where).slices[column]
        return tuple(values[code] for code in np.unique(codes))

    def estimate(
        self,
        choice: MetricChoice,
        split: str,
        sampling: Sampling,
        where: Where = EVERYWHERE,
        *,
        draws: bool = True,
    ) -> Estimate:
        """Return a metric of a split, or of a slice of it, with its interval."""
        stream = SPLITS.index(split)
        for column, value in where.items():  # each value of a column has a stream of its own
            values = self.cells.slices[column][0]
            stream = len(SPLITS) + (values.index(value) if value in values else 0)
        return estimate(self.part(split, where), choice, sampling, stream, draws=draws)

    def categories(self, split: str, sampling: Sampling) -> Mapping[str, Ceiling]:  # noqa: ARG002
        """Return nothing: labels have no kinds of error but those that people give."""
        return {}

    def sums(self, split: str, where: Where = EVERYWHERE) -> tuple[float, float]:
        """Return Σnum and Σden of the error: the weight of wrong examples, and of all."""
        part = self.part(split, where)
        return float(part.weight[part.wrong].sum()), float(part.weight.sum())

    def extras(self, split: str) -> Mapping[str, Any]:  # noqa: ARG002
        """Return nothing yet: the diagnosis works out the figures of classes itself."""
        return {}
