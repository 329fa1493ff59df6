"""What can go wrong, as a tree, and every "did you mean".

::

    MlstratError            exit 2, one message, never a traceback
    ├── InputError          a file, a frame or a typed number that cannot be read as promised
    ├── ConfigError         a configuration file that holds something unknown
    ├── UsageError          options that contradict each other or do not apply
    └── UndefinedError      a figure that does not exist on these data (0/0), with the reason
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_IN_ADDRESS = (
    r"(://)[^/\s'\"@]*:[^/\s'\"]*@|(://[^\s'\"?]*\?)[^\s'\",)]*=[^\s'\",)]*?(?=:?(?:[\s'\",)]|$))"
)
"""User and password, or a query, within an address."""


def without_secrets(text: str) -> str:
    """Return text in which no address shows a password, or a query with its keys and tokens."""
    if "://" not in text:
        return text
    return re.sub(_IN_ADDRESS, lambda m: f"{m[1]}***@" if m[1] else f"{m[2]}***", text)


WANT_OF_MEMORY = (
    "Resource temporarily unavailable", "Cannot allocate memory", "memory allocation",
    "out of memory", "OutOfMemory", "failed to map segment",
)  # fmt: skip
"""What engines and the system say where there is no memory, or none for one more thread."""


def for_want_of_memory(error: BaseException) -> bool:
    """Whether an error, of an engine perhaps, is not about the data but about memory."""
    return isinstance(error, MemoryError) or any(x in str(error) for x in WANT_OF_MEMORY)


def first_line(error: BaseException) -> str:
    """Return what an error of somebody else's code says first, or else its kind."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


class MlstratError(Exception):
    """Base of all errors that mlstrat raises on purpose.

    The message says what was found, in one sentence; then where: the path as the user wrote
    it, the 1-based line as an editor shows it, the column; what would have been accepted;
    what to try.

    Examples
    --------
    >>> print(InputError("a blank label", file="run.csv", row=7, hint="fill it in"))
    run.csv, row 7: a blank label
      hint: fill it in
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
        accepted: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.message, self.file, self.row, self.column = message, file, row, column
        self.accepted, self.hint = accepted, hint
        super().__init__(message)

    def __str__(self) -> str:
        place = [] if self.file is None else [self.file.replace("\n", "\\n")]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column!r}")
        lines = [f"{', '.join(place)}: {self.message}" if place else self.message]
        if self.accepted:
            lines.append(f"  accepted: {self.accepted}")
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return harmless(without_secrets("\n".join(lines)))


def harmless(text: str) -> str:
    """Return text in which no character steers a terminal: names of files are foreign text too."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c in "\n\xa0" else repr(c)[1:-1] for c in text)
    return inert(text)


RUNNER_MARK = r"##(?=\w*\[)"
"""What a runner of CI jobs looks for anywhere in a line: ``##[error]``, ``##vso[…]``."""

_COMMAND = r"(?m)(^(?:\s|\x1b\[[\d;]*m)*)::"
"""What it looks for at the start of a line, after blanks and colours: ``::error::``."""


def inert(text: str) -> str:
    """Return text in which no line is an instruction to the runner of a CI job; else as it was."""
    if "::" in text:
        text = re.sub(_COMMAND, r"\1\\::", text)
    return re.sub(r"##(\w*)\[", r"##\1\\[", text) if "##" in text else text


class InputError(MlstratError):
    """Data that cannot be read as promised."""


class ConfigError(MlstratError):
    """A configuration that holds something unknown."""


class UsageError(MlstratError):
    """Options that contradict each other, or that do not apply to these data."""


class UndefinedError(MlstratError):
    """A figure that does not exist on these data, with the reason."""


def nearest(typed: str, known: Iterable[str], cutoff: float = 0.5, most: int = 1) -> list[str]:
    """Return the known names nearest to one that was typed, best first; case plays no part.

    The cutoff says how alike they must be, from 0 to 1 (the ratio of `difflib`).
    """
    import difflib

    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(_fold(name), name)
    return [folded[x] for x in difflib.get_close_matches(_fold(typed), folded, most, cutoff)]


def did_you_mean(
    typed: str, known: Iterable[str], cutoff: float = 0.5, most: int = 1
) -> str | None:
    """Return a hint with the nearest known names, or None where none is near."""
    near = nearest(typed, known, cutoff, most)
    return f"did you mean {', '.join(map(repr, near))}?" if near else None


def _fold(name: str) -> str:
    return name.casefold().replace("-", "_")
