# Over 300 lines: an example, and the file that belongs to it.
"""One example of a sheet as the page shows it.

Its file is found by its row, never by a path that somebody sends.
"""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlstrat.core.record import Record
from mlstrat.core.wording import Scale, count
from mlstrat.data.sheet.design import CORRECT, SUSPECT
from mlstrat.data.sheet.editing import OpenSheet
from mlstrat.data.sheet.layout import COLUMNS, RUN_PREFIX, UNIT, SheetRow
from mlstrat.errors import InputError, UsageError
from mlstrat.workflow.error_table.review.compute import Known, with_run
from mlstrat.workflow.error_table.tally import is_error

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

FILE_COLUMNS = ("file", "path", "image", "audio", "filename")
"""Columns that name the file of a row, with or without the prefix of the run's own."""

LONGEST_TEXT = 4 * 2**20
"""Bytes of a text file that are read."""


class NoFileError(ValueError):
    """A row has no file that can be shown; why, in a sentence."""


class Media(Record):
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
        there = (column_named(header, name) for name in FILE_COLUMNS)
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
        f"{', '.join(FILE_COLUMNS)}, or <id>.<ending>",
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


FIRST = 20_000
"""Characters of a text that are shown at once."""

SHOWN = ("text", "question", "input", "sentence", "review")
"""Columns that are shown large unless others are asked for."""

CATEGORY = "category"
PROBABILITY = ("prob_", "p_", "probability_")
MOST_BARS = 3


class Shown(Record):
    """What of a sheet is shown, and how: ``columns`` large; without ``media`` no files.

    ``blind`` hides label and prediction until a row is judged; ``others`` are what two readers
    said, by key: only these rows are shown.
    """

    columns: tuple[str, ...] = ()
    blind: bool = False
    media: Media | None = None
    others: dict[str, list[dict[str, Any]]] | None = None


def kind_of(row: SheetRow) -> str:
    """Return what is asked of a row: about an error, a correct one, or its label."""
    if row.stratum == SUSPECT:
        return "suspect"
    return "error" if is_error(row) else CORRECT


class Examples:
    """The examples of a sheet: what is shown of each, and of all of them together."""

    def __init__(self, sheet: OpenSheet, shown: Shown, known: Known) -> None:
        self.sheet, self.shown = sheet, shown
        sheet.complete(lambda row: with_run(row, known))
        self._file: object = None
        self._rows: list[SheetRow] = []
        self._pairs: Counter[tuple[str | None, str | None]] = Counter()
        self._kinds: Counter[str] = Counter()

    def rows(self) -> list[SheetRow]:
        """Return the rows as they were drawn; counted again where the file is another one."""
        if self._file is not self.sheet.file:
            self._rows = self.sheet.sheet_rows()
            errors = [row for row in self._rows if kind_of(row) == "error"]
            self._pairs = Counter((row.label, row.prediction) for row in errors)
            file, name = self.sheet.file, self._category()
            at = None if name is None else file.names.index(name)
            self._kinds = Counter(
                file.cells(i)[at].strip() for i, row in enumerate(self._rows)
                if at is not None and kind_of(row) == "error"
            )  # fmt: skip
            self._file = self.sheet.file
        return self._rows

    def _category(self) -> str | None:
        """Return the column that says what kind of error a unit is, on a sheet of a task."""
        names = self.sheet.file.names
        return column_named(names, CATEGORY) if UNIT in map(str.lower, names) else None

    def hidden(self, key: str) -> bool:
        """Whether label and prediction of a row are not to be known yet."""
        return self.shown.blind and not self.sheet.rows[key].read

    def brief(self, key: str) -> dict[str, Any]:
        """Return what the page keeps of every row."""
        row, filled = self.rows()[self.sheet.place[key]], self.sheet.rows[key]
        out: dict[str, Any] = {
            "id": key, "tags": list(filled.tags), "mislabeled": filled.mislabeled,
            "true_label": filled.true_label, "comment": filled.comment, "read": filled.read,
        }  # fmt: skip
        if not self.hidden(key):
            out |= {"kind": kind_of(row), "label": row.label, "prediction": row.prediction}
        return out

    def labels(self) -> list[str]:
        """Return the labels and predictions of the sheet."""
        rows = self.rows()
        found = {x for row in rows for x in (row.label, row.prediction) if x is not None}
        return sorted(found, key=lambda x: (not x.isdecimal(), len(x) if x.isdecimal() else 0, x))

    def full(self, key: str, revealed: bool = False) -> dict[str, Any]:
        """Return all that is shown of an example."""
        with self.sheet.lock:
            place = self.sheet.place[key]
            row, cells = self.rows()[place], self.sheet.file.cells(place)
            names, layout = list(self.sheet.file.names), self.sheet.file.sheet.layout
        hidden = self.hidden(key) and not revealed
        by_name = {name: cell for name, cell in zip(names, cells, strict=True) if name}
        taken = {n for n in names if n.lower() in COLUMNS} | set(layout.review)
        taken |= set(layout.places.values()) | set(self.shown.columns)
        bars, category = {} if hidden else _bars(by_name), self._category()
        if category is not None:
            taken.add(category)
        out: dict[str, Any] = {
            "id": key, "hidden": hidden,
            "large": [_text(name, by_name.get(name, "")) for name in self.shown.columns],
            "columns": [
                [n.removeprefix(RUN_PREFIX), x[:FIRST]] for n, x in by_name.items()
                if x.strip() and n not in taken and not (_probability(n))
            ],
        }  # fmt: skip
        if not hidden:
            out |= {"kind": kind_of(row), "label": row.label, "prediction": row.prediction}
            out["score"] = None if row.score is None else f"{row.score:.3g}"
            out["bars"] = [[name, Scale().value(p), p] for name, p in bars.items()]
            pair = self._pairs[row.label, row.prediction]
            if kind_of(row) == "error" and pair and row.key == row.id:  # a unit has its category
                out["pair"] = f"{count(pair)} of {count(self._pairs.total())} errors"
            if category is not None and (name := by_name[category].strip()):
                share = f"{count(self._kinds[name])} of {count(self._kinds.total())} errors"
                out["category"] = [category, name, share]
        if self.shown.media is not None:
            out["media"] = self._media(key)
        if self.shown.others is not None:
            out["others"] = [] if hidden else self.shown.others.get(key, [])
        return out

    def _media(self, key: str) -> dict[str, Any]:
        try:
            path, kind = self.file_of(key)
        except NoFileError as error:
            return {"kind": "missing", "why": str(error)}
        if kind == "text":
            return {"kind": "text", **_text(path.name, text_of(path))}
        if kind == "not shown":
            ending = path.suffix.removeprefix(".").upper()
            return {"kind": "missing", "why": f"{path.name}: browsers do not show {ending}; "
                    "convert it to PNG"}  # fmt: skip
        return {"kind": kind, "name": path.name}

    def file_of(self, key: str) -> tuple[Path, str]:
        """Return the path of a row's file, and its kind."""
        media = self.shown.media
        if media is None:
            raise NoFileError("no folder of files was named")
        place = self.sheet.place[key]
        name = self.rows()[place].id or ""
        if media.column is not None:
            at = self.sheet.file.names.index(media.column)
            name = self.sheet.file.cells(place)[at].strip()
        return media.find(name)

    def alike(self, name: str, value: str) -> list[str]:
        """Return the ids of the rows that hold a value in a column, as the page shows both."""
        with self.sheet.lock:
            found = column_named(self.sheet.file.names, name)
            if found is None:
                return []
            at, file = self.sheet.file.names.index(found), self.sheet.file
            return [k for i, k in enumerate(self.sheet.keys) if file.cells(i)[at][:FIRST] == value]

    def text(self, key: str, name: str) -> str | None:
        """Return the whole of a text that is shown in part; None for one that there is not."""
        full = self.full(key)
        if self.shown.media is not None and full["media"].get("name") == name:
            return text_of(self.file_of(key)[0])
        if name not in self.shown.columns or name not in self.sheet.file.names:
            return None
        at = self.sheet.file.names.index(name)
        return _indented(self.sheet.file.cells(self.sheet.place[key])[at])


def _text(name: str, text: str) -> dict[str, Any]:
    full = _indented(text)
    return {"name": name, "text": full[:FIRST], "more": max(0, len(full) - FIRST)}


def _indented(text: str) -> str:
    """Return JSON with its lines; other text as it is."""
    if text[:1] in ("{", "["):
        try:
            return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            return text
    return text


def _probability(name: str) -> str:
    bare = name.removeprefix(RUN_PREFIX)
    return next((bare[len(x) :] for x in PROBABILITY if bare.lower().startswith(x)), "")


def _bars(cells: dict[str, str]) -> dict[str, float]:
    found = {}
    for name, cell in cells.items():
        if label := _probability(name):
            try:
                value = float(cell.replace(",", "."))
            except ValueError:
                continue
            if 0 <= value <= 1:
                found[label] = value
    return dict(sorted(found.items(), key=lambda x: -x[1])[:MOST_BARS])


def columns_shown(asked: Sequence[str], header: list[str]) -> tuple[str, ...]:
    """Return the columns that are shown large."""
    if asked:
        return tuple(x for name in asked if (x := column_named(header, name)) is not None)
    names = (column_named([n for n in header if n.lower() not in COLUMNS], x) for x in SHOWN)
    return tuple(dict.fromkeys(x for x in names if x is not None))
