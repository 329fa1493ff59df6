"""What two runs have in common: the split they are paired on, and ids that only one has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlstrat.core.counts import pick_split
from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.data.grouping import unordered
from mlstrat.errors import InputError
from mlstrat.tasks.findings import UNPAIRED_EXAMPLES
from mlstrat.tasks.pairing import Side, in_parts


def common_split(left: Side[Any], right: Side[Any], asked: str | None) -> str:
    """Return the split that both have; dev where neither has any to choose from."""
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


class Unpaired(Record):
    """Ids that have no partner: how many, and the first few in order."""

    count: int
    ids: tuple[str, ...]


def unpaired_findings(
    names: tuple[str, str], missing: Unpaired, extra: Unpaired, paired: int
) -> list[Finding]:
    """Return the finding on examples that one of two runs does not have, if there are any."""
    if not missing.count and not extra.count:
        return []
    lost = {
        side: {"file": name, "count": found.count, "ids": list(found.ids)}
        for side, name, found in zip(("missing", "extra"), names, (missing, extra), strict=True)
    }
    return [Finding(UNPAIRED_EXAMPLES, {**lost, "paired": paired})]


class NothingSharedError(InputError):
    """Two runs have no id in common."""


def unpaired(left: Side[Any], right: Side[Any]) -> tuple[Unpaired, Unpaired]:
    """Return the ids of each run that the other does not have."""
    for side in (left, right):
        _check_repeated(side)
    missing, extra = _only(left, right), _only(right, left)
    if missing.count == left.rows:
        raise NothingSharedError(
            f"no id in common with {right.table.name}: {listed_ids(missing.ids[:3])} here, "
            f"{listed_ids(extra.ids[:3])} there",
            file=left.table.name,
            column=left.column,
            accepted="two runs on the same examples",
            hint="name the id columns: --map id=COLUMN",
        )
    for here, there, lost in ((left, right, missing), (right, left, extra)):
        if lost.count and there.within is not None:
            _check_other_split(here, there)
    return missing, extra


def _check_repeated(side: Side[Any]) -> None:
    ns = side.table.ns

    def repeated(here: Side[Any]) -> Any:
        return unordered(here.ids(), ("id",), ns.len().alias("n")).filter(ns.col("n") > 1)

    _refuse(side, *first_of(repeated, side), "repeated", "each id once in a split")


def _refuse(side: Side[Any], count: int, first: list[Any], said: str, accepted: str) -> None:
    """Refuse ids, if there are any."""
    if count:
        file, row = side.row_of(first[0])
        raise InputError(
            f"{count:,} id{'s' if count > 1 else ''} {said}: {listed_ids(first, count)}; "
            "the first is here",
            file=file, row=row, column=side.column, accepted=accepted,
        )  # fmt: skip


def _only(here: Side[Any], there: Side[Any]) -> Unpaired:
    def rest(a: Side[Any], b: Side[Any]) -> Any:
        return a.ids().join(b.ids(), on="id", how="anti")

    count, first = first_of(rest, here, there)
    return Unpaired(count, tuple(str(x) for x in first))


def first_of(ask: Callable[..., Any], *sides: Side[Any]) -> tuple[int, list[Any]]:
    """Return how many ids a query finds, and the first few in order; asked part by part."""
    table = sides[0].table
    n, ids = table.ns.len().alias("n"), table.ns.col("id")
    if table.on_spark:  # which holds no list of them in a cell
        rows = ask(*sides)
        listed = table.collect(lambda _: rows.sort("id").head(MOST_LISTED))
        count = int(table.collect(lambda _: rows.select(n)).value("n"))
        return count, listed.frame["id"].to_list()

    def few(*parts: Side[Any]) -> Any:
        return ask(*parts).select(n, ids.sort().head(MOST_LISTED).implode().alias("first"))

    count, first = 0, []
    for found in in_parts(few, *sides):
        count += int(found.value("n"))
        first += list(found.value("first"))
    return count, sorted(first)[:MOST_LISTED]


def _check_other_split(here: Side[Any], there: Side[Any]) -> None:
    def moved(a: Side[Any], b: Side[Any]) -> Any:
        others = b.parted(b.table.frame.filter(~b.within)).select(b.id.alias("id"))
        return a.ids().join(others, on="id", how="semi")

    _refuse(here, *first_of(moved, here, there),
            f"of {here.main} in another split of {there.table.name}",
            "the same examples in the same splits")  # fmt: skip


def listed_ids(ids: Any, count: int | None = None) -> str:
    """Return ids in words, and how many more there are."""
    shown = ", ".join(repr(str(x)[:40]) for x in ids)
    more = 0 if count is None else count - len(ids)
    return f"{shown} and {more:,} more" if more > 0 else shown
