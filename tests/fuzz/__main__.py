"""``python -m tests.fuzz``: mutated inputs through every command, and what came of them.

    python -m tests.fuzz --figures benchmarks/fuzz.md    all of it, and its figures
    python -m tests.fuzz --part 1/2                      beside another process with 0/2
    python -m tests.fuzz --repeat FINDING                one finding again, made smaller

A batch is one case and one seed, and the same in every run. Batches that are done stand in the
folder of work and are not done again, so that a run can be stopped and go on.
"""

from __future__ import annotations

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # before Polars is imported; the rows are few

import argparse
import collections
import faulthandler
import gc
import json
import platform
import random
import resource
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.fuzz.commands import CASES, OUTPUTS, Case, by_name
from tests.fuzz.door import SLOW, Ended, call, faults
from tests.fuzz.findings import fingerprint, load, reduced, save
from tests.fuzz.mutations import mutate, mutate_text
from tests.fuzz.names import renamed

BATCH = 100
"""Inputs of a batch."""

NAMED = 0.5
"""Share of the inputs of commands whose files and columns get names of the pool."""

MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112
"""Where files are written: waiting for a disk would take longer than the commands."""

FOREIGN = 2
"""The file descriptor of standard error: a panic in Rust writes there, past Python."""

PAGE = resource.getpagesize()


def main() -> None:
    """Do the batches that are not done, then write the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--inputs", type=int, default=200_000, help="over all commands")
    parser.add_argument("--only", help="a case, by its name")
    parser.add_argument("--part", default="0/1", help="K/N: every N-th batch from the K-th")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mlstrat_fuzz")
    parser.add_argument("--repeat", type=Path, help="a finding of the folder of work")
    parser.add_argument("--figures", type=Path, help="write the figures of what is done there")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.repeat is not None:
        repeat(options.repeat)
        return
    gc.freeze()
    part, parts = map(int, options.part.split("/"))
    done = {(x["case"], x["batch"]) for x in read_all(options.work)}
    with (options.work / f"part_{part}_of_{parts}.jsonl").open("a", encoding="utf-8") as log:
        for i, (case, number) in enumerate(batches(options.inputs, options.only)):
            if i % parts == part and (case.name, number) not in done:
                log.write(json.dumps(batch(case, number, options.work)) + "\n")
                log.flush()
    if options.figures is not None:
        options.figures.write_text(figures(read_all(options.work)), encoding="utf-8")


def batches(inputs: int, only: str | None) -> list[tuple[Case, int]]:
    """Return the batches, evenly over the cases, so that an early end has seen all of them."""
    shares = sum(case.share for case in CASES)
    wanted = {case.name: -(-inputs * case.share // (shares * BATCH)) for case in CASES}
    found = [
        (number / wanted[case.name], case, number)
        for case in CASES
        for number in range(int(wanted[case.name]))
        if only in (None, case.name)
    ]
    return [(case, number) for _, case, number in sorted(found, key=lambda x: x[0])]


def read_all(work: Path) -> list[dict[str, Any]]:
    """Return what is known of the batches that are done."""
    return [
        json.loads(line)
        for path in sorted(work.glob("part_*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def batch(case: Case, number: int, work: Path) -> dict[str, Any]:
    """Do one batch, and return its figures.

    Python cannot interrupt a loop in Rust: one that never ends takes the process with it, after
    its stack was written, and the batch is known by its absence.
    """
    faulthandler.dump_traceback_later(BATCH * SLOW, exit=True)
    rng = random.Random(f"{case.name}/{number}")
    good = [(case.words, dict(case.files()))]
    refused: list[tuple[tuple[str, ...], dict[str, bytes]]] = []
    codes: collections.Counter[str] = collections.Counter()
    ways: set[str] = set()
    found: set[str] = set()
    slowest, named = 0.0, 0
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        for _ in range(BATCH):
            seeds = refused if refused and rng.random() < 0.15 else good
            words, files = kept_words, kept_files = altered(case, *rng.choice(seeds), rng)
            pair = renamed(words, files, rng) if rng.random() < NAMED else None
            if pair is not None:
                words, files, named = pair.words, pair.files, named + 1
            ended, marks = watched(words, files, Path(name), case)
            if pair is not None and not marks:
                marks = pair.disagreement(ended, lambda w, f: call(w, f, Path(name)))
            codes[str(ended.code)] += 1
            slowest = max(slowest, ended.seconds)
            if marks:
                finding = fingerprint(ended, marks)
                found.add(finding)
                save(work, finding, case.name, words, files, marks, ended)
            way = f"{ended.code} {ended.err.partition('hint')[0][:40]}"
            if way not in ways or (ended.code == 0 and rng.random() < 0.2):
                ways.add(way)
                kept = refused if ended.code == 2 else good
                kept.append((kept_words[:-2] if case.formats else kept_words, kept_files))
    faulthandler.cancel_dump_traceback_later()
    return {
        "case": case.name, "command": case.command, "batch": number, "inputs": BATCH,
        "named": named,
        "seconds": round(time.perf_counter() - started, 3), "slowest": round(slowest, 3),
        "codes": codes, "ways": len(ways), "found": sorted(found), "resident": resident(),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }  # fmt: skip


def altered(
    case: Case, words: tuple[str, ...], files: dict[str, bytes], rng: random.Random
) -> tuple[tuple[str, ...], dict[str, bytes]]:
    """Return a command line and its files after a change of one of them."""
    if case.mutated:
        name = rng.choice(case.mutated)
        files = files | {name: mutate(files[name], rng)}
    else:
        free = [i for i in range(1, len(words)) if words[i - 1] not in OUTPUTS]
        i = rng.choice(free)
        words = (*words[:i], mutate_text(words[i], rng), *words[i + 1 :])
    how = ("-f", rng.choice(case.formats)) if case.formats else ()
    return (*words, *how), files


def watched(
    words: tuple[str, ...], files: dict[str, bytes], folder: Path, case: Case
) -> tuple[Ended, list[str]]:
    """Run one input, and return what must not be about it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryFile() as aside:
        kept = os.dup(FOREIGN)
        os.dup2(aside.fileno(), FOREIGN)
        try:
            ended = call(words, files, folder)
        finally:
            os.dup2(kept, FOREIGN)
            os.close(kept)
        marks = faults(ended, case.codes)
        aside.seek(0)
        if said := aside.read(300).decode(errors="replace").strip():
            marks.append(f"written past Python: {said}")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if grown > 300 * 1024:
        marks.append(f"took {grown // 1024} MiB")
    return ended, marks


def resident() -> int:
    """Return the memory in use now, in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def repeat(path: Path) -> None:
    """Run a finding again, look for the smallest input that shows it, and print both."""
    case, words, files, wanted = load(path)

    def same(words: tuple[str, ...], files: dict[str, bytes]) -> bool:
        with tempfile.TemporaryDirectory() as name:
            ended, marks = watched(words, files, Path(name), by_name(case))
        return bool(marks) and fingerprint(ended, marks) == wanted

    if not same(words, files):
        sys.stdout.write(f"not any more: {wanted}\n")
        return
    words, files = reduced(words, files, same)
    with tempfile.TemporaryDirectory() as name:
        ended, marks = watched(words, files, Path(name), by_name(case))
    shown = (wanted, *marks, words, *files.items(), ended.err)
    sys.stdout.write("\n".join(map(str, shown)) + "\n")


def figures(rows: list[dict[str, Any]]) -> str:
    """Return the figures as markdown."""
    codes: collections.Counter[str] = collections.Counter()
    by_command: dict[str, collections.Counter[str]] = {}
    for row in rows:
        codes.update(row["codes"])
        by_command.setdefault(row["command"], collections.Counter()).update(row["codes"])
    found = {finding for row in rows for finding in row["found"]}
    inputs = sum(row["inputs"] for row in rows)
    first, last = (_mean([r["resident"] for r in some]) for some in (rows[len(rows) // 10 :
                   len(rows) // 5], rows[-len(rows) // 10 :]))  # fmt: skip
    columns = ("0", "1", "2", "3")
    lines = [
        "# Fuzzing",
        "",
        "Mutated CSV, TSV, JSON lines, Parquet, gzip, TOML, JSON and review sheets, and mutated",
        "words of the command line, through every command in one process:",
        "`python -m tests.fuzz --figures benchmarks/fuzz.md`. What must hold of each input stands",
        "in `tests/fuzz/door.py`; what was found is a test in `tests/fuzz/test_found.py`.",
        "",
        "| | |",
        "| --- | --- |",
        f"| inputs | {inputs:,} |",
        f"| seconds | {sum(r['seconds'] for r in rows):,.0f} "
        f"({inputs / sum(r['seconds'] for r in rows):,.0f} inputs a second) |",
        f"| slowest input | {max(r['slowest'] for r in rows):.2f} s |",
        f"| of them with files and columns of hostile names, held against plain ones | "
        f"{sum(r.get('named', 0) for r in rows):,} |",
        f"| distinct findings in this run | {len(found)} |",
        f"| memory in use, mean of the second and of the last tenth | {first / 2**20:,.0f} MiB, "
        f"{last / 2**20:,.0f} MiB |",
        f"| peak memory | {max(r['peak'] for r in rows) / 2**20:,.0f} MiB |",
        f"| machine | {platform.machine()}, Python {platform.python_version()}, Polars "
        f"{version('polars')}, NumPy {version('numpy')} |",
        "",
        "Inputs by exit code (1 and 3 are what a gate may say):",
        "",
        f"| command | inputs | {' | '.join(columns)} | none |",
        f"| --- | ---: | {' | '.join(['---:'] * 5)} |",
    ]
    for command, row in [*sorted(by_command.items()), ("all", codes)]:
        cells = [f"{row[c]:,}" for c in (*columns, "None")]
        lines.append(f"| {command} | {sum(row.values()):,} | {' | '.join(cells)} |")
    if found:
        lines += [
            "",
            "Findings of this run:",
            "",
            *(f"- {x.splitlines()[0]}" for x in sorted(found)),
        ]
    return "\n".join(lines) + "\n"


def _mean(values: list[float]) -> float:
    return sum(values) / max(1, len(values))


if __name__ == "__main__":
    main()
    sys.exit()
