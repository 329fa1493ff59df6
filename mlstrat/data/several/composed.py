"""A table made of others: their rows one after another, or with columns from beside."""

from __future__ import annotations

from dataclasses import dataclass

from mlstrat.data.files import Files
from mlstrat.data.grouping import grouped
from mlstrat.data.table import Counted, Table

SPLIT = "split"
"""The column of the splits that tables were given for."""


@dataclass(frozen=True)
class Composed(Table):
    """A table of Polars whose rows are those of others, each at its place for messages.

    Attributes
    ----------
    of
        The tables, in the order of their rows.
    own
        For each frame, which of the tables it is from, and which of its frames it is.
    beside
        What was joined to them, with its rows.
    splits
        The split that each was given for, as the column `SPLIT` says it; empty where none was.
    """

    of: tuple[Table, ...] = ()
    own: tuple[tuple[int, int], ...] = ()
    beside: tuple[tuple[Table, int], ...] = ()
    splits: tuple[str, ...] = ()

    @property
    def split_column(self) -> str | None:
        """The column that names the split each was given for; None where none was."""
        return SPLIT if self.splits else None

    @property
    def delimited(self) -> bool:
        """Whether Polars pads short rows: told of each of the tables, not of all."""
        return False

    def check_counted(self, found: Counted) -> None:
        """Refuse uneven rows: separators tell where all files are alike, else each is looked at."""
        n = int(found.ints("n").sum())
        widths = {len(one.header) for one in self.of}
        if all(one.delimited for one in self.of) and len(widths) == 1 and self.counts is None:
            lines = n + sum(len(one.files.parts) for one in self.of if one.files is not None)
            cells = sum(one.separators for one in self.of)
            if cells == lines * (widths.pop() - 1) and not found.nulls():
                return
        self.check_rows()

    def check_rows(self) -> None:
        """Refuse rows that are shorter or longer than the header of their file."""
        for one in self.of:
            one.check_rows()

    def rows_of_each(self) -> list[int]:
        """Return the rows of each of the tables, of those that are looked at."""
        if self.split_column is None or len(self.of) == 1:
            return [int(self.collect(lambda frame: frame.select(self.size.alias("n"))).value("n"))]
        split = self.column(self.split_column)
        found = self.collect(
            lambda frame: grouped(
                frame.with_columns(split.alias("split")), ("split",), self.size.alias("n")
            )
        )
        rows = dict(zip(found.frame["split"].to_list(), found.ints("n"), strict=True))
        return [int(rows.get(split, 0)) for split in self.splits]

    def _line(self, place: int, index: int) -> tuple[str, int]:
        of, frame = self.own[place]
        return self.of[of]._line(frame, index)

    def _check_parts(self, files: Files, reason: str) -> None:  # noqa: ARG002  each has its own
        for one in self.of:
            if one.files is not None:
                one._check_parts(one.files, reason)


def composed(table: Table) -> Composed:
    """Return a table as one that others may be joined to."""
    if isinstance(table, Composed):
        return table
    known = {name: getattr(table, name) for name in Table.__dataclass_fields__}
    own = tuple((0, i) for i in range(len(table.frames)))
    return Composed(**known, of=(table,), own=own)


def files_of(name: str, tables: tuple[Table, ...]) -> Files | None:
    """Return the files of tables as one; None where none has any."""
    found = [one.files for one in tables if one.files is not None]
    if not found:
        return None
    formats = {files.format for files in found}
    separators = [x.separator for x in found if x.separator not in (None, ",")]
    return Files(
        name,
        formats.pop() if len(formats) == 1 else "several",
        tuple(part for files in found for part in files.parts),
        separator=separators[0] if separators else None,  # a decimal comma then is one in all
    )
