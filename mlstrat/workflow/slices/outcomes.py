"""What became of a row: right or wrong, and what people said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlstrat.core.counts import ABSTAINED, is_person
from mlstrat.data.columns import Columns
from mlstrat.data.counting import tally
from mlstrat.data.grouping import Counted
from mlstrat.tasks.classification.contingency import Keys, label_codes
from mlstrat.tasks.keys import split_codes


@dataclass(frozen=True)
class Outcomes:
    """What became of a row, as expressions over a run's own columns."""

    keys: Keys
    found: Counted
    codes: Mapping[str, Any]

    @classmethod
    def of(cls, keys: Keys) -> Outcomes:
        """Return the outcomes of a run, its distinct labels and predictions read."""
        roles = {r: c for r, c in keys.columns.roles.items() if r != "group"}
        alone = replace(keys, columns=Columns(keys.columns.header, roles))
        found = tally(keys.table, alone.expressions(), {})
        _, codes, _ = label_codes(alone, found)
        return cls(alone, found, codes)

    def within(self, splits: Sequence[str]) -> Any:
        """Return the expression that is true for rows of these splits."""
        import polars as pl

        column = self.keys.columns.get("split")
        if column is None:
            return pl.lit(True)
        names, codes = split_codes(self.keys, self.found)
        mine = np.isin(codes, [names.index(x) for x in splits])
        raw = self.found.frame["split"].filter(pl.Series(mine)).unique().sort()
        return self.keys.table.category(column).is_in(raw.implode())

    @property
    def wrong(self) -> Any:
        """The expression that is 1 where the prediction is not the label, else 0."""
        import polars as pl

        return (self._code("label") != self._code("prediction")).cast(pl.UInt8)

    @property
    def predicted(self) -> Any:
        """The expression of the code of the prediction, blank ones included."""
        return self._code("prediction")

    def people(self) -> Any:
        """Return the expression of what people say: 0 nothing, 1 the label, 2 something else.

        Of several who answer a row, more than half must be right.
        """
        import polars as pl

        n, roles = self.found.ints("n"), self.keys.columns.people
        said = [self._code(role) for role in roles if is_person(self.codes[role], n)]
        if not said:
            return pl.lit(0, pl.UInt8)
        truth = self._code("label")
        given = pl.sum_horizontal((x != ABSTAINED).cast(pl.Int64) for x in said)
        right = pl.sum_horizontal((x == truth).cast(pl.Int64) for x in said)
        return (pl.when(given == 0).then(0).when(2 * right > given).then(1).otherwise(2)).cast(
            pl.UInt8
        )

    def _code(self, role: str) -> Any:
        """Return the expression of a row's label as a code, blank where there is none."""
        import polars as pl

        raw, code = self.found.frame[role], pl.Series("code", self.codes[role], dtype=pl.Int64)
        distinct = pl.DataFrame({"raw": raw, "code": code}).filter(
            pl.col("raw").is_not_null() & (pl.col("code") != ABSTAINED)
        ).unique().sort("raw")  # fmt: skip
        expression = self.keys.expressions()[role]
        old = distinct["raw"]
        if old.dtype == pl.Boolean:
            old, expression = old.cast(pl.UInt8), expression.cast(pl.UInt8)
        return expression.replace_strict(
            old, distinct["code"], default=ABSTAINED, return_dtype=pl.Int64
        )
