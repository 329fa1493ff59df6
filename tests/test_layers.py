"""The house: imports point one way, and nothing heavy is loaded before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mlstrat"

ALLOWED = {
    "__init__": {"errors", "api", "version"},
    "version": set(),
    "__main__": {"cli", "process"},
    "errors": set(),
    "core": {"errors", "workflow"},
    "tasks": {"errors", "core", "inputs", "workflow"},
    "workflow": {"errors", "core"},
    "inputs": {"errors", "core", "places", "workflow"},  # the table of counts is the workflow's
    "interrupted": set(),
    "process": {"errors"},
    "places": {"errors"},
    "report": {"errors", "core", "interrupted", "places", "workflow", "version"},
    # It reads tables as all do, and what it writes is met through run files alone.
    "harness": {"errors", "interrupted", "places", "inputs"},
    "api": {"errors", "core", "tasks", "places", "workflow", "inputs", "report", "harness"},
    "cli": {"errors", "places", "api", "report", "harness", "workflow", "process", "version"},
}
"""What each part may import. `api` is where the layers meet; the command line calls only it, but
for formats, the list of recipes and the steps of the help."""

HOME = {
    "polars": {"inputs"}, "narwhals": {"inputs"}, "rich": {"report", "cli"},
    "typer": {"cli"}, "sklearn": {"harness"}, "matplotlib": {"report", "harness"},
    "pandas": {"harness", "report", "inputs"},
    "numpy": {"core", "tasks", "workflow", "inputs", "harness"},
}  # fmt: skip


def part(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, typing included."""
    out = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            out |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            out |= {f"{node.module}.{a.name}" if node.module == "mlstrat" else node.module
                    for a in node.names}  # fmt: skip
    return out


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path):
    me = part(path)
    for module in imports(path):
        top, _, rest = module.partition(".")
        if top == "mlstrat":
            inside = rest.split(".")[0]
            inside = inside if inside in ALLOWED else "__init__"
            assert inside == me or inside in ALLOWED[me], f"{me} imports {module}"
        elif top in HOME:
            assert me in HOME[top], f"{me} imports {top}"


def loaded(code: str) -> set[str]:
    """Return the top-level modules that are loaded after running code in a fresh process."""
    script = f"import sys\n{code}\nprint('|' + ' '.join({{m.split('.')[0] for m in sys.modules}}))"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                           check=True)  # fmt: skip
    return set(ended.stdout.rpartition("|")[2].split())


def test_help_loads_nothing_heavy():
    found = loaded("from mlstrat.cli import run\nrun(['--help'])")
    assert not found & {"numpy", "polars", "narwhals", "pandas", "sklearn", "matplotlib", "torch",
                        "rich", "scipy"}  # fmt: skip


def test_importing_the_library_loads_nothing_heavy():
    found = loaded("import mlstrat")
    assert not found & {"numpy", "polars", "narwhals", "pandas", "sklearn", "typer", "rich"}


def test_diagnosing_a_file_loads_what_it_needs(tmp_path: Path):
    (tmp_path / "run.csv").write_text("label,prediction\na,a\nb,b\na,b\n")
    found = loaded("from mlstrat.cli import run\nrun(['diagnose', 'run.csv'])")
    assert {"numpy", "polars"} <= found
    assert not found & {"pandas", "sklearn", "matplotlib", "narwhals", "scipy", "torch"}


def test_only_the_command_line_prints():
    for path in FILES:
        if part(path) == "cli":
            continue
        calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                 if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]  # fmt: skip
        assert not [c for c in calls if c.func.id in ("print", "eval", "exec")], path


def test_no_pickle_is_loaded():
    for path in FILES:
        assert not imports(path) & {"pickle", "joblib", "dill", "shelve", "marshal"}, path
