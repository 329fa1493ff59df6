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

TABLES: Mapping[str, str] = {
    "columns": "Which column has which role, where its name does not say it.",
    "splits": "What the values of the split column are, where they are not spelt as usual:\n"
    'train, train-dev, dev or test; "*" stands for all others.',
    "human": "The best error that people reach: it stands in for Bayes error.",
    "sources": "Which distribution matters: `split` draws dev and test from it.",
    "diagnose": "The single number, its interval, and what is worth attention.",
    "select": "The optimizing metric, and the constraints that the others must satisfy.",
}
"""What each table is for."""

KEYS: Mapping[str, tuple[str, object]] = {
    "human.error": ("8%, 0.08, or counts 80/1000, which bring an interval", "1%"),
    "human.source": ("where that figure comes from, for the reader", "majority of three doctors"),
    "human.known": ("whether it is known by construction to be Bayes error, not measured", True),
    "sources.target": ('the source, or ["several"], that dev and test are for', "app"),
    "diagnose.metric": ("the metric to rank by (F1 where binary, else macro-F1)", "f1"),
    "diagnose.average": ("over the classes: binary, macro, weighted or micro", "macro"),
    "diagnose.positive": ("the positive class of two", "yes"),
    "diagnose.beta": ("of f_beta: above 1 recall weighs more", 1.0),
    "diagnose.split": ("the split of the single number", "dev"),
    "diagnose.threshold": ("turns a score into a prediction", 0.5),
    "diagnose.choose_threshold": ("the rule by which dev chooses it instead", "recall >= 0.9"),
    "diagnose.tolerance": ("a gap above it is worth attention", 0.01),
    "diagnose.confidence": ("of the intervals", 0.95),
    "diagnose.seed": ("of the resamples", 0),
    "diagnose.resamples": ("how many resamples", 10_000),
    "diagnose.different_distributions": ("whether train and dev are of different ones", False),
    "select.optimize": ("a metric that knows its direction; or one of the next two", "accuracy"),
    "select.maximize": ("an expression over columns", "mean(north, south)"),
    "select.minimize": ("the same, lower being better", "cost"),
    "select.where": ("the constraints", ["ms <= 100", "rate(fp, hours) * 24 <= 1"]),
    "select.name": ("the column of names of a table of candidates", "model"),
    "select.n": ("rows behind each share of such a table", 10_000),
    "select.prefer": ("breaks ties: the lowest, or max:COLUMN", "ms"),
}
"""What each key is for, and an example where it has no default."""

FREE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "columns": tuple((role, names[0]) for role, names in ALIASES.items()),
    "splits": (("hans", "dev"), ("*", "train")),
}
"""Example keys of tables whose keys are other people's words."""

HEAD = """\
# mlstrat.toml: what mlstrat assumes in this folder, so that nobody has to type it.
# A flag on the command line wins over this file, and this file over the run's own .toml.
# Take the # off a line to set it; --show-config, on any command, says what is in force.
"""


GATE = """
# What mlstrat gate checks, a table each; without one, the single number must not be worse than
# the baseline's by 0.01. Bounds: min, max, and margin, against --baseline and --pinned.
[[gate]]
# metric = "f1"  # a metric, a gap as "variance", or a number of the run's [run] table
# split = "dev"  # where it is measured
# where = "region == north"  # a slice; "region == *" is every value, a check each
# min = "90%"  # the interval must not be below it
# max = "100%"  # nor above this
# margin = 0.01  # how much worse than the baseline
# min_n = 100  # below it a slice decides nothing
# decide_on = "ci"  # the whole interval, or "point"
# on_inconclusive = "warn"  # "pass" and "warn" exit 0, "fail" exits 3
# baseline = "last"  # or "pinned"; without it, each that is given
"""
"""What a gate may say."""


def template(columns: Mapping[str, str] | None = None) -> str:
    """Return a commented configuration; `columns` are the roles that were found in a run."""
    parts = [HEAD]
    for name, keys in KNOWN.items():
        comment = [f"# {line}" for line in TABLES.get(name, f"Of {name}.").splitlines()]
        body = _free(name, columns or {}) if not keys else _keyed(name, tuple(keys))
        parts.append("\n".join(["", *comment, f"[{name}]", *body, ""]))
    return "".join([*parts, GATE])


def _keyed(name: str, keys: tuple[str, ...]) -> list[str]:
    out = []
    for key in keys:
        what, example = KEYS.get(f"{name}.{key}", ("", ""))
        value = DEFAULTS.get(name, {}).get(key, example)
        out.append(f"# {key} = {toml_value(value)}  # {what}".rstrip("# "))
    return out


def _free(name: str, found: Mapping[str, str]) -> list[str]:
    if name != "columns":
        return [f"# {toml_key(k)} = {toml_value(v)}" for k, v in FREE.get(name, ())]
    out = [f"# Roles: {ROLES_ACCEPTED}."]
    out += [f"{toml_key(role)} = {toml_value(column)}" for role, column in found.items()]
    out += [f"# {toml_key(k)} = {toml_value(v)}" for k, v in FREE[name] if k not in found]
    return out


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
