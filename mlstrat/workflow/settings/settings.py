"""Which settings are in force for a run, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlstrat.data.config import DEFAULTS, KNOWN, config_files

Tables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Setting:
    """One setting in force.

    Attributes
    ----------
    table, key, value
        What it is; the value is None where nothing sets it.
    origin
        ``flag``, the name of a file, or ``default``.
    overridden
        Where else it is set.
    """

    table: str
    key: str
    value: Any
    origin: str
    overridden: tuple[str, ...] = ()


def settings_in_force(run: object, config: str | Path | None, flags: Tables) -> tuple[Setting, ...]:
    """Return every setting that there is: a flag wins, then the project's file, then the run's.

    Parameters
    ----------
    run, config
        As for `mlstrat.data.config.find_config`.
    flags
        Table to key to what the command line said; None where it said nothing.
    """
    layers: list[tuple[str, Tables]] = [("flag", flags)]
    for name, found in config_files(run, config):
        if name is not None:
            layers.append((name, {table: getattr(found, table) for table in KNOWN}))
    layers.append(("default", DEFAULTS))
    settings = [setting for table in KNOWN for setting in _of_table(table, layers)]
    return (*settings, *_of_gates(run, config))


def _of_gates(run: object, config: str | Path | None) -> Iterator[Setting]:
    """Yield what each ``[[gate]]`` says; those of one file are never mixed with another's."""
    said = [(name, c.gates) for name, c in config_files(run, config) if name and c.gates]
    others = tuple(name for name, _ in said[1:])
    for name, gates in said[:1]:
        for gate in gates:
            where = [f"{column} == {value}" for column, value in gate.where.items()]
            for key, value in {**vars(gate), "where": where}.items():
                if key != "name" and value not in (None, []):
                    yield Setting(gate.name, key, value, name, others)


def _of_table(table: str, layers: list[tuple[str, Tables]]) -> Iterator[Setting]:
    said = [
        (name, {k: v for k, v in tables.get(table, {}).items() if v is not None})
        for name, tables in layers
    ]
    if table == "human":  # the level of one file is never mixed with that of another
        first = next((found for _, found in said if found), {})
        said = [(name, {k: v for k, v in found.items() if k in first}) for name, found in said]
    for key in dict.fromkeys((*KNOWN[table], *(k for _, found in said for k in found))):
        where = [(name, found[key]) for name, found in said if key in found]
        if where:
            others = tuple(name for name, _ in where[1:] if name != "default")
            yield Setting(table, key, where[0][1], where[0][0], others)
        else:
            yield Setting(table, key, None, "default")
