"""`init`: a commented configuration; and which settings are in force."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.data.guard import guard
from mlstrat.errors import InputError
from mlstrat.places import STANDARD_OUTPUT
from mlstrat.show.document import Signature
from mlstrat.workflow.settings.command import INIT, Asked
from mlstrat.workflow.settings.document import InitDocument, SettingsDocument


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

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     init(output=f"{folder}/mlstrat.toml").columns
    {}
    """
    from mlstrat.show.writing import write_whole
    from mlstrat.workflow.settings.template import template

    guard([output := asked["output"]], [run], configured=False)
    if str(output) != STANDARD_OUTPUT and Path(output).exists() and not asked["force"]:
        raise InputError("there already", file=str(output), hint="--force replaces it")
    columns, unclear = ({}, ()) if run is None else _found(run)
    write_whole(output, template(columns))
    return InitDocument(str(output), columns, unclear, Signature())


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

    Parameters
    ----------
    run, config
        As for `mlstrat.public.diagnose`.
    command, given
        Its name, and what was said on the command line by the name of the argument.
    """
    from mlstrat.workflow.settings.template import settings_in_force

    return SettingsDocument(
        tuple(
            {"table": s.table, "key": s.key, "value": s.value, "from": s.origin,
             "overrides": list(s.overridden)}
            for s in settings_in_force(run, config, _by_table(command, given))
        ),
        Signature(),
    )  # fmt: skip


def _by_table(command: str, given: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what the command line says, by table and key."""
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
