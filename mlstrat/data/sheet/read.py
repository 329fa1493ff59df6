"""Read a review sheet: the rows that `sample` drew, and what a person wrote beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from itertools import chain
from typing import Any

from mlstrat.core.findings import Finding, Rule
from mlstrat.core.record import Record
from mlstrat.core.wording import clean
from mlstrat.data.files import describe_input
from mlstrat.data.parts import InputFile
from mlstrat.data.sheet.layout import (
    EYEBALL,
    GUESSED,
    KNOWN,
    NOTHING,
    TAG_COLUMNS_ACCEPTED,
    UNIT,
    Layout,
    SheetRow,
    read_table,
)
from mlstrat.errors import InputError

SHEET_NOT_UTF8 = Rule(
    "MLS409", "note", "The sheet is not UTF-8",
    "It was read as Windows-1252, what spreadsheets in western Europe write; other letters "
    "may have become wrong ones.", "The bytes are not UTF-8.",
    "mlstrat: spreadsheets save in other encodings",
    ("save the sheet as CSV UTF-8",),
    sentence=lambda e, _s: f"{clean(e['file'])} was read as {e['encoding']}.")  # fmt: skip


class Sheet(Record):
    """A review sheet as it was read: all rows that hold anything, in the order of the file.

    ``origin`` is the path as the user wrote it, ``tags`` as first seen, merged where that was asked
    for; ``ignored`` columns are neither the sheet's nor the run's nor tags; ``variants`` groups of
    tags that are probably one, the commonest first. ``weighted`` tells whether the sheet carries
    its sampling design: weights, or strata that are no random ones; ``eyeball`` whether the rows
    were drawn from an eyeball set alone.
    """

    origin: str
    rows: tuple[SheetRow, ...]
    tags: tuple[str, ...]
    tag_columns: tuple[str, ...]
    ignored: tuple[str, ...]
    variants: tuple[tuple[str, ...], ...]
    weighted: bool
    eyeball: bool
    has_predictions: bool
    notes: tuple[Finding, ...]
    input: InputFile
    layout: Layout = field(repr=False, compare=False)

    @property
    def reviewed(self) -> tuple[SheetRow, ...]:
        """The rows in which any review cell is filled."""
        return tuple(row for row in self.rows if row.reviewed)


SHORTEST_SLIP = 5
"""Letters from which a word with one letter too many or few, or two swapped, may be the same word.
Ours: below, too many real words are neighbours (cat, cart)."""


SHORTEST_CHANGE = 8
"""Letters from which one letter may be another. Ours: below, night and light would be one."""


def variants(counts: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    """Return groups of tags that are probably one, the commonest spelling first.

    Numbers in a tag must agree, and so must the first letter of a word.
    """
    groups: list[list[str]] = []
    for tag in sorted(counts, key=lambda tag: -counts[tag]):
        for group in groups:
            if same_tag(group[0], tag):
                group.append(tag)
                break
        else:
            groups.append([tag])
    first_seen = list(counts)
    found = [tuple(group) for group in groups if len(group) > 1]
    return tuple(sorted(found, key=lambda group: first_seen.index(group[0])))


def same_tag(one: str, other: str) -> bool:
    """Tell whether two tags are probably spellings of one."""
    ours, theirs = _words(one), _words(other)
    if not ours or not theirs:
        return one.casefold() == other.casefold()
    if "".join(ours) == "".join(theirs):
        return True
    return len(ours) == len(theirs) and all(map(_same_word, ours, theirs))


def _words(tag: str) -> list[str]:
    return re.findall(r"[^\W_]+", tag.casefold())


def _same_word(one: str, other: str) -> bool:
    if one == other or _singular(one) == _singular(other):
        return True
    short, long = sorted((one, other), key=len)
    if short[0] != long[0] or any(c.isdigit() for c in one + other):
        return False
    if len(short) == len(long):
        places = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if len(places) == 2 and places[1] == places[0] + 1 and len(one) >= SHORTEST_SLIP:
            i, j = places
            return one[i] == other[j] and one[j] == other[i]
        return len(places) == 1 and len(one) >= SHORTEST_CHANGE
    if len(long) != len(short) + 1 or len(long) <= SHORTEST_SLIP:
        return False
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def read_sheet(
    source: Any,
    *,
    tag_columns: Sequence[str] = (),
    merge: bool = False,
    columns: Mapping[str, str] | None = None,
    of_run: Sequence[str] = (),
    checksum: bool = False,
    blank: bool = False,
) -> Sheet:
    """Read a review sheet from a CSV or TSV file, standard input or a frame.

    Forgiven is what spreadsheets do: another separator, a mark at the beginning, UTF-16 and
    Windows-1252, lost blank cells at the end, rows in another order, decimal commas, the
    apostrophe before what could be a formula.

    Parameters
    ----------
    tag_columns
        Further columns of tags: of words, or of marks under the name of the tag.
    merge
        Count spelling variants as one tag.
    columns
        Role to column, for ``id``, ``split``, ``label``, ``prediction``, ``score``.
    of_run
        Columns of the run: one that the sheet holds under the same name is no tag.
    blank
        For who fills it in: a column to do so may be missing, but each row is told from every
        other.
    """
    table = read_table(source, KNOWN)
    if not table.records:
        raise InputError("a header and no rows", file=table.origin)
    layout = Layout(table, tag_columns, columns or {}, of_run, blank=blank)
    tags = layout.tags()
    rows = layout.rows(tags)
    if blank or UNIT not in layout.lower:  # several of one example
        _check_ids(rows, table.origin, layout.places.get("id"))
    counts = Counter(chain(*tags))
    for name in layout.named_marks:
        counts.setdefault(name, 0)
    groups = variants(counts)
    if merge:
        known = {tag: group[0] for group in groups for tag in group}
        rows = tuple(
            replace(row, tags=frozenset(known.get(tag, tag) for tag in row.tags)) for row in rows
        )
        counts = Counter(known.get(tag, tag) for tag in counts)
    notes: tuple[Finding, ...] = ()
    if table.encoding == GUESSED:
        notes = (Finding(SHEET_NOT_UTF8, {"file": table.origin, "encoding": "Windows-1252"}),)
    return Sheet(
        origin=table.origin,
        rows=rows,
        tags=tuple(counts),
        tag_columns=layout.tag_columns,
        ignored=layout.ignored,
        variants=groups,
        weighted="sampling_weight" in layout.places
        or any(row.weight == 0 for row in rows),  # picked by a ranking
        eyeball=EYEBALL in layout.places,
        has_predictions={"label", "prediction"} <= set(layout.places),
        notes=notes,
        input=describe_input(table.origin, table.files, len(rows), checksum),
        layout=layout,
    )


def require_reviewed(sheet: Sheet) -> tuple[SheetRow, ...]:
    """Return the rows that a person read; refuse a sheet in which nothing is filled in."""
    if not sheet.reviewed:
        n = len(sheet.rows)
        raise InputError(
            f"nothing is filled in: {n} row{'s wait' if n > 1 else ' waits'} to be read",
            file=sheet.origin,
            accepted=TAG_COLUMNS_ACCEPTED,
            hint=f"write {NOTHING} as the tag of a row with nothing to tag",
        )
    return sheet.reviewed


def split_of_sheet(sheet: Sheet, asked: str | None) -> str | None:
    """Return the split of a sheet: the one asked for, dev, the only one; None if it has none."""
    splits = tuple(dict.fromkeys(row.split for row in sheet.rows if row.split is not None))
    if not splits or (len(splits) == 1 and asked in (None, *splits)):
        return splits[0] if splits else asked
    from mlstrat.core.counts import pick_split

    return pick_split(splits, asked)


def _check_ids(rows: Sequence[SheetRow], file: str, column: str | None) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        if row.key is None:
            continue
        if row.key in seen:
            raise InputError(
                f"the id {row.key!r} is already in row {seen[row.key]}",
                file=file,
                row=row.row,
                column=column,
                accepted="each id once" if row.key == row.id else "each id, unit and where once",
                hint="delete one of the two rows",
            )
        seen[row.key] = row.row
