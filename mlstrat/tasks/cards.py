"""Run cards: a TOML file that says what a run predicts, and which file holds which split."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlstrat.core.counts import SPLITS
from mlstrat.data.config import read_config
from mlstrat.errors import ConfigError, did_you_mean
from mlstrat.tasks.contract import Given

RUN_CARD, ONE_RUN = "run.toml", "run.csv"
FILES = ("truth", "predictions")
HUMAN = "human"


def card_of(source: Any) -> Path | None:
    """Return the card that a source is: a TOML file, or a folder that holds ``run.toml``."""
    if type(source) is not str and not isinstance(source, Path):
        return None
    path = Path(source)
    if path.suffix.lower() == ".toml":
        return path
    try:
        inside = path / RUN_CARD
        return inside if path.is_dir() and inside.is_file() else None
    except (OSError, ValueError):
        return None


def read_card(path: Path) -> Mapping[str, Any]:
    """Return the table ``[task]`` of a card."""
    task = read_config(path).task
    if not isinstance(task.get("name"), str):
        raise ConfigError(
            "no task is named", file=str(path), accepted='[task] with name = "NAME"',
        )  # fmt: skip
    return task


def options_of(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a task that a card or a settings file says."""
    return {k: x for k, x in task.items() if k != "name" and not isinstance(x, Mapping)}


def check_options(options: Mapping[str, Any], known: tuple[str, ...], file: str) -> None:
    """Refuse options in a card that its task does not have."""
    for key in options:
        if key not in known:
            accepted = ("name", *(x for x in known if x != "truth"), *SPLITS, HUMAN)
            raise ConfigError(
                f"unknown {key!r} in [task]", file=file, accepted=", ".join(accepted),
                hint=did_you_mean(key, accepted),
            )  # fmt: skip


def parts_of_card(path: Path) -> list[Given]:
    """Return what each split of a card is read from, in the order of the ladder."""
    shown, task = str(path), read_card(path)
    found: list[Given] = []
    for name, table in task.items():
        if not isinstance(table, Mapping):
            continue
        where = f"[task.{name}]"
        if name not in (*SPLITS, HUMAN):
            raise ConfigError(
                f"unknown {where}", file=shown, accepted=", ".join((*SPLITS, HUMAN)),
                hint=did_you_mean(name, (*SPLITS, HUMAN)),
            )  # fmt: skip
        accepted = (*FILES, "split") if name == HUMAN else FILES
        for key, value in table.items():
            if key not in accepted or not isinstance(value, str):
                said = f"unknown {key!r}" if key not in accepted else f"{key} is {value!r}"
                raise ConfigError(
                    f"{said} in {where}", file=shown,
                    accepted=", ".join(accepted) + ", each a text",
                )  # fmt: skip
        if "predictions" not in table:
            raise ConfigError(f"no predictions in {where}", file=shown, accepted="predictions")
        split = table.get("split", "dev") if name == HUMAN else name
        if split not in SPLITS:
            raise ConfigError(f"unknown split {split!r}", file=shown,
                              accepted=", ".join(SPLITS))  # fmt: skip
        files = {key: _within(path, table[key], where) for key in FILES if key in table}
        found.append(Given(files["predictions"], files.get("truth"), split, name == HUMAN))
    if not found and (path.parent / ONE_RUN).is_file():  # one table, whose column says the split
        return [Given(str(path.parent / ONE_RUN))]
    if not any(not x.people for x in found):
        raise ConfigError(
            "no split is there",
            file=shown,
            accepted="[task.dev] with predictions, or run.csv beside it",
        )
    order = {split: i for i, split in enumerate(SPLITS)}
    return sorted(found, key=lambda x: (x.people, order[x.split or "dev"]))


def _within(card: Path, name: str, where: str) -> str:
    """Return a path of a card, relative to its folder, which it may not leave."""
    folder = card.parent
    try:
        inside = (folder / name).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside:
        raise ConfigError(
            f"{name!r} in {where} leaves the folder of the card", file=str(card),
            accepted="files beside the card or below it",
            hint="name it on the command line: --truth FILE",
        )  # fmt: skip
    return os.path.join(folder, name) if str(folder) != "." else name  # noqa: PTH118  as typed
