"""Sheets on which a person marked the wrong labels, and left all other rows blank.

A row counts as read where a cell of it is filled in. Where that is so of wrong labels alone, and
other rows are blank, nobody can tell which of these were looked at and found right: taken as they
stand, every label read would be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlstrat.workflow.mislabels import LabelRow

HALF_MARKED = "only wrong labels are marked, and blank rows count as not read"


def is_half_marked(rows: Sequence[LabelRow]) -> bool:
    """Return whether all rows of a kind that were read have wrong labels, and some are blank."""
    read = [row.mislabeled for row in rows if row.read]
    return bool(read) and all(read) and len(read) < len(rows)


def usable(rows: Sequence[LabelRow]) -> list[LabelRow]:
    """Return the rows, those of a kind (errors, correct rows) that is half marked as not read."""
    half = {kind for kind in (True, False) if is_half_marked([r for r in rows if r.wrong == kind])}
    return [replace(row, read=False) if row.wrong in half else row for row in rows]
