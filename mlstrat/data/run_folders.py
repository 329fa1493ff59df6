"""Folders of runs: which files in them are runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mlstrat.data.files import FORMATS
from mlstrat.errors import InputError

NO_RUNS = (".json",)
"""Endings that in a folder of runs are those of documents about them."""


def find_history(folder: str | Path) -> tuple[Path, ...]:
    """Return the files of the runs in a folder, by name.

    A run is a file ``run.*`` in a folder of its own, as a harness writes it, or a file with its
    config beside it; in a folder with neither, every file in a format of runs.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(
            "no such folder", file=str(folder), accepted="a folder with runs: runs/NAME/run.csv"
        )
    try:
        inside = sorted(root.iterdir(), key=lambda p: natural(p.name))
        found = [p for entry in inside for p in _runs_at(entry)]
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(folder)) from None
    if not found:
        found = [entry for entry in inside if _is_table(entry)]
    if not found:
        raise InputError(
            "no runs in this folder",
            file=str(folder),
            accepted="runs/NAME/run.csv with run.toml beside it, or runs/NAME.csv",
        )
    return tuple(found)


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts numbers within names by their size.

    Examples
    --------
    >>> sorted(["run10", "run2"], key=natural)
    ['run2', 'run10']
    """
    parts = re.split(r"([0-9]+)", name)
    return tuple((int(x), "") if i % 2 else (0, x) for i, x in enumerate(parts))


def _runs_at(entry: Path) -> Iterator[Path]:
    """Yield the run that an entry of the folder holds or is."""
    if entry.is_dir():
        runs = sorted(p for p in entry.iterdir() if _is_table(p) and bare_name(p) == "run")
        # A config without its run is a run that broke: it is named when it is read.
        yield from runs[:1] or ([entry / "run.csv"] if (entry / "run.toml").is_file() else [])
    elif _is_table(entry) and entry.with_name(f"{bare_name(entry)}.toml").is_file():
        yield entry


def _is_table(path: Path) -> bool:
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    return path.is_file() and ending in FORMATS and ending not in NO_RUNS


def bare_name(path: Path) -> str:
    """Return the name of a file without its endings."""
    return Path(path.name.removesuffix(".gz")).stem
