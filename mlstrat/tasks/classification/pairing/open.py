"""Opens two runs that are to be paired: columns found, ids and splits checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlstrat.core.splits import pick_split
from mlstrat.data.columns import find_column, resolve_columns
from mlstrat.data.grouping import unordered
from mlstrat.data.opening import open_table
from mlstrat.data.table import Counted
from mlstrat.data.values import check_split_as, label_text, label_texts
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.contingency import locate
from mlstrat.tasks.classification.pairing.side import Side, in_parts, make_side


@dataclass(frozen=True)
class Sides:
    """Two runs that are checked and not yet paired.

    ``main`` is the split that takes part, None for all rows; ``roles`` the column of each role.
    """

    left: Side
    right: Side
    main: str | None
    roles: tuple[Mapping[str, str], Mapping[str, str]]


def open_sides(
    a: Any,
    b: Any,
    *,
    columns: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    by: Sequence[str] = (),
    needs: str = "",
) -> Sides:
    """Return two runs, their ids and splits checked; as `read_pair` takes them.

    Raises
    ------
    InputError, UsageError
        As `read_pair`.
    """
    if str(a) == "-" == str(b):
        raise UsageError("both runs are standard input", accepted="- for one of the two")
    targets = check_split_as(split_as or {})
    tables = [open_table(x) for x in (a, b)]
    found = [
        resolve_columns(t.header, c, file=t.name) for t, c in zip(tables, columns, strict=True)
    ]
    slices = tuple(
        dict.fromkeys(
            find_column(tables[0].header, x, file=tables[0].name, option="--by") for x in by
        )
    )
    joinable = all(t.polars for t in tables) or all(t.on_spark for t in tables)
    left, right = (
        make_side(t, c, targets, positive, threshold, slices if i == 0 else (), needs, joinable)
        for i, (t, c) in enumerate(zip(tables, found, strict=True))
    )
    as_text = left.id_type() != right.id_type() or not left.id_type().is_integer()
    left, right = (x.counted(as_text) for x in (left, right))
    main = _common_split(left, right, split)
    return Sides(left.only(main), right.only(main), main, (found[0].roles, found[1].roles))


def _common_split(left: Side, right: Side, asked: str | None) -> str | None:
    """Return the split that both predict; None where neither has any to choose from."""
    known = [x for x in (left, right) if x.keys.columns.get("split") is not None]
    if not known:
        return pick_split(("dev",), asked)
    main = pick_split(known[0].splits, asked)
    for side in known[1:]:
        if main not in side.splits:
            raise InputError(
                f"there is no split {main!r}, which {left.table.name} is compared on",
                file=side.table.name,
                accepted=", ".join(side.splits),
                hint="name a split that both have: --split NAME",
            )
    return main


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

    def repeated(here: Side) -> Any:
        return unordered(here.ids(), ("id",), ns.len().alias("n")).filter(ns.col("n") > 1)

    count, first = _first_of(repeated, side)
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
    def rest(a: Side, b: Side) -> Any:
        return a.ids().join(b.ids(), on="id", how="anti")

    count, first = _first_of(rest, here, there)
    return Unpaired(count, tuple(str(x) for x in first))


def _first_of(ask: Callable[..., Any], *sides: Side) -> tuple[int, list[Any]]:
    """Return how many ids a query finds, and the first few in order; asked part by part."""
    table = sides[0].table
    n, ids = table.ns.len().alias("n"), table.ns.col("id")
    if table.on_spark:  # which holds no list of them in a cell
        rows = ask(*sides)
        listed = table.collect(lambda _: rows.sort("id").head(MOST_LISTED))
        count = int(table.collect(lambda _: rows.select(n)).value("n"))
        return count, listed.frame["id"].to_list()

    def few(*parts: Side) -> Any:
        return ask(*parts).select(n, ids.sort().head(MOST_LISTED).implode().alias("first"))

    count, first = 0, []
    for found in in_parts(few, *sides):
        count += int(found.value("n"))
        first += list(found.value("first"))
    return count, sorted(first)[:MOST_LISTED]


def _check_other_split(here: Side, there: Side) -> None:
    def moved(a: Side, b: Side) -> Any:
        others = b.parted(b.table.frame.filter(~b.within)).select(b.id.alias("id"))
        return a.ids().join(others, on="id", how="semi")

    count, first = _first_of(moved, here, there)
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
        np.array(label_texts(ours), object)[mine] != np.array(label_texts(others), object)[theirs]
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

    def pairs(a: Side, b: Side) -> Any:
        ours = a.frame.select(a.id.alias("id"), a.keys.expressions()["label"].alias("a"))
        theirs = b.frame.select(b.id.alias("id"), b.keys.expressions()["label"].alias("b"))
        both = ours.join(theirs, on="id", how="inner")
        return both.filter((ns.col("a") == one) & (ns.col("b") == two))

    _, first = _first_of(pairs, left, right)
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
