"""A dict of splits as one frame: each role under one name, whatever its split calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.data.columns import COUNT, PROBABILITY
from mlstrat.data.python.values import ARRAYS
from mlstrat.errors import InputError

if TYPE_CHECKING:
    import polars as pl


def joined(parts: Mapping[str, Any]) -> pl.DataFrame:
    """Return runs, a split each, as one frame with a column ``split``.

    Raises
    ------
    InputError
        For a split that holds several splits, and for counts beside examples.

    Examples
    --------
    >>> import polars as pl
    >>> train = pl.DataFrame({"y": [1, 0], "pred": [1, 1]})
    >>> joined({"train": train, "dev": train.rename({"y": "label"})}).columns
    ['split', 'y', 'pred']
    """
    import polars as pl

    from mlstrat.data.opening import in_polars, open_table
    from mlstrat.data.roles import columns_of

    frames: list[pl.DataFrame] = []
    names: dict[str, str] = {}
    counted: dict[str, bool] = {}
    for split, part in parts.items():
        table = in_polars(open_table(part))
        frame = table.collect(lambda frame: frame).frame
        frame = frame.select(table.names).rename(dict(zip(table.names, table.header, strict=True)))
        try:
            roles = dict(columns_of(table, {}).roles)
        except InputError:  # its columns have roles that the call names
            roles = {}
        counted[split] = COUNT in roles
        if (own := roles.pop("split", None)) is not None:
            if frame[own].n_unique() > 1:
                raise InputError(
                    f"the split {split!r} has a column of several splits", file=table.name,
                    column=own, accepted="rows of one split under its name",
                )  # fmt: skip
            frame = frame.drop(own)
        to = {column: names.setdefault(role, column) for role, column in roles.items()
              if not role.startswith(PROBABILITY)}  # fmt: skip
        taken = set(frame.columns) - to.keys()
        frame = frame.rename({k: v for k, v in to.items() if v not in taken and k != v})
        frames.append(frame.select(pl.lit(split).alias("split"), pl.all()))
    if len(set(counted.values())) > 1:
        raise InputError(
            "counts in some splits, and rows in others: " + ", ".join(
                f"{split!r} {'counts' if x else 'rows'}" for split, x in counted.items()),
            file=ARRAYS, accepted="counts in all splits, or in none",
        )  # fmt: skip
    return _stacked(frames, last=names.get(COUNT))


def _stacked(frames: list[pl.DataFrame], last: str | None) -> pl.DataFrame:
    """Return frames below each other; a column of different types is text."""
    import polars as pl

    kinds: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, kind in frame.schema.items():
            kinds.setdefault(name, set()).add(kind)
    text = {name for name, found in kinds.items()
            if len(found - {pl.Null()}) > 1 and not all(x.is_numeric() for x in found)}  # fmt: skip
    cast = [
        frame.with_columns(
            pl.col(x).cast(pl.String) for x in frame.columns
            if x in text and not frame.schema[x].is_nested()
        )
        for frame in frames
    ]  # fmt: skip
    whole = pl.concat(cast, how="diagonal_relaxed")
    return whole if last is None else whole.select(pl.exclude(last), last)
