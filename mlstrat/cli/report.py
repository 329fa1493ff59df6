"""Report: what do the others need to know?"""

from __future__ import annotations

from typing import Annotated

import typer

from mlstrat.cli import options as opt


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="A finding code, as MLS102.")
    ] = None,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """What a finding code means: rule, threshold, source.

    \b
    Examples:
      mlstrat explain
      mlstrat explain MLS102
    """
    how = opt.chosen_format(format_, output)
    from mlstrat import api

    opt.emit(api.explain(code), how, output)


COMMANDS = (explain,)
