"""Which task a run is of, told by its first lines: what classification can read is classification.

A task says in its package by ``fits`` whether a header, or lines without one, may be its own, and
by ``surely`` whether they are, though classification could read them; no reader is loaded.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from mlstrat.data.columns import ALIASES, KNOWN_NAMES, PROBABILITY
from mlstrat.data.files import FORMATS, SparkPath
from mlstrat.data.formats.first_lines import sniffed
from mlstrat.data.several.named import sources_by_split
from mlstrat.errors import ConfigError, InputError
from mlstrat.tasks import HOMES, SURELY
from mlstrat.tasks.cards import ONE_RUN, RUN_CARD, card_of, read_card

PEEKED = 65_536
"""Bytes of a file that are looked at."""

MOST_LINES = 50

PREDICTS = (*ALIASES["prediction"], *ALIASES["score"])


def task_of(source: Any, columns: Mapping[str, str] | None) -> str | None:
    """Return the name of the task that a run is of; None for classification, and what is unclear.

    `columns` are those of roles, as ``--map`` says them.
    """
    if (named := sources_by_split(source)) is not None:
        source = next(iter(named.values()))
    card = card_of(source)
    if card is not None and (card.is_file() or card.suffix == ".toml"):
        if card.name == "run.toml" and Path(source) != card and not _names_task(card):
            return None
        name = str(read_card(card)["name"])
        if name.strip().lower() == "classification":
            raise ConfigError(
                "a card of classification, which has its splits in one file", file=str(card),
                accepted="the run itself, with a column split",
            )  # fmt: skip
        return name
    if (beside := _said_beside(source)) is not None:
        return beside
    header, lines = first_lines(source)
    if not header and not lines:
        return None
    said = {role.strip().lower() for role in columns or ()}
    if said & {"label", "prediction", "score"}:
        return None
    if _labels(header) and not _surely(header, lines):
        return None
    found = [name for name in HOMES if _package(name).fits(header, lines)]
    if len(found) > 1:
        raise InputError(
            f"this may be {' or '.join(found)}", file=str(source),
            accepted=", ".join(f"--task {name}" for name in found), hint=f"--task {found[0]}",
        )  # fmt: skip
    return found[0] if found else None


def _package(name: str) -> Any:
    return import_module(HOMES[name].rpartition(".")[0])


def _surely(header: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a table that classification could read is another task's."""
    may_be = [_package(name) for name, columns in SURELY.items() if columns <= set(header)]
    return any(getattr(x, "surely", x.fits)(header, lines) for x in may_be)


def _names_task(card: Path) -> bool:
    from mlstrat.data.config import read_config

    return bool(read_config(card).task)


def _said_beside(source: Any) -> str | None:
    """Return the task that the config of a run names, where the run is one table; else None."""
    from mlstrat.data.config import HELD, config_of

    attrs = getattr(source, "attrs", None)  # of pandas
    if isinstance(attrs, Mapping) and isinstance(attrs.get(HELD), str):
        task = config_of(attrs[HELD], HELD).task
    elif type(source) is not str and not isinstance(source, Path):
        return None
    else:
        path = Path(source)
        card = path.with_name(RUN_CARD)
        try:
            if path.name != ONE_RUN or not (path.is_file() and card.is_file()):
                return None
        except (OSError, ValueError):
            return None
        task = read_card(card) if _names_task(card) else {}
    return str(task["name"]) if set(task) == {"name"} else None


def _labels(header: Sequence[str]) -> bool:
    """Tell whether classification reads a table with this header: one label, and what predicts."""
    names = set(header)
    predicts = bool(names & set(PREDICTS)) or any(x.startswith(PROBABILITY) for x in names)
    return predicts and bool(names & set(ALIASES["label"]))


def first_lines(source: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the columns in lower case, and the first lines; none for what has none.

    Examples
    --------
    >>> import polars as pl
    >>> first_lines(pl.DataFrame({"Num": [1], "den": [2]}))
    (('num', 'den'), ())
    """
    if source is None or isinstance(source, SparkPath) or not isinstance(source, str | Path):
        return _of_frame(source), ()
    path = Path(source)
    try:
        if str(source) == "-" or "://" in str(source) or not path.is_file():
            return (), ()
        if path.suffix.lower() == ".parquet":
            return _of_parquet(path), ()
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as stream:
            head = stream.read(PEEKED)
    except (OSError, EOFError, ValueError):
        return (), ()
    lines = tuple(head.decode("utf-8-sig", "ignore").splitlines()[:MOST_LINES])
    first = next((x for x in lines if x.strip()), "")
    if first.lstrip().startswith("{"):
        return _keys(lines), lines
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    if ending not in FORMATS and not all("," in x for x in [*filter(str.strip, lines)][:2]):
        return (), lines
    separator = sniffed(first, KNOWN_NAMES, "\t" if ending == ".tsv" else ",") or ","
    try:
        names = next(csv.reader([first], delimiter=separator), [])
    except csv.Error:
        return (), lines
    return tuple(x.strip().lower() for x in names), lines


def _keys(lines: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for line in lines:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found |= dict.fromkeys(x.strip().lower() for x in value)
    return tuple(found)


def _of_frame(source: Any) -> tuple[str, ...]:
    if isinstance(source, list | tuple):
        first = source[0] if source else None
        return tuple(x.lower() for x in first) if isinstance(first, dict) else ()
    try:
        lazy = hasattr(source, "collect_schema")
        names = source.collect_schema().names() if lazy else source.columns
        return tuple(str(x).strip().lower() for x in names)
    except Exception:  # no frame, or a lazy one that fails: the door says which
        return ()


def _of_parquet(path: Path) -> tuple[str, ...]:
    import polars as pl

    try:  # opened here: Polars takes names in UTF-8 alone, and reads `x[1]` as a pattern
        with path.open("rb") as stream:
            return tuple(x.strip().lower() for x in pl.read_parquet_schema(stream))
    except (OSError, pl.exceptions.PolarsError):  # the door says what is wrong with it
        return ()
