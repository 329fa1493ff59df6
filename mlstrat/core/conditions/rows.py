"""Conditions on rows, as ``--filter`` takes them::

    condition = both {"or" both}
    both      = one {"and" one}
    one       = "not" one | "(" condition ")" | test
    test      = column ("==" | "!=" | "<" | "<=" | ">" | ">=") value
              | column ["not"] "in" "(" value {"," value} ")"
    column    = word | "`" any text "`"
    value     = number | word | "'" any text "'"

Left stands a column; right of a sign a word is text, and a number compares as a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from mlstrat.core.conditions.grammar import DEEPEST, pointed
from mlstrat.core.record import Record
from mlstrat.errors import UsageError

ORDER = ("<", "<=", ">", ">=")
SIGNS = ("==", "!=", *ORDER)

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![^\s<>=!(),])
    | (?P<text>'[^']*'|"[^"]*")
    | `(?P<quoted>[^`]*)`
    | (?P<sign><=|>=|==|!=|[<>(),])
    | (?P<word>[^\s'"`<>=!(),]+)
    )""",
    re.VERBOSE,
)


class Test(Record):
    """A column and the values that it is held against; ``in`` stands as ``==`` with several."""

    column: str
    sign: str
    values: tuple[str | float, ...]


class Not(Record):
    """The rows that do not fulfil a condition."""

    inside: Condition


class Joined(Record):
    """The rows that fulfil all conditions, or any of them."""

    word: Literal["and", "or"]
    parts: tuple[Condition, ...]


Condition = Test | Not | Joined


def tests_in(condition: Condition) -> Iterator[Test]:
    """Yield the tests of a condition, from left to right."""
    match condition:
        case Test():
            yield condition
        case Not(inside):
            yield from tests_in(inside)
        case Joined(_, parts):
            for part in parts:
                yield from tests_in(part)


def parse_condition(text: str, option: str = "--filter") -> Condition:
    """Return a parsed condition on rows."""
    parser = _Parser(text, option)
    condition = parser.joined("or", 0)
    if parser.kind != "end":
        raise parser.wrong("the condition should end here", "put text with spaces in quotes")
    return condition


class _Parser:
    """Recursive descent; ``kind`` and ``value`` are those of the token that comes next."""

    def __init__(self, text: str, option: str) -> None:
        self.text, self.option, self.after = text, option, 0
        self.step()

    def wrong(self, message: str, hint: str | None = None) -> UsageError:
        return pointed(message, self.text, self.place, self.option, hint)

    def step(self) -> None:
        """Read the next token."""
        rest = self.text[self.after :]
        self.place = self.after + len(rest) - len(rest.lstrip())
        self.kind, self.value = "end", ""
        if not rest.strip():
            self.place = len(self.text.rstrip())
            return
        found = _TOKEN.match(self.text, self.after)
        if found is None or found.lastgroup is None:
            single = self.text[self.place] == "="
            raise self.wrong("a single = compares nothing" if single else "this cannot be read",
                             "write ==" if single else "a quote must be closed")  # fmt: skip
        self.after, self.value = found.end(), found[found.lastgroup]
        self.kind = self.value if found.lastgroup == "sign" else found.lastgroup
        if self.kind == "word" and self.value.lower() in ("and", "or", "not", "in"):
            self.kind = self.value.lower()

    def joined(self, word: Literal["and", "or"], depth: int) -> Condition:
        if depth > DEEPEST:
            raise self.wrong(f"more than {DEEPEST} levels inside one another")
        parts = []
        while True:
            parts.append(self.joined("and", depth) if word == "or" else self._one(depth))
            if self.kind != word:
                return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))
            self.step()

    def _one(self, depth: int) -> Condition:
        if self.kind == "not":
            self.step()
            return Not(self._one(depth + 1)) if depth < DEEPEST else self.joined("or", depth + 1)
        if self.kind != "(":
            return self._test()
        self.step()
        inside = self.joined("or", depth + 1)
        self._expect(")")
        return inside

    def _test(self) -> Condition:
        if self.kind not in ("word", "quoted") or not self.value.strip():
            raise self.wrong("a column is missing here", "as in: region == north")
        column = self.value.strip()
        self.step()
        negated = self.kind == "not"
        if negated:
            self.step()
        if self.kind == "in":
            self.step()
            found = Test(column, "==", self._listed())
            return Not(found) if negated else found
        if negated or self.kind not in SIGNS:
            raise self.wrong("a comparison is missing: " + ", ".join((*SIGNS, "in (…)")))
        sign = self.kind
        self.step()
        if sign in ORDER and self.kind != "number":
            raise self.wrong(f"{sign} compares numbers", "text is held against == or in (…)")
        return Test(column, sign, (self._value(),))

    def _listed(self) -> tuple[str | float, ...]:
        self._expect("(")
        values = [self._value()]
        while self.kind == ",":
            self.step()
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> str | float:
        kind, value = self.kind, self.value
        if kind not in ("number", "text", "word"):
            raise self.wrong("a value is missing here", "a word, a number, or text in quotes")
        self.step()
        return float(value) if kind == "number" else value[1:-1] if kind == "text" else value

    def _expect(self, sign: str) -> None:
        if self.kind != sign:
            raise self.wrong(f"{sign!r} is missing here")
        self.step()
