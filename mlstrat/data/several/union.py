"""Tables that each hold one split, as one run with a column of splits."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.counts import SPLITS
from mlstrat.data.columns import ALIASES, COUNT, find_roles
from mlstrat.data.roles import roles_of
from mlstrat.data.several.composed import SPLIT, Composed, files_of
from mlstrat.data.table import Table, our_names
from mlstrat.data.values import SPLIT_ALIASES, split_texts
from mlstrat.errors import InputError, UsageError


def one_table(tables: Mapping[str, Table]) -> Composed:
    """Return tables of Polars, each of one split, as one table with a column `split`.

    Columns are found by their names, in any order; what a table lacks is blank in its rows. A
    column of splits that a table has must say the same, and goes.

    Raises
    ------
    UsageError
        For a name that is no split, a split named twice, a file given for two splits.
    InputError
        For a table whose own column says another split.

    Examples
    --------
    >>> import polars as pl
    >>> from mlstrat.data.opening import open_table
    >>> train = open_table(pl.DataFrame({"label": ["a"], "prediction": ["a"]}))
    >>> dev = open_table(pl.DataFrame({"prediction": ["b"], "label": ["a"]}))
    >>> one_table({"train": train, "val": dev}).frame.collect().rows()
    [('train', 'a', 'a'), ('dev', 'a', 'b')]
    """
    named = _by_split(tables)
    _check_files(named)
    ours = {split: _columns(table, split) for split, table in named.items()}
    _same_names(list(ours.values()))
    header = list(dict.fromkeys(name for names in ours.values() for name in names.values()))
    if all(tuple(table.header[-1:]) == (COUNT,) for table in named.values()):
        header = [*(x for x in header if x != COUNT), COUNT]  # counts have it last
    kinds = _kinds(named, ours, header)
    whole = (SPLIT, *header)
    names = our_names(whole)
    frames, own = [], []
    for place, (split, table) in enumerate(named.items()):
        cells = _cells(table, ours[split], kinds, split, dict(zip(whole, names, strict=True)))
        for i, frame in enumerate(table.frames):
            frames.append(frame.select(cells))
            own.append((place, i))
    of = tuple(named.values())
    name = ",".join(f"{split}={table.name}" for split, table in named.items())
    import polars as pl

    return Composed(
        name, whole, tuple(frames), pl, names, files=files_of(name, of), given=whole,
        text=all(kind == pl.String for kind in kinds.values()),
        keep=_keep(named, names), of=of, own=tuple(own), splits=tuple(named),
    )  # fmt: skip


def _by_split(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Return the tables by the splits that their names stand for."""
    if not tables:
        raise UsageError("no split", accepted=", ".join(SPLITS))
    named: dict[str, Table] = {}
    for name, table in tables.items():
        split = SPLIT_ALIASES.get(str(name).strip().lower())
        if split is None:
            raise UsageError(f"unknown split {name!r}", accepted=", ".join(SPLITS))
        if split in named:
            raise UsageError(f"the split {split!r} is named twice", accepted="each split once")
        named[split] = table
    return named


def _check_files(named: Mapping[str, Table]) -> None:
    """Refuse a file that is given for two splits."""
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
    """Refuse a table whose own column says another split than it was given for."""
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
    split: str,
    names: Mapping[str, str],
) -> list[Any]:
    """Return the expressions of the columns of the whole in a frame of one table."""
    import polars as pl

    found = {whole: table.column(name) for name, whole in ours.items()}
    return [
        pl.lit(split, dtype=pl.String).alias(names[SPLIT]),
        *(
            (found[name] if name in found else pl.lit(None)).cast(kind).alias(names[name])
            for name, kind in kinds.items()
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
