"""What Python holds as columns: arrays, lists, Series, tensors of any library, none imported.

Positions count. A cell that is no text, number or truth value becomes its text; a cell that holds
several values stays a list, which no role takes.
"""

from __future__ import annotations

import datetime
import numbers
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.record import Record
from mlstrat.data.values import value_text
from mlstrat.errors import InputError, first_line

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[Any]

ARRAYS = "<arrays>"
"""What a run of arrays is called in messages and signatures."""

WHOLE = range(-(2**63), 2**63)


class Named(Record):
    """A frame of Polars, made of what Python holds, and what it is called.

    ``index`` says how the indexes of pandas differ between labels and predictions, if they do.
    """

    frame: Any
    name: str = ARRAYS
    index: str = ""


def library(value: object) -> str:
    """Return the library that a value is of: ``numpy``, ``pandas``, ``builtins``, …"""
    return type(value).__module__.partition(".")[0]


def is_frame(value: object) -> bool:
    """Whether a value has columns with names; a Series, an array or a dict is none."""
    # Of the type: a lazy frame would look for them.
    return hasattr(type(value), "columns") and not isinstance(value, Mapping)


def is_array(value: object) -> bool:
    """Whether a value is a column of values: an array, a list, a Series, a tensor."""
    if isinstance(value, str | bytes | Mapping) or is_frame(value):
        return False
    return (
        isinstance(value, list | tuple | range | set | frozenset | Iterator)
        or hasattr(value, "__array__")
        or hasattr(value, "detach")
        or hasattr(value, "toarray")
        or hasattr(value, "to_list")
        or hasattr(value, "to_pylist")
    )


def array_of(given: Any, what: str) -> Array:
    """Return a column as an array of one dimension, or of two (rows × classes).

    Examples
    --------
    >>> array_of([[1], [0]], "label").tolist(), array_of(("a", None), "label").tolist()
    ([1, 0], ['a', None])
    """
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise InputError(
            f"{type(given).__name__} is not an array", file=ARRAYS, column=what, accepted=ACCEPTED
        )
    if isinstance(given, set | frozenset):
        raise InputError("a set has no order", file=ARRAYS, column=what, accepted=ACCEPTED)
    try:
        found = _array(given)
    except Exception as error:  # of whatever library it is
        raise InputError(
            f"cannot be read as an array: {first_line(error)}",
            file=ARRAYS,
            column=what,
            accepted=ACCEPTED,
        ) from None
    if found.ndim == 2 and found.shape[1] == 1:
        return found[:, 0]
    if found.ndim in (1, 2):
        return found
    shape = " × ".join(map(str, found.shape)) or "a single value"
    raise InputError(
        f"an array of {found.ndim} dimensions ({shape})",
        file=ARRAYS,
        column=what,
        accepted=ACCEPTED,
        hint="one row an example: flatten labels and predictions alike, as y.ravel()"
        if found.ndim
        else None,
    )


ACCEPTED = "one value an example: an array, a list, a Series or a tensor"


def _array(given: Any) -> Array:
    if hasattr(given, "detach"):
        given = given.detach().cpu()
        try:
            return np.asarray(given.numpy())
        except TypeError:  # bfloat16, which NumPy does not have
            return np.asarray(given.float().numpy())
    if hasattr(given, "toarray"):
        given = given.toarray()
    of = library(given)
    if of == "pandas":
        return of_pandas(given)
    if of in ("polars", "pyarrow"):
        if is_frame(given):
            return np.asarray(given.to_pandas() if of == "pyarrow" else given.to_numpy())
        if getattr(getattr(given, "dtype", None), "is_numeric", bool)() and not given.null_count():
            return np.asarray(given.to_numpy())
        return objects(given.to_list() if hasattr(given, "to_list") else given.to_pylist())
    if isinstance(given, np.ma.MaskedArray):
        cells = np.asarray(given.data).astype(object)
        cells[np.ma.getmaskarray(given)] = None
        return cells
    if hasattr(given, "__array__"):
        return np.asarray(given)
    return _of_list(list(given))


def of_pandas(given: Any) -> Array:
    """Return the values of a column, or of a frame, of pandas as an array."""
    kind = getattr(getattr(given, "dtype", None), "kind", "O")
    if is_frame(given):
        return np.asarray(given)
    if kind in "biuf" and isinstance(given.dtype, np.dtype):
        return np.asarray(given)
    return np.asarray(given, dtype=object)


def _of_list(given: list[Any]) -> Array:
    """Return a list as an array; one of rows of equal length has two dimensions."""
    kinds = {type(x) for x in given}
    if kinds <= {int} or kinds <= {float} or kinds <= {bool}:
        return np.array(given, dtype=None if kinds else object)
    if any(isinstance(x, list | tuple) or getattr(x, "ndim", 0) for x in given):
        return np.array([_array(x) for x in given])
    if all(hasattr(x, "item") and hasattr(x, "dtype") for x in given):
        return np.array([x.item() for x in given])
    return objects(given)


def objects(values: Sequence[Any]) -> Array:
    """Return an array of the values as they are."""
    out = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        out[i] = value
    return out


def series_of(name: str, values: Array) -> pl.Series:
    """Return a column of one dimension as a Series of Polars, missing values null.

    Examples
    --------
    >>> series_of("y", np.array(["a", None, 1.0], dtype=object)).to_list()
    ['a', None, '1']
    """
    import polars as pl

    kind = values.dtype.kind
    if kind in "biu":
        return pl.Series(name, np.ascontiguousarray(values.astype(values.dtype.newbyteorder("="))))
    if kind == "f":
        wide = values.dtype.itemsize in (4, 8)
        return pl.Series(name, np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("=")
                                                    if wide else np.float64))  # fmt: skip
    if kind in "mM":
        return pl.Series(name, [None if x == "NaT" else x for x in values.astype(str).tolist()],
                         dtype=pl.String)  # fmt: skip
    return _of_cells(name, values.tolist())


def _of_cells(name: str, cells: list[Any]) -> pl.Series:
    import polars as pl

    cells = [None if _missing(x) else x for x in cells]
    kinds = {type(x) for x in cells} - {type(None)}
    if kinds == {str}:
        return pl.Series(name, [x if x is None else _unicode(x) for x in cells], dtype=pl.String)
    if kinds == {bytes}:  # perhaps no text: that is told where the column is used
        return pl.Series(name, cells, dtype=pl.Binary)
    if kinds <= {bool, np.bool_}:
        return pl.Series(name, [x if x is None else bool(x) for x in cells], dtype=pl.Boolean)
    if bool not in kinds and all(issubclass(x, numbers.Integral) for x in kinds):
        whole = [x if x is None else int(x) for x in cells]
        if all(x is None or x in WHOLE for x in whole):
            return pl.Series(name, whole, dtype=pl.Int64)
    if kinds <= {float, np.float64, np.float32}:
        return pl.Series(name, [x if x is None else float(x) for x in cells], dtype=pl.Float64)
    if any(_several(x) for x in cells):
        nested = [x if x is None else [_text(y) for y in _inner(x)] for x in cells]
        return pl.Series(name, nested, dtype=pl.List(pl.String))
    return pl.Series(name, [x if x is None else _text(x) for x in cells], dtype=pl.String)


def _missing(cell: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT, pandas' NA."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(cell, np.datetime64 | np.timedelta64):
        return bool(np.isnat(cell))
    return isinstance(cell, numbers.Number) and bool(cell != cell)  # noqa: PLR0124  NaN


def _several(cell: Any) -> bool:
    if isinstance(cell, str | bytes):
        return False
    return isinstance(cell, list | tuple | set | frozenset | Mapping) or bool(
        getattr(cell, "ndim", 0)
    )


def _inner(cell: Any) -> list[Any]:
    """Return the values of a cell that holds several; a set in the order of their text."""
    if isinstance(cell, set | frozenset):
        return sorted(cell, key=str)
    return list(cell) if _several(cell) else [cell]


def _text(cell: Any) -> str:
    """Return the text of a cell, whatever it is; one that has none by its kind."""
    try:
        if isinstance(cell, bytes):
            return cell.decode("utf-8", "backslashreplace")
        if isinstance(cell, datetime.date | datetime.time) or _several(cell):
            return _unicode(str(cell))
        return _unicode(value_text(cell.item() if hasattr(cell, "item") else cell))
    except Exception:  # an object whose own text fails
        return f"<{type(cell).__name__}>"


def _unicode(text: str) -> str:
    """Return text as UTF-8 can write it: half of a surrogate pair by its number."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
