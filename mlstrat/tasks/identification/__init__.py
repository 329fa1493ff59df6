"""Who is it? Each probe against a gallery, best score first.

CSV ``probe, gallery, real, score`` or Idiap columns (claimed, [model,] real, probe, score). The
error is the share of enrolled probes whose best score is another's; a probe whose identity is in no
gallery is unenrolled (open set), and is measured with ``--threshold``.
"""

from __future__ import annotations

from collections.abc import Sequence


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, or lines hold the columns of its scores."""
    if header:
        return set(header) >= {"probe", "gallery", "real", "score"}
    from mlstrat.tasks.table.text import are_columns

    return are_columns(lines, (4, 5))
