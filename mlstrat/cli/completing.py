"""What a shell offers to complete; never an error, and nothing slow."""

from __future__ import annotations

from pathlib import Path

from mlstrat.errors import MlstratError


def columns_of(source: str) -> list[str]:
    """Return the columns of a run or table; none where it cannot be read.

    Only the header of delimited text is read, whatever its size.
    """
    from mlstrat.data.delimited_text import read_header
    from mlstrat.data.files import find_files
    from mlstrat.data.opening import open_files
    from mlstrat.data.pipes import is_pipe
    from mlstrat.data.table import SEPARATORS

    try:
        if source == "-" or is_pipe(Path(source)):  # the shell waits for our words, not for a file
            return []
        files = find_files(source)
        if files.format in SEPARATORS:
            return list(read_header(files.parts[0], SEPARATORS[files.format]))
        return list(open_files(files).header)
    except (MlstratError, OSError, ValueError):
        return []


def metric_names() -> list[str]:
    """Return the names of the metrics."""
    from mlstrat.core.metrics import METRICS

    return list(METRICS)


def explained() -> dict[str, str]:
    """Return everything that `explain` knows, with its title."""
    from mlstrat.core.metrics import METRICS
    from mlstrat.workflow.explain.registry import RULES
    from mlstrat.workflow.explain.terms import TERMS

    return {
        **{t.name: t.title for t in TERMS.values()},
        **{m.name: m.title for m in METRICS.values()},
        **{r.code: r.title for r in RULES.values()},
    }


def schema_names() -> dict[str, str]:
    """Return the commands whose documents have a schema."""
    from mlstrat.workflow.explain.schemas import HOMES, title

    return {name.partition("/")[0]: title(name) for name in HOMES}
