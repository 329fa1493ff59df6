"""Whether the first line of delimited text is data: a file that was written without its header."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Iterable, Sequence

MOST_ROWS = 1000
"""Rows below the first line that are looked at."""

HINT = (
    "the first line is data: write the names of the columns above it, such as id,label,prediction"
)


SEPARATORS = (",", ";", "\t", "|")
"""What may part the columns of delimited text."""

LONGEST_HEADER = 100_000
"""Characters of the header that tell the separator."""


def sniffed(text: str, known: frozenset[str], own: str | None = None) -> str | None:
    """Return the separator of delimited text, by its header.

    It is the one that finds most names of columns, and of equals the one that finds most cells;
    the `own` one of a format unless another finds more names, or it finds one cell alone.

    Examples
    --------
    >>> known = frozenset({"label", "score"})
    >>> sniffed("label;score\\n", known, ","), sniffed("a,b;c;d\\n", known, ",")
    (';', ',')
    """
    lines = (x for each in io.StringIO(text) for x in each.splitlines() if x.strip())
    line = next(lines, "")[:LONGEST_HEADER]
    best, found = own, (0, 1)
    for separator in dict.fromkeys((own or ",", *SEPARATORS)):
        try:
            names = next(csv.reader([line], delimiter=separator), [])
        except csv.Error:
            continue
        score = (sum(name.strip().lower() in known for name in names), len(names))
        decided = own == best and found[1] > 1 and score[0] <= found[0]
        if score > found and len(names) > 1 and not decided:
            best, found = separator, score
    return best


BESIDE = " \r\n\ufeff"
"""What may stand beside such a line; not the tab, which may be the separator."""


def without_separator_line(text: str) -> tuple[str, str]:
    """Return a first line that only names the separator, which Excel reads, and the rest.

    Examples
    --------
    >>> without_separator_line("sep=;\\nid;tags\\n"), without_separator_line("id;tags\\n")
    (('sep=;\\n', 'id;tags\\n'), ('', 'id;tags\\n'))
    """
    first, end, rest = text.partition("\n")
    said = first.strip(BESIDE).strip('"').lower()
    return (first + end, rest) if len(said) == 5 and said.startswith("sep=") else ("", text)


class Header(tuple[str, ...]):
    """The names of columns; ``is_data`` where they look like a row of the table."""

    is_data: bool = False

    def __new__(cls, names: Iterable[str], *, is_data: bool = False) -> Header:
        """Return the names."""
        made = super().__new__(cls, names)
        made.is_data = is_data
        return made


def header_hint(header: Sequence[str], otherwise: str | None) -> str | None:
    """Return the hint for a column that is missing: it may be the header that is."""
    return HINT if isinstance(header, Header) and header.is_data else otherwise


def first_is_data(records: Iterable[Sequence[str]], known: frozenset[str]) -> bool:
    """Whether the first record is a row like those below it.

    Only what is sure is told: a cell that is among the cells below it, or a line of numbers above
    numbers that do not count columns up. A name that a column may have speaks against it.

    Examples
    --------
    >>> rows = [("2", "dog", "dog"), ("3", "cat", "dog")]
    >>> first_is_data([("1", "cat", "dog"), *rows], frozenset())
    True
    >>> first_is_data([("nr", "truth", "said"), *rows], frozenset())
    False
    """
    try:
        looked = itertools.islice((row for row in records if row), MOST_ROWS)
        first = _stripped(next(looked, ()))
        if len({cell.lower() for cell in first} & known) > 1 or _counts_up(first):
            return False
        rest = [_stripped(row) for row in looked]
    except csv.Error:
        return False
    # A header that stands there again, as where files were put together, is no row.
    if len(set(first)) == len(first):
        rest = [row for row in rest if row != first]
    columns = [{row[i] for row in rest if len(row) > i} for i in range(len(first))]
    again = [bool(cell) and cell in below for cell, below in zip(first, columns, strict=True)]
    if any(cell.lower() in known and not seen for cell, seen in zip(first, again, strict=True)):
        return False
    numbers = all(_is_number(x) for x in first if x) and any(first)
    return any(again) or (
        numbers and bool(rest) and all(_is_number(x) for below in columns for x in below if x)
    )


def _stripped(record: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(str.strip, record))


def _counts_up(cells: Sequence[str]) -> bool:
    """Whether cells are numbers of columns: 0, 1, 2, as where names were lost, or years."""
    cells = cells[1:] if cells and not cells[0] else cells
    if not cells or not all(cell.isdecimal() and len(cell) < 10 for cell in cells):
        return False
    steps = {int(b) - int(a) for a, b in itertools.pairwise(cells)}
    return steps == {1} and (len(cells) > 2 or cells[0] == "0")


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
