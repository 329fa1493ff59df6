"""Text that no spreadsheet takes for a formula, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

GUARD = "'"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell must not begin with, or a spreadsheet takes it for a formula (OWASP)."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")


def guarded(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; plain numbers stay as they are.

    A text that begins with apostrophes before such a beginning gets one more, so that
    `unguarded` gives back every text exactly.

    Examples
    --------
    >>> [guarded(x) for x in ("=1+1", "-1", "- a dog", "'=1+1", "it's")]
    ["'=1+1", '-1', "'- a dog", "''=1+1", "it's"]
    """
    return GUARD + text if _risky(text) else text


def unguarded(text: str) -> str:
    """Return text without the apostrophe that `guarded` put before it.

    Examples
    --------
    >>> [unguarded(x) for x in ("'=1+1", "''=1+1", "-1", "'quoted'")]
    ['=1+1', "'=1+1", '-1', "'quoted'"]
    """
    return text[1:] if text.startswith(GUARD) and _risky(text[1:]) else text


def unguarded_rows(rows: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return rows of texts without such apostrophes."""
    return [tuple(map(unguarded, row)) for row in rows]


def _risky(text: str) -> bool:
    return text.lstrip(GUARD).startswith(FORMULA) and not _NUMBER.match(text)
