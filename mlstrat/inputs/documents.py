"""JSON documents that mlstrat wrote, read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlstrat.errors import InputError

ACCEPTED = "what a command writes with --format json"


def read_document(path: str | Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises
    ------
    InputError
        Where it cannot be read, is no JSON (NaN is none), or holds no object.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(path)) from None
    except json.JSONDecodeError as error:
        raise InputError(
            f"is no JSON: {error.msg}", file=str(path), row=error.lineno, accepted=ACCEPTED
        ) from None
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(f"is no JSON: {reason}", file=str(path), accepted=ACCEPTED) from None
    if not isinstance(found, dict):
        raise InputError("holds no JSON object", file=str(path), accepted=ACCEPTED)
    return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number in JSON")
