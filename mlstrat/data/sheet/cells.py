"""What stands in the cells of a review sheet: words, marks, numbers, guarded text."""

from __future__ import annotations

import math
import re
import unicodedata

from mlstrat.core.spreadsheet import guarded, unguarded

__all__ = [
    "NO",
    "NOTHING",
    "YES",
    "guarded",
    "is_mark",
    "number",
    "tag_text",
    "unguarded",
    "words",
]

YES = frozenset({"x", "1", "true", "yes"})
"""The marks of the interface: this tag, or a wrong label."""

NO = frozenset({"0", "false", "no"})
"""Marks that say "not", in `mislabeled` and in columns that are named as tags."""

NOTHING = "none"
"""The tag that means: read, and nothing to tag."""


def words(cell: str) -> tuple[str, ...]:
    """Return the tags of a cell: separated by ``;`` or ``,``, never by blanks.

    Blanks within a tag, line ends among them, are one blank; letters are composed (NFC).

    Examples
    --------
    >>> words(" great  cat; blurry ,; dog")
    ('great cat', 'blurry', 'dog')
    """
    found = (tag_text(part) for part in re.split("[;,]", cell))
    return tuple(word for word in found if word)


def tag_text(text: str) -> str:
    """Return a tag as it is counted: one blank between its words, letters composed."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def is_mark(cell: str) -> bool:
    """Tell whether a cell holds a mark of the interface."""
    return cell.strip().lower() in YES


def number(cell: str, *, decimal_comma: bool) -> float | None:
    """Return the number in a cell, or None where there is none.

    Examples
    --------
    >>> number("12,5", decimal_comma=True), number("12.5", decimal_comma=True), number("x",
    ...     decimal_comma=False)
    (12.5, 12.5, None)
    """
    text = cell.strip()
    if decimal_comma and "." not in text:
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
