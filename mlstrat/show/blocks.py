"""What a document is made of, before anyone decides how it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlstrat.core.record import Record

if TYPE_CHECKING:
    from mlstrat.core.findings import Decision


PLAIN = str.maketrans({"█": "#", "▓": "=", "░": "-", "→": ">", "◀": "<", "◁": "<", "↓": "|",
                       "–": "-", "•": "*", "…": "~", "β": "b", "Σ": "S", "×": "x", "−": "-",
                       "≤": "<=", "“": '"', "”": '"', "α": "a", "ᵢ": "i", "ⱼ": "j",
                       "⁻": "-"})  # fmt: skip
"""What a terminal shows that knows no Unicode."""


class Verdict(Record):
    """The first line: what to work on, or why that cannot be told."""

    text: str
    decision: Decision | None = None
    """What decides it, where it chooses, ranks or says that something is enough."""


class Heading(Record):
    """The title of a part; level 2 is a part of a part."""

    text: str
    level: int = 1


class Paragraph(Record):
    """Running text."""

    text: str


class Table(Record):
    """Columns and rows of text; the first `left` columns are left-aligned, the others right.

    Of `marks` most cells are blank or ``x``: where they are too wide, a row names its columns.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1
    marks: bool = False


class Bar(Record):
    """One level of the ladder: its value and interval in units of the widest bar."""

    name: str
    value: float
    low: float
    high: float
    label: str
    cells: tuple[str, ...] = ()
    """What text shows between label and bar: the interval, the rows."""


class Step(Record):
    """The gap between two bars, with what a mark beside it says."""

    text: str
    mark: str = ""


class Ladder(Record):
    """Bars from top to bottom with the steps between them."""

    parts: tuple[Bar | Step, ...]
    legend: bool
    columns: tuple[str, ...] = ()
    """Heads of label and cells, where text shows them."""


class Item(Record):
    """A finding: its code, what was found, and what to do."""

    code: str
    severity: str
    title: str
    text: str
    next_steps: tuple[str, ...]
    brief: bool = False
    """Whether text shows it in two lines: the title, and what fits of the rest."""


class Lead(Record):
    """The conclusion of a part, in one or two sentences."""

    text: str


class Fold(Record):
    """Details that a reader opens when they are wanted."""

    title: str
    blocks: tuple[Block, ...]


class Illustration(Record):
    """A figure: its text alternative, its file as a document beside it names it, inline SVG."""

    alt: str
    path: str | None
    svg: str | None


class Checklist(Record):
    """Things to hold or to do, one after the other, each with a box to tick if `boxes`."""

    items: tuple[str, ...]
    boxes: bool = True


Block = (
    Verdict | Heading | Paragraph | Table | Ladder | Item | Checklist | Lead | Fold | Illustration
)
