"""One command line in this process, and what must hold however it ends.

A command that is given anything at all ends with its exit code. It never raises (the last resort of
`mlstrat.cli.run`, a message about a fault of ours, is switched off here), writes nothing with
exit 2, leaves no temporary file, and lets no control character of other people's text through.
"""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import json
import os
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import typer

import mlstrat as ms
from mlstrat.cli import app as application
from mlstrat.core.conditions.grammar import parse_comparison, parse_expression
from mlstrat.data import config, rates
from mlstrat.data import config as documents
from mlstrat.data.sheet import read as sheets
from mlstrat.errors import MlstratError
from mlstrat.show.schema import first_fault
from mlstrat.workflow.diagnose import levels
from mlstrat.workflow.error_table import tally as effort
from mlstrat.workflow.explain import schemas
from mlstrat.workflow.gate import ledger
from mlstrat.workflow.score import compute as costs
from mlstrat.workflow.splits import read as split_files

SLOW = 20.0
"""Processor seconds beyond which a command on a few rows counts as hung."""

_MESSAGE = re.compile(r"^(mlstrat: |Usage: )", re.MULTILINE)


@dataclass(frozen=True)
class Ended:
    """How a command line ended; `code` is None where something was raised."""

    arguments: tuple[str, ...]
    code: int | None
    out: bytes
    err: str
    seconds: float
    left: tuple[str, ...]
    raised: BaseException | None = None


READERS: Mapping[str, Callable[[str], object]] = {
    "read-config": config.read_config,
    "read-sheet": sheets.read_sheet,
    "read-levels": levels.read_levels,
    "read-ledger": ledger.read_ledger,
    "read-cuts": split_files.read_cuts,
    "read-human": lambda path: levels.bayes_proxy(documents.read_document(path), path),
    "read-costs": lambda path: effort.read_effort(path, ["faint", "cut off", "thick"]),
    "read-document": lambda path: ms.load(path).to_text(),
    "parse-rate": lambda text: rates.parse_rate(text, "train"),
    "parse-where": parse_comparison,
    "parse-expression": parse_expression,
    "parse-costs": lambda text: costs.parse_costs([text]),
}
"""Doors of the library for one file or word: a hundred times as many inputs as whole commands."""


class _Input:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@functools.cache
def _command() -> Any:
    """Return the whole command line, built once: that takes ten times as long as a command."""
    return typer.main.get_command(application.app)


def call(arguments: Collection[str], files: Mapping[str, bytes], folder: Path) -> Ended:
    """Run one command line in a folder that holds these files and no others; ``-`` is stdin."""
    lay_out(files, folder)
    before = _listed(folder)
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.StringIO()
    code: int | None = None
    raised: BaseException | None = None
    started = time.process_time()
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(mock.patch.object(application, "app", _command()))
        stack.enter_context(mock.patch.dict(os.environ, MLSTRAT_DEBUG="1", COLUMNS="80"))
        stack.enter_context(mock.patch.object(sys, "stdin", _Input(files.get("-", b""))))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        try:
            code = _ended(list(arguments))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a panic in Rust is no Exception
            raised = error
    return Ended(
        tuple(arguments),
        code,
        out.buffer.getvalue(),  # type: ignore[attr-defined]
        err.getvalue(),
        time.process_time() - started,
        tuple(sorted(_listed(folder) - before)),
        raised,
    )


def _ended(arguments: list[str]) -> int:
    """Run a command line, or one reader, and return the exit code."""
    if arguments[0] not in READERS:
        return application.run(arguments)
    try:
        READERS[arguments[0]](arguments[1])
    except MlstratError as error:
        sys.stderr.write(f"mlstrat: {error}\n")
        return 2
    return 0


def lay_out(files: Mapping[str, bytes], folder: Path) -> None:
    """Make a folder hold these files and no others."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    for name, content in files.items():
        if name != "-":
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _listed(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def faults(ended: Ended, codes: Collection[int] = (0, 2)) -> list[str]:
    """Return what must not be, about a command that ended; an empty list is as it should be."""
    if ended.raised is not None:
        return [f"raised {type(ended.raised).__name__}: {ended.raised}"]
    found = []
    if ended.code not in codes:
        found.append(f"exit code {ended.code}")
    if ended.seconds > SLOW:
        found.append("hung")
    if any(Path(name).name.startswith(".") for name in ended.left):
        found.append("left a temporary file")
    text = ended.out.decode(errors="replace")
    if ended.code == 2:
        found += ["exit 2 without a message"] * (not _MESSAGE.search(ended.err))
        found += ["exit 2 and a document"] * bool(text)
        found += ["exit 2 and a file"] * bool(ended.left)
    how = _format(ended.arguments)
    # In CSV other people's text is data: a program that reads it back wants it as it was.
    if (how != "csv" and _controls(text)) or _controls(ended.err):
        found.append("a control character in the output")
    if ended.code == 0 and how == "json" and not {"--help", "-h"} & set(ended.arguments):
        found += _json_faults(text)
    return found


def _format(arguments: tuple[str, ...]) -> str:
    """Return the format asked for of a document that goes to standard output."""
    return next((b for a, b in itertools.pairwise(arguments) if a == "-f"), "text")


def _controls(text: str) -> bool:
    """Whether a terminal would do something else with a text than show it."""
    if text.isascii() and text.isprintable():
        return False
    return any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text)


def _json_faults(text: str) -> list[str]:
    """Return what is wrong with a JSON document, held against its own schema."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} in JSON")

    try:
        document = json.loads(text, parse_constant=refuse)
    except ValueError as error:
        return [f"no JSON: {error}"]
    if "$schema" in document:
        return []
    name = document["schema"].removeprefix("mlstrat.")
    fault = first_fault(document, schemas.schema(name, closed=True))
    return [] if fault is None else [f"beside its schema: {fault}"]
