"""A folder of runs as a history: which runs there are, how each was set, in which order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mlstrat.errors import InputError
from mlstrat.inputs.config import Config, config_files
from mlstrat.inputs.files import FORMATS
from mlstrat.workflow.history import Setting

MEASURED = ("command", "shows", "recipe", "versions", "date")
"""What a config notes about a run that is no knob: names, and what came out."""

MEASURED_ENDINGS = ("_ms", "_seconds", "_minutes", "_hours", "_bytes", "_mb")
"""Times and sizes are outcomes of a run, not how it was set."""


@dataclass(frozen=True)
class PastRun:
    """One run of a history.

    Attributes
    ----------
    name
        The name of its folder, or of its file.
    path
        The run.
    config
        The settings beside it.
    """

    name: str
    path: Path
    config: Config

    @property
    def settings(self) -> dict[str, Setting]:
        """How it was set: what its config notes, less what came out."""
        out = dict(_flat(self.config.run))
        if "error" in self.config.human:
            out["human error"] = str(self.config.human["error"])
        return out


def find_history(folder: str | Path) -> tuple[Path, ...]:
    """Return the files of the runs in a folder, by name.

    A run is a file ``run.*`` in a folder of its own, as a harness writes it, or a file with its
    config beside it; in a folder with neither, every file in a format of runs.

    Raises
    ------
    InputError
        Where there is no such folder, or no run in it.
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


def read_past(path: Path) -> PastRun:
    """Return a run with its settings.

    Raises
    ------
    ConfigError
        Where the config beside it is wrong.
    """
    _, (_, beside) = config_files(path, None)
    bare = _bare(path)
    return PastRun(path.parent.name if bare == "run" else bare, path, beside)


def in_order(runs: list[PastRun]) -> list[PastRun]:
    """Return runs by the date that their configs note where all do, else by name: 2 before 10."""
    dates = [run.config.run.get("date") for run in runs]
    if all(isinstance(day, date | str) for day in dates):
        return sorted(runs, key=lambda run: (str(run.config.run["date"]), natural(run.name)))
    return sorted(runs, key=lambda run: natural(run.name))


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
        runs = sorted(p for p in entry.iterdir() if _is_table(p) and _bare(p) == "run")
        # A config without its run is a run that broke: it is named when it is read.
        yield from runs[:1] or ([entry / "run.csv"] if (entry / "run.toml").is_file() else [])
    elif _is_table(entry) and entry.with_name(f"{_bare(entry)}.toml").is_file():
        yield entry


def _is_table(path: Path) -> bool:
    return path.is_file() and Path(path.name.lower().removesuffix(".gz")).suffix in FORMATS


def _bare(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).stem


def _flat(table: Mapping[str, Any], start: str = "") -> Iterator[tuple[str, Setting]]:
    """Yield the settings of a table and of the tables in it, as ``rows.train``."""
    for key, value in table.items():
        if (not start and key in MEASURED) or key.endswith(MEASURED_ENDINGS):
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{start}{key}.")
        else:
            plain = isinstance(value, str | int | float | bool)
            yield f"{start}{key}", value if plain else str(value)
