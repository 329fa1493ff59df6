"""A runner of GitHub in small: it runs the steps of action.yml, and plays `gh`.

Nothing but Python and bash is needed.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
"""How a runner starts ``shell: bash``."""

BOT = "github-actions[bot]"

GH = f"""\
#!{sys.executable} -I
import json, os, sys
from pathlib import Path

file = Path(os.environ["GH_STORE"])
store, asked = json.loads(file.read_text()), sys.argv[2:]
fields = dict(x.split("=", 1) for x in asked if "=" in x)
if store["fails"] or ("graphql" in asked and store["login"] is None):
    sys.exit(1)
if "graphql" in asked:
    print(json.dumps({{"data": {{"viewer": {{"login": store["login"]}}}}}}))
elif asked[0] == "--paginate":
    kind = asked[1].rpartition("/")[2]
    store["asked"].append(fields.get("head", asked[1]))
    for item in store[kind]:
        print(json.dumps([item]), end="")  # a page each
else:
    body = Path(fields["body"].removeprefix("@")).read_text()
    if asked[1] == "POST":
        who = {{"login": store["login"] or "{BOT}", "type": "Bot"}}
        store["comments"].append({{"id": len(store["comments"]), "user": who, "body": body}})
    else:
        store["comments"][int(asked[2].rpartition("/")[2])]["body"] = body
    store["asked"].append(asked[2])
file.write_text(json.dumps(store))
"""
"""Comments and pull requests of a repository in a file, asked and written as by `gh api`."""


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
        self.store = folder / "github.json"
        self.forge()
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
            "GITHUB_WORKFLOW": "checks",
            "GITHUB_JOB": "report",
            "GH_STORE": str(self.store),
            "NO_COLOR": "1",
        }

    def forge(self, **holds: Any) -> None:
        """Set what `gh` finds: comments, pulls, the login of the token, whether it fails."""
        start = {"comments": [], "pulls": [], "login": BOT, "fails": False, "asked": []}
        self.store.write_text(json.dumps(start | holds))

    def held(self) -> dict[str, Any]:
        """Return what `gh` holds now."""
        return dict(json.loads(self.store.read_text()))

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


def write_trap(folder: Path) -> Path:
    """Fill a checkout with modules that leave a mark where they run; return the mark."""
    mark = folder / "pwned"
    spring = f"open({str(mark)!r}, 'a').write(__name__ + '\\n')\n"
    for name in ("venv", "pip", "ensurepip", "mlstrat", "site", "sitecustomize", "json", "typer",
                 "polars", "numpy", "subprocess", "hatchling"):  # fmt: skip
        (folder / name).mkdir()
        for file in ("__init__", "__main__"):
            (folder / name / f"{file}.py").write_text(spring)
        (folder / f"{name}.py").write_text(spring)
    return mark
