"""What stands in the cells of a review sheet: words, marks, numbers, guarded text."""

from __future__ import annotations

import math
import re
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlstrat.core.wording import unguarded_rows
from mlstrat.data.files import Files, find_files
from mlstrat.data.formats.contents import DAMAGED
from mlstrat.data.formats.delimited_text import UTF16, damaged, refuse_repeated
from mlstrat.data.formats.first_lines import (
    BESIDE,
    Header,
    first_is_data,
    sniffed,
    without_separator_line,
)
from mlstrat.data.formats.text_records import all_records
from mlstrat.data.parts import Part
from mlstrat.data.values import value_text
from mlstrat.errors import InputError

YES = frozenset({"x", "1", "true", "yes"})
"""The marks of the interface: this tag, or a wrong label."""

NO = frozenset({"0", "false", "no"})
"""Marks that say "not", in `mislabeled` and in columns that are named as tags."""

DROP = "drop"
"""In `mislabeled`: no label is right, or the example is unusable."""

NOTHING = "none"
"""The tag that means: read, and nothing to tag."""


def words(cell: str) -> tuple[str, ...]:
    """Return the tags of a cell: separated by ``;`` or ``,``, never by blanks.

    Blanks within a tag, line ends among them, are one blank; letters are composed (NFC).
    """
    found = (tag_text(part) for part in re.split("[;,]", cell))
    return tuple(word for word in found if word)


def words_of(column: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the tags of each cell of a column."""
    return [words(cell) for cell in column]


def tag_text(text: str) -> str:
    """Return a tag as it is counted: one blank between its words, letters composed."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def marks_of(column: Iterable[str]) -> list[bool]:
    """Tell of each cell of a column whether it holds a mark of the interface."""
    return [cell.strip().lower() in YES for cell in column]


def number(cell: str, *, decimal_comma: bool) -> float | None:
    """Return the number in a cell, or None where there is none."""
    text = cell.strip()
    if decimal_comma and "." not in text:
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers_of(column: Iterable[str], *, decimal_comma: bool) -> list[float | None]:
    """Return the number in each cell of a column."""
    cells = list(column)
    found = {cell: number(cell, decimal_comma=decimal_comma) for cell in set(cells)}
    return [found[cell] for cell in cells]  # equal ones are one object


NO_SEPARATOR = "\x1f"
"""For a sheet of one column, whose cells may hold any separator."""

PART = 1000
"""Rows whose cells are read together."""

LARGEST_SHEET = 128 * 2**20
"""Bytes of a sheet, unpacked: it is held whole, some ten times over (ours)."""

GUESSED = "cp1252"
"""What text that is not UTF-8 is read as: the encoding of spreadsheets in western Europe."""


@dataclass(frozen=True)
class SheetTable:
    """A header and records of text, each with the row at which an editor shows it.

    ``encoding`` is as it was read; ``separator`` None for a frame.
    """

    origin: str
    header: tuple[str, ...]
    records: tuple[tuple[int, tuple[str, ...]], ...]
    files: Files | None
    separator: str | None = None
    encoding: str | None = None

    @property
    def decimal_comma(self) -> bool:
        """Whether numbers may be written with a comma: not where commas part the columns."""
        return self.separator not in (None, ",")


def read_table(source: Any, known: frozenset[str], tries: int = 60) -> SheetTable:
    """Return the cells of a sheet: of a path, of ``-`` or of a frame.

    Names of columns in `known`, lower case, tell the separator; a file that a review replaces
    meanwhile is read again, `tries` times.
    """
    if not isinstance(source, str | Path):
        return _of_frame(source)
    files = find_files(str(source))
    if len(files.parts) == 1 and files.format == "workbook":
        return _of_workbook(files)
    if len(files.parts) > 1 or files.format not in ("csv", "tsv"):
        raise InputError(
            f"{files.format} is not a format of a review sheet"
            if len(files.parts) == 1
            else "several files, and a sheet is one",
            file=files.name,
            accepted="one .csv or .tsv file (also .gz), .xlsx or .ods, or - for standard input",
            hint="mlstrat sample writes one: mlstrat sample run.csv -n 100 -o review.csv",
        )
    part = files.parts[0]
    if part.path is not None and part.size <= LARGEST_SHEET:
        # All bytes at once: a review may put another file in its place at any moment.
        part = replace(part, path=None, data=part.path.read_bytes())
        if tries and files.parts[0].changed():
            time.sleep(0.05)
            return read_table(source, known, tries - 1)
        files.check_unchanged()
        files = replace(files, parts=(part,))
    text, encoding = _decode(part)
    if "\0" in text:
        raise InputError("binary data, not text", file=files.name, accepted="UTF-8")
    separator, text, skipped = _separator(text, known)
    plain = replace(part, path=None, data=text.encode(), zipped=False, instead=None)
    records = [(row + skipped, r) for row, r in all_records(plain, separator) if any(r)]
    if not records:
        raise InputError("the file holds no header", file=files.name)
    is_data = first_is_data((r for _, r in records), known)
    at, first = records.pop(0)
    names = Header(_header(first, [r for _, r in records], files.name, at), is_data=is_data)
    records = [(row, r) for row, r in records if any(map(str.strip, r))]
    for i in range(0, len(records), PART):  # in their place: two copies would be the most held
        some = records[i : i + PART]
        cells = unguarded_rows([_cells(r, len(names), files.name, row) for row, r in some])
        records[i : i + PART] = zip([row for row, _ in some], cells, strict=True)
    return SheetTable(files.name, names, tuple(records), files, separator, encoding)


def _decode(part: Part) -> tuple[str, str]:
    try:
        with part.open() as stream:
            raw = stream.read(LARGEST_SHEET + 1)
    except DAMAGED as error:
        raise damaged(part, error) from None
    if len(raw) > LARGEST_SHEET:
        raise InputError(
            f"larger than {LARGEST_SHEET // 2**20:,} MiB, and a person fills in a sheet",
            file=part.name,
            accepted="a review sheet",
            hint="draw one from a run: mlstrat sample run.csv -n 100 -o review.csv",
        )
    if not raw.strip():
        raise InputError("the file is empty", file=part.name)
    encoding = next((name for mark, name in UTF16 if raw.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and raw[:200].count(b"\0") > len(raw[:200]) // 4:
        encoding = "utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"
    try:
        return raw.decode(encoding), encoding
    except UnicodeDecodeError:
        if encoding != "utf-8-sig":
            raise InputError(
                "the text is UTF-16, truncated or corrupt", file=part.name, accepted="UTF-8"
            ) from None
    try:
        return raw.decode(GUESSED), GUESSED
    except UnicodeDecodeError:
        raise InputError(
            "the text is neither UTF-8, UTF-16 nor Windows-1252",
            file=part.name,
            accepted="UTF-8",
            hint="save the sheet as CSV UTF-8",
        ) from None


def _separator(text: str, known: frozenset[str]) -> tuple[str, str, int]:
    said, rest = without_separator_line(text)
    if said:
        return said.strip(BESIDE).strip('"')[4], rest, 1
    return sniffed(text, known) or NO_SEPARATOR, text, 0


def _header(
    names: Sequence[str], rows: Sequence[Sequence[str]], file: str, row: int
) -> tuple[str, ...]:
    """Return the names of the columns; empty columns at the end, as spreadsheets add, go."""
    header = [name.strip() for name in names]
    while (
        header and not header[-1] and not any("".join(r[len(header) - 1 :]).strip() for r in rows)
    ):
        header.pop()
    refuse_repeated(filter(None, header), file, row)
    return tuple(header)


def _cells(record: Sequence[str], width: int, file: str, row: int) -> tuple[str, ...]:
    """Return the cells of a row: those that a spreadsheet left out at the end are blank."""
    if any(x.strip() for x in record[width:]):
        raise InputError(
            f"{len(record)} cells where the header has {width} columns",
            file=file,
            row=row,
            accepted=f"at most {width} cells in a row",
            hint="put a cell that holds the separator in quotes",
        )
    return (*record[:width], *("",) * (width - len(record)))


def _of_workbook(files: Files) -> SheetTable:
    from mlstrat.data.formats.workbook import read_workbook

    found = read_workbook(files.parts[0], files.sheet)
    files.check_unchanged()
    filled = [(found.first + i, tuple(x or "" for x in row))
              for i, row in enumerate(found.rows, 1) if any(row)]  # fmt: skip
    cells = unguarded_rows([row for _, row in filled])
    return SheetTable(
        files.name, found.header, tuple(zip([i for i, _ in filled], cells, strict=True)), files
    )


def _of_frame(source: Any) -> SheetTable:
    """Return the cells of a frame; a list of tags is joined as a person would write it."""
    from mlstrat.data.opening import open_frame

    table = open_frame(source)
    frame = table.collect(lambda frame: frame).frame
    columns = [[_text(value) for value in frame[name].to_list()] for name in table.names]
    records = tuple(
        (i, cells) for i, cells in enumerate(zip(*columns, strict=True), 1) if any(cells)
    )
    return SheetTable(table.name, table.header, records, None)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return "; ".join(map(_text, sorted(value, key=str)))
    return value_text(value)
