"""Text files that are no tables: their lines, and the signature of what was read."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mlstrat.data.files import CHECKSUM_UP_TO, FORMATS
from mlstrat.data.formats.contents import DAMAGED, read_text_file
from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError

LINE = "line"
"""The column of the row of each line, from 1."""


def is_text(source: Any) -> bool:
    """Tell whether a source is a path of plain lines: no table, no JSON lines."""
    if not isinstance(source, str | Path):
        return False
    path = Path(source)
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    try:
        return path.is_file() and ending not in FORMATS and ending != ".parquet"
    except (OSError, ValueError):
        return False


def text_of(source: str | Path, wanted: str) -> str:
    """Return the text of a file in UTF-8, packed or not."""
    path = Path(source)
    if path.suffix.lower() != ".gz":
        return read_text_file(source, wanted)
    try:
        with gzip.open(path) as stream:
            return stream.read().decode("utf-8-sig")
    except DAMAGED as error:
        raise InputError(f"cannot be unpacked: {error}", file=str(source)) from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", file=str(source), accepted="UTF-8") from None


def json_of(path: str | Path, accepted: str, hook: Callable[[Any], Any] | None = None) -> Any:
    """Return what a JSON file holds; ``hook`` makes something of each object, inner ones first."""
    text, file = text_of(path, "JSON"), str(path)
    try:
        return json.loads(text, object_hook=hook)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        at = len((text if cut else text[: error.pos]).encode())
        raise InputError(
            f"is not JSON: {'truncated' if cut else error.msg} at byte {at:,}", file=file,
            row=error.lineno, accepted="the whole file",
        ) from None  # fmt: skip
    except RecursionError:
        raise InputError("is not JSON: nested too deeply", file=file, accepted=accepted) from None
    except ValueError as error:
        raise InputError(f"is not JSON: {str(error)[:120]}", file=file,
                         accepted=accepted) from None  # fmt: skip


def described(source: str | Path, examples: int, checksum: bool) -> InputFile:
    """Return what was read, for the signature."""
    path = Path(source)
    size = path.stat().st_size
    digest = None
    if checksum or size <= CHECKSUM_UP_TO:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return InputFile(str(source), size, digest, examples)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as an editor counts them, without an empty one at the end."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [x.removesuffix("\r") for x in lines] if "\r" in text else lines


def frame_of_lines(text: str) -> Any:
    """Return the lines of a text as a frame: ``text`` without blanks around it, ``line`` from 1."""
    import polars as pl

    frame = pl.DataFrame({"text": [text]}).select(pl.col("text").str.split("\n"))
    lines = frame.explode("text", empty_as_null=False).with_columns(
        pl.col("text").str.strip_chars()
    )
    return lines.with_row_index(LINE, offset=1)


def cells_of(
    frame: Any, path: str, due: Sequence[int], what: str, *, sentences: bool = False
) -> Any:
    """Return the cells of lines that are not blank, as lists.

    Cells of sentences are parted by tabs where the first line has any, all others by blanks.
    """
    text, tab = frame["text"], sentences and "\t" in frame["text"][0]
    if tab or text.str.contains(r"\s\s|[^\S ]").any():
        text = text.str.replace_all(r"\s*\t\s*" if tab else r"\s+", "\t" if tab else " ")
    cells = text.str.split("\t" if tab else " ")
    n = cells.list.len()
    if n[0] not in due:
        raise InputError(f"{n[0]} column{'s' if n[0] > 1 else ''}", file=path,
                         row=int(frame[LINE][0]), accepted=what)  # fmt: skip
    uneven = (n != n[0]).arg_max()
    if n[uneven] != n[0]:
        raise InputError(
            f"{n[uneven]} columns, and {n[0]} in the lines before", file=path,
            row=int(frame[LINE][uneven]), accepted=f"{n[0]} columns in every line"
            + ", a blank line between sentences" * sentences,
        )  # fmt: skip
    return cells


def plain_cells(text: str, first: re.Match[str], few: int) -> Any:
    """Return the cells of lines that are not blank as columns ``c0`` and so on, with the ``line``.

    Lines before the ``first`` are one cell. The last ``few`` columns are categories. None where a
    line has other cells than `cells_of` would find, or another number: it says which.
    """
    import polars as pl

    separator = "\t" if "\t" in first[0] else " "
    names = [f"c{i}" for i in range(first[0].count(separator) + 1)]
    types = dict.fromkeys(names, pl.String) | dict.fromkeys(names[1:][-few:], pl.Categorical)
    if len(names) == 1 or any(x in text for x in set("\t\v\f\r ") - {separator}):
        return None
    if not text.isascii() and pl.Series([text]).str.contains(rf"[^\S\n{separator}]").any():
        return None
    lines = text[: first.start()].split("\n")
    rows = pl.scan_csv(
        text[first.start() :].encode(), has_header=False, quote_char=None, separator=separator,
        schema=types, row_index_name=LINE, row_index_offset=len(lines),
    )  # fmt: skip
    try:
        some = pl.any_horizontal(pl.col(names).is_not_null())
        frame = rows.filter(some).collect(engine="streaming")
    except pl.exceptions.PolarsError:
        return None
    if any(frame.null_count().row(0)):
        return None
    known = [(i, x.strip()) for i, x in enumerate(lines, start=1) if x.strip()]
    before = pl.DataFrame(known, {LINE: pl.UInt32, "c0": pl.String}, orient="row")
    return pl.concat([before, frame], how="diagonal")


def check_lengths(references: Sequence[str], said: Sequence[str], truth: str, run: str) -> None:
    """Refuse files that have not as many lines."""
    if len(references) != len(said):
        raise InputError(f"{len(said):,} lines, and {len(references):,} in {truth}", file=run,
                         accepted="a line for each reference")  # fmt: skip


def read_columns(path: str, widths: Sequence[int], what: str) -> Any:
    """Return the columns of a text as a frame, ``c0`` and so on, with the ``line`` of each row."""
    import polars as pl

    frame = frame_of_lines(text_of(path, what)).filter(pl.col("text") != "")
    if not len(frame):
        raise InputError("no line", file=path, accepted=what)
    cells = cells_of(frame, path, widths, what)
    columns = {f"c{i}": cells.list.get(i) for i in range(len(cells[0]))}
    return pl.DataFrame({**columns, LINE: frame[LINE]})


def scores(frame: Any, column: str, path: str) -> Any:
    """Return a column of text as numbers, where nan may be."""
    import polars as pl

    found = frame[column].cast(pl.Float64, strict=False)
    bad = found.is_infinite() | found.is_null()
    if bad.any():
        place = int(bad.arg_max() or 0)
        raise InputError(
            f"{str(frame[column][place])[:40]!r} is not a score", file=path,
            row=int(frame[LINE][place]), accepted="a finite number, or nan",
        )  # fmt: skip
    return found.to_numpy()


def are_columns(lines: Sequence[str], widths: Sequence[int]) -> bool:
    """Tell whether lines have one of these numbers of columns, the last of which is a number."""
    rows = [x.split() for x in lines[:-1] or lines if x.strip()]
    if not rows or len({len(x) for x in rows}) != 1 or len(rows[0]) not in widths:
        return False
    try:
        return [float(x[-1]) for x in rows] != []
    except ValueError:
        return False
