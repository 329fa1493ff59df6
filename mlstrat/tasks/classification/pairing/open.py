"""Opens two runs that are to be paired: columns found, ids and splits checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlstrat.core.splits import pick_split
from mlstrat.data.columns import find_column, resolve_columns
from mlstrat.data.opening import open_table
from mlstrat.data.values import check_split_as
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.pairing.side import Side, make_side


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
