"""Blocks → one HTML file that opens from a disk: no network, no script, light, dark and printed."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from html import escape

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

STYLE = """\
:root{color-scheme:light dark;--back:#fff;--text:#1f2328;--soft:#545d68;--line:#d1d9e0;
--panel:#f6f8fa;--bar:#0072b2;--link:#0550ae;--issue:#a40e26;--tip:#116329;--note:#0550ae}
@media (prefers-color-scheme:dark){:root{--back:#0d1117;--text:#e6edf3;--soft:#9aa4af;
--line:#3d444d;--panel:#161b22;--bar:#58a6ff;--link:#79b8ff;--issue:#ff9a93;--tip:#7ee787;
--note:#79c0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1,h2,h3,p,summary,li,th,td{overflow-wrap:break-word}
h1{font-size:1.4rem;line-height:1.3;margin:.25rem 0 .75rem}
h2{font-size:1.2rem;margin:2.25rem 0 .5rem;padding-bottom:.25rem;
border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.25rem 0 .5rem}
p{margin:.5rem 0}
a{color:var(--link)}
.lead{font-weight:600}
nav{position:sticky;top:0;z-index:1;background:var(--back);border-bottom:1px solid var(--line)}
nav ol{list-style:none;display:flex;gap:0 1rem;margin:0;padding:0;overflow-x:auto}
nav a{display:inline-block;padding:.5rem 0;white-space:nowrap}
section{scroll-margin-top:3rem}
@media (min-width:80rem){
main{display:grid;grid-template-columns:13rem minmax(0,60rem);column-gap:2.5rem;max-width:77rem}
main>*{grid-column:2}
nav{grid-column:1;grid-row:1/span 99;align-self:start;top:1.25rem;border:0}
nav ol{flex-direction:column}
nav a{white-space:normal;padding:.25rem 0}
section{scroll-margin-top:0}}
.scroll{overflow-x:auto;margin:.75rem 0;max-width:100%}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.925rem}
th,td{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);text-align:left;
vertical-align:top;min-width:3.5rem;max-width:22rem}
thead th{color:var(--soft);font-weight:600;white-space:nowrap}
tbody th{font-weight:500}
.right{text-align:right}
td.right{white-space:nowrap}
details{margin:.75rem 0;border:1px solid var(--line);border-radius:6px;padding:0 .75rem}
summary{cursor:pointer;padding:.5rem 0;font-weight:600}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--link);
outline-offset:2px}
.finding{margin:.75rem 0;padding:.25rem .9rem .5rem;background:var(--panel);
border-left:4px solid var(--soft);border-radius:0 6px 6px 0}
.finding h3{margin:.4rem 0}
.finding ul{margin:.35rem 0 .25rem;padding-left:1.25rem}
.tag{font-size:.85rem;white-space:nowrap}
.issue{border-color:var(--issue)}.issue .tag{color:var(--issue)}
.tip{border-color:var(--tip)}.tip .tag{color:var(--tip)}
.note{border-color:var(--note)}.note .tag{color:var(--note)}
.ladder{margin:.75rem 0;padding:.75rem;background:var(--panel);border-radius:6px}
.level{display:grid;grid-template-columns:5.5rem 4.25rem 1fr;gap:.75rem;align-items:center}
.level b{font-weight:600;white-space:nowrap}
.level span{text-align:right;font-variant-numeric:tabular-nums}
.track{position:relative;height:1rem}
.track i{position:absolute;top:0;bottom:0;left:0}
.solid{background:var(--bar)}
.striped{border:1px solid var(--bar);
background:repeating-linear-gradient(135deg,var(--bar) 0 2px,transparent 2px 6px)}
.mark{width:3px;margin-left:-1px;top:-3px!important;bottom:-3px!important;background:var(--text)}
.gap{padding:.3rem 0 .3rem 11.25rem;color:var(--soft)}
.focus{color:var(--text);white-space:nowrap}
.legend{margin:.5rem 0 0;color:var(--soft);font-size:.85rem}
figure{display:inline-block;vertical-align:top;width:min(100%,29rem);margin:.75rem .5rem .75rem 0;
padding:.5rem;background:#fff;border-radius:6px;overflow-x:auto}
@media (max-width:36rem){
.level{grid-template-columns:4.75rem 3.75rem 1fr;gap:.4rem}
.gap{padding-left:1rem}
h1{font-size:1.25rem;overflow-wrap:anywhere}
th,td{padding-right:.5rem;min-width:2.5rem}
thead th{white-space:normal;vertical-align:bottom}
tbody th{overflow-wrap:anywhere;min-width:5.75rem}
td:not(.right){min-width:7rem}
table{font-size:.875rem}}
@media print{
:root{color-scheme:light;--back:#fff;--text:#000;--soft:#333;--line:#999;--panel:#fff;
--bar:#0072b2;--link:#000;--issue:#a40e26;--tip:#116329;--note:#0550ae}
@page{margin:15mm}
body{font-size:10pt}main{display:block;max-width:none;padding:0}nav{display:none}
h1{font-size:14pt}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
details{border:0;padding:0}
details::details-content{content-visibility:visible!important;display:block!important;
height:auto!important}
.scroll{overflow:visible}figure{width:75mm}
tr,.finding,.ladder,figure{break-inside:avoid}h2,h3{break-after:avoid}}
"""


LINE = 80
"""Characters that a title may have to stand in one line of a wide page."""

Drawn = Callable[[Illustration], str]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
"""What a browser may do for this page: nothing but show it, whatever a label says."""


def page(title: str, blocks: Sequence[Block], generator: str) -> str:
    """Return a whole HTML document.

    Parameters
    ----------
    title
        What the tab of a browser shows.
    blocks
        The document; its headings become parts, with a list of them at the top.
    generator
        What made the page.
    """
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
        f"<title>{safe(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "".join(body)
        + "</main>\n</body>\n</html>\n"
    )
    return RUNNER_MARK.sub("#&#35;", whole)  # a page may be printed in a job


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

    Parameters
    ----------
    blocks
        Part of a document.
    under
        Names the tables for who cannot see where they stand, until a heading does.
    figure
        What a drawing becomes; an SVG element without it.
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
    """Return what fits one line as the title of a page, and the rest.

    Examples
    --------
    >>> headline("Work on variance (5.4 points).")
    ('Work on variance (5.4 points).', '')
    >>> headline("No difference seen. About 2,500 more rows would settle it.")
    ('No difference seen.', 'About 2,500 more rows would settle it.')
    >>> headline("Cannot tell first.csv and second.csv apart: second.csv has the higher macro-F1, "
    ...          "by 1.0 points (-0.5 to 2.6).")[0]
    'Cannot tell first.csv and second.csv apart.'
    """
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
