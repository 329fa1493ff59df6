"""The action: nothing is pasted into a shell, and its steps do what they say.

`.ci/action_steps.py` runs all of them, with the installation, by the same runner.
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
STEPS = ROOT / ".ci" / "action_runner.py"
pytestmark = pytest.mark.skipif(not STEPS.exists(), reason="no checkout, where the action lives")


@pytest.fixture(scope="module")
def steps() -> ModuleType:
    spec = importlib.util.spec_from_file_location("action_runner", STEPS)
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
        assert used == {name for name in step["env"] if name.startswith("MLSTRAT_")} or (
            "comment.py" in step["run"]
        ), step["name"]


SWITCHES = {
    **dict.fromkeys(("true", "yes", "on", "1"), "true"),
    **dict.fromkeys(("false", "no", "off", "0"), "false"),
}


def settled(steps, folder: Path, **inputs: str) -> tuple[int, dict[str, str], str]:
    """Run the step that settles the switches alone."""
    runner = steps.Runner(folder, steps.the_action())
    code = runner.step(
        runner.action["runs"]["steps"][0], "settings", {"gate": "", "comment": "", **inputs}, folder
    )
    return code, runner.outputs["settings"], runner.said


@pytest.mark.parametrize("word", SWITCHES)
def test_a_switch_is_what_it_says_in_any_case(steps, tmp_path: Path, word: str):
    for said in {word, word.upper(), word.title()}:
        code, found, _ = settled(steps, tmp_path, gate=said, comment=said)
        assert (code, found) == (0, {"gate": SWITCHES[word], "comment": SWITCHES[word]})


def test_an_empty_switch_is_the_default(steps, tmp_path: Path):
    inputs = steps.the_action()["inputs"]
    defaults = {name: inputs[name]["default"] for name in ("gate", "comment")}
    assert settled(steps, tmp_path)[1] == defaults == {"gate": "true", "comment": "false"}


@pytest.mark.parametrize("said", ["maybe", "tru", "y", "2", "true ", " on", "*", "no\n::error::x"])
@pytest.mark.parametrize("name", ["gate", "comment"])
def test_any_other_switch_stops_the_job(steps, tmp_path: Path, name: str, said: str):
    code, found, told = settled(steps, tmp_path, **{name: said})
    assert (code, name in found) == (2, False)
    assert told.startswith(f"::error title=mlstrat::the input {name} is ")
    assert "accepted: true, yes, on, 1, false, no, off, 0, in any case" in told
    assert len(told.splitlines()) == 1


def test_no_step_depends_on_a_switch_as_it_was_typed(steps):
    for step in steps.the_action()["runs"]["steps"]:
        assert "inputs." not in step.get("if", ""), step["name"]
    assert "if" not in steps.the_action()["runs"]["steps"][-1]  # the verdict


def test_python_is_isolated_wherever_it_starts(steps):
    lines = "".join(s["run"] for s in steps.the_action()["runs"]["steps"]).splitlines()
    starts = [x.strip() for x in lines if re.match(r'\s*"\$(python|bin/python|MLSTRAT_PYTHON)"', x)]
    assert len(starts) == 5  # venv, pip, report, gate, comment
    assert all(re.match(r'"\$[\w/]+" -I ', x) for x in starts)


def test_every_input_is_used_and_told(steps):
    action = steps.the_action()
    text = str(action["runs"])
    for name, told in action["inputs"].items():
        assert f"inputs.{name} " in text, name
        assert told["description"].endswith("."), name
    assert set(action["inputs"]) >= {"run", "baseline", "config", "comment"}


def test_the_workflows_pin_what_they_use_and_give_what_the_action_takes(steps):
    assert set(steps.inputs_of_the_workflow()) <= set(steps.the_action()["inputs"])
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        text = path.read_text("utf-8")
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


INSTALLED = pytest.mark.skipif(
    not (Path(sys.executable).parent / "mlstrat").exists(), reason="not installed"
)


@INSTALLED
def test_a_regression_fails_the_job_and_a_hostile_name_is_a_name(steps, tmp_path: Path):
    work, temporary = tmp_path / "checkout", tmp_path / "runner"
    for folder in (work, temporary):
        folder.mkdir()
    steps.write_pair(work)
    runner = steps.Runner(temporary, steps.the_action())
    installed = {"install": {"python": sys.executable}}
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
    assert runner.held()["asked"] == []  # no comment where none was asked for


def page_yaml(steps) -> dict[str, dict]:
    """Return the examples of YAML in the page on CI by what they are for."""
    text = (ROOT / "docs" / "ci.md").read_text("utf-8")
    found = re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    names = ("github", "fork", "comment", "gitlab", "hooks")
    return dict(zip(names, map(steps.read_yaml, found), strict=True))


def our_step(job: dict) -> dict:
    (step,) = [s for s in job["steps"] if s["uses"].startswith("OWNER/mlstrat@")]
    return dict(step["with"])


def test_the_jobs_of_the_page_name_inputs_and_hooks_that_there_are(steps):
    found = page_yaml(steps)
    action = steps.the_action()["inputs"]
    for workflow in ("github", "fork", "comment"):
        (job,) = found[workflow]["jobs"].values()
        assert set(our_step(job)) <= set(action)
        assert all(name in our_step(job) for name, x in action.items() if x.get("required"))
    known = steps.read_yaml((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [h["id"] for h in found["hooks"]["repos"][0]["hooks"]] == [h["id"] for h in known]


def test_what_runs_the_code_of_a_fork_cannot_write(steps):
    found = page_yaml(steps)
    assert found["fork"]["on"] == "pull_request"
    assert found["fork"]["permissions"] == {"contents": "read"}
    for step in (
        x for w in ("fork", "comment") for x in next(iter(found[w]["jobs"].values()))["steps"]
    ):
        if "checkout" in step["uses"]:
            assert step["with"] == {"persist-credentials": "false"}  # and no ref of theirs


@INSTALLED
def test_the_comment_on_a_fork_is_made_from_its_run(steps, tmp_path: Path):
    found = page_yaml(steps)
    assert found["comment"]["on"]["workflow_run"]["workflows"] == [found["fork"]["name"]]
    (first,), (second,) = (found[w]["jobs"].values() for w in ("fork", "comment"))
    upload, download = first["steps"][-1]["with"], second["steps"][1]["with"]
    assert upload["name"] == download["name"]
    work, temporary = tmp_path / "checkout", tmp_path / "runner"
    for folder in (work / "runs", work / download["path"], temporary):
        folder.mkdir(parents=True)
    steps.write_pair(work)
    (work / "base.csv").rename(work / "runs/base.csv")
    theirs = (work / "worse.csv").read_text("utf-8").replace("owl", "@octo www.x.y #1 ##[error]")
    (work / download["path"] / Path(upload["path"]).name).write_text(theirs, "utf-8")
    runner = steps.Runner(temporary, steps.the_action(), **{
        "token": "t", "event.workflow_run.head_repository.owner.login": "fork",
        "event.workflow_run.head_branch": "better", "event.workflow_run.head_sha": "abc",
    })  # fmt: skip
    runner.forge(pulls=[{"number": 9, "head": {"sha": "abc"}}])
    assert runner.run(our_step(second), {"install": {"python": sys.executable}}, work) == 0
    place = "repos/some/repository/issues/9/comments"
    assert runner.held()["asked"] == ["fork:better", place, place]
    (comment,) = runner.held()["comments"]
    assert "octo" in comment["body"]
    assert not re.search(r"@\w|www\.|#\d|##\[", comment["body"].replace("&#8203;", "\u200b"))


def test_the_job_for_gitlab_writes_what_it_keeps(steps, tmp_path, monkeypatch, capsys):
    gitlab = page_yaml(steps)["gitlab"]["mlstrat"]
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
