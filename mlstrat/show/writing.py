"""Files that are whole or not there: written beside their place, then moved onto it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from mlstrat.places import check_place, take_place, telling, telling_a_full_disk

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def removed_at_the_end(files: Sequence[Path]) -> Iterator[None]:
    """Remove these files and folders, whether work ends, fails, or the process is told to end."""
    with contextlib.ExitStack() as stack:
        stack.callback(_remove, files)
        # Whoever handles these signals keeps them: a library does not take what is another's.
        free = [x for x in ENDING if signal.getsignal(x) == signal.SIG_DFL]
        if free and threading.current_thread() is threading.main_thread():
            stack.enter_context(_watched(files, free))
        yield


def _remove(files: Sequence[Path]) -> None:
    for file in files:
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file, ignore_errors=True)
            continue
        with contextlib.suppress(OSError):
            file.unlink()


@contextlib.contextmanager
def _watched(files: Sequence[Path], signals: Sequence[signal.Signals]) -> Iterator[None]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)

    def wait() -> None:
        while came := ours.recv(1):
            if came[0] in signals:
                _remove(files)
                os._exit(128 + came[0])

    watcher = threading.Thread(target=wait, daemon=True)
    watcher.start()
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    for each in signals:
        signal.signal(each, lambda *_: None)
    try:
        yield
    finally:
        for each in signals:
            signal.signal(each, signal.SIG_DFL)
        signal.set_wakeup_fd(before)
        theirs.close()  # which ends the thread
        watcher.join()
        ours.close()


NAME = 40
"""Letters of a file's name in that of its temporary one, which must not grow too long."""


@contextlib.contextmanager
def whole_files(*paths: str | Path) -> Iterator[list[Path]]:
    """Give a temporary file for each path; all are moved onto their places at the end.

    What a link leads to is written, not the link; a device, a pipe and standard output (``-``)
    are written into, once all is there. Where anything fails old files stay, and nothing is left
    behind.
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
    """Write several files: all of them or none, unless one is a device, which takes no back."""
    if not contents:
        return
    with whole_files(*contents) as temporary:
        for (path, content), file in zip(contents.items(), temporary, strict=True):
            with telling(path):
                file.write_bytes(content)


def write_whole(path: str | Path, content: str) -> None:
    """Write text to a file so that a reader finds the old file or the new one, never half."""
    write_whole_bytes(path, content.encode())


def write_whole_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes to a file, as `write_whole` writes text."""
    write_all({path: content})


@contextlib.contextmanager
def appended(path: str, content: str) -> Iterator[None]:
    """Append text to a file, and take it off again where what follows fails."""
    new = not Path(path).exists()

    def undo(size: int) -> None:
        Path(path).unlink() if new else os.truncate(path, size)

    with telling(path), Path(path).open("ab", buffering=0) as file:
        before = file.seek(0, os.SEEK_END)
        try:
            rest = memoryview(content.encode())
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            undo(before)
            raise
    try:
        yield
    except BaseException:
        undo(before)
        raise
