# Over 300 lines: every setting that there is stands in one place.
"""Settings from TOML: a project's ``mlstrat.toml`` and the config beside a run.

A flag wins over the project's file, which wins over the run's own config (``run.csv`` →
``run.toml``), which a harness wrote. Unknown keys are refused with the nearest known one.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.data.formats.contents import read_text_file
from mlstrat.data.parts import sheet_of
from mlstrat.errors import ConfigError, InputError, did_you_mean

if TYPE_CHECKING:
    from mlstrat.core.bounds import Gate

PROJECT_CONFIG = "mlstrat.toml"

MOST_NUMBER = 10**18
"""What no setting reaches."""

KNOWN: dict[str, dict[str, tuple[type, ...]]] = {
    "columns": {},  # ROLE = "COLUMN"
    "splits": {},  # VALUE = "SPLIT"
    "human": {"error": (str, int, float), "source": (str,), "known": (bool,)},
    "sources": {"target": (str, list)},
    "diagnose": {
        "metric": (str,), "average": (str,), "positive": (str,), "beta": (int, float),
        "split": (str,), "threshold": (int, float), "tolerance": (int, float),
        "confidence": (int, float), "seed": (int,), "resamples": (int,),
        "different_distributions": (bool,), "choose_threshold": (str,),
    },
    "select": {
        "optimize": (str,), "maximize": (str,), "minimize": (str,), "where": (str, list),
        "name": (str,), "n": (int,), "prefer": (str,),
    },
}  # fmt: skip
"""Tables, their keys and the types of these; a table without keys takes any."""

RIVALS = frozenset({"threshold", "choose_threshold"})
"""Keys of which one alone can hold: that of the settings above."""

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "diagnose": {
        "beta": 1.0, "tolerance": 0.01, "confidence": 0.95, "seed": 0, "resamples": 10_000,
        "different_distributions": False,
    },
}  # fmt: skip
"""What holds where nothing is set, of the settings that have a fixed default."""

_FREE_TABLES = ("run", "task")
"""What a harness notes about a run, read by people and by later commands; and what is predicted,
of which each task knows its keys."""


class Config(Record):
    """Settings as they were read; a key that is not there is not set."""

    columns: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, str] = field(default_factory=dict)
    human: Mapping[str, Any] = field(default_factory=dict)
    diagnose: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Any] = field(default_factory=dict)
    select: Mapping[str, Any] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
    task: Mapping[str, Any] = field(default_factory=dict)

    def over(self, other: Config) -> Config:
        """Return these settings, and the other's where these say nothing."""
        hidden = RIVALS if self.diagnose.keys() & RIVALS else frozenset()
        return Config(
            {**other.columns, **self.columns},
            {**other.splits, **self.splits},
            self.human or other.human,
            {**{k: x for k, x in other.diagnose.items() if k not in hidden}, **self.diagnose},
            self.run or other.run,
            {**other.sources, **self.sources},
            {**other.select, **self.select},
            self.gates or other.gates,
            self.task or other.task,
        )


def read_config(path: str | Path) -> Config:
    """Return the settings of one TOML file."""
    return config_of(read_text_file(path, "TOML", error=ConfigError), str(path))


@functools.lru_cache(maxsize=4)  # a command asks for the same file up to three times
def config_of(text: str, shown: str) -> Config:
    """Return the settings that a TOML text holds; its name is shown in errors."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"is not TOML: {error}", file=shown) from None
    _check_numbers({k: v for k, v in document.items() if k not in _FREE_TABLES}, shown)
    gates = _gates(document.pop("gate", None), shown, text)
    for name, table in document.items():
        if name in _FREE_TABLES and isinstance(table, dict):
            continue
        if name not in KNOWN and name not in _FREE_TABLES:
            raise _unknown(shown, f"[{name}]", name, (*KNOWN, "gate", *_FREE_TABLES))
        if not isinstance(table, dict):
            raise ConfigError(f"{name!r} is not a table", file=shown, accepted=f"[{name}]")
        known = KNOWN[name]
        for key, value in table.items():
            if known and key not in known:
                raise _unknown(shown, f"{key!r} in [{name}]", key, tuple(known))
            types = known.get(key, (str,))
            parts = value if isinstance(value, list) else ()
            of_type = isinstance(value, types) and (not isinstance(value, bool) or bool in types)
            if not (of_type and all(isinstance(x, str) for x in parts)):
                raise ConfigError(
                    f"{key} in [{name}] is {value!r}",
                    file=shown,
                    accepted=" or ".join(t.__name__ for t in types),
                )
    return Config(**document, gates=gates)


def _check_numbers(value: Any, file: str, name: str = "") -> None:
    if isinstance(value, dict):
        for key, x in value.items():
            _check_numbers(x, file, key)
    elif isinstance(value, list):
        for x in value:
            _check_numbers(x, file, name)
    elif isinstance(value, int | float) and not abs(value) < MOST_NUMBER:  # nan is not less
        shown = f"{value:g}" if isinstance(value, float) else "a number of too many digits"
        raise ConfigError(f"{name} is {shown}", file=file, accepted="a finite number below 1e18")


def _gates(tables: Any, file: str, text: str) -> tuple[Gate, ...]:
    if tables is None:
        return ()
    from mlstrat.data.gates import parse_gates

    return parse_gates(tables, file, text, _unknown)


def _unknown(file: str, shown: str, key: str, known: tuple[str, ...]) -> ConfigError:
    return ConfigError(
        f"unknown {shown}",
        file=file,
        accepted=", ".join(known),
        hint=did_you_mean(key, known),
    )


HELD = "mlstrat.run.toml"
"""Of a pandas frame's ``attrs``: the config of the run that it is, as text."""


def find_config(run: object, config: str | Path | None) -> Config:
    """Return the settings that apply to a run: the project's over those beside the run.

    `config` is the project's file; None looks for ``mlstrat.toml`` in the current folder.
    """
    (_, project), (_, beside) = config_files(run, config)
    return project.over(beside)


def config_files(
    run: object, config: str | Path | None
) -> tuple[tuple[str | None, Config], tuple[str | None, Config]]:
    """Return the files and settings of the project and beside the run; no file is None."""
    project: tuple[str | None, Config] = (None, Config())
    if config is not None or Path(PROJECT_CONFIG).is_file():
        name = PROJECT_CONFIG if config is None else str(config)
        project = (name, read_config(name))
        if project[1].task:
            raise ConfigError(
                "[task] belongs to a run card", file=name, hint="name the card as the run"
            )
    attrs = getattr(run, "attrs", None)  # of pandas
    if isinstance(attrs, Mapping) and isinstance(attrs.get(HELD), str):
        return project, (HELD, config_of(attrs[HELD], HELD))
    if isinstance(run, str | Path) and str(run) != "-" and "://" not in str(run):
        path = Path((sheet_of(str(run)) or (run,))[0])
        if _holds(path.is_dir) and _holds((path / "run.toml").is_file):
            return project, (str(path / "run.toml"), read_config(path / "run.toml"))
        name = path.name.removesuffix(".gz")
        beside = path.with_name(name.rpartition(".")[0] + ".toml") if "." in name else None
        if beside is not None and _holds(path.exists) and _holds(beside.is_file):
            return project, (str(beside), read_config(beside))
    return project, (None, Config())


def _holds(ask: Callable[[], bool]) -> bool:
    """Whether something holds of a path; a name that no file can have is told where it is read."""
    try:
        return ask()
    except (OSError, ValueError):
        return False


ACCEPTED = "what a command writes with --format json"


MOST_DIGITS = 20
"""Of a whole number: an unsigned one of 64 bits has so many."""


def read_document(path: str | Path) -> dict[str, Any]:
    """Return the JSON object in a file."""
    text = read_text_file(path, "JSON", accepted=ACCEPTED)
    try:
        found = parse_json(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"is not JSON: {error.msg}", file=str(path), row=error.lineno, accepted=ACCEPTED
        ) from None
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(f"is not JSON: {reason}", file=str(path), accepted=ACCEPTED) from None
    if not isinstance(found, dict):
        raise InputError("holds no JSON object", file=str(path), accepted=ACCEPTED)
    return found


def parse_json(text: str) -> Any:
    """Return what JSON says, with no number that a float or a count cannot hold."""
    return json.loads(text, parse_constant=_refuse, parse_float=_finite, parse_int=_whole)


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not a number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {_short(text)} is too large")
    return number


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > MOST_DIGITS:
        raise ValueError(f"the number {_short(text)} is too large")
    return int(text)


def _short(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:10]}… of {len(text)} characters"


def toml_key(key: str) -> str:
    """Return a key as TOML writes it."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml_value(key)


def toml_value(value: object) -> str:
    """Return a value as TOML writes it.

    Examples
    --------
    >>> toml_value('a "b"'), toml_value(True), toml_value(0.5)
    ('"a \\\\"b\\\\""', 'true', '0.5')
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{toml_key(k)} = {toml_value(x)}" for k, x in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, bool | str):
        # A JSON text is a TOML basic string, but for DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
