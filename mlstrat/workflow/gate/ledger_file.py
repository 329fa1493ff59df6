"""The ledger of ``gate --ledger FILE``: a small JSON file that a team commits."""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlstrat.data.config import parse_json
from mlstrat.data.formats.contents import read_text_file
from mlstrat.errors import InputError
from mlstrat.places import cannot
from mlstrat.workflow.gate.uses import Ledger, UsedSet

SCHEMA = "mlstrat.ledger/1"
PATIENCE = 30.0
"""Seconds to wait for another process that writes the same ledger."""


def read_ledger(path: str | Path) -> Ledger:
    """Return the ledger; one without entries where there is no file.

    Raises
    ------
    InputError
        Where the file cannot be read or is no ledger: it is never overwritten then.
    """
    if not os.path.exists(path):  # noqa: PTH110  a folder that may not be searched is none
        return Ledger()
    text = read_text_file(path, "JSON")
    try:
        document = parse_json(text)
        if document["schema"] != SCHEMA:
            raise _no_ledger(path)
        return Ledger({str(k): _used(x) for k, x in document["sets"].items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _no_ledger(path) from None


def _used(entry: dict[str, Any]) -> UsedSet:
    uses, rows = entry["uses"], entry["rows"]
    gaps = {str(k): float(v) for k, v in entry["dev_to_test"].items()}
    if not (type(uses) is type(rows) is int and uses >= 0 and rows >= 0):
        raise ValueError("counts")
    if not all(math.isfinite(x) for x in gaps.values()) or not isinstance(entry["runs"], list):
        raise ValueError("values")
    return UsedSet(str(entry["split"]), rows, uses, tuple(str(x) for x in entry["runs"]), gaps)


def ledger_text(ledger: Ledger) -> str:
    """Return the ledger as it is written: a line an entry, so that it merges and reads well."""
    sets = {
        key: {"split": x.split, "rows": x.rows, "uses": x.uses, "runs": list(x.runs),
              "dev_to_test": dict(x.gaps)}
        for key, x in sorted(ledger.sets.items())
    }  # fmt: skip
    return json.dumps({"schema": SCHEMA, "sets": sets}, indent=1, ensure_ascii=False) + "\n"


@contextlib.contextmanager
def alone(path: str | Path) -> Iterator[None]:
    """Hold the ledger against other processes while it is read and written again.

    The folder is locked where the system can do that, which leaves nothing behind; else a file
    beside the ledger, which must not be there, is.

    Raises
    ------
    InputError
        Where the folder cannot be used, or another process holds the ledger for too long.
    """
    folder = Path(path).resolve().parent
    try:
        import fcntl
    except ImportError:  # Windows
        with _lock_file(Path(path)):
            yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise cannot(path, error) from None
    try:
        _wait(lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB), path)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    lock = path.with_name(f"{path.name}.lock")

    def take() -> None:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            raise BlockingIOError from None

    _wait(take, path)
    try:
        yield
    finally:
        lock.unlink()


def _wait(take: Any, path: str | Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            take()
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise InputError(
                    "another process holds the ledger",
                    file=str(path),
                    hint="wait for it, or end it",
                ) from None
            time.sleep(0.02)
        except OSError as error:
            raise cannot(path, error) from None


def _no_ledger(path: str | Path) -> InputError:
    return InputError(
        "is no ledger of mlstrat",
        file=str(path),
        accepted=f'JSON with "schema": "{SCHEMA}", as gate --ledger writes it',
        hint="name a file that is not there yet to begin a new one",
    )
