"""The shards of a run; those that are truncated or damaged are named, on wish left out, and told.

Reading stops at the first shard that does not end as its format says. With `leaving_out`, such a
shard of a glob or a folder is noted, and whoever asked reads again without it: what is wrong with
the rows of a sound shard stays an error, and nothing is read twice where all are sound.
"""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import IO, Any

from mlstrat.core.record import Record
from mlstrat.data.parts import Part, state_of
from mlstrat.errors import InputError


class Shard(Record):
    """One file of a run that cannot be read to its end; ``rows`` is None where nothing tells."""

    path: str
    reason: str
    rows: int | None = None


class BrokenShardError(InputError):
    """Files that are cut off or damaged; the message is about the first."""

    def __init__(self, message: str, *, rows: int | None = None, **where: Any) -> None:
        super().__init__(message, **where)
        self.shards: tuple[Shard, ...] = (Shard(self.file or "", message, rows),)


@dataclass
class LeftOut:
    """Which shards are left out, by path; and the shards of each run of several, by its name."""

    shards: dict[str, Shard] = field(default_factory=dict)
    runs: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def note(self, error: BrokenShardError) -> None:
        """Leave out the shards of an error from now on."""
        there = {path for paths in self.runs.values() for path in paths}
        more = {shard.path: shard for shard in error.shards if shard.path in there}
        if not more or more.keys() <= self.shards.keys():
            raise error
        self.shards |= more
        for name, paths in self.runs.items():
            if paths and self.shards.keys() >= set(paths):
                raise InputError("every shard is truncated or damaged", file=name) from error

    def told(self) -> list[dict[str, Any]]:
        """Return what is missing of each run: its shards, and their rows where all are known."""
        out = []
        for name, paths in sorted(self.runs.items()):
            gone = [self.shards[path] for path in paths if path in self.shards]
            if gone:
                rows = [shard.rows for shard in gone]
                known = None if None in rows else sum(r for r in rows if r is not None)
                listed = [{"path": x.path, "reason": x.reason, "rows": x.rows} for x in gone]
                out.append({"path": name, "shards": len(gone), "of": len(paths), "rows": known,
                            "left_out": listed})  # fmt: skip
        return out


_NOW: ContextVar[LeftOut | None] = ContextVar("left_out", default=None)


@contextmanager
def leaving_out() -> Iterator[LeftOut]:
    """Leave out what is noted, in all that is read within."""
    noted = LeftOut()
    token = _NOW.set(noted)
    try:
        yield noted
    finally:
        _NOW.reset(token)


def kept(name: str, paths: Iterable[str]) -> list[str]:
    """Return the shards of a run that are to be read."""
    paths = tuple(paths)
    noted = _NOW.get()
    if noted is None:
        return list(paths)
    noted.runs[name] = paths
    return [path for path in paths if path not in noted.shards]


def each(parts: Iterable[Any], look: Callable[[Any], Any]) -> list[Any]:
    """Return what a look at each part gives."""
    out, first = [], None
    for part in parts:
        try:
            out.append(look(part))
        except BrokenShardError as error:
            if _NOW.get() is None:
                raise
            if first is None:
                first = error
            else:
                first.shards += error.shards
    if first is not None:
        raise first
    return out


STANDARD_ERROR = 2


_KEPT_OFF: list[bool] = []


def keep_panics_off() -> None:
    """Keep panics off standard error from now on."""
    _KEPT_OFF[:] = [True]


def _file() -> IO[bytes]:
    import tempfile

    try:
        return tempfile.TemporaryFile()
    except OSError:  # the disk is full: what is held is lost
        return open(os.devnull, "r+b")  # noqa: PTH123


@contextmanager
def without_panics() -> Iterator[None]:
    """Hold what is written to the descriptor; afterwards write it, unless it is a panic."""
    try:
        saved = os.dup(STANDARD_ERROR) if _KEPT_OFF else None
    except OSError:  # it is closed
        saved = None
    if saved is None:
        yield
        return
    with suppress(OSError):
        sys.stderr.flush()
    with _file() as held:
        os.dup2(held.fileno(), STANDARD_ERROR)
        try:
            yield
        finally:
            os.dup2(saved, STANDARD_ERROR)
            os.close(saved)
            held.seek(0)
            said = held.read()
            if b"panicked at" not in said:
                with suppress(OSError):  # it is closed or full: nobody hears it
                    os.write(STANDARD_ERROR, said)


def matches(source: str) -> Iterable[str]:
    """Return the names that a glob matches, each once.

    A folder at its beginning that is there is meant as it is called: ``lr[1]/*.csv``.
    The module `glob` returns a name once for every way in which several ``**`` lead to it, and
    follows a link to a folder above it, so that two of them take for ever.
    """
    for folder in Path(source).parents:
        if glob.has_magic(str(folder)) and folder.is_dir():
            source = str(Path(glob.escape(str(folder))) / Path(source).relative_to(folder))
            break
    pattern = Path(source)
    if "**" not in pattern.parts:
        return glob.glob(source)  # noqa: PTH207
    if pattern.name == "**":  # all files below, too
        pattern = pattern / "*"
    found = Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))
    shown = {str(path): {part for part in path.parts if part.startswith(".")} for path in found}
    return [name for name, hidden in shown.items() if hidden <= set(pattern.parts)]


def look_at(name: str, path: Path) -> Part:
    """Look at one file, and make sure that it can be opened."""
    try:
        with path.open("rb") as stream:
            stream.read(1)
        state = state_of(path)
    except OSError as error:
        raise InputError(f"cannot be opened: {reason_of(error)}", file=name) from None
    if state[0] == 0 and path.is_file():
        raise BrokenShardError("the file is empty", file=name)
    return Part(name, path, zipped=name.lower().endswith(".gz"), state=state)


def looked_at(source: str, names: Iterable[str]) -> tuple[Part, ...]:
    """Look at the files of a run that are to be read."""
    return tuple(each(kept(source, names), lambda name: look_at(name, Path(name))))


def reason_of(error: Exception) -> str:
    """Return the words of an error of the operating system."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def partitioned(source: str, folder: Path) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Return the files of a folder of key=value partitioned Parquet, and the keys."""
    found = [
        path
        for path in sorted(folder.rglob("*.parquet"))
        if not any(step.startswith((".", "_")) for step in path.relative_to(folder).parts)
    ]
    layouts = {keys_of(path.relative_to(folder)) for path in found}
    if len(layouts) != 1 or not next(iter(layouts)):
        loose = str(Path(glob.escape(str(folder))) / "*.parquet")
        raise no_partition(source, loose if found else None)
    return looked_at(source, map(str, found)), next(iter(layouts))


def no_partition(source: str, glob: str | None) -> InputError:
    """Return the error for a folder that is not partitioned; `glob` is what loose files need."""
    return InputError(
        "a directory that is not a key=value partitioned Parquet",
        file=source,
        accepted=f"files such as {Path('split=dev', 'part-0.parquet')} below it, "
        "all with the same keys",
        hint=f"for loose files give a glob: {glob}" if glob else None,
    )


def keys_of(path: PurePath) -> tuple[str, ...]:
    """Return the keys of the steps ``key=value`` above a file; none if a step is another."""
    steps = [step.partition("=") for step in path.parts[:-1]]
    return tuple(key for key, _, _ in steps) if all(eq for _, eq, _ in steps) else ()
