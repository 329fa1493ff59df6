"""Numbers: how far predictions are from targets, by example.

``target`` and ``prediction`` are numbers; the error is the mean absolute one, in the unit of the
target. ``--metric mse`` squares the distance, ``--within X`` counts predictions that are further
off than X. Numbers are never taken for this task unless it is named: classes can be numbers, too.
"""

from __future__ import annotations

from collections.abc import Sequence


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:  # noqa: ARG001
    """Tell that no table is of the task by itself: a number may be the name of a class."""
    return False
