"""What was typed, as functions take it; and the one way out for what they report."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat import public
from mlstrat.cli import progress
from mlstrat.core.asked import FULL
from mlstrat.errors import UsageError, inert
from mlstrat.places import STANDARD_OUTPUT

if TYPE_CHECKING:
    from mlstrat.show.document import Document
    from mlstrat.show.tracking import Target

_ENDINGS = {".md": "markdown", ".markdown": "markdown", ".json": "json", ".csv": "csv",
            ".html": "html", ".htm": "html"}  # fmt: skip
_TEXT = ("", ".txt", ".log")


def pairs(texts: Sequence[str] | None, option: str) -> dict[str, str]:
    """Return ``KEY=VALUE`` options as a mapping; ``--map ROLE=`` says that no column has a role."""
    out: dict[str, str] = {}
    for text in texts or ():
        key, equals, value = text.rpartition("=") if option == "--split-as" else text.partition("=")
        if not (key.strip() and equals and (value.strip() or option == "--map")):
            raise UsageError(f"{option} {text!r} is not a pair", accepted=f"{option} KEY=VALUE")
        if key.strip() in out:
            raise UsageError(f"{option} names {key.strip()!r} twice")
        out[key.strip()] = value.strip()
    return out


def counts(texts: Sequence[str] | None, option: str) -> dict[str, int] | None:
    """Return ``NAME=COUNT`` options as a mapping; None where there are none."""
    out: dict[str, int] = {}
    for text in texts or ():
        name, equals, number = text.rpartition("=")
        number = number.strip()
        if not (name.strip() and equals and number.isdecimal() and len(number) <= 15):
            raise UsageError(f"{option} {text!r} is not a count", accepted=f"{option} NAME=COUNT")
        if name.strip() in out:
            raise UsageError(f"{option} names {name.strip()!r} twice")
        out[name.strip()] = int(number)
    return out or None


def chosen_format(format_: str | None, output: str | None, *, page: bool = False) -> str:
    """Return the format asked for, or the one that the output's ending says; `page`: HTML too.

    Called before any work, so that a typing slip costs no time; from here on, what stops the
    reading is told by its message alone.
    """
    from mlstrat.data.shards import keep_panics_off

    keep_panics_off()
    from mlstrat.show.document import FORMATS

    formats = (*FORMATS, "html") if page else FORMATS
    if format_ is None:
        return _told(output, formats)
    if format_ not in formats:
        raise UsageError(f"unknown format {format_!r}", accepted=", ".join(formats))
    return format_


def _told(output: str | None, formats: Sequence[str]) -> str:
    """Return the format that the ending of a file says, so that no text is called ``x.pdf``."""
    ending = Path(output or "").suffix.lower()
    told = "text" if ending in _TEXT else _ENDINGS.get(ending)
    if told in formats:
        return str(told)
    known = [name for name, how in _ENDINGS.items() if how in formats]
    raise UsageError(
        f"nothing is written as {ending}",
        file=output,
        accepted=f"{', '.join(known)}; .txt, .log or no ending for text",
        hint=f"with -f any name is taken, as -f {formats[0]}",
    )


def show_config(command: str, given: dict[str, Any]) -> None:
    """Show the settings in force for a command, in place of what it does."""
    output = report_file(command, given)  # a sheet or a figure is no place for it
    how = chosen_format(given.get("format_"), output)
    one = given.get("run") or given.get("source")
    several = given["candidates"] if one is None and "candidates" in given else [one]
    said = {
        **given,
        "columns": pairs(given.get("columns"), "--map"),
        "splits": pairs(given.get("split_as"), "--split-as"),
    }
    run = several[0] if len(several) == 1 else None  # beside which settings may stand
    emit(public.show_config(run, given["config"], command, said), how, output)


def check_figure(figure: str | None) -> None:
    """Refuse a figure's file with an ending that cannot be, before any work."""
    if figure is not None:
        from mlstrat.show.canvas import check_figure_path

        check_figure_path(figure)


def log_target(given: Mapping[str, Any]) -> Target | None:
    """Return where a result is to be logged; a slip is refused before any work."""
    if given.get("log") is None:
        return None
    from mlstrat.show.tracking import target_of

    return target_of(given["log"])


def log(document: Document, target: Target | None) -> None:
    """Log a result where it is asked for; before it is shown, so that a failure shows nothing."""
    if target is None:
        return
    from mlstrat.show.tracking import log_to_mlflow

    run = log_to_mlflow(document, experiment=target.experiment, tracking_uri=target.uri)
    progress.tell(f"mlstrat: logged to MLflow as run {run}")


def emit(document: Document, how: str, output: str | None) -> None:
    """Write a document to a file, or to standard output."""
    progress.stop()
    if output is not None and output != STANDARD_OUTPUT:
        from mlstrat.show.writing import write_whole

        write_whole(output, document.render(how))
        return
    _show(document, how)
    sys.stdout.flush()


class Verdict(SystemExit):
    """Ends a command with the exit code of its gate; typer has a meaning of its own for 1."""


def tell(document: Document, how: str, table: str | None) -> None:
    """Show what is reported beside a table that was written; nothing where that was shown."""
    if table == STANDARD_OUTPUT:
        progress.stop()
        return
    emit(document, how, None)


def _show(document: Document, how: str) -> None:
    if how in ("text", FULL):
        from mlstrat.show.text import show, terminal

        show(document.laid_out() if how == FULL else document.on_screen(), terminal())
        return
    # Bytes, so that JSON is UTF-8 whatever the terminal speaks.
    sys.stdout.flush()
    # CSV in a file is data, and stays as it is; here it is a log, where no label gives orders.
    sys.stdout.buffer.write(inert(document.render(how)).encode())


READ = frozenset({
    "after", "against", "baseline", "candidates", "config", "confirm", "cuts", "effort", "examples",
    "eyeball", "history", "human", "init_from", "labels", "media", "other", "pinned", "preferences",
    "review", "run", "second", "sheet", "source", "suspects", "table", "tags_from", "truth",
    "versus", "what",
})  # fmt: skip
"""Files, globs and folders that are read."""

WRITTEN = ("output", "figure", "junit", "ledger")
"""Files that are written."""

FOLDERS = ("figures", "out")
"""Folders that are written to: guarded where the names of their files are known."""


def report_file(command: str, given: Mapping[str, Any]) -> str | None:
    """Return the file of a command's report; None where its ``--output`` is a table or a figure."""
    table = (
        command in ("sample", "count", "plot", "review")
        or (command == "split" and not given["check"])
        or (command == "mislabels" and given["suspects"])
    )
    return None if table else given["output"]


def check_call(given: Mapping[str, Any]) -> None:
    """Refuse outputs of a command that are its inputs, or cannot be written; before any work."""
    written = [given[name] for name in WRITTEN if given.get(name) is not None]
    summary = _summary(given)
    if not written and summary is None:
        return
    from mlstrat.places import check_place, check_writable

    read = [given[name] for name in READ if given.get(name) is not None]
    if given.get("output") is None:
        written.append("-")  # where the report goes
    public.guard(
        [*written, summary], read, config=given.get("config"), configured="config" in given
    )
    for path in written:
        check_place(path)
    if summary is not None:  # which is added to
        check_writable(summary)


SUMMARY = "GITHUB_STEP_SUMMARY"
"""Names the file to which a job of GitHub Actions appends what its summary shows."""

SUMMARY_BYTES = 2**20
"""What GitHub takes as the summary of one step."""


def _summary(given: Mapping[str, Any]) -> str | None:
    if not given.get("summary"):
        return None
    return os.environ.get(SUMMARY)


def summary_file() -> str:
    """Return the file of the job summary, which the environment names."""
    path = os.environ.get(SUMMARY)
    if not path:
        raise UsageError(
            f"--summary, and no {SUMMARY} in the environment",
            accepted="a job of GitHub Actions, or another that sets it",
        )
    return path


def summary_text(document: Document, path: str) -> str:
    """Return the markdown that fits the summary beside what stands there already."""
    file = Path(path)
    taken = file.stat().st_size if file.is_file() else 0
    fitted = getattr(document, "fitted", None)
    if fitted is None:
        return document.to_markdown()
    return "\n" * bool(taken) + str(fitted(SUMMARY_BYTES - taken - 1, "utf-8"))
