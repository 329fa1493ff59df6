"""What a person fills in of a row, what may be, and how two sides of it meet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from mlstrat.data.sheet.cells import NO, NOTHING, tag_text
from mlstrat.data.sheet.layout import SheetRow

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
