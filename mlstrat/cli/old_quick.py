"""Commands whose options are read without pydantic.

Newer releases of typer validate every option, given or not, through pydantic, whose import takes as
long as reading a run of a thousand rows and resampling it. Options here are texts, whole numbers,
numbers and lists of texts, for which calling the type is enough. A release of typer without that
step never calls what is set here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperCommand

from mlstrat.cli.places import check_call
from mlstrat.errors import inert

KINDS = {int: "a whole number", float: "a number"}

MOST: dict[Any, float] = {int: 2**63, float: float("inf")}
"""What no count, seed or bound reaches, and what 64 bits hold."""

LONGEST_SHOWN = 40


class Quick:
    """Mixed into a command or group of typer: turns its options into values by their types."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Let `Reader` read the options, where typer would ask pydantic."""
        for parameter in self.get_params(ctx):  # type: ignore[attr-defined]
            if hasattr(parameter, "get_runtime_param"):
                reader = Reader(parameter.type_descriptor.annotation)
                parameter.get_runtime_param = lambda reader=reader: reader
        with inert_errors():
            rest: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
        return rest


@contextlib.contextmanager
def inert_errors() -> Iterator[None]:
    """Let no complaint about what was typed steer the runner of a CI job: typer prints it."""
    try:
        yield
    except Exception as error:
        if isinstance(message := getattr(error, "message", None), str):
            error.message = inert(message)  # type: ignore[attr-defined]
        raise


class QuickCommand(Quick, TyperCommand):
    """A typer command that is read quickly, and writes over nothing that it reads."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command, once it is sure that nothing it reads is lost."""
        check_call(ctx.params)
        return super().invoke(ctx)


class Reader:
    """Turns the text of one option into its value."""

    def __init__(self, annotation: Any) -> None:
        self.kind = annotation if annotation in KINDS else None

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value of an option; None where it was not given."""
        if value is None or self.kind is None:
            return value
        shown = repr(value) if len(str(value)) <= LONGEST_SHOWN else f"{str(value)[:10]!r}…"
        try:
            number = self.kind(value)
        except ValueError:
            raise typer.BadParameter(
                f"{shown} is not {KINDS[self.kind]}.", ctx=ctx, param=param
            ) from None
        if not abs(number) < MOST[self.kind]:  # nan is not less
            why = (
                f"is too large: at most {2**63 - 1}"
                if self.kind is int
                else "is not a finite number"
            )
            raise typer.BadParameter(f"{shown} {why}.", ctx=ctx, param=param)
        return number
