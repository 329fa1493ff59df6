"""The ladder and tables in text: they stay tables, however narrow the terminal.

Too wide a table gets two-line heads first, then its longest texts wrap, then each row takes
two lines or more.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlstrat.core.record import Record
from mlstrat.show.blocks import PLAIN, Bar, Ladder, Step, Table

if TYPE_CHECKING:
    from rich.table import Table as RichTable
    from rich.text import Text

NARROWEST_TEXT = 16
"""Columns below which no text is wrapped: what is narrower is read worse than a second line."""

MOST_LINES = 6
"""Lines a row takes at most."""


class Layout(Record):
    """A table as it is printed: cells may hold several lines."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int
    gutter: int

    @property
    def widths(self) -> list[int]:
        """The width of each column."""
        from rich.cells import cell_len

        table = (self.columns, *self.rows)
        return [
            max(cell_len(line) for cell in column for line in cell.split("\n"))
            for column in zip(*table, strict=True)
        ]

    @property
    def width(self) -> int:
        """The width of all, with the gutters between."""
        return sum(self.widths) + self.gutter * (len(self.columns) - 1)


def laid_out(table: Table, width: int) -> Layout:
    """Return a table laid out for a terminal."""
    whole = Layout(table.columns, table.rows, table.left, 3)
    if whole.width <= width or len(table.columns) < 2:
        return whole
    if table.marks:
        return _wrapped(_named(table), width)
    for lines in range(1, min(MOST_LINES, len(table.columns))):
        found = _wrapped(_stacked(table, lines), width)
        if found.width <= width:
            return found
    return found


def _named(table: Table) -> Layout:
    """Return a table of marks with the names of its marked columns beside each row."""
    rows = [
        (row[0], ", ".join(
            column if cell == "x" else f"{column} {cell}"
            for column, cell in zip(table.columns[1:], row[1:], strict=True) if cell
        ))
        for row in table.rows
    ]  # fmt: skip
    return Layout((table.columns[0], "marked"), tuple(rows), 2, 2)


def _stacked(table: Table, lines: int) -> Layout:
    """Return a table whose columns stand in several lines of each row, the first alone."""
    per_line = -(-(len(table.columns) - 1) // lines)

    def levels(row: Sequence[str]) -> list[list[str]]:
        """Return what follows the first cell, a list a line."""
        found = [list(row[i : i + per_line]) for i in range(1, len(row), per_line)]
        found[-1] += [""] * (per_line - len(found[-1]))
        return found

    rows = [levels(row) for row in table.rows]
    widths = [max([len(cells[i]) for row in rows for cells in row] + [1]) for i in range(per_line)]
    heads = _heads(levels(table.columns), widths)
    first = table.columns[0]
    if lines == 1:  # as in any table, heads end in the same line
        first = "\n" * heads[0].count("\n") + first
    else:
        first += "\n" * heads[0].count("\n")
    return Layout(
        (first, *heads),
        tuple(
            (row[0], *("\n".join(cells) for cells in zip(*stack, strict=True)))
            for row, stack in zip(table.rows, rows, strict=True)
        ),
        table.left,
        2,
    )


def _heads(levels: Sequence[Sequence[str]], widths: Sequence[int]) -> list[str]:
    """Return the heads, each in as many lines as keep it no wider than its cells."""
    words = [x.split() or [""] for x in (text for level in levels for text in level)]
    longest = [
        max(len(word) for texts in words[i :: len(widths)] for word in texts)
        for i in range(len(widths))
    ]
    columns: list[list[str]] = [[] for _ in widths]
    for level in levels:
        folded = [
            textwrap.wrap(text, max(width, word, -(-len(text) // 2)), break_on_hyphens=False)
            for text, width, word in zip(level, widths, longest, strict=True)
        ]
        deepest = max(map(len, folded))
        for column, lines in zip(columns, folded, strict=True):
            column.extend([""] * (deepest - len(lines)) + lines)
    return ["\n".join(column) for column in columns]


def _wrapped(layout: Layout, width: int) -> Layout:
    """Return a layout whose longest texts are wrapped until it fits, or can be no narrower."""
    while (over := layout.width - width) > 0:
        widths = layout.widths
        texts = [i for i in range(len(widths)) if _is_text(layout, i)]
        if not texts:
            break
        i = max(texts, key=lambda i: widths[i])
        room = max(widths[i] - over, NARROWEST_TEXT, min(_longest_word(layout, i), width // 2))
        if room >= widths[i]:
            break
        narrower = [tuple(_fold(x, room) if j == i else x for j, x in enumerate(row))
                    for row in (layout.columns, *layout.rows)]  # fmt: skip
        before, layout = layout, Layout(narrower[0], tuple(narrower[1:]), layout.left, 2)
        if layout.widths[i] >= before.widths[i]:
            break
    return layout


def _is_text(layout: Layout, i: int) -> bool:
    """Tell whether a column holds words, not figures alone."""
    return any((len(cell) > NARROWEST_TEXT and " " in cell) or i < layout.left
               for row in layout.rows for cell in (row[i],))  # fmt: skip


def _longest_word(layout: Layout, i: int) -> int:
    """Return how wide a column must be, so that no word of it is broken."""
    return max(len(word) for row in layout.rows for word in (row[i].split() or [""]))


def _fold(text: str, room: int) -> str:
    """Return a cell in lines of so many columns; what was stacked stays so."""
    lines = [
        part
        for line in text.split("\n")
        for part in textwrap.wrap(line, room, break_on_hyphens=False) or [""]
    ]
    return "\n".join(lines)


def rich_table(table: Table, width: int, *, plain: bool) -> RichTable:
    """Return a table for rich to draw, `plain` where the terminal shows ASCII alone."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    layout = laid_out(table, width)
    right = layout.gutter - 2
    out = RichTable(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, safe_box=True,
        padding=(0, 1, 0, right),
    )  # fmt: skip

    def cell(text: str) -> Text:
        return Text(text.translate(PLAIN) if plain else text)

    for i, column in enumerate(layout.columns):
        out.add_column(
            cell(column), justify="left" if i < layout.left else "right", overflow="fold"
        )
    for row in layout.rows:
        out.add_row(*(cell(x) for x in row))
    return out


NAME_WIDTH, LABEL_WIDTH = 10, 9
"""Of a bar of the ladder without columns."""


def ladder_lines(ladder: Ladder, width: int) -> list[str]:
    """Return the ladder as lines of at most `width` characters.

    The bar is solid up to the lower end of the interval, shaded to the upper one, with the value
    where the shade changes.
    """
    if ladder.columns:
        return _lines_with_cells(ladder, width)
    room = max(width - NAME_WIDTH - LABEL_WIDTH - 2, 5)
    lines = []
    for part in ladder.parts:
        if isinstance(part, Step):
            lines.append(_under_the_bars(_step(part, width), width))
            continue
        bar = _bar(part, room)
        lines.append(f"{part.name:{NAME_WIDTH}}{part.label:>{LABEL_WIDTH}}  {bar}".rstrip())
    if ladder.legend:
        lines.append("")
        lines.append(_under_the_bars("▓ below and ░ above: the interval", width))
    return lines


def _lines_with_cells(ladder: Ladder, width: int) -> list[str]:
    """Return the ladder with its intervals and rows beside the bars, steps between them."""
    bars = [part for part in ladder.parts if isinstance(part, Bar)]
    rows = [(bar.name, bar.label, *bar.cells) for bar in bars]
    table = [("", *ladder.columns), *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    room = max(width - sum(widths) - 2 * len(widths), 5)

    def cells(row: tuple[str, ...]) -> str:
        first, *others = (f"{x:{w}}" if not i else f"{x:>{w}}"
                          for i, (x, w) in enumerate(zip(row, widths, strict=True)))  # fmt: skip
        return "  ".join((first, *others))

    lines = [cells(table[0]).rstrip()]
    for part in ladder.parts:
        if isinstance(part, Bar):
            row = (part.name, part.label, *part.cells)
            lines.append(f"{cells(row)}  {_bar(part, room)}".rstrip()[:width])
            continue
        text = _step(part, width - widths[0] - 2)
        indent = min(widths[0] + 2, max(width - len(text), 0))
        lines += textwrap.wrap(text, width, initial_indent=" " * indent, subsequent_indent="    ")
    return lines


def _step(step: Step, room: int) -> str:
    """Return a gap; where its mark does not fit its sign alone, which the verdict explains."""
    text = f"↓ {step.text}"
    if not step.mark:
        return text
    whole = f"{text}  {step.mark}"
    return whole if len(whole) <= room else f"{text}  {step.mark[0]}"


def _bar(bar: Bar, room: int) -> str:
    low, value, high = (round(room * x) for x in (bar.low, bar.value, bar.high))
    return "█" * low + "▓" * (value - low) + "░" * (high - value)


def _under_the_bars(text: str, width: int) -> str:
    indent = min(NAME_WIDTH + LABEL_WIDTH + 2, max(width - len(text), 0))
    return (" " * indent + text)[:width]
