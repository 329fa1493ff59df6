"""Blocks → text for a terminal, a log or a file; colour and width follow the console."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from mlstrat.errors import inert
from mlstrat.show.blocks import (
    Block,
    Checklist,
    Fold,
    Heading,
    Illustration,
    Item,
    Ladder,
    Lead,
    Paragraph,
    Step,
    Table,
    Verdict,
)

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {"issue": "red", "tip": "green", "note": "cyan"}
NAME_WIDTH, LABEL_WIDTH = 10, 9
NARROWEST, WIDEST = 20, 1000
PLAIN = str.maketrans({"█": "#", "▓": "=", "░": "-", "→": ">", "◀": "<", "◁": "<", "↓": "|",
                       "–": "-", "•": "*", "…": "~", "β": "b", "Σ": "S", "×": "x", "−": "-",
                       "≤": "<=", "“": '"', "”": '"', "α": "a", "ᵢ": "i", "ⱼ": "j",
                       "⁻": "-"})  # fmt: skip


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

    Examples
    --------
    >>> [columns_told(text) for text in ("", "0", "-5", "wide", "7", "100", "10000000000")]
    [None, 80, 80, 80, 20, 100, 1000]
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
        return getattr(self.stream, name)


def show(blocks: Iterable[Block], console: Console) -> None:
    """Print blocks on a console, in one write; other people's text is never read as markup."""
    with console:
        _show(blocks, console)


def _show(blocks: Iterable[Block], console: Console) -> None:
    from rich.text import Text

    before: Block | None = None
    for block in blocks:
        # A paragraph goes on from what stands before it, but for a finding.
        if before is not None and (
            isinstance(before, Item | Checklist) or not isinstance(block, Paragraph)
        ):
            _print(console, Text(""))
        before = block
        _show_block(block, console)


def _show_block(block: Block, console: Console) -> None:
    from rich.text import Text

    match block:
        case Verdict(text) | Lead(text):
            _wrapped(console, text, "bold")
        case Heading(text):
            _wrapped(console, text, "bold underline")
        case Paragraph(text):
            _wrapped(console, text, "")
        case Table():
            _table(console, block)
        case Checklist(items, boxes):
            for item in items:
                first = "  [ ] " if boxes else "  • "
                _wrapped(console, item, "", " " * len(first), first)
        case Ladder():
            for line in ladder_lines(block, console.width):
                _print(console, Text(line, "bold" if "◀" in line else ""))
        case Item():
            _item(console, block)
        case Fold(text, inner):
            _print(console, Text(text, "underline"))
            _show(inner, console)
        case Illustration(alt, path):
            _wrapped(console, alt if path is None else f"{alt} ({path})", "")


def _wrapped(
    console: Console, text: str, style: str, indent: str = "", first: str | None = None
) -> None:
    from rich.text import Text

    start = indent if first is None else first
    lines = textwrap.wrap(
        text,
        max(console.width, 20),
        initial_indent=start,
        subsequent_indent=indent,
        break_on_hyphens=False,  # an option or a command stays one word
    )
    for line in lines:
        _print(console, Text(line, style))


def _print(console: Console, text: object) -> None:
    from rich.text import Text

    if isinstance(text, Text) and not _unicode(console):
        text = Text(text.plain.translate(PLAIN), text.style)
    console.print(text, highlight=False, soft_wrap=True)


def _unicode(console: Console) -> bool:
    return console.encoding.lower().startswith("utf")


def _item(console: Console, item: Item) -> None:
    from rich.text import Text

    head = Text.assemble(
        (f"{item.severity} {item.code} ", f"bold {COLOURS[item.severity]}"), (item.title, "bold")
    )
    if len(head.plain) <= console.width:
        _print(console, head)
    else:
        _wrapped(console, head.plain, "bold", "  ", "")
    _wrapped(console, item.text, "", "  ")
    for step in item.next_steps:
        _wrapped(console, step, "", "    ", "  • ")


def ladder_lines(ladder: Ladder, width: int) -> list[str]:
    """Return the ladder as lines of at most `width` characters.

    The bar is solid up to the lower end of the interval, shaded to the upper one, with the value
    where the shade changes.

    Examples
    --------
    >>> from mlstrat.show.blocks import Bar
    >>> print(*ladder_lines(Ladder((Bar("dev", 0.5, 0.25, 1.0, "8.0%"),), False), 28), sep="\\n")
    dev            8.0%  ██▓▓░░░
    """
    room = max(width - NAME_WIDTH - LABEL_WIDTH - 2, 5)
    lines = []
    for part in ladder.parts:
        if isinstance(part, Step):
            text = f"↓ {part.text}" + (f"  {part.mark}" if part.mark else "")
            lines.append(_under_the_bars(text, width))
            continue
        low, value, high = (round(room * x) for x in (part.low, part.value, part.high))
        bar = "█" * low + "▓" * (value - low) + "░" * (high - value)
        lines.append(f"{part.name:{NAME_WIDTH}}{part.label:>{LABEL_WIDTH}}  {bar}".rstrip())
    if ladder.legend:
        lines.append("")
        lines.append(_under_the_bars("▓ below and ░ above: the interval", width))
    return lines


def _under_the_bars(text: str, width: int) -> str:
    indent = min(NAME_WIDTH + LABEL_WIDTH + 2, max(width - len(text), 0))
    return (" " * indent + text)[:width]


def _table(console: Console, table: Table) -> None:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    widths = [max(map(len, column)) for column in zip(table.columns, *table.rows, strict=True)]
    if sum(widths) + 3 * (len(widths) - 1) > console.width:
        # Too wide for this terminal: a row as a sentence reads better than folded cells.
        for name, *cells in table.rows:
            named = zip(table.columns[1:], cells, strict=True)
            pairs = [f"{c} {x}" for c, x in named if x not in ("–", "")]
            _wrapped(console, f"{name}: {', '.join(pairs) or '–'}", "", "  ", "")
        return
    out = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, safe_box=True)
    plain = not _unicode(console)

    def cell(text: str) -> Text:
        return Text(text.translate(PLAIN) if plain else text)

    for i, column in enumerate(table.columns):
        out.add_column(cell(column), justify="left" if i < table.left else "right", overflow="fold")
    for row in table.rows:
        out.add_row(*(cell(x) for x in row))
    console.print(out, highlight=False)
