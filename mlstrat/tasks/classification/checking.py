"""Look at a run without counting it: does it open, and has it the columns that are asked for?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlstrat.data.columns import find_column, resolve_columns
from mlstrat.data.files import CHECKSUM_UP_TO
from mlstrat.data.opening import open_table
from mlstrat.data.values import check_split_as
from mlstrat.tasks.classification.predictions import choose_rule

READ_UP_TO = CHECKSUM_UP_TO
"""Bytes up to which a check reads every row: that is done within a second."""


@dataclass(frozen=True)
class Looked:
    """What a look at a run tells.

    ``small`` is whether its rows are few enough to be read in a check.
    """

    path: str
    columns: Mapping[str, str]
    small: bool


def look_at_run(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    by: Sequence[str] = (),
) -> Looked:
    """Return the columns of a run, by its header alone.

    Raises
    ------
    InputError, UsageError
        As `mlstrat.tasks.classification.run.read_run`, but for what only rows can tell.
    """
    check_split_as(split_as or {})
    table = open_table(source)
    files = table.files
    found = resolve_columns(table.header, columns or {}, file=table.name)
    choose_rule(found, threshold, positive, file=table.name)
    for name in by:
        find_column(table.header, name, file=table.name, option="--by")
    return Looked(
        table.name,
        dict(found.roles),
        files is None or (not files.remote and files.size <= READ_UP_TO),
    )
