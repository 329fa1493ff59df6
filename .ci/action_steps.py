"""Run the steps of action.yml as a runner of GitHub would, with the inputs of the workflow.

``python3 .ci/action_steps.py`` runs what must go wrong in a checkout full of traps (a run that got
worse, a switch that is none, a name of a file that is a command), what comments are written, and
what the workflow file runs. Nothing but Python and bash is needed.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from action_runner import (
    BOT,
    Runner,
    inputs_of_the_workflow,
    read_yaml,
    the_action,
    write_pair,
    write_trap,
)

Held = Callable[[str, bool, Runner], None]
PAIR = {"run": "worse.csv", "baseline": "base.csv"}
PULL = {"token": "t", "event.pull_request.number": "7"}


def check_the_gate(folder: Path, held: Held) -> tuple[Path, dict[str, dict[str, str]]]:
    """Install mlstrat from a checkout full of traps; return the checkout and the installation."""
    runner, work = Runner(folder, the_action()), folder / "checkout"
    work.mkdir()
    write_pair(work)
    mark = write_trap(work)
    runner.env["PYTHONPATH"] = str(work)
    held("a regression fails the job", runner.run(PAIR, None, work) == 1, runner)
    held("and no module of the checkout was run", not mark.exists(), runner)
    known = {"install": runner.outputs.get("install", {})}
    reported = {**known, "report": runner.outputs.get("report", {})}
    for said in ("true", '"True"', "yes", "on", '"YES"', "1", '""'):
        inputs = {**PAIR, **read_yaml(f"gate: {said}\n")}
        held(f"it fails with gate: {said}", runner.run(inputs, reported, work) == 1, runner)
    for said in ("false", '"False"', "no", "off", "0"):
        inputs = {**PAIR, **read_yaml(f"gate: {said}\n")}
        held(
            f"it is not decided with gate: {said}", runner.run(inputs, reported, work) == 0, runner
        )
    for switch in ("gate", "comment"):
        code = runner.run({**PAIR, switch: "maybe"}, None, work)
        told = f"the input {switch} is maybe; accepted: true, yes, on, 1" in runner.said
        held(f"{switch}: maybe stops the job before it does anything",
             code == 2 and told and "install" not in runner.outputs, runner)  # fmt: skip
    code = runner.run(PAIR, {**reported, "gate": {}}, work)
    held("a gate that left no exit code fails the job", code == 2, runner)
    held("no change passes", runner.run({**PAIR, "run": "base.csv"}, known, work) == 0, runner)
    hostile = "-$(touch pwned);`touch pwned` && touch pwned; #.csv"
    (work / hostile).write_bytes((work / "base.csv").read_bytes())
    code = runner.run({"run": hostile, "baseline": "base.csv"}, known, work)
    held("a name that is a command is a name", code == 0, runner)
    held("a run that is not there is exit 2", runner.run({"run": "none.csv"}, known, work) == 2,
         runner)  # fmt: skip
    check_the_inputs(runner, work, known, held)
    held("still no module or command of the checkout was run", not mark.exists(), runner)
    return work, known


def check_the_inputs(
    runner: Runner, work: Path, known: dict[str, dict[str, str]], held: Held
) -> None:
    """Give every input that is not given elsewhere, on tables whose columns only `map` names."""
    for name, wrong in (("-first", 10), ("runs", 12)):
        file = work / f"{name}.csv" if name != "runs" else work / "runs" / "new" / "run.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", newline="", encoding="utf-8") as out:
            rows = csv.writer(out)
            rows.writerow(["id", "split", "said by hand", "said; $(touch pwned)"])
            for i in range(400):
                label = "cat" if i % 2 else "dog"
                other = "dog" if i % 2 else "cat"
                rows.writerow([i, "dev", label, other if i < wrong else label])
    code = runner.run(
        {"run": "runs/new/run.csv", "baseline": "-first.csv", "pinned": "-first.csv",
         "map": "label=said by hand\n\nprediction=said; $(touch pwned)\n", "positive": "cat",
         "metric": "recall", "human-error": "1%", "margin": "30%", "history": "runs",
         "ledger": "ledger.json"},
        known, work,
    )  # fmt: skip
    summary = runner.summary.read_text(encoding="utf-8")
    held("map, positive, metric, human-error, margin, pinned, history and ledger are heard",
         code == 0 and "recall" in summary and "positive cat" in summary
         and "The history of the gaps" in summary and "30.0 points" in summary
         and "1.0%" in summary and (work / "ledger.json").exists()
         and summary.count("recall on dev") >= 2, runner)  # fmt: skip


def check_the_comments(
    folder: Path, work: Path, known: dict[str, dict[str, str]], held: Held
) -> None:
    """Write comments where there are none, one of ours, and ones of others with our mark."""
    runner = Runner(folder, the_action(), **PULL)
    asked = {**PAIR, "gate": "off", "comment": "true"}
    code = runner.run(asked, known, work)
    comments = runner.held()["comments"]
    there = "repos/some/repository/issues/7/comments" in runner.held()["asked"]
    held("comment: true writes a comment of pull request 7",
         code == 0 and len(comments) == 1 and there, runner)  # fmt: skip
    known = {**known, "report": runner.outputs["report"]}
    mark = comments[0]["body"].splitlines()[0]
    old = {"id": 2, "user": {"login": BOT, "type": "Bot"}, "body": f"{mark}\nold"}
    others = [
        {"id": 0, "user": {"login": "other[bot]", "type": "Bot"}, "body": f"{mark}\nnot ours"},
        {"id": 1, "user": {"login": BOT, "type": "Bot"}, "body": "another report"},
    ]
    for login in (BOT, None):
        runner.forge(comments=[*others, old], login=login)
        runner.run(asked, known, work)
        now = runner.held()["comments"]
        held("the next takes its place, and no other's", now[:2] == others and len(now) == 3
             and now[2]["body"].startswith(f"{mark}\n## "), runner)  # fmt: skip
    runner.forge(comments=others, login="our-app[bot]")
    runner.run(asked, known, work)
    held("the comment of another bot is not replaced", runner.held()["comments"][:2] == others
         and len(runner.held()["comments"]) == 3, runner)  # fmt: skip
    runner.forge()
    install = {"install": known["install"]}
    for name in ("one --> two", "three", "one --> two"):
        runner.run({**asked, "name": name}, install, work)
    marks = {x["body"].splitlines()[0] for x in runner.held()["comments"]}
    held("two names have two comments", len(runner.held()["comments"]) == len(marks) == 2, runner)
    runner.forge(fails=True)
    code = runner.run(asked, known, work)
    held("a token that only reads is a warning", code == 0 and "::warning" in runner.said, runner)

    after = {"owner.login": "fork", "sha": "abc"}
    runner = Runner(folder, the_action(), **{
        "event.workflow_run.head_repository.owner.login": after["owner.login"],
        "event.workflow_run.head_branch": "a;b", "event.workflow_run.head_sha": after["sha"],
    })  # fmt: skip
    runner.forge(
        pulls=[{"number": 8, "head": {"sha": "old"}}, {"number": 9, "head": {"sha": "abc"}}]
    )
    runner.run(asked, known, work)
    held("after a run for a fork the pull request is found", runner.held()["asked"] == [
        "fork:a;b", *["repos/some/repository/issues/9/comments"] * 2], runner)  # fmt: skip


def main() -> int:
    """Run all and return 0 where it went as it should."""
    failed = []

    def held(what: str, good: bool, runner: Runner) -> None:
        sys.stdout.write(f"{'ok    ' if good else 'FAILED'} {what}\n")
        sys.stdout.flush()
        if not good:
            failed.append(what)
            sys.stdout.write(runner.said[-3000:])

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work, known = check_the_gate(folder, held)
        check_the_comments(folder, work, known, held)
        runner = Runner(folder, the_action(), **PULL)
        code = runner.run(inputs_of_the_workflow(), known)
        summary = runner.summary.read_text(encoding="utf-8")
        held("the workflow's own inputs pass", code == 0, runner)
        both = "mlstrat report" in summary and "| check |" in summary
        held("the summary has the report and the gate", both, runner)
        held("and the comment is written", len(runner.held()["comments"]) == 1, runner)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
