"""What is known of a task stands in its folder: nothing else of the package names one.

So a task comes in by its folder, its tests, its page and its line in `mlstrat/tasks/__init__.py`
(and one in `mlstrat/tasks/asked.py`, if it has options of its own).
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from mlstrat.tasks import HOMES

PACKAGE = Path(__file__).parent.parent / "mlstrat"

MAY_NAME = {
    "tasks/__init__.py": "the registry",
    "tasks/asked.py": "whose options there are, put together for the type checker",
    "tasks/ratio": "a task, and the table that all others become",
    "tasks/classification": "labels that are tags or numbers: it says which task reads them",
    "tasks/findings.py": "the finding on such labels, which two questions raise",
    "public.py": "iou and nms are functions of the library",
    "harness": "trains networks of its own, and writes runs of the tasks that it knows",
    "workflow/explain/terms.py": "the course's words, and the command that shows each",
    "workflow/improve": "whether a target is a class or a number, for its own models",
}
"""Where a task may be named outside its folder, and why."""

NAMES = re.compile(r"\b(" + "|".join(x for x in HOMES if x != "ratio") + r")\b")


def allowed(path: Path) -> bool:
    """Tell whether a file may name tasks."""
    inside = path.relative_to(PACKAGE).as_posix()
    return any(inside == x or inside.startswith(f"{x}/") for x in MAY_NAME)


def said(path: Path) -> set[str]:
    """Return the tasks that the code of a file names: in texts, names and imports, not in prose."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            text = node.value
            found |= {text} & set(HOMES) - {"ratio"}
            found |= set(re.findall(r"--task (\w+)", text)) & set(HOMES) - {"ratio"}
        elif isinstance(node, ast.ImportFrom):
            found |= set(NAMES.findall((node.module or "").partition("mlstrat.tasks.")[2]))
            if node.module == "mlstrat.tasks":
                found |= {x.name for x in node.names} & set(HOMES)
    return found


@pytest.mark.parametrize("name", sorted(set(HOMES) - {"ratio"}))
def test_only_its_folder_names_a_task(name: str):
    own = PACKAGE / "tasks" / name
    naming = [path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py"))
              if own not in path.parents and not allowed(path) and name in said(path)]  # fmt: skip
    assert naming == []


def test_what_may_name_tasks_is_there_and_does():
    for place in MAY_NAME:
        path = PACKAGE / place
        assert path.exists(), place
        files = [path] if path.is_file() else sorted(path.rglob("*.py"))
        if place != "tasks/ratio":
            assert any(said(x) for x in files), place


@pytest.mark.parametrize("name", sorted(HOMES))
def test_options_that_a_task_alone_has_are_declared_in_its_folder(name: str):
    from mlstrat.core.asked import declared
    from mlstrat.tasks import asked, find

    own = {
        option for x in HOMES
        for option in getattr(getattr(import_module(f"mlstrat.tasks.{x}"), "Asked", None),
                              "__annotations__", ())
    }  # fmt: skip
    assert set(declared(asked.OfTask)) == own | {"task", "truth"}
    shared = {"truth", "threshold", "choose_threshold"}
    assert set(find(name).options) - shared <= own


OF_OPTIONS = {x for x in HOMES if hasattr(import_module(f"mlstrat.tasks.{x}"), "Asked")}
"""Tasks that declare options of their own."""

TASK_PACKAGES = (
    "import sys; from mlstrat.cli import run; run(sys.argv[1:]);"
    "print(*(x for x in sys.modules if x.startswith('mlstrat.tasks.')), file=sys.stderr)"
)


@pytest.mark.parametrize(
    ("typed", "loaded"),
    [
        ("diagnose sample_runs/variance/run.csv --human-error 1%", set()),
        ("diagnose sample_runs/variance/run.csv --scheme iob2", OF_OPTIONS),
        ("diagnose --help", OF_OPTIONS),
    ],
)
def test_a_run_of_classification_loads_no_other_task(typed: str, loaded: set[str]):
    done = subprocess.run(
        [sys.executable, "-c", TASK_PACKAGES, *typed.split()],
        cwd=PACKAGE.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    names = {x.split(".")[2] for x in done.stderr.splitlines()[-1].split()}
    assert names & set(HOMES) == loaded
