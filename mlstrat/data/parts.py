"""One file of a run, or the bytes of a pipe."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

Format = Literal["csv", "tsv", "parquet", "ndjson"]


@dataclass(frozen=True)
class Part:
    """One file of a run, or the bytes of standard input or another pipe.

    ``path`` is None for a pipe, and for an ``address`` in a store, whose text is ``data``;
    ``state`` is the size and the time of change when the file was first looked at.
    """

    name: str
    path: Path | None
    data: bytes = b""
    zipped: bool = False
    state: tuple[int, int] = (0, 0)
    address: str | None = None

    def open_raw(self) -> IO[bytes]:
        """Open the bytes as they are stored."""
        return io.BytesIO(self.data) if self.path is None else self.path.open("rb")

    def open(self) -> IO[bytes]:
        """Open the bytes, unpacked."""
        if not self.zipped:
            return self.open_raw()
        return cast(IO[bytes], gzip.open(self.path or io.BytesIO(self.data)))

    @property
    def source(self) -> Path | bytes:
        """What Polars is given: from the root on, as it takes ``~`` for a home, or the bytes."""
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
