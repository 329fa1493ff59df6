"""Bytes made wrong: flips, splices, repetitions, and what has broken readers before."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

TOKENS: tuple[bytes, ...] = (
    # text that ends, joins or escapes something
    b'"', b'""', b"'", b",", b";", b"\t", b"|", b"=", b"\n", b"\r", b"\r\n", b"\n\n", b"\\",
    b"\0", b"\x1a", b"\x1b[31m", b"\x1b]0;x\x07", b"\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff", b"\xc3", b"\xed\xa0\x80",
    b"\xf0\x9f\x90\xb1", b"\xe2\x88\x92", b"\xd9\xa1", b"\xef\xbc\x91", b"\xc2\xb2",
    b"e\xcc\x81", b"\xc2\xa0",
    # numbers
    b"0", b"-0", b"-1", b"1", b"1.0", b"01", b"1e308", b"1e309", b"-1e309", b"1e-320", b"nan",
    b"inf", b"-inf", b"9223372036854775807", b"9223372036854775808", b"18446744073709551616",
    b"1" * 400,
    b"9" * 5000, b"0.5", b"100%", b"101%", b"-1%", b"0/0", b"1/1", b"2/1", b"0/1000", b"1_000",
    b"0x10", b"1,5", b"1e400%", b"NaN", b"Infinity", b"1.7976931348623157e308", b"5e-324",
    # words that mean something
    b"true", b"false", b"null", b"None", b"NA", b"none", b"train", b"train-dev", b"dev", b"test",
    b"label", b"prediction", b"score", b"split", b"id", b"group", b"sample_weight", b"human_a",
    b"prob_a", b"tags", b"mislabeled", b"true_label", b"stratum", b"sampling_weight", b"error",
    b"correct", b"n", b"name", b"level", b"*", b"sep=;", b"MLS102", b"accuracy", b"roc_auc",
    b"__HIVE_DEFAULT_PARTITION__",
    # what other readers would act on
    b"=1+1", b"@SUM(A1)", b"+1", b"<script>", b"</title>", b"]]>", b"&amp;", b"[red]", b"[/red]",
    b"${HOME}", b"`x`", b"%s", b"%(x)s", b"{0}", b"{", b"}", b"[", b"]", b"[" * 2000, b"(" * 2000,
    b"../../x", b"/dev/null", b"C:\\x", b"-", b"--help", b"#", b"[[gate]]\n", b"[diagnose]\n",
    b"\n= 1",    b"1979-05-27T07:32:00Z", b"''' ", b'""" ',
)  # fmt: skip
"""A dictionary of what is special to CSV, TOML, JSON, numbers, terminals and our own words."""

Mutation = Callable[[bytes, random.Random], bytes]


def _place(content: bytes, rng: random.Random) -> int:
    return rng.randint(0, len(content))


def _span(content: bytes, rng: random.Random, most: int = 40) -> tuple[int, int]:
    start = _place(content, rng)
    return start, min(len(content), start + rng.randint(1, most))


def flip(content: bytes, rng: random.Random) -> bytes:
    """Change one byte."""
    if not content:
        return content
    i = rng.randrange(len(content))
    return content[:i] + bytes([content[i] ^ (1 << rng.randrange(8))]) + content[i + 1 :]


def byte(content: bytes, rng: random.Random) -> bytes:
    """Put any byte somewhere."""
    i = _place(content, rng)
    return content[:i] + bytes([rng.randrange(256)]) + content[i:]


def cut(content: bytes, rng: random.Random) -> bytes:
    """Take a span out."""
    start, end = _span(content, rng)
    return content[:start] + content[end:]


def end_early(content: bytes, rng: random.Random) -> bytes:
    """Leave off the end."""
    return content[: _place(content, rng)]


def repeat(content: bytes, rng: random.Random) -> bytes:
    """Repeat a span, a few times or many."""
    start, end = _span(content, rng)
    return content[:end] + content[start:end] * rng.choice((1, 2, 50)) + content[end:]


def move(content: bytes, rng: random.Random) -> bytes:
    """Splice a span in at another place."""
    start, end = _span(content, rng)
    i = _place(content, rng)
    return content[:i] + content[start:end] + content[i:]


def insert(content: bytes, rng: random.Random) -> bytes:
    """Put a token somewhere."""
    i = _place(content, rng)
    return content[:i] + rng.choice(TOKENS) + content[i:]


def _cells(content: bytes) -> list[tuple[int, int]]:
    """Return where the cells, words and values of a text stand."""
    places, start = [], 0
    for i, c in enumerate(content):
        if c in b',;\t\n|= "':
            places.append((start, i))
            start = i + 1
    return [*places, (start, len(content))]


def replace(content: bytes, rng: random.Random) -> bytes:
    """Put a token in the place of a whole cell."""
    start, end = rng.choice(_cells(content))
    return content[:start] + rng.choice(TOKENS) + content[end:]


def exchange(content: bytes, rng: random.Random) -> bytes:
    """Copy one cell over another."""
    cells = _cells(content)
    (a, b), (start, end) = rng.choice(cells), rng.choice(cells)
    return content[:start] + content[a:b] + content[end:]


def lines(content: bytes, rng: random.Random) -> bytes:
    """Drop, double or swap lines."""
    parts = content.splitlines(keepends=True)
    if not parts:
        return content
    i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
    what = rng.randrange(3)
    if what == 0:
        del parts[i]
    elif what == 1:
        parts.insert(j, parts[i])
    else:
        parts[i], parts[j] = parts[j], parts[i]
    return b"".join(parts)


def column(content: bytes, rng: random.Random) -> bytes:
    """Put one token in a whole column: a name, numbers or blanks."""
    rows = [line.split(b",") for line in content.split(b"\n")]
    i = rng.randrange(max(1, len(rows[0])))
    token, header = rng.choice((*TOKENS, b"")), rng.random() < 0.2
    for row in rows[0 if header else 1 :]:
        if i < len(row):
            row[i] = token
    return b"\n".join(map(b",".join, rows))


MUTATIONS: Sequence[Mutation] = (
    flip, byte, cut, end_early, repeat, move, insert, insert, replace, replace, replace, exchange,
    lines, column,
)  # fmt: skip


def mutate(content: bytes, rng: random.Random) -> bytes:
    """Return bytes after one to four changes: most inputs are wrong in one place."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4))):
        content = rng.choice(MUTATIONS)(content, rng)
    return content


def mutate_text(text: str, rng: random.Random) -> str:
    """Return a word of a command line after changes; the system passes no NUL and no surrogate."""
    if rng.random() < 0.4:
        return rng.choice(TOKENS).decode(errors="replace").replace("\0", "")
    return mutate(text.encode(), rng).decode(errors="replace").replace("\0", "")
