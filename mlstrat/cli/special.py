"""Commands that do more than ask one function and report what it answers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Never

from mlstrat import public
from mlstrat.cli import options as opt
from mlstrat.cli import progress
from mlstrat.cli.build import Given, Run, answer, ask, declaration
from mlstrat.core.asked import Command, default_of
from mlstrat.errors import UsageError, harmless
from mlstrat.places import STANDARD_OUTPUT, check_places

BEGIN = """\
mlstrat says what a machine-learning project should work on next, and how sure
that is. Where to begin:

  with predictions   mlstrat diagnose run.csv
                     a table with the columns split, label and prediction
                     (other names: --map label=churned)
  with error rates   mlstrat gaps --human 1% --train 8% --dev 10%
  with neither yet   mlstrat init --example variance
                     mlstrat diagnose variance/run.csv
  with a question    mlstrat explain workflow
                     the course in its order, with the command of each lecture

All commands: mlstrat --help. The options of one: mlstrat diagnose --help.
"""
"""What `mlstrat` alone says."""


def begin() -> Never:
    """Say where to begin, where nothing was typed."""
    progress.stop()
    print(BEGIN, end="", file=sys.stderr)
    raise SystemExit(2)


def score(key: str, command: Command, given: Given) -> None:
    """Score a run; or list the metrics, which needs none."""
    if given["list_metrics"]:
        how = opt.chosen_format(given["format_"], given["output"])
        opt.emit(public.list_metrics(), how, given["output"])
        return
    if given["run"] is None:
        raise UsageError("no run", accepted="a file, a glob, a folder, or - for standard input")
    answer(key, command, given)


def review(_: str, command: Command, given: Given) -> None:
    """Serve the page of a sheet until it is finished, and say what was read."""

    def show(line: str) -> None:
        progress.stop()
        print(line, flush=True)

    print(ask("run_review", command, given, tell=show).said(), flush=True)


def slices(key: str, command: Command, given: Given) -> None:
    """Rank slices; the heat map is one of two columns."""
    if given["figure"] is not None and len(set(given["by"] or ())) != 2:
        raise UsageError(
            "the heat map of --figure needs two columns", accepted="--by COLUMN --by COLUMN"
        )
    answer(key, command, given)


def select(key: str, command: Command, given: Given) -> None:
    """Choose among candidates; their leaderboard may be a page."""
    answer(key, command, given, page=True)


def gate(key: str, command: Command, given: Given) -> None:
    """Judge a run: the verdict is the exit code, and a use is counted once all is told."""
    output, junit, ledger = given["output"], given["junit"], given["ledger"]
    how = opt.chosen_format(given["format_"], output)
    from mlstrat.show.writing import write_all

    target = opt.log_target(given)
    use = None if ledger is None else public.LedgerUse(ledger)
    with use or contextlib.nullcontext():
        document = ask(key, command, given, ledger=use)
        opt.log(document, target)
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
    from mlstrat.show.writing import appended

    how = opt.chosen_format(given["format_"], given["output"], page=True)
    step = opt.summary_file() if given["summary"] else None
    target = opt.log_target(given)
    if given["check_only"]:
        document = ask("check_report", command, given)
    else:
        document = ask("report", command, given, beside=given["output"])
        opt.log(document, target)
        _tell_kept(document.kept)
    said = None if step is None else appended(step, opt.summary_text(document, step))
    with said or contextlib.nullcontext():
        opt.emit(document, how, given["output"])


def _tell_kept(said: str) -> None:
    if said:
        progress.tell(f"mlstrat: {said}")


def split(key: str, command: Command, given: Given) -> None:
    """Make splits, or check those that there are."""
    if given["check"]:
        check = declaration("split", "check_split")
        own = command.options().keys() - check.options().keys() - {"check"}
        if said := _said(command, given, own):
            raise UsageError(f"--check makes no splits: {', '.join(said)} does not apply")
        answer("check_split", check, given)
        return
    if given["split_as"]:
        raise UsageError("--split-as is for --check")
    if given["synthesis_source"]:
        raise UsageError("--synthesis-source is for --check")
    answer(key, command, given)


def plot(key: str, command: Command, given: Given) -> None:
    """Draw one figure into its file, and say what is drawn."""
    output = given["output"]
    how = opt.chosen_format(given["format_"], None)
    opt.check_figure(output)
    document = ask(key, command, given)
    _tell_kept(document.kept)
    if output is not None:
        document = document.saved(output)
    opt.tell(document, how, output)
    if output is None:
        print("mlstrat: nothing was drawn: name a file with --output", file=sys.stderr)


def explain(key: str, command: Command, given: Given) -> None:
    """Explain what may be of several words."""
    answer(key, command, {**given, "code": " ".join(given["code"] or ()) or None})


def schema(key: str, command: Command, given: Given) -> None:
    """Show a schema: for programs, so it is JSON unless a person asks to read it."""
    program = given["command"] and not given["output"]
    answer(key, command, {**given, "format_": given["format_"] or ("json" if program else None)})


def train(key: str, command: Command, given: Given) -> None:
    """Train a model; or show what there is, which trains nothing."""
    output, what = given["output"], given["what"]
    how = opt.chosen_format(given["format_"], output)
    if given["list_"]:
        _refuse_others(command, given, "list_")
        opt.emit(public.list_recipes(), how, output)
        return
    if (name := given["describe"]) is not None:
        _refuse_others(command, given, "describe", "full_size")
        opt.emit(public.describe_network(name, full_size=given["full_size"]), how, output)
        return
    if given["full_size"]:
        raise UsageError("--full-size is for --describe")
    if what is None:
        raise UsageError("nothing to train", accepted="a recipe that `mlstrat train --list` shows")
    from mlstrat.harness.train.run_files import files_of

    folder = given["out"] or _folder(what)
    check_places([output, *files_of(Path(folder))])
    opt.emit(ask(key, command, given, out=folder, progress=progress.tell), how, output)


def _refuse_others(command: Command, given: Given, shown: str, *also: str) -> None:
    """Refuse what does nothing where a table is only shown."""
    options = command.options()
    names = [] if given["what"] is None else ["WHAT"]
    names += _said(command, given, options.keys() - {shown, *also, "format_", "output"})
    if names:
        flag = options[shown][1].typed_as(shown)
        raise UsageError(f"{', '.join(names)}: not with {flag}, which trains nothing")


def _said(command: Command, given: Given, names: Collection[str]) -> list[str]:
    return [
        option.typed_as(name)
        for name, (kind, option) in command.options().items()
        if name in names and given[name] not in (None, [], default_of(kind, option))
    ]


def _folder(what: str) -> str:
    """Return where a run goes that is given no place: the recipe's name, or after own data."""
    from mlstrat.harness import list_recipes

    if what in {recipe.name for recipe in list_recipes()}:
        return what
    return f"{Path(what).name.partition('.')[0] or 'own'}_run"


def study(key: str, command: Command, given: Given) -> None:
    """Make a study; or list those that there are."""
    output, kind, recipe = given["output"], given["kind"], given["recipe"]
    how = opt.chosen_format(given["format_"], output)
    if given["list_"]:
        if given["format_"] or output:
            raise UsageError("--list prints text alone", accepted="--list without -f and -o")
        from mlstrat.harness.studies import KINDS

        rows = tuple(
            (name + (" RECIPE" if one.recipe else ""),
             one.shows + (" (needs torch)" if one.torch else ""))
            for name, one in KINDS.items()
        )  # fmt: skip
        from mlstrat.show.blocks import Table
        from mlstrat.show.text import show, terminal

        show([Table(("study", "shows"), rows, 2)], terminal())
        return
    if kind is None:
        raise UsageError("no study", accepted="one that `mlstrat study --list` shows")
    about = [] if recipe is None else [Path(recipe).name.partition(".")[0]]
    folder = given["out"] or "_".join(["study", kind.replace("-", "_"), *about])
    check_places([output, *public.files_of_study(folder)])
    sizes = [n for text in given["sizes"] or () for n in _numbers(text)]
    document = ask(key, command, given, out=folder, sizes=sizes, progress=progress.tell)
    opt.emit(document, how, output)


def improve(key: str, command: Command, given: Given) -> None:
    """Improve a model; its runs and report go into a folder named after the data."""
    output, what = given["output"], given["what"]
    how = opt.chosen_format(given["format_"], output)
    folder = given["out"] or f"{Path(what).name.partition('.')[0] or 'own'}_improved"
    check_places([output, *public.files_of_improve(folder)])
    opt.emit(ask(key, command, given, out=folder, progress=progress.tell), how, output)


def _numbers(text: str) -> Iterator[int]:
    for part in text.split(","):
        word = part.strip().replace("_", "")
        if not (word.isdecimal() and 0 < int(word) < 10**9):
            raise UsageError(f"--sizes is {text!r}", accepted="whole numbers, as 50,100,200")
        yield int(word)


SPECIAL: dict[str, Run] = {
    "split": split, "score": score, "mislabels": mislabels, "slices": slices, "report": report,
    "select": select,
    "gate": gate, "review": review, "plot": plot, "explain": explain, "schema": schema,
    "train": train, "study": study, "improve": improve,
}  # fmt: skip
