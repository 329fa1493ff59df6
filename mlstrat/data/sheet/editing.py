# Over 300 lines: what may be filled in, and how two sides of it meet.
"""A sheet that several people, tabs and programs fill in at once: changes, and how they meet.

A change is an operation, not a row: tags that are added or taken off commute, and a cell is set by
who has seen what it holds. What another program saved meanwhile is merged cell by cell.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlstrat.data.sheet.layout import NO, NOTHING, REVIEW, SheetRow, marks_of, tag_text, words
from mlstrat.data.sheet.pieces import LetterError, SheetFile, read_sheet_file, stamp

TEXTS = ("mislabeled", "true_label", "comment")
"""The cells of a row beside its tags that a review fills in."""

LONGEST_TAG, LONGEST_TEXT = 200, 20_000
"""Characters of a tag and of a note (ours)."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a person filled in of one row; the tags in the order in which they were given."""

    tags: tuple[str, ...] = ()
    mislabeled: str = ""
    true_label: str = ""
    comment: str = ""

    @property
    def read(self) -> bool:
        """Whether anything is filled in."""
        return bool(self.tags or self.mislabeled or self.true_label or self.comment)

    @property
    def named(self) -> tuple[str, ...]:
        """The tags but the one that means that there is none."""
        return tuple(tag for tag in self.tags if tag.lower() != NOTHING)

    def with_tags(self, add: Sequence[tuple[str, object]], off: Collection[str]) -> Filled:
        """Return the row without some tags and with others, each at its place."""
        tags = [tag for tag in self.tags if tag not in off]
        for tag, at in add:
            if tag not in tags:
                inside = isinstance(at, int) and 0 <= at <= len(tags)
                tags.insert(at if isinstance(at, int) and inside else len(tags), tag)
        return replace(self, tags=tuple(tags))


class RefusedError(ValueError):
    """An operation that is not possible; why, in a sentence."""


class ConflictError(ValueError):
    """A cell that somebody else set first, to ``theirs``."""

    def __init__(self, key: str, name: str, theirs: str) -> None:
        super().__init__("somebody else changed it first")
        self.key, self.name, self.theirs = key, name, theirs


def merged(
    key: str, base: Filled, ours: Filled, theirs: Filled
) -> tuple[Filled, list[ConflictError]]:
    """Return a row of which two sides changed something, and the cells that both did.

    Tags that one side gave or took are given or taken; of a cell that both set theirs stands.
    """
    off = set(base.tags) - set(ours.tags)
    tags = [x for x in theirs.tags if x not in off]
    tags += [x for x in ours.tags if x not in base.tags and x not in tags]
    out, apart = replace(theirs, tags=tuple(tags)), list[ConflictError]()
    for name in TEXTS:
        old, mine, other = (getattr(x, name) for x in (base, ours, theirs))
        if mine != old and other not in (old, mine):
            apart.append(ConflictError(key, name, other))
        elif mine != old:
            out = replace(out, **{name: mine})
    return out, apart


def as_read(row: SheetRow, filled: Filled) -> SheetRow:
    """Return a row of the sheet as it is filled in now."""
    said = filled.mislabeled.lower()
    mark = None if not said else said not in NO  # one to drop has no right label either
    return replace(
        row, tags=frozenset(filled.named), mislabeled=mark, true_label=filled.true_label or None,
        comment=filled.comment, reviewed=filled.read,
    )  # fmt: skip


def checked_tag(tag: object, *, nothing: bool = False) -> str:
    """Return a tag as it is counted."""
    text = tag_text(checked_text(tag))
    if not text:
        raise RefusedError("a tag without letters")
    if len(text) > LONGEST_TAG:
        raise RefusedError(f"a tag has at most {LONGEST_TAG} characters")
    if text.lower() == NOTHING and not nothing:
        raise RefusedError(f'"{NOTHING}" means that there is nothing to tag')
    return text


def checked_text(text: object) -> str:
    """Return a text as it is written into a cell."""
    if not isinstance(text, str):
        raise RefusedError("a text is missing")
    if "\0" in text or any("\ud800" <= x <= "\udfff" for x in text):
        raise RefusedError("a character that no text file can hold")
    out = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(out) > LONGEST_TEXT:
        raise RefusedError(f"a text has at most {LONGEST_TEXT:,} characters")
    return out


Change = tuple[str, Filled]
BLANK = Filled()
"""What most rows of a sheet hold: they share it."""


class OpenSheet:
    """A sheet that is being filled in; `how` it is read is as for `read_sheet_file`.

    Safe for several threads; what is done is in `to_pieces` at once. ``keys`` are those of the rows
    in the order of the sheet, ``tags`` in that of their first use, which does not change;
    ``version`` grows with each change, and ``versions`` has that of each row.
    """

    def __init__(self, path: str | Path, tags: Iterable[str] = (), *how: Any) -> None:
        self.path, self.lock = Path(path), threading.RLock()
        self.version, self.versions, self.rows = 1, dict[str, int](), dict[str, Filled]()
        self.tags: list[str] = []
        self._complete: Callable[[SheetRow], SheetRow] = lambda row: row
        self.unsaved: dict[str, Filled] = {}
        self._how = how  # the sheet is read
        self._load(read_sheet_file(path, *how))
        self.rows = {key: self._read(key) for key in self.keys}
        for filled in self.rows.values():
            self._know(filled)
        for tag in tags:
            self._know(Filled((checked_tag(tag),)))

    def _load(self, file: SheetFile) -> None:
        self.file = file
        self.keys = [str(row.key) for row in file.sheet.rows]
        self.place = {key: i for i, key in enumerate(self.keys)}
        self._now = [self._complete(row) for row in file.sheet.rows]
        layout = file.sheet.layout
        self.words = [layout.at[name] for name in layout.words]
        self.marks = {tag_text(name): layout.at[name] for name in layout.marks}
        self.texts = {x: layout.at[layout.places[x]] for x in TEXTS if x in layout.places}

    def _read(self, key: str) -> Filled:
        cells = self.file.cells(self.place[key])
        tags = [tag for at in self.words for tag in words(cells[at])]
        tags += [tag for tag, at in self.marks.items() if marks_of([cells[at]])[0]]
        texts = {name: cells[at].strip() for name, at in self.texts.items()}
        found = Filled(tuple(dict.fromkeys(tags)), **texts)
        return found if found.read else BLANK

    def _know(self, filled: Filled) -> None:
        self.tags += [tag for tag in filled.named if tag not in self.tags]

    def to_pieces(self) -> list[bytes]:
        """Return the bytes of the file as it is to be, in pieces."""
        with self.lock:
            return self.file.to_pieces()

    def complete(self, does: Callable[[SheetRow], SheetRow]) -> None:
        """Let rows be completed, now and whenever the file is read again."""
        with self.lock:
            self._complete = does
            self._now = [does(row) for row in self._now]

    def sheet_rows(self) -> list[SheetRow]:
        """Return the rows as the reader would find them, completed."""
        with self.lock:
            return list(self._now)

    def apply(self, operation: Mapping[str, Any]) -> list[Change]:
        """Do one operation and return what was there before in each row that it changed.

        RefusedError says what is not possible, ConflictError that a cell holds something else than
        its author saw.
        """
        kind = operation.get("op")
        does: Callable[[Mapping[str, Any]], dict[str, Filled]] | None = {
            "add": self._add, "take": self._take, "set": self._set,
            "rename": self._everywhere, "delete": self._everywhere, "restore": self._restore,
        }.get(kind if isinstance(kind, str) else "")  # fmt: skip
        if does is None:
            raise RefusedError("no such operation")
        with self.lock:
            try:
                wanted = does(operation)
            except (RefusedError, ConflictError):
                raise
            except (TypeError, AttributeError, ValueError):  # of another form than ours
                raise RefusedError("no such operation") from None
            before = [(key, self.rows[key]) for key, new in wanted.items() if new != self.rows[key]]
            self._write({key: wanted[key] for key, _ in before})
            if kind in {"delete", "rename"}:
                gone = checked_tag(operation.get("tag"))
                self.tags = [tag for tag in self.tags if tag != gone]
                self.version += 1
            return before

    def _row(self, operation: Mapping[str, Any]) -> tuple[str, Filled]:
        key = operation.get("row")
        if not isinstance(key, str) or key not in self.rows:
            raise RefusedError("this row is not on the sheet any more")
        return key, self.rows[key]

    def _add(self, operation: Mapping[str, Any]) -> dict[str, Filled]:
        key, row = self._row(operation)
        tag = checked_tag(operation.get("tag"), nothing=True)
        self._check_separators(tag)
        if tag in row.tags:
            return {}
        return {key: row.with_tags([(tag, operation.get("at"))], ())}

    def _check_separators(self, tag: str) -> None:
        if tag not in self.marks and any(x in tag for x in ";,"):
            raise RefusedError("a tag holds neither ; nor , which stand between tags")

    def _take(self, operation: Mapping[str, Any]) -> dict[str, Filled]:
        key, row = self._row(operation)
        return {key: row.with_tags((), {checked_tag(operation.get("tag"), nothing=True)})}

    def _set(self, operation: Mapping[str, Any]) -> dict[str, Filled]:
        key, row = self._row(operation)
        name, value, was = (operation.get(x) for x in ("field", "value", "was"))
        if name not in TEXTS:
            raise RefusedError(f"a review fills in {', '.join(REVIEW)} alone")
        new, seen = checked_text(value), checked_text(was)
        if name == "mislabeled" and new not in ("", "x", "no", "drop", seen):
            raise RefusedError("mislabeled is x, no, drop or blank")
        now = getattr(row, name)
        if now not in (seen, new):
            raise ConflictError(key, name, now)
        cell: dict[str, Any] = {name: new}
        return {key: replace(row, **cell)}

    def _everywhere(self, operation: Mapping[str, Any]) -> dict[str, Filled]:
        old, new = checked_tag(operation.get("tag")), list[str]()
        if operation["op"] == "rename":
            new = [checked_tag(operation.get("to"))]
            self._check_separators(new[0])
            if old == new[0]:
                raise RefusedError("the tag has this name already")
            if new[0] not in self.tags and old in self.tags:
                self.tags.insert(self.tags.index(old), new[0])  # it keeps its key
        changed = {key: row for key, row in self.rows.items() if old in row.tags}
        return {
            key: replace(row, tags=tuple(dict.fromkeys(
                x for tag in row.tags for x in (new if tag == old else [tag])
            ))) for key, row in changed.items()
        }  # fmt: skip

    def _restore(self, operation: Mapping[str, Any]) -> dict[str, Filled]:
        """Take a change of many rows back: in each, only what it changed."""
        out = {}
        for change in operation.get("changes") or ():
            key, row = self._row(change)
            add = [(checked_tag(tag), at) for tag, at in change.get("add", [])]
            for tag, _ in add:
                self._check_separators(tag)
            out[key] = row.with_tags(add, {checked_tag(x) for x in change.get("take", [])})
        place, known = operation.get("place"), operation.get("known")
        if known is not None and checked_tag(known) not in self.tags and type(place) is int:
            self.tags.insert(max(0, place), checked_tag(known))
        return out

    def _write(self, wanted: Mapping[str, Filled]) -> None:
        """Write rows into the pieces; all of them or none."""
        file = self.file
        places = [file.header, *(file.at[self.place[key]] for key in wanted)]
        kept = {at: file.pieces[at] for at in places}
        columns = list(file.names), list(self.words), dict(self.texts)
        try:
            for key, new in wanted.items():
                self._write_row(key, self.rows[key], new)
        except LetterError as error:
            for at, piece in kept.items():
                file.pieces[at] = piece
            file.names, self.words, self.texts = columns
            raise RefusedError(
                f"the encoding of this sheet ({file.codec}) has no {str(error)!r}: save the "
                "sheet as CSV UTF-8 and start again"
            ) from None
        for key, new in wanted.items():
            self.unsaved.setdefault(key, self.rows[key])
            self.rows[key] = new
            self._now[self.place[key]] = as_read(self._now[self.place[key]], new)
            self._know(new)
            self.version += 1
            self.versions[key] = self.version

    def _write_row(self, key: str, old: Filled, new: Filled) -> None:
        place = self.place[key]
        cells: dict[int, str] = {}
        for name in TEXTS:
            if getattr(new, name) != getattr(old, name):
                self.texts.setdefault(name, -1)
                if self.texts[name] < 0:
                    self.texts[name] = self.file.column(name)
                cells[self.texts[name]] = getattr(new, name)
        if new.tags != old.tags:
            cells |= self._tag_cells(self.file.cells(place), new.tags)
        self.file.set_cells(place, cells)

    def _tag_cells(self, there: Sequence[str], tags: Sequence[str]) -> dict[int, str]:
        """Return the cells in which tags are written: their own columns, else that of words."""
        out: dict[int, str] = {}
        for tag, at in self.marks.items():
            if marks_of([there[at]])[0] != (tag in tags):
                out[at] = self.file.mark_of(at) if tag in tags else ""
        if not self.words and any(tag not in self.marks for tag in tags):
            self.words = [self.file.column("tags")]
            there = [*there, ""]
        left = [tag for tag in tags if tag not in self.marks]
        for at in reversed(self.words):  # further columns keep theirs; what is new is in the first
            old = words(there[at])
            kept = [x for x in old if x in left] if at != self.words[0] else left
            left = [x for x in left if x not in kept]
            if list(old) != kept:
                out[at] = ";".join(kept)
        return out

    def changed_on_disk(self) -> bool:
        """Whether another program has saved the file since it was read or written here."""
        now = stamp(self.path)
        return now is not None and now != self.file.stamp

    def merge(self) -> list[ConflictError]:
        """Take over what another program saved; return the cells that both sides changed.

        There theirs stands, and who set ours is told. Where the file is no sheet any more nothing
        changes.
        """
        file = read_sheet_file(self.path, *self._how)
        with self.lock:
            ours, base = dict(self.rows), dict(self.unsaved)
            self._load(file)
            self.unsaved, conflicts = {}, list[ConflictError]()
            self.rows = {key: self._read(key) for key in self.keys}
            wanted = {}
            for key, was in base.items():
                if key in self.rows:
                    wanted[key], apart = merged(key, was, ours[key], self.rows[key])
                    conflicts += apart
            for key, new in wanted.items():
                try:
                    self._write({key: new} if new != self.rows[key] else {})
                except RefusedError:  # in the encoding that it has now
                    conflicts.append(ConflictError(key, "tags", ";".join(self.rows[key].tags)))
            self.version += 1
            for key, row in self.rows.items():
                if ours.get(key) != row:
                    self.versions[key] = self.version
                self._know(row)
            for key in ours.keys() - self.rows.keys():
                self.versions.pop(key, None)
            return conflicts
