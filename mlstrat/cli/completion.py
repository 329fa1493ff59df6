"""What a shell completes beyond the names of commands and options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer


def explained(incomplete: str) -> list[tuple[str, str]]:
    """Complete a code, a term or a metric; codes in any case."""
    from mlstrat.cli.completing import explained

    # The shell keeps only what begins as it was typed, so the name takes over that spelling.
    start, n = incomplete.lower(), len(incomplete)
    return [
        (incomplete + name[n:], text)
        for name, text in explained().items()
        if name.lower().startswith(start)
    ]


def metrics(incomplete: str) -> list[str]:
    """Complete the name of a metric."""
    from mlstrat.cli.completing import metric_names

    return [name for name in metric_names() if name.startswith(incomplete)]


def schemas(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a document."""
    from mlstrat.cli.completing import schema_names

    return [(name, text) for name, text in schema_names().items() if name.startswith(incomplete)]


def columns(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete a column of the file that was typed already."""
    from mlstrat.cli.completing import columns_of

    return [name for name in columns_of(_file(ctx)) if name.startswith(incomplete)]


def chosen(values: Iterable[str]) -> Any:
    """Return a completion among a few words."""
    words = list(values)

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


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
