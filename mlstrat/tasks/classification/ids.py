"""Ids that stand twice in a split, and ids or groups that are in two splits."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from mlstrat.core.counts import Cells
from mlstrat.core.findings import Finding
from mlstrat.data.columns import Columns
from mlstrat.data.counting import Aside, rows_within
from mlstrat.data.grouping import unordered
from mlstrat.data.opening import in_polars
from mlstrat.data.table import Table
from mlstrat.errors import InputError
from mlstrat.tasks.findings import IDS_TWICE, OVERLAP
from mlstrat.tasks.ids import EXACT_UP_TO, in_two, one_in_of, repeated

MOST_VALUES = 20
"""Values of a column by which repeated ids may be told apart."""


class SomeIds:
    """Hashes of one id in so many, taken ``aside`` as the rows are counted."""

    def __init__(self, one_in: int, text: Any) -> None:
        self.one_in, self.hashes = one_in, list[Any]()
        self.aside: Aside = (text.hash(), self._take)

    def _take(self, hashes: Any) -> None:
        kept = hashes if self.one_in == 1 else hashes.filter(hashes % self.one_in == 0)
        self.hashes.append(kept)

    def differ(self, rows: int) -> bool:
        """Whether no id stands twice among those that are looked at of a run of so many rows."""
        import polars as pl

        if one_in_of(rows) != self.one_in or not self.hashes:
            return False
        found = pl.concat(self.hashes)
        if found.n_unique() == len(found):  # as nearly always
            return True
        found = found.filter(~found.is_in(_blank()))
        return bool(found.n_unique() == len(found))


def ids_aside(table: Table, columns: Columns) -> SomeIds | None:
    """Return the ids of a run to look at as it is counted; None if it must be asked for them."""
    column = columns.get("id")
    if column is None or table.counts is not None or not table.polars:
        return None
    rows = rows_within(table)
    return SomeIds(one_in_of(rows), _text(table, column)) if rows else None


def _text(table: Table, column: str) -> Any:
    import polars as pl

    return table.category(column).cast(pl.String)


@functools.cache
def _blank() -> Any:
    """Return the hashes of what is no id; looking at the text itself costs as much again."""
    import polars as pl

    return pl.Series([None, "", " ", "NaN"], dtype=pl.String).hash().implode()


def about_ids(
    table: Table,
    columns: Columns,
    rows: int,
    raw: Sequence[Any],
    codes: Sequence[int],
    splits: tuple[str, ...],
    runs: str | None = None,
) -> list[Finding]:
    """Return whether ids stand twice in a split, or in two splits.

    `raw` are the values of the split column and `codes` the split of each; the values of the column
    `runs`, a seed, are runs on the same examples.
    """
    column = columns.get("id")
    if column is None or table.counts is not None or table.on_spark or not rows:
        return []
    one_in = one_in_of(rows)
    import polars as pl

    if not table.polars:
        if rows > EXACT_UP_TO:
            return []  # its rows would have to be copied
        kept_roles = [columns.roles[r] for r in ("id", "split", "label") if columns.get(r)]
        kept_roles += [runs] if runs else []
        table = in_polars(table, list(dict.fromkeys(kept_roles)))
        columns = Columns(table.header, {r: c for r, c in columns.roles.items()
                                         if c in table.header or r == "group"})  # fmt: skip
    x = _text(table, column)
    own = x.hash() if runs is None else pl.struct(x.alias("x"), table.category(runs)).hash()
    h = own.alias("h")
    kept = ~x.hash().is_in(_blank())
    kept = kept if one_in == 1 else (own % one_in == 0) & kept
    found = table.collect(lambda frame: frame.filter(kept).select(h)).frame["h"]
    if found.n_unique() == len(found):
        return []
    split = pl.lit(0) if not raw else table.category(columns.roles["split"]).replace_strict(
        pl.Series(list(raw)), pl.Series(list(codes), dtype=pl.Int64), return_dtype=pl.Int64
    )  # fmt: skip
    label = table.category(columns.roles["label"]).cast(pl.String)
    counted = table.collect(
        lambda frame: unordered(
            frame.filter(kept).select(h, split.alias("split"), label.alias("label")),
            ("h", "split"),
            pl.len().alias("n"),
            pl.col("label").min(),
        )
    ).frame.sort("h", "split")
    out = _twice(table, columns, counted, splits, one_in)
    return out + _in_both(table, counted, splits, one_in, kept, (x, own), split)


def _twice(
    table: Table, columns: Columns, counted: Any, splits: tuple[str, ...], one_in: int
) -> list[Finding]:
    if columns.get("group") is not None:
        return []  # rows of a group are taken together already
    found, many = repeated(counted, splits)
    if not found:
        return []
    flags = _one_of_each(table, columns, len(counted), one_in)
    return [Finding(
        IDS_TWICE, {"splits": found, "one_in": one_in}, lowered_to=None if many else "tip",
        flags=flags or f"--map {shlex.quote('group=' + columns.roles['id'])}",
    )]  # fmt: skip


def _one_of_each(table: Table, columns: Columns, distinct: int, one_in: int) -> str:
    """Return the ``--filter`` that keeps one row of each id, if a column tells them apart."""
    taken = set(columns.roles.values())
    free = [x for x in columns.header if x not in taken]
    if not free or one_in > 1:
        return ""
    import polars as pl

    ids = table.category(columns.roles["id"]).alias("id")
    keys = [ids]
    if (split := columns.get("split")) is not None:
        keys.append(table.category(split).alias("split"))
    for name in free:
        try:
            x = table.category(name).cast(pl.String).alias("x")
            found = table.collect(
                lambda frame, x=x: unordered(  # type: ignore[misc]
                    frame.select(*keys, x), ("x",), pl.len().alias("n"),
                    pl.struct(k.meta.output_name() for k in keys).n_unique().alias("distinct"),
                ).head(MOST_VALUES + 1)
            ).frame.drop_nulls()  # fmt: skip
        except InputError:  # cells of several values, or none that an engine makes text of
            continue
        if not 1 < len(found) <= MOST_VALUES or (found["n"] != found["distinct"]).any():
            continue
        if found["n"].max() == distinct:
            value = found.sort("n", "x", descending=[True, False])["x"][0].strip()
            named = name if name.isidentifier() else f"`{name}`"
            said = f"{named} == {value!r}"
            plain = not set(said) & set('"\\$`')
            return f'--filter "{said}"' if plain else f"--filter {shlex.quote(said)}"
    return ""


def _in_both(
    table: Table,
    counted: Any,
    splits: tuple[str, ...],
    one_in: int,
    kept: Any,
    ids: tuple[Any, Any],
    split: Any,
) -> list[Finding]:
    """Return the finding on ids in two splits; `ids` are those and what tells them apart."""
    x, own = ids

    def ids_of(some: Any, j: int) -> list[str]:
        kept_of = kept & (split == j) & own.is_in(some.implode())
        found = table.collect(
            lambda frame: frame.filter(kept_of).select(x.alias("x").unique().sort())
        )
        out: list[str] = found.frame["x"].to_list()
        return out

    return in_two(counted, splits, one_in, ids_of)


def about_groups(cells: Cells) -> list[Finding]:
    """Return whether groups are in two splits; a tip, as the next day of one user may be meant."""
    if cells.group is None:
        return []
    overlaps, size = [], int(cells.group.max(initial=-1)) + 1
    within = [cells.split == k for k in range(len(cells.splits))]
    there = [np.bincount(cells.group[k], minlength=size) > 0 for k in within]
    for i, j in combinations(range(len(cells.splits)), 2):
        both = there[i] & there[j]
        if shared := int(both.sum()):
            rows = [int(cells.n[within[k] & both[cells.group]].sum()) for k in (i, j)]
            overlaps.append({
                "kind": "group", "splits": [cells.splits[i], cells.splits[j]],
                "shared": shared, "rows": rows, "examples": [],
            })  # fmt: skip
    return [Finding(OVERLAP, {"overlaps": overlaps}, lowered_to="tip")] if overlaps else []
