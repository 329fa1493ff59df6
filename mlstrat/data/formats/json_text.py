"""JSON that holds a table, read whole: an array of records, or an object of columns.

And what stops the reading of JSON lines, found line by line: Polars names a character, not a row.
"""

from __future__ import annotations

import json
import math
from typing import Any

from mlstrat.data.formats.contents import DAMAGED
from mlstrat.data.parts import Part
from mlstrat.data.shards import BrokenShardError
from mlstrat.errors import InputError

LARGEST_JSON = 256 * 2**20
"""Bytes of a JSON file, unpacked: it is held whole, some ten times over (ours)."""

ACCEPTED = (
    'records, as [{"label": "cat", "prediction": "dog"}, …], or columns, as '
    '{"label": ["cat", …], "prediction": ["dog", …]}'
)

ACCEPTED_LINES = "one JSON object a line"

BOM = b"\xef\xbb\xbf"

MOST_DIGITS = 38
"""Of a whole number: Polars reads it into 128 bits."""

LARGEST_WHOLE = 10**MOST_DIGITS

Columns = dict[str, list[str | None]]


class _NotANumber(str):
    """The text of a number that JSON has not, or that no float holds."""


def holds_json_lines(part: Part) -> bool:
    """Whether a file called .json holds JSON lines: an object on its first line, one on the next.

    Libraries write it so; a file of one line is one JSON value.
    """
    try:
        with part.open() as stream:
            lines = (line for line in iter(lambda: stream.readline(LARGEST_JSON), b"")
                     if line.strip())  # fmt: skip
            first, second = next(lines, b""), next(lines, b"")
    except DAMAGED:
        return False
    if not (first.lstrip().startswith(b"{") and second.lstrip().startswith(b"{")):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def read_json(part: Part) -> Columns:
    """Return the columns of a JSON file, every cell as text; None where nothing stands."""
    try:
        with part.open() as stream:
            raw = stream.read(LARGEST_JSON + 1)
    except DAMAGED as error:
        raise BrokenShardError(f"cannot be read: {error}", file=part.name) from None
    if len(raw) > LARGEST_JSON:
        raise InputError(
            f"larger than {LARGEST_JSON // 2**20:,} MiB, and JSON is read whole",
            file=part.name,
            accepted="JSON lines (.ndjson) or Parquet of any size",
            hint="one record a line: jq -c '.[]' old.json > new.ndjson",
        )
    found = _parsed(part, raw.removeprefix(BOM))
    if isinstance(found, list) and all(isinstance(x, dict) for x in found):
        return _of_records(part, found)
    if isinstance(found, dict) and found and not {"columns", "data"} <= found.keys():
        if all(isinstance(x, list) for x in found.values()):
            return _of_columns(part, found)
        if all(isinstance(x, dict) for x in found.values()):
            return _of_indexed(part, found)
    row = next((i for i, x in enumerate(found, start=1) if not isinstance(x, dict)), None) if (
        isinstance(found, list)) else None  # fmt: skip
    raise InputError(
        f"JSON that is neither records nor columns: {_what(found)}",
        file=part.name, row=row, accepted=ACCEPTED, hint=_hint(found),
    )  # fmt: skip


def _parsed(part: Part, raw: bytes) -> Any:
    try:
        return json.loads(raw, parse_constant=_NotANumber)
    except UnicodeDecodeError as error:
        raise InputError(
            f"the byte 0x{raw[error.start]:02X} is not UTF-8 text", file=part.name,
            row=raw.count(b"\n", 0, error.start) + 1, accepted="UTF-8",
        ) from None  # fmt: skip
    except json.JSONDecodeError as error:
        cut = error.pos >= len(error.doc.rstrip())
        raise (BrokenShardError if cut else InputError)(
            f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}", file=part.name, row=error.lineno,
            accepted=ACCEPTED, hint="the file may be truncated" if cut else None,
        ) from None  # fmt: skip
    except ValueError:  # Python's limit on the digits of a whole number
        raise InputError(
            f"a number is too large: more than {MOST_DIGITS} digits", file=part.name
        ) from None
    except RecursionError:
        raise InputError("JSON nested too deeply", file=part.name, accepted=ACCEPTED) from None


def _of_records(part: Part, records: list[dict[str, Any]]) -> Columns:
    """Return the columns of an array of records; what a record lacks is blank."""
    if not records:
        raise InputError("an array without records", file=part.name, accepted=ACCEPTED)
    names = dict.fromkeys(name for record in records for name in record)
    return {name: _cells([record.get(name) for record in records], part, name) for name in names}


def _of_columns(part: Part, columns: dict[str, list[Any]]) -> Columns:
    """Return the columns of an object of lists, which are of one length."""
    first = next(iter(columns))
    for name, cells in columns.items():
        if len(cells) != len(columns[first]):
            raise InputError(
                f"columns of different lengths: {first!r} has {len(columns[first]):,} cells, "
                f"{name!r} has {len(cells):,}",
                file=part.name, column=name, accepted=ACCEPTED, hint=_hint(columns),
            )  # fmt: skip
    return {name: _cells(cells, part, name) for name, cells in columns.items()}


def _of_indexed(part: Part, columns: dict[str, dict[str, Any]]) -> Columns:
    """Return the columns of an object of columns by index, as pandas writes them.

    Where the inner keys are not those of one index they are names: an object of records.
    """
    inner = [list(cells) for cells in columns.values()]
    index = all(x.lstrip("-").isdecimal() for x in columns)
    if index and not all(x.lstrip("-").isdecimal() for x in inner[0]):
        return _of_records(part, list(columns.values()))
    rows = dict.fromkeys(x for keys in inner for x in keys)
    return {
        name: _cells([cells.get(key) for key in rows], part, name)
        for name, cells in columns.items()
    }


def _cells(values: list[Any], part: Part, column: str) -> list[str | None]:
    """Return the cells of a column as text, as JSON lines have them."""
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return values
    if kinds == {int} and max(map(abs, values)) < LARGEST_WHOLE:
        return list(map(str, values))
    return [_cell(value, part, row, column) for row, value in enumerate(values, 1)]


def _cell(value: Any, part: Part, row: int, column: str) -> str | None:
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    shown = None
    if isinstance(value, _NotANumber):
        shown = f"{value} is not a number in JSON"
    elif isinstance(value, float) and not math.isfinite(value):
        shown = "the number is too large for a float"
    elif isinstance(value, int) and abs(value) >= LARGEST_WHOLE:
        shown = f"the number is too large: more than {MOST_DIGITS} digits"
    if shown is not None:
        raise InputError(
            shown, file=part.name, row=row, column=column,
            accepted="a finite number, or null for none",
        )  # fmt: skip
    return str(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)


def _what(found: Any) -> str:
    if isinstance(found, list):
        first = next(x for x in found if not isinstance(x, dict))
        return f"an array that holds {_kind(first)}"
    if not isinstance(found, dict):
        return _kind(found)
    if not found:
        return "an empty object"
    keys = ", ".join(f"{key[:40]!r} ({_kind(x)})" for key, x in list(found.items())[:5])
    return f"an object with {keys}" + (f" and {len(found) - 5} more" if len(found) > 5 else "")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, int | float | _NotANumber):
        return "a number"
    kinds: dict[type, str] = {list: "an array", dict: "an object", str: "a text"}
    return kinds.get(type(value), "null")


def _hint(found: Any) -> str | None:
    """Return how to write what was found as records."""
    if not isinstance(found, dict):
        return None
    if {"columns", "data"} <= found.keys() or {"schema", "data"} <= found.keys():
        return 'pandas writes records with to_json(path, orient="records")'
    inner = [key for key, x in found.items()
             if isinstance(x, list) and x and all(isinstance(y, dict) for y in x)]  # fmt: skip
    return f"take the records out: jq '.[\"{inner[0]}\"]' old.json > new.json" if inner else None


def check_json_lines(part: Part) -> None:
    """Refuse the first line that is no JSON object, or holds a number that is none."""
    with part.open() as stream:
        for row, line in enumerate(stream, start=1):
            if row == 1 and line.startswith(BOM):
                raise InputError(
                    "a byte order mark, which JSON does not have", file=part.name, row=1,
                    accepted=ACCEPTED_LINES, hint="drop it: tail -c +4 old.ndjson > new.ndjson",
                )  # fmt: skip
            if line.strip():
                _check_line(part, row, line)


def _check_line(part: Part, row: int, line: bytes) -> None:
    try:
        value = json.loads(line, parse_constant=_NotANumber, parse_float=_float, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        cut = not line.endswith(b"\n")  # only the last line can be without an end
        raise (BrokenShardError if cut else InputError)(
            f"a line that is not JSON: {str(error).split(':')[0].lower()}",
            file=part.name,
            row=row,
            accepted=ACCEPTED_LINES,
            hint="it is the last line: the file may be truncated" if cut else None,
        ) from None
    if not isinstance(value, dict):
        raise InputError(
            "a line that is not a JSON object", file=part.name, row=row, accepted=ACCEPTED_LINES
        )
    for column, cell in value.items():
        found = _first_that_is_none(cell)
        if found is not None:
            shown = found if len(found) <= 20 else f"{found[:10]}… of {len(found)} characters"
            raise InputError(
                f"{shown} is not a number in JSON"
                if found[-1].isalpha()
                else f"the number {shown} is too large",
                file=part.name,
                row=row,
                column=column,
                accepted="a finite number, or null for none",
            )


def _float(text: str) -> float | _NotANumber:
    number = float(text)
    return number if math.isfinite(number) else _NotANumber(text)


def _whole(text: str) -> int | _NotANumber:
    return int(text) if len(text.lstrip("-")) <= MOST_DIGITS else _NotANumber(text)


def _first_that_is_none(cell: Any) -> _NotANumber | None:
    """Return the first number that is none, in a cell and all that is nested in it."""
    open_ = [cell]
    while open_:
        value = open_.pop()
        if isinstance(value, _NotANumber):
            return value
        if isinstance(value, dict):
            open_ += reversed(value.values())
        elif isinstance(value, list):
            open_ += reversed(value)
    return None
