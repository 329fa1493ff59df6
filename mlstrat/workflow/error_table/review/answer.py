"""`review`: a page to read the examples of a sheet, until it is finished."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.wording import count
from mlstrat.data.rates import parse_rate
from mlstrat.data.settings import names_of, settle
from mlstrat.data.sheet.pieces import SheetLock
from mlstrat.errors import InputError, UsageError, harmless
from mlstrat.tasks.asking import skippable
from mlstrat.workflow.error_table.review.command import REVIEW, Asked

if TYPE_CHECKING:
    from mlstrat.data.sheet.editing import OpenSheet
    from mlstrat.workflow.error_table.document import ErrorTableDocument

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Reviewed:
    """What was read in a review; ``trouble`` says why something is not saved."""

    sheet: Path
    rows: int
    read: int
    tags: int
    next_command: str
    trouble: str = ""

    def said(self) -> str:
        """Return what is told at the end."""
        text = f"Read {count(self.read)} of {count(self.rows)} rows of {self.sheet}"
        text += f", with {count(self.tags)} tags." if self.tags != 1 else ", with 1 tag."
        if self.trouble:
            text += f"\nThe last changes are not saved: {self.trouble}."
        return f"{text}\nNext: {self.next_command}"


@skippable
@asks(REVIEW)
def run_review(sheet: Any, tell: Tell | None = None, **asked: Unpack[Asked]) -> Reviewed:
    """Serve the page of a sheet until it is finished, and return what was read.

    Parameters
    ----------
    sheet
        A review sheet, .csv or .tsv.
    tell
        Called with lines to show; without it they are written to standard error.

    Raises
    ------
    InputError, UsageError, ConfigError
        Before the page is there.
    """
    say = tell or _to_standard_error
    _check_extra()
    from mlstrat.workflow.error_table.review import read
    from mlstrat.workflow.error_table.review.example_read import Examples
    from mlstrat.workflow.error_table.review.server import Page, Server
    from mlstrat.workflow.error_table.review.session import Session

    path = read.check_sheet(sheet)
    run, error, against = asked["run"], asked["error"], asked["against"]
    rate = None if error is None else parse_rate(error, "the error")
    worth = None if asked["worth"] is None else parse_rate(asked["worth"], "--worth").value
    if rate is not None and run is not None:
        raise UsageError("--run says the error already", accepted="--run or --error")
    if not 0 <= asked["port"] < 2**16:
        raise UsageError(f"--port is {asked['port']}", accepted="0 to 65535")
    how = settle(run, asked)
    others = None
    if asked["reader"] is not None and against is not None:
        raise UsageError("--reader reads for the first time, and --against what was read",
                         accepted="one of the two")  # fmt: skip
    target = path
    if asked["reader"] is not None:
        target = read.reader_path(path, asked["reader"])
        _check_there(path)
        read.blank_copy(path, target)
    elif against is not None:
        _check_there(path)
        target, others = read.agreed_copy(path, read.check_sheet(against))
    _check_there(target)
    with SheetLock(target):
        tags = names_of(asked["tags"])
        opened = read.opened(target, tags, asked, how)
        known = read.known_of(opened, how, asked, rate, worth)
        shown = read.shown_of(opened, {**asked, "show": names_of(asked["show"])}, known, others)
        about = {"sheet": target.name, "blind": shown.blind, "next": _next(opened, asked)}
        session = Session(opened)
        page = Page(session, Examples(opened, shown, known), known, about)
        server = Server(page, asked["port"], tuple(names_of(asked["allow_host"])))
        server.start()
        say(f"Reading {harmless(str(target))} ({count(len(opened.keys))} rows) at "
            f"{server.address}   Ctrl-C when you are done; every tag is saved as you set it."
            )  # fmt: skip
        if (office := target.with_name(f".~lock.{target.name}#")).exists():
            say(f"LibreOffice has this sheet open ({office.name}): what it saves is merged, but "
                "close it before you go on there, or it writes over what you tag here")  # fmt: skip
        with contextlib.ExitStack() as opening:
            if not asked["no_open"] and _has_windows():
                _open_browser(opening.enter_context(_redirect(server.address)))
            _wait(page.finished)
        server.stop()
        trouble = session.close()
    return _reviewed(opened, target, asked, trouble)


@skippable
@asks(REVIEW)
def review(sheet: Any, **asked: Unpack[Asked]) -> ErrorTableDocument | None:
    """Serve a page on which to read and tag the examples of a sheet; return their error table.

    It runs until the button Finish or Ctrl-C ends it. Every change is saved into the sheet, which
    stays a plain CSV that a spreadsheet may edit meanwhile.

    Parameters
    ----------
    sheet
        A review sheet, .csv or .tsv.

    Returns
    -------
    As `error_table` does of the sheet; None where no error was read.

    Raises
    ------
    InputError, UsageError, ConfigError
        Before the page is there.
    """
    from mlstrat.workflow.error_table.answer import error_table

    done = run_review(sheet, **asked)
    shared = ("run", "error", "columns", "split", "split_as", "positive", "threshold", "config",
              "confidence")  # fmt: skip
    try:
        return error_table(str(done.sheet), **{x: asked[x] for x in shared})  # type: ignore[literal-required]
    except InputError:
        if done.read:
            raise
        return None


def _check_extra() -> None:
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in ("starlette", "uvicorn")):
        raise UsageError(
            "the page needs Starlette and uvicorn", hint="pip install 'mlstrat[review]'"
        )


def _check_there(path: Path) -> None:
    if path.is_dir():
        raise InputError("a folder, not a review sheet", file=str(path))
    if not path.exists():
        raise InputError("no such file", file=str(path), hint="draw a sheet first: "
                         f"mlstrat sample run.csv -n 100 -o {shlex.quote(str(path))}")  # fmt: skip
    if not os.access(path, os.W_OK):
        raise InputError("cannot be written: it is read-only", file=str(path),
                         hint="a review is saved into the sheet; copy it")  # fmt: skip


def _next(sheet: OpenSheet, asked: Any) -> str:
    from mlstrat.data.sheet.design import SUSPECT

    suspects = all(row.stratum == SUSPECT for row in sheet.file.sheet.rows)
    command = "mislabels" if suspects else "error-table"
    words = ["mlstrat", command, str(sheet.path)]
    for name in ("run", "error"):
        if isinstance(asked[name], str | float | Path):
            words += [f"--{name}", str(asked[name])]
    return harmless(" ".join(map(shlex.quote, words)))


def _reviewed(sheet: OpenSheet, path: Path, asked: Any, trouble: str) -> Reviewed:
    read = [row for row in sheet.rows.values() if row.read]
    tags = {tag for row in read for tag in row.named}
    return Reviewed(path, len(sheet.keys), len(read), len(tags), _next(sheet, asked), trouble)


def _to_standard_error(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def _redirect(address: str) -> Iterator[Path]:
    """Give a file of the user's own that leads to the page: `ps` shows what a browser is told."""
    handle, name = tempfile.mkstemp(prefix="mlstrat-", suffix=".html")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write('<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" '
                       f'content="0;url={escape(address)}"><title>mlstrat review</title>'
                       )  # fmt: skip
        yield Path(name)
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink()


def _has_windows() -> bool:
    """Whether a browser would open a window; one of the terminal would take it."""
    shown = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return not sys.platform.startswith("linux") or any(map(os.environ.get, shown))


def _open_browser(file: Path) -> None:
    """Start a browser, if there is one; the address is printed in any case."""
    import webbrowser

    def work() -> None:
        with contextlib.suppress(OSError, webbrowser.Error):
            webbrowser.open(file.as_uri())

    threading.Thread(target=work, daemon=True).start()


def _wait(finished: threading.Event) -> None:
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) == signal.SIG_DFL:
                number = getattr(signal, name)
                before[number] = signal.signal(number, lambda *_: finished.set())
    try:
        while not finished.wait(0.5):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        for number, old in before.items():
            signal.signal(number, old)
