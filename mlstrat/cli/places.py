"""What each command reads and writes, by the names of its parameters: for the guard of all.

A parameter that takes a path stands in one of these; a test walks the commands for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

READ = frozenset({
    "after", "baseline", "candidates", "config", "cuts", "effort", "examples", "eyeball",
    "history", "human", "init_from", "other", "pinned", "preferences", "review", "run", "sheet",
    "source", "suspects", "table", "versus", "what",
})  # fmt: skip
"""Files, globs and folders that are read."""

WRITTEN = ("output", "figure", "junit", "ledger")
"""Files that are written."""

FOLDERS = ("figures", "out")
"""Folders that are written to: guarded where the names of their files are known."""


def report_file(command: str, given: Mapping[str, Any]) -> str | None:
    """Return the file of a command's report; None where its ``--output`` is a table or a figure."""
    table = (
        command in ("sample", "count", "plot")
        or (command == "split" and not given["check"])
        or (command == "mislabels" and given["suspects"])
    )
    return None if table else given["output"]


def check_call(given: Mapping[str, Any]) -> None:
    """Refuse outputs of a command that are its inputs, or cannot be written; before any work.

    Parameters
    ----------
    given
        The parameters of the command by name; None for those that were not given.

    Raises
    ------
    UsageError, InputError
        The file stays as it was.
    """
    written = [given[name] for name in WRITTEN if given.get(name) is not None]
    summary = _summary(given)
    if not written and summary is None:
        return
    from mlstrat import public
    from mlstrat.places import check_place, check_writable

    read = [given[name] for name in READ if given.get(name) is not None]
    if given.get("output") is None:
        written.append("-")  # where the report goes
    public.guard(
        [*written, summary], read, config=given.get("config"), configured="config" in given
    )
    for path in written:
        check_place(path)
    if summary is not None:  # which is added to
        check_writable(summary)


def _summary(given: Mapping[str, Any]) -> str | None:
    """Return the file that ``--summary`` adds to."""
    if not given.get("summary"):
        return None
    from mlstrat.workflow.report.formats import SUMMARY

    return os.environ.get(SUMMARY)
