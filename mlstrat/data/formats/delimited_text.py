"""What Polars forgives in delimited text, found in the raw bytes.

Polars pads a short row with nulls, renames a second column of one name and reads UTF-16 as
letters. So the header is read here, and the raw lines wherever nulls turn up; and where Polars
gives up, the place is found here for the message.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlstrat.data.columns import KNOWN_NAMES
from mlstrat.data.files import Files
from mlstrat.data.formats.contents import DAMAGED, to_utf8, utf16
from mlstrat.data.formats.first_lines import Header, first_is_data, header_hint
from mlstrat.data.parts import Part
from mlstrat.data.progress import passed
from mlstrat.data.shards import BrokenShardError
from mlstrat.errors import InputError

SAMPLE = 2**20
"""Bytes in which the header must end."""

LONGEST_LINE = 256 * SAMPLE
"""Bytes of one line: more is a quote left open or no text, and would be held whole (ours)."""

TAIL = 2**16
"""Bytes at the end in which blank lines are looked for."""

UTF16 = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


def read_header(part: Part, separator: str) -> Header:
    """Return the column names of delimited text, without surrounding blanks."""
    try:
        with part.open() as stream:
            beginning = stream.read(SAMPLE)
    except DAMAGED as error:
        raise damaged(part, error) from None
    return _header(part, beginning, separator)


def _header(part: Part, beginning: bytes, separator: str) -> Header:
    text = _text(part, beginning)
    try:
        header = next(
            (
                r
                for r in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
                if r
            ),
            None,
        )
    except csv.Error as error:
        raise InputError(
            "a quote is left open in the header"
            if "end of data" in str(error)
            else f"the header cannot be read: {error}",
            file=part.name,
            row=1,
        ) from None
    if header is None:
        raise InputError("the file holds no header", file=part.name)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    is_data = first_is_data(records, KNOWN_NAMES)
    names = Header([name.strip() for name in header], is_data=is_data)
    refuse_repeated(names, part.name, 1, header_hint(names, None))
    return names


def refuse_repeated(
    names: Iterable[str], file: str, row: int | None = None, hint: str | None = None
) -> None:
    """Refuse names of columns that occur more than once."""
    if twice := sorted(name for name, count in Counter(names).items() if count > 1):
        raise InputError(
            f"several columns have one name: {', '.join(map(repr, twice))}",
            file=file, row=row, accepted="each column name once", hint=hint,
        )  # fmt: skip


def check_same(files: Files, headers: Sequence[tuple[str, ...]]) -> None:
    """Refuse files whose columns differ."""
    for part, header in zip(files.parts, headers, strict=True):
        if header != headers[0]:
            raise InputError(
                f"other columns than in {files.parts[0].name!r}: "
                f"{', '.join(map(repr, header))} instead of {', '.join(map(repr, headers[0]))}",
                file=part.name,
                accepted="files with one header",
            )


def stripped(names: tuple[str, ...], file: str) -> tuple[str, ...]:
    """Return the names of columns without surrounding blanks; each may occur once."""
    header = tuple(name.strip() for name in names)
    refuse_repeated(header, file)
    return header


def _text(part: Part, raw: bytes) -> str:
    if not raw.strip():
        raise BrokenShardError("the file is empty", file=part.name)
    if len(raw) == SAMPLE and not {10, 13} & set(raw):
        raise InputError(
            f"the first line is longer than {SAMPLE:,} bytes",
            file=part.name,
            row=1,
            accepted="a line of column names, then a line an example",
        )
    if encoding := utf16(raw[:4096]):
        raise wrong_encoding(part, encoding)
    if (zero := raw.find(b"\0", 0, 4096)) >= 0:
        raise InputError(
            "a zero byte: binary data, not text",
            file=part.name,
            row=raw.count(b"\n", 0, zero) + 1,
            accepted="UTF-8",
            hint="if it is text but for such bytes, drop them: tr -d '\\0' < old > new",
        )
    if b"\r" in raw and b"\n" not in raw:
        raise InputError(
            "the lines end in carriage returns alone",
            file=part.name,
            row=1,
            accepted="line feed, or carriage return and line feed",
            hint="convert it: tr '\\r' '\\n' < old.csv > new.csv",
        )
    try:
        return io.TextIOWrapper(
            io.BytesIO(raw), "utf-8-sig", "ignore" if len(raw) == SAMPLE else "strict", ""
        ).read()
    except UnicodeDecodeError:
        raise bad_byte(part) or wrong_encoding(part, "in another encoding") from None


def wrong_encoding(part: Part, found: str) -> InputError:
    """Return the error for text that is not UTF-8."""
    return InputError(
        f"the text is {found}, not UTF-8", file=part.name, accepted="UTF-8", hint=to_utf8(found)
    )


def bad_byte(part: Part) -> InputError | None:
    """Return the error for the first line that is not UTF-8, or None."""
    with part.open() as stream:
        for row, line in enumerate(stream, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return InputError(
                    f"the byte 0x{line[error.start]:02X} is not UTF-8 text",
                    file=part.name,
                    row=row,
                    accepted="UTF-8",
                    hint="if it is Latin-1, " + to_utf8("LATIN1"),
                )
    return None


@dataclass(frozen=True)
class Survey:
    """What the bytes of delimited text tell before any of them is parsed.

    ``first_line`` is the first that is not blank, as it stands there; ``whole`` a small file.
    """

    header: Header
    first_line: bytes
    separators: int
    blank_lines: bool
    whole: bytes | None = None

    def plain_names(self, separator: str) -> tuple[str, ...]:
        """Return the names as they stand there; none where only the engine knows what it reads."""
        text = self.first_line.decode("utf-8-sig", "replace").rstrip("\r\n")
        names = tuple(text.split(separator))
        plain = '"' not in text and all(names)
        return names if plain and tuple(x.strip() for x in names) == self.header else ()


def survey(part: Part, separator: str) -> Survey:
    """Read a file once: its header, its separators, and whether lines hold nothing."""
    header, first_line = Header(()), b""
    count, tail, read, line = 0, b"", 0, 0  # `line` is where the last line begins
    blank = False
    try:
        with part.open() as stream:
            beginning = stream.read(SAMPLE)
            size = len(beginning)
            buffer = bytearray(beginning or b" ")  # of a small file as large as that
            block = np.frombuffer(buffer, dtype=np.uint8)
            header = _header(part, beginning, separator)
            first_line = next((x for x in io.BytesIO(beginning) if x.strip()), b"")
            while size:
                passed(size)
                count += int(np.count_nonzero(block[:size] == ord(separator)))
                blank = blank or _blank_lines(block[:size], tail[-2:])
                end = block[max(0, size - TAIL) : size].tobytes()
                tail = end if size >= TAIL else (tail + end)[-TAIL:]
                if (last := buffer.rfind(b"\n", 0, size)) >= 0:
                    line = read + last + 1
                read += size
                if read - line > LONGEST_LINE:
                    raise _too_long(part, line)
                size = stream.readinto(block.data)  # type: ignore[attr-defined]
    except DAMAGED as error:
        raise damaged(part, error) from None
    kept = tail.rstrip(b" \r\n")
    _, _, rest = tail[len(kept) :].replace(b"\r\n", b"\n").partition(b"\n")
    small = None if read > len(beginning) else beginning
    return Survey(header, first_line, count, blank or bool(rest), small)


def _blank_lines(block: NDArray[np.uint8], before: bytes) -> bool:
    """Whether a line of a block holds nothing; two bytes stand `before` it."""
    edge = before + block[:2].tobytes()
    if b"\n\n" in edge or b"\n\r\n" in edge:
        return True
    if not ((block[:-1] == ord("\n")) & (block[1:] <= ord("\r"))).any():
        return False  # as nearly always: no line begins with the end of one
    text = block.tobytes()
    return b"\n\n" in text or b"\n\r\n" in text


def _too_long(part: Part, start: int) -> InputError:
    row = 1
    with part.open() as stream:
        while start > 0 and (block := stream.read(min(SAMPLE, start))):
            row, start = row + block.count(b"\n"), start - len(block)
    return InputError(
        f"a line of more than {LONGEST_LINE // 2**20:,} MiB",
        file=part.name,
        row=row,
        accepted="one example a line",
        hint="is a line end missing, or is this no text?",
    )


def damaged(part: Part, error: Exception) -> InputError:
    """Return the error for a file whose bytes cannot be read or unpacked."""
    if part.changed():
        return InputError("the file changed while it was read", file=part.name)
    if not part.zipped:
        return InputError(f"cannot be read: {error}", file=part.name)
    what = "ends too early" if isinstance(error, EOFError) else "is damaged, or no gzip at all"
    return BrokenShardError(f"the gzip stream {what}", file=part.name, hint="copy or pack it again")
