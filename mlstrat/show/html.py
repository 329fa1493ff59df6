"""Blocks → one HTML file that opens from a disk: no network, no script, light, dark and printed."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path

from mlstrat.core.wording import clean
from mlstrat.errors import RUNNER_MARK
from mlstrat.show.blocks import (
    Bar,
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

LINE = 80
"""Characters that a title may have to stand in one line of a wide page."""

Drawn = Callable[[Illustration], str]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
"""What a browser may do for this page: nothing but show it, whatever a label says."""


@cache
def style() -> str:
    """Return the style sheet, which stands in the page itself."""
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def page(title: str, blocks: Sequence[Block], generator: str) -> str:
    """Return a whole HTML document; its headings become parts, with a list of them at the top."""
    parts = _parts(blocks)
    links = "".join(
        f'<li><a href="#part-{i}">{safe(head.text)}</a></li>'
        for i, (head, _) in enumerate(parts)
        if head is not None
    )
    nav = f'<nav aria-label="Parts"><ol>{links}</ol></nav>\n' if links else ""
    body = [_part(i, head, inner) for i, (head, inner) in enumerate(parts)]
    if parts and parts[0][0] is None:
        body.insert(1, nav)
    whole = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<meta name="generator" content="{safe(generator)}">\n'
        f"<title>{safe(title)}</title>\n<style>\n{style()}</style>\n</head>\n<body>\n<main>\n"
        + "".join(body)
        + "</main>\n</body>\n</html>\n"
    )
    return re.sub(RUNNER_MARK, "#&#35;", whole)  # a page may be printed in a job


def _parts(blocks: Iterable[Block]) -> list[tuple[Heading | None, list[Block]]]:
    """Return the document cut at its headings of the first level."""
    parts: list[tuple[Heading | None, list[Block]]] = [(None, [])]
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            parts.append((block, []))
        else:
            parts[-1][1].append(block)
    return parts


def _part(i: int, head: Heading | None, blocks: list[Block]) -> str:
    if head is None:
        return f"<header>\n{elements(blocks, 'Summary')}</header>\n"
    name = f"part-{i}"
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">\n'
        f'<h2 id="{name}-title">{safe(head.text)}</h2>\n{elements(blocks, head.text)}</section>\n'
    )


def elements(blocks: Iterable[Block], under: str, figure: Drawn | None = None) -> str:
    """Return blocks as elements, their looks left to classes.

    `under` names the tables for who cannot see where they stand, until a heading does;
    without a `figure` a drawing becomes an SVG element.
    """
    out = []
    for block in blocks:
        if isinstance(block, Heading):
            under = block.text
        out.append(_block(block, under, figure or _illustration))
    return "".join(out)


def _block(block: Block, under: str, figure: Drawn) -> str:
    match block:
        case Verdict(text):
            head, rest = headline(text)
            return f"<h1>{safe(head)}</h1>\n" + (f'<p class="lead">{safe(rest)}</p>\n' * bool(rest))
        case Heading(text):
            return f"<h3>{safe(text)}</h3>\n"
        case Checklist(items):
            return "<ul>" + "".join(f"<li>{safe(x)}</li>" for x in items) + "</ul>\n"
        case Lead(text):
            return f'<p class="lead">{safe(text)}</p>\n'
        case Paragraph(text):
            return f"<p>{safe(text)}</p>\n"
        case Fold(title, inner):
            summary = f"<summary>{safe(title)}</summary>"
            return f"<details>{summary}\n{elements(inner, title, figure)}</details>\n"
        case Illustration():
            return figure(block)
        case Table():
            return _table(block, under)
        case Ladder():
            return _ladder(block)
        case Item():
            return _item(block)


def headline(text: str) -> tuple[str, str]:
    """Return what fits one line as the title of a page, and the rest."""
    first, *others = re.split(r"(?<=\.) (?=[A-Z])", text)
    start, colon, end = first.partition(": ")
    if len(first) > LINE and colon and len(start) <= LINE:
        return f"{start}.", " ".join([end, *others])
    return first, " ".join(others)


def _item(item: Item) -> str:
    steps = "".join(f"<li>{safe(step)}</li>" for step in item.next_steps)
    return (
        f'<article class="finding {item.severity}">\n'
        f'<h3><span class="tag">{item.severity} {safe(item.code)}</span> '
        f"{safe(item.title)}</h3>\n<p>{safe(item.text)}</p>\n"
        + (f"<ul>{steps}</ul>\n" if steps else "")
        + "</article>\n"
    )


def _table(table: Table, under: str) -> str:
    """Return a table in a region of its own: it scrolls alone, and by keyboard too."""

    def side(i: int) -> str:
        return "" if i < table.left else ' class="right"'

    head = "".join(
        f'<th scope="col"{side(i)}>{safe(x)}</th>' if x else "<td></td>"
        for i, x in enumerate(table.columns)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{side(i)}>{safe(x)}</td>" if i else f'<th scope="row">{safe(x)}</th>'
            for i, x in enumerate(row)
        )
        + "</tr>\n"
        for row in table.rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{safe(under)}">\n'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )


def _ladder(ladder: Ladder) -> str:
    """Return the ladder as bars; the tables beside it say the same to who cannot see them."""
    rows = []
    for part in ladder.parts:
        if isinstance(part, Bar):
            rows.append(
                f'<div class="level"><b>{safe(part.name)}</b><span>{safe(part.label)}</span>'
                f'<div class="track">{_bar(part)}</div></div>\n'
            )
        else:
            focus = f' <strong class="focus">{part.mark}</strong>' if part.mark else ""
            rows.append(f'<div class="gap">↓ {safe(part.text)}{focus}</div>\n')
    legend = ""
    if ladder.legend:
        legend = '<p class="legend">striped: the interval; the mark: the value</p>\n'
    return f'<div class="ladder" aria-hidden="true">\n{"".join(rows)}{legend}</div>\n'


def _bar(bar: Bar) -> str:
    """Return one bar: solid up to the interval, striped within it, a mark at the value."""
    low, value, high = (100 * min(max(x, 0.0), 1.0) for x in (bar.low, bar.value, bar.high))
    return (
        f'<i class="solid" style="width:{low:.2f}%"></i>'
        f'<i class="striped" style="left:{low:.2f}%;width:{high - low:.2f}%"></i>'
        f'<i class="mark" style="left:{value:.2f}%"></i>'
    )


def _illustration(picture: Illustration) -> str:
    if picture.svg is None:
        return f"<p>{safe(picture.alt)}</p>\n"
    # The drawing carries its own text alternative and holds no foreign markup: it is drawn here.
    return f"<figure>{picture.svg}</figure>\n"


def safe(text: str) -> str:
    """Return text that HTML shows as it is, in element and attribute alike."""
    whole = text.encode(errors="replace").decode()
    return escape(clean(whole, sys.maxsize), quote=True)
