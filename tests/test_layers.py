"""The house: imports point one way, files keep to their kind, and nothing heavy loads early."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mlstrat.tasks import HOMES

PACKAGE = Path(__file__).parent.parent / "mlstrat"

GROUND = {"errors", "version", "places", "process"}
"""What anyone may import: errors, the version, where files may be written, the process."""

BELOW_QUESTIONS = {"core", "show", "data", "tasks", "tasks/asked", "tasks/classification"}

QUESTIONS: dict[str, set[str]] = {
    "splits": set(),
    "score": set(),
    "human": set(),
    "compare": set(),
    "slices": set(),
    "error_table": {"splits"},  # what an eyeball set will show is said by both
    "mislabels": {"error_table"},
    "diagnose": {"human", "error_table"},
    "select": {"compare"},
    "history": {"compare", "diagnose"},  # a change on the same rows is a paired difference
    "curve": {"diagnose", "history", "human", "select"},
    "gate": {"compare", "diagnose", "splits"},
    "count": set(),
    "settings": set(),
    "study": {"curve", "diagnose", "error_table", "harness"},
    "improve": {"diagnose", "gate", "harness", "splits"},  # gate keeps the ledger of uses
}
"""Question to the questions that it may ask."""

ALLOWED: dict[str, set[str]] = {
    "core": set(),
    "show": {"core"},
    "data": {"core"},
    "tasks": {"core", "data", "show"},
    "tasks/classification": {"core", "data", "show", "tasks"},
    "tasks/table": {"core", "data", "show", "tasks"},
    "tasks/asked": {"core", "tasks", *map("tasks/{}".format, HOMES)},  # the options of all of them
    **{f"tasks/{name}": {"core", "data", "show", "tasks", "tasks/table"} for name in HOMES},
    "harness": {"core", "data", "show", "tasks", "tasks/detection"},  # nms
    **{name: BELOW_QUESTIONS | others for name, others in QUESTIONS.items()},
    "plot": BELOW_QUESTIONS | set(QUESTIONS) - {"gate"} | {"harness"},  # weights of networks
    "report": BELOW_QUESTIONS | set(QUESTIONS) | {"plot"},
    "explain": BELOW_QUESTIONS | set(QUESTIONS) | {"plot", "report", "harness"},
    "workflow": set(),
    "public": BELOW_QUESTIONS
    | set(QUESTIONS)
    | {"plot", "report", "explain", "harness", "tasks/detection"},  # iou and nms
    "cli": {"core", "data", "show", "public", "report", "explain", "plot", "harness"},
    "__init__": {"public"},
    "api": {"public"},  # an alias, for one release
    "__main__": {"cli"},
}
"""What each part may import: errors ← core ← show, data ← tasks ← questions ← … ← cli."""

BREACHES: dict[tuple[str, str], str] = {}
"""What is not yet so, with what ends it; nothing may join."""

HOME = {
    "polars": {
        "data",
        "tasks",
        "tasks/classification",
        "tasks/table",
        *map("tasks/{}".format, HOMES),
    },
    "narwhals": {"data", "tasks/classification"},
    "rich": {"show", "cli"},
    "typer": {"cli"},
    "sklearn": {"harness", "splits"},
    "matplotlib": {"show", "harness"},
    "pandas": {"harness", "show", "data"},
    "mlflow": {"show"},
}
"""Where heavy libraries may be imported. Figures and passes over rows stand in their question."""

BY_FILE = {
    "polars": {"read", "tables", "columns", "values", "passes",
               "spark", "draw", "match_run", "pairs", "runs", "table",
               "suspects", "compute", "check", "learning_table", "cutter",
               "write", "eyeball"},
    "narwhals": {"spark", "columns", "values"},
    "matplotlib": {"figure"},
    "pandas": {"examples"},  # which it returns
}  # fmt: skip
"""And in which files of a question, by the (last word of the) name."""

MOST_FILES, MOST_LINES = 25, 300


def part(path: Path) -> str:
    """Return the room of a file: a layer, a task, or a question of the course."""
    inside = path.relative_to(PACKAGE).with_suffix("").parts
    if inside == ("tasks", "asked"):
        return "tasks/asked"
    if inside[0] in ("workflow", "tasks") and len(inside) > 2:
        return f"tasks/{inside[1]}" if inside[0] == "tasks" else inside[1]
    return inside[0]


FILES = sorted(PACKAGE.rglob("*.py"))


def module(path: Path) -> str:
    """Return the dotted name of a file."""
    return ".".join(("mlstrat", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
        ".__init__"
    )


MODULES = {module(path): path for path in FILES}


@functools.cache  # when a test asks: every process collects this file, and few run it
def nodes(path: Path) -> list[ast.AST]:
    """Return what a file imports and calls by its name."""
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name))]  # fmt: skip


@functools.cache
def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, in functions and for types alone, too."""
    out = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            out |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            inside = {f"{node.module}.{a.name}" for a in node.names} & MODULES.keys()
            out |= inside or {node.module}
    return out


def inside(path: Path) -> list[Path]:
    """Return the files of the package that a file imports."""
    return [MODULES[x] for x in sorted(imports(path)) if x in MODULES]


@pytest.mark.parametrize("room", sorted({part(path) for path in FILES}))
def test_imports_point_one_way(room: str):
    found = {(room, part(other)): f"{module(path)} imports {module(other)}"
             for path in FILES if part(path) == room for other in inside(path)}  # fmt: skip
    allowed = GROUND | {room} | (ALLOWED[room] if room not in GROUND else set())
    wrong = {pair: text for pair, text in found.items() if pair[1] not in allowed}
    assert not {pair: text for pair, text in wrong.items() if pair not in BREACHES}
    assert all(pair in found for pair in BREACHES if pair[0] == room), "a breach that is no more"


def test_nothing_imports_in_a_circle():
    index: dict[Path, int] = {}
    low: dict[Path, int] = {}
    stack: list[Path] = []
    circles: list[list[str]] = []

    def visit(path: Path) -> None:
        index[path] = low[path] = len(index)
        stack.append(path)
        for other in inside(path):
            if other not in index:
                visit(other)
                low[path] = min(low[path], low[other])
            elif other in stack:
                low[path] = min(low[path], index[other])
        if low[path] == index[path]:
            circle = stack[stack.index(path) :]
            del stack[stack.index(path) :]
            if len(circle) > 1:
                circles.append([module(x) for x in circle])

    for path in FILES:
        if path not in index:
            visit(path)
    assert circles == []


def test_heavy_libraries_have_a_home():
    for path in FILES:
        room, word = part(path), path.stem.rpartition("_")[2]
        for name in {x.partition(".")[0] for x in imports(path)} & HOME.keys():
            by_file = BY_FILE.get(name, set())
            assert room in HOME[name] or path.stem in by_file or word in by_file, (
                f"{module(path)} imports {name}"
            )


def test_no_private_module_and_no_private_name_is_taken_from_another_room():
    for path in FILES:
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mlstrat"):
                names = [*(node.module or "").split("."), *(x.name for x in node.names)]
                private = [x for x in names if x.startswith("_") and not x.startswith("__")]
                assert not private, f"{module(path)} imports {private}"


def test_a_question_says_itself_what_it_is():
    """Its `__init__` imports nothing, else the help would load what the answer needs."""
    for path in PACKAGE.glob("workflow/**/__init__.py"):
        assert not imports(path), path
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_what_can_be_asked_is_declared_without_what_answers_it():
    """A `command.py` imports nothing of ours but the means to declare, else help would load it."""
    found = list(PACKAGE.rglob("command.py"))
    assert found
    for path in found:
        ours = {x for x in imports(path) if x.startswith("mlstrat")}
        assert {"mlstrat.core.asked"} <= ours <= {"mlstrat.core.asked", "mlstrat.tasks.asked"}, path
        assert imports(path) - ours <= {"collections.abc", "pathlib", "typing"}, path


def test_no_folder_is_too_full():
    full = {str(k): n for k, n in Counter(path.parent for path in FILES).items() if n > MOST_FILES}
    assert not full


def test_no_file_is_too_long():
    """But where a comment on its first line says why it is."""
    long = set()
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > MOST_LINES and not text.startswith("# Over 300 lines: "):
            long.add(path.relative_to(PACKAGE).as_posix())
    assert not long


ROOMS = {"answer", "command", "read", "compute", "findings", "document", "schema", "figure"}

MOST_SINGLE = 60
"""Modules that one other alone imports; those below it are being folded or moved."""


def by_name(path: Path) -> list[Path]:
    """Return the files that a registry loads when asked for one by its name."""
    text = path.read_text(encoding="utf-8")
    folders = re.findall(r'import_module\(f"(mlstrat[\w.]*)\.\{', text)
    names = [f"{folder}.{word}" for folder in folders for word in re.findall(r'"(\w+)"', text)]
    return [MODULES[name] for name in names if name in MODULES]


def test_few_modules_have_one_reader():
    """A file that one other alone imports, and that fits it, is that file.

    The rooms of a question are set apart, `sample_document` being the document of a second answer,
    and so are the answers themselves, which `public` alone hands out, and what a registry loads by
    its name (a data set, a study).
    """
    readers: dict[Path, set[Path]] = {path: set() for path in FILES}
    for path in FILES:
        for other in set(inside(path)) - {path}:
            readers[other].add(path)
    asked_by_name = {other for path in FILES for other in by_name(path)}
    single = [module(path) for path, by in readers.items()
              if len(by) == 1 and path.stem.rpartition("_")[2] not in ROOMS | {"init", ""}
              and by != {PACKAGE / "public.py"} and path not in asked_by_name]  # fmt: skip
    assert len(single) < MOST_SINGLE, sorted(single)


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
    assert not found & {"pandas", "sklearn", "matplotlib", "narwhals", "scipy", "torch", "rich"}


def test_only_the_command_line_prints():
    for path in FILES:
        if part(path) == "cli":
            continue
        calls = [x.func.id for x in nodes(path) if isinstance(x, ast.Call)]
        assert not {"print", "eval", "exec"} & {*calls}, path


def test_no_pickle_is_loaded():
    for path in FILES:
        assert not imports(path) & {"pickle", "joblib", "dill", "shelve", "marshal"}, path
