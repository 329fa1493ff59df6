"""The only places where rows are grouped, and what they come to: in an order of its own.

An engine hands groups over in the order of a hash and of the threads that came first, another in
every run. Whatever is drawn or summed along them would be another, too: same inputs, same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.record import Record


def grouped(frame: Any, keys: Iterable[str], *sums: Any) -> Any:
    """Return sums by distinct keys, in the order of the keys."""
    by = list(keys)
    return frame.group_by(by).agg(*sums).sort(by)


def in_order(frame: Any, keys: Iterable[str], *sums: Any) -> Any:
    """Return sums by distinct keys of a frame of Polars, in the order of the rows."""
    return frame.group_by(list(keys), maintain_order=True).agg(*sums)


def unordered(frame: Any, keys: Iterable[Any], *sums: Any) -> Any:
    """Return sums by distinct keys in no order, for whoever puts them in that of their own codes.

    As `mlstrat.tasks.keys.collapse` does. There may be millions of them:
    sorting their texts
    costs more than counting the rows, and numbers of one kind of file are text in another, which
    has another order.
    """
    return frame.group_by(list(keys)).agg(*sums)


def about_distinct(x: Any, dtype: Any, ns: Any) -> Any:
    """Return the expression of about how many values an expression of Polars has.

    The estimate comes from hashes, and those of numbers are not those of their text: of the text it
    is the same whatever kind of file the values come from.
    """
    if type(dtype).__name__ == "Duration":  # which has no text
        return x.to_physical().approx_n_unique()
    return x.cast(ns.String, strict=False).approx_n_unique()


class Together:
    """Several lazy frames that are collected over one reading."""

    def __init__(self, frames: list[Any]) -> None:
        self.frames = frames

    def collect(self, engine: Any) -> list[Any]:
        """Return what each comes to."""
        import polars as pl

        found: list[Any] = pl.collect_all(self.frames, engine=engine)
        return found


FEW = 1_000
"""Rows whose values are told apart faster here than by a query."""


class Counted(Record):
    """The small table that a lazy one was reduced to."""

    frame: Any
    polars: bool

    def __len__(self) -> int:
        return len(self.frame)

    def renamed(self, names: Mapping[str, str]) -> Counted:
        """Return it with columns of Polars under other names, which take the place of those there.

        Series by series: a query that renames takes as long as counting a few thousand rows.
        """
        import polars as pl

        columns = {x: self.frame[x] for x in self.frame.columns if x not in names}
        return Counted(pl.DataFrame(columns | {y: self.frame[x] for x, y in names.items()}), True)

    def codes(self, name: str) -> tuple[list[Any], NDArray[np.int64]]:
        """Return the distinct values of a column, and for each row the index of its value."""
        column = self.frame[name]
        # Older releases of Polars join no numbers of 128 bits, which decimals are.
        if not self.polars or str(column.dtype).startswith(("Decimal", "Int128")):
            seen: dict[Any, int] = {}
            values = [_hashable(value) for value in column.to_list()]
            places = [seen.setdefault(value, len(seen)) for value in values]
            return list(seen), np.array(places, dtype=np.int64)
        import polars as pl

        if len(column) <= FEW and column.dtype == pl.String:  # a query would take as long as 4,000
            values = column.to_list()
            texts = sorted(set(values), key=lambda x: (x is not None, x))
            place = {x: i for i, x in enumerate(texts)}
            return texts, np.array([place[x] for x in values], dtype=np.int64)
        distinct = pl.DataFrame({"value": column.unique().sort()}).with_row_index("code")
        rows = pl.DataFrame({"value": column})
        joined = rows.join(
            distinct, on="value", how="left", nulls_equal=True, maintain_order="left"
        )
        # Of one row Polars does not join NaN; it sorts last.
        codes = joined["code"].fill_null(len(distinct) - 1)
        return distinct["value"].to_list(), codes.to_numpy().astype(np.int64)

    def distinct(self, name: str) -> int:
        """Return the number of distinct values of a column."""
        return int(self.frame[name].n_unique())

    def ints(self, name: str) -> NDArray[np.int64]:
        """Return a column of whole numbers."""
        return np.asarray(self.frame[name].to_numpy()).astype(np.int64)

    def floats(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers."""
        return np.asarray(self.frame[name].to_numpy()).astype(np.float64)

    def nulls(self) -> bool:
        """Whether any value is null."""
        return any(self.frame[name].null_count() for name in self.frame.columns)

    def value(self, name: str) -> Any:
        """Return the first value of a column."""
        return self.frame[name].to_list()[0]


def _hashable(value: Any) -> Any:
    """Return a value that can be told from others, lists and the like by their text."""
    try:
        hash(value)
    except TypeError:
        return str(value)
    return value
