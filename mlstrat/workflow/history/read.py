"""A folder of runs as a history: which runs there are, how each was set, in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from mlstrat.core.record import Record
from mlstrat.data.config import Config, config_files
from mlstrat.data.run_folders import bare_name, natural
from mlstrat.workflow.history.compute import Setting

MEASURED = ("command", "shows", "recipe", "versions", "date")
"""What a config notes about a run that is no knob: names, and what came out."""

MEASURED_ENDINGS = ("_ms", "_seconds", "_minutes", "_hours", "_bytes", "_mb")
"""Times and sizes are outcomes of a run, not how it was set."""


class PastRun(Record):
    """One run of a history.

    ``project`` and ``beside`` are the files of settings that apply to it.
    """

    name: str
    path: Path
    config: Config
    project: str | None = None
    beside: str | None = None

    @property
    def settings(self) -> dict[str, Setting]:
        """How it was set: what its config notes, less what came out."""
        out = dict(_flat(self.config.run))
        if "error" in self.config.human:
            out["human error"] = str(self.config.human["error"])
        return out


def read_past(path: Path) -> PastRun:
    """Return a run with its settings."""
    (project, _), (name, beside) = config_files(path, None)
    bare = bare_name(path)
    return PastRun(path.parent.name if bare == "run" else bare, path, beside, project, name)


def in_order(runs: list[PastRun]) -> list[PastRun]:
    """Return runs by the date that their configs note where all do, else by name: 2 before 10."""
    dates = [run.config.run.get("date") for run in runs]
    if all(isinstance(day, date | str) for day in dates):
        return sorted(runs, key=lambda run: (str(run.config.run["date"]), natural(run.name)))
    return sorted(runs, key=lambda run: natural(run.name))


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
