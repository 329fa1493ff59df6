# Over 300 lines: cells, columns and rows of a sheet, from the bottom up.
"""What a review sheet holds: which column is what, its rows, and the sheet as a whole."""

from __future__ import annotations

import math
import re
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from mlstrat.core.record import Record
from mlstrat.core.wording import unguarded_rows
from mlstrat.data.columns import ALIASES, find_column, find_roles
from mlstrat.data.files import Files, find_files
from mlstrat.data.formats.contents import DAMAGED
from mlstrat.data.formats.delimited_text import UTF16, damaged, refuse_repeated
from mlstrat.data.formats.first_lines import (
    BESIDE,
    Header,
    first_is_data,
    header_hint,
    sniffed,
    without_separator_line,
)
from mlstrat.data.formats.text_records import all_records
from mlstrat.data.parts import Part
from mlstrat.data.sheet.design import NOT_RANDOM, SUGGESTED, eyeball_of_text
from mlstrat.data.values import BLANK, SPLIT_ALIASES, label_texts, value_text
from mlstrat.errors import InputError

YES = frozenset({"x", "1", "true", "yes"})
"""The marks of the interface: this tag, or a wrong label."""

NO = frozenset({"0", "false", "no"})
"""Marks that say "not", in `mislabeled` and in columns that are named as tags."""

DROP = "drop"
"""In `mislabeled`: no label is right, or the example is unusable."""

NOTHING = "none"
"""The tag that means: read, and nothing to tag."""


def words(cell: str) -> tuple[str, ...]:
    """Return the tags of a cell: separated by ``;`` or ``,``, never by blanks.

    Blanks within a tag, line ends among them, are one blank; letters are composed (NFC).
    """
    found = (tag_text(part) for part in re.split("[;,]", cell))
    return tuple(word for word in found if word)


def words_of(column: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the tags of each cell of a column."""
    return [words(cell) for cell in column]


def tag_text(text: str) -> str:
    """Return a tag as it is counted: one blank between its words, letters composed."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def marks_of(column: Iterable[str]) -> list[bool]:
    """Tell of each cell of a column whether it holds a mark of the interface."""
    return [cell.strip().lower() in YES for cell in column]


def number(cell: str, *, decimal_comma: bool) -> float | None:
    """Return the number in a cell, or None where there is none."""
    text = cell.strip()
    if decimal_comma and "." not in text:
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers_of(column: Iterable[str], *, decimal_comma: bool) -> list[float | None]:
    """Return the number in each cell of a column."""
    cells = list(column)
    found = {cell: number(cell, decimal_comma=decimal_comma) for cell in set(cells)}
    return [found[cell] for cell in cells]  # equal ones are one object


NO_SEPARATOR = "\x1f"
"""For a sheet of one column, whose cells may hold any separator."""

PART = 1000
"""Rows whose cells are read together."""

LARGEST_SHEET = 128 * 2**20
"""Bytes of a sheet, unpacked: it is held whole, some ten times over (ours)."""

GUESSED = "cp1252"
"""What text that is not UTF-8 is read as: the encoding of spreadsheets in western Europe."""


class SheetTable(Record):
    """A header and records of text, each with the row at which an editor shows it.

    ``encoding`` is as it was read; ``separator`` None for a frame.
    """

    origin: str
    header: tuple[str, ...]
    records: tuple[tuple[int, tuple[str, ...]], ...]
    files: Files | None
    separator: str | None = None
    encoding: str | None = None

    @property
    def decimal_comma(self) -> bool:
        """Whether numbers may be written with a comma: not where commas part the columns."""
        return self.separator not in (None, ",")


def read_table(source: Any, known: frozenset[str], tries: int = 60) -> SheetTable:
    """Return the cells of a sheet: of a path, of ``-`` or of a frame.

    Names of columns in `known`, lower case, tell the separator; a file that a review replaces
    meanwhile is read again, `tries` times.
    """
    if not isinstance(source, str | Path):
        return _of_frame(source)
    files = find_files(str(source))
    if len(files.parts) == 1 and files.format == "workbook":
        return _of_workbook(files)
    if len(files.parts) > 1 or files.format not in ("csv", "tsv"):
        raise InputError(
            f"{files.format} is not a format of a review sheet"
            if len(files.parts) == 1
            else "several files, and a sheet is one",
            file=files.name,
            accepted="one .csv or .tsv file (also .gz), .xlsx or .ods, or - for standard input",
            hint="mlstrat sample writes one: mlstrat sample run.csv -n 100 -o review.csv",
        )
    part = files.parts[0]
    if part.path is not None and part.size <= LARGEST_SHEET:
        # All bytes at once: a review may put another file in its place at any moment.
        part = replace(part, path=None, data=part.path.read_bytes())
        if tries and files.parts[0].changed():
            time.sleep(0.05)
            return read_table(source, known, tries - 1)
        files.check_unchanged()
        files = replace(files, parts=(part,))
    text, encoding = _decode(part)
    if "\0" in text:
        raise InputError("binary data, not text", file=files.name, accepted="UTF-8")
    separator, text, skipped = _separator(text, known)
    plain = replace(part, path=None, data=text.encode(), zipped=False, instead=None)
    records = [(row + skipped, r) for row, r in all_records(plain, separator) if any(r)]
    if not records:
        raise InputError("the file holds no header", file=files.name)
    is_data = first_is_data((r for _, r in records), known)
    at, first = records.pop(0)
    names = Header(_header(first, [r for _, r in records], files.name, at), is_data=is_data)
    records = [(row, r) for row, r in records if any(map(str.strip, r))]
    for i in range(0, len(records), PART):  # in their place: two copies would be the most held
        some = records[i : i + PART]
        cells = unguarded_rows([_cells(r, len(names), files.name, row) for row, r in some])
        records[i : i + PART] = zip([row for row, _ in some], cells, strict=True)
    return SheetTable(files.name, names, tuple(records), files, separator, encoding)


def _decode(part: Part) -> tuple[str, str]:
    try:
        with part.open() as stream:
            raw = stream.read(LARGEST_SHEET + 1)
    except DAMAGED as error:
        raise damaged(part, error) from None
    if len(raw) > LARGEST_SHEET:
        raise InputError(
            f"larger than {LARGEST_SHEET // 2**20:,} MiB, and a person fills in a sheet",
            file=part.name,
            accepted="a review sheet",
            hint="draw one from a run: mlstrat sample run.csv -n 100 -o review.csv",
        )
    if not raw.strip():
        raise InputError("the file is empty", file=part.name)
    encoding = next((name for mark, name in UTF16 if raw.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and raw[:200].count(b"\0") > len(raw[:200]) // 4:
        encoding = "utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"
    try:
        return raw.decode(encoding), encoding
    except UnicodeDecodeError:
        if encoding != "utf-8-sig":
            raise InputError(
                "the text is UTF-16, truncated or corrupt", file=part.name, accepted="UTF-8"
            ) from None
    try:
        return raw.decode(GUESSED), GUESSED
    except UnicodeDecodeError:
        raise InputError(
            "the text is neither UTF-8, UTF-16 nor Windows-1252",
            file=part.name,
            accepted="UTF-8",
            hint="save the sheet as CSV UTF-8",
        ) from None


def _separator(text: str, known: frozenset[str]) -> tuple[str, str, int]:
    said, rest = without_separator_line(text)
    if said:
        return said.strip(BESIDE).strip('"')[4], rest, 1
    return sniffed(text, known) or NO_SEPARATOR, text, 0


def _header(
    names: Sequence[str], rows: Sequence[Sequence[str]], file: str, row: int
) -> tuple[str, ...]:
    """Return the names of the columns; empty columns at the end, as spreadsheets add, go."""
    header = [name.strip() for name in names]
    while (
        header and not header[-1] and not any("".join(r[len(header) - 1 :]).strip() for r in rows)
    ):
        header.pop()
    refuse_repeated(filter(None, header), file, row)
    return tuple(header)


def _cells(record: Sequence[str], width: int, file: str, row: int) -> tuple[str, ...]:
    """Return the cells of a row: those that a spreadsheet left out at the end are blank."""
    if any(x.strip() for x in record[width:]):
        raise InputError(
            f"{len(record)} cells where the header has {width} columns",
            file=file,
            row=row,
            accepted=f"at most {width} cells in a row",
            hint="put a cell that holds the separator in quotes",
        )
    return (*record[:width], *("",) * (width - len(record)))


def _of_workbook(files: Files) -> SheetTable:
    from mlstrat.data.formats.workbook import read_workbook

    found = read_workbook(files.parts[0], files.sheet)
    files.check_unchanged()
    filled = [(found.first + i, tuple(x or "" for x in row))
              for i, row in enumerate(found.rows, 1) if any(row)]  # fmt: skip
    cells = unguarded_rows([row for _, row in filled])
    return SheetTable(
        files.name, found.header, tuple(zip([i for i, _ in filled], cells, strict=True)), files
    )


def _of_frame(source: Any) -> SheetTable:
    """Return the cells of a frame; a list of tags is joined as a person would write it."""
    from mlstrat.data.opening import open_frame

    table = open_frame(source)
    frame = table.collect(lambda frame: frame).frame
    columns = [[_text(value) for value in frame[name].to_list()] for name in table.names]
    records = tuple(
        (i, cells) for i, cells in enumerate(zip(*columns, strict=True), 1) if any(cells)
    )
    return SheetTable(table.name, table.header, records, None)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return "; ".join(map(_text, sorted(value, key=str)))
    return value_text(value)


RUN_PREFIX = "run."
"""What the run's own columns begin with in a sheet."""

ROLES = ("id", "split", "label", "prediction", "score")
DESIGN = ("stratum", "sampling_weight", "seed")
REVIEW = ("tags", "mislabeled", "true_label", "comment")
UNIT, WHERE = "unit", "where"
"""What tells the rows of one example apart, where each is an erring part of it: a span, a label."""

COLUMNS = (*ROLES, *DESIGN, *REVIEW)
"""The columns of a sheet, in the order in which `sample` writes them."""

EYEBALL = "eyeball"
"""The column that says who is in the eyeball set, where one was fixed."""

TAG_COLUMNS_ACCEPTED = (
    "words separated by ; or , in a column tags (or one that --tag-column names), "
    "or a column a tag that holds x, 1, true or yes"
)
KNOWN = frozenset(COLUMNS) | {name for role in ROLES for name in ALIASES[role]}
"""Names, lower case, by which a sheet is known."""

LABELS = ("label", "prediction", "true_label", "mislabeled")
"""Columns read as labels are."""

MOST_ROWS = 1e100
"""Rows that one row of a sheet may stand for: beyond it, sums are no numbers."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet.

    ``row`` is as an editor shows it, or the place in a frame, from 1. Of the tags ``none`` is left
    out. ``mislabeled`` is None where blank, and true for a row to drop, too. ``weight`` is 1 in a
    sheet without a design, 0 for a row that stands for no others: added by hand, or picked by a
    ranking. ``columns`` are the run's own, the prefix taken off; ``key`` tells the row from others:
    its id, with unit and place where several have one.
    """

    row: int
    id: str | None
    split: str | None
    label: str | None
    prediction: str | None
    score: float | None
    tags: frozenset[str]
    mislabeled: bool | None
    true_label: str | None
    comment: str
    stratum: str | None
    weight: float
    reviewed: bool
    columns: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False
    key: str | None = None


class Layout:
    """Which column of a sheet is what."""

    def __init__(
        self,
        table: SheetTable,
        tag_columns: Sequence[str],
        mapping: Mapping[str, str],
        of_run: Sequence[str],
        *,
        blank: bool,
    ) -> None:
        self.table = table
        header = table.header
        self.at = {name: i for i, name in enumerate(header) if name}
        self.lower = {name.lower(): name for name in reversed(header) if name}
        self.places = self._roles(mapping)
        self.places |= {x: self.lower[x] for x in (*DESIGN, *REVIEW) if x in self.lower}
        if EYEBALL in self.lower and any(map(eyeball_of_text, self.texts(EYEBALL))):
            self.places[EYEBALL] = self.lower[EYEBALL]
        named = [
            find_column(header, name, file=table.origin, option="--tag-column")
            for name in tag_columns
        ]
        own = [n for n in header if n.lower().startswith(RUN_PREFIX)]
        free = [n for n in header if n and n not in (*self.places.values(), *named, *own)]
        # A column of tags that holds marks alone is one tag; its name is the tag.
        self.named_marks = [n for n in named if self._marks_alone(n)]
        self.words = [n for n in named if n not in self.named_marks]
        if "tags" in self.places and self.places["tags"] not in named:
            self.words.insert(0, self.places["tags"])
        # A sheet made by hand may hold columns of the run as they are called there; `sample`
        # writes them with its prefix, so beside one of these a column is a person's own.
        copied = {n.lower() for n in of_run} - {n.lower()[len(RUN_PREFIX) :] for n in own}
        cells = {n: list(filter(None, self._column(n))) for n in free if n.lower() not in copied}
        self.marks = [n for n, filled in cells.items() if filled and all(marks_of(filled))]
        self.marks += self.named_marks
        self.own = {n[len(RUN_PREFIX) :]: n for n in own}
        self.ignored = tuple(n for n in free if n not in self.marks)
        self.tag_columns = tuple(n for n in header if n in (*self.words, *self.marks))
        self.review = [
            *self.tag_columns, *(self.places[n] for n in REVIEW if n in self.places)
        ]  # fmt: skip
        if not self.review and not blank:
            raise InputError(
                "no column holds tags or any other review; "
                f"the columns found are {', '.join(map(repr, header))}",
                file=table.origin,
                accepted=TAG_COLUMNS_ACCEPTED,
                hint=header_hint(table.header, "name it: --tag-column COLUMN"),
            )

    def _roles(self, mapping: Mapping[str, str]) -> dict[str, str]:
        """Return the column of each role: mapped, of just that name, or of another of its names."""
        header, file = self.table.header, self.table.origin
        found = {role: self.lower[role] for role in ROLES if role in self.lower}
        found |= find_roles(header, mapping, file=file, roles=())
        others = [name for name in header if name not in found.values()]
        rest = [role for role in ROLES if role not in found]
        return found | find_roles(others, {}, file=file, roles=rest, weak=False)

    def _column(self, name: str) -> list[str]:
        place = self.at[name]
        return [cells[place].strip() for _, cells in self.table.records]

    def texts(self, name: str) -> list[str]:
        """Return the cells of a column, in any case of its name; blanks where there is none."""
        if name in self.lower:
            return self._column(self.lower[name])
        return [BLANK] * len(self.table.records)

    def _marks_alone(self, name: str) -> bool:
        """Tell whether a column named as tags holds marks, not words; refuse neither."""
        values = {value.lower() for value in self._column(name)} - {BLANK}
        if values and values <= YES | NO:
            return True
        if not any(words(v) and number(v, decimal_comma=True) is None for v in values):
            raise InputError(
                "--tag-column names a column that holds neither words nor marks",
                file=self.table.origin,
                column=name,
                accepted="words separated by ; or , or the marks x, 1, true, yes",
            )
        return False

    def tags(self) -> list[tuple[str, ...]]:
        """Return the tags of each row as they were written, ``none`` left out."""
        columns = [words_of(self._column(name)) for name in self.words]
        for name in self.marks:
            tag = tag_text(name)
            columns.append([(tag,) if mark else () for mark in marks_of(self._column(name))])
        return [
            tuple(tag for tag in dict.fromkeys(chain(*found)) if tag.lower() != NOTHING)
            for found in zip(*columns, strict=True)
        ] or [()] * len(self.table.records)

    def rows(self, tags: Sequence[Sequence[str]]) -> tuple[SheetRow, ...]:
        """Return the rows, which have these tags."""
        records, places = self.table.records, self.places
        blanks = [BLANK] * len(records)
        cells = {x: self._column(places[x]) if x in places else blanks for x in COLUMNS}
        labels = {x: _label_texts(cells[x]) for x in LABELS}
        comma = self.table.decimal_comma
        scores = numbers_of(cells["score"], decimal_comma=comma)
        sets = {x: x for x in map(frozenset, tags)}  # many rows have the same tags, or none
        review = [self.at[name] for name in self.review]
        own = {name: self.at[column] for name, column in self.own.items()}
        none: dict[str, str] = {}
        columns = zip(
            records, tags, scores, self._keys(cells["id"]), self._mislabeled(labels["mislabeled"]),
            self._weights(cells, comma), labels["label"], labels["prediction"],
            labels["true_label"],
            *(cells[x] for x in ("id", "split", "mislabeled", "comment", "stratum")), strict=True,
        )  # fmt: skip
        return tuple(
            SheetRow(
                row=at,
                id=id_ or None,
                split=SPLIT_ALIASES.get(split.lower(), split) or None,
                label=label or None,
                prediction=prediction or None,
                score=score,
                tags=sets[frozenset(given)],
                mislabeled=wrong,
                true_label=truth or None,
                comment=comment,
                stratum=stratum or None,
                weight=weight,
                reviewed=any(row[i].strip() for i in review),  # a written "not" counts, too
                columns={name: row[i] for name, i in own.items()} or none,
                dropped=mark.lower() == DROP,
                key=key,
            )
            for (at, row), given, score, key, wrong, weight, label, prediction, truth,
            id_, split, mark, comment, stratum in columns
        )  # fmt: skip

    def _keys(self, ids: Sequence[str]) -> list[str | None]:
        """Return by what each row is told from others; None for one without an id."""
        names = [self.lower[name] for name in (UNIT, WHERE) if name in self.lower]
        if UNIT not in self.lower:
            return [x or None for x in ids]
        return [" · ".join(filter(None, of_row)) if of_row[0] else None
                for of_row in zip(ids, *map(self._column, names), strict=True)]  # fmt: skip

    def _mislabeled(self, texts: Sequence[str]) -> list[bool | None]:
        values = [text.lower() for text in texts]
        wrong = {BLANK: None, **dict.fromkeys((*YES, DROP), True), **dict.fromkeys(NO, False)}
        if not wrong.keys() >= set(values):
            place = next(i for i, value in enumerate(values) if value not in wrong)
            raise self._refused(
                "mislabeled", place, "a mark",
                "x, 1, true, yes; 0, false, no; drop (no label is right); or blank",
                "the right label goes into true_label, several as cat|lynx",
            )  # fmt: skip
        return [wrong[value] for value in values]

    def _weights(self, cells: Mapping[str, Sequence[str]], comma: bool) -> list[float]:
        """Return what each row stands for; 0 where a ranking picked it, or a person added it.

        A ranking is told by the stratum, or by what it wrote where there is none.
        """
        suspects = all(name in self.own for name in SUGGESTED)
        picked = [x in NOT_RANDOM if x else suspects for x in cells["stratum"]]
        if "sampling_weight" not in self.places:
            return [0.0 if x else 1.0 for x in picked]
        texts, out = cells["sampling_weight"], list[float]()
        for i, value in enumerate(numbers_of(texts, decimal_comma=comma)):
            if picked[i] or texts[i] == BLANK:
                out.append(0.0)
            elif value is not None and 0 < value <= MOST_ROWS:
                out.append(value)
            else:
                raise self._refused(
                    "sampling_weight", i, "a weight",
                    "a number above 0, as the sheet was drawn with; blank for a row that was added "
                    "by hand",
                )  # fmt: skip
        return out

    def _refused(
        self, role: str, place: int, what: str, accepted: str, hint: str | None = None
    ) -> InputError:
        column, (row, cells) = self.places[role], self.table.records[place]
        return InputError(
            f"{cells[self.at[column]].strip()[:40]!r} is not {what}", file=self.table.origin,
            row=row, column=column, accepted=accepted, hint=hint,
        )  # fmt: skip


def _label_texts(cells: Sequence[str]) -> list[str]:
    distinct = list(dict.fromkeys(cells))  # few: each is read once
    text = dict(zip(distinct, label_texts(distinct), strict=True))
    return [text[cell] for cell in cells]
