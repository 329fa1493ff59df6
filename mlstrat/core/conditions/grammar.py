# Over 300 lines: the trees and the parser that makes them stand together.
"""The grammar of every option that names rows or models by a condition, and of figures.

`select --where` takes one constraint, with arithmetic and five functions; ``[[gate]] where`` and
`score --weight-when` take equalities alone, joined by "and" or a comma, in which the value is
text to the end and may hold blanks, signs and what joins::

    equalities = column ("==" | "=") value {("and" | ",") column ("==" | "=") value}

    constraint = sum ("<" | "<=" | ">" | ">=" | "==") sum
    sum        = product {("+" | "-") product}
    product    = unary {("*" | "/") unary}
    unary      = "-" unary | atom
    atom       = number ["%"] | column | function "(" sum {"," sum} ")" | "(" sum ")"
    column     = word | "`" any text "`"

Nothing is evaluated as Python. A mistake is shown with a caret under its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Literal

from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean


class Number(Record):
    """A number; ``percent`` tells that it was written with a percent sign."""

    value: float
    percent: bool = False


class Column(Record):
    """A column by its name as it was written, at its place in the text."""

    name: str
    place: int = 0


class Negative(Record):
    """Minus something."""

    inside: Node


class Binary(Record):
    """Two sides and one of + - * /."""

    operator: str
    left: Node
    right: Node


class Call(Record):
    """A function of `FUNCTIONS` with its arguments."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Column | Negative | Binary | Call


class Expression(Record):
    """A parsed expression with its text and the option that it was given to."""

    text: str
    root: Node
    option: str = ""

    @property
    def title(self) -> str:
        """The text, or the name of the column that it is."""
        return self.root.name if isinstance(self.root, Column) else self.text


class Comparison(Record):
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


DEEPEST = 50
"""Parentheses and signs inside one another; more is no figure that anyone reads."""

LONGEST_SHOWN = 72
"""Characters of an expression that are shown around a mistake."""

FUNCTIONS: dict[str, tuple[int, int | None, str]] = {
    "mean": (1, None, "mean(us, china, india)"),
    "min": (1, None, "min(recall_a, recall_b)"),
    "max": (1, None, "max(error_a, error_b)"),
    "f1": (2, 2, "f1(precision, recall)"),
    "rate": (2, 2, "rate(fp, hours): a count and the hours in which it was counted"),
}
"""Fewest and most arguments of a function, and how it is written."""

COMPARISONS = ("<=", ">=", "==", "<", ">")


def parse_expression(text: str, option: str = "--maximize") -> Expression:
    """Return a parsed expression."""
    parser = _Parser(text, option)
    root = parser.sum(0)
    if parser.kind in COMPARISONS:
        raise parser.wrong("a comparison belongs to --where")
    parser.end()
    return Expression(text.strip(), root, option)


def parse_comparison(text: str, option: str = "--where") -> Comparison:
    """Return a parsed constraint."""
    parser = _Parser(text, option)
    left = parser.sum(0)
    operator = parser.kind
    if operator not in COMPARISONS:
        raise parser.wrong("a comparison is missing: " + ", ".join(COMPARISONS))
    parser.step()
    right = parser.sum(0)
    if parser.kind in COMPARISONS:
        raise parser.wrong("one comparison is enough: write two --where")
    parser.end()
    return Comparison(text.strip(), left, operator, right, option)


Equality = tuple[str, str]
"""A column, and the value that its cell must have, both as they were written."""

_JOINED = {"==": r"\s+and\s+(?=[^='\"]+==)", "=": r",(?=[^,=]+=)"}
"""What joins equalities by their sign: only where another COLUMN and its sign follow, so that an
"and" or a comma within a value stays."""


def parse_equalities(text: str, sign: Literal["==", "="]) -> tuple[Equality, ...] | None:
    """Return the equalities of a text, all of which must hold; None where it is not one or more.

    ``COLUMN == VALUE and …``, where a value may be quoted, or ``COLUMN=VALUE,…``, where it is taken
    as it stands and may be empty.
    """
    out = []
    for part in re.split(_JOINED[sign], text):
        column, found, value = part.partition(sign)
        column = column.strip()
        if not (column and found):
            return None
        if sign == "==":
            if not value or any(x in column for x in "='\""):
                return None
            value = value.strip()
            if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]:
                value = value[1:-1]
        out.append((column, value))
    return tuple(out)


def pointed(
    message: str, text: str, place: int, option: str, hint: str | None = None
) -> UsageError:
    """Return the error with the text and a caret under a place of it."""
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    if len(shown) > LONGEST_SHOWN:
        start = max(0, min(place, len(shown)) - LONGEST_SHOWN // 2)
        shown, place = shown[start : start + LONGEST_SHOWN], place - start
    return UsageError(
        f"{option}: {message}\n    {shown}\n    {' ' * _columns(shown[:place])}^", hint=hint
    )


def _columns(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d][\w.]*)
    | `(?P<quoted>[^`]*)`
    | (?P<sign><=|>=|==|[-+*/(),%<>])
    )""",
    re.VERBOSE,
)


class _Parser:
    """Recursive descent; ``kind`` and ``value`` are those of the token that comes next."""

    def __init__(self, text: str, option: str) -> None:
        self.text, self.option = text, option
        self.place = self.after = 0
        self.kind, self.value = "", ""
        self.step()

    def wrong(self, message: str, hint: str | None = None, place: int | None = None) -> UsageError:
        at = self.place if place is None else place
        return pointed(message, self.text, at, self.option, hint)

    def step(self) -> None:
        """Read the next token."""
        rest = self.text[self.after :]
        self.place = self.after + len(rest) - len(rest.lstrip())
        if not rest.strip():
            self.place = len(self.text.rstrip())
            self.kind, self.value = "end", ""
            return
        found = _TOKEN.match(self.text, self.after)
        if found is None or found.lastgroup is None:
            raise self._unreadable()
        self.after = found.end()
        self.value = found[found.lastgroup]
        self.kind = self.value if found.lastgroup == "sign" else found.lastgroup

    def _unreadable(self) -> UsageError:
        sign = self.text[self.place]
        if sign == "`":
            return self.wrong("a backquote without its second one")
        if sign == "=":
            return self.wrong("a single = compares nothing", hint="write ==")
        if self.text.startswith("!=", self.place):
            return self.wrong(
                "!= is not a constraint", hint="write one of " + ", ".join(COMPARISONS)
            )
        return self.wrong(
            f"{sign!r} means nothing here",
            hint="put names with spaces or signs in backquotes: `dev acc.`",
        )

    def end(self) -> None:
        """Check that nothing follows."""
        if self.kind == "end":
            return
        hint = None
        if self.kind in ("word", "quoted", "number", "("):
            hint = "put names with spaces in backquotes: `dev acc.`; a product needs its *"
        raise self.wrong("the expression should end here", hint)

    def sum(self, depth: int) -> Node:
        return self._chain(("+", "-"), self._product, depth)

    def _product(self, depth: int) -> Node:
        return self._chain(("*", "/"), self._unary, depth)

    def _chain(self, operators: tuple[str, str], part: Callable[[int], Node], depth: int) -> Node:
        node, length = part(depth), 0
        while self.kind in operators:
            operator, length = self.kind, length + 1
            if length > DEEPEST * 4:
                raise self.wrong("the expression is too long")
            self.step()
            node = Binary(operator, node, part(depth))
        return node

    def _unary(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise self.wrong(f"more than {DEEPEST} levels inside one another")
        if self.kind != "-":
            return self._atom(depth)
        self.step()
        return Negative(self._unary(depth + 1))

    def _atom(self, depth: int) -> Node:
        kind, value, place = self.kind, self.value, self.place
        if kind == "number":
            self.step()
            if self.kind != "%":
                return Number(float(value))
            self.step()
            return Number(float(value), percent=True)
        if kind == "(":
            self.step()
            inside = self.sum(depth + 1)
            self._close(place)
            return inside
        if kind == "word":
            self.step()
            return self._call(value, place, depth) if self.kind == "(" else Column(value, place)
        if kind == "quoted":
            if not value.strip():
                raise self.wrong("no name between the backquotes")
            self.step()
            return Column(value.strip(), place)
        raise self.wrong('a number, a column or "(" is missing here')

    def _call(self, name: str, place: int, depth: int) -> Node:
        function = name.lower()
        if function not in FUNCTIONS:
            hint = did_you_mean(function, FUNCTIONS) or f"there are {', '.join(FUNCTIONS)}"
            raise self.wrong(f"there is no function {name!r}", hint, place)
        opened = self.place
        self.step()
        arguments = [] if self.kind == ")" else [self.sum(depth + 1)]
        while self.kind == ",":
            self.step()
            arguments.append(self.sum(depth + 1))
        self._close(opened)
        fewest, most, usage = FUNCTIONS[function]
        if len(arguments) < fewest or (most is not None and len(arguments) > most):
            raise self.wrong(f"{function} is written {usage}", None, place)
        return Call(function, tuple(arguments))

    def _close(self, opened: int) -> None:
        if self.kind == "end":
            raise self.wrong("a parenthesis that is never closed", place=opened)
        if self.kind != ")":
            raise self.wrong('an operator or ")" is missing here')
        self.step()
