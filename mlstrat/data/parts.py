"""One file of a run, or the bytes of a pipe; and what a signature says of what was read.

A pipe given as a file, as ``<(…)``, ``/dev/stdin`` or a FIFO, is read once, as ``-`` is: a second
reader finds nothing, or waits for a writer that never comes. What was read is kept for as long as
one command runs, which may look at an input several times. A FIFO that nobody writes to is waited
for: it may be early.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, cast

from mlstrat.core.record import Record
from mlstrat.errors import InputError

if TYPE_CHECKING:
    from mlstrat.core.schema_parts import Input

Format = Literal["csv", "tsv", "parquet", "ndjson", "json", "arrow", "workbook", "several"]


class Part(Record):
    """One file of a run, or the bytes of standard input or another pipe.

    ``path`` is None for a pipe, and for an ``address`` in a store, whose text is ``data``;
    ``state`` is the size and the time of change when the file was first looked at. ``instead`` is
    what is read, unpacked, in place of the bytes that are stored.
    """

    name: str
    path: Path | None
    data: bytes = b""
    zipped: bool = False
    state: tuple[int, int] = (0, 0)
    address: str | None = None
    instead: bytes | None = None

    def open_raw(self) -> IO[bytes]:
        """Open the bytes as they are stored."""
        return io.BytesIO(self.data) if self.path is None else self.path.open("rb")

    def open(self) -> IO[bytes]:
        """Open the bytes, unpacked."""
        if self.instead is not None:
            return io.BytesIO(self.instead)
        if not self.zipped:
            return self.open_raw()
        return cast(IO[bytes], gzip.open(self.path or io.BytesIO(self.data)))

    @property
    def source(self) -> Path | bytes:
        """What Polars is given: from the root on, as it takes ``~`` for a home, or the bytes."""
        if self.instead is not None:
            return self.instead
        if self.path is None:
            return self.data
        try:
            str(self.path).encode()
        except UnicodeEncodeError:  # Polars opens no path that is not UTF-8
            return self.path.read_bytes()
        return self.path.absolute()

    @property
    def size(self) -> int:
        """Bytes as stored."""
        return len(self.data) if self.path is None else self.state[0]

    def changed(self) -> bool:
        """Whether the file is no longer what it was when it was first looked at."""
        try:
            return self.path is not None and state_of(self.path) != self.state
        except OSError:
            return True


def state_of(path: Path) -> tuple[int, int]:
    """Return the size and the time of the last change."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


class InputFile(Record):
    """What was read, for the signature.

    ``path`` is as the user wrote it, ``-`` for standard input, ``<pandas.DataFrame>`` and the
    like for a frame. ``bytes`` is as stored. ``sha256`` is None for a frame, and for more than
    64 MiB unless it was asked for. ``rows`` are examples, in a run of counts what they add up to;
    ``counts`` is whether it is one. ``each`` are the files of a run of several, which the
    signature lists instead; ``split`` is what one was given for.
    """

    path: str
    bytes: int | None
    sha256: str | None
    rows: int
    counts: bool = False
    split: str | None = None
    each: tuple[InputFile, ...] = ()

    def every(self) -> tuple[Input, ...]:
        """Return what a signature says of each file."""
        return tuple(told for x in self.each or (self,) for told in (x.facts(),))

    def facts(self) -> Input:
        """Return what a signature says of it."""
        told: Input = {
            "path": self.path, "bytes": self.bytes, "sha256": self.sha256, "rows": self.rows,
        }  # fmt: skip
        if self.counts:
            told["counts"] = True
        if self.split is not None:
            told["split"] = self.split
        return told


WORKBOOKS = (".xlsx", ".ods")
"""Endings of workbooks, of which a sheet is named as ``book.xlsx#Sheet``."""


def sheet_of(source: str) -> tuple[str, str] | None:
    """Return the file and the sheet of a workbook that a text names; None where it names none.

    Examples
    --------
    >>> sheet_of("book.xlsx#Dev"), sheet_of("book#1.xlsx")
    (('book.xlsx', 'Dev'), None)
    """
    file, sign, sheet = source.rpartition("#")
    if not (sign and sheet.strip() and file.lower().endswith(WORKBOOKS)) or Path(source).exists():
        return None
    return file, sheet.strip()


DESCRIPTORS = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""Where names of open descriptors begin; what they lead to is read as a pipe, whatever it is."""

_READ: ContextVar[dict[str, bytes] | None] = ContextVar("pipes", default=None)


@contextmanager
def pipes_kept() -> Iterator[None]:
    """Keep what is read of pipes within."""
    if _READ.get() is not None:
        yield
        return
    token = _READ.set({})
    try:
        yield
    finally:
        _READ.reset(token)


def is_pipe(path: Path) -> bool:
    """Whether a path leads to what can be read once."""
    mode = path.stat().st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or str(path).startswith(DESCRIPTORS):
        return not stat.S_ISDIR(mode)
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise InputError(
            "a device, not a file", file=str(path), hint="- reads CSV on standard input"
        )
    return False


def bytes_once(path: str | Path) -> bytes:
    """Return the bytes of a file; of a pipe, those that were read before within one command."""
    kept, key = _READ.get(), os.fspath(path)
    if kept is not None and key in kept:
        return kept[key]
    content = Path(path).read_bytes()
    if kept is not None and is_pipe(Path(path)):
        kept[key] = content
    return content
