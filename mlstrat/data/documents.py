"""JSON documents that mlstrat wrote, read again."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from mlstrat.data.contents import read_text_file
from mlstrat.errors import InputError

ACCEPTED = "what a command writes with --format json"

MOST_DIGITS = 20
"""Of a whole number: an unsigned one of 64 bits has so many."""


def read_document(path: str | Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises
    ------
    InputError
        Where it cannot be read, is no JSON (NaN and 1e999 are none), or holds no object.
    """
    text = read_text_file(path, "JSON", accepted=ACCEPTED)
    try:
        found = parse_json(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"is no JSON: {error.msg}", file=str(path), row=error.lineno, accepted=ACCEPTED
        ) from None
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(f"is no JSON: {reason}", file=str(path), accepted=ACCEPTED) from None
    if not isinstance(found, dict):
        raise InputError("holds no JSON object", file=str(path), accepted=ACCEPTED)
    return found


def parse_json(text: str) -> Any:
    """Return what JSON says, with no number that a float or a count cannot hold.

    Raises
    ------
    ValueError
        For text that is no JSON, for NaN and infinities, and for numbers that are as large.
    """
    return json.loads(text, parse_constant=_refuse, parse_float=_finite, parse_int=_whole)


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not a number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {_short(text)} is too large")
    return number


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > MOST_DIGITS:
        raise ValueError(f"the number {_short(text)} is too large")
    return int(text)


def _short(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:10]}… of {len(text)} characters"
