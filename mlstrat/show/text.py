"""Blocks → text for a terminal, a log or a file; colour and width follow the console."""

from __future__ import annotations

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
    from rich.text import Text

COLOURS = {"issue": "red", "tip": "green", "note": "cyan"}
TO_COPY = ("next: mlstrat ", "then: mlstrat ")
"""How lines begin that are to be copied."""
NARROWEST, WIDEST = 20, 1000


def render(blocks: Iterable[Block], width: int = 80) -> str:
    """Return plain text of at most `width` columns."""
    from io import StringIO

    from rich.console import Console

    file = StringIO()
    # In a notebook rich would show it, too, as an output of its own, and a kernel asks for bold.
    console = Console(
        file=file,
        width=width,
        no_color=True,
        legacy_windows=False,
        force_jupyter=False,
        force_terminal=False,
    )
    show(blocks, console)
    return inert(file.getvalue())


def terminal() -> Console:
    """Return a console on standard output; a reader that went away is the caller's to handle."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    # Nothing asks for the height, and rich fails where a variable holds an odd digit, as ².
    variables = {k: x for k, x in os.environ.items() if k not in ("COLUMNS", "LINES")}
    # Where standard output is closed there is none.
    stream = sys.stdout and cast("IO[str]", Inert(sys.stdout))
    return Terminal(
        file=stream,
        force_jupyter=False,
        width=columns_told(os.environ.get("COLUMNS", "")),
        _environ=variables,
    )


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


def show(blocks: Iterable[Block], console: Console) -> None:
    """Print blocks on a console, in one write; other people's text is never read as markup."""
    with console:
        _show(blocks, console)


def knows_unicode(console: Console) -> bool:
    """Tell whether a terminal shows more than ASCII."""
    return console.encoding.lower().startswith("utf")


def _show(blocks: Iterable[Block], console: Console) -> None:
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


def _show_block(block: Block, console: Console) -> None:
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
            from mlstrat.show.text_table import show_table

            show_table(console, block, plain=not knows_unicode(console))
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
    console: Console, text: str, style: str, indent: str = "", first: str | None = None
) -> None:
    for line in textwrap.wrap(
        text,
        max(console.width, 20),
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,  # an option or a command stays one word
    ):
        _print(console, line, style)


def _print(console: Console, text: str | Text, style: str = "") -> None:
    from rich.text import Text

    shown = Text(text, style) if isinstance(text, str) else text
    if not knows_unicode(console):
        shown = Text(shown.plain.translate(PLAIN), shown.style)
    console.print(shown, highlight=False, soft_wrap=True)


def _item(console: Console, item: Item) -> None:
    from rich.text import Text

    head = Text.assemble(
        (f"{item.severity} {item.code} ", f"bold {COLOURS[item.severity]}"), (item.title, "bold")
    )
    if item.brief:
        head.truncate(console.width, overflow="ellipsis")
        _print(console, head)
        _print(console, _one_line((item.text, *item.next_steps), console.width))
        return
    if len(head.plain) <= console.width:
        _print(console, head)
    else:
        _wrapped(console, head.plain, "bold", "  ", "")
    _wrapped(console, item.text, "", "  ")
    for step in item.next_steps:
        _wrapped(console, step, "", "    ", "  • ")


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
