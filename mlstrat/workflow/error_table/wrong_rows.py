"""The errors of a split, found in one lazy pass over a run of any size.

Polars compares label and prediction as they are written; only rows that differ are read as labels
are read. What that pass cannot vouch for (a blank label, an unknown split) sends the run through
the door in full, which says what is wrong, or that nothing is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.hashing import ALL
from mlstrat.data.grouping import Counted
from mlstrat.data.values import SPLIT_ALIASES
from mlstrat.errors import InputError
from mlstrat.tasks.classification.row_source import ID, LABEL, PREDICTION, ROW, Drawable

ODD = "\x1fodd"

ALL_COLUMNS_UP_TO = 256 * 2**20
"""Bytes of errors up to which each is held with every column; of more, so much is held."""

SPELLED = {
    spelling: split
    for alias, split in SPLIT_ALIASES.items()
    for spelling in (alias, alias.capitalize(), alias.upper())
}
"""Values of a split column that need no second look."""


def collect_errors(
    run: Drawable, own: Mapping[str, Any], key: Any, *, quick: bool
) -> tuple[Any, str]:
    """Return the errors of the split, and the split.

    `key` is the hash by which rows are drawn: of too many, the smallest are held with every column.
    `quick` says that nothing asks for the run's counts, so that one pass may do.
    """
    simple = run.table.text and run.rule.kind == "column" and not run.split_as
    if quick and simple and run.asked in (None, *SPELLED.values()):
        split = run.asked or "dev"
        errors = _in_one_pass(run, own, key, split)
        if errors is not None:
            return errors, split
    wanted = run.within() & run.differs()
    found = run.collect(wanted, own, _affordable(run, wanted, key))
    return _errors(found), run.split


def _affordable(run: Drawable, wanted: Any, key: Any) -> Any:
    """Return the expression that is true for rows to hold with every column; None for all."""
    files, ns = run.table.files, run.table.ns
    if files is None or files.size <= ALL_COLUMNS_UP_TO:
        return None
    size = files.size * run.share(wanted)
    if size <= ALL_COLUMNS_UP_TO:
        return None
    return key < ns.lit(int(ALL * ALL_COLUMNS_UP_TO / size), dtype=ns.UInt64)


def _errors(found: Any) -> Any:
    return found.filter(found[LABEL] != found[PREDICTION])


def _in_one_pass(run: Drawable, own: Mapping[str, Any], key: Any, split: str) -> Any:
    """Return the errors; None where the run must be counted before anything is said of it."""
    table, ns = run.table, run.table.ns
    odd, wanted = table.column(run.columns.roles["label"]).is_null(), run.differs()
    column = run.columns.get("split")
    if column is not None:
        x = table.column(column)
        wanted = wanted & x.is_in([raw for raw, of in SPELLED.items() if of == split])
        odd = odd | ~x.is_in(list(SPELLED)).fill_null(value=False)
    elif split != "dev":
        return None
    found = run.collect(wanted | odd, {ODD: odd, **own}, _affordable(run, wanted | odd, key))
    if found[ODD].any() or (found[LABEL] == "").any():
        return None
    errors = _errors(found).drop(ODD)
    if not errors[LABEL].is_in(errors[PREDICTION].implode()).any():
        return None
    blank = bool((errors[PREDICTION] == "").any())
    seen = ns.DataFrame({"n": [run.rows], "blank": [None if blank else 0]})
    table.check_counted(Counted(seen, polars=True))
    return errors


def check_ids(run: Drawable, found: Any) -> None:
    """Refuse rows that a review sheet could not be joined to again: blank ids, and ids twice."""
    column = run.columns.get("id")
    if column is None:
        return
    table, ids = run.table, found[ID]
    if (ids == "").any():
        name, row, _ = table.first_row(run.key() == "", table.column(column))
        raise InputError(
            "a blank id", file=name, row=row, column=column, accepted="an id in every row"
        )
    twice = found.filter(ids.is_duplicated())
    if len(twice):
        first = twice[ID][0]
        places = twice.filter(twice[ID] == first)[ROW].to_list()
        alone = len(table.frames) == 1
        raise InputError(
            f"the id {first[:60]!r} is in {len(places)} wrong rows",
            file=table.name,
            row=table.row_of(places[1]) if alone else None,
            column=column,
            accepted="each id once in a split",
            hint="name the right column: --map id=COLUMN",
        )
