"""What a report can be and where it can go; apart, so that a slip is told before any work."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mlstrat.errors import UsageError
from mlstrat.places import telling
from mlstrat.show.document import FORMATS

if TYPE_CHECKING:
    from mlstrat.show.document import Document

REPORT_FORMATS = (*FORMATS, "html")

SUMMARY = "GITHUB_STEP_SUMMARY"
"""Names the file to which a job of GitHub Actions appends what its summary shows."""


def summary_file() -> str:
    """Return the file of the job summary, which the environment names."""
    path = os.environ.get(SUMMARY)
    if not path:
        raise UsageError(
            f"--summary, and no {SUMMARY} in the environment",
            accepted="a job of GitHub Actions, or another that sets it",
        )
    return path


SUMMARY_BYTES = 2**20
"""What GitHub takes as the summary of one step."""


def summary_text(document: Document, path: str) -> str:
    """Return the markdown that fits the summary beside what stands there already."""
    file = Path(path)
    taken = file.stat().st_size if file.is_file() else 0
    fitted = getattr(document, "fitted", None)
    if fitted is None:
        return document.to_markdown()
    return "\n" * bool(taken) + str(fitted(SUMMARY_BYTES - taken - 1, "utf-8"))


@contextlib.contextmanager
def appended(path: str, content: str) -> Iterator[None]:
    """Append text to a file, and take it off again where what follows fails."""
    new = not Path(path).exists()

    def undo(size: int) -> None:
        Path(path).unlink() if new else os.truncate(path, size)

    with telling(path), Path(path).open("ab", buffering=0) as file:
        before = file.seek(0, os.SEEK_END)
        try:
            rest = memoryview(content.encode())
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            undo(before)
            raise
    try:
        yield
    except BaseException:
        undo(before)
        raise
