"""The contact sheet: the worst pictures, what is in them solid, what was predicted dashed."""

from __future__ import annotations

import itertools
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.wording import Scale, listed
from mlstrat.show.canvas import BLUE, ORANGE, conclusion
from mlstrat.show.picture import Picture, shown
from mlstrat.tasks.measured import Shape
from mlstrat.workflow.plot.pictures_read import Photo, Sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, ACROSS = 7.2, 3
"""Inches of the sheet, and pictures beside each other."""

LETTERS = 6
"""Points of the words in a picture."""

GREY = "0.5"
DASHED = (0, (3.5, 2.0))


def contact_sheet(sheet: Sheet) -> Picture:
    """Return the worst pictures with their boxes or points, and what is wrong, in words."""
    photos, title = sheet.photos, _title(sheet)
    across = min(ACROSS, len(photos))
    rows = [photos[i : i + across] for i in range(0, len(photos), across)]
    each = (WIDTH - 0.6) / max(across, 2)
    # A higher picture is drawn narrower than the column.
    tallest = [max(h / w for w, h in map(_frame, row)) for row in rows]
    tall = [each * min(max(x, 0.3), 1.3) for x in tallest]

    def draw(figure: Figure) -> None:
        panels = figure.subplots(len(rows), across, squeeze=False, height_ratios=tall)
        place = itertools.count(1)
        for row, height, beside in zip(rows, tall, panels, strict=True):
            for panel in beside[len(row) :]:
                panel.set_axis_off()
            for panel, photo in zip(beside, row, strict=False):
                width, high = _frame(photo)
                _draw(panel, photo, next(place), max(width / each, high / height))
        conclusion(figure, title)
        figure.legend(handles=_legend(photos), loc="outside lower center", ncols=3)

    return Picture("pictures", title, _alt_text(sheet), draw,
                   1.0 + sum(tall) + 0.6 * len(rows), WIDTH)  # fmt: skip


def _legend(photos: Sequence[Photo]) -> list[Any]:
    """Return what lines stand for, or marks where points lie over the pictures."""
    from matplotlib.lines import Line2D

    points = not any(s.xywh[2] or s.xywh[3] for x in photos for s in x.example.shapes)
    looks: tuple[tuple[str, str, Any, str], ...] = (
        ("truth", BLUE, "solid", "o"), ("prediction", ORANGE, DASHED, "x"),
        ("right prediction", GREY, DASHED, "x"),
    )  # fmt: skip
    return [
        Line2D([], [], label=name, color=color, linestyle="none" if points else stroke,
               linewidth=0.9 if color == GREY else 1.6, marker=mark if points else "",
               fillstyle="none")
        for name, color, stroke, mark in looks
    ]  # fmt: skip


def _frame(photo: Photo) -> tuple[float, float]:
    """Return the width and height of the ground that boxes lie on."""
    if photo.size is not None:
        return photo.size
    ends = [(x + w, y + h) for x, y, w, h in (s.xywh for s in photo.example.shapes)]
    right, bottom = (max((e[i] for e in ends), default=1.0) for i in (0, 1))
    # Of an unknown size: fractions of a square, or pixels as far as boxes go.
    return (1.0, 1.0) if max(right, bottom) <= 1 else (1.03 * right, 1.03 * bottom)


def _draw(panel: Axes, photo: Photo, place: int, per_inch: float) -> None:
    from matplotlib import patheffects

    width, height = _frame(photo)
    if photo.pixels is not None:
        drawn = panel.imshow(photo.pixels, extent=(0, width, height, 0))
        drawn.set_gid(f"picture-{place}")  # else two that are alike have one id
    shapes = photo.example.shapes
    ends = [end for x, y, w, h in (s.xywh for s in shapes) for end in (x + w, y + h)]
    fractions = max(ends, default=0.0) <= 1 < max(width, height)
    unit = (width, height) if fractions else (1.0, 1.0)
    edge = [patheffects.withStroke(linewidth=2.6, foreground="white")]
    words = Words(width, height, per_inch)
    for shape in sorted(shapes, key=lambda s: bool(s.error)):
        x, y, w, h = (v * unit[i % 2] for i, v in enumerate(shape.xywh))
        color = BLUE if shape.side == "truth" else ORANGE if shape.error else GREY
        _shape(panel, shape, (x, y, w, h), color, edge if shape.error else None)
        text = f"{shown(shape.name, 16)}: {shape.error}"
        gap = 0.0 if w or h else 0.05 * per_inch  # words stand off from a point
        if shape.error and (at := words.place((x, y - gap, w, h), text)) is not None:
            panel.text(*at, text, fontsize=LETTERS, color=color, va="bottom", zorder=4,
                       bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75,
                             "pad": 0.4})  # fmt: skip
    panel.set_xlim(0, width)
    panel.set_ylim(height, 0)
    panel.set_aspect("equal")
    panel.set_xticks([])
    panel.set_yticks([])
    for spine in panel.spines.values():
        spine.set_visible(True)
        spine.set_color("0.7")
    error = Scale().value(photo.example.num / photo.example.den)
    panel.set_title(f"{shown(photo.example.id, 22)}: error {error}", fontsize=8, loc="left")
    told = [photo.why] if photo.why else []
    told += [f"{n} {kind}" for kind, n in _errors(photo).most_common()]
    lines = textwrap.wrap(", ".join(told), 42, max_lines=2, placeholder=" …")
    panel.set_xlabel("\n".join(lines), fontsize=7, loc="left")


def _shape(
    panel: Axes, shape: Shape, at: tuple[float, float, float, float], color: str, edge: Any
) -> None:
    from matplotlib.patches import Rectangle

    x, y, w, h = at
    truth, width = shape.side == "truth", 1.6 if shape.error else 0.9
    if w > 0 or h > 0:
        panel.add_patch(Rectangle(
            (x, y), w, h, fill=False, edgecolor=color, zorder=3, linewidth=width,
            linestyle="solid" if truth else DASHED, path_effects=edge,
        ))  # fmt: skip
        return
    panel.plot([x], [y], marker="o" if truth else "x", color=color, zorder=3, fillstyle="none",
               markersize=5 if shape.error else 3, markeredgewidth=width, linestyle="none",
               path_effects=edge)  # fmt: skip


class Words:
    """What is written into one picture: each where it covers no other, or left out."""

    def __init__(self, width: float, height: float, per_inch: float) -> None:
        self.size, self.per_inch = (width, height), per_inch
        self.taken: list[tuple[float, float, float, float]] = []

    def place(
        self, box: tuple[float, float, float, float], text: str
    ) -> tuple[float, float] | None:
        """Return the lower left corner of words over, under or in a box; None where all is full."""
        x, y, _, h = box
        wide = 0.62 * LETTERS / 72 * len(text) * self.per_inch
        high = 1.5 * LETTERS / 72 * self.per_inch
        left = max(min(x, self.size[0] - wide), 0.0)
        for low in (y, y + h + high, y + high, y + h):
            spot = (left, low - high, left + wide, low)
            inside = spot[1] >= 0 and low <= self.size[1]
            if inside and not any(
                a < spot[2] and spot[0] < c and b < spot[3] and spot[1] < d
                for a, b, c, d in self.taken
            ):
                self.taken.append(spot)
                return left, low
        return None


def _errors(photo: Photo) -> Counter[str]:
    return Counter(s.error for s in photo.example.shapes if s.error)


def _title(sheet: Sheet) -> str:
    first = sheet.photos[0].example
    kinds = sum(map(_errors, sheet.photos), Counter[str]())
    text = (
        f"{shown(first.id, 24)} adds most to the error of {sheet.split}, {first.num:,g} of "
        f"{sheet.wrong:,g}"
    )
    if not kinds:
        return f"{text}."
    kind, n = kinds.most_common(1)[0]
    where = "it" if len(sheet.photos) == 1 else f"these {len(sheet.photos)}"
    return f'{text}. Most frequent error in {where}: "{kind}", {n} of {kinds.total()}.'


def _alt_text(sheet: Sheet) -> str:
    said = []
    for photo in sheet.photos:
        told = [f"{n} {kind}" for kind, n in _errors(photo).most_common()] or ["none has a name"]
        why = f" ({photo.why})" if photo.why else ""
        said.append(f"{shown(photo.example.id, 30)}{why} {listed(told)}")
    return (
        f"The worst {len(said)} of {sheet.split}, with what is in them and what was predicted. "
        f"Errors: {'; '.join(said)}."
    )
