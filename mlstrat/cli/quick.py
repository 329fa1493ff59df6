"""Parameters of typer that read their text without pydantic, whose start-up they would take."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperArgument, TyperOption

KINDS = {int: "a whole number", float: "a number"}


MOST: dict[Any, float] = {int: 2**63, float: float("inf")}
"""What no count, seed or bound reaches, and what 64 bits hold."""


LONGEST_SHOWN = 40


class QuickOption(TyperOption):
    """An option that reads its text without pydantic, whose start-up it would take."""

    number: Any = None

    def process_value(self, ctx: Any, value: Any) -> Any:
        """Return the value of an option; None where it was not given."""
        if value is not None and self.number is not None:
            value = number(self.number, value, self, ctx)
        return value if self.callback is None else self.callback(ctx, self, value)


class QuickArgument(TyperArgument):
    """An argument, likewise."""

    number: Any = None

    def process_value(self, ctx: Any, value: Any) -> Any:
        """Return the value of an argument; typer refuses one that is missing."""
        missing = self.required and (value is None or value == ())
        return super().process_value(ctx, value) if missing else value


QUICK: dict[type, Any] = {TyperOption: QuickOption, TyperArgument: QuickArgument}


def quick(parameter: Any, kind: Any = None) -> Any:
    """Return a parameter of typer as one that reads its text; `kind` is that of its number."""
    if type(parameter) not in QUICK:
        return parameter
    own = object.__new__(QUICK[type(parameter)])
    vars(own).update(vars(parameter), number=kind)
    return own


def number(kind: Any, text: str, parameter: Any, ctx: Any) -> Any:
    """Return the number that an option says.

    Raises
    ------
    typer.BadParameter
        For a text that is none, and for a number that nothing can be.
    """
    shown = repr(text) if len(str(text)) <= LONGEST_SHOWN else f"{str(text)[:10]!r}…"
    try:
        value = kind(text)
    except ValueError:
        raise typer.BadParameter(
            f"{shown} is not {KINDS[kind]}.", ctx=ctx, param=parameter
        ) from None
    if not abs(value) < MOST[kind]:  # nan is not less
        why = f"is too large: at most {2**63 - 1}" if kind is int else "is not a finite number"
        raise typer.BadParameter(f"{shown} {why}.", ctx=ctx, param=parameter)
    return value
