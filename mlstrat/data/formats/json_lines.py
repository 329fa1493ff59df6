"""What stops the reading of JSON lines, found line by line: Polars names a character, not a row."""

from __future__ import annotations

import json
import math
from typing import Any

from mlstrat.data.parts import Part
from mlstrat.data.shards import BrokenShardError
from mlstrat.errors import InputError

BOM = b"\xef\xbb\xbf"
ACCEPTED = "one JSON object a line"

MOST_DIGITS = 38
"""Of a whole number: Polars reads it into 128 bits."""


class _NotANumber(str):
    """The text of a number that JSON has not, or that no float holds."""


def check_json_lines(part: Part) -> None:
    """Refuse the first line that is no JSON object, or holds a number that is none."""
    with part.open() as stream:
        for row, line in enumerate(stream, start=1):
            if row == 1 and line.startswith(BOM):
                raise InputError(
                    "a byte order mark, which JSON does not have", file=part.name, row=1,
                    accepted=ACCEPTED, hint="drop it: tail -c +4 old.ndjson > new.ndjson",
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
            accepted=ACCEPTED,
            hint="it is the last line: the file may be truncated" if cut else None,
        ) from None
    if not isinstance(value, dict):
        raise InputError(
            "a line that is not a JSON object", file=part.name, row=row, accepted=ACCEPTED
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
