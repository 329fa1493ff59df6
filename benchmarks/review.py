"""``python -m benchmarks.review``: the page of `review` against plain writes of the same bytes.

A tag is answered once the sheet is on the disk, so the least that it can take is to write it: a
temporary file, fsync, move, fsync of the folder. Writes `benchmarks/review.md`.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEAD = "id,label,prediction,stratum,sampling_weight,seed,tags,mislabeled,true_label,comment,text"
SIZES = ((100, 20), (10_000, 20), (64_000, 1450))
"""Rows, and characters of the text of each."""
TIMES = 15

TEXT = """# The page of `mlstrat review`

`python -m benchmarks.review`, medians of {times}. Others may use the machine: a tag and a plain write
of the same bytes are taken in turns, and start, `error-table` and ceilings are processor time of the
process. A tag is answered once the whole sheet is on the disk; ceilings are counted beside that. Start
is until the first byte of the page. Peak is what the server ever held, after all rows were asked for.
Of a key, and of the next example, 95% are painted within the time, in Chromium without a graphics card,
in the best of three rounds of 30.

{table}

Limits: start 1.5 times `error-table` at 100 rows; a tag 2.5 times a plain write; ceilings 100 ms and a
key 50 ms at 10,000 rows, the next example 30 ms; memory 60 MB and 6 times the sheet. {held}
The load of the machine was {load:.0f}, on {processors} processors.
"""  # noqa: E501  lines of a page


@dataclass
class Page:
    """A sheet that is served."""

    process: subprocess.Popen[str]
    connection: http.client.HTTPConnection
    secret: str

    def ask(self, path: str, body: Any = None) -> float:
        """Ask for something, and return how long the answer took."""
        port = self.connection.port
        headers = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body)
        started = time.perf_counter()
        self.connection.request("GET" if body is None else "POST", f"/{self.secret}/{path}", sent,
                                {} if body is None else headers)  # fmt: skip
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        return time.perf_counter() - started


def write_sheet(folder: Path, rows: int, width: int) -> int:
    """Write a sheet that nobody filled in, and return its bytes."""
    lines = [f"r{i},cat,dog,error,1,0,,,,,{'x' * width}" for i in range(rows)]
    return (folder / "review.csv").write_text("\n".join([HEAD, *lines]) + "\n")


def serve(folder: Path, rows: int) -> tuple[Page, float]:
    """Serve it, and return how long it was until the first byte of the page."""
    command = [sys.executable, "-m", "mlstrat", "review", "review.csv", "--no-open",
               "--error", f"{rows}/{rows * 10}"]  # fmt: skip
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "XDG_STATE_HOME": str(folder)})  # fmt: skip
    assert process.stdout is not None
    found = re.search(r":(\d+)/([^/]+)/", process.stdout.readline())
    assert found is not None
    page = Page(process, http.client.HTTPConnection("127.0.0.1", int(found[1])), found[2])
    page.ask("")
    return page, time.perf_counter() - started


def processor_time(process: int) -> float:
    """Return the seconds of a processor that a process took so far, by the system's ticks."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def thread_time(process: int) -> float:
    """Return the same of the threads that live, to the nanosecond."""
    threads = Path(f"/proc/{process}/task").iterdir()
    return sum(int((x / "schedstat").read_text().split()[0]) for x in threads) / 1e9


def error_table(folder: Path) -> float:
    """Return the processor time of `error-table` on the sheet."""
    command = [sys.executable, "-m", "mlstrat", "error-table", "review.csv"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    used = os.wait4(process.pid, 0)[2]
    return used.ru_utime + used.ru_stime


def plain_write(folder: Path) -> float:
    """Return how long it takes to write the same bytes."""
    content = (folder / "review.csv").read_bytes()
    started = time.perf_counter()
    with (folder / "part").open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    (folder / "part").replace(folder / "plain.csv")
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    return time.perf_counter() - started


def painted(address: str) -> tuple[float, float] | None:
    """Return how long a tag's key and the next example take to be seen; None without a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        return None
    with sync_playwright() as started:
        page = started.chromium.launch(executable_path=path, args=["--no-sandbox"]).new_page()
        page.goto(address)
        page.locator("#keys[open]").wait_for()
        page.keyboard.press("Escape")
        page.locator("#title small").wait_for()
        found: list[float] = []
        for asked in SEEN:
            rounds = []
            for _ in range(3):  # the quietest: others use the machine
                took = []
                for _ in range(2 * TIMES):
                    took.append(page.evaluate(PRESS, asked))
                    page.wait_for_timeout(100)  # as a person looks; the next one is fetched then
                rounds.append(statistics.quantiles(took, n=20)[-1])
            found.append(min(rounds))
    return found[0], found[1]


PRESS = """([key, part, name]) => new Promise(done => {
  const shown = () => name ? document.querySelector(part)?.getAttribute(name)
                           : document.querySelector(part)?.textContent;
  const before = shown(), begun = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const look = () => requestAnimationFrame(() => shown() === before ? look()
    : setTimeout(() => done(performance.now() - begun)));
  look();
})"""
"""Press a key, and tell when what it changes was painted."""

SEEN = (("1", "#tags button", "aria-pressed"), ("j", "#title", None))


def measure(folder: Path, rows: int, width: int) -> tuple[list[str], list[str]]:
    """Return the line of the table for one size, and the limits that do not hold."""
    size = write_sheet(folder, rows, width)
    page, _ = serve(folder, rows)
    process = page.process.pid
    start = processor_time(process)
    page.ask("state")
    tags, plain, tally = [], [], []
    for i in range(TIMES):
        change = {"id": str(i), "op": "add", "row": f"r{i}", "tag": f"t{i % 3}"}
        tags.append(page.ask("change", change))
        plain.append(plain_write(folder))
        before = thread_time(process)
        page.ask("tally")
        tally.append(thread_time(process) - before)
    peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    assert peak is not None
    memory = int(peak[1]) * 1024 / 1e6
    seen = None
    if rows == SIZES[1][0]:
        seen = painted(f"http://127.0.0.1:{page.connection.port}/{page.secret}/")
    page.process.terminate()
    page.process.wait()
    table = error_table(folder)
    tag, write, count = (statistics.median(x) for x in (tags, plain, tally))
    limits = {
        "start": rows > SIZES[0][0] or start <= 1.5 * table, "tag": tag <= 2.5 * write,
        "ceilings": rows != SIZES[1][0] or count <= 0.1, "memory": memory <= 60 + 6 * size / 1e6,
        "key": seen is None or seen[0] <= 50, "next": seen is None or seen[1] <= 30,
    }  # fmt: skip
    told = ["–", "–"] if seen is None else [f"{x:.0f}" for x in seen]
    seconds = [f"{start:.2f}", f"{table:.2f}", f"{start / table:.1f}"]
    saving = [f"{1e3 * tag:.1f}", f"{1e3 * write:.1f}", f"{tag / write:.1f}"]
    line = [f"{rows:,}", f"{size / 1e6:.1f}", *seconds, *saving, f"{1e3 * count:.0f}",
            f"{memory:.0f}", *told]  # fmt: skip
    return line, [f"{name} at {rows:,} rows" for name, holds in limits.items() if not holds]


def main() -> None:
    """Measure each size and write the table."""
    head = ["rows", "MB", "start, s", "`error-table`, s", "ratio", "tag, ms", "plain write, ms",
            "ratio", "ceilings, ms", "peak, MB", "key, ms", "next, ms"]  # fmt: skip
    lines, broken = [], []
    for rows, width in SIZES:
        with tempfile.TemporaryDirectory() as name:
            line, more = measure(Path(name), rows, width)
            lines.append(line)
            broken += more
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *lines))
    held = f"All held but: {', '.join(broken)}." if broken else "All held."
    text = TEXT.format(times=TIMES, table=table, held=held, load=os.getloadavg()[1],
                       processors=os.cpu_count())  # fmt: skip
    (Path(__file__).parent / "review.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
