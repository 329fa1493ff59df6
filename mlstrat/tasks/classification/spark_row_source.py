"""A run whose rows Spark holds, to draw from: the errors of a split come back, and no other rows.

Beside them only those correct rows whose hash is small enough to be drawn. Rows have no order in
Spark, so that each needs an id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np

from mlstrat.data.columns import ALIASES, Columns
from mlstrat.data.counting import refuse_counts, tally
from mlstrat.data.examples import open_examples
from mlstrat.data.grouping import Counted
from mlstrat.data.opening import open_in_place
from mlstrat.data.roles import columns_of, splits_of
from mlstrat.data.spark.table import HASH, SparkTable, rows_of, values_of
from mlstrat.data.table import Table
from mlstrat.errors import InputError
from mlstrat.tasks.classification.contingency import Keys, label_codes
from mlstrat.tasks.classification.predictions import choose_rule
from mlstrat.tasks.classification.row_source import Drawable
from mlstrat.tasks.classification.run import Read, Reading
from mlstrat.tasks.keys import labelled_rows, split_codes


@dataclass(frozen=True)
class SparkDrawable(Drawable):
    """A run in Spark; ``table`` has the rows that came back, ``origin`` is where from."""

    spark: SparkTable
    read: Read

    @property
    def origin(self) -> Table:
        """The table that was opened."""
        return self.spark

    @cached_property
    def counted(self) -> Read:
        """The run, counted and checked as every command counts it."""
        return self.read

    @cached_property
    def rows(self) -> int:
        """The number of rows of the run."""
        return self.read.cells.rows

    def below(self, prefix: str, seed: int, bound: int) -> Drawable:
        """Return it with the correct rows of the split whose hash is below a bound."""
        import narwhals as nw

        frame = self.spark.hashed(self.columns.roles["id"], seed, prefix)
        wanted = self._in_split & ~self._wrong & (nw.col(HASH) <= bound - 1)
        found = rows_of(replace(self.spark, frames=(frame,)), wanted)
        return replace(self, table=found)

    def hashed(self, prefix: str, seed: int) -> tuple[Any, Any]:
        """Return the hashes of the rows of the split, and whether each is wrong: 9 bytes a row."""
        import narwhals as nw

        table = replace(
            self.spark, frames=(self.spark.hashed(self.columns.roles["id"], seed, prefix),)
        )
        found = table.collect(
            lambda frame: frame.filter(self._in_split).select(
                nw.col(HASH).alias("hash"), self._wrong.alias("wrong")
            )
        ).frame
        return found["hash"].to_numpy().astype(np.uint64), found["wrong"].to_numpy()

    @cached_property
    def _keys(self) -> Keys:
        """The columns that tell whether a row is wrong."""
        kept = ("label", "split", "prediction", "score")
        roles = {r: c for r, c in self.columns.roles.items() if r in kept or r.startswith("prob_")}
        columns = Columns(self.columns.header, roles)
        return Keys(self.spark, columns, self.split_as, (), rule=self.rule, positive=self.positive)

    @cached_property
    def _found(self) -> Counted:
        return tally(self.spark, self._keys.expressions(), {})

    @property
    def _in_split(self) -> Any:
        """The expression that is true for rows of the split."""
        import narwhals as nw

        column = self.columns.get("split")
        splits, codes = split_codes(self._keys, self._found)
        if column is None or len(splits) == 1:
            return nw.lit(value=True)
        return self.spark.category(column).is_in(
            values_of(self._found, "split", codes == splits.index(self.split))
        )

    @property
    def _wrong(self) -> Any:
        """The expression that is true for rows whose prediction is not their label."""
        return wrong_of(self._keys, self._found)


def open_spark_drawable(run: Drawable) -> Drawable:
    """Return a run to draw from; of one whose table Spark holds, its errors as Spark tells them."""
    table = run.table
    if not isinstance(table, SparkTable):
        return run
    if run.columns.get("id") is None:
        raise InputError(
            "no id column, and rows in Spark have no order by which to name them",
            file=table.name,
            accepted=", ".join(ALIASES["id"]),
            hint="name it: --map id=COLUMN",
        )
    read = Reading(
        table, run.columns, run.rule, run.split_as, run.positive, (), "", looked=run.asked or ""
    ).read()
    table = cast(SparkTable, read.table)  # with the rows that have labels
    opened = SparkDrawable(
        table, run.columns, run.rule, run.split_as, run.positive, run.asked, table, read
    )
    return replace(opened, table=rows_of(table, opened._in_split & opened._wrong))


def open_drawable(
    source: Any,
    *,
    columns: Mapping[str, str],
    split: str | None,
    split_as: Mapping[str, str],
    positive: str | None,
    threshold: float | None,
    whole: bool = True,
) -> Drawable:
    """Return a run to draw from; where not the `whole` is wanted, Spark hands over its errors."""
    table = open_examples(source) if whole else open_in_place(source)
    found = columns_of(table, columns)
    table = labelled_rows(table, found)
    refuse_counts(found, table.name, "to read", "name the run that they were counted from")
    targets = splits_of(found, split_as)
    rule = choose_rule(found, threshold, positive, file=table.name)
    return open_spark_drawable(Drawable(table, found, rule, targets, positive, split))


def wrong_of(keys: Keys, found: Counted) -> Any:
    """Return the expression that is true for rows whose prediction is not their label.

    `found` is what was counted by the expressions of `keys`.
    """
    import narwhals as nw

    _, codes, _ = label_codes(keys, found)
    expressions = keys.expressions()
    right = [
        expressions["label"].is_in(values_of(found, "label", codes["label"] == code))
        & expressions["prediction"].is_in(values_of(found, "prediction", predicted))
        for code in np.unique(codes["label"])
        if (predicted := codes["prediction"] == code).any()
    ]
    while len(right) > 1:  # a tree no deeper than need be: Spark descends it
        pairs = [right[i : i + 2] for i in range(0, len(right), 2)]
        right = [pair[0] | pair[1] if len(pair) == 2 else pair[0] for pair in pairs]
    return nw.when(right[0]).then(nw.lit(value=False)).otherwise(nw.lit(value=True))
