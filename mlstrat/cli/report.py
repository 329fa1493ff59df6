"""Report: what do the others need to know?"""

from __future__ import annotations

from typing import Annotated

import typer

from mlstrat.cli import completion
from mlstrat.cli import options as opt
from mlstrat.cli.plot import plot


def explain(
    name: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODE|TERM|METRIC",
            help="As MLS102, avoidable bias, or f1; without it, the list.",
            autocompletion=completion.explained,
        ),
    ] = None,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """What a finding, term or metric means: rule, checklist, source.

    \b
    Examples:
      mlstrat explain MLS102
      mlstrat explain avoidable bias
    """
    how = opt.chosen_format(format_, output)
    from mlstrat import public

    opt.emit(public.explain(" ".join(name) if name else None), how, output)


def schema(
    command: Annotated[
        str | None,
        typer.Argument(
            metavar="COMMAND",
            help="Whose document; without it, the list.",
            autocompletion=completion.schemas,
        ),
    ] = None,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """The JSON schema of what a command writes with --format json.

    \b
    Examples:
      mlstrat schema
      mlstrat schema diagnose -o diagnose.schema.json
    """
    # A schema is for programs, so it is JSON unless a person asks to read it.
    asked = format_ or ("json" if command and not output else None)
    how = opt.chosen_format(asked, output)
    from mlstrat import public

    opt.emit(public.schema(command), how, output)


COMMANDS = ("report", "gate", plot, explain, schema)
