"""Figures and constraints as trees: columns, numbers, arithmetic, functions, a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    """A number; ``percent`` tells that it was written with a percent sign."""

    value: float
    percent: bool = False


@dataclass(frozen=True)
class Column:
    """A column by its name as it was written, at its place in the text."""

    name: str
    place: int = 0


@dataclass(frozen=True)
class Negative:
    """Minus something."""

    inside: Node


@dataclass(frozen=True)
class Binary:
    """Two sides and one of + - * /."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Call:
    """A function of `FUNCTIONS` with its arguments."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Column | Negative | Binary | Call


@dataclass(frozen=True)
class Expression:
    """A parsed expression with its text and the option that it was given to."""

    text: str
    root: Node
    option: str = ""

    @property
    def title(self) -> str:
        """The text, or the name of the column that it is."""
        return self.root.name if isinstance(self.root, Column) else self.text


@dataclass(frozen=True)
class Comparison:
    """A parsed constraint: two sides and one of `COMPARISONS`."""

    text: str
    left: Node
    operator: str
    right: Node
    option: str = "--where"


def columns_in(node: Node) -> Iterator[Column]:
    """Yield the columns of an expression, from left to right."""
    match node:
        case Column():
            yield node
        case Negative(inside):
            yield from columns_in(inside)
        case Binary(_, left, right):
            yield from columns_in(left)
            yield from columns_in(right)
        case Call(_, arguments):
            for argument in arguments:
                yield from columns_in(argument)
