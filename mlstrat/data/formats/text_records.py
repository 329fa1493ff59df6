"""Records of delimited text with the lines on which they begin, and what is wrong with them.

Asked where nulls turn up, and where Polars gives up: the place is found here for the message.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from mlstrat.data.formats.contents import DAMAGED, HEAD, utf16
from mlstrat.data.formats.delimited_text import bad_byte, damaged, wrong_encoding
from mlstrat.data.parts import Part
from mlstrat.data.shards import BrokenShardError
from mlstrat.errors import InputError

SHARED = 256
"""Cells that are held once however often they stand there: splits, labels, tags (mlstrat's)."""


def read_records(part: Part, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line on which it begins, the header first."""
    row = 1
    try:
        with part.open() as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
            records = csv.reader(text, delimiter=separator, strict=True)
            while (record := _next(records)) is not None:
                yield row, record
                row = records.line_num + 1
    except csv.Error as error:
        open_end = "end of data" in str(error)
        kind = BrokenShardError if open_end and not _line_ends(part) else InputError
        raise kind(
            "a quote is left open" if open_end else "a quote stands inside a quoted value",
            file=part.name,
            row=row,
            hint='close it with "' if open_end else 'write a quote inside quotes as ""',
        ) from None


def _next(records: Iterator[list[str]]) -> list[str] | None:
    """Return the next record; a column of documents is longer than the module's limit."""
    limit = csv.field_size_limit(2**31 - 1)
    try:
        return next(records, None)
    finally:  # now and not at the end: who reads the first records alone never comes to it
        csv.field_size_limit(limit)


def all_records(part: Part, separator: str) -> list[tuple[int, tuple[str, ...]]]:
    """Return all records of a small file, as `read_records` does; equal cells are one."""
    known: dict[str, str] = {}

    def one(cell: str) -> str:
        return known.get(cell, cell) if len(known) >= SHARED else known.setdefault(cell, cell)

    return [(row, tuple(map(one, record))) for row, record in read_records(part, separator)]


def check_lines(part: Part, separator: str, width: int) -> None:
    """Refuse the first row that has more or fewer cells than the header; blank lines are none."""
    records = read_records(part, separator)
    for row, record in records:
        if len(record) == 0 or (len(record) == 1 and width > 1 and not record[0].strip()):
            continue
        if len(record) != width:
            cut = len(record) < width and next(records, None) is None
            raise (BrokenShardError if cut else InputError)(
                f"{len(record)} cells where the header has {width} columns",
                file=part.name,
                row=row,
                accepted=f"{width} cells in every row",
                hint="it is the last row: the file may be truncated" if cut else None,
            )


def _line_ends(part: Part) -> bool:
    """Whether the last line of a file is ended; of standard input and packed files, True."""
    if part.path is None or part.zipped:
        return True
    with part.open_raw() as stream:
        stream.seek(-1, io.SEEK_END)
        return stream.read(1) in b"\r\n"


def diagnose(part: Part, separator: str | None, width: int) -> None:
    """Look for what stopped Polars in one file, and raise it at its place."""
    try:
        with part.open() as stream:
            encoding = utf16(stream.read(HEAD))
        bad = wrong_encoding(part, encoding) if encoding else bad_byte(part)
        if bad is not None:
            raise bad
        if separator is None:
            from mlstrat.data.formats.json_text import check_json_lines

            check_json_lines(part)
        else:
            check_lines(part, separator, width)
            _check_stray_quotes(part)
    except DAMAGED as error:
        raise damaged(part, error) from None


def _check_stray_quotes(part: Part) -> None:
    """Refuse the first line with an odd quote: all that is left where only Polars gives up."""
    with part.open() as stream:
        for row, line in enumerate(stream, start=1):
            if line.count(b'"') % 2:
                raise InputError(
                    "a quote stands inside a value that is not quoted",
                    file=part.name,
                    row=row,
                    hint='quote the whole value, and write a quote inside as ""',
                )


def surely_even(part: Part, separator: str, width: int) -> bool:
    """Whether every line has the cells of the header, by a fast look that may say no for yes."""
    import polars as pl

    lines = pl.scan_csv(
        part.source,
        glob=False,
        has_header=False,
        infer_schema=False,
        separator="\x01",
        quote_char=None,
        new_columns=["line"],
    )
    line = pl.col("line")
    cells = line.str.replace_all('"[^"]*"', "").str.count_matches(separator, literal=True) + 1
    odd = (line.str.count_matches('"', literal=True) % 2) == 1
    even = (cells == width) & ~odd
    try:
        found = lines.select(even.fill_null(value=False).all()).collect(engine="streaming")
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return False
    return bool(found.item())
