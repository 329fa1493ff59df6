"""An input of the fuzzer under hostile names of files and columns, held against plain ones."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fuzz.door import READERS, Ended
from tests.hostile_names import NAMES, ROLE_NAMES, difference, fitting, renamed_files

Files = dict[str, bytes]
Words = tuple[str, ...]

FREE = ("site", "x", "ink")
"""Columns of the seeds that play no role, and so may be called anything."""

FILE_NAMES = tuple(filter(fitting, NAMES))
COLUMN_NAMES = tuple(x for x in NAMES if x not in ROLE_NAMES)


@dataclass(frozen=True)
class Pair:
    """One input under hostile names and under plain ones; `names` goes from these to those."""

    words: Words
    files: Files
    plain_words: Words
    plain_files: Files
    names: Mapping[str, str]

    def disagreement(self, ended: Ended, run: Callable[[Words, Files], Ended]) -> list[str]:
        """Return how a command that ended under hostile names ends otherwise under plain ones."""
        plainly = run(self.plain_words, self.plain_files)
        if ended.code != plainly.code:
            return [f"under plain names it ends with {plainly.code}, not {ended.code}"]
        found = difference(_document(plainly), _document(ended), self.names)
        return [] if found is None else [f"under plain names it says something else: {found}"]


def renamed(words: Words, files: Files, rng: random.Random) -> Pair | None:
    """Return an input under names of the pool, or None where nothing of it has a name."""
    if words[0] in READERS or not any(name != "-" for name in files):
        return None
    called, as_folder = rng.choice(FILE_NAMES), rng.random() < 0.3
    names = {_stand_in(called, ()): called}
    headers = {name: _header(content) for name, content in files.items()}
    free = [x for x in FREE if any(x in header for header in headers.values())]
    columns: dict[str, tuple[str, str]] = {}
    if free:
        old, new = rng.choice(free), rng.choice(COLUMN_NAMES)
        others = {x.strip() for header in headers.values() for x in header} - {old}
        to = _stand_in(new, others)
        if to is not None and new.lower() not in {x.lower() for x in (*others, *words)}:
            names[to], columns[old] = new, (new, to)
    made = []
    for place in (0, 1):
        own = {old: both[place] for old, both in columns.items()}
        inside = {name: _with_header(content, own) for name, content in files.items()}
        made.append(
            renamed_files(
                tuple(own.get(word, word) for word in words), inside,
                called if place == 0 else next(iter(names)),
                decoys=place == 0, as_folder=as_folder,
            )
        )  # fmt: skip
    return Pair(*made[0], *made[1], names)


def _stand_in(name: str, others: Sequence[str] | set[str]) -> str | None:
    """Return a plain name that sorts among others as this one does."""
    tried = [(start + "q00").ljust(len(name), "x") for start in ("", "A", "z", name[0])]
    number = f"q{len(others) + 1:02d}" if others else "q00"
    tried = [x.replace("q00", number, 1) for x in tried]
    return next((x for x in tried if x.replace("x", "").isalnum() and x.isascii()
                 and all((name < o) == (x < o) for o in others)), None)  # fmt: skip


def _header(content: bytes) -> list[str]:
    """Return the names in the first line of a table of text, if it is one."""
    line = content.partition(b"\n")[0]
    try:
        text = line.decode()
        return next(csv.reader([text], strict=True), []) if "," in text else []
    except (UnicodeDecodeError, csv.Error):
        return []


def _with_header(content: bytes, names: Mapping[str, str]) -> bytes:
    """Return a table of text with other names of columns."""
    header = _header(content)
    if not set(header) & set(names) or set(header) & set(names.values()):
        return content
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow([names.get(x, x) for x in header])
    return text.getvalue().encode() + content.partition(b"\n")[2]


def _document(ended: Ended) -> Any:
    """Return a JSON document less what speaks of bytes; of other formats nothing."""

    def less(found: Any) -> Any:
        if isinstance(found, dict):
            return {k: less(v) for k, v in found.items() if k not in ("sha256", "bytes")}
        return [less(x) for x in found] if isinstance(found, list) else found

    return less(json.loads(ended.out)) if ended.code != 2 and ended.out.startswith(b"{") else None
