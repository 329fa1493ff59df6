"""What the README shows is what comes out; ``python -m tests.test_documentation`` writes it."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.cli import run
from mlstrat.inputs.columns import ALIASES
from mlstrat.workflow.next_steps import FOCUS_CODES
from mlstrat.workflow.rules import RULES

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CONSOLE = re.compile(r"^```console\n\$ mlstrat (.*?)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def output(command: str) -> str:
    """Return what a command prints, as in a pipe of 80 columns."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        run(command.split())
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def folder(where: Path) -> None:
    """Lay out the folder in which the README's commands run."""
    (where / "sample_runs").symlink_to(ROOT / "sample_runs")
    (where / "runs").mkdir()
    rows = "".join(f"{i},Fold0{i % 2 + 1},cat,cat\n" for i in range(4))
    (where / "runs" / "fold.csv").write_text("id,split,label,prediction\n" + rows)


def write() -> None:
    """Write the outputs in the README again."""
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder(Path(name))
        os.chdir(name)
        text = CONSOLE.sub(lambda m: f"```console\n$ mlstrat {m[1]}\n{output(m[1])}```", text)
    README.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("command", [m[1] for m in CONSOLE.finditer(README.read_text("utf-8"))])
def test_the_readme_shows_what_comes_out(command, empty_folder, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    folder(empty_folder)
    (shown,) = [m[2] for m in CONSOLE.finditer(README.read_text("utf-8")) if m[1] == command]
    assert output(command) == shown


def test_the_python_of_the_readme_runs(root, monkeypatch):
    monkeypatch.chdir(root)
    (code,) = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.M)
    names: dict[str, object] = {}
    exec(code, names)
    assert names["result"].focus == ("variance",)


def test_the_readme_has_two_set_up_commands_and_they_parse():
    fences = re.findall(r"^```sh\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.M)
    assert len(fences) == 2
    for fence in fences:
        assert len(fence.splitlines()) == 1
        assert ".venv/bin/pip install " in fence
        subprocess.run(["sh", "-n", "-c", fence], check=True)


def test_the_readme_names_the_columns_that_are_accepted():
    text = README.read_text("utf-8")
    for role in ("label", "prediction", "score", "group"):
        for name in ALIASES[role]:
            assert f"`{name}`" in text, name


def test_every_finding_is_explained_and_every_gap_has_a_code():
    for code, rule in RULES.items():
        assert code == rule.code
        assert ms.explain(code).to_text().startswith(f"{code} {rule.title}")
        assert rule.meaning.endswith(".")
        assert rule.source
    assert set(FOCUS_CODES.values()) <= set(RULES)


def test_help_of_every_command_ends_its_words_with_two_examples(capsys):
    for command in ("gaps", "diagnose", "explain", "train"):
        run([command, "--help"])
        shown = capsys.readouterr().out
        examples = re.search(r"Examples:\n((?: +mlstrat .*\n)+)", shown)
        assert examples is not None, command
        assert len(examples[1].splitlines()) == 2
        assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    "command",
    [
        "gaps --human 1% --train 8% --dev 10%",
        "gaps --human 0.5% --train 80/1000 --train-dev 91/1000 --dev 143/1000",
        "diagnose sample_runs/variance/run.csv",
        "diagnose sample_runs/wine/run.csv --human-error 1% -f markdown",
        "explain",
        "explain MLS102",
        "train --list",
        "train data_mismatch --out my_run",
    ],
)
def test_the_examples_of_the_help_run(command, empty_folder, capsys):
    folder(empty_folder)
    assert run(command.split()) == 0
    run([command.split()[0], "--help"])
    assert f"mlstrat {command}\n" in capsys.readouterr().out


if __name__ == "__main__":
    write()
