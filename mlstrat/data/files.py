"""From what the user wrote to the files that are meant: formats, globs, folders, stdin."""

from __future__ import annotations

import difflib
import errno
import glob
import hashlib
import os
import sys
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, Self

from mlstrat.data.columns import KNOWN_NAMES
from mlstrat.data.formats.contents import DAMAGED, check_content
from mlstrat.data.formats.first_lines import LONGEST_HEADER, sniffed
from mlstrat.data.parts import Format, InputFile, Part, bytes_once, is_pipe, state_of
from mlstrat.data.shards import BrokenShardError, each, kept, matches
from mlstrat.errors import InputError

FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
}
OWN_SEPARATORS = {"csv": ",", "tsv": "\t"}
SEPARATORS_IN_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
ACCEPTED = (
    ".csv, .tsv, .ndjson or .jsonl (each also .gz), .parquet, a glob of one of these, "
    "a folder of key=value partitioned Parquet, - for CSV on standard input"
)
CHECKSUM_UP_TO = 64 * 2**20
"""Bytes up to which the SHA-256 is taken unasked: above, it would cost more than the counting."""


class SparkPath(str):
    """A path as the user wrote it, whose rows Spark is to read; ``session`` is the one to ask."""

    session: Any

    def __new__(cls, path: str, session: Any) -> Self:
        """Return the path."""
        made = super().__new__(cls, path)
        made.session = session
        return made


@dataclass(frozen=True)
class Files:
    """The files of one run, all of one format, in sorted order.

    ``keys`` are the partition keys of a folder of partitioned Parquet; ``separator`` is what parts
    the columns of delimited text, and None for anything else.
    """

    name: str
    format: Format
    parts: tuple[Part, ...]
    keys: tuple[str, ...] = ()
    separator: str | None = None

    @property
    def sniffed(self) -> str | None:
        """The separator in words, where it is another than the ending says."""
        own = self.separator == OWN_SEPARATORS.get(self.format)
        return None if own or self.separator is None else SEPARATORS_IN_WORDS[self.separator]

    @cached_property
    def size(self) -> int:
        """Bytes of all files as stored."""
        return sum(part.size for part in self.parts)

    @property
    def remote(self) -> bool:
        """Whether they lie in a store: of unknown size, and not to be hashed here."""
        return any(part.address is not None for part in self.parts)

    def sha256(self) -> str:
        """Return the SHA-256 of the bytes of all files, one after another."""
        digest = hashlib.sha256()
        for part in self.parts:
            with part.open_raw() as stream:
                while block := stream.read(2**20):
                    digest.update(block)
        return digest.hexdigest()

    def check_unchanged(self) -> None:
        """Refuse files that were changed or removed since they were first looked at."""
        for part in self.parts:
            if part.changed():
                raise InputError(
                    "the file changed while it was read",
                    file=part.name,
                    hint="wait until it is written, then run again",
                )


def find_files(source: str | Path) -> Files:
    """Return the files meant by a path, a glob, a folder or ``-``.

    Raises
    ------
    InputError
        Where there is nothing to read, nothing of one accepted format, or a file whose bytes are
        surely not of the format that its name says.
    """
    files = _found(source)
    for part in files.parts:
        check_content(part, files.format)
    if (own := OWN_SEPARATORS.get(files.format)) is None or not files.parts:
        return files
    return replace(files, separator=sniffed(_beginning(files.parts[0]), KNOWN_NAMES, own))


def _beginning(part: Part) -> str:
    """Return the beginning of a file as text; what is wrong with it is found when it is read."""
    try:
        with part.open() as stream:
            return stream.read(LONGEST_HEADER).decode("utf-8-sig", "ignore")
    except DAMAGED:
        return ""


def _found(source: str | Path) -> Files:
    """Return the files by their names."""
    source = str(source) if isinstance(source, Path) else source
    if source == "-":
        return Files("-", "csv", (Part("-", None, _standard_input()),))
    if "://" in source:
        return _in_store(source)
    path = Path(source)
    try:
        if path.is_dir():
            inside = _run_within(path)
            return _partitioned(source, path) if inside is None else _found(inside)
        if path.exists() and is_pipe(path):
            return _piped(source)
        if path.exists():
            return Files(source, _format(source), (_part(source, path),))
        if glob.has_magic(source):
            return _globbed(source)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be opened: {_reason(error)}", file=source) from None
    except RecursionError:
        raise InputError(
            "folders nested too deeply to look through", file=source, accepted=ACCEPTED
        ) from None
    raise InputError("no such file", file=source, hint=_nearest(path))


def _run_within(folder: Path) -> Path | None:
    """Return the run of a folder that a harness wrote: ``run.csv`` beside ``run.toml``."""
    if not (folder / "run.toml").is_file():
        return None
    endings = (*FORMATS, *(f"{x}.gz" for x in FORMATS))
    return next((p for x in endings if (p := folder / f"run{x}").is_file()), None)


def _standard_input() -> bytes:
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        reason = "is closed" if error.errno == errno.EBADF else f"cannot be read: {_reason(error)}"
        raise InputError(f"standard input {reason}", file="-") from None


def _piped(source: str) -> Files:
    """Return what a pipe holds: what the ending of its name says, or CSV."""
    if isinstance(source, SparkPath):
        raise InputError("Spark cannot read a pipe", file=source, accepted="a file")
    name = source.lower()
    known = os.path.splitext(name.removesuffix(".gz"))[1] in FORMATS  # noqa: PTH122
    zipped = name.endswith(".gz")
    part = Part(source, None, bytes_once(source), zipped=zipped)
    return Files(source, _format(source) if known else "csv", (part,))


def _in_store(source: str) -> Files:
    """Return the files of a run in a store."""
    from mlstrat.data.stores import TEXT, addresses, below, fetched

    found, folder = addresses(source)
    keys: tuple[str, ...] = ()
    if folder:
        layouts = {_keys(below(source, address)) for address in found}
        keys = next(iter(layouts)) if len(layouts) == 1 else ()
        if not keys:
            raise _no_partition(source, f"{source}*.parquet")
    names = kept(source, found) if folder or "*" in source else found
    if source.lower().endswith(TEXT):
        parts = each(names, lambda name: Part(name, None, fetched(name), address=name))
        return Files(source, _format(source), tuple(parts))
    return Files(source, "parquet", tuple(Part(name, None, address=name) for name in names), keys)


def _part(name: str, path: Path) -> Part:
    """Look at one file, and make sure that it can be opened."""
    try:
        with path.open("rb") as stream:
            stream.read(1)
        state = state_of(path)
    except OSError as error:
        raise InputError(f"cannot be opened: {_reason(error)}", file=name) from None
    if state[0] == 0 and path.is_file():
        raise BrokenShardError("the file is empty", file=name)
    return Part(name, path, zipped=name.lower().endswith(".gz"), state=state)


def _reason(error: Exception) -> str:
    """Return the words of an error of the operating system."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def _format(name: str) -> Format:
    """Return the format that a file name tells."""
    low = name.lower()
    bare = low.removesuffix(".gz")
    found = FORMATS.get(os.path.splitext(bare)[1])  # noqa: PTH122  also for ".csv" alone
    if found is None or (found == "parquet" and bare != low):
        ending = "".join(Path(low).suffixes[-2:]) or "no ending"
        hint = "one JSON object a line is .ndjson" if bare.endswith(".json") else None
        raise InputError(f"unknown format ({ending})", file=name, accepted=ACCEPTED, hint=hint)
    return found


def _globbed(source: str) -> Files:
    """Return the files that a glob matches."""
    names = sorted(name for name in matches(source) if Path(name).is_file())
    if not names:
        raise InputError("no file matches", file=source, accepted=ACCEPTED)
    formats = {_format(name): name for name in names}
    if len(formats) > 1:
        raise InputError(
            f"files of several formats match: {', '.join(map(repr, formats.values()))}",
            file=source,
            accepted="a glob that matches files of one format",
        )
    parts = tuple(each(kept(source, names), lambda name: _part(name, Path(name))))
    return Files(source, next(iter(formats)), parts)


def _partitioned(source: str, folder: Path) -> Files:
    """Return the files of a folder of key=value partitioned Parquet."""
    found = [
        path
        for path in sorted(folder.rglob("*.parquet"))
        if not any(step.startswith((".", "_")) for step in path.relative_to(folder).parts)
    ]
    layouts = {_keys(path.relative_to(folder)) for path in found}
    if len(layouts) != 1 or not next(iter(layouts)):
        loose = str(Path(glob.escape(str(folder))) / "*.parquet")
        raise _no_partition(source, loose if found else None)
    parts = tuple(each(kept(source, map(str, found)), lambda name: _part(name, Path(name))))
    return Files(source, "parquet", parts, next(iter(layouts)))


def _no_partition(source: str, glob: str | None) -> InputError:
    return InputError(
        "a directory that is no key=value partitioned Parquet",
        file=source,
        accepted=f"files such as {Path('split=dev', 'part-0.parquet')} below it, "
        "all with the same keys",
        hint=f"for loose files give a glob: {glob}" if glob else None,
    )


def _keys(path: PurePath) -> tuple[str, ...]:
    """Return the keys of the steps ``key=value`` above a file; none if a step is another."""
    steps = [step.partition("=") for step in path.parts[:-1]]
    return tuple(key for key, _, _ in steps) if all(eq for _, eq, _ in steps) else ()


def _nearest(path: Path) -> str | None:
    """Return a hint with the files of that folder whose names are nearest."""
    try:
        there = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"there is no folder {str(path.parent)!r}"
    near = difflib.get_close_matches(path.name, there, n=3, cutoff=0.6)
    return (
        f"did you mean {', '.join(repr(str(path.parent / name)) for name in near)}?"
        if near
        else None
    )


def describe_input(name: str, files: Files | None, rows: int, checksum: bool) -> InputFile:
    """Return what was read, for the signature."""
    if files is None or files.remote:
        return InputFile(name, None, None, rows)
    digest = files.sha256() if checksum or files.size <= CHECKSUM_UP_TO else None
    files.check_unchanged()
    return InputFile(files.name, files.size, digest, rows)
