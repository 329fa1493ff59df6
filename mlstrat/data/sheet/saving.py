"""A file that is written again and again while others may read it, and who may do so."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from mlstrat.data.sheet.pieces import Stamp, stamp
from mlstrat.errors import InputError

AT_ONCE = 2048
"""Pieces that are written together: few calls, and no second copy of a large sheet."""


def temporary_of(path: Path) -> Path:
    """Return where a sheet is written before it takes its place: of one name, so one at most."""
    return path.with_name(f".{path.name}.mlstrat-part")


def lock_of(path: Path) -> Path:
    """Return the file that says which process has a sheet."""
    return path.with_name(f".{path.name}.mlstrat-lock")


def write_in_place(path: Path, content: Sequence[bytes]) -> Stamp:
    """Write a file whole, so that a reader finds the old one or the new one, and it lasts.

    Mode and owner are those of the old one. Where it cannot be written (OSError) the old one stays,
    and nothing is left beside it.
    """
    target, part = Path(os.path.realpath(path)), temporary_of(Path(os.path.realpath(path)))
    mode, owner = 0o600, None
    with contextlib.suppress(FileNotFoundError):
        found = target.stat()
        mode, owner = found.st_mode & 0o7777, (found.st_uid, found.st_gid)
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "it is read-only")
    try:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o600)
        with os.fdopen(handle, "wb", buffering=0) as file:
            for start in range(0, len(content), AT_ONCE):
                view = memoryview(b"".join(content[start : start + AT_ONCE]))
                while view:
                    view = view[file.write(view) :]
            if owner is not None and hasattr(os, "fchown") and owner != (os.getuid(), os.getgid()):
                with contextlib.suppress(OSError):  # only the system's owner may give it away
                    os.fchown(handle, *owner)
            if hasattr(os, "fchmod"):
                os.fchmod(handle, mode)
            os.fsync(handle)
        new = stamp(part)
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    _sync_folder(target.parent)
    return new


_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def _sync_folder(folder: Path) -> None:
    """Make a move last; where folders cannot be synced, the system does so by itself."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class SheetLock:
    """That one process alone writes a sheet."""

    def __init__(self, path: str | Path) -> None:
        self.shown, self.target = str(path), Path(os.path.realpath(path))
        self.file, self.handle = lock_of(self.target), -1

    def __enter__(self) -> SheetLock:
        try:
            self.handle = self._taken()
        except OSError as error:
            raise InputError(
                f"its folder cannot be written: {error.strerror}", file=self.shown,
                hint="a review is saved into the sheet; copy it to where you may write",
            ) from None  # fmt: skip
        os.ftruncate(self.handle, 0)
        os.write(self.handle, f"{os.getpid()}\n".encode())
        with contextlib.suppress(OSError):
            temporary_of(self.target).unlink()  # of one that was killed
        return self

    def _taken(self) -> int:
        """Open the lock and hold it: a process that dies lets go, whatever its number does then."""
        while True:
            handle = os.open(self.file, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o644)
            try:
                held = _hold(handle)
            except OSError:
                held = None  # a disk that cannot: the number tells
            text = os.pread(handle, 20, 0) if hasattr(os, "pread") else os.read(handle, 20)
            owner = int(text) if text.strip().isdigit() else 0
            if held is False or (held is None and owner != os.getpid() and _alive(owner)):
                os.close(handle)
                raise InputError(
                    f"process {owner} reviews this sheet already", file=self.shown,
                    accepted="one review of a sheet at a time; its page may be open in several "
                    "tabs", hint=f"end process {owner}",
                )  # fmt: skip
            with contextlib.suppress(OSError):
                if os.fstat(handle).st_ino == self.file.stat().st_ino:
                    return handle
            os.close(handle)  # it was given up, and taken away, just now

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            if os.name == "nt":  # where no file goes that is open
                os.close(self.handle)
                self.file.unlink()
            else:
                self.file.unlink()
                os.close(self.handle)


def _hold(handle: int) -> bool | None:
    """Hold a file; None where this system cannot."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(process: int) -> bool:
    if process <= 0:
        return False
    if os.name == "nt":  # where signal 0 would end it
        import ctypes

        kernel = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
        handle = kernel.OpenProcess(0x1000, False, process)
        if handle:
            kernel.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
