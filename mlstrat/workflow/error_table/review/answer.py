# Over 300 lines: what is read before the page is there, and how it is served.
"""`review`: a page to read the examples of a sheet, until it is finished."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.record import Record
from mlstrat.core.wording import count
from mlstrat.data.rates import Rate, parse_rate
from mlstrat.data.settings import Settled, names_of, settle
from mlstrat.data.sheet.editing import OpenSheet
from mlstrat.data.sheet.pieces import SheetFile, SheetLock, read_sheet_file, write_in_place
from mlstrat.data.sheet.read import read_sheet
from mlstrat.errors import InputError, UsageError, harmless
from mlstrat.tasks.asking import skippable
from mlstrat.workflow.error_table.match_run import columns_of_run, counted
from mlstrat.workflow.error_table.review.command import REVIEW, Asked
from mlstrat.workflow.error_table.review.compute import Known
from mlstrat.workflow.error_table.review.example_read import (
    Examples,
    Media,
    Shown,
    column_named,
    columns_shown,
    media_of,
)

if TYPE_CHECKING:
    from mlstrat.workflow.error_table.document import ErrorTableDocument


ENDINGS = (".csv", ".tsv")


def check_sheet(sheet: Any) -> Path:
    """Return the path of a sheet that can be written back."""
    if not isinstance(sheet, str | Path):
        raise UsageError("a frame cannot be reviewed: a sheet is written back",
                         accepted="a .csv or .tsv file")  # fmt: skip
    path = Path(sheet)
    if str(sheet) == "-" or path.suffix.lower() not in ENDINGS:
        what = "standard input" if str(sheet) == "-" else path.suffix or "a file without an ending"
        raise UsageError(f"{what} cannot be reviewed: a sheet is written back", file=str(sheet),
                         accepted="a .csv or .tsv file")  # fmt: skip
    return path


def reader_path(sheet: Path, name: str) -> Path:
    """Return where a second reader's answers go: beside the sheet."""
    if not name.strip() or any(x in name for x in "/\\\0") or ".." in name or len(name) > 60:
        raise UsageError(f"--reader {name!r} is not a name for a file",
                         accepted="a short name without / and ..")  # fmt: skip
    return sheet.with_name(f"{sheet.stem}.{name.strip()}{sheet.suffix}")


def blank_copy(sheet: Path, target: Path) -> None:
    """Write a sheet of the same rows and design, without answers, unless it is there."""
    file = read_sheet_file(sheet)
    if target.exists():
        _check_same(read_sheet_file(target), file, target)
        return
    columns = [file.sheet.layout.at[name] for name in file.sheet.layout.review]
    for row in range(len(file.at)):
        file.set_cells(row, dict.fromkeys(columns, ""))
    _write_new(target, file)


def _check_same(one: SheetFile, other: SheetFile, path: Path) -> None:
    apart = {r.key for r in one.sheet.rows} ^ {r.key for r in other.sheet.rows}
    if apart:
        raise InputError(
            f"{count(len(apart))} rows are on one of the two sheets alone", file=str(path),
            accepted=f"the rows of {other.sheet.origin}",
            hint="was one of them added to? Add the same rows to both",
        )  # fmt: skip


def _write_new(target: Path, file: SheetFile) -> None:
    try:
        write_in_place(target, file.to_pieces())
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=str(target)) from None


def agreed_copy(one: Path, other: Path) -> tuple[Path, dict[str, list[dict[str, Any]]]]:
    """Return the sheet of what two readers agree on, made on first use, and where they differ."""
    target = one.with_name(f"{one.stem}.agreed{one.suffix}")
    left, right = OpenSheet(one), OpenSheet(other)
    _check_same(right.file, left.file, other)
    both = [k for k in left.keys if left.rows[k].read and right.rows[k].read]
    if not both:
        raise InputError("no row was read by both", file=str(other), accepted="two sheets, read")
    apart = {
        key: [
            {"reader": path.name, "tags": list(x.named), "mislabeled": x.mislabeled,
             "true_label": x.true_label, "comment": x.comment}
            for path, x in ((one, left.rows[key]), (other, right.rows[key]))
        ]
        for key in both
        if (set(left.rows[key].named), left.rows[key].mislabeled)
        != (set(right.rows[key].named), right.rows[key].mislabeled)
    }  # fmt: skip
    if not apart:
        raise InputError(f"the two agree on all {count(len(both))} rows that both read",
                         file=str(other))  # fmt: skip
    if target.exists():
        _check_same(read_sheet_file(target), left.file, target)
    else:
        columns = [left.file.sheet.layout.at[name] for name in left.file.sheet.layout.review]
        for row, key in enumerate(left.keys):
            if key in apart or not right.rows[key].read:
                left.file.set_cells(row, dict.fromkeys(columns, ""))
        _write_new(target, left.file)
    return target, apart


def open_sheet(
    path: Path, tags: Sequence[str], asked: Mapping[str, Any], how: Settled
) -> OpenSheet:
    """Open a sheet to be filled in."""
    shown, tags_from, run = str(path), asked["tags_from"], asked["run"]
    columns, of_run = how.columns, tuple[str, ...]()
    if run is not None:
        columns, of_run = {}, columns_of_run(run)
    try:
        more = () if tags_from is None else read_sheet(tags_from).tags
        sheet = OpenSheet(path, [*tags, *more], columns, of_run)
    except ValueError as error:
        raise UsageError(f"--tag: {error}") from None
    if any(row.id is None for row in sheet.file.sheet.rows):
        row = next(r.row for r in sheet.file.sheet.rows if r.id is None)
        raise InputError("a row without an id, by which it is told from others", file=shown,
                         row=row, accepted="a column id, filled in every row",
                         hint=_drawn(shown))  # fmt: skip
    layout = sheet.file.sheet.layout
    if "stratum" not in layout.lower and not layout.review:
        raise InputError("a run, not a review sheet", file=shown, hint=_drawn(shown))
    return sheet


def _drawn(shown: str) -> str:
    return f"draw a sheet first: mlstrat sample {shown} -n 100 -o review.csv"


def known_of(
    sheet: OpenSheet, how: Settled, asked: Mapping[str, Any], rate: Rate | None, worth: float | None
) -> Known:
    """Return what is known of the split, its run counted once."""
    reading = {**how.reading, "split": how.split}
    found = counted(sheet.file.sheet, asked["run"], rate, how.sampling, reading, unread=True)
    of_run = None
    if asked["run"] is not None:
        rows = found.sheet.rows
        of_run = {row.id or "": (row.label, row.prediction, row.split) for row in rows}
    errors = found.errors
    return Known(found.split, found.split_name, errors.positive, how.sampling, worth, of_run)


def shown_of(
    sheet: OpenSheet, asked: Mapping[str, Any], known: Known,
    others: dict[str, list[dict[str, Any]]] | None,
) -> Shown:  # fmt: skip
    """Return what the page shows."""
    header = [x for x in sheet.file.names if x]
    for name in asked["show"]:
        if column_named(header, name) is None:
            raise UsageError(f"--show names no column: {name!r}", accepted=", ".join(header))
    if asked["blind"] and known.of_run is None and not sheet.file.sheet.has_predictions:
        raise UsageError("--blind has nothing to hide: the sheet holds no label and prediction",
                         accepted="a sheet with both, or --run RUN")  # fmt: skip
    media: Media | None = None
    if asked["media"] is not None:
        rows = []
        for i, row in enumerate(sheet.file.sheet.rows):
            cells = zip(sheet.file.names, sheet.file.cells(i), strict=True)
            rows.append({**{n: x.strip() for n, x in cells}, "": row.id or ""})
        media = media_of(asked["media"], asked["file"], header, rows)
    elif asked["file"] is not None:
        raise UsageError("--file names the column of files, and --media their folder is missing")
    return Shown(columns_shown(list(asked["show"]), header), bool(asked["blind"]), media, others)


Tell = Callable[[str], None]


class Reviewed(Record):
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
    from mlstrat.workflow.error_table.review.server import Page, Server
    from mlstrat.workflow.error_table.review.session import Session

    path = check_sheet(sheet)
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
        target = reader_path(path, asked["reader"])
        _check_there(path)
        blank_copy(path, target)
    elif against is not None:
        _check_there(path)
        target, others = agreed_copy(path, check_sheet(against))
    _check_there(target)
    with SheetLock(target):
        tags = names_of(asked["tags"])
        opened = open_sheet(target, tags, asked, how)
        known = known_of(opened, how, asked, rate, worth)
        shown = shown_of(opened, {**asked, "show": names_of(asked["show"])}, known, others)
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
