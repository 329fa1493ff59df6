"""Read the errors: what are the errors like?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from mlstrat.cli import options as opt

COMMANDS: tuple[Callable[..., Any], ...] = ()
