"""`init`: a commented configuration; and which settings are in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.data.columns import ALIASES, ROLES_ACCEPTED
from mlstrat.data.config import DEFAULTS, KNOWN, config_files, toml_key, toml_value
from mlstrat.data.guard import guard
from mlstrat.errors import InputError, UsageError
from mlstrat.places import STANDARD_OUTPUT
from mlstrat.show.document import Signature
from mlstrat.workflow.settings.command import INIT, Asked
from mlstrat.workflow.settings.document import InitDocument, SettingsDocument

if TYPE_CHECKING:
    from mlstrat.workflow.settings import schema

TEMPLATE = Path(__file__).with_name("template.toml")
"""Every setting that there is, explained: with its default, or an example where it has none."""


def template(found: Mapping[str, str]) -> str:
    """Return a commented configuration, given the column of each role that was found in a run."""
    columns = [f"{toml_key(role)} = {toml_value(column)}" for role, column in found.items()]
    columns += [f"# {toml_key(role)} = {toml_value(names[0])}"
                for role, names in ALIASES.items() if role not in found]  # fmt: skip
    text = TEMPLATE.read_text(encoding="utf-8")
    return text.format(roles=ROLES_ACCEPTED, columns="\n".join(columns))


Tables = Mapping[str, Mapping[str, Any]]


def settings_in_force(run: Any, config: str | Path | None, flags: Tables) -> list[schema.Setting]:
    """Return every setting that there is: a flag wins, then the project's file, then the run's."""
    layers: list[tuple[str, Tables]] = [("flag", flags)]
    for name, found in config_files(run, config):
        if name is not None:
            layers.append((name, {table: getattr(found, table) for table in KNOWN}))
    layers.append(("default", DEFAULTS))
    settings = [setting for table in KNOWN for setting in _of_table(table, layers)]
    return [*settings, *_of_gates(run, config)]


def _setting(
    table: str, key: str, value: Any, origin: str, overridden: Sequence[str] = ()
) -> schema.Setting:
    """Return a setting: its value is None where nothing sets it; `overridden` also set it."""
    return {"table": table, "key": key, "value": value, "from": origin,
            "overrides": list(overridden)}  # fmt: skip


def _of_gates(run: Any, config: str | Path | None) -> Iterator[schema.Setting]:
    """Yield what each ``[[gate]]`` says; those of one file are never mixed with another's."""
    said = [(name, c.gates) for name, c in config_files(run, config) if name and c.gates]
    others = tuple(name for name, _ in said[1:])
    for name, gates in said[:1]:
        for gate in gates:
            where = [f"{column} == {value}" for column, value in gate.where.items()]
            for key, value in {**vars(gate), "where": where}.items():
                if key != "name" and value not in (None, []):
                    yield _setting(gate.name, key, value, name, others)


def _of_table(table: str, layers: list[tuple[str, Tables]]) -> Iterator[schema.Setting]:
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
            yield _setting(table, key, where[0][1], where[0][0], others)
        else:
            yield _setting(table, key, None, "default")


@asks(INIT)
def init(run: str | Path | None = None, **asked: Unpack[Asked]) -> InitDocument:
    """Write a commented ``mlstrat.toml``: every setting that is read, each explained.

    Parameters
    ----------
    run
        A run whose header tells the columns; a role that several columns fit is left open.

    Raises
    ------
    InputError
        For a file that is there already, a folder that cannot be written, a run that cannot be
        read.
    UsageError
        For an example beside a run, or of an unknown name.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     init(output=f"{folder}/mlstrat.toml").columns
    {}
    """
    from mlstrat.show.writing import write_whole

    if (name := asked["example"]) is not None:
        from mlstrat.workflow.settings.example_answer import write_example

        if run is not None or str(asked["output"]) != "mlstrat.toml":
            raise UsageError("--example writes a folder of its own", accepted="no run, no --output")
        files = write_example(name, force=asked["force"])
        return InitDocument(name, {}, (), Signature(), files)
    guard([output := asked["output"]], [run], configured=False)
    if str(output) != STANDARD_OUTPUT and Path(output).exists() and not asked["force"]:
        raise InputError("there already", file=str(output), hint="--force replaces it")
    columns, unclear = ({}, ()) if run is None else _found(run)
    write_whole(output, template(columns))
    return InitDocument(str(output), columns, unclear, Signature(), (str(output),))


def _found(run: str | Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the column of each role that has one, and the roles for which there are several."""
    from mlstrat.data.columns import ALIASES
    from mlstrat.data.files import find_files
    from mlstrat.data.opening import open_files
    from mlstrat.data.roles import roles_of

    table = open_files(find_files(str(run)))
    columns: dict[str, str] = {}
    unclear = []
    for role in ALIASES:
        try:
            columns |= roles_of(table, {}, (role,))
        except InputError:
            unclear.append(role)
    return columns, tuple(unclear)


def show_config(
    run: Any, config: str | Path | None, command: str, given: Mapping[str, Any]
) -> SettingsDocument:
    """Return each setting in force for a command, and where it comes from.

    `given` is what was said on the command line, by the name of the argument.
    """
    settings = settings_in_force(run, config, _by_table(command, given))
    return SettingsDocument(tuple(settings), Signature())


def _by_table(command: str, given: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    from mlstrat.data.config import KNOWN

    level = given.get("human_error") or (given.get("human") if command == "gaps" else None)
    if command in ("diagnose", "report", "plot") and given["human"] is not None:
        level = f"of {given['human']}"
    return {
        "columns": given["columns"],
        "splits": given["splits"],
        "human": {"error": level},
        "sources": {"target": given.get("target")},
        "diagnose": {key: given[key] for key in KNOWN["diagnose"] if key in given},
        "select": {key: given[key] for key in KNOWN["select"] if command == "select"},
    }
