"""A document in a notebook: one scoped fragment of HTML, and a few words for where none shows.

Where a notebook is not trusted JupyterLab takes style sheets and SVG elements out of it, and where
markdown stands beside HTML it shows the markdown. So looks stand in attributes, figures are
images with their drawing in a data URI, and there is no markdown. Text takes the colours of the
notebook, light or dark; lines and marks are of middle grey and of colours that show on both.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Protocol

from mlstrat.show.blocks import Block, Fold, Heading, Illustration, Item, Ladder
from mlstrat.show.html import elements, safe


class Drawable(Protocol):
    """A figure that knows its conclusion and its text alternative."""

    @property
    def title(self) -> str:
        """The conclusion."""

    @property
    def alt_text(self) -> str:
        """What it shows, for whoever does not see it."""

    def to_bytes(self, how: str) -> bytes:
        """Return it as ``svg``."""


SHOWN_FINDINGS = 3
"""Findings that stand open; the others are folded."""

_CELL = "vertical-align:top;padding:.2em 1em .2em 0;border-bottom:1px solid rgba(128,128,128,0.35);"
_SIDE = "padding:0 0 0 .75em;margin:.75em 0;border-left:4px solid "
LOOKS = {
    "h1": "font-size:1.2em;font-weight:600;line-height:1.35;margin:.25em 0 .5em",
    "h3": "font-size:1em;font-weight:600;margin:1em 0 .25em",
    "p": "margin:.4em 0",
    "p lead": "font-weight:600;margin:.5em 0",
    "div scroll": "overflow-x:auto;max-width:100%;margin:.5em 0",
    "table": "border-collapse:collapse;margin:0",
    "th": f"{_CELL}text-align:left",
    "td": f"{_CELL}text-align:left",
    "th right": f"{_CELL}text-align:right",
    "td right": f"{_CELL}text-align:right;white-space:nowrap",
    "details": "margin:.5em 0",
    "summary": "cursor:pointer;font-weight:600",
    "article finding issue": f"{_SIDE}#d1495b",
    "article finding tip": f"{_SIDE}#3a8f4d",
    "article finding note": f"{_SIDE}#3a86c8",
    "span tag": "font-size:.85em;white-space:nowrap",
    "div figure": "margin:.75em 0",
}
"""The look of each kind of element, written into the element itself."""

_TAGS = {"h1": "p", "h3": "h4"}
"""Where the page has a heading that would reach out of the cell into the notebook's contents."""
_OPENED = re.compile(r'<(\w+)((?: (?!class)[\w-]+="[^"]*")*)(?: class="([\w ]+)")?([^<>]*)>')
"""An element's start: other people's text holds neither ``<`` nor ``"`` here."""


def bundle(blocks: Sequence[Block], pictures: Iterable[Drawable], words: str) -> dict[str, str]:
    """Return what a notebook is given to show: a fragment of HTML, and plain words.

    The words are for where no HTML is shown; the pictures come after the first line.
    """
    # A ladder is a figure already, and its table says the same.
    rest = [x for x in _folded(blocks) if not isinstance(x, Ladder)]
    inner = (
        _fragment(rest[:1])
        + _OPENED.sub(_styled, "".join(map(_figure, pictures)))
        + _fragment(rest[1:])
    )
    return {"text/html": f"<div>{inner}</div>\n", "text/plain": words}


def _fragment(blocks: Sequence[Block]) -> str:
    text = elements(blocks, "", _illustration)
    for name, other in _TAGS.items():
        text = text.replace(f"</{name}>", f"</{other}>")
    return _OPENED.sub(_styled, text)


def _styled(start: re.Match[str]) -> str:
    name, before, classes, after = start.groups()
    key = f"{name} {classes}" if classes else name
    look = f' style="{LOOKS[key]}"' if key in LOOKS else ""
    return f"<{_TAGS.get(name, name)}{before}{look}{after}>"


def _illustration(drawn: Illustration) -> str:
    if drawn.svg is None:
        return f"<p>{safe(drawn.alt)}</p>\n"
    return _image(drawn.svg.encode(), drawn.alt, "width:100%;max-width:29rem")


def _figure(picture: Drawable) -> str:
    said = f"{picture.title} {picture.alt_text}"
    return _image(picture.to_bytes("svg"), said, "max-width:100%")


def _image(svg: bytes, alt: str, size: str) -> str:
    """Return a drawing as an image: no part of it can act on the notebook."""
    uri = f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
    image = f'<img alt="{safe(alt)}" style="{size};background:#fff" src="{uri}">'
    return f'<div class="figure">{image}</div>\n'


def _folded(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with findings beyond the first few behind a fold."""
    out: list[Block] = []
    more: list[Block] = []
    found = 0
    for block in blocks:
        found += isinstance(block, Item)
        if isinstance(block, Item) and found > SHOWN_FINDINGS:
            more.append(block)
            continue
        if more:
            out.append(_fold(more))
            more = []
        if isinstance(block, Heading):
            found = 0
        out.append(block)
    return [*out, _fold(more)] if more else out


def _fold(items: Sequence[Block]) -> Fold:
    return Fold(f"{len(items)} more", tuple(items))
