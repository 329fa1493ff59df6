"""The hash of a text, as an expression of Spark's SQL: nothing need be installed on the workers.

The same numbers as `mlstrat.core.hashing`. SQL has no unsigned numbers and refuses to
overflow, so that a state of 64 bits is held as two numbers of 32 bits, and factors are multiplied
16 bits at a time.
"""

from __future__ import annotations

from mlstrat.core.hashing import MIX, PRIME_LOW, start_of

_WORD = "4294967295L"

SPACES = r"(?U)^\\s+|\\s+$"
"""White space around a text, all of Unicode's, in a literal of SQL."""


def quoted(name: str) -> str:
    """Return the name of a column as SQL writes it.

    Examples
    --------
    >>> quoted("a.b")
    '`a.b`'
    """
    return f"`{name.replace('`', '``')}`"


def hash_sql(text: str, seed: int, prefix: str = "") -> str:
    """Return the SQL of the hash of an expression of text, from 0 to 2⁶³ − 1."""
    start = start_of(seed, prefix)
    state = f"named_struct('h', {start >> 32}L, 'l', {start & 0xFFFFFFFF}L)"
    code = f"hex(encode({text}, 'UTF-8'))"
    places = f"if(length({code}) = 0, cast(array() AS array<int>), sequence(1, length({code}), 2))"
    octets = f"transform({places}, i -> cast(conv(substr({code}, i, 2), 16, 10) AS bigint))"
    factors = ", ".join(
        f"named_struct('h', {factor >> 32}L, 'l', {factor & 0xFFFFFFFF}L)" for factor in MIX
    )
    read = f"aggregate({octets}, {state}, (s, x) -> {_multiplied_by_prime('(s.l ^ x)')})"
    spread = f"aggregate(array({factors}), {read}, (s, c) -> {_multiplied()}"
    # The last shift by 33 and that by 1, which leaves 63 bits.
    return f"{spread}, s -> shiftleft(s.h, 31) | shiftright(s.l ^ shiftright(s.h, 1), 1))"


def _multiplied_by_prime(low: str) -> str:
    """Return the state times 2⁴⁰ + 435, modulo 2⁶⁴."""
    product = f"({low} * {PRIME_LOW}L)"
    high = f"(s.h * {PRIME_LOW}L + shiftright({product}, 32) + shiftleft({low}, 8)) & {_WORD}"
    return f"named_struct('h', {high}, 'l', {product} & {_WORD})"


def _multiplied() -> str:
    """Return the state xor itself shifted by 33, times the factor c, modulo 2⁶⁴."""
    low = "(s.l ^ shiftright(s.h, 1))"
    upper, lower = f"(shiftright({low}, 16) * c.l)", f"(({low} & 65535L) * c.l)"
    whole = f"(shiftleft({upper} & 65535L, 16) + {lower})"
    high = (
        f"(shiftright({upper}, 16) + shiftright({whole}, 32)"
        f" + {_times('s.h', 'c.l')} + {_times(low, 'c.h')}) & {_WORD}"
    )
    return f"named_struct('h', {high}, 'l', {whole} & {_WORD})"


def _times(x: str, factor: str) -> str:
    """Return a product of two numbers of 32 bits, modulo 2⁴⁸ and more: its low 32 bits hold."""
    upper = f"shiftleft((shiftright({x}, 16) * {factor}) & 65535L, 16)"
    return f"({upper} + (({x} & 65535L) * {factor}))"
