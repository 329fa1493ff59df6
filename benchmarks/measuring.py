"""Runs commands in processes of their own: the least seconds, the median of peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import KINDS, SMALLER, Case, command, file_of, files_of, python_with

ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""Compiled modules are kept, as an installation has them: the unmeasured turn makes them."""
START = 0.4
"""Seconds of a start that --small allows beside a reference that has none to speak of."""
START_MEMORY = 48 * 2**20
"""Bytes of a start, likewise: `diagnose` takes 37 MiB more than Polars alone at any size."""
UNMEASURED = 1_000_000
"""Rows up to which a first turn is not measured where there is one repeat alone."""


@dataclass(frozen=True)
class Measured:
    """One command: wall seconds, the peak of its resident memory in bytes, processor seconds."""

    seconds: float
    peak: float
    processor: float = 0.0


@dataclass(frozen=True)
class Result:
    """A case as it came out; ``missing`` is what its reference needs and nobody has.

    ``load`` is that of the machine where seconds of the processor are told; None where it was idle.
    """

    case: Case
    rows: int
    ours: Measured
    reference: Measured | None
    missing: str = ""
    small: bool = False
    load: float | None = None

    def spent(self, one: Measured) -> float:
        """Return the seconds of a command: of the processor where the ``load`` of others counts."""
        return one.seconds if self.load is None or self.case.inside else one.processor

    @property
    def limited(self) -> bool:
        """Whether there is a limit to keep."""
        memory = self.case.most or (self.case.memory and self.reference)
        return bool(self._timed or memory)

    @property
    def _timed(self) -> bool:
        """Whether there is a limit of time; beside a reference there is none without it."""
        return bool(self.case.ratio and self.reference) or bool(
            self.case.seconds and not self.case.ratio
        )

    @property
    def over(self) -> float:
        """Return time or memory over what is allowed, the larger: 1 is just within."""
        case, over = self.case, 0.0
        if self._timed:
            base = self.spent(self.reference) if self.reference else 0.0
            start = START if self.small else 0.0
            over = self.spent(self.ours) / (case.ratio * base + case.seconds + start)
        if case.most:
            over = max(over, self.ours.peak / (case.most * 2**30))
        if case.memory and self.reference:
            start = START_MEMORY if self.small else 0.0
            over = max(over, self.ours.peak / (case.memory * self.reference.peak + start))
        return over


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
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Measured(seconds, peak, used.ru_utime + used.ru_stime)


def make(kind: str, rows: int, data: Path) -> None:
    """Make a file that commands read, unless it is there."""
    if not file_of(kind, rows, data).exists():
        task = KINDS[kind][0]
        task = task if " " in task else f"work {task}"
        once(command(f"{task} {rows} {{{kind}}}", rows, data), data)


def rows_of(case: Case, *, small: bool) -> int:
    """Return the rows of a case."""
    return SMALLER.get(case.rows, case.rows) if small else case.rows


def in_turns(
    commands: list[list[str]], data: Path, repeats: int, *, first: bool = True, inside: object = ()
) -> list[Measured]:
    """Return commands that are run in turns at their least, ``first`` once more and unmeasured.

    ``inside`` are the places of those that print their seconds.
    """
    runs: list[list[Measured]] = [[] for _ in commands]
    for turn in range(repeats + first):
        for place, words in enumerate(commands):
            one = once(words, data, inside=place in inside)  # type: ignore[operator]
            if turn >= first:
                runs[place].append(one)
    return [
        Measured(
            min(one.seconds for one in found),
            statistics.median(one.peak for one in found),
            min(one.processor for one in found),
        )
        for found in runs
    ]


def measure(
    case: Case, data: Path, *, small: bool, peer: str | None, processor: bool = False, most: int = 0
) -> Result | str:
    """Return a case as it comes out, or in words why it is not measured.

    By the ``processor`` where the machine is not idle; of ``most`` rows where that is not 0.
    """
    rows = rows_of(case, small=small)
    rows = min(rows, most or rows)
    if case.ours_needs and not python_with(case.ours_needs, None):
        return f"{case.ours_needs} is not installed: not measured."
    for kind in files_of(case):
        make(kind, rows, data)
    python = python_with(case.needs, peer) if case.needs else sys.executable
    texts = [case.ours, case.reference] if case.reference and python else [case.ours]
    both = [command(text, rows, data, sys.executable if i == 0 else python or "")
            for i, text in enumerate(texts)]  # fmt: skip
    timed = [
        i
        for i, text in enumerate(texts)
        if case.inside and text.startswith(("work", "training", "texts"))
    ]
    first = small or case.repeats > 1 or case.rows <= UNMEASURED
    repeats = min(3, case.repeats) if small else case.repeats
    if case.served:
        server = python_with("moto", peer)
        if server is None:
            return "moto is not installed: not measured. Name a Python that has it with --peer."
        with serving(server, file_of(case.served, rows, data)) as address:
            both = [[word.replace("{store}", address) for word in words] for words in both]
            found = in_turns(both, data, repeats, first=first, inside=timed)
    else:
        found = in_turns(both, data, repeats, first=first, inside=timed)
    reference = found[1] if len(found) > 1 else None
    if reference is not None and case.scaled > 1:
        reference = Measured(reference.seconds * case.scaled, reference.peak)
    load = os.getloadavg()[0] if processor else None
    missing = case.needs if python is None else ""
    return Result(case, rows, found[0], reference, missing, small and rows < case.rows, load)


@contextmanager
def serving(python: str, path: Path) -> Iterator[str]:
    """Serve a file from a local store of objects; its address, credentials in the environment."""
    words = [python, str(Path(__file__).with_name("work.py")), "serve", str(path)]
    server = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        ENVIRONMENT.update(
            AWS_ENDPOINT_URL=server.stdout.readline().strip(), AWS_ACCESS_KEY_ID="key",
            AWS_SECRET_ACCESS_KEY="secret", AWS_REGION="us-east-1", AWS_ALLOW_HTTP="true",
        )  # fmt: skip
        yield f"s3://runs/{path.name}"
    finally:
        server.stdin.close()
        server.wait()
