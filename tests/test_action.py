"""The action: nothing is pasted into a shell, and its steps do what they say.

`.ci/action_steps.py` runs all of them, with the installation, as a runner would.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
STEPS = ROOT / ".ci" / "action_steps.py"
pytestmark = pytest.mark.skipif(not STEPS.exists(), reason="no checkout, where the action lives")


@pytest.fixture(scope="module")
def steps() -> ModuleType:
    spec = importlib.util.spec_from_file_location("action_steps", STEPS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_expression_stands_in_a_script(steps):
    for step in steps.the_action()["runs"]["steps"]:
        assert "${{" not in step["run"], step["name"]
        assert step["shell"] == "bash"
        used = set(re.findall(r"\$\{?(MLSTRAT_\w+)", step["run"]))
        assert used - {"MLSTRAT_MARK"} <= set(step["env"]), step["name"]


def test_every_input_is_used_and_told(steps):
    action = steps.the_action()
    text = str(action["runs"])
    for name, told in action["inputs"].items():
        assert f"inputs.{name} " in text, name
        assert told["description"].endswith("."), name
    assert set(action["inputs"]) >= {"run", "baseline", "config", "comment"}


def test_the_workflow_gives_what_the_action_takes_and_pins_others(steps):
    assert set(steps.inputs_of_the_workflow()) <= set(steps.the_action()["inputs"])
    text = (ROOT / ".github/workflows/mlstrat.yml").read_text("utf-8")
    for used in re.findall(r"uses: (\S+)", text):
        assert used == "./" or re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", used)
    assert "pull_request_target" not in text


def test_the_hooks_name_commands_that_there_are(steps):
    from mlstrat.cli.app import COMMANDS

    hooks = steps.read_yaml((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    for hook in hooks:
        (command,) = set(re.findall(r"mlstrat (\w+)", hook["entry"]))
        assert command in COMMANDS
    pattern = re.compile(hooks[0]["files"])
    for name in ("run.csv", "models/a/run.parquet", "run.csv.gz"):
        assert pattern.search(name)
    assert not pattern.search("overrun.csv")


@pytest.mark.skipif(not (Path(sys.executable).parent / "mlstrat").exists(), reason="not installed")
def test_a_regression_fails_the_job_and_a_hostile_name_is_a_name(steps, tmp_path: Path):
    work, temporary = tmp_path / "checkout", tmp_path / "runner"
    for folder in (work, temporary):
        folder.mkdir()
    steps.write_pair(work)
    runner = steps.Runner(temporary, steps.the_action())
    installed = {"install": {"bin": str(Path(sys.executable).parent)}}
    pair = {"run": "worse.csv", "baseline": "base.csv"}
    assert runner.run(pair, installed, work) == 1
    assert runner.outputs["gate"]["exit-code"] == "1"
    assert "mlstrat report" in Path(runner.outputs["report"]["report"]).read_text("utf-8")
    assert "<testsuite" in Path(runner.outputs["gate"]["junit"]).read_text("utf-8")
    assert "| check |" in runner.summary.read_text("utf-8")
    hostile = "$(touch pwned);`touch pwned`.csv"
    (work / hostile).write_bytes((work / "base.csv").read_bytes())
    assert runner.run({**pair, "run": hostile, "gate": "no"}, installed, work) == 0
    assert not (work / "pwned").exists()
    assert runner.calls.read_text() == ""  # no comment where none was asked for


def readme_jobs(steps) -> tuple[dict, dict, dict]:
    text = (ROOT / "README.md").read_text("utf-8")
    github, gitlab, hooks = map(
        steps.read_yaml, re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    )
    return github["jobs"]["mlstrat"], gitlab["mlstrat"], hooks["repos"][0]


def test_the_jobs_of_the_readme_name_inputs_and_hooks_that_there_are(steps):
    github, _, hooks = readme_jobs(steps)
    (step,) = [s for s in github["steps"] if s["uses"].startswith("OWNER/mlstrat@")]
    action = steps.the_action()["inputs"]
    assert set(step["with"]) <= set(action)
    assert all(name in step["with"] for name, told in action.items() if told.get("required"))
    known = steps.read_yaml((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [h["id"] for h in hooks["hooks"]] == [h["id"] for h in known]


def test_the_job_for_gitlab_writes_what_it_keeps(steps, tmp_path, monkeypatch, capsys):
    _, gitlab, _ = readme_jobs(steps)
    from mlstrat.cli import run

    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{i},{i % 2},{i % 2 if i % 9 else 1}\n" for i in range(400))
    for name in ("base", "new"):
        Path(f"runs/{name}.csv").write_text("id,label,prediction\n" + rows)
    install, *commands = gitlab["script"]
    assert install.startswith("pip install ")
    for command in commands:
        assert run(shlex.split(command)[1:]) == 0, command
    kept = [*gitlab["artifacts"]["paths"], gitlab["artifacts"]["reports"]["junit"]]
    assert all(Path(name).stat().st_size for name in kept)


def test_the_reader_of_yaml_refuses_what_it_cannot_read(steps):
    assert steps.read_yaml("a: 1 # one\nb:\n  - c: '2'\n    d: |\n      x: y\n\n      # z\n") == {
        "a": "1",
        "b": [{"c": "2", "d": "x: y\n\n# z\n"}],
    }
    with pytest.raises(ValueError, match="line 2 cannot be read"):
        steps.read_yaml("a: 1\n  & b\n")
