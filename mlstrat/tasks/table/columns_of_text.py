"""Text in columns parted by blanks, without a header: scores and lists of trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlstrat.errors import InputError
from mlstrat.tasks.table.text import cells_of, frame_of_lines

LINE = "line"


def read_columns(path: str, widths: Sequence[int], what: str) -> Any:
    """Return the columns of a text as a frame, ``c0`` and so on, with the ``line`` of each row.

    Raises
    ------
    InputError
        For a line with another number of columns than the first, or a number that is not accepted.
    """
    import polars as pl

    frame = frame_of_lines(path, what).filter(pl.col("text") != "")
    if not len(frame):
        raise InputError("no line", file=path, accepted=what)
    cells = cells_of(frame, path, widths, what)
    columns = {f"c{i}": cells.list.get(i) for i in range(len(cells[0]))}
    return pl.DataFrame({**columns, LINE: frame[LINE]})


def numbers(frame: Any, column: str, path: str, what: str) -> Any:
    """Return a column of text as numbers, where nan may be.

    Raises
    ------
    InputError
        With the line of the first that is none.
    """
    import polars as pl

    found = frame[column].cast(pl.Float64, strict=False).to_numpy().astype(float)
    bad = np.isinf(found) | frame[column].cast(pl.Float64, strict=False).is_null().to_numpy()
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"{str(frame[column][place])[:40]!r} is not a {what}", file=path,
            row=int(frame[LINE][place]), accepted="a finite number, or nan",
        )  # fmt: skip
    return found


def are_columns(lines: Sequence[str], widths: Sequence[int]) -> bool:
    """Tell whether lines have one of these numbers of columns, the last of which is a number.

    Examples
    --------
    >>> are_columns(["a a p0 -1.5", "a b p1 nan"], (4, 5)), are_columns(["some words are"], (3,))
    (True, False)
    """
    rows = [x.split() for x in lines[:-1] or lines if x.strip()]
    if not rows or len({len(x) for x in rows}) != 1 or len(rows[0]) not in widths:
        return False
    try:
        return [float(x[-1]) for x in rows] != []
    except ValueError:
        return False
