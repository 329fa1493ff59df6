"""What a file holds, told by its first bytes: a name promises a format, and the bytes may differ.

A pointer of Git LFS, a page that a server sent instead of the file, a packed file with the name of
the unpacked one: each would end in a message about columns, encodings or damage, none of which is
wrong. So every reader looks here first.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from mlstrat.core.record import Record
from mlstrat.data.parts import bytes_once
from mlstrat.errors import InputError, MlstratError

if TYPE_CHECKING:
    from mlstrat.data.parts import Format, Part

HEAD = 1024
"""Bytes that tell what a file is."""

NAMES = {
    "csv": "CSV", "tsv": "TSV", "parquet": "Parquet", "ndjson": "JSON lines", "json": "JSON",
    "arrow": "Arrow", "workbook": "a workbook (.xlsx, .ods)",
}  # fmt: skip
"""What the formats of runs are called."""

UNPACK = "unpack it first"
EXPORT = "write the table as CSV or Parquet"


class Content(Record):
    """What a file is, in words, and what to do about it; ``ending`` is its format's name."""

    what: str
    hint: str | None = None
    ending: str | None = None


LFS = Content("a Git LFS pointer", "run git lfs pull: the file itself was not fetched")
GZIP = Content("gzip-compressed data", UNPACK)
PARQUET = Content("Parquet", ending=".parquet")
JSON = Content("JSON", "name it .json, or write one object a line as .ndjson: "
               "jq -c '.[]' old.json > new.ndjson")  # fmt: skip
JSON_LINES = Content("JSON lines", ending=".ndjson")
ZIP = Content("a zip archive", UNPACK)
BZIP2 = Content("bzip2-compressed data", UNPACK)
WORKBOOK = Content("an Excel workbook", "name it .xlsx, or save the sheet as CSV UTF-8")
OLD_WORKBOOK = Content("an Excel workbook", "save the sheet as .xlsx or CSV UTF-8")
SPREADSHEET = Content("an OpenDocument spreadsheet", "name it .ods, or save the sheet as CSV UTF-8")
ARROW = Content("an Arrow file", f"name it .arrow, or {EXPORT}")
WEB_PAGE = Content(
    "an HTML page",
    "a server sent a page (a login, an error) instead of the file: download it again",
)

MAGIC: tuple[tuple[bytes, Content], ...] = (
    (b"\x1f\x8b", GZIP),
    (b"\x28\xb5\x2f\xfd", Content("Zstandard-compressed data", UNPACK)),
    (b"\xfd7zXZ\0", Content("xz-compressed data", UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Content("a 7z archive", UNPACK)),
    (b"\x04\x22\x4d\x18", Content("LZ4-compressed data", UNPACK)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_WORKBOOK),
    (b"Obj\x01", Content("an Avro file", EXPORT)),
    (b"\x89HDF\r\n", Content("an HDF5 file", EXPORT)),
    (b"\x93NUMPY", Content("a NumPy array", EXPORT)),
    (b"SQLite format 3\0", Content("a SQLite database", EXPORT)),
    (b"%PDF-", Content("a PDF document", "export the table itself")),
    (b"\x89PNG\r\n", Content("a picture", "give the table that lists the pictures")),
    (b"\xff\xd8\xff", Content("a picture", "give the table that lists the pictures")),
)  # fmt: skip
"""The first bytes of formats."""

LETTERS: tuple[tuple[bytes, Content], ...] = (
    (b"PAR1", PARQUET),
    (b"PARE", PARQUET),
    (b"ARROW1", ARROW),
    (b"FEA1", Content("a Feather file of version 1", "write it again: version 2 is the default")),
    (b"ORC", Content("an ORC file", EXPORT)),
)
"""First bytes that the name of a column may begin with, too: such a file holds control bytes."""

PATTERNS: tuple[tuple[re.Pattern[bytes], Content], ...] = (
    (re.compile(rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)"), BZIP2),
    (re.compile(rb"\x80[\x02-\x05][\x95}\]c(]"), Content("a pickle", EXPORT)),
    (re.compile(rb"version https://git-lfs\.github\.com/spec/"), LFS),
    (re.compile(rb"\s*(?s:<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|title|meta|script|table|div)\b",
                re.IGNORECASE), WEB_PAGE),
    (re.compile(rb"\s*<\?xml\b"), Content("XML", "was it downloaded? a server may have sent an "
                                          "error instead of the file")),
    (re.compile(rb"\s*\{[ \t]*\"[^\r\n]*(\}[ \t]*\r?\n|\Z)"), JSON_LINES),
    (re.compile(rb"\s*(\{\s*\"|\[\s*[\[{\"])"), JSON),
)  # fmt: skip
"""Of text, and of formats whose first bytes differ."""

_CONTROL = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f]")
_WORKBOOK_PARTS = (b"[Content_Types].xml", b"xl/", b"_rels/.rels", b"docProps/")
_SPREADSHEET = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"


def content_of(head: bytes) -> Content | None:
    """Return what the first bytes tell; None for text, and what is not known.

    Examples
    --------
    >>> content_of(b"id,label\\n1,a\\n"), content_of(b"<!DOCTYPE html>").what
    (None, 'an HTML page')
    """
    head = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if head[30:].startswith(_SPREADSHEET):
            return SPREADSHEET
        return WORKBOOK if head[30:].startswith(_WORKBOOK_PARTS) else ZIP
    known = (*MAGIC, *LETTERS) if _CONTROL.search(head) else MAGIC
    found = next((content for magic, content in known if head.startswith(magic)), None)
    return found or next((content for shape, content in PATTERNS if shape.match(head)), None)


def is_text(head: bytes) -> bool:
    """Whether bytes are text in UTF-8, but for a character that their end may cut."""
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()
    return bool(text.strip()) and "\0" not in text


def utf16(head: bytes) -> str | None:
    """Return the encoding of text in UTF-16 or UTF-32, marked or mostly of ASCII; else None."""
    if head[:4] in {b"\xff\xfe\0\0", b"\0\0\xfe\xff"}:
        return "UTF-32"
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "UTF-16"
    even, odd = head[::2].count(0), head[1::2].count(0)
    return "UTF-16" if max(even, odd) > len(head) // 4 and 20 * min(even, odd) < len(head) else None


def to_utf8(encoding: str) -> str:
    """Return the hint of how to convert text."""
    return f"convert it: iconv -f {encoding} -t UTF-8 old > new"


def check_content(part: Part, expected: Format) -> None:
    """Refuse a file that is surely something else than its name says.

    What cannot be told is left to the reader of the format.
    """
    if part.address is not None and not part.data:
        return  # in a store, and read there
    wanted = NAMES[expected]
    try:
        with part.open_raw() as stream:
            head = stream.read(HEAD)
        if part.zipped:
            _check_packed(part.name, head)
            with part.open() as stream:
                head = stream.read(HEAD)
    except DAMAGED:
        return
    found = content_of(head)
    own = OWN.get(expected, ())
    begun = head.startswith((b"PAR1", b"PARE", b"ARROW1"))
    if expected in PACKED and found is None and is_text(head) and not begun:
        found = Content("plain text", "name it by what it holds: .csv, .tsv or .ndjson")
    if found is not None and found not in own:
        raise _is_other(part.name, found, wanted)


PACKED = ("parquet", "arrow", "workbook")
"""Formats of which plain text is none."""

OWN: dict[str, tuple[Content, ...]] = {
    "parquet": (PARQUET,), "arrow": (ARROW,), "ndjson": (JSON_LINES,),
    "json": (JSON, JSON_LINES), "workbook": (WORKBOOK, SPREADSHEET, ZIP, OLD_WORKBOOK),
}  # fmt: skip
"""What a file of a format may look like; a protected workbook is one of the old kind."""


def _check_packed(name: str, head: bytes) -> None:
    """Refuse what is named .gz and is not packed, where it can be told what it is."""
    found = content_of(head)
    if found is None and is_text(head):
        found = Content("plain text", "name it without .gz")
    if found is not None and found is not GZIP:
        raise _is_other(name, found, "gzip")


def _is_other(name: str, found: Content, wanted: str) -> InputError:
    hint = found.hint
    if found is GZIP and wanted != NAMES["parquet"]:
        hint = f"name it {Path(name).name}.gz, or unpack it"
    elif hint is None:
        hint = f"name it {found.ending}" if found.ending else None
    return InputError(f"this is {found.what}, not {wanted}", file=name, hint=hint)


def refuse_other(path: str | Path, wanted: str) -> None:
    """Refuse a file that another reader could not read where it is surely something else."""
    try:
        with Path(path).open("rb") as stream:
            found = content_of(stream.read(HEAD))
    except OSError:
        return
    if found is not None:
        raise _is_other(str(path), found, wanted) from None


def read_text_file(
    path: str | Path,
    wanted: str,
    *,
    error: type[MlstratError] = InputError,
    accepted: str | None = None,
) -> str:
    """Return the text of a small file in UTF-8, with or without a mark; `wanted` is as ``TOML``."""
    shown = str(path)
    try:
        raw = bytes_once(path)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise error(f"cannot be read: {reason}", file=shown) from None
    found = content_of(raw[:HEAD])
    table = raw.lstrip().startswith(b"[") and wanted == "TOML"  # [[gate]] looks like JSON
    if found is not None and not (found in (JSON, JSON_LINES) and (wanted == "JSON" or table)):
        raise error(
            f"this is {found.what}, not {wanted}", file=shown, accepted=accepted, hint=found.hint
        )
    if encoding := utf16(raw[:HEAD]):
        raise error(
            f"the text is {encoding}, not UTF-8", file=shown, accepted=accepted or "UTF-8",
            hint=to_utf8(encoding),
        )  # fmt: skip
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise error(
            f"the byte 0x{raw[problem.start]:02X} is not UTF-8 text", file=shown,
            row=raw.count(b"\n", 0, problem.start) + 1, accepted=accepted or "UTF-8",
            hint="if it is Latin-1, " + to_utf8("LATIN1"),
        ) from None  # fmt: skip


DAMAGED = (EOFError, OSError, zlib.error)
"""What reading a damaged gzip stream raises."""
