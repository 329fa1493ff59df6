"""What a panic in Rust writes past Python, kept off the terminal: the error that follows says it.

A damaged Parquet file makes Polars panic in a thread of its own, which writes a dozen lines to the
descriptor of standard error before Python hears of it. The command line asks for this; a library
leaves the descriptors of the process that uses it alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

STANDARD_ERROR = 2
_KEPT_OFF: list[bool] = []


def keep_panics_off() -> None:
    """Keep panics off standard error from now on."""
    _KEPT_OFF[:] = [True]


def _file() -> IO[bytes]:
    import tempfile

    try:
        return tempfile.TemporaryFile()
    except OSError:  # the disk is full: what is held is lost
        return open(os.devnull, "r+b")  # noqa: PTH123


@contextmanager
def without_panics() -> Iterator[None]:
    """Hold what is written to the descriptor; afterwards write it, unless it is a panic."""
    try:
        saved = os.dup(STANDARD_ERROR) if _KEPT_OFF else None
    except OSError:  # it is closed
        saved = None
    if saved is None:
        yield
        return
    with suppress(OSError):
        sys.stderr.flush()
    with _file() as held:
        os.dup2(held.fileno(), STANDARD_ERROR)
        try:
            yield
        finally:
            os.dup2(saved, STANDARD_ERROR)
            os.close(saved)
            held.seek(0)
            said = held.read()
            if b"panicked at" not in said:
                with suppress(OSError):  # it is closed or full: nobody hears it
                    os.write(STANDARD_ERROR, said)
