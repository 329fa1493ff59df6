"""What the README shows is what comes out; ``python -m tests.test_documentation`` writes it."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.tree import DecisionTreeClassifier

import mlstrat as ms
from mlstrat.cli import run
from mlstrat.cli.app import COMMANDS
from mlstrat.cli.build import declaration
from mlstrat.data.columns import ALIASES
from mlstrat.data.config import read_config
from mlstrat.workflow.diagnose.findings import FOCUS_CODES
from mlstrat.workflow.explain.registry import RULES

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CONSOLE = re.compile(r"^```console\n\$ mlstrat (.*?)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def output(command: str) -> str:
    """Return what a command prints, as in a pipe of 80 columns."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        run(shlex.split(command))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def folder(where: Path) -> None:
    """Lay out the folder in which the README's commands run."""
    (where / "sample_runs").symlink_to(ROOT / "sample_runs")
    (where / "runs").mkdir()
    images = "".join(f"{i},{'app' if i >= 200 else 'web'}\n" for i in range(300))
    (where / "images.csv").write_text("id,source\n" + images)
    tags = ("dog", "great cat; blurry", "blurry", "none")
    errors = "".join(f"{i},cat,dog,{tags[i % 4]}\n" for i in range(40))
    (where / "filled.csv").write_text("id,label,prediction,tags\n" + errors)
    looked = "".join(f"{i},cat,dog,{'x,dog' if i < 6 else '0,'}\n" for i in range(40))
    (where / "checked.csv").write_text("id,label,prediction,mislabeled,true_label\n" + looked)
    rows = "".join(f"{i},Fold0{i % 2 + 1},cat,cat\n" for i in range(4))
    (where / "runs" / "fold.csv").write_text("id,split,label,prediction\n" + rows)
    cells = (
        [("cat", "cat", "cat")] * 60 + [("cat", "dog", "cat")] * 15 + [("dog", "cat", "dog")] * 4
    )
    pairs = [(i, label, one, two) for i, (label, one, two) in enumerate(cells)]
    head = "id,label,prediction\n"
    for name, column in (("a", 2), ("b", 3)):
        lines = "".join(f"{row[0]},{row[1]},{row[column]}\n" for row in pairs)
        (where / "runs" / f"{name}.csv").write_text(head + lines)
    for size, wrong in ((100, 30), (200, 20), (400, 15)):
        rows = [f"{s},cat,{'dog' if i < k else 'cat'}\n" for s, k in (("train", 1), ("dev", wrong))
                for i in range(100)]  # fmt: skip
        (where / "runs" / f"size_{size}.csv").write_text("split,label,prediction\n" + "".join(rows))
        (where / "runs" / f"size_{size}.toml").write_text(f"[run]\nn = {size}\n")
    churn = "".join(f"{i % 50},{'free' if i % 3 else 'pro'},{'yes' if i % 50 > 30 else 'no'}\n"
                    for i in range(200))  # fmt: skip
    (where / "churn.csv").write_text("age,plan,churned\n" + churn)
    lines = "".join(",".join(map(str, row)) + "\n" for row in pairs)
    (where / "runs" / "two.csv").write_text("id,label,pred_cnn,pred_lstm\n" + lines)


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


def test_the_python_of_the_readme_runs(root, empty_folder, capsys):
    Path("sample_runs").symlink_to(root / "sample_runs")
    names = notebook()
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.M)
    for code in blocks:
        exec(code, names)
    assert names["result"].focus == ("variance",)
    assert capsys.readouterr().out  # the verdict on the estimator


def test_the_readme_has_two_set_up_commands_and_they_parse():
    fences = re.findall(r"^```sh\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.M)
    assert len(fences) == 2
    for fence in fences:
        assert len(fence.splitlines()) == 1
        assert ".venv/bin/pip install " in fence
        subprocess.run(["sh", "-n", "-c", fence], check=True)


def test_the_readme_links_to_what_there_is():
    text = re.sub(r"^```.*?^```", "", README.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert len(links) > 5
    for link in links:
        path, _, anchor = link.partition("#")
        assert not path or (ROOT / path).exists(), link
        assert path or anchor in headings, link


def test_the_readme_names_every_command():
    text = README.read_text("utf-8")
    for name in COMMANDS:
        assert f"mlstrat {name}" in text, name


def test_the_toml_of_the_readme_is_read(empty_folder):
    for text in re.findall(r"^```toml\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.M):
        Path("mlstrat.toml").write_text(text)
        found = read_config("mlstrat.toml")
        assert found.gates or found.select


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


SERVES = "review"
"""What waits for a reader."""


@pytest.mark.parametrize(
    "command",
    [x for name in COMMANDS if name != SERVES for x in declaration(name).examples],
)
def test_the_examples_of_the_help_run_in_any_folder(command, empty_folder, capsys):
    if "variance/" in command:
        ms.init(example="variance")
    # The gate of a run against a better one fails, as it is to.
    assert run(shlex.split(command)) == ("--junit" in command)
    run([command.split()[0], "--help"])
    shown = capsys.readouterr().out
    assert f"mlstrat {command}\n" in shown
    if "variance/" in command and not command.startswith("init"):
        assert "Files of these: mlstrat init --example variance" in shown


if __name__ == "__main__":
    write()
