"""Pipes given as files, as ``<(…)``, ``/dev/stdin`` or a FIFO: read once, as ``-`` is.

A second reader of a pipe finds nothing, or waits for a writer that never comes. What was read is
kept for as long as one command runs, which may look at an input several times. A FIFO that nobody
writes to is waited for: it may be early.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from mlstrat.errors import InputError

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
    """Whether a path leads to what can be read once.

    Raises
    ------
    InputError
        For another device, which is no input and may have no end.
    """
    mode = path.stat().st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or str(path).startswith(DESCRIPTORS):
        return not stat.S_ISDIR(mode)
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise InputError(
            "a device, not a file", file=str(path), hint="- reads CSV on standard input"
        )
    return False


def bytes_once(path: str | Path) -> bytes:
    """Return the bytes of a file; of a pipe, those that were read before within one command.

    Raises
    ------
    OSError
        Where it cannot be read.
    """
    kept, key = _READ.get(), os.fspath(path)
    if kept is not None and key in kept:
        return kept[key]
    content = Path(path).read_bytes()
    if kept is not None and is_pipe(Path(path)):
        kept[key] = content
    return content
