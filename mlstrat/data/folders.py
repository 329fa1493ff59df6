"""One file on a disk looked at, and the files of a folder of partitioned Parquet."""

from __future__ import annotations

import glob
from pathlib import Path, PurePath

from mlstrat.data.parts import Part, state_of
from mlstrat.data.shards import BrokenShardError, each, kept
from mlstrat.errors import InputError


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
    parts = tuple(each(kept(source, map(str, found)), lambda name: look_at(name, Path(name))))
    return parts, next(iter(layouts))


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
