"""Rows of a task's own columns: from CSV, Parquet, JSON lines, frames and lists to numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.record import Record
from mlstrat.data.asked.read_as import FILTER, HEEDED, no_rows
from mlstrat.data.columns import find_column, find_roles
from mlstrat.data.files import describe_input
from mlstrat.data.opening import in_polars, open_table, with_types, without_filter
from mlstrat.data.parts import InputFile
from mlstrat.data.roles import no_splits
from mlstrat.data.table import Table
from mlstrat.data.values import value_text, value_texts
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.table.columns import lacking
from mlstrat.tasks.table.pairing import joined, matched, place_of

SHARED = ("id", "split", "group")
BLANKS = ("", "nan", "na", "none", "null")
"""Cells that hold no number, in lower case."""

UNPLAIN = r"\.0*$|^-0$|^(True|TRUE|False|FALSE)$"
"""In a text that has others as a value: 1.0 is 1."""

Floats = NDArray[np.float64]


class Rows(Record, eq=False):
    """Rows of one source, with the column of each role.

    ``frame`` has the columns under the names of the header; ``beside`` names those of a second
    file, of whose rows the place is not known; ``order`` is the place of each row in its file,
    where that is another.
    """

    frame: Any
    table: Table
    roles: Mapping[str, str]
    inputs: tuple[InputFile, ...]
    beside: frozenset[str] = frozenset()
    order: Sequence[int] | None = None

    @property
    def name(self) -> str:
        """What the user called it."""
        return self.table.name

    def refuse(self, index: int, column: str, message: str, **more: Any) -> InputError:
        """Return the error for a cell, with its file and row."""
        file, row = (self.table.name, None) if column in self.beside else self._place(index)
        return InputError(message, file=file, row=row, column=column, **more)

    def _place(self, index: int) -> tuple[str, int | None]:
        return place_of(self.table, index if self.order is None else self.order[index])

    def lacks(self, message: str, **more: Any) -> InputError:
        """Return the error for columns that are not there."""
        return lacking(message, self.frame.columns, file=self.name, **more)

    def texts(self, column: str) -> list[str]:
        """Return the cells of a column as text; blank where there is nothing."""
        found: list[str] = self.text(column).to_list()
        return found

    def text(self, column: str) -> Any:
        """Return a column as `value_texts` has it, a Series of Polars."""
        return text_of_cells(self.frame[column])

    def numbers(
        self, column: str, *, blank: bool = False, low: float = -np.inf, high: float = np.inf,
        hint: str | None = None, only: NDArray[np.bool_] | None = None,
    ) -> Floats:  # fmt: skip
        """Return the cells of a column as numbers; NaN where `blank` cells may be and are.

        With `only`, the other rows may hold anything: NaN where it is no such number.
        """
        import polars as pl

        cells = self.frame[column]
        if is_text := cells.dtype == pl.String:
            cells = cells.str.strip_chars()
            if self.table.decimal_comma:
                cells = cells.str.replace(",", ".", literal=True)
        found: Floats = cells.cast(pl.Float64, strict=False).to_numpy()
        ends = (found.min(), found.max()) if len(found) else (np.nan, np.nan)
        if np.isfinite(ends).all() and low <= ends[0] and ends[1] <= high:
            return found
        if is_text:
            empty = cells.str.to_lowercase().is_in(BLANKS).fill_null(value=True).to_numpy()
        else:
            empty = np.isnan(found)
        bad = (empty & (not blank)) | (~empty & ~(np.isfinite(found) & (found >= low)
                                                  & (found <= high)))  # fmt: skip
        if only is not None:
            bad, empty = bad & only, empty | (bad & ~only)
        if bad.any():
            index = int(np.flatnonzero(bad)[0])
            value = str(self.frame[column][index]) if is_text else value_text(found[index])
            said = "a blank" if empty[index] else f"{value[:60]!r} is not accepted"
            raise self.refuse(index, column, said, accepted=bounds(low, high, blank), hint=hint)
        return np.where(empty, np.nan, found)

    def check_ids(self) -> None:
        """Refuse an id that occurs twice in a split."""
        import polars as pl

        if "id" not in self.roles:
            return
        keys = pl.DataFrame([self.text(self.roles[x]) for x in ("id", "split") if x in self.roles])
        ids = keys.to_series(0)
        again = ~keys.to_struct().is_first_distinct() & (ids != "")
        if again.any():
            i = int(again.arg_max() or 0)
            first = int(keys[:i].rows().index(keys.row(i)))
            raise self.refuse(
                i, ids.name, f"the id {ids[i][:40]!r} is already in row {self._place(first)[1]}",
                accepted="each id once in a split",
            )  # fmt: skip

    def shared(self) -> dict[str, Any]:
        """Return the columns id, split and group as the table of examples has them."""
        return {x: self.frame[self.roles[x]] for x in SHARED if x in self.roles}

    def free(self, used: Sequence[str]) -> dict[str, Any]:
        """Return the columns without a role, which examples can be sliced by."""
        taken = {*used, *self.roles.values()}
        names = [x for x in self.frame.columns if x not in taken]
        return {x: self.frame[x] for x in names if not self.frame[x].dtype.is_nested()
                and not reserved(x)}  # fmt: skip


def text_of_cells(cells: Any) -> Any:
    """Return a Series of Polars as `value_texts` has it."""
    import polars as pl

    if cells.dtype != pl.String:
        return pl.Series(cells.name, value_texts(cells.to_list()), pl.String)
    text = cells.fill_null("").str.strip_chars()
    if text.str.contains(UNPLAIN).any():
        return pl.Series(cells.name, value_texts(text.to_list()), pl.String)
    return text


def reserved(name: str) -> bool:
    """Tell whether a name has a meaning in the table of examples."""
    low = name.strip().lower()
    return low in ("num", "den", *SHARED) or low.startswith(("count.", "fixed."))


def bounds(low: float, high: float, blank: bool) -> str:
    """Return what numbers are accepted, in words."""
    said = {
        (True, True): f"a number from {low:g} to {high:g}",
        (True, False): f"a number of at least {low:g}",
        (False, True): f"a number of at most {high:g}", (False, False): "a finite number",
    }[bool(np.isfinite(low)), bool(np.isfinite(high))]  # fmt: skip
    return f"{said}, or blank" if blank else said


def open_rows(
    given: Given, roles: Sequence[Role], how: How, aliases: Mapping[str, Sequence[str]],
    types: Mapping[str, Any] = MappingProxyType({}), few: Sequence[str] = (),
) -> Rows:  # fmt: skip
    """Return the rows of a run, joined to what is right by id where that stands apart.

    ``types`` has roles that do not hold text: JSON lines are read so. ``few`` are roles with few
    values, in CSV read as categories where nothing is joined.
    """
    of_names = {x: kind for role, kind in types.items() for x in aliases[role]}
    names = [x for role in few for x in aliases[role]] if given.truth is None else []
    table, frame, used = read_frame(given.run, types=of_names, few=names)
    if not len(frame):
        raise no_rows(table)
    inputs: tuple[InputFile, ...] = (
        describe_input(used.name, used.files, len(frame), how.checksum),
    )
    beside: frozenset[str] = frozenset()
    if given.truth is not None:
        other, right, used = read_frame(given.truth)
        inputs += (describe_input(used.name, used.files, len(right), how.checksum),)
        frame, beside = joined(table, frame, other, right, how.columns.get("id"))
        table = other
    header = tuple(frame.columns)
    found = roles_in(header, roles, how, aliases, table)
    return Rows(frame, table, found, inputs, beside)


def read_frame(
    source: Any, *, whole: bool = False, types: Mapping[str, Any] = MappingProxyType({}),
    few: Sequence[str] = (),
) -> tuple[Table, Any, Table]:  # fmt: skip
    """Return a source as a table, and its rows under the names of the header.

    ``whole`` is with the rows that ``--filter`` leaves out; `with_types` has ``types`` and ``few``.
    """
    import polars as pl

    if isinstance(source, list | tuple | dict):
        values = source if isinstance(source, dict) else list(source)
        try:
            source = pl.DataFrame(values, infer_schema_length=None, strict=False)
        except Exception as error:
            raise InputError(
                f"no table: {str(error).splitlines()[0][:120]}",
                file=f"<{type(source).__name__}>",
                accepted="a list of dicts with the same keys, or a dict of equally long lists",
            ) from None  # fmt: skip
    opened = without_filter(source) if whole else open_table(source)
    table = in_polars(opened)

    def rows(of: Table) -> Any:
        return of.collect(lambda frame: frame.select(*of.names)).frame

    try:
        found = rows(with_types(table, types, few))
    except InputError:  # some is of another type: the text says which
        found = rows(table)
    table.check_even(len(found), nulls=any(found.null_count().row(0)))
    return table, found.rename(dict(zip(table.names, table.header, strict=True))), opened


def roles_in(
    header: Sequence[str], roles: Sequence[Role], how: How, aliases: Mapping[str, Sequence[str]],
    table: Table,
) -> dict[str, str]:  # fmt: skip
    """Return the column of each role: said by ``--map``, else by its name in any case."""
    HEEDED.get(set()).add("--map")
    known = [role.name for role in roles]
    found: dict[str, str] = {}
    for said, column in how.columns.items():
        name = said.strip().lower()
        if name not in known:
            raise UsageError(f"--map: there is no role {said!r} here",
                             accepted=", ".join(known))  # fmt: skip
        found[name] = find_column(header, column, file=table.name, option=f"--map {said}")
    low = {x.strip().lower(): x for x in reversed(header) if x not in found.values()}
    for role in roles:
        names = aliases.get(role.name, (role.name,))
        here = next((low[x] for x in names if x in low), None)
        if role.name not in found and here is not None:
            found[role.name] = here
    if "split" not in found or "group" not in found or "id" not in found:
        leave = no_splits(table, how.columns)
        free = [x for x in header if x not in found.values()]
        more = find_roles(free, {}, file=table.name, leave=leave,
                          roles=[x for x in SHARED if x in known and x not in found])  # fmt: skip
        found |= more
    for role in roles:
        if role.needed and role.name not in found:
            names = aliases.get(role.name, (role.name,))
            raise lacking(
                f"no column {role.name} ({role.meaning})", header, file=table.name,
                accepted=", ".join(names), hint=f"name it: --map {role.name}=COLUMN",
            )  # fmt: skip
    return found


def open_both(
    given: Given, roles: Sequence[Role], how: How, aliases: Mapping[str, Sequence[str]]
) -> tuple[Rows, Rows]:
    """Return what is right and what was predicted: two tables with the same columns.

    The predictions have their rows in the order of the truth, joined by id. What ``--filter`` says
    is said of the truth.
    """
    table, frame, used = read_frame(given.run, whole=True)
    if given.truth is None:
        raise InputError("predictions, and nothing that says what is right", file=table.name,
                         accepted="two tables with the same columns",
                         hint="name what is right: --truth FILE")  # fmt: skip
    other, right, source = read_frame(given.truth)
    for one, rows in ((table, frame), (other, right)):
        if not len(rows):
            raise no_rows(one)
    _, order = matched(table, frame, other, right, how.columns.get("id"),
                       part=FILTER.get() is not None)  # fmt: skip
    # Which split and group an example is of is said by the truth.
    own = [x for x in roles if x.name not in ("split", "group")]
    said = {x: c for x, c in how.columns.items() if x.strip().lower() not in ("split", "group")}
    inputs = [
        (describe_input(x.name, x.files, len(rows), how.checksum),)
        for x, rows in ((source, right), (used, frame))
    ]
    of_truth = roles_in(tuple(right.columns), roles, how, aliases, other)
    of_run = roles_in(tuple(frame.columns), own, replace(how, columns=said), aliases, table)
    return (
        Rows(right, other, of_truth, inputs[0]),
        Rows(frame[order], table, of_run, inputs[1], order=order),
    )
