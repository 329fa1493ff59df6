"""The guard of everything that is written: no call writes over what it reads."""

from __future__ import annotations

import contextlib
import glob
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlstrat.data.asked.read_as import BESIDE
from mlstrat.data.config import PROJECT_CONFIG
from mlstrat.data.parts import sheet_of
from mlstrat.data.run_folders import find_history
from mlstrat.data.several.named import named_files
from mlstrat.data.shards import matches
from mlstrat.errors import InputError, UsageError
from mlstrat.places import check_places


def guard(
    written: Sequence[str | Path | None],
    read: Iterable[Any],
    *,
    config: str | Path | None = None,
    configured: bool = True,
) -> None:
    """Refuse an output that is, by any path or link, an input of the same call.

    If `configured` the call reads configs: the project's, and those beside its runs.
    """
    if not any(path is not None for path in written):
        return

    beside = BESIDE.get()
    files = list(files_read([*read, None if beside is None else beside.source]))
    configs = configs_read(files, config) if configured else ()
    check_places(written, [*files, *(path for path in configs if path.is_file())])


PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
"""Endings of files that are taken for pictures."""

MOST_PIXELS = 50_000_000
"""Pixels of a picture above which it is not decoded: a file of kilobytes can hold gigabytes."""

IN_FOLDERS = (".parquet", ".safetensors", *PICTURES)
"""Endings of what is read of a folder: partitioned tables, weights, pictures."""


def files_read(sources: Iterable[Any]) -> Iterator[Path]:
    """Yield the files that sources mean: paths, globs, folders; of a frame, or a store, none."""
    for source in sources:
        if isinstance(source, Mapping):
            yield from files_read(source.values())
        elif isinstance(source, list | tuple):
            yield from files_read(source)
        elif isinstance(source, str | Path) and str(source) != "-" and "://" not in str(source):
            with contextlib.suppress(OSError, ValueError, RecursionError, UsageError):
                # Told when it is read.
                for one in (named_files(source) or {"": str(source)}).values():
                    yield from _meant(one)


def configs_read(files: Iterable[Path], config: str | Path | None) -> Iterator[Path]:
    """Yield the configs that are read with runs: the project's, and those beside the runs."""
    yield Path(PROJECT_CONFIG if config is None else config)
    for file in files:
        name = file.name.removesuffix(".gz")
        yield file.with_name(f"{name.rpartition('.')[0] or name}.toml")


def _meant(source: str) -> Iterator[Path]:
    path = Path(source)
    card = path / "run.toml" if path.is_dir() else path
    if card.suffix.lower() == ".toml" and card.is_file():
        yield from _of_card(card)
    if path.is_dir():
        yield from _within(path)
    elif path.exists():
        yield path
    elif (found := sheet_of(source)) is not None:
        yield Path(found[0])
    elif glob.has_magic(source):
        yield from map(Path, matches(source))


def _of_card(card: Path) -> Iterator[Path]:
    yield card
    task = tomllib.loads(card.read_text(encoding="utf-8")).get("task")
    for table in task.values() if isinstance(task, dict) else ():
        if isinstance(table, dict):
            yield from (card.parent / x for x in table.values() if isinstance(x, str))


def _within(folder: Path) -> Iterator[Path]:
    """Yield what is read of a folder: a history of runs, or tables, weights and pictures in it."""
    yield from folder.glob("*.safetensors")
    if not any("=" in path.name for path in folder.iterdir()):
        with contextlib.suppress(InputError):
            yield from find_history(folder)
            return
    yield from (p for p in folder.rglob("*") if p.suffix.lower() in IN_FOLDERS)
