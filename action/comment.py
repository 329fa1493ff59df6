"""Write the report into one comment of the pull request: over the one before it, or as a new one.

The last step of `action.yml` but the verdict; it reads what that step sets in the environment, and
asks GitHub by its command `gh`. What goes wrong is a warning: the job summary has the report.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ACTIONS = "github-actions[bot]"
"""Whom the token of a job is."""


def main() -> int:
    """Write the comment and return 0."""
    try:
        said = comment()
    except (OSError, ValueError, KeyError, TypeError, subprocess.CalledProcessError) as error:
        # A pull request from a fork has a token that only reads; gh has said what went wrong.
        said = (
            "::warning title=mlstrat::The comment could not be written "
            f"({type(error).__name__}); see the job summary."
        )
    sys.stdout.write(said + "\n")
    return 0


def comment() -> str:
    """Write the comment and say what was done."""
    report = os.environ["MLSTRAT_REPORT"]
    with Path(report).open(encoding="utf-8") as file:
        mark = file.readline().strip()
    # Else anything would be taken for the comment before.
    if not re.fullmatch(r"<!-- mlstrat report [0-9a-f]{16} -->", mark):
        raise ValueError(mark)
    number = pull_request()
    if number is None:
        return "There is no pull request to comment on."
    repository = f"repos/{os.environ['GITHUB_REPOSITORY']}"
    there = f"{repository}/issues/{number}/comments"
    me = own_login()
    # A mark is no secret: whoever can comment can write it, so that the author is looked at, too.
    mine = [x["id"] for x in pages(there) if x["user"] and x["user"]["login"] == me
            and (x["body"] or "").startswith(mark)]  # fmt: skip
    if mine:
        place = ("--method", "PATCH", f"{repository}/issues/comments/{mine[0]}")
    else:
        place = ("--method", "POST", there)
    gh(*place, "--field", f"body=@{report}")
    return f"The comment of pull request {number} was written."


def pull_request() -> int | None:
    """Return the number of the pull request that this job, or the workflow before it, ran for."""
    number, sha = os.environ["MLSTRAT_PULL_REQUEST"], os.environ["MLSTRAT_HEAD_SHA"]
    if number or not sha:
        return int(number) if number else None
    # After a run for a fork GitHub names no pull request, so that it is found by branch and commit.
    head = f"head={os.environ['MLSTRAT_HEAD_OWNER']}:{os.environ['MLSTRAT_HEAD_BRANCH']}"
    place = f"repos/{os.environ['GITHUB_REPOSITORY']}/pulls"
    found = pages(place, "--method", "GET", "--raw-field", "state=open", "--raw-field", head)
    return next((int(x["number"]) for x in found if x["head"]["sha"] == sha), None)


def own_login() -> str:
    """Return the account of the token, which may be that of another app, or of a person."""
    try:
        text = gh("graphql", "--raw-field", "query={viewer{login}}")
        return str(json.loads(text)["data"]["viewer"]["login"])
    except (subprocess.CalledProcessError, ValueError, KeyError, TypeError):
        return ACTIONS


def pages(*question: str) -> Iterator[dict[str, Any]]:
    """Return the items of all pages of a list; gh may join them as one list, or one by one."""
    text, decoder = gh("--paginate", *question).strip(), json.JSONDecoder()
    while text:
        page, end = decoder.raw_decode(text)
        yield from page
        text = text[end:].lstrip()


def gh(*arguments: str) -> str:
    """Return what GitHub answers."""
    return subprocess.run(["gh", "api", *arguments], stdout=subprocess.PIPE, check=True,
                          encoding="utf-8").stdout  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
