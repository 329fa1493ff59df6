"""Tables of Arrow files, JSON and workbooks: each loads its reader only where one is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlstrat.data.files import Files
from mlstrat.data.formats.delimited_text import check_same, stripped
from mlstrat.data.parts import Part
from mlstrat.data.shards import BrokenShardError, each
from mlstrat.data.table import Table, names_of, of_frames, our_names
from mlstrat.errors import InputError, first_line

STREAM = b"\xff\xff\xff\xff"
"""How an Arrow stream begins, which has no footer: Hugging Face datasets write it."""


def _open_json(files: Files) -> Table:
    """Return the table of JSON files, every column text; a record's row is its number."""
    from mlstrat.data.formats.json_text import read_json

    found = each(files.parts, read_json)
    given = tuple(dict.fromkeys(name for columns in found for name in columns))
    header = stripped(given, files.name)
    try:
        frames = tuple(_text_frame(columns, given) for columns in found)
    except UnicodeEncodeError:
        raise _half_a_character(files, found) from None
    return _of_text(files, header, frames, given)


def _half_a_character(
    files: Files, found: Sequence[Mapping[str, Sequence[str | None]]]
) -> InputError:
    """Return the error for the first cell that holds half of a pair of UTF-16, which is no text."""
    where = next(
        (part.name, row, name)
        for part, columns in zip(files.parts, found, strict=True)
        for name, cells in columns.items()
        for row, cell in enumerate(cells, 1)
        if any("\ud800" <= x <= "\udfff" for x in cell or "")
    )
    return InputError(
        "half of a character (a lone surrogate), which is not text", file=where[0], row=where[1],
        column=where[2], accepted="UTF-8",
    )  # fmt: skip


def _open_workbook(files: Files) -> Table:
    """Return the table of a sheet, every column text; a row's number is the sheet's."""
    from mlstrat.data.formats.workbook import read_workbook

    found = each(files.parts, lambda part: read_workbook(part, files.sheet))
    check_same(files, [sheet.header for sheet in found])
    given = found[0].header
    header = stripped(given, files.name)
    frames = tuple(
        _text_frame({x: [row[i] for row in sheet.rows] for i, x in enumerate(given)}, given)
        for sheet in found
    )
    table = _of_text(files, header, frames, given)
    filled = [table.ns.col(name).is_not_null() for name in table.names]
    before = tuple(sheet.first for sheet in found)
    return replace(table, keep=table.ns.any_horizontal(filled), before=before)


def _text_frame(columns: Mapping[str, Sequence[str | None]], names: Sequence[str]) -> Any:
    import polars as pl

    rows = len(next(iter(columns.values()), ()))
    data = {
        own: pl.Series(own, columns.get(name, [None] * rows), dtype=pl.String)
        for own, name in zip(our_names(names), names, strict=True)
    }
    return pl.DataFrame(data).lazy()


def _of_text(
    files: Files, header: tuple[str, ...], frames: tuple[Any, ...], given: tuple[str, ...]
) -> Table:
    import polars as pl

    files.check_unchanged()
    return Table(
        files.name, header, frames, pl, our_names(header), text=True, files=files, given=given
    )


def _open_arrow(files: Files) -> Table:
    """Return the table of Arrow files, as Feather writes them too, or of Arrow streams."""
    import polars as pl

    def opened(part: Part) -> tuple[Any, tuple[str, ...]]:
        with part.open_raw() as stream:
            streamed = stream.read(4) == STREAM
        try:
            if streamed:
                with part.open_raw() as stream:
                    frame = pl.read_ipc_stream(stream).lazy()
            else:
                frame = pl.scan_ipc(part.source, glob=False)
            frame.collect_schema()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            reason = f"is not a readable Arrow file: truncated or corrupt ({first_line(error)})"
            raise BrokenShardError(reason, file=part.name) from None
        return frame, names_of(files, part, frame)

    return of_frames(files, each(files.parts, opened))


def open_whole(files: Files) -> Table:
    """Return the table of JSON files, a workbook or Arrow files."""
    return {"arrow": _open_arrow, "json": _open_json, "workbook": _open_workbook}[files.format](
        files
    )
