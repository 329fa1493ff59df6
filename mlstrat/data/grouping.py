"""The only places where rows are grouped: what comes out has an order of its own.

An engine hands groups over in the order of a hash and of the threads that came first, another in
every run. Whatever is drawn or summed along them would be another, too: same inputs, same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


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
