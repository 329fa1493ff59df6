"""One sheet of a workbook of Excel or LibreOffice, read whole: a row of names, then the rows."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from mlstrat.core.record import Record
from mlstrat.data.columns import KNOWN_NAMES
from mlstrat.data.parts import Part
from mlstrat.data.shards import BrokenShardError
from mlstrat.errors import InputError, UsageError, first_line

LARGEST_WORKBOOK = 64 * 2**20
"""Bytes of a workbook: it is packed, and held whole, some thirty times over (ours)."""

INSTALL = "pip install 'mlstrat[xlsx]'"

HEADER = "one row of names, then one row an example"

NO_VALUE = {"", "na", "n/a", "nan", "none", "null", "?", "-"}


class SheetCells(Record):
    """The names of a sheet, the cells below as text, and the row in which its names stand.

    ``rows`` are all rows below, blank ones among them, so that each keeps its number.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    first: int


def read_workbook(part: Part, sheet: str | None) -> SheetCells:
    """Return the cells of a sheet, of the first where none is named."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook, PasswordError
    except ImportError:
        raise UsageError(
            f"{part.name}: reading .xlsx and .ods needs python-calamine, which is not installed",
            hint=INSTALL,
        ) from None
    if part.size > LARGEST_WORKBOOK:
        raise InputError(
            f"larger than {LARGEST_WORKBOOK // 2**20:,} MiB, and a workbook is read whole",
            file=part.name, accepted="CSV or Parquet of any size",
        )  # fmt: skip
    try:
        with part.open_raw() as stream:
            book = CalamineWorkbook.from_filelike(stream)
        name = _named(part, list(book.sheet_names), sheet)
        found = book.get_sheet_by_name(name)
        cells = found.to_python(skip_empty_area=False)
        merged = found.merged_cell_ranges or []
    except PasswordError:
        raise InputError(
            "the workbook is protected by a password", file=part.name,
            hint="save it without one, or export the sheet as CSV",
        ) from None  # fmt: skip
    except CalamineError as error:
        raise BrokenShardError(
            f"is not a readable workbook: {first_line(error)}", file=part.name,
            hint="open it and save it again, or export the sheet as CSV",
        ) from None  # fmt: skip
    return _table(part, [[_text(x) for x in row] for row in cells], cells, merged)


def _named(part: Part, names: list[str], sheet: str | None) -> str:
    """Return the name of the sheet that is meant: exactly, or in another case."""
    if sheet is None and names:
        return names[0]
    same = [x for x in names if x == sheet] or [
        x for x in names if sheet is not None and x.strip().lower() == sheet.strip().lower()
    ]
    if len(same) == 1:
        return same[0]
    raise InputError(
        f"no sheet {sheet!r}" if names else "a workbook without sheets", file=part.name,
        accepted=", ".join(map(repr, names)) or "a sheet",
    )  # fmt: skip


def _table(
    part: Part, texts: list[list[str | None]], cells: list[list[Any]], merged: Sequence[Any]
) -> SheetCells:
    start = next((i for i, row in enumerate(texts) if any(row)), None)
    if start is None:
        raise BrokenShardError("the sheet is empty", file=part.name)
    for (top, _), (bottom, _) in merged:
        if top <= start <= bottom:
            raise InputError(
                "merged cells in the header", file=part.name, row=start + 1, accepted=HEADER,
                hint="unmerge them and give each column a name of its own",
            )  # fmt: skip
    body = texts[start + 1 :]
    width = max((i + 1 for row in texts[start:] for i, x in enumerate(row) if x), default=0)
    header = [(x or "").strip() for x in texts[start][:width]]
    if twice := _second_header(header, body, cells[start + 1 :]):
        raise InputError(
            f"two header rows: {twice}", file=part.name, row=start + 2, accepted=HEADER,
            hint="keep one row of names, or name the sheet that has one: book.xlsx#Sheet",
        )  # fmt: skip
    blank = [i for i, x in enumerate(header) if not x and any(any(r[i : i + 1]) for r in body)]
    if blank not in ([], [0]):  # pandas leaves the name of its index blank
        raise InputError(
            f"column {_letter(blank[-1])} has cells and no name", file=part.name, row=start + 1,
            accepted=HEADER, hint="delete the rows above the names, or name the column",
        )  # fmt: skip
    kept = [i for i in range(width) if header[i] or any(any(row[i : i + 1]) for row in body)]
    return SheetCells(
        tuple(header[i] for i in kept),
        tuple(tuple(row[i] if i < len(row) else None for i in kept) for row in body),
        start + 1,
    )


def _second_header(
    header: list[str], body: list[list[str | None]], cells: list[list[Any]]
) -> str | None:
    """Return why the row below the names is one of names, too; None where nothing says so."""
    if not body:
        return None
    first = next((i for i, row in enumerate(body) if any(row)), 0)
    body, cells = body[first:], cells[first:]
    below = [(x or "").strip() for x in body[0][: len(header)]]
    names = [x for x in below if x]
    texts = all(isinstance(x, str) for x in cells[0] if x != "")
    if not names or not texts:
        return None
    if sum(x.lower() in KNOWN_NAMES for x in names) > 1:
        return f"{', '.join(map(repr, names[:3]))} are in the second"
    lacking = [x for name, x in zip(header[1:], below[1:], strict=False) if x and not name]
    if lacking and len(names) >= 2 * sum(1 for x in header if x):
        return f"{lacking[0]!r} is in the second, where the first has no name"
    numbers = [i for i in range(len(header)) if _numeric(cells[1:], i)]
    words = [below[i] for i in numbers if i < len(below) and below[i].lower() not in NO_VALUE]
    if len(set(names)) == len(names) and words and len(words) == len(numbers) > 1:
        return f"{words[0]!r} stands above numbers"
    return None


def _numeric(cells: list[list[Any]], column: int) -> bool:
    """Whether the cells of a column are numbers, and at least two."""
    found = [row[column] for row in cells if len(row) > column and row[column] != ""]
    return len(found) > 1 and all(
        isinstance(x, int | float) and not isinstance(x, bool) for x in found
    )


def _letter(column: int) -> str:
    """Return the letters of a column, as a spreadsheet shows them.

    Examples
    --------
    >>> _letter(0), _letter(27)
    ('A', 'AB')
    """
    out = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        out = chr(ord("A") + rest) + out
    return out


def _text(value: Any) -> str | None:
    """Return a cell as text: whole numbers without a point, dates as ISO writes them.

    Examples
    --------
    >>> _text(1.0), _text(0.5), _text(True), _text(""), _text(datetime.date(2024, 1, 2))
    ('1', '0.5', 'true', None, '2024-01-02')
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
