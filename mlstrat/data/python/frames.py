"""Frames whose columns or cells no engine has a type for: refused, or read as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.data.formats.delimited_text import refuse_repeated
from mlstrat.data.python.values import array_of, is_frame, of_pandas, series_of
from mlstrat.errors import InputError, first_line

if TYPE_CHECKING:
    import polars as pl


def from_pandas(source: Any, name: str) -> Any:
    """Return a frame of pandas, the one whose names need not be text, or differ."""
    if not is_frame(source):
        raise InputError(
            "one column, and a run has labels and predictions",
            file=name,
            accepted="a frame, or two arrays: (y_true, y_pred)",
        )
    if source.columns.nlevels > 1:
        raise InputError(
            f"columns on {source.columns.nlevels} levels",
            file=name,
            accepted="columns on one level",
            hint=f"take one part: frame[{source.columns[0][0]!r}]",
        )
    refuse_repeated((str(x).strip() for x in source.columns), name)
    if _odd_columns(source):
        return _plain_frame(source)
    return source.rename(columns=str)


def of_rows(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return rows that are dicts as a frame, with the columns that any of them has.

    Examples
    --------
    >>> of_rows([{"label": "a"}, {"label": "b", "site": 3}]).columns
    ['label', 'site']
    """
    import polars as pl

    texts = [{str(name): value for name, value in row.items()} for row in rows]
    names = dict.fromkeys(name for row in texts for name in row)
    return pl.DataFrame(
        [series_of(name, array_of([row.get(name) for row in texts], name)) for name in names]
    )


def from_polars(source: Any, name: str) -> tuple[Any, tuple[str, ...]]:
    """Return a frame of Polars lazily, and the names of its columns; objects become text."""
    import polars as pl

    try:
        schema = source.lazy().collect_schema()
        objects = [x for x, kind in schema.items() if kind == pl.Object]
        if objects:
            source = source.lazy().collect()
    except Exception as error:  # a lazy plan runs what its author wrote
        raise InputError(f"no frame that can be read: {first_line(error)}", file=name) from None
    for one in objects:
        column = series_of(one, array_of(source[one], one))
        source = source.with_columns(column)
    return source.lazy(), tuple(schema.names())


def _odd_columns(frame: Any) -> list[str]:
    """Return the columns of a pandas frame whose cells are objects that no engine has a type for.

    A column whose cells are all text, or all numbers of one kind, is none.
    """
    import pandas as pd

    plain = {"string", "boolean", "empty", "floating"}
    out = []
    for name, dtype in zip(frame.columns, frame.dtypes, strict=True):
        if dtype.kind == "O" and str(dtype) == "object":
            kind = pd.api.types.infer_dtype(frame[name], skipna=True)
            safe = kind in plain and kind != "string"
            if not safe and not (kind == "string" and _writable(frame[name])):
                out.append(str(name))
        elif str(dtype).startswith(("period", "interval", "complex", "Sparse")):
            out.append(str(name))
    return out


def _writable(column: Any) -> bool:
    try:
        "".join(sorted(set(column.dropna()))).encode()
    except (UnicodeEncodeError, TypeError):
        return False
    return True


def _plain_frame(frame: Any) -> pl.DataFrame:
    """Return a frame of pandas in Polars, each cell a text, a number, a truth value or a list."""
    import polars as pl

    names = [str(x) for x in frame.columns]
    columns = (frame.iloc[:, i] for i in range(len(names)))
    return pl.DataFrame([
        series_of(name, of_pandas(x)) for name, x in zip(names, columns, strict=True)
    ])  # fmt: skip
