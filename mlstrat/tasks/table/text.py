"""Text files that are no tables: their lines, and the signature of what was read."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlstrat.data.files import CHECKSUM_UP_TO, FORMATS
from mlstrat.data.formats.contents import DAMAGED, read_text_file
from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError


def is_text(source: Any) -> bool:
    """Tell whether a source is a path whose lines are read as they stand: no table, no JSON lines.

    Examples
    --------
    >>> is_text("run.csv"), is_text([1])
    (False, False)
    """
    if not isinstance(source, str | Path):
        return False
    path = Path(source)
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    try:
        return path.is_file() and ending not in FORMATS and ending != ".parquet"
    except (OSError, ValueError):
        return False


def text_of(source: str | Path, wanted: str) -> str:
    """Return the text of a file in UTF-8, packed or not.

    Raises
    ------
    InputError
        Where it cannot be read, or is surely something else.
    """
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


def described(source: str | Path, examples: int, checksum: bool) -> InputFile:
    """Return what was read, for the signature."""
    path = Path(source)
    size = path.stat().st_size
    digest = None
    if checksum or size <= CHECKSUM_UP_TO:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return InputFile(str(source), size, digest, examples)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as an editor counts them, without an empty one at the end.

    Examples
    --------
    >>> lines_of("a\\r\\nb\\n"), lines_of("a\\n\\n")
    (['a', 'b'], ['a', ''])
    """
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [x.removesuffix("\r") for x in lines] if "\r" in text else lines


def frame_of_lines(path: str, what: str) -> Any:
    """Return the lines of a file as a frame: ``text`` without blanks around it, ``line`` from 1."""
    import polars as pl

    text = pl.DataFrame({"text": [text_of(path, what)]}).select(pl.col("text").str.split("\n"))
    lines = text.explode("text", empty_as_null=False).with_columns(pl.col("text").str.strip_chars())
    return lines.with_row_index("line", offset=1)


def cells_of(
    frame: Any, path: str, due: Sequence[int], what: str, *, sentences: bool = False
) -> Any:
    """Return the cells of lines that are not blank, as lists.

    Cells of sentences are parted by tabs where the first line has any, all others by blanks.

    Raises
    ------
    InputError
        For a line with another number of columns than the first, and that with others than `due`.
    """
    text, tab = frame["text"], sentences and "\t" in frame["text"][0]
    if tab or text.str.contains(r"\s\s|[^\S ]").any():
        text = text.str.replace_all(r"\s*\t\s*" if tab else r"\s+", "\t" if tab else " ")
    cells = text.str.split("\t" if tab else " ")
    n = cells.list.len()
    if n[0] not in due:
        raise InputError(f"{n[0]} column{'s' if n[0] > 1 else ''}", file=path,
                         row=int(frame["line"][0]), accepted=what)  # fmt: skip
    uneven = (n != n[0]).arg_max()
    if n[uneven] != n[0]:
        raise InputError(
            f"{n[uneven]} columns, and {n[0]} in the lines before", file=path,
            row=int(frame["line"][uneven]), accepted=f"{n[0]} columns in every line"
            + ", a blank line between sentences" * sentences,
        )  # fmt: skip
    return cells
