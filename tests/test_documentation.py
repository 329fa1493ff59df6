"""What the pages show is what comes out; ``python -m tests.test_documentation`` writes it."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.tree import DecisionTreeClassifier

import mlstrat as ms
from docs.command_pages import SERVED, UNTIMED, cut, example
from docs.examples import CONSOLE, as_shown, folder, output, prepared, write, written
from mlstrat.cli import run
from mlstrat.cli.app import COMMANDS
from mlstrat.cli.build import declaration
from mlstrat.data.columns import ALIASES
from mlstrat.data.config import read_config
from mlstrat.workflow.diagnose.findings import FOCUS_CODES
from mlstrat.workflow.explain.registry import RULES

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


SHOWN = [
    (page, m[1], m[2]) for page in written() for m in CONSOLE.finditer(page.read_text("utf-8"))
]
PAGES = pytest.mark.parametrize(
    "page", written(), ids=lambda page: page.relative_to(ROOT).as_posix()
)


@pytest.mark.parametrize(
    ("command", "shown"),
    [pytest.param(command, shown, id=f"{page.stem}: {command}") for page, command, shown in SHOWN],
)
def test_the_pages_show_what_comes_out(command, shown, empty_folder, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    folder(empty_folder)
    assert output(command) == shown


def notebook() -> dict[str, object]:
    """Return what a notebook holds before the README's lines: data, a fitted model, a file."""
    x, y = load_wine(return_X_y=True)
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(x[::2], y[::2])
    p = model.predict(x)
    pd.DataFrame({"label": y, "prediction": p}).to_csv("test.csv", index=False)
    return {
        "model": model, "X_train": x[::2], "y_train": y[::2], "X_dev": x[1::2], "y_dev": y[1::2],
        "X": x, "y": y, "p": p, "y_true": y, "y_pred": p, "y_pred_a": p, "y_pred_b": y,
        "probabilities": model.predict_proba(x), "patients": y * 0 + range(len(y)),
        "frame": pd.read_csv("test.csv"), "forest": model, "svc": model,
    }  # fmt: skip


@PAGES
def test_the_python_of_the_pages_runs(page, root, empty_folder, capsys):
    blocks = fences(page, "python")
    Path("sample_runs").symlink_to(root / "sample_runs")
    names = notebook()
    for code in blocks:
        exec(code, names)
    if page.name in {"README.md", "python.md"} and blocks:
        assert names["result"].focus == ("variance",)
        assert capsys.readouterr().out  # the verdict on the estimator


def fences(page: Path, language: str) -> list[str]:
    """Return the blocks of a language that a page has."""
    found: list[str] = re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.M
    )
    return found


def test_the_readme_is_read_in_one_go():
    text = README.read_text("utf-8")
    assert len(text.splitlines()) <= 200
    (python,) = fences(README, "python")
    assert len(python.splitlines()) <= 10
    assert len(fences(README, "text")) == 5  # five tasks, a command each
    assert "![The ladder" in text


def test_the_five_tasks_of_the_readme_run_on_the_example(empty_folder):
    assert "mlstrat init --example variance" in README.read_text("utf-8")
    for line in ["mlstrat init --example variance", *"".join(fences(README, "text")).splitlines()]:
        program, *typed = shlex.split(line)
        assert program == "mlstrat"
        if typed[0] not in SERVED:  # which wait for a person
            assert run(typed) == 0, line


def test_the_readme_has_two_set_up_commands_and_they_parse():
    found = fences(README, "sh")
    assert len(found) == 2
    for fence in found:
        assert len(fence.splitlines()) == 1
        assert ".venv/bin/pip install " in fence
        subprocess.run(["sh", "-n", "-c", fence], check=True)


@PAGES
def test_the_pages_link_to_what_there_is(page):
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    links = [x for x in re.findall(r"\]\(([^)\s]+)\)", text) if not x.startswith("https:")]
    for link in links:
        path, _, anchor = link.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


def anchors(page: Path) -> set[str]:
    """Return what a link into a page may lead to."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    return headings | set(re.findall(r'<a id="([^"]+)">', text))


def test_the_readme_names_every_command():
    text = README.read_text("utf-8")
    for name in COMMANDS:
        assert f"mlstrat {name}" in text, name


@PAGES
def test_the_toml_of_the_pages_is_read(page, empty_folder):
    for text in fences(page, "toml"):
        Path("mlstrat.toml").write_text(text)
        found = read_config("mlstrat.toml")
        assert found.gates or found.select


def test_the_pages_keep_what_the_readme_moved_there():
    told = "".join(page.read_text("utf-8") for page in written())
    assert len(re.findall("^```toml", told, re.MULTILINE)) == 2
    assert len(SHOWN) >= 12


def test_a_page_names_the_columns_that_are_accepted():
    text = (ROOT / "docs" / "reading.md").read_text("utf-8")
    for role in ("label", "prediction", "score", "group"):
        for name in ALIASES[role]:
            assert f"`{name}`" in text, name


def test_every_finding_is_explained_and_every_gap_has_a_code():
    for code, rule in RULES.items():
        assert code == rule.code
        assert ms.explain(code).to_text().startswith(f"{code} {rule.title}")
        assert rule.meaning.endswith(".")
        assert rule.source
    assert {rule.code for rule in FOCUS_CODES.values()} <= set(RULES)


def test_help_of_every_command_ends_its_words_with_two_examples(capsys):
    for command in (
        "gaps",
        "diagnose",
        "explain",
        "schema",
        "train",
        "study",
        "human",
        "plan",
        "select",
        "score",
        "compare",
        "gate",
        "plot",
        "report",
        "init",
        "sample",
        "review",
        "error-table",
        "mislabels",
        "split",
        "slices",
    ):
        run([command, "--help"])
        shown = capsys.readouterr().out
        examples = re.search(r"Examples:\n((?: +mlstrat .*\n)+)", shown)
        assert examples is not None, command
        assert len(examples[1].splitlines()) == 2
        assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    "command",
    [x for name in COMMANDS if name not in SERVED for x in declaration(name).examples],
)
def test_the_examples_of_the_help_run_in_any_folder(command, empty_folder, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code = prepared(command)
    assert run(shlex.split(command)) == code
    printed, name = capsys.readouterr(), command.split()[0]
    run([name, "--help"])
    told = capsys.readouterr().out
    assert f"mlstrat {command}\n" in told
    if "variance/" in command and not command.startswith("init"):
        assert "Files of these: mlstrat init --example variance" in told
    if name not in UNTIMED:
        shown = cut(as_shown(printed.out + printed.err))
        page = (ROOT / "docs" / "commands" / f"{name}.md").read_text("utf-8")
        assert example(command, shown) in page, "run python docs/make.py"


if __name__ == "__main__":
    write()
