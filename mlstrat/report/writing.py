"""Files that are whole or not there: written beside their place, then moved onto it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlstrat.errors import InputError
from mlstrat.interrupted import removed_at_the_end


@contextlib.contextmanager
def whole_files(*paths: str | Path) -> Iterator[list[Path]]:
    """Give a temporary file beside each path; all are moved onto their places at the end.

    Raises
    ------
    InputError
        Where a folder is missing or not writable; old files stay, and nothing is left behind.
    """
    temporary: list[Path] = []
    shown = paths[0]
    with removed_at_the_end(temporary):
        try:
            for shown in paths:
                target = Path(shown)
                if target.is_dir():
                    raise IsADirectoryError(21, "Is a directory")
                handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
                os.close(handle)
                temporary.append(Path(name))
        except OSError as error:
            raise _cannot(shown, error) from None
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        try:
            for shown, file in zip(paths, temporary, strict=True):
                file.chmod(0o666 & ~mask)
                file.replace(shown)
        except OSError as error:
            raise _cannot(shown, error) from None


def write_all(contents: Mapping[str | Path, bytes]) -> None:
    """Write several files: all of them or none, unless one is a device, which takes no back.

    Raises
    ------
    InputError
        Where one of them cannot be written; old files stay.
    """
    devices = {p: x for p, x in contents.items() if _device(Path(p).resolve())}
    for path, content in devices.items():
        write_whole_bytes(path, content)
    # What a link leads to is written, not the link.
    files = {Path(p).resolve() if Path(p).is_symlink() else p: x
             for p, x in contents.items() if p not in devices}  # fmt: skip
    if not files:
        return
    with whole_files(*files) as temporary:
        for path, file, content in zip(files, temporary, files.values(), strict=True):
            try:
                file.write_bytes(content)
            except OSError as error:
                raise _cannot(path, error) from None


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
    target = Path(path).resolve()
    try:
        if _device(target):
            # A device or a pipe is written into: moving a file onto it would take its place.
            with target.open("wb") as file:
                file.write(content)
            return
        made: list[Path] = []
        with removed_at_the_end(made):
            handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
            made.append(temporary := Path(name))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # mkstemp makes files that only their owner reads; a report is like any other file.
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(0o666 & ~mask)
            temporary.replace(target)
    except OSError as error:
        raise _cannot(path, error) from None


def _device(target: Path) -> bool:
    return target.exists() and not target.is_file() and not target.is_dir()


def _cannot(path: str | Path, error: OSError) -> InputError:
    return InputError(
        f"cannot be written: {error.strerror}",
        file=str(path),
        hint="name a file in a folder that exists and that you may write to",
    )


def check_place(path: str | Path) -> None:
    """Refuse a file that cannot be written where that shows at once, before any work is done.

    Raises
    ------
    InputError
        Where the folder is missing or not writable, or a folder stands in the file's place.
    """
    target = Path(path).resolve()
    if target.is_dir():
        raise _cannot(path, IsADirectoryError(21, "Is a directory"))
    if not target.parent.is_dir():
        raise _cannot(path, FileNotFoundError(2, "No such file or directory"))
    if not _device(target) and not os.access(target.parent, os.W_OK):
        raise _cannot(path, PermissionError(13, "Permission denied"))
