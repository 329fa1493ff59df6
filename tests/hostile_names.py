"""Names that something on their way would read as a pattern, an option, a home or an end.

A name is data. A command that is given files, folders and columns of such names must say what it
says of the same data under plain names: each hostile name stands for a plain one of its length,
and what was found under the one is held against what was found under the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

LONG = "a" * 255
"""As many bytes as a file system takes."""

NAMES: tuple[str, ...] = (
    "*", "?", "^label$", "^.*$", "run[12]", "[!a]", "{a,b}", "a*b?", "**", "^", "$", "$HOME",
    "${HOME}", "#", "a#b", "%41", "%s", "a&b", "it's", "'", '"', 'say "x"', "`x`", "a\\b", "\\",
    "two  words", "~", "~root", "-z", "--help", "-", "=1+1", "a=b", "k=v=w", "two\nlines", "a;b",
    "a,b", "a|b", "(a", "a:b", "<b>", "!", "@x", "+", "e\u0301", "\u00e9t\u00e9", "\U0001f431",
    "\u05e9\u05dc\u05d5\u05dd", "\u202eabc", "\u200b", LONG, "\U0001f431" * 60,
    "len", "n", "literal", "count", "index", "row", "value", "wanted", "found", "part", "outcome",
    "x", "c0", "c1", "c10", "lit", "all", "null", "None", "true", "1", "0.5", "__hash", "largest",
    "label", "prediction", "split", "id", "score", "group", "weight", "human", "human_*",
    "prob_^a$", "pred_*", "by x", "low source", "n0", "k1", "bad0", "run.label", "stratum",
)  # fmt: skip
"""The pool: of columns; and those that a file can have, of files and folders."""

ROLE_NAMES = frozenset(
    ("label", "prediction", "split", "id", "score", "group", "weight", "human", "human_*",
     "prob_^a$", "pred_*", "run.label", "stratum")
)  # fmt: skip
"""Names that mean something by themselves, unless ``--map`` says what the column is."""

FEW: tuple[str, ...] = (
    "*", "^label$", "^.*$", "run[12]", "a*b?", "{a,b}", "$HOME", "#", "%41", "it's", 'say "x"',
    "`x`", "a\\b", "~", "-z", "two\nlines", "a,b", "\u05e9\u05dc\u05d5\u05dd", "\U0001f431" * 60,
    "len", "n", "c1", "label", "prediction", "score", "id",
)  # fmt: skip
"""One of each kind, for the tests that run each time."""


def plain(names: Sequence[str]) -> dict[str, str]:
    """Return for each name a plain one that is as long and sorts at the same place.

    Examples
    --------
    >>> plain(["b*", "a" * 5])
    {'b*': 'q01', 'aaaaa': 'q00xx'}
    """
    place = {name: i for i, name in enumerate(sorted(names))}
    return {name: f"q{place[name]:02d}".ljust(len(name), "x") for name in names}


def difference(plainly: Any, hostile: Any, names: Mapping[str, str], at: str = "") -> str | None:
    """Return where two documents differ by more than the names, or None.

    `names` goes from the plain names of the first document to those that they stand for.
    """
    if isinstance(plainly, str) and isinstance(hostile, str):
        return None if _pattern(plainly, names).fullmatch(hostile) else f"{at}: {hostile!r}"
    if isinstance(plainly, dict) and isinstance(hostile, dict):
        keys = dict.fromkeys(plainly)
        if len(hostile) != len(keys):
            return f"{at}: {list(hostile)[:20]} instead of {list(keys)[:20]}"
        pairs = zip(plainly.items(), hostile.items(), strict=True)
        found = (difference(list(a), list(b), names, f"{at}/{a[0]}") for a, b in pairs)
    elif isinstance(plainly, list) and isinstance(hostile, list) and len(plainly) == len(hostile):
        pairs = zip(plainly, hostile, strict=True)
        found = (difference(a, b, names, f"{at}/{i}") for i, (a, b) in enumerate(pairs))
    else:
        return None if plainly == hostile else f"{at}: {hostile!r} instead of {plainly!r}"
    return next((x for x in found if x is not None), None)


def _pattern(text: str, names: Mapping[str, str]) -> re.Pattern[str]:
    """Return what a text with plain names may be under the hostile ones, however they are shown."""
    heads = {to.rstrip("x"): name for to, name in names.items()}

    def forms(token: str) -> str:
        name = heads[token.rstrip("x")]
        shown = {name, repr(name)[1:-1], " ".join(name.split()), json.dumps(name)[1:-1]}
        shown |= {x[: len(token)] for x in shown}
        return "(?:" + "|".join(map(re.escape, sorted(shown, key=len, reverse=True))) + ")"

    parts = re.split(f"((?:{'|'.join(heads)})x*)", text)
    return re.compile("".join(forms(x) if i % 2 else re.escape(x) for i, x in enumerate(parts)))


def fitting(name: str) -> bool:
    """Whether a file and a folder can be called so, with an ending, and in a command line."""
    return name not in ("-", "--help") and "/" not in name and len(name.encode()) <= 245


SHORT = 50
"""Characters of a name that leave room for what is put beside it."""

DECOYS = {"run[12]": "run1", "a*b?": "aXbY", "[!a]": "b", "?": "q", "*": "q", "**": "q"}
"""Files that fit names as globs: read instead, they would be refused."""


def renamed_files(
    words: Sequence[str],
    files: Mapping[str, bytes],
    name: str,
    *,
    decoys: bool,
    as_folder: bool,
) -> tuple[tuple[str, ...], dict[str, bytes]]:
    """Return a command line whose files are called, or lie in a folder that is called, so.

    So are those that it writes; files of several names get the name and a number.
    """
    to: dict[str, str] = {}
    for i, old in enumerate(x for x in files if x != "-"):
        if as_folder or "/" in old:
            to[old] = f"{name}/{old}"
            to[old.partition("/")[0]] = f"{name}/{old.partition('/')[0]}"
        else:
            to[old] = f"{name}{i or ''}.{old.partition('.')[2]}"
    for option, word in pairwise(words):
        if option == "-o" and word not in files and len(name) < SHORT:
            to[word] = to.get(word, f"{name}-{word}")
    new = tuple(f"./{to[word]}" if word in to else word for word in words)
    laid = {to.get(old, old): content for old, content in files.items()}
    decoy = DECOYS.get(name) if decoys else None
    if decoy is not None:
        laid |= {x.replace(name, decoy, 1): b"wrong\n" for x in laid if x.startswith(name)}
    return new, laid
