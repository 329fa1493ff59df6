"""Which column of a review sheet is what, and what its rows then say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from mlstrat.data.columns import find_column, find_roles
from mlstrat.data.formats.first_lines import header_hint
from mlstrat.data.sheet.cells import (
    DROP,
    NO,
    NOTHING,
    YES,
    SheetTable,
    marks_of,
    number,
    numbers_of,
    tag_text,
    words,
    words_of,
)
from mlstrat.data.sheet.design import NOT_RANDOM, SUGGESTED
from mlstrat.data.sheet.eyeball import eyeball_of_text
from mlstrat.data.sheet.model import (
    COLUMNS,
    DESIGN,
    EYEBALL,
    REVIEW,
    ROLES,
    RUN_PREFIX,
    TAG_COLUMNS_ACCEPTED,
    UNIT,
    WHERE,
    SheetRow,
)
from mlstrat.data.values import BLANK, SPLIT_ALIASES, label_texts
from mlstrat.errors import InputError

LABELS = ("label", "prediction", "true_label", "mislabeled")
"""Columns read as labels are."""

MOST_ROWS = 1e100
"""Rows that one row of a sheet may stand for: beyond it, sums are no numbers."""


class Layout:
    """Which column of a sheet is what."""

    def __init__(
        self,
        table: SheetTable,
        tag_columns: Sequence[str],
        mapping: Mapping[str, str],
        of_run: Sequence[str] = (),
        *,
        blank: bool = False,
    ) -> None:
        self.table = table
        header = table.header
        self.at = {name: i for i, name in enumerate(header) if name}
        self.places = _roles(header, mapping, table.origin)
        lower = {name.lower(): name for name in reversed(header)}
        for name in (*DESIGN, *REVIEW):
            if name in lower:
                self.places[name] = lower[name]
        if EYEBALL in lower and any(map(eyeball_of_text, self._column(lower[EYEBALL]))):
            self.places[EYEBALL] = lower[EYEBALL]
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
        marked = [n for n in free if n.lower() not in copied and _only_marks(self._column(n))]
        self.marks = marked + self.named_marks
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

    def _column(self, name: str) -> list[str]:
        place = self.at[name]
        return [cells[place].strip() for _, cells in self.table.records]

    def texts(self, name: str) -> list[str]:
        """Return the cells of a column, in any case of its name; blanks where there is none."""
        column = next((x for x in self.at if x.lower() == name), None)
        return [BLANK] * len(self.table.records) if column is None else self._column(column)

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
        blanks = [BLANK] * len(self.table.records)
        cells = {
            role: self._column(self.places[role]) if role in self.places else blanks
            for role in COLUMNS
        }
        labels = {role: _label_texts(cells[role]) for role in LABELS}
        comma, keys = self.table.decimal_comma, self._keys(cells["id"])
        scores = numbers_of(cells["score"], decimal_comma=comma)
        weights = numbers_of(cells["sampling_weight"], decimal_comma=comma)
        sets = {x: x for x in map(frozenset, tags)}  # many rows have the same tags, or none
        none: dict[str, str] = {}
        return tuple(
            SheetRow(
                row=at,
                id=cells["id"][i] or None,
                split=SPLIT_ALIASES.get(cells["split"][i].lower(), cells["split"][i]) or None,
                label=labels["label"][i] or None,
                prediction=labels["prediction"][i] or None,
                score=scores[i],
                tags=sets[frozenset(tags[i])],
                mislabeled=self._mark(at, cells["mislabeled"][i], labels["mislabeled"][i]),
                true_label=labels["true_label"][i] or None,
                comment=cells["comment"][i],
                stratum=cells["stratum"][i] or None,
                weight=self._weight(at, cells["sampling_weight"][i], weights[i], self._picked(row)),
                # A written "not" counts, too.
                reviewed=any(row[self.at[name]].strip() for name in self.review),
                columns={name: row[self.at[column]] for name, column in self.own.items()} or none,
                dropped=cells["mislabeled"][i].lower() == DROP,
                key=keys[i],
            )
            for i, (at, row) in enumerate(self.table.records)
        )

    def _keys(self, ids: Sequence[str]) -> list[str | None]:
        """Return by what each row is told from others; None for one without an id."""
        lower = {name.lower(): name for name in reversed(self.table.header)}
        if UNIT not in lower:
            return [x or None for x in ids]
        parts = [self._column(lower[name]) for name in (UNIT, WHERE) if name in lower]
        return [" · ".join(filter(None, (x, *of_row))) if x else None
                for x, *of_row in zip(ids, *parts, strict=True)]  # fmt: skip

    def _mark(self, row: int, cell: str, text: str) -> bool | None:
        value = text.lower()
        if value == BLANK:
            return None
        if value not in {*YES, *NO, DROP}:
            raise InputError(
                f"{cell[:40]!r} is not a mark",
                file=self.table.origin,
                row=row,
                column=self.places["mislabeled"],
                accepted="x, 1, true, yes; 0, false, no; drop (no label is right); or blank",
                hint="the right label goes into true_label, several as cat|lynx",
            )
        return value not in NO

    def _picked(self, row: Sequence[str]) -> bool:
        """Tell whether a ranking picked a row: by its stratum, or by what the ranking wrote."""
        stratum = self.places.get("stratum")
        if stratum is not None and row[self.at[stratum]].strip() in NOT_RANDOM:
            return True
        if stratum is not None and row[self.at[stratum]].strip():
            return False
        return all(name in self.own for name in SUGGESTED)

    def _weight(self, row: int, cell: str, value: float | None, picked: bool) -> float:
        if picked:
            return 0.0
        if "sampling_weight" not in self.places:
            return 1.0
        if cell == BLANK:
            return 0.0  # added by hand
        if value is None or not 0 < value <= MOST_ROWS:
            raise InputError(
                f"{cell[:40]!r} is not a weight",
                file=self.table.origin,
                row=row,
                column=self.places["sampling_weight"],
                accepted="a number above 0, as the sheet was drawn with; blank for a row that "
                "was added by hand",
            )
        return value


def _label_texts(cells: Sequence[str]) -> list[str]:
    distinct = list(dict.fromkeys(cells))
    text = dict(zip(distinct, label_texts(distinct), strict=True))
    return [text[cell] for cell in cells]


def _roles(header: Sequence[str], mapping: Mapping[str, str], file: str) -> dict[str, str]:
    """Return the column of each role: mapped, of just that name, or of another of its names."""
    by_name = {name.lower(): name for name in reversed(header)}
    found = {
        **{role: by_name[role] for role in ROLES if role in by_name},
        **find_roles(header, mapping, file=file, roles=()),
    }
    others = [name for name in header if name not in found.values()]
    rest = [role for role in ROLES if role not in found]
    return found | find_roles(others, {}, file=file, roles=rest, weak=False)


def _only_marks(cells: Iterable[str]) -> bool:
    """Tell whether a column holds marks and blanks alone, and at least one mark."""
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(marks_of(filled))
