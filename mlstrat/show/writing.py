"""Files that are whole or not there: written beside their place, then moved onto it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from mlstrat.places import check_place, take_place, telling, telling_a_full_disk
from mlstrat.show.interrupted import removed_at_the_end

NAME = 40
"""Letters of a file's name in that of its temporary one, which must not grow too long."""


@contextlib.contextmanager
def whole_files(*paths: str | Path) -> Iterator[list[Path]]:
    """Give a temporary file for each path; all are moved onto their places at the end.

    What a link leads to is written, not the link; a device, a pipe and standard output (``-``)
    are written into, once all is there.

    Raises
    ------
    InputError
        Where a folder is missing or not writable, a file read-only, or the disk full; old files
        stay, and nothing is left behind.
    """
    temporary: list[Path] = []
    targets = [check_place(path) for path in paths]
    with removed_at_the_end(temporary):
        for path, target in zip(paths, targets, strict=True):
            with telling(path):
                temporary.append(_beside(target))
        with telling_a_full_disk(paths[0]):
            yield temporary
        for path, file in zip(paths, temporary, strict=True):
            with telling(path), file.open("rb+") as written:
                os.fsync(written.fileno())
        for path, target, file in zip(paths, targets, temporary, strict=True):
            if target is None:
                # Who reads standard output may be gone: no matter of a file.
                sys.stdout.flush()
                _copy(file, sys.stdout.buffer)
                continue
            with telling(path):
                if _plain(target):
                    take_place(file, target)
                else:
                    with target.open("wb") as device:
                        _copy(file, device)


def _beside(target: Path | None) -> Path:
    """Make an empty file beside a place; for a device, where temporary files lie."""
    if target is None or not _plain(target):
        handle, name = tempfile.mkstemp(prefix="mlstrat-")
    else:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:NAME]}.", dir=target.parent)
    os.close(handle)
    return Path(name)


def _plain(target: Path) -> bool:
    """Whether a file can be moved onto this place: it is one, or nothing yet."""
    return target.is_file() or not target.exists()


def _copy(file: Path, out: IO[bytes]) -> None:
    with file.open("rb") as content:
        shutil.copyfileobj(content, out)
    out.flush()


def write_all(contents: Mapping[str | Path, bytes]) -> None:
    """Write several files: all of them or none, unless one is a device, which takes no back.

    Raises
    ------
    InputError
        Where one of them cannot be written; old files stay.
    """
    if not contents:
        return
    with whole_files(*contents) as temporary:
        for (path, content), file in zip(contents.items(), temporary, strict=True):
            with telling(path):
                file.write_bytes(content)


def write_whole(path: str | Path, content: str) -> None:
    """Write text to a file so that a reader finds the old file or the new one, never half.

    Raises
    ------
    InputError
        Where the folder is missing or not writable, or the disk is full; the old file stays.
    """
    write_whole_bytes(path, content.encode())


def write_whole_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes to a file, as `write_whole` writes text.

    Raises
    ------
    InputError
        As `write_whole`.
    """
    write_all({path: content})
