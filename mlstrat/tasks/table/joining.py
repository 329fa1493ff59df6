"""Predictions beside what is right: two tables joined by id, never by the order of rows."""

from __future__ import annotations

from typing import Any

from mlstrat.data.columns import ALIASES
from mlstrat.data.table import Table
from mlstrat.data.values import value_texts
from mlstrat.errors import InputError


def place_of(table: Table, index: int) -> tuple[str, int | None]:
    """Return the file and the row of the record of this index, where that is one file."""
    if table.files is not None and len(table.files.parts) != 1:
        return table.name, None
    return table.name, table.row_of(index)


def joined(
    run: Table, frame: Any, truth: Table, right: Any, column: str | None = None
) -> tuple[Any, frozenset[str]]:
    """Return the rows of the truth with the columns of the predictions, joined by id."""
    import polars as pl

    other, order = matched(run, frame, truth, right, column)
    more = [x for x in frame.columns if x != other and x not in right.columns]
    ordered = frame[order]
    added = pl.DataFrame({x: ordered[x] for x in more})  # to `select`, "*" is every column
    return pl.concat([right, added], how="horizontal"), frozenset(more)


def matched(
    run: Table, frame: Any, truth: Table, right: Any, column: str | None = None, *,
    part: bool = False,
) -> tuple[str, list[int]]:  # fmt: skip
    """Return the id column of predictions, and their rows in the order of those of the truth.

    ``column`` is the id column of both, where their names do not say it; ``part`` whether the truth
    may be of a part of the predictions.
    """
    sides = []
    for table, rows in ((truth, right), (run, frame)):
        known = ALIASES["id"] if column is None else (column.strip().lower(),)
        names = [x for x in rows.columns if x.strip().lower() in known]
        if not names:
            raise InputError("no id column, and predictions are joined to the truth by id",
                             file=table.name, accepted=", ".join(known))  # fmt: skip
        ids = value_texts(rows[names[0]].to_list())
        seen: dict[str, int] = {}
        for i, text in enumerate(ids):
            if text in seen:
                file, row = place_of(table, i)
                raise InputError(f"the id {text[:40]!r} twice", file=file, row=row,
                                 column=names[0], accepted="each id once")  # fmt: skip
            seen[text] = i
        sides.append((names[0], seen))
    (_, here), (other, there) = sides
    lost, strange = [x for x in here if x not in there], [x for x in there if x not in here]
    strange = [] if part else strange
    if lost or strange:
        file = run.name if lost else truth.name
        first = (lost or strange)[:3]
        raise InputError(
            f"{len(lost or strange):,} ids of {len(here if lost else there):,} are missing here: "
            + ", ".join(map(repr, first)),
            file=file, accepted="the same ids in both files",
        )  # fmt: skip
    return other, [there[x] for x in here]
