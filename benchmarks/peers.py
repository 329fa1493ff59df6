"""What is measured otherwise than in turns: SliceLine as far as it gets, the time of imports."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.cases import HERE, MILLION, command, file_of, python_with
from benchmarks.measuring import ENVIRONMENT, make

SECONDS, MEMORY = 240, 8 * 2**30
"""What SliceLine is given: four minutes in all, and four times the memory of ours."""
SLOWEST = 25


def slice_line(data: Path, peer: str | None) -> str:
    """Return how far SliceLine gets on the data of `slices`, rows doubling."""
    python = python_with("sliceline", peer)
    if python is None:
        return "SliceLine is not installed: not measured. Name a Python that has it with --peer."
    make("table", MILLION, data)
    path, left, done = file_of("table", MILLION, data), float(SECONDS), ""
    rows, why = MILLION // 64, ""
    while not why:
        words = [python, str(HERE / "work.py"), "sliceline", str(path), str(rows)]
        begun = time.perf_counter()
        try:
            ended = subprocess.run(
                words, capture_output=True, text=True, timeout=left, check=False, env=ENVIRONMENT,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY,) * 2),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            why = f"is not done when the {SECONDS} seconds are over"
            break
        left -= time.perf_counter() - begun
        if ended.returncode:
            why = f"ends with {(ended.stderr.strip().splitlines() or ['nothing'])[-1][:160]}"
        else:
            done = f"fits {rows:,} rows in {float(ended.stdout):.1f} s, reading not counted"
            if rows == MILLION:
                return f"SliceLine (pairs, the same ranges) {done}."
            rows = min(2 * rows, MILLION)
    return (
        f"SliceLine (pairs, the same ranges and least size; {MEMORY / 2**30:g} GiB, {SECONDS} "
        f"seconds) {done or 'fits nothing'}; on {rows:,} rows it {why}."
    )


def import_times(data: Path, peer: str | None) -> str:
    """Return the modules that take longest to import for `diagnose`, by `-X importtime`."""
    del peer
    make("run", 1_000, data)
    words = command("mlstrat diagnose {run}", 1_000, data)
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", *words],
        capture_output=True, text=True, check=True, env=ENVIRONMENT,
    )  # fmt: skip
    found = re.findall(r"^import time:\s+(\d+) \|\s+(\d+) \| (\s*)(\S+)$", ended.stderr, re.M)
    rows = [(int(own), int(total), name) for own, total, _, name in found]
    unused = ("pandas", "sklearn", "scipy", "matplotlib", "torch", "narwhals", "pyarrow")
    loaded = sorted({name.partition(".")[0] for *_, name in rows} & set(unused))
    lines = [
        "## Imports of `diagnose`", "",
        f"{len(rows)} modules in {sum(row[0] for row in rows) / 1000:.0f} ms, each being timed. "
        f"Of {', '.join(unused)} it loads {', '.join(loaded) or 'none'}. The slowest, milliseconds "
        "of their own and with what they import:", "", "```",
        *(f"{own / 1000:7.1f} {total / 1000:7.1f}  {name}"
          for own, total, name in sorted(rows, reverse=True)[:SLOWEST]), "```",
    ]  # fmt: skip
    return "\n".join(lines)
