"""Tables of examples to split: read lazily, hashed by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlstrat.core.cuts import Cuts, Key, Stratum, Units, units_of
from mlstrat.core.hashing import text_hash, text_hashes
from mlstrat.core.record import Record
from mlstrat.data.asked.read_as import no_rows
from mlstrat.data.columns import find_column
from mlstrat.data.grouping import Counted, grouped
from mlstrat.data.opening import in_polars, open_table
from mlstrat.data.roles import roles_of
from mlstrat.data.table import Table
from mlstrat.errors import InputError, UsageError

ROLES = ("id", "group", "source", "split", "label", "prediction", "score", "weight", "human")
"""What is told by its name in a table of examples."""

MOST_STRATA = 10_000
"""More pairs of source and value than this are examples, not strata."""

SEPARATOR = "\x1f"
"""Between the cells of a row that is known by its content, and between source and value."""


class Examples(Record):
    """A lazy table of Polars, its columns by role (of `ROLES`), and what is placed as a whole."""

    table: Table
    roles: Mapping[str, str]
    key: Key
    stratify: str | None = None

    @property
    def source(self) -> str | None:
        """The column of sources, or None."""
        return self.roles.get("source")

    def text(self, column: str) -> Any:
        """Return the expression of a column as text, blank where nothing is there.

        ``1``, ``1.0`` and ``"1"`` are the same, whichever kind of file they come from.
        """
        found = self.table.category(column).cast(self.table.ns.String).str.strip_chars()
        return found.map_batches(
            _whole, return_dtype=self.table.ns.String, is_elementwise=True
        ).fill_null("")

    def unit(self) -> Any:
        """Return the expression of what is hashed of a row."""
        if self.key != "row":
            return self.text(self.roles[self.key])
        split = self.roles.get("split")
        content = [self.text(name) for name in sorted(self.table.header) if name != split]
        return self.table.ns.concat_str(content, separator=SEPARATOR)

    def stratum(self) -> tuple[Any, Any]:
        """Return the expressions of source and value."""
        nothing = self.table.ns.lit("")
        return (
            self.text(self.source) if self.source else nothing,
            self.text(self.stratify) if self.stratify else nothing,
        )

    def hashes(self, seed: int) -> Any:
        """Return the expression of the hash of a row's unit."""
        return hashes_of(self.unit(), self.table.ns, seed)

    def code(self, strata: Sequence[Stratum]) -> Any:
        """Return the expression of the code of a row's stratum."""
        ns = self.table.ns
        if len(strata) == 1:
            return ns.lit(0, dtype=ns.UInt32)
        pairs = ns.concat_str(self.stratum(), separator=SEPARATOR)
        return pairs.replace_strict(
            [f"{s.source}{SEPARATOR}{s.value}" for s in strata],
            list(range(len(strata))),
            return_dtype=ns.UInt32,
        )


def hashes_of(texts: Any, ns: Any, seed: int, prefix: str = "") -> Any:
    """Return the expression of the hashes of an expression of texts."""
    return texts.map_batches(
        lambda texts: ns.Series(texts.name, _hash(texts, seed, prefix), dtype=ns.UInt64),
        return_dtype=ns.UInt64,
        is_elementwise=True,
    )


def open_examples(source: Any) -> Table:
    """Return the lazy table of a path or of any frame; Polars reads it, whatever it was."""
    return in_polars(open_table(source))


def examples_of(
    table: Table,
    *,
    columns: Mapping[str, str],
    settings: Mapping[str, str] | None = None,
    source: str | None = None,
    group: str | None = None,
    stratify: str | None = None,
    roles: Sequence[str] = ROLES[:4],
) -> Examples:
    """Return the examples of a table with their roles resolved.

    `columns` are said for this table; `settings` are a project's, whose runs may have columns that
    this table has not.
    """
    said = dict(columns)
    for role, column, option in (
        ("source", source, "--source-column"), ("group", group, "--group"),
    ):  # fmt: skip
        if column is not None:
            if role in said:
                raise UsageError(f"the role {role!r} is given twice, by --map and by {option}")
            said[role] = find_column(table.header, column, file=table.name, option=option)
    known = {r: c for r, c in (settings or {}).items() if r in roles and c in table.header}
    found = roles_of(table, {**known, **said}, roles)
    by = None
    if stratify is not None:
        by = find_column(table.header, stratify, file=table.name, option="--stratify")
    key: Key = "group" if "group" in found else "id" if "id" in found else "row"
    return Examples(table, found, key, by)


def examples_as_cut(table: Table, cuts: Cuts) -> Examples:
    """Return the examples with the columns that cut points name."""
    named = {
        role: find_column(table.header, column, file=table.name, option="the file of cut points")
        for role, column in cuts.columns.items()
    }
    stratify = named.pop("stratify", None)
    split = roles_of(table, {}, ("split",))
    return Examples(table, named | split, cuts.key, stratify)


def read_strata(examples: Examples) -> dict[Stratum, int]:
    """Return the strata, sorted, each with its number of rows."""
    source, value = examples.stratum()
    table, ns = examples.table, examples.table.ns
    blank = (examples.unit() == "") if examples.key != "row" else ns.lit(value=False)

    def ask(frame: Any) -> Any:
        # Not selected at once: where all three are constants, one row would be left.
        cells = (source.alias("source"), value.alias("value"), blank.alias("blank"))
        blanks = ns.col("blank").sum().cast(ns.Int64)
        return grouped(frame.with_columns(cells), ("source", "value"), ns.len().alias("n"), blanks)

    found = table.collect(ask)
    if len(found) == 0:
        raise no_rows(table)
    table.check_counted(found)
    _refuse_blanks(examples, found)
    if len(found) > MOST_STRATA:
        raise InputError(
            f"{len(found):,} pairs of source and value to stratify by",
            file=table.name,
            column=examples.stratify or examples.source,
            accepted=f"at most {MOST_STRATA:,}: categories, not examples",
        )
    strata = zip(found.frame["source"], found.frame["value"], found.ints("n"), strict=True)
    return {Stratum(s, v): int(n) for s, v, n in sorted(strata)}


def _refuse_blanks(examples: Examples, found: Counted) -> None:
    table = examples.table
    wrong = []
    if examples.source and "" in found.frame["source"].to_list():
        wrong.append(("source", examples.source, "say which distribution each row comes from"))
    if found.ints("blank").any():
        wrong.append((examples.key, examples.roles[examples.key],
                      "a row without one has no place: fill it in"))  # fmt: skip
    for role, column, hint in wrong:
        name, row, _ = table.first_row(examples.text(column) == "", table.column(column))
        raise InputError(f"a blank {role}", file=name, row=row, column=column, hint=hint)


def read_both(examples: Examples, seed: int) -> tuple[dict[Stratum, int], Units]:
    """Return strata and units; of rows without source or value both by one reading."""
    table = examples.table
    if examples.source is None and examples.stratify is None:
        hashes = examples.hashes(seed)
        found = table.collect(lambda frame: frame.select(hashes.alias("hash"))).frame["hash"]
        blank = examples.key != "row" and bool((found == text_hash("", seed)).any())
        if len(found) and not blank:
            table.check_counted(Counted(table.ns.DataFrame({"n": [len(found)]}), True))
            return {Stratum(""): len(found)}, units_of(found.to_numpy(), np.zeros(len(found), int))
    strata = read_strata(examples)
    return strata, read_units(examples, list(strata), seed)


def read_units(examples: Examples, strata: Sequence[Stratum], seed: int) -> Units:
    """Return the units: 12 bytes a row are held, and about 40 while they are sorted."""
    hashes, code = examples.hashes(seed), examples.code(strata)
    found = examples.table.collect(
        lambda frame: frame.select(hashes.alias("hash"), code.alias("code"))
    ).frame
    units = units_of(found["hash"].to_numpy(), found["code"].to_numpy())
    if units.torn is not None:
        _refuse_torn(examples, seed, units.torn)
    return units


def _refuse_torn(examples: Examples, seed: int, torn: int) -> None:
    table, ns = examples.table, examples.table.ns
    source, value = examples.stratum()
    rows = table.collect(
        lambda frame: (
            frame.select(
                examples.unit().alias("unit"), source.alias("source"), value.alias("value"),
                examples.hashes(seed).alias("hash"),
            )
            .filter(ns.col("hash") == torn)
            .unique(["unit", "source", "value"])
            .sort("unit", "source", "value")
        )
    ).frame  # fmt: skip
    unit = rows["unit"][0]
    sources, values = sorted(set(rows["source"])), sorted(set(rows["value"]))
    two = len(sources) > 1
    found = ", ".join(repr(x[:40]) for x in (sources if two else values)[:5])
    where = f"the sources {found}" if two else f"{examples.stratify!r} {found}"
    raise InputError(
        f"{examples.key} {unit[:60]!r} lies in {where}",
        file=table.name,
        column=examples.roles.get(examples.key),
        accepted="all rows of one in one source"
        if two
        else "all rows of one in one stratum, as it is placed as a whole",
        hint="a unit in two sources would tie them together: give it one source"
        if two
        else "leave --stratify out: groups are drawn by their hash, so the mix is kept on average",
    )


def _whole(texts: Any) -> Any:
    """Return texts, of whole numbers written with a point the number alone."""
    if not texts.str.contains(".", literal=True).any():  # ten times as fast as to look for numbers
        return texts
    return texts.str.replace(r"^(-?(?:0|[1-9][0-9]*))\.0*$", "${1}")


def _hash(texts: Any, seed: int, prefix: str = "") -> np.ndarray:
    lengths = texts.str.len_bytes().to_numpy().astype(np.int64)
    data = texts.str.join("").item() if len(texts) else ""
    return text_hashes(np.frombuffer(data.encode(), np.uint8), lengths, seed, prefix)
