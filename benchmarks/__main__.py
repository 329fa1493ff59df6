"""``python -m benchmarks``: each case and its reference in turns, medians, a table.

This process imports the standard library alone: Linux counts the memory of whoever starts a
process into that process's peak.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks import spark

HERE = Path(__file__).parent
PACKAGES = ("mlstrat", "numpy", "polars", "pandas", "scikit-learn", "typer", "rich")
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""Compiled modules are kept, as an installation has them: the unmeasured turn makes them."""
SLACK, START = 1.5, 0.4
"""What --small allows: this many times a limit, and the seconds of a start beside a reference that
has none to speak of. It looks for regressions, with few rows, on a machine that may be busy."""


@dataclass(frozen=True)
class Case:
    """Two commands. ``{run}`` stands for a file of that many rows, ``{twin}`` for another model's
    of the same rows, ``{parquet}`` for the run as Parquet, ``{sheet}`` for a review sheet,
    ``{table}`` for a run with 20 columns to slice by.

    Ours may take ``ratio`` × the reference + ``seconds``, and ``memory`` × its peak memory.
    Without a reference the seconds stand alone, and the GiB of ``most``; without any limit the
    case is for the picture.
    Where ``inside``, the command prints its seconds: start and preparation are not counted.
    """

    name: str
    ours: str
    against: str = "–"
    reference: str = ""
    ratio: float = 0.0
    seconds: float = 0.0
    memory: float = 0.0
    most: float = 0.0
    rows: int = 0
    repeats: int = 7
    inside: bool = False


TEN_MILLION, MILLION, FEW = 10_000_000, 1_000_000, 100_000
DIAGNOSE, COUNT = "mlstrat diagnose {run}", "work count {run}"
CASES = (
    Case(
        "`mlstrat --help`", "mlstrat --help",
        "`import typer, rich.console`", "python -c import\ttyper,rich.console",
        ratio=1.5, repeats=15,
    ),
    Case(
        "`diagnose`, 1,000 rows, 10,000 replicates", DIAGNOSE,
        "`import pandas, sklearn.metrics`", "python -c import\tpandas,sklearn.metrics",
        ratio=0.4, rows=1_000, repeats=11,
    ),
    Case(
        "`diagnose`, 10 million rows", DIAGNOSE, "bare Polars streaming group-by", COUNT,
        ratio=1.3, seconds=0.3, memory=1.3, rows=TEN_MILLION,
    ),
    Case(
        "`diagnose`, 10 million rows of Parquet", "mlstrat diagnose {parquet}",
        "bare Polars streaming group-by", "work count {parquet}",
        ratio=1.5, seconds=0.3, rows=TEN_MILLION,
    ),
    Case(
        "`compare`, twice 10 million rows", "mlstrat compare {run} {twin}",
        "bare Polars streaming join by id", "work join {run} {twin}",
        ratio=2.0, rows=TEN_MILLION, repeats=3,
    ),
    Case(
        "`report` with a baseline, twice 10 million rows", "mlstrat report {run} --baseline {twin}",
        "`compare --metric f1`, which it contains", "mlstrat compare {twin} {run} --metric f1",
        ratio=1.3, rows=TEN_MILLION, repeats=5,
    ),
    Case(
        "`error-table`, a sheet of 1,000 rows", "mlstrat error-table {sheet}",
        "`import pandas, sklearn.metrics`", "python -c import\tpandas,sklearn.metrics",
        ratio=0.4, rows=1_000, repeats=11,
    ),
    Case(
        "`sample`, 10 million rows", "mlstrat sample {run}",
        "bare Polars streaming filter", "work filter {run}", ratio=1.5, rows=TEN_MILLION,
    ),
    Case(
        "`slices`, 1 million rows, 20 columns and their pairs", "mlstrat slices {table}",
        seconds=20.0, rows=MILLION, repeats=3, most=2.0,
    ),
    Case(
        "10,000 replicates of macro-F1, 10 classes, n = 10⁷", "work resample 10000000 10 10000",
        "the same at n = 10⁴", "work resample 10000 10 10000", ratio=1.2, inside=True,
    ),
    Case(
        "1,000 replicates of macro-F1, 1,000 classes, 50,000 rows",
        "work resample 50000 1000 1000", seconds=3.0, inside=True,
    ),
    Case(
        "`diagnose`, 1 million rows", DIAGNOSE,
        "pandas and `classification_report`", "work report {run}", rows=MILLION, repeats=3,
    ),
)  # fmt: skip
KINDS = {
    "run": ("make", "run_{}.csv"), "twin": ("twin", "twin_{}.csv"),
    "parquet": ("parquet", "run_{}.parquet"), "sheet": ("review", "sheet_{}.csv"),
    "table": ("table", "table_{}.csv"),
}  # fmt: skip
"""Files that commands read: the task of `work` that makes each, and its name by rows."""
PEER_SECONDS, PEER_MEMORY = 600, 8 * 2**30
"""What SliceLine is given: ten minutes in all, and four times the memory of ours."""
SMALLER = {TEN_MILLION: FEW, MILLION: FEW}


@dataclass(frozen=True)
class Measured:
    """Medians of one command: wall seconds, and the peak of its resident memory in bytes."""

    seconds: float
    peak: float


@dataclass(frozen=True)
class Result:
    """A case as it came out."""

    case: Case
    rows: int
    ours: Measured
    reference: Measured | None

    @property
    def allowed(self) -> float:
        """Return the seconds that ours may take; infinite where there is no limit."""
        if not self.case.ratio and not self.case.seconds:
            return float("inf")
        base = self.reference.seconds if self.reference else 0.0
        start = START if self.rows < self.case.rows else 0.0
        return self.case.ratio * base + self.case.seconds + start

    @property
    def over(self) -> float:
        """Return time or memory over what is allowed, the larger: 1 is just within."""
        over = self.ours.seconds / self.allowed
        if self.case.most:
            over = max(over, self.ours.peak / (self.case.most * 2**30))
        if self.case.memory and self.reference:
            over = max(over, self.ours.peak / (self.case.memory * self.reference.peak))
        return over


def command(text: str, rows: int, data: Path) -> list[str]:
    """Return the words of a command; a tab stands for a blank inside a word."""
    scripts = Path(sys.executable).parent
    programs = {
        "mlstrat": [str(scripts / "mlstrat")],
        "python": [sys.executable],
        "work": [sys.executable, str(HERE / "work.py")],
    }
    program, *words = text.split(" ")
    words = [word.replace("\t", " ") for word in words]
    for kind in KINDS:
        words = [word.replace(f"{{{kind}}}", str(file_of(kind, rows, data))) for word in words]
    return programs[program] + words


def file_of(kind: str, rows: int, data: Path) -> Path:
    """Return where a file of a kind lies."""
    return data / KINDS[kind][1].format(rows)


def once(words: list[str], folder: Path, *, inside: bool = False) -> Measured:
    """Run a command to its end in a process of its own."""
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        child = subprocess.Popen(
            words, stdout=said, stderr=subprocess.STDOUT, cwd=folder, env=ENVIRONMENT
        )
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if child.returncode:
            raise SystemExit(f"{' '.join(words)} failed:\n{said.read().decode()}")
        if inside:
            seconds = float(said.read())
    # Kibibytes on Linux, bytes on macOS.
    return Measured(seconds, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def measure(case: Case, data: Path, *, small: bool) -> Result:
    """Run both commands of a case in turns, once unmeasured, and take medians."""
    rows = SMALLER.get(case.rows, case.rows) if small else case.rows
    for kind, (task, _) in KINDS.items():
        wanted = any(f"{{{kind}}}" in text for text in (case.ours, case.reference))
        if wanted and not file_of(kind, rows, data).exists():
            once(command(f"work {task} {rows} {{{kind}}}", rows, data), data)
    both = [command(text, rows, data) for text in (case.ours, case.reference) if text]
    runs: list[list[Measured]] = [[] for _ in both]
    for turn in range(1 + (3 if small else case.repeats)):
        for words, found in zip(both, runs, strict=True):
            one = once(words, data, inside=case.inside)
            if turn:
                found.append(one)
    medians = [
        Measured(
            statistics.median(one.seconds for one in found),
            statistics.median(one.peak for one in found),
        )
        for found in runs
    ]
    return Result(case, rows, medians[0], medians[1] if len(medians) > 1 else None)


def table(results: list[Result]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| case | against | ours | reference | ratio | limit | peak memory | |"
    yield "|---|---|---:|---:|---:|---:|---:|---|"
    for r in results:
        case, ref = r.case, r.reference
        name = case.name if r.rows == case.rows else f"{case.name} (here {r.rows:,})"
        limit = f"{case.ratio:g} ×" if case.ratio else ""
        limit += f"{' + ' if limit else ''}{case.seconds:g} s" if case.seconds else ""
        memory = f"{r.ours.peak / 2**20:.0f} MiB"
        if ref:
            memory += f" : {ref.peak / 2**20:.0f} = {r.ours.peak / ref.peak:.2f}"
        memory += f" (limit {case.memory:g})" if case.memory else ""
        memory += f" (limit {case.most:g} GiB)" if case.most else ""
        verdict = "within" if r.over <= 1 else f"missed: {r.over:.2f} of it"
        verdict = verdict if limit else "no limit"
        yield (
            f"| {name} | {case.against} | {r.ours.seconds:.3f} s | "
            f"{f'{ref.seconds:.3f} s' if ref else '–'} | "
            f"{f'{r.ours.seconds / ref.seconds:.2f}' if ref else '–'} | {limit or '–'} | "
            f"{'–' if case.inside else memory} | {verdict} |"
        )


def slice_line(python: str | None, data: Path) -> str:
    """Return how far SliceLine gets on the data of `slices`, rows doubling."""
    if python is None:
        return "SliceLine was not measured: name a Python that has it, polars too, with --peer."
    path, left, done = data / f"table_{MILLION}.csv", float(PEER_SECONDS), ""
    rows, why = MILLION // 64, ""
    while not why:
        words = [python, str(HERE / "work.py"), "sliceline", str(path), str(rows)]
        begun = time.perf_counter()
        try:
            ended = subprocess.run(
                words, capture_output=True, text=True, timeout=left, check=False, env=ENVIRONMENT,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (PEER_MEMORY,) * 2),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            why = "is not done when the ten minutes are over"
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
        f"SliceLine (pairs, the same ranges and least size; {PEER_MEMORY / 2**30:g} GiB, ten "
        f"minutes) {done or 'fits nothing'}; on {rows:,} rows it {why}."
    )


def machine() -> str:
    """Return the machine in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Machine: {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory, "
        f"{platform.system()}, Python {platform.python_version()}, {packages}."
    )


def main() -> int:
    """Measure, print, and write the results; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--small", action="store_true", help="a regression check, under a minute")
    parser.add_argument("--data", type=Path, help="folder that keeps the data for the next time")
    parser.add_argument("--peer", metavar="PYTHON", help="a Python that has SliceLine and polars")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = (chosen.data or Path(temporary)).resolve()
        data.mkdir(parents=True, exist_ok=True)
        results = []
        for case in CASES:
            results.append(measure(case, data, small=chosen.small))
            print(*list(table(results))[-1:], flush=True)
        peer = "" if chosen.small else slice_line(chosen.peer, data)

        def seconds(text: str, rows: int) -> float:
            return measure(Case("", text, rows=rows, repeats=3), data, small=False).ours.seconds

        apart = [] if chosen.small else list(spark.lines(seconds))
    if not chosen.small:
        text = [
            "# What is fast", "",
            "Written by `python -m benchmarks`: every command in a process of its own, in turns",
            "with its reference, medians. Seconds of the wall clock, start of Python included,",
            "but for the two cases of replicates, which are timed inside.", "",
            machine(), "", *table(results), "", peer, "", *apart,
        ]  # fmt: skip
        (HERE / "results.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    return int(any(r.over > (SLACK if chosen.small else 1.0) for r in results))


if __name__ == "__main__":
    sys.exit(main())
