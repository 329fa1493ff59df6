"""The task `ratio`: any additive error of one's own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mlstrat.core.metrics import Metric, MetricChoice
from mlstrat.data.opening import in_polars, open_table
from mlstrat.data.table import Table
from mlstrat.errors import UsageError
from mlstrat.places import is_standard
from mlstrat.tasks.contract import ErringRow, How, Measured, MeasuredPair, Task
from mlstrat.tasks.measured import MeasuredRatioPair, MeasuredRatios
from mlstrat.tasks.table.columns import COUNT, NEEDED, ROLES
from mlstrat.tasks.table.pairing import pair_ratios
from mlstrat.tasks.table.read import measure_ratios, open_ratios
from mlstrat.tasks.table.summed import is_summed, measure_summed, refuse_summed

ERROR = Metric("error", "error", "Σ num / Σ den", 0.0, 1.0, False, "every den is 0", "interface")


class RatioTask(Task):
    """Reads `id, num, den` and what may stand beside them."""

    @property
    def summed(self) -> bool:
        """Whether a run is a table of examples already, of which `count` writes the sums."""
        return True

    def table(self, source: Any, how: How) -> Table:  # noqa: ARG002
        """Return the examples of a run as a table."""
        table = open_table(source)
        refuse_summed(table)
        return table

    def choose(
        self, metric: str | None, measured: Measured | MeasuredPair | None = None
    ) -> MetricChoice:
        """Return the error; one that num may exceed den of has no upper end."""
        name = "error" if metric is None else metric.strip().lower().replace("-", "_")
        if name not in self.metrics:
            raise UsageError(
                f"--metric {metric}: a ratio table has num and den, and no such metric",
                accepted=", ".join(self.metrics),
            )
        found = self.metrics[name]
        if isinstance(measured, MeasuredRatios | MeasuredRatioPair) and not measured.bounded:
            found = replace(found, high=math.inf)
        return MetricChoice(found, None, None)

    def measure(self, source: Any, how: How) -> MeasuredRatios:
        """Read a run and measure it."""
        table = open_table(source)
        if is_summed(table):
            return measure_summed(table, how)
        return measure_ratios(table, how)

    def pair(self, a: Any, b: Any, how: tuple[How, How]) -> MeasuredPair:
        """Read two runs and pair them by the ids of their examples."""
        tables = [x if is_standard(x) else open_table(x) for x in (a, b)]
        for table in tables:
            refuse_summed(table)
        return pair_ratios(tables[0], tables[1], how)

    def rows(self, source: Any, how: How) -> Iterator[ErringRow]:
        """Yield the examples with errors, of one split if one is asked for, as they stand."""
        from mlstrat.data.values import split_name, value_text

        table = open_table(source)
        refuse_summed(table)
        opened = open_ratios(table, how)
        roles = {
            role: column
            for role, column in opened.columns.roles.items()
            if role in ("id", "split", *NEEDED) or role.startswith(COUNT)
        }
        table = in_polars(opened.table)
        texts = [table.category(roles[r]).alias(r) for r in ("id", "split") if r in roles]
        numbers = [table.number(c).alias(r) for r, c in roles.items() if r not in ("id", "split")]
        found = table.collect(lambda frame: frame.select(*texts, *numbers))
        for row in found.frame.iter_rows(named=True):
            split = "dev"
            if "split" in row:
                split = split_name(str(row["split"]).strip(), opened.keys.split_as) or ""
            if row["num"] > 0 and how.split in (None, split):
                kinds = [name for name in opened.columns.categories if row[COUNT + name] > 0]
                yield ErringRow(
                    value_text(row.get("id")), split, row["num"], row["den"], tuple(kinds)
                )


TASK = RatioTask("ratio", "example", ROLES, {"error": ERROR})
