"""What a call says of rows and labels: ``--filter``, ``--label-as`` and its kin.

They hold for every run read within the call, so that no reader need pass them on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.data.columns import Columns
from mlstrat.data.settings import names_of
from mlstrat.data.table import Table
from mlstrat.data.values import SPELLING, Spelling, plain_label
from mlstrat.errors import InputError, UsageError

if TYPE_CHECKING:
    from mlstrat.core.conditions.rows import Condition


FILTER: ContextVar[Condition | None] = ContextVar("filter", default=None)


@contextmanager
def reading_as(
    label_as: Mapping[str, str] | None = None,
    ignore: str | Sequence[str] = (),
    *,
    ignore_case: bool = False,
    any_of: bool = False,
    filter: str | None = None,
    classes: str | Sequence[str] | None = None,
    shift_predictions: int | None = None,
    as_classes: bool = False,
) -> Iterator[None]:
    """Read rows that meet a condition, and labels and answers so, in all that is read within."""
    condition = None
    if filter is not None:
        from mlstrat.core.conditions.rows import parse_condition

        condition = parse_condition(filter)
    rows = FILTER.set(condition)
    said = {"label-as": label_as, "ignore": ignore, "ignore-case": ignore_case, "any-of": any_of,
            "classes": classes, "shift-predictions": shift_predictions}  # fmt: skip
    token = SPELLING.set(Spelling(
        _to_the_end(_named(classes) | dict(label_as or {})),
        frozenset(map(plain_label, names_of(ignore))), ignore_case, any_of,
        shift_predictions or 0, as_classes, tuple(f"--{name}" for name, x in said.items() if x),
    ))  # fmt: skip
    try:
        yield
    finally:
        SPELLING.reset(token)
        FILTER.reset(rows)


def classes_of(given: str | Sequence[Any]) -> Sequence[Any]:
    """Return the names of the classes, which a single text holds as it is typed: ``cat,dog``."""
    only = given if isinstance(given, str) else given[0] if len(given) == 1 else None
    return [x.strip() for x in only.split(",")] if isinstance(only, str) else given


def _named(classes: str | Sequence[str] | None) -> dict[str, str]:
    """Return the name of each index: 0, 1, …"""
    names = [str(x).strip() for x in classes_of(classes or ())]
    twice = next((x for i, x in enumerate(names) if x in names[:i]), None)
    if "" in names or twice is not None:
        raise UsageError(
            "--classes holds a blank name" if "" in names else f"--classes names {twice!r} twice",
            accepted="a name for each of the indices 0, 1, …: --classes cat,dog",
        )
    return {str(i): name for i, name in enumerate(names) if name != str(i)}


def _to_the_end(label_as: Mapping[str, str]) -> dict[str, str]:
    """Return the label at the end of each chain of values."""
    steps = {plain_label(value): plain_label(label) for value, label in label_as.items()}
    steps = {value: label for value, label in steps.items() if value != label}
    out = {}
    for value in steps:
        seen = [value]
        while seen[-1] in steps:
            seen.append(steps[seen[-1]])
            if seen[-1] in seen[:-1]:
                raise UsageError(
                    "--label-as goes in a circle: " + " → ".join(seen),
                    accepted="a label at the end of each chain",
                )
        out[value] = seen[-1]
    return out


def without_ignored(table: Table, columns: Columns) -> Table:
    """Return the rows of a run but for those whose label is to be ignored."""
    column, ignored = columns.get("label"), SPELLING.get().ignored
    if column is None or not ignored:
        return table
    ns, label = table.ns, table.category(column)
    if table.is_whole(column) or table.is_float(column):
        wanted = label.cast(ns.Float64).is_in([x for x in map(_number, ignored) if x is not None])
    else:
        text = label.cast(ns.String).str.strip_chars()
        wanted = text.is_in(sorted({*ignored, *(f"{x}.0" for x in ignored)}))
    return table.where(~wanted.fill_null(value=False))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def filtered(table: Table) -> Table:
    """Return the rows of a table that ``--filter`` keeps."""
    condition = FILTER.get()
    if condition is None:
        return table
    HEEDED.get(set()).add("--filter")
    from mlstrat.data.asked.row_conditions import rows_that_meet

    return rows_that_meet(condition, table)


def no_rows(table: Table) -> InputError:
    """Return the error for a table of no rows."""
    if FILTER.get() is not None:
        return InputError("--filter keeps no row", file=table.name)
    return InputError("a header and no rows" if table.files else "no rows", file=table.name)


IN_ORDER = "--labels-in-order"


class Beside(Record):
    """What a call says of labels: where they are, how they are joined, names of columns."""

    source: Any
    in_order: bool
    columns: Mapping[str, str]


BESIDE: ContextVar[Beside | None] = ContextVar("labels", default=None)

HEEDED: ContextVar[set[str]] = ContextVar("heeded")
"""Which of `--map`, `--filter` and `--labels` a reader heeded; none has columns but a table."""


@contextmanager
def heeded(columns: Mapping[str, str]) -> Iterator[None]:
    """Refuse ``--map``, of columns, and its kin where what is read within did not heed them."""
    done: set[str] = set()
    token = HEEDED.set(done)
    try:
        yield
    finally:
        HEEDED.reset(token)
    for option, said in (
        ("--map", columns or None), ("--filter", FILTER.get()), ("--labels", BESIDE.get())
    ):  # fmt: skip
        if said is not None and option not in done:
            raise UsageError(f"{option} is about columns, and this run is not a table",
                             hint=f"leave out {option}, or give the run as a table")  # fmt: skip


@contextmanager
def labels_beside(
    source: Any, *, in_order: bool = False, columns: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Join labels to every run that is read within."""
    if source is None and in_order:
        raise UsageError(f"{IN_ORDER} belongs to --labels", accepted=f"--labels FILE {IN_ORDER}")
    if isinstance(source, str) and source == "-":
        raise UsageError("labels are read more than once, and standard input can be read once",
                         accepted="a file")  # fmt: skip
    said = {role.strip().lower(): column for role, column in (columns or {}).items()}
    token = BESIDE.set(None if source is None else Beside(source, in_order, said))
    try:
        yield
    finally:
        BESIDE.reset(token)
