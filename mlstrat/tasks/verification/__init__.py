"""Is it the same person? Trials with a score, accepted from a threshold on.

CSV ``left, right, same, score``; Idiap columns (claimed, [model,] real, probe, score); a list of
trials (``--truth``) beside scores; or ``id, label, score``. The error is the share of genuine
trials that are rejected where at most ``--far`` (0.01) of the impostors are accepted; the threshold
is chosen on dev alone. What is independent are identities, not trials.
"""

# No postponed annotations: they are the declarations.
from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import TASK, Option


class Asked(TypedDict, total=False):
    """The options of the task alone."""

    far: Annotated[float | None, Option(
        "Verification: share of impostors that may be accepted.", "0.01", panel=TASK)]  # fmt: skip
    distance: Annotated[bool, Option(
        "Verification: the score falls with sameness.", panel=TASK)]  # fmt: skip


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, or lines hold the columns of its scores."""
    if header:
        return set(header) >= {"left", "right", "same", "score"}
    from mlstrat.tasks.table.text import are_columns

    return are_columns(lines, (3, 4, 5))
