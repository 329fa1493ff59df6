"""Numbers: how far predictions are from targets, by example.

``target`` and ``prediction`` are numbers; the error is the mean absolute one, in the unit of the
target. ``--metric mse`` squares the distance, ``--within X`` counts predictions that are further
off than X. Numbers are never taken for this task unless it is named: classes can be numbers, too.
"""

# No postponed annotations: they are the declarations.
from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import TASK, Option


class Asked(TypedDict, total=False):
    """The options of the task alone."""

    within: Annotated[float | None, Option(
        "Regression: distance from which a prediction counts as wrong.", "X", panel=TASK,
        )]  # fmt: skip


def fits(_header: Sequence[str], _lines: Sequence[str]) -> bool:
    """Tell that no table is of the task by itself: a number may be the name of a class."""
    return False
