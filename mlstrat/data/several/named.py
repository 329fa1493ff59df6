"""What was written of files that are given for splits: ``train=a.csv dev=b.csv``."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from mlstrat.core.counts import SPLITS
from mlstrat.data.shards import matches
from mlstrat.data.values import SPLIT_ALIASES
from mlstrat.errors import UsageError

R = TypeVar("R")

_NAMES = "|".join(map(re.escape, sorted(SPLIT_ALIASES, key=len, reverse=True)))
_NAMED = rf"(?is)\s*({_NAMES})\s*=\s*(.+)"
_NEXT = rf"(?i),(?=\s*(?:{_NAMES})\s*=)"

ACCEPTED = "train=a.csv dev=b.csv, each file with its split (train, train-dev, dev, test)"


def named_files(source: Any) -> dict[str, str] | None:
    """Return split to file where a text names both; None for any other source.

    A file that is there is meant by its name, whatever stands in it.

    Examples
    --------
    >>> named_files("train=a.csv,val=b,c.csv"), named_files("a.csv")
    ({'train': 'a.csv', 'dev': 'b,c.csv'}, None)
    """
    if type(source) is not str or "=" not in source or _is_there(source):
        return None
    texts = re.split(_NEXT, source)
    return by_split(texts) if all(re.fullmatch(_NAMED, x) for x in texts) else None


def are_splits(source: Any) -> bool:
    """Whether a source goes from splits to runs: any of its names is a split's."""
    return isinstance(source, Mapping) and any(
        str(name).strip().lower() in SPLIT_ALIASES for name in source
    )


def by_split(texts: Sequence[str]) -> dict[str, str]:
    """Return split to file of texts that all name both."""
    out: dict[str, str] = {}
    for text in texts:
        found = re.fullmatch(_NAMED, text)
        if found is None:
            raise UsageError(
                f"{len(texts)} files, and {text!r} names no split", accepted=ACCEPTED,
                hint="files of one split are one glob: 'part-*.csv'",
            )  # fmt: skip
        split, file = SPLIT_ALIASES[found[1].lower()], found[2].strip()
        if split in out:
            raise UsageError(
                f"the split {split!r} is named twice: {out[split]!r} and {file!r}",
                accepted=ACCEPTED, hint="files of one split are one glob: train='part-*.csv'",
            )  # fmt: skip
        if file == "-":
            raise UsageError("standard input cannot be given for a split", accepted="a file")
        out[split] = file
    return out


def sources_by_split(source: Any) -> Mapping[str, Any] | None:
    """Return what each split is read from, where a source says so; else None."""
    return by_name(source) if are_splits(source) else named_files(source)


def by_name(runs: Mapping[str, R]) -> dict[str, R]:
    """Return runs, or their tables, by the splits that their names stand for."""
    if not runs:
        raise UsageError("no split", accepted=", ".join(SPLITS))
    named: dict[str, R] = {}
    for name, run in runs.items():
        split = SPLIT_ALIASES.get(str(name).strip().lower())
        if split is None:
            raise UsageError(f"unknown split {name!r}", accepted=", ".join(SPLITS))
        if split in named:
            raise UsageError(f"the split {split!r} is named twice", accepted="each split once")
        named[split] = run
    return named


def run_of(texts: Sequence[str]) -> Any:
    """Return what was typed as one run: a path, or split to file."""
    if len(texts) != 1:
        return by_split(texts)
    found = named_files(texts[0])
    return texts[0] if found is None else found


def run_names(sources: Sequence[Any], what: str = "candidate") -> tuple[str, ...]:
    """Return what to call runs: their file names, else their folders', else their paths.

    Examples
    --------
    >>> run_names(["lr0.1.csv", "b.csv.gz"]), run_names(["wine/run.csv", "cancer/run.csv"])
    (('lr0.1', 'b'), ('wine', 'cancer'))
    """
    whole = [str(s) if isinstance(s, str | Path) else f"run {i}" for i, s in enumerate(sources, 1)]
    if len({*whole}) < len(whole):
        twice = next(x for x in whole if whole.count(x) > 1)
        raise UsageError(f"{what} {twice!r} is named twice")
    paths = [Path(x) for x in whole]
    stems = [Path(p.name.removesuffix(".gz")).stem for p in paths]
    for names in (stems, [p.parent.name for p in paths]):
        if len({*names}) == len(names) and all(names):
            return tuple(names)
    return tuple(whole)


def _is_there(source: str) -> bool:
    try:
        if Path(source).exists():
            return True
        return glob.has_magic(source) and any(True for _ in matches(source))
    except (OSError, ValueError, RecursionError):
        return False
