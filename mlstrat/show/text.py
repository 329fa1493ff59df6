"""Blocks → text for a terminal, a log or a file; colour and width follow the console."""

from __future__ import annotations

import contextlib
import os
import sys
import textwrap
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from mlstrat.errors import inert
from mlstrat.show.blocks import (
    PLAIN,
    Block,
    Checklist,
    Fold,
    Heading,
    Illustration,
    Item,
    Ladder,
    Lead,
    Paragraph,
    Table,
    Verdict,
)

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {"issue": "red", "tip": "green", "note": "cyan"}
CONTROLS = dict.fromkeys(b"\a\b\v\f\r")
"""What rich leaves out of a text."""
TO_COPY = ("next: mlstrat ", "then: mlstrat ")
"""How lines begin that are to be copied."""
NARROWEST, WIDEST = 20, 1000


def render(blocks: Iterable[Block], width: int = 80) -> str:
    """Return plain text of at most `width` columns."""
    from io import StringIO

    file = StringIO()
    show(blocks, Plain(file, width))
    return inert(file.getvalue())


class Plain:
    """A console for what is no terminal: text alone, and a file that rich draws tables on.

    Loading rich takes longer than all else that a document of few lines needs.
    """

    def __init__(self, stream: TextIO, width: int) -> None:
        self.stream, self.width, self.written = stream, width, list[str]()
        self.encoding: str = getattr(stream, "encoding", None) or "utf-8"

    def __enter__(self) -> None:
        """Keep what is written from now on."""

    def __exit__(self, *_: object) -> None:
        """Write what was kept, at once."""
        if self.written:
            self.stream.write("".join(self.written))
            self.stream.flush()

    def write(self, text: str) -> None:
        """Keep a text."""
        self.written.append(text)

    def flush(self) -> None:
        """Do nothing: rich asks for it."""

    def print(self, drawn: Any, *, highlight: bool) -> None:
        """Keep what rich draws."""
        from rich.console import Console

        # In a notebook rich would show it, too, as an output of its own; a kernel asks for bold.
        console = Console(
            file=cast("IO[str]", self),
            width=self.width,
            no_color=True,
            legacy_windows=False,
            force_jupyter=False,
            force_terminal=False,
        )
        console.print(drawn, highlight=highlight)


def terminal() -> Console | Plain:
    """Return a console on standard output; a reader that went away is the caller's to handle."""
    # Where standard output is closed there is none.
    stream = sys.stdout and cast("TextIO", Inert(sys.stdout))
    width = columns_told(os.environ.get("COLUMNS", ""))
    if stream and not _draws(stream):
        return Plain(stream, width or _columns_beside())
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    # Nothing asks for the height, and rich fails where a variable holds an odd digit, as ².
    variables = {k: x for k, x in os.environ.items() if k not in ("COLUMNS", "LINES")}
    return Terminal(file=stream, force_jupyter=False, width=width, _environ=variables)


def _draws(stream: TextIO) -> bool:
    """Tell whether more than plain text may be wanted, which rich finds out."""
    forced = "FORCE_COLOR" in os.environ or "TTY_COMPATIBLE" in os.environ
    return forced or os.name == "nt" or stream.closed or stream.isatty()


def _columns_beside() -> int:
    """Return the width of a terminal that the process has beside a piped output; 80 without one."""
    for stream in range(3):
        with contextlib.suppress(OSError):
            return os.get_terminal_size(stream).columns or 80
    return 80


def columns_told(text: str) -> int | None:
    """Return the width that the variable COLUMNS tells; None where it is left to the terminal.

    What is no width is 80: nothing would be shown at 0. Narrower than a word no text can be, and
    the longest line of any document is shorter than the widest.
    """
    text = text.strip()
    if not text:
        return None
    width = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    return min(max(width, NARROWEST), WIDEST) if width else 80


class Inert:
    """A stream on which no line steers the runner of a CI job.

    Lines are made by wrapping and folding, so that only here it is known what starts one.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write whole lines."""
        return self.stream.write(inert(text))

    def __getattr__(self, name: str) -> Any:
        """Return what the stream has; it is asked once."""
        self.__dict__[name] = found = getattr(self.stream, name)
        return found


def show(blocks: Iterable[Block], console: Console | Plain) -> None:
    """Print blocks on a console, in one write; other people's text is never read as markup."""
    with console:
        _show(blocks, console)


def knows_unicode(console: Console | Plain) -> bool:
    """Tell whether a terminal shows more than ASCII."""
    return console.encoding.lower().startswith("utf")


def _show(blocks: Iterable[Block], console: Console | Plain) -> None:
    before: Block | None = None
    for block in blocks:
        # A paragraph goes on from what stands before it, but for a finding.
        if before is not None and _apart(before, block):
            _print(console, "")
        before = block
        _show_block(block, console)


def _apart(before: Block, block: Block) -> bool:
    """Tell whether a blank line stands between two blocks."""
    if isinstance(before, Item) and isinstance(block, Item):
        return not (before.brief and block.brief)
    return isinstance(before, Item | Checklist) or not isinstance(block, Paragraph)


def _show_block(block: Block, console: Console | Plain) -> None:
    match block:
        case Verdict(text) | Lead(text):
            _wrapped(console, text, "bold")
        case Heading(text):
            _wrapped(console, text, "bold underline")
        case Paragraph(text) if text.startswith(TO_COPY):
            _print(console, text)  # whole: a line end would make two commands of it
        case Paragraph(text):
            _wrapped(console, text, "")
        case Table():
            from mlstrat.show.text_table import rich_table

            table = rich_table(block, console.width, plain=not knows_unicode(console))
            console.print(table, highlight=False)
        case Checklist(items, boxes):
            for item in items:
                first = "  [ ] " if boxes else "  • "
                _wrapped(console, item, "", " " * len(first), first)
        case Ladder():
            from mlstrat.show.text_table import ladder_lines

            for line in ladder_lines(block, console.width):
                _print(console, line, "bold" if "◀" in line else "")
        case Item():
            _item(console, block)
        case Fold(text, inner):
            _print(console, text, "underline")
            _show(inner, console)
        case Illustration(alt, path):
            _wrapped(console, alt if path is None else f"{alt} ({path})", "")


def _wrapped(
    console: Console | Plain, text: str, style: str, indent: str = "", first: str | None = None
) -> None:
    for line in textwrap.wrap(
        text,
        max(console.width, 20),
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,  # an option or a command stays one word
    ):
        _print(console, line, style)


def _print(console: Console | Plain, text: str, style: str = "", colour: str = "") -> None:
    """Print a line; its first two words are coloured."""
    if not knows_unicode(console):
        text = text.translate(PLAIN)
    if isinstance(console, Plain):
        console.write(text.translate(CONTROLS).expandtabs() + "\n")
        return
    from rich.text import Text

    line = Text(text, style)
    if colour:
        line.stylize(colour, 0, len(" ".join(text.split(" ", 2)[:2])) + 1)
    console.print(line, highlight=False, soft_wrap=True)


def _item(console: Console | Plain, item: Item) -> None:
    colour, head = COLOURS[item.severity], f"{item.severity} {item.code} {item.title}"
    if item.brief:
        _print(console, _shortened(head, console.width), "bold", colour)
        _print(console, _one_line((item.text, *item.next_steps), console.width))
        return
    if len(head) <= console.width:
        _print(console, head, "bold", colour)
    else:
        _wrapped(console, head, "bold", "  ", "")
    _wrapped(console, item.text, "", "  ")
    for step in item.next_steps:
        _wrapped(console, step, "", "    ", "  • ")


def _shortened(text: str, width: int) -> str:
    """Return a text that fits in so many columns."""
    if text.isascii():
        return text if len(text) <= width else text[: width - 1] + "…"
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def _one_line(sentences: Iterable[str], width: int) -> str:
    """Return what fits in a line of these: as many as do, the first shortened at a word."""
    line = ""
    for sentence in filter(None, sentences):
        more = f"{line}; {sentence}" if line and line[-1] not in ".:?!" else f"{line} {sentence}"
        if len(more.strip()) + 2 > width:
            break
        line = more.strip()
    if not line:
        longest = max(width - 2, 10)
        line = textwrap.shorten(next(filter(None, sentences), ""), longest, placeholder=" …")
    return f"  {line}"
