# Over 300 lines: the bytes of a sheet, and how they are saved.
"""A review sheet as pieces of its bytes: what is not touched stays as it is, to the quote.

The file is written again and again while others may read it.
"""

from __future__ import annotations

import contextlib
import csv
import os
import re
import time
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mlstrat.core.wording import guarded, unguarded
from mlstrat.data.formats.first_lines import without_separator_line
from mlstrat.data.sheet.layout import NO_SEPARATOR, YES
from mlstrat.data.sheet.read import Sheet, read_sheet
from mlstrat.errors import InputError

MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
"""What stands at the beginning of a file, and the encoding that it tells."""

TRIES = 5
"""How often a file is read that another program writes meanwhile."""

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")

Stamp = tuple[int, int, int] | None
"""By what a file is known to be another one: time, size, and where it lies; None where it is not
there."""


class LetterError(ValueError):
    """The encoding of a sheet has no such letter."""


def stamp(path: str | Path) -> Stamp:
    """Return by what a file is known to be the same."""
    try:
        found = os.stat(path)  # noqa: PTH116  an open path is compared with it
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass
class SheetFile:
    """A sheet: as any command reads it, and its bytes in pieces, one a record.

    ``mark`` is the bytes at its beginning; ``pieces`` hold blank lines and the header, too, whose
    place among them is ``header``, as that of each row is in ``at``.
    """

    sheet: Sheet
    stamp: Stamp
    mark: bytes
    codec: str
    separator: str
    pieces: list[bytes]
    header: int
    at: array[int]
    names: list[str] = field(default_factory=list)
    """The columns, as they stand in the file; blank ones and those added among them."""

    def to_pieces(self) -> list[bytes]:
        """Return the bytes of the whole file, in pieces."""
        return [self.mark, *self.pieces]

    def cells(self, row: int) -> list[str]:
        """Return the cells of a row as the reader sees them, one for each column."""
        text, _ = _without_end(self.pieces[self.at[row]].decode(self.codec))
        record = split_cells(text, self.separator)[: len(self.names)]
        found = [unguarded(unquoted(x)) for x in record]
        return found + [""] * (len(self.names) - len(found))

    def column(self, name: str) -> int:
        """Return the place of a column; it is added where there is none."""
        lower = [x.strip().lower() for x in self.names]
        if name.lower() in lower:
            return lower.index(name.lower())
        text = self.pieces[self.header].decode(self.codec)
        body, end = _without_end(text)
        self.pieces[self.header] = (body + self.separator + name + end).encode(self.codec)
        self.names.append(name)
        return len(self.names) - 1

    def set_cells(self, row: int, cells: Mapping[int, str]) -> None:
        """Write some cells of a row; none where the encoding has no such letter: LetterError."""
        place = self.at[row]
        text, end = _without_end(self.pieces[place].decode(self.codec))
        found = split_cells(text, self.separator)
        for column, value in cells.items():
            found += [""] * (column + 1 - len(found))
            found[column] = quoted(guarded(value), self.separator)
        if not end and place < len(self.pieces) - 1:
            end = "\n"
        self.pieces[place] = self._encoded(self.separator.join(found) + end)

    def add_row(self, cells: Sequence[str]) -> None:
        """Write a row at the end, after which the line of every other one ends, too."""
        _, end = _without_end(self.pieces[self.header].decode(self.codec))
        last, its_end = _without_end(self.pieces[-1].decode(self.codec))
        self.pieces[-1] = (last + (its_end or end or "\n")).encode(self.codec)
        self.pieces.append(self._encoded(line_of(cells, self.separator) + (end or "\n")))

    def _encoded(self, text: str) -> bytes:
        try:
            return text.encode(self.codec)
        except UnicodeEncodeError as error:
            raise LetterError(error.object[error.start]) from None

    def mark_of(self, column: int) -> str:
        """Return the mark that a column of marks holds: that of its first filled cell."""
        for row in range(len(self.at)):
            cell = self.cells(row)[column].strip()
            if cell.lower() in YES:
                return cell
        return "x"


def read_sheet_file(
    path: str | Path, columns: Mapping[str, str] | None = None, of_run: Sequence[str] = ()
) -> SheetFile:
    """Read a sheet to be written into; `columns` and `of_run` are as for `read_sheet`."""
    for _ in range(TRIES):
        before = stamp(path)
        sheet = read_sheet(path, columns=columns, of_run=of_run, blank=True)
        raw = Path(path).read_bytes()
        if stamp(path) == before:
            return _in_pieces(sheet, raw, before)
        time.sleep(0.2)
    raise InputError("another program writes it all the time", file=str(path))


def _in_pieces(sheet: Sheet, raw: bytes, known: Stamp) -> SheetFile:
    table, rows = sheet.layout.table, len(sheet.layout.table.records)
    sheet.layout.table = replace(table, records=(), files=None)  # the pieces will have it all
    codec = (table.encoding or "utf-8").removesuffix("-sig")
    mark, codec = next(((m, name) for m, name in MARKS if raw.startswith(m)), (b"", codec))
    said, text = without_separator_line(raw[len(mark) :].decode(codec))
    separator = table.separator or NO_SEPARATOR
    if separator == NO_SEPARATOR:
        raise InputError(
            "a single column, and nothing to tell its cells apart", file=sheet.origin,
            accepted="a sheet that `mlstrat sample -o` wrote",
        )  # fmt: skip
    pieces = [said.encode(codec)] if said else []
    header, at, names = -1, array("q"), list[str]()
    for record, piece in _records(text, separator):
        pieces.append(piece.encode(codec))
        if header < 0 and any(record):
            header, names = len(pieces) - 1, [name.strip() for name in record]
        elif any(map(str.strip, record)):
            at.append(len(pieces) - 1)
    if len(at) != rows:  # the reader and this agree, or nothing is written
        raise InputError("its rows cannot be told apart", file=sheet.origin)
    return SheetFile(sheet, known, mark, codec, separator, pieces, header, at, names)


def _records(text: str, separator: str) -> Iterator[tuple[list[str], str]]:
    """Yield each record with the text that it takes, its end of line included."""
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for found in LINE.finditer(text):  # io.StringIO would hold four bytes a character
            taken = found.end()
            yield found[0]

    limit = csv.field_size_limit(2**31 - 1)
    try:
        start = 0
        for record in csv.reader(lines(), delimiter=separator):
            yield record, text[start:taken]
            start = taken
    finally:
        csv.field_size_limit(limit)


def _without_end(text: str) -> tuple[str, str]:
    """Return the text of a record, and the end of its line."""
    body = text.removesuffix("\n").removesuffix("\r")
    return body, text[len(body) :]


def split_cells(text: str, separator: str) -> list[str]:
    r"""Return the cells of a record as they are written, quotes and all."""
    out, sep = [], re.escape(separator)
    quoted_cell = re.compile(rf'"(?:[^"]|"")*"[^{sep}]*')
    plain_cell = re.compile(rf"[^{sep}]*")
    place = 0
    while True:
        kind = quoted_cell if text.startswith('"', place) else plain_cell
        found = kind.match(text, place) or plain_cell.match(text, place)
        assert found is not None
        out.append(found[0])
        place = found.end() + 1
        if found.end() >= len(text):
            return out


def quoted(text: str, separator: str) -> str:
    """Return the text of a cell, in quotes where a reader would stumble."""
    if any(x in text for x in (separator, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


def line_of(cells: Sequence[str], separator: str) -> str:
    """Return a record as a line, without its end: guarded, and quoted."""
    return separator.join(quoted(guarded(x), separator) for x in cells)


def unquoted(text: str) -> str:
    """Return what a cell holds, of what is written in the file."""
    if not text.startswith('"'):
        return text
    end = text.rfind('"')
    return text[1:end].replace('""', '"') + text[end + 1 :] if end else text[1:]


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
