"""Is it the same person? Trials with a score, accepted from a threshold on.

CSV ``left, right, same, score``; Idiap columns (claimed, [model,] real, probe, score); a list of
trials (``--truth``) beside scores; or ``id, label, score``. The error is the share of genuine
trials that are rejected where at most ``--far`` (0.01) of the impostors are accepted; the threshold
is chosen on dev alone. What is independent are identities, not trials.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlstrat.tasks.table.text import are_columns


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, or lines hold the columns of its scores."""
    if header:
        return set(header) >= {"left", "right", "same", "score"}
    return are_columns(lines, (3, 4, 5))
