"""``python -m benchmarks.crossings``: the files that a question's run calls into, and how often.

Counted while a command runs in a fresh process, of the files of one package:

files
    in which a function is called; running a module's own lines, as an import does, is no call;
calls
    from a file to another: of functions, and of modules whose import another began. The caller is
    the nearest frame of the package, so a call by way of numpy or ``sorted`` is its caller's.
    Comprehensions and lambdas belong to the file where they are written.

``--root FOLDER`` counts another checkout, such as an older commit: ``git worktree add``.
``--pairs N COMMAND`` lists the N pairs of files with the most calls between them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import FrameType

HERE = Path(__file__).resolve().parents[1]
STORY = "sample_runs/story"
COMMANDS = {
    "diagnose": "sample_runs/variance/run.csv",
    "score": "sample_runs/variance/run.csv",
    "compare": f"{STORY}/first.csv {STORY}/second.csv",
    "error-table": f"{STORY}/first_review.csv",
    "gate": f"{STORY}/second.csv --config sample_runs/gates.toml",
    "slices": f"{STORY}/second.csv",
    "select": "sample_runs/models.csv --optimize accuracy --where ms<=100",
    "human": "sample_runs/doctors.csv",
    "report": f"{STORY}/second.csv --baseline {STORY}/first.csv",
}


def main() -> None:
    """Print a line a command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.crossings",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=", ".join(COMMANDS))
    parser.add_argument("--root", type=Path, default=HERE, help="the checkout to count")
    parser.add_argument("--pairs", type=int, default=0, metavar="N")
    chosen = parser.parse_args()
    print(f"{'command':13}{'files':>6}{'calls':>7}")
    for name in chosen.commands or COMMANDS:
        files, pairs = counted(chosen.root.resolve(), [name, *COMMANDS[name].split()])
        print(f"{name:13}{files:6}{sum(pairs.values()):7,}")
        for (caller, called), n in pairs.most_common(chosen.pairs):
            print(f"{n:8}  {caller} > {called}")


def counted(root: Path, words: list[str]) -> tuple[int, Counter[tuple[str, str]]]:
    """Return the files called into, and the calls by (caller's file, called file)."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "counted.json"
        found = subprocess.run(
            [sys.executable, __file__, "--in-this-process", str(root), str(out), *words],
            cwd=HERE, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "80", "NO_COLOR": "1"},
        )  # fmt: skip
        if not out.exists():
            raise SystemExit(found.stderr)
        files, pairs = json.loads(out.read_text())
    return files, Counter({(caller, called): n for caller, called, n in pairs})


def count_here(root: Path, out: Path, words: list[str]) -> None:
    """Run a command in this process, and write what was counted."""
    home = str(root / "mlstrat") + os.sep
    files: set[str] = set()
    pairs: Counter[tuple[str, str]] = Counter()

    def seen(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(home):
            return
        if frame.f_code.co_name != "<module>":
            files.add(name)
        caller = frame.f_back
        while caller is not None and not caller.f_code.co_filename.startswith(home):
            caller = caller.f_back
        if caller is not None and caller.f_code.co_filename != name:
            pairs[caller.f_code.co_filename, name] += 1

    from mlstrat.cli import run

    sys.setprofile(seen)
    try:
        run(words)
    except SystemExit:
        pass
    finally:
        sys.setprofile(None)
    listed = [(a.removeprefix(home), b.removeprefix(home), n) for (a, b), n in pairs.items()]
    out.write_text(json.dumps([len(files), listed]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--in-this-process"]:
        count_here(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
    else:
        main()
