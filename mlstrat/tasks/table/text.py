"""Text files that are no tables: their lines, and the signature of what was read."""

from __future__ import annotations

import gzip
import hashlib
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
