"""A table made of others: their rows one after another, or with columns from beside."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlstrat.data.columns import ALIASES, COUNT, find_roles
from mlstrat.data.files import Files
from mlstrat.data.grouping import Counted, grouped
from mlstrat.data.parts import InputFile
from mlstrat.data.roles import roles_of
from mlstrat.data.several.named import by_name
from mlstrat.data.table import Table, our_names
from mlstrat.data.values import SPLIT_ALIASES, split_texts
from mlstrat.errors import InputError, UsageError


def one_table(tables: Mapping[str, Table]) -> Composed:
    """Return tables of Polars, each of one split, as one table with a column `split`.

    Columns are found by their names, in any order; what a table lacks is blank in its rows. A
    column of splits that a table has must say the same, and goes.

    Examples
    --------
    >>> import polars as pl
    >>> from mlstrat.data.opening import open_table
    >>> train = open_table(pl.DataFrame({"label": ["a"], "prediction": ["a"]}))
    >>> dev = open_table(pl.DataFrame({"prediction": ["b"], "label": ["a"]}))
    >>> one_table({"train": train, "val": dev}).frame.collect().rows()
    [('train', 'a', 'a'), ('dev', 'a', 'b')]
    """
    named = by_name(tables)
    _check_files(named)
    ours = {split: _columns(table, split) for split, table in named.items()}
    return replace(one_after_another(named, ours, SPLIT), splits=tuple(named))


def one_after_another(
    named: Mapping[str, Table], ours: dict[str, dict[str, str]], column: str
) -> Composed:
    """Return tables as one, their names in a column; `ours` is what each column is called there."""
    _same_names(list(ours.values()))
    header = list(dict.fromkeys(name for names in ours.values() for name in names.values()))
    if all(tuple(table.header[-1:]) == (COUNT,) for table in named.values()):
        header = [*(x for x in header if x != COUNT), COUNT]  # counts have it last
    kinds = _kinds(named, ours, header)
    whole = (column, *header)
    names = our_names(whole)
    frames, own = [], []
    for place, (split, table) in enumerate(named.items()):
        cells = _cells(table, ours[split], kinds, split, names)
        for i, frame in enumerate(table.frames):
            frames.append(frame.select(cells))
            own.append((place, i))
    of = tuple(named.values())
    name = ",".join(f"{split}={table.name}" for split, table in named.items())
    import polars as pl

    return Composed(
        name, whole, tuple(frames), pl, names, files=files_of(name, of), given=whole,
        text=all(kind == pl.String for kind in kinds.values()),
        keep=_keep(named, names), of=of, own=tuple(own),
    )  # fmt: skip


def _check_files(named: Mapping[str, Table]) -> None:
    paths = {
        split: {str(part.path.resolve()) + "#" + str(table.files.sheet)
                for part in table.files.parts if part.path is not None}
        for split, table in named.items() if table.files is not None
    }  # fmt: skip
    for (one, files), (other, others) in itertools.combinations(paths.items(), 2):
        if files & others:
            raise UsageError(
                f"the file {named[other].name!r} is given for two splits, {one} and {other}",
                accepted="a file of its own for each split",
            )


def _columns(table: Table, split: str) -> dict[str, str]:
    """Return the columns of a table that are kept, each to its name in the whole."""
    column = roles_of(table, {}, (SPLIT,)).get(SPLIT)
    if column is not None:
        _check_agrees(table, column, split)
    return {name: name for name in table.header if name != column}


def _check_agrees(table: Table, column: str, split: str) -> None:
    cells = table.category(column)
    found = table.collect(lambda frame: frame.select(cells.alias("split")).unique().sort("split"))
    values = found.frame["split"].to_list()
    texts = zip(values, split_texts(values), strict=True)
    wrong = [x for x, text in texts if text and SPLIT_ALIASES.get(text.lower()) != split]
    if not wrong:
        return
    file, row, value = table.first_row(cells.is_in(wrong), cells)
    raise InputError(
        f"{str(value).strip()!r} in a file that is given for {split}", file=file, row=row,
        column=column, accepted=f"{split}, or no column of splits",
        hint="give the file without a split, and its own column tells",
    )  # fmt: skip


def _same_names(columns: Sequence[dict[str, str]]) -> None:
    """Let a role have one name in all tables: that of the first which has it."""
    for role in ALIASES:
        first: str | None = None
        for names in columns:
            try:
                found = find_roles(list(names), {}, file="", roles=[role]).get(role)
            except InputError:  # two: told when the roles of the whole are found
                continue
            if found is None:
                continue
            if first is None:
                first = names[found]
            elif first not in names.values():
                names[found] = first


def _kinds(
    named: Mapping[str, Table], ours: Mapping[str, Mapping[str, str]], header: Sequence[str]
) -> dict[str, Any]:
    """Return the type of each column of the whole: text where the tables differ."""
    import polars as pl

    kinds: dict[str, Any] = {}
    for split, table in named.items():
        schemas = [frame.collect_schema() for frame in table.frames]
        for name, whole in ours[split].items():
            for schema in schemas:
                kind = schema[table.names[table.header.index(name)]]
                same = kinds.setdefault(whole, kind) == kind
                if not same or isinstance(kind, pl.Categorical | pl.Enum):
                    kinds[whole] = pl.String()
    return {name: kinds[name] for name in header}


def _cells(
    table: Table,
    ours: Mapping[str, str],
    kinds: Mapping[str, Any],
    named: str,
    names: Sequence[str],
) -> list[Any]:
    """Return the expressions of the columns of the whole in a frame of one table."""
    import polars as pl

    found = {whole: table.column(name) for name, whole in ours.items()}
    return [
        pl.lit(named, dtype=pl.String).alias(names[0]),
        *(
            (found[name] if name in found else pl.lit(None)).cast(kind).alias(own)
            for (name, kind), own in zip(kinds.items(), names[1:], strict=True)
        ),
    ]


def _keep(named: Mapping[str, Table], names: Sequence[str]) -> Any:
    """Return the expression of the rows that hold anything, where blank lines are none."""
    import polars as pl

    blank = [split for split, table in named.items() if table.keep is not None]
    if not blank:
        return None
    filled = pl.any_horizontal(
        (pl.col(x).cast(pl.String).str.strip_chars() != "").fill_null(value=False)
        for x in names[1:]
    )
    return filled | ~pl.col(names[0]).is_in(blank)


SPLIT = "split"
"""The column of the splits that tables were given for."""


class Composed(Table):
    """A table of Polars whose rows are those of others, each at its place for messages.

    `own` says of each frame which of the tables it is from, and which of its frames it is; `beside`
    what was joined, with its rows; `splits` what each was given for, as the column `SPLIT` says it;
    `runs` the column of runs of one model and their names, where each table is one.
    """

    of: tuple[Table, ...] = ()
    own: tuple[tuple[int, int], ...] = ()
    beside: tuple[tuple[Table, int], ...] = ()
    splits: tuple[str, ...] = ()
    runs: tuple[str, tuple[str, ...]] | None = None

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
        said = (SPLIT, self.splits) if self.splits else self.runs
        if said is None or len(self.of) == 1:
            return [int(self.collect(lambda frame: frame.select(self.size.alias("n"))).value("n"))]
        column, names = self.column(said[0]), said[1]
        found = self.collect(
            lambda frame: grouped(
                frame.with_columns(column.alias("of")), ("of",), self.size.alias("n")
            )
        )
        rows = dict(zip(found.frame["of"].to_list(), found.ints("n"), strict=True))
        return [int(rows.get(name, 0)) for name in names]

    def described(self, rows: int, *, checksum: bool) -> InputFile:
        """Return what was read, of it and of each of the tables."""
        read = [rows] if len(self.of) == 1 else self.rows_of_each()
        splits = self.splits or (None,) * len(self.of)
        told = super().described(rows, checksum=checksum)
        each = [
            replace(one.described(n, checksum=checksum), split=split, counts=told.counts)
            for one, n, split in zip(self.of, read, splits, strict=True)
        ]
        each += [one.described(n, checksum=checksum) for one, n in self.beside]
        return replace(told, each=tuple(each))

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
