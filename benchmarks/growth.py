"""How the time of a command grows: against rows, classes, groups, checks, runs and resamples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import command, file_of
from benchmarks.measuring import make, once

REPEATS = 3
MOST = 1.1
"""The largest slope that is not marked: at most 1, and what a measurement errs by."""
PER_CLASS, PER_GROUP = 20, 20
"""Rows of each, so that filled cells and groups grow as rows do."""


@dataclass(frozen=True)
class Growth:
    """What grows, how far, and the command on each size; ``{data}`` stands for the folder."""

    name: str
    title: str
    sizes: tuple[int, ...]
    words: str
    files: Callable[[int, Path], None]


def _made(kind: str, rows: int) -> Callable[[int, Path], None]:
    """Return what makes one file, whatever the size."""
    return lambda _size, data: make(kind, rows, data)


def _classes(size: int, data: Path) -> None:
    rows = PER_CLASS * size
    path = data / f"classes_{size}_{rows}.csv"
    if not path.exists():
        once(command(f"again classes {rows} {path}", rows, data), data)


def _groups(size: int, data: Path) -> None:
    make("grouped", PER_GROUP * size, data)


def _gates(size: int, data: Path) -> None:
    """Write a gate with the first checks of that with a hundred."""
    make("checks", 100_000, data)
    folder = file_of("checks", 100_000, data)
    checks = (folder / "100.toml").read_text().split("\n\n")
    (folder / f"first_{size}.toml").write_text("\n\n".join(checks[:size]))


def _runs(size: int, data: Path) -> None:
    """Link the first of a hundred runs."""
    make("runs", 2_000, data)
    folder = data / f"first_{size}_runs"
    folder.mkdir(exist_ok=True)
    for path in sorted(file_of("runs", 2_000, data).glob("*.csv"))[:size]:
        if not (folder / path.name).exists():
            (folder / path.name).hardlink_to(path)


GROWTHS = (
    Growth(
        "rows", "`diagnose`", (300_000, 1_000_000, 3_000_000), "mlstrat diagnose {data}/run_N.csv",
        lambda size, data: make("run", size, data),
    ),
    Growth(
        "classes", f"`diagnose -f json`, {PER_CLASS} rows a class", (1_500, 4_500, 13_500),
        f"mlstrat diagnose -f json {{data}}/classes_N_{PER_CLASS}N.csv", _classes,
    ),
    Growth(
        "groups", f"`diagnose`, {PER_GROUP} rows a group", (10_000, 30_000, 90_000),
        f"mlstrat diagnose {{data}}/grouped_{PER_GROUP}N.parquet", _groups,
    ),
    Growth(
        "checks", "`gate` with a baseline", (11, 33, 100),
        "mlstrat gate {data}/checks_100000/run.csv --baseline {data}/checks_100000/baseline.csv"
        " --config {data}/checks_100000/first_N.toml", _gates,
    ),
    Growth("runs", "`select` by F1", (11, 33, 100), "again select {data}/first_N_runs", _runs),
    Growth(
        "resamples", "`score`, 1,000 rows", (30_000, 100_000, 300_000),
        "mlstrat score {data}/run_1000.csv --resamples N", _made("run", 1_000),
    ),
)  # fmt: skip


def words_of(one: Growth, size: int, data: Path) -> list[str]:
    """Return the command on one size: ``N`` stands for it, ``20N`` for as many times."""
    text = one.words.replace(f"{PER_CLASS}N", str(PER_CLASS * size)).replace("N", str(size))
    return [word.replace("{data}", str(data)) for word in command(text, size, data)]


def slope(sizes: tuple[float, ...], seconds: tuple[float, ...], start: float) -> float:
    """Return the slope of log seconds between the last two sizes, the start taken off.

    Examples
    --------
    >>> round(slope((1, 3, 9), (0.6, 0.8, 1.4), 0.5), 2), round(slope((3, 9), (0.9, 8.1), 0), 2)
    (1.0, 2.0)
    """
    (b, c), (y, z) = sizes[-2:], seconds[-2:]
    start = min(start, 0.9 * y)  # of noise there is always less
    return math.log(max(z - start, 0.1 * z) / (y - start)) / math.log(c / b)


def growth(data: Path, _peer: str | None = None) -> str:
    """Return the section of results: the least seconds of the processor of each, and slopes."""
    return "\n".join(_lines(data)) + "\n"


def _lines(data: Path) -> Iterator[str]:
    yield from (
        "## Growth", "",
        f"Seconds of the processor, the least of {REPEATS}; the slope is of their logarithms",
        "between the last two sizes, less those of 1,000 rows: at 1 both double together.",
        "", "| what grows | command | sizes | seconds | slope | |", "|---|---|---|---|---:|---|",
    )  # fmt: skip
    make("run", 1_000, data)
    alone = command(f"mlstrat diagnose {file_of('run', 1_000, data)}", 1_000, data)
    start = min(once(alone, data).processor for _ in range(REPEATS + 1))
    for one in GROWTHS:
        spent = []
        for size in one.sizes:
            one.files(size, data)
            words = words_of(one, size, data)
            spent.append(min(once(words, data).processor for _ in range(REPEATS)))
        steep = slope(one.sizes, tuple(spent), start)
        yield (
            f"| {one.name} | {one.title} | {', '.join(f'{n:,}' for n in one.sizes)} | "
            f"{', '.join(f'{s:.2f}' for s in spent)} | {steep:.2f} | "
            f"{'steeper than 1' if steep > MOST else ''} |"
        )
