"""What is right and what was predicted, as two tables with the same columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mlstrat.data.asked.read_as import FILTER, no_rows
from mlstrat.data.files import describe_input
from mlstrat.errors import InputError
from mlstrat.tasks.cards import Given
from mlstrat.tasks.contract import How, Role
from mlstrat.tasks.table.joining import matched
from mlstrat.tasks.table.rows import Rows, read_frame, roles_in


def open_both(
    given: Given, roles: Sequence[Role], how: How, aliases: Mapping[str, Sequence[str]]
) -> tuple[Rows, Rows]:
    """Return what is right and what was predicted: two tables with the same columns.

    The predictions have their rows in the order of the truth, joined by id. What ``--filter`` says
    is said of the truth.

    Raises
    ------
    InputError
        Without a truth; for a file that cannot be read, and ids that are not those of the truth.
    UsageError
        For roles that there are not.
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
