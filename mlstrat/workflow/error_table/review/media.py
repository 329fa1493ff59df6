"""The file of an example: found by its row, never by a path that somebody sends."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from mlstrat.errors import InputError, UsageError

PICTURES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
            "webp": "image/webp", "bmp": "image/bmp", "svg": "image/svg+xml",
            "avif": "image/avif", "ico": "image/x-icon"}  # fmt: skip
SOUND = {"wav": "audio/wav", "mp3": "audio/mpeg", "ogg": "audio/ogg", "oga": "audio/ogg",
         "opus": "audio/ogg", "flac": "audio/flac", "m4a": "audio/mp4",
         "aac": "audio/aac"}  # fmt: skip
VIDEO = {"mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "ogv": "video/ogg",
         "mov": "video/quicktime"}  # fmt: skip
TEXTS = ("txt", "md", "json", "jsonl", "csv", "tsv", "xml", "html", "htm", "log", "srt", "vtt")
NOT_SHOWN = ("tif", "tiff", "dcm", "dicom", "heic", "heif", "psd", "raw", "nii", "svs")
"""Endings of pictures that browsers do not show."""

KINDS = {
    **dict.fromkeys(PICTURES, "picture"), **dict.fromkeys(SOUND, "sound"),
    **dict.fromkeys(VIDEO, "video"), **dict.fromkeys(TEXTS, "text"),
    **dict.fromkeys(NOT_SHOWN, "not shown"),
}  # fmt: skip
TYPES = {**PICTURES, **SOUND, **VIDEO}

COLUMNS = ("file", "path", "image", "audio", "filename")
"""Columns that name the file of a row, with or without the prefix of the run's own."""

LONGEST_TEXT = 4 * 2**20
"""Bytes of a text file that are read."""


class NoFileError(ValueError):
    """A row has no file that can be shown; why, in a sentence."""


@dataclass(frozen=True)
class Media:
    """A folder of files, and the column by which a row names its own; None where the id does."""

    folder: Path
    column: str | None

    def find(self, name: str) -> tuple[Path, str]:
        """Return the file of a row, by its id or what its column holds, and the kind of file."""
        if not name:
            raise NoFileError("no file is named in this row")
        if self.column is not None:
            ending = name.rpartition(".")[2].lower() if "." in name else ""
            if ending not in KINDS:
                raise NoFileError(f"{name}: not a kind of file that is shown")
            return self._inside(name), KINDS[ending]
        for ending, kind in KINDS.items():
            for written in (ending, ending.upper()):
                try:
                    return self._inside(f"{name}.{written}"), kind
                except NoFileError as error:
                    if not str(error).endswith("is missing"):
                        raise
        raise NoFileError(f"{name}.png (or another known ending) is missing")

    def _inside(self, name: str) -> Path:
        """Return a file of the folder with all links followed; what lies elsewhere is none."""
        try:
            found = os.path.realpath(self.folder / name)
            status = os.stat(found)  # noqa: PTH116  by the name that is opened
        except (OSError, ValueError):
            raise NoFileError(f"{name} is missing") from None
        root = os.path.realpath(self.folder)
        if os.path.commonpath([root, found]) != root:
            raise NoFileError(f"{name} lies outside the folder")
        if not stat.S_ISREG(status.st_mode):
            raise NoFileError(f"{name} is not a file")
        return Path(found)


def media_of(
    folder: str | Path, column: str | None, header: list[str], rows: list[dict[str, str]]
) -> Media:
    """Return where the files of a sheet lie: `rows` are cells by column, the id under ``""``."""
    path = Path(folder)
    if not path.is_dir():
        raise InputError("no such folder" if not path.exists() else "not a folder",
                         file=str(folder), accepted="--media DIR, a folder of files")  # fmt: skip
    if column is not None:
        found = column_named(header, column)
        if found is None:
            raise UsageError(f"--file names no column: {column!r}",
                             accepted=", ".join(x for x in header if x))  # fmt: skip
        tried = [Media(path, found)]
    else:
        there = (column_named(header, name) for name in COLUMNS)
        tried = [Media(path, name) for name in dict.fromkeys(there) if name is not None]
        tried.append(Media(path, None))
    for media in tried:
        for row in rows:
            try:
                media.find(row[media.column or ""])
            except NoFileError:
                continue
            return media
    names = [rows[0][media.column or ""] + ("" if media.column else ".png") for media in tried]
    raise InputError(
        f"no row has a file here: tried {', '.join(repr(x) for x in names if x)}, …",
        file=str(folder), accepted="files named by --file COLUMN, by a column "
        f"{', '.join(COLUMNS)}, or <id>.<ending>",
    )  # fmt: skip


def column_named(header: list[str], name: str) -> str | None:
    """Return the column of a name in any case, with or without the prefix of the run's own."""
    lower = {x.lower(): x for x in reversed(header)}
    return lower.get(name.lower(), lower.get(f"run.{name.lower()}"))


def text_of(path: Path) -> str:
    """Return the text of a file; bytes that are none are shown as such."""
    with path.open("rb") as file:
        raw = file.read(LONGEST_TEXT)
    for mark, name in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(name, "replace")
    return raw.decode("utf-8-sig", "replace")
