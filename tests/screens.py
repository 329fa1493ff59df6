"""What each command prints, at 80 and at 60 columns: ``python -m tests.screens FOLDER`` writes all.

`tests/cli/test_screens.py` holds the lines to their width; looking at them is left to people.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

import mlstrat as ms
from mlstrat.cli import run
from mlstrat.cli.app import COMMANDS
from mlstrat.cli.build import declaration
from tests.test_documentation import ROOT
from tests.test_documentation import folder as readme_folder

WIDTHS = (80, 60)

NOT_SHOWN = re.compile(
    r"^(study|train|review|plot|count .*parquet|init|.* -f (json|csv|markdown|html))|^report .*html"
)
"""Examples that train, wait, draw or print no text."""

TASKS = {
    "regression": "run.csv", "multilabel": "run.csv", "tagging": "run.toml", "speech": "run.toml",
    "verification": "run.csv", "identification": "run.csv", "language_model": "run.jsonl",
    "seq2seq": "run.jsonl",
}  # fmt: skip

MORE = (
    "diagnose sample_runs/wine/run.csv --full",
    "diagnose sample_runs/breast_cancer/run.csv",
    "diagnose sample_runs/data_mismatch/run.csv --full --different-distributions",
    "diagnose sample_runs/story/first.csv",
    "diagnose sample_runs/boxes/card.toml --full",
    *(f"diagnose sample_runs/tasks/{task}/{file} --task {task} --full"
      for task, file in TASKS.items()),
    "gaps --human 0.5% --train 80/1000 --train-dev 91/1000 --dev 143/1000 --full",
    "human sample_runs/doctors.csv --model-error 0.8%",
    "score sample_runs/breast_cancer/run.csv --metric accuracy --by label",
    "score --list-metrics",
    "slices sample_runs/story/first.csv",
    "mislabels sample_runs/story/first_review.csv --run sample_runs/story/first.csv",
    "mislabels --suspects sample_runs/variance/run.csv -n 5",
    "error-table sample_runs/story/first_review.csv --run sample_runs/story/first.csv",
    "error-table sample_runs/story/first_review.csv sample_runs/story/second_review.csv "
    "--run sample_runs/story/first.csv --run sample_runs/story/second.csv",
    "error-table sample_runs/tasks/seq2seq/run.jsonl --task seq2seq",
    "error-table sample_runs/tasks/chain/run.csv --task seq2seq "
    "--parts after_detect,after_read,after_look_up",
    "compare sample_runs/story/first.csv sample_runs/story/second.csv --by label --by ink",
    "select sample_runs/story/first.csv sample_runs/story/second.csv --optimize accuracy",
    "gate sample_runs/story/second.csv --baseline sample_runs/story/first.csv",
    "gate sample_runs/variance/run.csv --config sample_runs/gates.toml",
    "report sample_runs/wine/run.csv --history sample_runs",
    "report sample_runs/story/second.csv --baseline sample_runs/story/first.csv",
    "diagnose sample_runs/variance/run.csv --show-config",
    "init --example data_mismatch",
    "explain", "explain workflow", "explain data mismatch", "explain f1", "explain MLS310",
    "train --list", "study --list", "schema",
)  # fmt: skip


def commands() -> list[str]:
    """Return the command lines of all screens: the examples of each help, its help, and more."""
    examples = [x for name in COMMANDS for x in declaration(name).examples]
    shown = [x for x in examples if not NOT_SHOWN.search(x)]
    return list(dict.fromkeys([*shown, *MORE, "--help", *(f"{x} --help" for x in COMMANDS)]))


def folder(where: Path) -> None:
    """Lay out what the commands read, in the folder in which they run."""
    readme_folder(where)
    with contextlib.chdir(where):
        ms.init(example="variance")


def screen(command: str, width: int) -> str:
    """Return what a command prints on a terminal of so many columns."""
    out = io.StringIO()
    os.environ["COLUMNS"] = str(width)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        run(shlex.split(command))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def write(where: Path) -> None:
    """Write a file a width, with every screen after its command."""
    where.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        with tempfile.TemporaryDirectory() as name:
            here = Path.cwd()
            folder(Path(name))
            os.chdir(name)
            screens = [f"$ mlstrat {x}\n{screen(x, width)}" for x in commands()]
            os.chdir(here)
        (where / f"screens_{width}.txt").write_text("\n".join(screens), encoding="utf-8")


if __name__ == "__main__":
    assert ROOT.exists()
    write(Path(sys.argv[1]).absolute())
