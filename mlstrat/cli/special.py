"""Commands that do more than ask one function and report what it answers."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from mlstrat.cli import options as opt
from mlstrat.cli.build import Given, Run, answer, ask
from mlstrat.core.asked import Command
from mlstrat.errors import UsageError, harmless
from mlstrat.places import STANDARD_OUTPUT


def score(key: str, command: Command, given: Given) -> None:
    """Score a run; or list the metrics, which needs none."""
    if given["list_metrics"]:
        how = opt.chosen_format(given["format_"], given["output"])
        from mlstrat import public

        opt.emit(public.list_metrics(), how, given["output"])
        return
    if given["run"] is None:
        raise UsageError("no run", accepted="a file, a glob, a folder, or - for standard input")
    answer(key, command, given)


def slices(key: str, command: Command, given: Given) -> None:
    """Rank slices; the heat map is one of two columns."""
    if given["figure"] is not None and len(set(given["by"] or ())) != 2:
        raise UsageError(
            "the heat map of --figure needs two columns", accepted="--by COLUMN --by COLUMN"
        )
    answer(key, command, given)


def gate(key: str, command: Command, given: Given) -> None:
    """Judge a run: the verdict is the exit code, and a use is counted once all is told."""
    output, junit, ledger = given["output"], given["junit"], given["ledger"]
    how = opt.chosen_format(given["format_"], output)
    from mlstrat import public
    from mlstrat.show.writing import write_all

    use = None if ledger is None else public.LedgerUse(ledger)
    with use or contextlib.nullcontext():
        document = ask(key, command, given, ledger=use)
        files: dict[str | Path, bytes] = {}
        if output not in (None, STANDARD_OUTPUT):
            files[str(output)] = document.render(how).encode()
        if junit is not None:
            files[junit] = document.to_junit().encode()
        write_all(files)
        if output in (None, STANDARD_OUTPUT):
            opt.emit(document, how, None)
        if document.warning is not None:
            print(f"mlstrat: {harmless(document.warning)}", file=sys.stderr, flush=True)
    raise opt.Verdict(document.exit_code)


def mislabels(key: str, command: Command, given: Given) -> None:
    """Estimate wrong labels; of suspects the output is the sheet, and the report is shown."""
    if given["suspects"] is not None:
        answer(key, command, given)
        return
    how = opt.chosen_format(given["format_"], given["output"])
    opt.emit(ask(key, command, {**given, "output": None}), how, given["output"])


def report(_: str, command: Command, given: Given) -> None:
    """Write a report, or check what it would read; the summary of a job takes it, too."""
    from mlstrat.workflow.report.formats import (
        REPORT_FORMATS,
        appended,
        summary_file,
        summary_text,
    )

    how = opt.chosen_format(given["format_"], given["output"], REPORT_FORMATS)
    step = summary_file() if given["summary"] else None
    key = "check_report" if given["check_only"] else "report"
    document = ask(key, command, given, beside=given["output"])
    with contextlib.nullcontext() if step is None else appended(step, summary_text(document, step)):
        opt.emit(document, how, given["output"])


SPECIAL: dict[str, Run] = {
    "score": score, "slices": slices, "gate": gate, "mislabels": mislabels, "report": report,
}  # fmt: skip
