"""Figures as SVG and PNG: the home of matplotlib, which is loaded only when one is drawn.

Shapes, fills and strokes carry the meaning, so that black and white shows all of it.
"""

from __future__ import annotations

import contextlib
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from mlstrat.errors import UsageError
from mlstrat.places import STANDARD_OUTPUT
from mlstrat.show.writing import write_whole_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis as Ticked
    from matplotlib.figure import Figure

ENDINGS = (".svg", ".png")

COLUMN = 3.5
"""Width of one column of a page with two, inches."""

BLUE, ORANGE = "#0072B2", "#D55E00"
"""Two of Okabe and Ito's colours (2008), told apart with any colour vision and in grey."""

STYLE = {
    "svg.hashsalt": "mlstrat",  # ids of an SVG are random without it
    "svg.fonttype": "none",
    "text.parse_math": False,  # a dollar in a name is a dollar
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10.0,
    "legend.frameon": False,
    "legend.handlelength": 3.5,
    "figure.constrained_layout.w_pad": 0.12,
}


def check_figure_path(path: str | Path) -> str:
    """Return the format that the ending of a figure's file says; standard output gets SVG."""
    ending = ".svg" if str(path) == STANDARD_OUTPUT else Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(
            f"the figure {str(path)!r} is neither SVG nor PNG",
            accepted=f"a name that ends in {' or '.join(ENDINGS)}",
        )
    return ending[1:]


def save_figure(
    path: str | Path, draw: Callable[[Figure], None], size: tuple[float, float]
) -> None:
    """Draw a figure (its size in inches) and write it, whole or not at all and always the same."""
    how = check_figure_path(path)
    write_whole_bytes(path, figure_bytes(how, draw, size))


def figure_bytes(
    how: str,
    draw: Callable[[Figure], None],
    size: tuple[float, float],
    *,
    title: str | None = None,
    description: str | None = None,
) -> bytes:
    """Return a figure as ``svg`` or ``png``, with its title and its text alternative inside."""
    with _drawing(8.0 if size[0] <= COLUMN else 9.0):
        from matplotlib.figure import Figure

        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        out = BytesIO()
        # Neither the day nor the version of the library belongs into the picture.
        metadata: dict[str, str | None] = {"Date" if how == "svg" else "Software": None}
        said = {"Title": title, "Description": description}
        metadata |= {name: text for name, text in said.items() if text is not None}
        dots = 160 if size[0] > COLUMN else 320
        figure.savefig(out, format=how, dpi=dots, metadata=metadata)
    return out.getvalue()


@contextlib.contextmanager
def _drawing(letters: float) -> Iterator[None]:
    """Hold matplotlib's settings to ours, whatever the user's are, and put them back."""
    from matplotlib import style

    with style.context(["default", STYLE | {"font.size": letters}]), warnings.catch_warnings():
        # A name in a script that the font lacks shows boxes in a PNG, and itself in an SVG.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        yield


def conclusion(figure: Figure, text: str) -> None:
    """Write the conclusion over a figure, in lines that fit its width."""
    narrow = figure.get_figwidth() <= COLUMN
    columns = int((13 if narrow else 11) * figure.get_figwidth())
    # A figure stays with its unit.
    text = re.sub(r"(?<=\d) (?=%|points?\b)", "\u00a0", text)
    lines = "\n".join(textwrap.wrap(text, columns)).replace("\u00a0", " ")
    figure.suptitle(lines, x=0.02, ha="left", fontsize=9 if narrow else 11)


def plain_log(axis: Ticked) -> None:
    """Give a logarithmic axis ticks at 1, 2 and 5, written as plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    low, high = axis.get_view_interval()
    subs = (1.0, 2.0, 5.0) if high / max(low, 1e-300) < 2000 else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=20))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda x, _: _number(x)))


def _number(x: float) -> str:
    return f"{x:,.0f}" if x >= 1000 else f"{x:.6g}"


class Labels:
    """Names beside points, placed one after another; one that would cover another is left out."""

    def __init__(
        self,
        axes: Axes,
        points: Sequence[tuple[float, float, bool]],
        lines: Sequence[tuple[float, float, float, float]] = (),
    ) -> None:
        """Keep points free, with more room around the marked, and lines where possible.

        The axes are drawn already; each line is straight across or straight up.
        """
        self.axes, self.per_point = axes, axes.figure.dpi / 72
        self.taken = [
            self._box(*self._at(x, y), 0, 0, pad=8 if marked else 4) for x, y, marked in points
        ]
        self.lines = []
        for line in lines:
            (x, y), (to_x, to_y) = self._at(*line[:2]), self._at(*line[2:])
            low, left = min(y, to_y), min(x, to_x)
            self.lines.append(self._box(left, low, abs(to_x - x), abs(to_y - y), pad=1))

    def _at(self, x: float, y: float) -> tuple[float, float]:
        across, up = self.axes.transData.transform((x, y))
        return float(across), float(up)

    def _box(
        self, x: float, y: float, width: float, height: float, pad: float = 0
    ) -> tuple[float, float, float, float]:
        edge = pad * self.per_point
        return x - edge, y - edge, x + width + edge, y + height + edge

    def place(self, x: float, y: float, text: str, *, must: bool = False) -> bool:
        """Write a name at the first of four corners that is free; tell whether it stands.

        A corner that no line crosses comes before one that a line does.
        """
        px, py = self._at(x, y)
        width, height = 5.6 * len(text) * self.per_point, 10 * self.per_point
        inside = self.axes.get_window_extent()
        gap = 8 * self.per_point

        def box_at(right: int, above: int) -> tuple[float, float, float, float]:
            left = px + gap if right else px - gap - width
            low = py + gap / 2 if above else py - gap / 2 - height
            return self._box(left, low, width, height)

        free: list[tuple[bool, int, tuple[int, int]]] = []
        for corner in ((1, 1), (1, 0), (0, 1), (0, 0)):
            box = box_at(*corner)
            fits = box[0] > inside.x0 and box[2] < inside.x1 + gap
            if fits and not any(_meet(box, other) for other in self.taken):
                crossed = any(_meet(box, line) for line in self.lines)
                free.append((crossed, len(free), corner))
        if not free and not must:
            return False
        right, above = min(free)[2] if free else (int(px < (inside.x0 + inside.x1) / 2), 1)
        self.taken.append(box_at(right, above))
        self.axes.annotate(
            text, (x, y), xytext=(8 if right else -8, 4 if above else -4),
            textcoords="offset points", ha="left" if right else "right",
            va="bottom" if above else "top", fontweight="bold" if must else "normal", zorder=3.5,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
        )  # fmt: skip
        return True


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
