"""Opens two runs that are to be paired: columns found, ids and splits checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from mlstrat.core.findings import Finding
from mlstrat.core.operating.choose import Threshold
from mlstrat.core.record import Record
from mlstrat.data.columns import ALIASES, Columns, find_column
from mlstrat.data.counting import Range, measure_too, refuse_counts
from mlstrat.data.grouping import Counted
from mlstrat.data.likely_roles import likely_id
from mlstrat.data.opening import in_polars, open_table
from mlstrat.data.roles import columns_of, splits_of
from mlstrat.data.table import Table
from mlstrat.data.values import PercentError, as_labels, label_text, label_texts
from mlstrat.errors import InputError, UsageError
from mlstrat.places import is_standard
from mlstrat.tasks.classification.contingency import Keys
from mlstrat.tasks.classification.findings import PERCENT
from mlstrat.tasks.classification.meant import about_sums, sums_of
from mlstrat.tasks.classification.run import numbers_of, rule_of
from mlstrat.tasks.findings import say
from mlstrat.tasks.keys import buckets_for, labelled_rows, locate
from mlstrat.tasks.pairing import Side, counted
from mlstrat.tasks.unpaired import common_split, first_of, listed_ids


class Sides(Record):
    """Two runs that are checked and not yet paired.

    ``main`` is the split that takes part, None for all rows; ``roles`` the column of each role.
    """

    left: LabelSide
    right: LabelSide
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
    threshold: Threshold = None,
    by: Sequence[str] = (),
    needs: str = "",
    predicts: bool = True,
    kept: dict[Any, Any] | None = None,
) -> Sides:
    """Return two runs, their ids and splits checked; as `read_pair` takes them."""
    if is_standard(a) and is_standard(b):
        raise UsageError("both runs are standard input", accepted="- for one of the two")
    tables = [open_table(x) for x in (a, b)]
    sides = {} if kept is None else kept
    if "columns" not in sides:
        sides["columns"] = columns_of(tables[0], columns[0])
    found = [sides["columns"], columns_of(tables[1], columns[1])]
    targets = splits_of(found[0], split_as or {}) | splits_of(found[1], split_as or {})
    tables = [labelled_rows(t, c) for t, c in zip(tables, found, strict=True)]
    slices = tuple(
        dict.fromkeys(
            find_column(tables[0].header, x, file=tables[0].name, option="--by") for x in by
        )
    )
    joinable = all(t.polars for t in tables) or all(t.on_spark for t in tables)
    how = tuple(sorted(targets.items())), joinable
    if how not in sides:
        sides[how] = make_side(
            tables[0], found[0], targets, positive, threshold, slices, needs, joinable, predicts
        )
    right = make_side(
        tables[1], found[1], targets, positive, threshold, (), needs, joinable, predicts
    )
    left, right = counted(sides[how], right, kept)
    main = common_split(left, right, split)
    return Sides(left.only(main), right.only(main), main, (found[0].roles, found[1].roles))


def check_labels(joined: Counted, left: LabelSide, right: LabelSide) -> None:
    """Refuse pairs of rows whose labels differ."""
    ns = left.table.ns
    ours, mine = joined.codes("label")
    others, theirs = joined.codes("label b")
    texts = label_texts(ours)
    same = as_labels(label_texts(others), texts)
    differ = np.array(texts, object)[mine] != np.array(same, object)[theirs]
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

    def pairs(a: LabelSide, b: LabelSide) -> Any:
        ours = a.frame.select(a.id.alias("id"), a.keys.expressions()["label"].alias("a"))
        theirs = b.frame.select(b.id.alias("id"), b.keys.expressions()["label"].alias("b"))
        both = ours.join(theirs, on="id", how="inner")
        return both.filter((ns.col("a") == one) & (ns.col("b") == two))

    _, first = first_of(pairs, left, right)
    file, row = left.row_of(first[0])
    raise InputError(
        f"{count:,} example{'s' if count > 1 else ''} with another label in {right.table.name}: "
        f"{label_text(one)!r} here and {label_text(two)!r} there for id {listed_ids(first)}",
        file=file,
        row=row,
        column=left.keys.columns.roles["label"],
        accepted="one label for one id: two models are compared on the same truth",
    )


LabelSide = Side[Keys]
"""One of two runs of labels."""


@contextmanager
def naming(option: str) -> Iterator[None]:
    """Say the option that a person typed, where the door would say ``--map prediction``."""
    try:
        yield
    except InputError as error:
        if not error.message.startswith("--map prediction "):
            raise
        raise InputError(
            error.message.replace("--map prediction", option, 1),
            file=error.file,
            accepted=error.accepted,
            hint=error.hint,
        ) from None


def make_side(
    table: Table,
    columns: Columns,
    split_as: Mapping[str, str],
    positive: str | None,
    threshold: Threshold,
    by: tuple[str, ...],
    needs: str = "",
    joinable: bool = False,
    predicts: bool = True,
) -> LabelSide:
    """Return one of the two runs, its columns found and its numbers checked.

    One whose frame is not `joinable` to the other's where it is, is collected to Polars.
    """
    refuse_counts(
        columns, table.name, "to pair by id",
        "two runs of counts are compared unpaired by a gate: mlstrat gate RUN --baseline FILE",
    )  # fmt: skip
    column = columns.get("id")
    if column is None:
        raise InputError(
            "no id column, and two runs are paired by id, never by the order of rows",
            file=table.name,
            accepted=", ".join(ALIASES["id"]),
            hint=f"name it: {likely_id(table.header)}",
        )
    table, rule = rule_of(table, columns, threshold, positive, split_as, by)
    if not joinable:
        kept = dict.fromkeys([*columns.roles.values(), *by])
        table = in_polars(table, [x for x in table.header if x in kept])
    roles = {r: c for r, c in columns.roles.items() if r not in columns.answers}
    buckets = buckets_for(table, columns)
    keys = Keys(
        table, replace(columns, roles=roles), split_as, by, buckets, rule=rule, positive=positive
    )
    numbers = numbers_of(rule, columns, needs, positive, table.name, predicts)
    try:
        sums = {}
        if needs in ("log_loss", "brier") and numbers.keys() >= set(columns.probabilities.values()):
            sums = sums_of(table, columns)
        rows, ranges, found = 0, dict[str, Range](), dict[str, Any]()
        if numbers:
            rows, ranges, found = measure_too(table, list(numbers.values()), sums)
    except PercentError as error:
        if error.column is None or error.column in table.percents:
            raise
        table = replace(table, percents=table.percents | {error.column})
        say(table.name, [Finding(PERCENT, {"columns": [error.column]})])
        return make_side(
            table, columns, split_as, positive, threshold, by, needs, joinable, predicts
        )
    say(table.name, about_sums(table, columns, rows, found, needs))
    return Side(keys, column, (rows, ranges))
