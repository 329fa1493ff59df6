"""What is wrong where ids of two runs do not pair one to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlstrat.errors import InputError
from mlstrat.inputs.assembling import locate
from mlstrat.inputs.pairing_sides import Side
from mlstrat.inputs.tables import Counted
from mlstrat.inputs.values import label_text

MOST_LISTED = 5
"""Ids that a message or a finding names; the others are counted."""


@dataclass(frozen=True)
class Unpaired:
    """Ids that have no partner: how many, and the first few in order."""

    count: int
    ids: tuple[str, ...]


class NothingSharedError(InputError):
    """Two runs have no id in common."""


def unpaired(left: Side, right: Side) -> tuple[Unpaired, Unpaired]:
    """Return the ids of each run that the other does not have.

    Raises
    ------
    InputError
        For repeated ids, ids that stand in different splits, and no id in common.
    """
    for side in (left, right):
        _check_repeated(side)
    missing, extra = _only(left, right), _only(right, left)
    if missing.count == left.rows:
        raise NothingSharedError(
            f"no id in common with {right.table.name}: {_listed(missing.ids[:3])} here, "
            f"{_listed(extra.ids[:3])} there",
            file=left.table.name,
            column=left.column,
            accepted="two runs on the same examples",
            hint="name the id columns: --map id=COLUMN",
        )
    for here, there, lost in ((left, right, missing), (right, left, extra)):
        if lost.count and there.within is not None:
            _check_other_split(here, there)
    return missing, extra


def _check_repeated(side: Side) -> None:
    ns = side.table.ns
    repeated = side.ids().group_by("id").agg(ns.len().alias("n")).filter(ns.col("n") > 1)
    count, first = _counted(side, repeated)
    if count:
        file, row = side.row_of(first[0])
        raise InputError(
            f"{count:,} id{'s' if count > 1 else ''} repeated: {_listed(first, count)}; "
            "the first is here",
            file=file,
            row=row,
            column=side.column,
            accepted="each id once in a split",
        )


def _only(here: Side, there: Side) -> Unpaired:
    count, first = _counted(here, here.ids().join(there.ids(), on="id", how="anti"))
    return Unpaired(count, tuple(str(x) for x in first))


def _check_other_split(here: Side, there: Side) -> None:
    others = there.table.frame.filter(~there.within).select(there.id.alias("id"))
    moved = here.ids().join(others, on="id", how="semi")
    count, first = _counted(here, moved)
    if count:
        file, row = here.row_of(first[0])
        raise InputError(
            f"{count:,} id{'s' if count > 1 else ''} of {here.main} in another split of "
            f"{there.table.name}: {_listed(first, count)}; the first is here",
            file=file,
            row=row,
            column=here.column,
            accepted="the same examples in the same splits",
        )


def _counted(side: Side, rows: Any) -> tuple[int, list[Any]]:
    """Return how many rows there are, and the first few of their ids in order."""
    ns = side.table.ns
    n = ns.len().alias("n")
    if side.table.polars:
        first = ns.col("id").sort().head(MOST_LISTED).implode().alias("first")
        found = side.table.collect(lambda _: rows.select(n, first))
        return int(found.value("n")), list(found.value("first"))
    count = int(side.table.collect(lambda _: rows.select(n)).value("n"))
    listed = side.table.collect(lambda _: rows.select("id").sort("id").head(MOST_LISTED))
    return count, listed.frame["id"].to_list()


def check_labels(joined: Counted, left: Side, right: Side) -> None:
    """Refuse pairs of rows whose labels differ.

    Raises
    ------
    InputError
        With the number of such ids, and the first few.
    """
    ns = left.table.ns
    ours, mine = joined.codes("label")
    others, theirs = joined.codes("label b")
    differ = (
        np.array([label_text(x) for x in ours], object)[mine]
        != np.array([label_text(x) for x in others], object)[theirs]
    )
    if not differ.any():
        return
    count = int(joined.ints("n")[differ].sum())
    # The order of counted rows is that of threads: take the first pair by its text.
    one, two = min(
        {(mine[i], theirs[i]) for i in np.flatnonzero(differ)},
        key=lambda x: (label_text(ours[x[0]]), label_text(others[x[1]])),
    )
    one, two = ours[one], others[two]
    for side, value in ((left, one), (right, two)):
        if label_text(value) == "":
            column = side.keys.columns.roles["label"]
            file, row, _ = locate(side.table, column, [value])
            raise InputError("a blank label", file=file, row=row, column=column,
                             accepted="a label in every row")  # fmt: skip
    a = left.frame.select(left.id.alias("id"), left.keys.expressions()["label"].alias("a"))
    b = right.frame.select(right.id.alias("id"), right.keys.expressions()["label"].alias("b"))
    same = (ns.col("a") == one) & (ns.col("b") == two)
    _, first = _counted(left, a.join(b, on="id", how="inner").filter(same))
    file, row = left.row_of(first[0])
    raise InputError(
        f"{count:,} example{'s' if count > 1 else ''} with another label in {right.table.name}: "
        f"{label_text(one)!r} here and {label_text(two)!r} there for id {_listed(first)}",
        file=file,
        row=row,
        column=left.keys.columns.roles["label"],
        accepted="one label for one id: two models are compared on the same truth",
    )


def _listed(ids: Any, count: int | None = None) -> str:
    shown = ", ".join(repr(str(x)[:40]) for x in ids)
    more = 0 if count is None else count - len(ids)
    return f"{shown} and {more:,} more" if more > 0 else shown
