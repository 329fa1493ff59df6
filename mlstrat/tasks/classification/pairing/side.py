"""One of two runs that are paired: its columns, its ids, the rows that take part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from mlstrat.data.columns import ALIASES, Columns
from mlstrat.data.counting import Number, measure, refuse_counts
from mlstrat.data.opening import in_polars
from mlstrat.data.table import Table
from mlstrat.errors import InputError
from mlstrat.tasks.classification.contingency import Keys
from mlstrat.tasks.classification.losses import loss_numbers
from mlstrat.tasks.classification.predictions import choose_rule
from mlstrat.tasks.classification.scores import score_number
from mlstrat.tasks.groups import buckets_for
from mlstrat.tasks.pairing import Side

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
    threshold: float | None,
    by: tuple[str, ...],
    needs: str = "",
    joinable: bool = False,
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
            hint="name it: --map id=COLUMN",
        )
    rule = choose_rule(columns, threshold, positive, file=table.name)
    if not joinable:
        kept = dict.fromkeys([*columns.roles.values(), *by])
        table = in_polars(table, [x for x in table.header if x in kept])
    roles = {r: c for r, c in columns.roles.items() if r not in columns.answers}
    buckets = buckets_for(table, columns)
    keys = Keys(
        table, replace(columns, roles=roles), split_as, by, buckets, rule=rule, positive=positive
    )
    numbers = {x.column: x for x in rule.numbers}
    if needs == "score":
        for each in score_number(columns, positive, table.name):
            numbers.setdefault(each.column, each)
    elif needs:
        numbers |= {each.column: each for each in loss_numbers(columns, table.name)}
    if weight := columns.get("weight"):
        numbers[weight] = Number("weight", weight, low=0.0)
    rows, ranges = measure(table, list(numbers.values())) if numbers else (0, {})
    return Side(keys, column, (rows, ranges))
