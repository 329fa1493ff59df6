"""What a shell completes beyond the names of commands and options."""

from __future__ import annotations

from pathlib import Path

import typer

from mlstrat.errors import MlstratError


def explained(incomplete: str) -> list[tuple[str, str]]:
    """Complete a code, a term or a metric; codes in any case."""
    from mlstrat.core.metrics import METRICS
    from mlstrat.workflow.explain.registry import RULES
    from mlstrat.workflow.explain.terms import TERMS

    named = [(term.name, term.title) for term in TERMS.values()]
    named += [(metric.name, metric.title) for metric in METRICS.values()]
    named += [(rule.code, rule.title) for rule in RULES.values()]
    # The shell keeps only what begins as it was typed, so the name takes over that spelling.
    start, n = incomplete.lower(), len(incomplete)
    return [(incomplete + x[n:], title) for x, title in named if x.lower().startswith(start)]


def metrics(incomplete: str) -> list[str]:
    """Complete the name of a metric."""
    from mlstrat.core.metrics import METRICS

    return [name for name in METRICS if name.startswith(incomplete)]


def schemas(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a document."""
    from mlstrat.workflow.explain.schemas import HOMES, title

    named = {name.partition("/")[0]: title(name) for name in HOMES}
    return [(name, text) for name, text in named.items() if name.startswith(incomplete)]


def columns(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete a column of the file that was typed already."""
    return [name for name in columns_of(_file(ctx)) if name.startswith(incomplete)]


def figures(incomplete: str) -> list[str]:
    """Complete the kind of a figure."""
    from mlstrat.workflow.plot.command import KINDS

    return [name for name in KINDS if name.startswith(incomplete)]


def _file(ctx: typer.Context) -> str:
    """Return the first argument of the command: the run or table that it reads."""
    for parameter in ctx.command.params:
        if parameter.param_type_name == "argument":
            value = ctx.params.get(parameter.name or "")
            value = value[0] if isinstance(value, list | tuple) and value else value
            if isinstance(value, str):
                return value
            break
    # An option that still waits for its value stops the parser before it has named anything.
    return next((word for word in ctx.args if not word.startswith("-")), "-")


def columns_of(source: str) -> list[str]:
    """Return the columns of a run or table; none where it cannot be read.

    Only the header of delimited text is read, whatever its size.
    """
    from mlstrat.data.files import find_files
    from mlstrat.data.formats.delimited_text import read_header
    from mlstrat.data.opening import open_files
    from mlstrat.data.parts import is_pipe
    from mlstrat.data.several.named import named_files

    try:
        source = next(iter((named_files(source) or {"": source}).values()))
        if source == "-" or is_pipe(Path(source)):  # the shell waits for our words, not for a file
            return []
        files = find_files(source)
        if files.separator is not None:
            return list(read_header(files.parts[0], files.separator))
        return list(open_files(files).header)
    except (MlstratError, OSError, ValueError):
        return []
