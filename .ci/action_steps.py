"""Run the steps of action.yml as a runner of GitHub would, with the inputs of the workflow.

``python3 .ci/action_steps.py`` runs what the workflow file runs, then what must go wrong: a run
that got worse, a name of a file that is a command, a run that is not there. ``gh`` is played by a
script that notes what it is asked. Nothing but Python and bash is needed.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
"""How a runner starts ``shell: bash``."""

GH = """\
#!/bin/sh
printf '%s\\n' "$*" >> "$GH_CALLS"
case "$*" in
  *--paginate*) printf '%s' "$GH_FOUND";;
esac
exit "$GH_CODE"
"""


def read_yaml(text: str) -> Any:
    """Return the part of YAML that these files use: maps, lists, texts, and ``|`` and ``>-``."""
    lines = text.splitlines()
    value, rest = _block(lines, 0, 0)
    if _next(lines, rest) < len(lines):
        raise ValueError(f"line {rest + 1} cannot be read: {lines[rest]!r}")
    return value


def _next(lines: list[str], i: int) -> int:
    while i < len(lines) and re.fullmatch(r"\s*(#.*)?", lines[i]):
        i += 1
    return i


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _block(lines: list[str], i: int, least: int) -> tuple[Any, int]:
    """Return the value that stands from line i on, indented by `least` or more."""
    i = _next(lines, i)
    if i == len(lines) or _indent(lines[i]) < least:
        return None, i
    here = _indent(lines[i])
    if lines[i].lstrip().startswith("- "):
        items = []
        while i < len(lines) and _indent(lines[i]) == here and lines[i].lstrip().startswith("- "):
            # The first key of an item stands behind its dash: put it where the others are.
            lines[i] = lines[i].replace("- ", "  ", 1)
            item, i = _block(lines, i, here + 2)
            items.append(item)
            i = _next(lines, i)
        return items, i
    found: dict[str, Any] = {}
    while i < len(lines) and _indent(lines[i]) == here:
        match = re.fullmatch(r"\s*([\w-]+):(?:\s+(.*))?", lines[i])
        if match is None:
            return _plain(lines[i].strip()), i + 1
        key, text = match[1], (match[2] or "").strip()
        if text in ("|", ">-"):
            found[key], i = _text(lines, i + 1, here, folded=text == ">-")
        elif text and not text.startswith("#"):
            found[key], i = _plain(text), i + 1
        else:
            found[key], i = _block(lines, i + 1, here + 1)
        i = _next(lines, i)
    return found, i


def _text(lines: list[str], i: int, outer: int, *, folded: bool) -> tuple[str, int]:
    """Return a text of several lines, and the line after it."""
    body = []
    while i < len(lines) and (not lines[i].strip() or _indent(lines[i]) > outer):
        body.append(lines[i])
        i += 1
    while body and not body[-1].strip():
        body.pop()
    inner = min(_indent(line) for line in body if line.strip())
    body = [line[inner:] for line in body]
    return (" ".join(body) if folded else "\n".join(body) + "\n"), i


def _plain(text: str) -> str | list[str]:
    """Return a text in one line, without its quotes or the comment behind it."""
    for quote in "\"'":
        if text.startswith(quote):
            return text[1 : text.index(quote, 1)]
    text = re.sub(r"\s+#.*", "", text)
    if text.startswith("[") and text.endswith("]"):
        return [part.strip() for part in text[1:-1].split(",")]
    return text


class Runner:
    """Runs the steps of an action, one after the other, as its `run` says."""

    def __init__(self, folder: Path, action: Mapping[str, Any], **github: Any) -> None:
        self.folder, self.action, self.github = folder, action, github
        self.outputs: dict[str, dict[str, str]] = {}
        self.said = ""
        self.summary = folder / "summary.md"
        self.calls = folder / "gh_calls"
        tools = folder / "tools"
        tools.mkdir(exist_ok=True)
        (tools / "gh").write_text(GH)
        (tools / "gh").chmod(0o755)
        self.env = {
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(folder),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_REPOSITORY": "some/repository",
            "GH_CALLS": str(self.calls),
            "GH_FOUND": "",
            "GH_CODE": "0",
            "NO_COLOR": "1",
        }

    def run(
        self,
        inputs: Mapping[str, str],
        known: Mapping[str, dict[str, str]] | None = None,
        work: Path = ROOT,
    ) -> int:
        """Run the steps and return the exit code of the first that fails, else 0.

        Parameters
        ----------
        inputs
            What a workflow gives the action.
        known
            Outputs of steps that are not run again.
        work
            The checkout of the workflow.
        """
        self.outputs = dict(known or {})
        self.said = ""
        self.summary.write_text("")
        self.calls.write_text("")
        declared = self.action["inputs"]
        if unknown := set(inputs) - set(declared):
            raise ValueError(f"the action has no input {unknown}")
        missing = [
            n for n, x in declared.items() if x.get("required") == "true" and n not in inputs
        ]
        if missing:
            raise ValueError(f"the action needs {missing}")
        defaults = {name: x.get("default") or "" for name, x in declared.items()}
        given = {**{name: self.filled(x, {}) for name, x in defaults.items()}, **inputs}
        for step in self.action["runs"]["steps"]:
            name = step.get("id", step["name"])
            if name in self.outputs or not self.holds(step.get("if", "true"), given):
                continue
            code = self.step(step, name, given, work)
            if code:
                return code
        return 0

    def step(self, step: Mapping[str, Any], name: str, given: Mapping[str, str], work: Path) -> int:
        """Run one step."""
        if "${{" in step["run"] or step["shell"] != "bash":
            raise ValueError(f"{name}: an input is pasted into the script, or it is not for bash")
        out = self.folder / f"{name}.out"
        out.write_text("")
        script = self.folder / f"{name}.sh"
        script.write_text(step["run"])
        env = {**self.env, "GITHUB_OUTPUT": str(out), "GITHUB_STEP_SUMMARY": str(self.summary)}
        env |= {key: self.filled(text, given) for key, text in step.get("env", {}).items()}
        ended = subprocess.run([*BASH, str(script)], cwd=work, env=env, text=True, check=False,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        self.said += ended.stdout
        pairs = (line.partition("=") for line in out.read_text().splitlines())
        self.outputs[name] = {key: value for key, _, value in pairs}
        return ended.returncode

    def filled(self, text: str, given: Mapping[str, str]) -> str:
        """Return a text with its expressions worked out."""
        return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda m: self.value(m[1], given), text)

    def holds(self, condition: str, given: Mapping[str, str]) -> bool:
        """Tell whether a condition of ``a == 'b'`` and names, joined by ``&&``, holds."""
        for part in condition.split("&&"):
            left, equal, right = (x.strip() for x in part.partition("=="))
            found = "true" if left == "true" else self.value(left, given)
            if (found != right.strip("'")) if equal else found in ("", "false"):
                return False
        return True

    def value(self, name: str, given: Mapping[str, str]) -> str:
        """Return the value of a name; one that nothing sets is empty, as it is there."""
        scope, _, rest = name.partition(".")
        if scope == "inputs":
            return given[rest]
        if scope == "github":
            return str(self.github.get(rest, ""))
        if match := re.fullmatch(r"steps\.([\w-]+)\.outputs\.([\w-]+)", name):
            return self.outputs.get(match[1], {}).get(match[2], "")
        raise ValueError(f"the name {name!r} is not known")


def inputs_of_the_workflow() -> dict[str, str]:
    """Return what the workflow file gives the action."""
    workflow = read_yaml((ROOT / ".github/workflows/mlstrat.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["report"]["steps"]
    (ours,) = [step["with"] for step in steps if step["uses"] == "./"]
    return dict(ours)


def the_action() -> dict[str, Any]:
    """Return what action.yml says."""
    return dict(read_yaml((ROOT / "action.yml").read_text(encoding="utf-8")))


def write_pair(folder: Path) -> None:
    """Write a baseline and a run that is worse by 20 points on the same 400 examples."""
    for name, wrong in (("base", 40), ("worse", 120)):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "split", "label", "prediction"])
            for i in range(400):
                label = "cat" if i % 2 else "dog"
                rows.writerow([i, "dev", label, "owl" if i < wrong else label])


def main() -> int:
    """Run all and return 0 where it went as it should."""
    failed = []

    def held(what: str, good: bool, runner: Runner) -> None:
        sys.stdout.write(f"{'ok    ' if good else 'FAILED'} {what}\n")
        if not good:
            failed.append(what)
            sys.stdout.write(runner.said[-3000:])

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pull = {"token": "t", "event.pull_request.number": "7"}
        runner = Runner(folder, the_action(), **pull)
        code = runner.run(inputs_of_the_workflow())
        summary = runner.summary.read_text(encoding="utf-8")
        held("the workflow's own inputs pass", code == 0, runner)
        both = "mlstrat report" in summary and "| check |" in summary
        held("the summary has the report and the gate", both, runner)
        known = {"install": runner.outputs.get("install", {})}
        calls = runner.calls.read_text()
        held(
            "a first comment is written", "--method POST" in calls and "issues/7/" in calls, runner
        )
        runner.env["GH_FOUND"] = "41\n42\n"
        runner.run(inputs_of_the_workflow(), known)
        calls = runner.calls.read_text()
        held("the next one takes its place", "--method PATCH" in calls and "comments/41" in calls
             and "POST" not in calls, runner)  # fmt: skip
        runner.env["GH_CODE"] = "1"
        code = runner.run(inputs_of_the_workflow(), known)
        held(
            "a token that only reads is a warning", code == 0 and "::warning" in runner.said, runner
        )

        work = folder / "checkout"
        work.mkdir()
        write_pair(work)
        pair = {"run": "worse.csv", "baseline": "base.csv"}
        held("a regression fails the job", runner.run(pair, known, work) == 1, runner)
        held("and is not decided where the gate is off",
             runner.run({**pair, "gate": "no"}, known, work) == 0, runner)  # fmt: skip
        same = {"run": "base.csv", "baseline": "base.csv"}
        held("no change passes", runner.run(same, known, work) == 0, runner)
        hostile = "$(touch pwned);`touch pwned` && touch pwned; #.csv"
        (work / hostile).write_bytes((work / "base.csv").read_bytes())
        code = runner.run({"run": hostile, "baseline": "base.csv"}, known, work)
        held(
            "a name that is a command is a name",
            code == 0 and not (work / "pwned").exists(),
            runner,
        )
        held("a run that is not there is exit 2", runner.run({"run": "none.csv"}, known, work) == 2,
             runner)  # fmt: skip
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
