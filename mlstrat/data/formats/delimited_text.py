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

from mlstrat.data.columns import KNOWN_NAMES
from mlstrat.data.files import Files
from mlstrat.data.formats.contents import DAMAGED, to_utf8, utf16
from mlstrat.data.formats.first_lines import Header, first_is_data, header_hint
from mlstrat.data.parts import Part
from mlstrat.data.shards import BrokenShardError
from mlstrat.errors import InputError

SAMPLE = 2**20
"""Bytes in which the header must end."""

UTF16 = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


def read_header(part: Part, separator: str) -> Header:
    """Return the column names of delimited text, without surrounding blanks."""
    try:
        with part.open() as stream:
            beginning = stream.read(SAMPLE)
    except DAMAGED as error:
        raise damaged(part, error) from None
    return header_of(part, beginning, separator)


def header_of(part: Part, beginning: bytes, separator: str) -> Header:
    """Return the column names of delimited text that begins so."""
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


def damaged(part: Part, error: Exception) -> InputError:
    """Return the error for a file whose bytes cannot be read or unpacked."""
    if part.changed():
        return InputError("the file changed while it was read", file=part.name)
    if not part.zipped:
        return InputError(f"cannot be read: {error}", file=part.name)
    what = "ends too early" if isinstance(error, EOFError) else "is damaged, or no gzip at all"
    return BrokenShardError(f"the gzip stream {what}", file=part.name, hint="copy or pack it again")
