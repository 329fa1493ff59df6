"""A picture: a figure that knows its conclusion and its text alternative, drawn when asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlstrat.core.record import Record
from mlstrat.core.wording import clean
from mlstrat.errors import InputError
from mlstrat.places import make_folder
from mlstrat.show.canvas import COLUMN, ENDINGS, check_figure_path, figure_bytes
from mlstrat.show.writing import write_all, write_whole_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
NOT_XML = re.compile("[\\ud800-\\udfff\\ufffe\\uffff]")
"""Characters that no XML may hold, beside the control characters that `clean` takes out."""


def shown(text: str, longest: int) -> str:
    """Return other people's text as a figure can show it."""
    return NOT_XML.sub("�", clean(text, longest))


class Picture(Record):
    """One figure, in inches: as wide as one column of a page with two, where nothing else is said.

    The title is its conclusion, and the text says what it shows, for whoever does not see it.
    """

    kind: str
    title: str
    alt_text: str
    draw: Callable[[Figure], None]
    height: float
    width: float = COLUMN

    def save(self, path: str | Path) -> None:
        """Write it as SVG or PNG, as the ending says: the whole file or nothing."""
        write_whole_bytes(path, self.to_bytes(check_figure_path(path)))

    def to_bytes(self, how: str) -> bytes:
        """Return it as ``svg`` or ``png``; the same picture gives the same bytes."""
        return figure_bytes(
            how, self.draw, (self.width, self.height), title=self.title, description=self.alt_text
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from mlstrat.show.notebook import bundle

        return bundle((), (self,), f"{self.title} {self.alt_text}")


def draw_all(target: Path, pictures: Iterable[Picture]) -> None:
    """Write each picture as ``<kind>.svg`` and ``<kind>.png`` in a folder: all of them or none.

    The folder is made where it is missing; the one that it lies in must be there.
    """
    contents: dict[str | Path, bytes] = {
        target / f"{picture.kind}{ending}": picture.to_bytes(ending[1:])
        for picture in pictures
        for ending in ENDINGS
    }
    if not contents:
        return
    made = not target.exists()
    make_folder(target, parents=False)
    try:
        write_all(contents)
    except InputError:
        if made:
            target.rmdir()
        raise


def figure_svg(picture: Picture, prefix: str | None = None) -> str:
    """Return a picture as an ``<svg>`` element to stand in HTML.

    It has no XML prolog, fits the width that there is, carries title and text alternative for a
    screen reader, and all its ids and its style are its own, so that several stand in one page.
    Every id begins with `prefix`, or with the kind of the picture.
    """
    import xml.etree.ElementTree as ET

    start = re.sub(r"[^A-Za-z0-9-]", "-", prefix or f"figure-{picture.kind}")
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.fromstring(picture.to_bytes("svg"))
    for element in list(root):
        if element.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}title"):
            root.remove(element)
    for element in root.iter():
        _make_own(element.attrib, start)
        if element.tag == f"{{{SVG}}}style":
            element.text = f"#{start} *{{stroke-linejoin:round;stroke-linecap:butt}}"
    title, description = ET.Element(f"{{{SVG}}}title"), ET.Element(f"{{{SVG}}}desc")
    title.text, description.text = picture.title, picture.alt_text
    title.set("id", f"{start}-title")
    description.set("id", f"{start}-desc")
    root[:0] = [title, description]
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {
        "id": start, "role": "img", "aria-labelledby": f"{start}-title",
        "aria-describedby": f"{start}-desc",
        "style": f"width:100%;max-width:{1.6 * picture.width:g}in;height:auto",
    }  # fmt: skip
    return ET.tostring(root, encoding="unicode")


def _make_own(attributes: dict[str, str], start: str) -> None:
    """Put the prefix before the ids of an element and before all that it refers to."""
    for name, value in attributes.items():
        if name == "id":
            attributes[name] = f"{start}-{value}"
        elif name in ("href", f"{{{XLINK}}}href") and value.startswith("#"):
            attributes[name] = f"#{start}-{value[1:]}"
        elif "url(#" in value:
            attributes[name] = value.replace("url(#", f"url(#{start}-")


def in_percent(values: Sequence[float]) -> list[float]:
    """Return fractions in percent, as axes show them."""
    return [100 * x for x in values]
