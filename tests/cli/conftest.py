"""The command line in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlstrat.cli import run


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@pytest.fixture
def mlstrat(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Return a function that runs one command line."""

    def call(*arguments: str) -> Ended:
        code = run(list(arguments))
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return call


@pytest.fixture
def run_csv(empty_folder: Path) -> str:
    """Write a run of two labels and three splits, and return its name."""
    rows = ["id,split,label,prediction"]
    for split, wrong, n in (("train", 2, 100), ("train-dev", 20, 100), ("dev", 22, 100)):
        for i in range(n):
            label = "yes" if i % 2 else "no"
            other = "no" if i % 2 else "yes"
            rows.append(f"{split}{i},{split},{label},{other if i < wrong else label}")
    (empty_folder / "run.csv").write_text("\n".join(rows) + "\n")
    return "run.csv"
