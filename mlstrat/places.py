"""Places that are written to: what must not lie there, and what is told of one that fails.

Nothing is written over what the same call reads, nor twice over, nor over a file that its owner
made read-only; and whatever cannot be written is told here, by one sentence.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mlstrat.errors import InputError, UsageError

STANDARD_OUTPUT = "-"


def is_standard(source: object) -> bool:
    """Whether a source is standard input; a frame's text is not asked for."""
    return isinstance(source, str | Path) and str(source) == "-"


FULL = (errno.ENOSPC, errno.EFBIG, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC))
"""What only writing can fail of."""

_OS_ERROR = re.compile(r"\(os error (\d+)\)")
"""How libraries in Rust say what failed."""


class UnwritableError(InputError):
    """A file that cannot be written."""


def check_places(written: Sequence[str | Path | None], read: Iterable[str | Path] = ()) -> None:
    """Refuse an output that is an input of the same call, or two that are one file.

    A file is the same under any path, behind any link, and in any case of its letters: a
    disk that tells cases apart now may be copied to one that does not. None is no file,
    ``-`` standard output.
    """
    inputs = {key: str(path) for path in read for key in _keys(path)}
    taken: set[object] = set()
    for output in written:
        if output is None:
            continue
        keys = _keys(output)
        found = next((inputs[key] for key in keys if key in inputs), None)
        if found is not None:
            which = "an input" if found == str(output) else f"the input {found!r}"
            raise UsageError(
                f"is {which}, and would be written over",
                file=str(output),
                hint="name another file",
            )
        if not taken.isdisjoint(keys):
            twice = str(output) == STANDARD_OUTPUT
            raise UsageError(
                "two outputs go to standard output" if twice else "two outputs are this file",
                file=None if twice else str(output),
                hint="name a file for each",
            )
        taken.update(keys)


def _keys(path: str | Path) -> list[object]:
    """Return what a file is known by; nothing for a device, which holds nothing to be lost."""
    if str(path) == STANDARD_OUTPUT:
        return [STANDARD_OUTPUT]
    try:
        target = os.path.realpath(path)
        keys: list[object] = [target.casefold()]
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            found = Path(target).stat()
            if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
                return []
            keys.append((found.st_dev, found.st_ino))
    except (OSError, ValueError):  # a name that no file can have
        return []
    return keys


def check_place(path: str | Path) -> Path | None:
    """Refuse a file that cannot be written where that shows at once, before any work is done.

    What is written is returned: the file that links lead to; None for standard output.
    """
    if str(path) == STANDARD_OUTPUT:
        return None
    with telling(path):
        try:
            target = Path(os.path.realpath(path))
            found = target.lstat()
        except (FileNotFoundError, NotADirectoryError):
            if not target.parent.is_dir():
                raise _error(errno.ENOENT) from None
        except ValueError:  # a zero byte
            raise _error(errno.EINVAL) from None
        else:
            if stat.S_ISLNK(found.st_mode):  # one that leads to itself
                raise _error(errno.ELOOP)
            if stat.S_ISDIR(found.st_mode):
                raise _error(errno.EISDIR)
            if not stat.S_ISREG(found.st_mode):
                return target
            check_writable(path)
        if not os.access(target.parent, os.W_OK):
            raise _error(errno.EACCES)
    return target


def check_writable(path: str | Path) -> None:
    """Refuse a file that its owner made read-only, also for those whom no system hinders."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return
    if stat.S_ISREG(mode) and not (mode & 0o222 and os.access(path, os.W_OK)):
        raise UnwritableError(
            "is read-only", file=str(path), hint="name another file, or make this one writable"
        )


def make_folder(folder: Path, *, parents: bool = True) -> None:
    """Make a folder where there is none."""
    try:
        folder.mkdir(parents=parents, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"the folder cannot be made: {_reason(error)}",
            file=str(folder),
            hint="name a folder inside one that exists and that you may write to",
        ) from None


def take_place(temporary: Path, target: Path) -> None:
    """Move a file onto its place, with mode and owner of the file that lies there."""
    keep_mode(temporary, target)
    temporary.replace(target)


def keep_mode(temporary: Path, target: Path) -> None:
    """Give a file mode and owner of the one whose place it will take; a new one the usual mode."""
    try:
        old = target.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        return
    if hasattr(os, "chown"):
        # Only root gives files away; a group of one's own anybody may set.
        for owner, group in ((-1, old.st_gid), (old.st_uid, -1)):
            with contextlib.suppress(PermissionError):
                os.chown(temporary, owner, group)
    temporary.chmod(stat.S_IMODE(old.st_mode))


@contextlib.contextmanager
def telling(path: str | Path) -> Iterator[None]:
    """Tell an error of the system as one of this file, which is being written."""
    try:
        yield
    except OSError as error:
        raise cannot(path, error) from None


@contextlib.contextmanager
def telling_a_full_disk(path: str | Path) -> Iterator[None]:
    """Tell a full disk as one of this file, whatever else the error was taken for on its way."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, UnwritableError):
        raise
    except BaseException as error:  # a panic in Rust is no Exception
        full = _full_disk(error)
        if full is None:
            raise
        raise cannot(path, full) from None


def _full_disk(error: BaseException | None) -> OSError | None:
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return error
        said = _OS_ERROR.search(str(error))
        if said is not None and int(said[1]) in FULL:
            return _error(int(said[1]))
        error = error.__cause__ or error.__context__
    return None


def cannot(path: str | Path, error: OSError) -> UnwritableError:
    """Return what is told of a file that cannot be written."""
    return UnwritableError(
        f"cannot be written: {_reason(error)}",
        file=str(path),
        hint="make room on the disk, or name a place on another"
        if error.errno in FULL
        else "name a file in a folder that exists and that you may write to",
    )


def _reason(error: OSError) -> str:
    """Return why, as the system says it; libraries leave parts of an error empty."""
    by_number = os.strerror(error.errno) if error.errno else ""
    return error.strerror or by_number or str(error) or "the system does not say why"


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
