"""``python -m benchmarks.review``: the page of `review` against plain writes of the same bytes.

A tag is answered once the sheet is on the disk, so the least that it can take is to write it: a
temporary file, fsync, move, fsync of the folder. Writes `benchmarks/review.md`.
"""

from __future__ import annotations

import http.client
import json
import os
import re
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

`python -m benchmarks.review`, medians of {times}. A tag is answered once the whole sheet is on the
disk; ceilings are counted beside that. Start is until its first byte. Where a disk syncs
within a millisecond or two, what is measured is HTTP and the scheduler; the committed figures are
of a machine of two cores that others kept busy (load 8).

{table}
"""


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


def error_table(folder: Path) -> float:
    """Return how long `error-table` takes on the sheet."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "mlstrat", "error-table", "review.csv"]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - started


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


def measure(folder: Path, rows: int, width: int) -> list[str]:
    """Return the line of the table for one size."""
    size = write_sheet(folder, rows, width)
    page, start = serve(folder, rows)
    tags, plain = [], []
    for i in range(TIMES):
        tags.append(
            page.ask("change", {"id": str(i), "op": "add", "row": f"r{i}", "tag": f"t{i % 3}"})
        )
        plain.append(plain_write(folder))
    tally = page.ask("tally")
    status = Path(f"/proc/{page.process.pid}/status")
    peak = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    page.process.terminate()
    page.process.wait()
    table = error_table(folder)
    memory = "–" if peak is None else f"{int(peak[1]) / 1e3:.0f}"
    tag, write = statistics.median(tags), statistics.median(plain)
    seconds = [f"{start:.2f}", f"{table:.2f}", f"{start / table:.1f}"]
    saving = [f"{1e3 * tag:.1f}", f"{1e3 * write:.1f}", f"{tag / write:.1f}"]
    return [f"{rows:,}", f"{size / 1e6:.1f}", *seconds, *saving, f"{1e3 * tally:.0f}", memory]


def main() -> None:
    """Measure each size and write the table."""
    head = ["rows", "MB", "start, s", "`error-table`, s", "ratio", "tag, ms", "plain write, ms",
            "ratio", "ceilings, ms", "peak, MB"]  # fmt: skip
    lines = []
    for rows, width in SIZES:
        with tempfile.TemporaryDirectory() as name:
            lines.append(measure(Path(name), rows, width))
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *lines))
    text = TEXT.format(times=TIMES, table=table)
    (Path(__file__).parent / "review.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
