"""From what the user wrote to the files that are meant: formats, globs, folders, stdin."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import sys
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from mlstrat.core.record import Record
from mlstrat.data.columns import KNOWN_NAMES
from mlstrat.data.formats.contents import DAMAGED, check_content
from mlstrat.data.formats.first_lines import BESIDE, LONGEST_HEADER, sniffed, without_separator_line
from mlstrat.data.parts import (
    WORKBOOKS,
    Format,
    InputFile,
    Part,
    bytes_once,
    is_pipe,
    sheet_of,
)
from mlstrat.data.shards import (
    each,
    kept,
    keys_of,
    look_at,
    looked_at,
    matches,
    no_partition,
    partitioned,
    reason_of,
)
from mlstrat.errors import InputError

FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".arrow": "arrow",
    ".feather": "arrow",
    **dict.fromkeys(WORKBOOKS, "workbook"),
}
UNZIPPED = ("parquet", "arrow", "workbook")
"""Formats that are packed in themselves: none is read as .gz."""

OWN_SEPARATORS = {"csv": ",", "tsv": "\t"}
SEPARATORS_IN_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
ACCEPTED = (
    ".csv, .tsv, .ndjson or .jsonl, .json (each also .gz), .parquet, .arrow or .feather, .xlsx or "
    ".ods (book.xlsx#Sheet), a glob of one of these, a folder of key=value partitioned Parquet, "
    "- for CSV on standard input"
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


class Files(Record):
    """The files of one run, all of one format, in sorted order.

    ``keys`` are the partition keys of a folder of partitioned Parquet; ``separator`` is what parts
    the columns of delimited text, and None for anything else; ``sheet`` that of a workbook.
    """

    name: str
    format: Format
    parts: tuple[Part, ...]
    keys: tuple[str, ...] = ()
    separator: str | None = None
    sheet: str | None = None

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

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the bytes of all files, one after another."""
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
    """Return the files meant by a path, a glob, a folder or ``-``."""
    files = _found(source)
    for part in files.parts:
        check_content(part, files.format)
    if files.format == "json":
        from mlstrat.data.formats.json_text import holds_json_lines

        return replace(files, format="ndjson") if all(map(holds_json_lines, files.parts)) else files
    if (own := OWN_SEPARATORS.get(files.format)) is None or not files.parts:
        return files
    beginning = _beginning(files.parts[0])
    said, rest = without_separator_line(beginning)
    if said:
        parts = tuple(each(files.parts, _without_separator_line))
        return replace(files, separator=said.strip(BESIDE).strip('"')[4], parts=parts)
    return replace(files, separator=sniffed(rest, KNOWN_NAMES, own))


def _without_separator_line(part: Part) -> Part:
    """Return a file as if its first line, which tells Excel the separator, were blank."""
    try:
        with part.open() as stream:
            first, rest = stream.readline(), stream.read()
    except DAMAGED:
        return part
    said = without_separator_line(first.decode("utf-8-sig", "ignore"))[0]
    return replace(part, instead=b"\n" + rest) if said else part


def _beginning(part: Part) -> str:
    """Return the beginning of a file as text; what is wrong with it is found when it is read."""
    try:
        with part.open() as stream:
            return stream.read(LONGEST_HEADER).decode("utf-8-sig", "ignore")
    except DAMAGED:
        return ""


def _found(source: str | Path) -> Files:
    source = str(source) if isinstance(source, Path) else source
    if source == "-":
        return Files("-", "csv", (Part("-", None, _standard_input()),))
    if "://" in source:
        return _in_store(source)
    path = Path(source)
    try:
        if path.is_dir():
            inside = _run_within(path)
            if inside is not None:
                return _found(inside)
            parts, keys = partitioned(source, path)
            return Files(source, "parquet", parts, keys)
        if path.exists() and is_pipe(path):
            return _piped(source)
        if path.exists():
            return Files(source, _format(source), (look_at(source, path),))
        if (found := sheet_of(source)) is not None and Path(found[0]).exists():
            return Files(source, "workbook", (look_at(source, Path(found[0])),), sheet=found[1])
        if glob.has_magic(source):
            return _globbed(source)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be opened: {reason_of(error)}", file=source) from None
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
        reason = (
            "is closed" if error.errno == errno.EBADF else f"cannot be read: {reason_of(error)}"
        )
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
    from mlstrat.data.stores import TEXT, addresses, below, fetched

    found, folder = addresses(source)
    keys: tuple[str, ...] = ()
    if folder:
        layouts = {keys_of(below(source, address)) for address in found}
        keys = next(iter(layouts)) if len(layouts) == 1 else ()
        if not keys:
            raise no_partition(source, f"{source}*.parquet")
    names = kept(source, found) if folder or "*" in source else found
    if source.lower().endswith(TEXT):
        parts = each(names, lambda name: Part(name, None, fetched(name), address=name))
        return Files(source, _format(source), tuple(parts))
    return Files(source, "parquet", tuple(Part(name, None, address=name) for name in names), keys)


def _format(name: str) -> Format:
    low = name.lower()
    bare = low.removesuffix(".gz")
    found = FORMATS.get(os.path.splitext(bare)[1])  # noqa: PTH122  also for ".csv" alone
    if found is None or (found in UNZIPPED and bare != low):
        ending = "".join(Path(low).suffixes[-2:]) or "no ending"
        raise InputError(f"unknown format ({ending})", file=name, accepted=ACCEPTED)
    return found


def _globbed(source: str) -> Files:
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
    return Files(source, next(iter(formats)), looked_at(source, names))


def _nearest(path: Path) -> str | None:
    """Return a hint with the files of that folder whose names are nearest."""
    import difflib

    try:
        there = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"there is no folder {str(path.parent)!r}"
    near = [x for x in difflib.get_close_matches(path.name, there, n=3, cutoff=0.6)
            if difflib.SequenceMatcher(None, path.stem, Path(x).stem).ratio() >= 0.6]  # fmt: skip
    names = ", ".join(repr(str(path.parent / name)) for name in near)
    return f"did you mean {names}?" if near else None


def describe_input(name: str, files: Files | None, rows: int, checksum: bool) -> InputFile:
    """Return what was read, for the signature."""
    if files is None or files.remote:
        return InputFile(name, None, None, rows)
    digest = files.sha256 if checksum or files.size <= CHECKSUM_UP_TO else None
    files.check_unchanged()
    return InputFile(files.name, files.size, digest, rows)
