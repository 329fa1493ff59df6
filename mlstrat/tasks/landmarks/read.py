"""Reads points: a table of what is right, and one of what was predicted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.errors import InputError, UsageError, did_you_mean
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.landmarks import X, Y
from mlstrat.tasks.landmarks.compute import PATTERNS
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.rows import Rows, open_both

ROLES = (
    Role("id", "names a picture; joins both tables, and two runs"),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "pictures of one group are not independent"),
)
TRUE, SAID = "true ", "said "
"""What the names of columns of the rows of the task start with, before x or y and the point."""
LARGEST = 1e100
MOST_POINTS = 1_000
"""Points of a picture, at most (mlstrat's threshold)."""


def column(side: str, axis: str, point: str) -> str:
    """Return the column of a coordinate among the rows of the task."""
    return f"{side}{axis}{point}"


def names_in(frame: Any) -> list[str]:
    """Return the points that rows of the task have."""
    start = TRUE + X
    return [x[len(start) :] for x in frame.columns if x.startswith(start)]


def points_of(frame: Any, side: str, names: list[str]) -> Floats:
    """Return the coordinates of rows of the task; N x P x 2."""
    sides = [frame.select(column(side, axis, x) for x in names) for axis in (X, Y)]
    return np.stack([x.to_numpy().astype(float) for x in sides], axis=2)


def read_points(given: Given, how: How) -> Raw:
    """Return the pictures of a run with the points of both sides, a row each."""
    import polars as pl

    truth, said = open_both(given, ROLES, how, {})
    here, there = _points(truth), _points(said)
    for one, other, rows in ((there, here, said), (here, there, truth)):
        strange = [x for x in one if x not in other]
        if strange:
            names = list(other.values())
            raise InputError(
                f"the point {one[strange[0]]!r}, which the other table does not have",
                file=rows.name, column=X + one[strange[0]], accepted=", ".join(names[:12]),
                hint=did_you_mean(one[strange[0]], names),
            )  # fmt: skip
    low = {id(x): {c.strip().lower(): c for c in reversed(x.frame.columns)} for x in (truth, said)}
    columns: dict[str, Any] = {}
    for key, name in here.items():
        right, mine = ([low[id(x)][axis + key] for axis in (X, Y)] for x in (truth, said))
        place = [truth.numbers(c, blank=True, low=-LARGEST, high=LARGEST) for c in right]
        hidden = [np.isnan(x) for x in place]
        half = np.flatnonzero(hidden[0] != hidden[1])
        if len(half):
            lacks = int(hidden[1][half[0]])
            raise truth.refuse(int(half[0]), right[lacks], f"a point without its {'xy'[lacks]}",
                               accepted="both coordinates, or both blank: not visible")  # fmt: skip
        for axis, values, own in zip((X, Y), place, mine, strict=True):
            columns[column(TRUE, axis, name)] = values
            columns[column(SAID, axis, name)] = said.numbers(
                own, low=-LARGEST, high=LARGEST, only=~hidden[0],
                hint="every point that is visible needs a prediction")  # fmt: skip
    used = [c for rows in (truth, said) for c in _coordinates(rows, here)]
    used += [x for x in truth.frame.columns if x in said.frame.columns]
    frame = pl.DataFrame({
        **said.free(used), **truth.free(used), **truth.shared(), **columns,
    })  # fmt: skip
    return Raw(frame, said.name, (*said.inputs, *truth.inputs), truth.roles)


def _coordinates(rows: Rows, points: Mapping[str, str]) -> list[str]:
    return [c for c in rows.frame.columns if c.strip().lower()[len(X) :] in points
            and c.strip().lower().startswith((X, Y))]  # fmt: skip


def _points(rows: Rows) -> dict[str, str]:
    """Return the points of a table, as they are written, by their names in lower case."""
    low = {c.strip().lower(): c.strip() for c in reversed(rows.frame.columns)}
    found: dict[str, str] = {}
    for name in rows.frame.columns:
        key = name.strip().lower()
        stem = key[len(X) :]
        if not key.startswith((X, Y)) or not stem or stem in found:
            continue
        lacks = next((axis for axis in (X, Y) if axis + stem not in low), None)
        if lacks is not None:
            raise InputError(f"no column {lacks}{low[key][len(X) :]}", file=rows.name,
                             column=name, accepted="x_<point> and y_<point>")  # fmt: skip
        found[stem] = low[X + stem][len(X) :]
    if not found or len(found) > MOST_POINTS:
        raise rows.lacks(f"{len(found):,} points", accepted="x_<point> and y_<point>, of 1 to "
                         f"{MOST_POINTS:,} points")  # fmt: skip
    for name in found.values():
        check_name(name, rows.name)
    return found


def check_name(name: str, file: str) -> None:
    """Refuse a point that has the name of another kind of error."""
    if name in PATTERNS:
        raise InputError(f"a point is called {name!r}, as a kind of error is", file=file,
                         accepted="another name")  # fmt: skip


def norm_of(how: How, names: list[str]) -> tuple[int, int] | None:
    """Return the places of the two points whose distance is the measure; None for the box."""
    given = how.options.get("norm")
    if given is None:
        return None
    words = given.split(",") if isinstance(given, str) else list(given)
    words = [str(x).strip() for x in words]
    strange = [x for x in words if x not in names]
    if len(words) != 2 or strange or words[0] == words[1]:
        said = f"there is no point {strange[0]!r}" if strange else "not two points"
        raise UsageError(
            f"--norm {','.join(words)}: {said}", accepted=", ".join(names[:20]),
            hint=did_you_mean(strange[0], names) if strange else "--norm A,B",
        )  # fmt: skip
    return names.index(words[0]), names.index(words[1])
