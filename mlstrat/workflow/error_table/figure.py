"""The Pareto chart of a table of errors: shares with intervals, ceilings, what the first cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlstrat.core.wording import Scale, count
from mlstrat.show.canvas import BLUE, ORANGE, conclusion
from mlstrat.show.picture import Picture, shown
from mlstrat.workflow.error_table.table import Category, ErrorTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BARS = 15
"""More tags than fit a page; the table has all."""


def tally_picture(table: ErrorTable, title: str) -> Picture:
    """Return the Pareto chart of a table."""
    bars = [c for c in table.categories if c.share.value is not None][:MOST_BARS]

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        _draw(panel, table, len(bars))
        conclusion(figure, title)
        if panel.get_legend_handles_labels()[0]:
            figure.legend(loc="outside lower center", ncols=1)

    scale = Scale()
    said = [
        f"{shown(c.tag, 40)} {scale.value(c.share.value)}"
        + (f" ({scale.interval(c.share.ci)})" if c.share.ci and _open(c) else "")
        + ("" if c.error is None else f", the error without it {scale.value(c.error)}")
        for c in bars
    ]
    text = f"Share of the {count(table.reviewed)} errors read, by tag: {'; '.join(said)}."
    if table.detectable is not None:
        text += f" Fewer than {table.detectable.fewest_fixed} errors fixed would not show on dev."
    return Picture("tally", title, text, draw, 1.5 + 0.26 * max(len(bars), 1))


def ceilings_picture(table: ErrorTable, title: str) -> Picture:
    """Return what would be left of the error if each kind of it were right, with intervals."""
    bars = [c for c in table.categories if c.gain.value is not None][:MOST_BARS]
    whole, unit, scale = table.split.error.value or 0.0, 100 if table.percent else 1, table.scale

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        panel.axvline(unit * whole, color="0.3", linewidth=1, label="error now")
        for y, c in enumerate(bars):
            gain = c.gain.value or 0.0
            panel.barh(y, -unit * gain, left=unit * whole, height=0.6, facecolor="0.82",
                       edgecolor="black", linewidth=0.8,
                       label="fixed" if not y else None)  # fmt: skip
            if c.gain.ci is not None and c.count:
                low, high = c.gain.ci
                ends = unit * (high - gain), unit * (gain - low)
                label = None if y else "interval of the gain"
                _interval(panel, unit * (whole - gain), y, ends, label)
        _beside(panel, "count", [count(c.count) for c in bars])
        _rows(panel, [_short(c.tag) for c in bars])
        most = max((c.gain.ci[1] for c in bars if c.gain.ci and c.count), default=0.0)
        most = most if most > 0 else whole
        panel.set_xlim(left=unit * max(whole - 1.15 * most, 0.0))
        panel.set_xlabel(f"error if fixed{', %' if table.percent else ''}")
        conclusion(figure, title)
        figure.legend(loc="outside lower center", ncols=2)

    said = [
        f"{shown(c.tag, 40)} {count(c.count)}, {scale.value(c.error)} if all were right"
        for c in bars
    ]
    text = f"The error is {scale.value(whole)}. By kind of error: {'; '.join(said)}."
    return Picture("categories", title, text, draw, 1.7 + 0.26 * max(len(bars), 1))


def _short(tag: str) -> str:
    """Return a kind of error as an axis has room for it: of ``label: way`` the way stays whole."""
    label, colon, way = tag.rpartition(": ")
    if not colon or len(way) > 16:
        return shown(tag, 24)
    return f"{shown(label, max(22 - len(way), 6))}: {shown(way, 16)}"


def _draw(panel: Axes, table: ErrorTable, bars: int) -> None:
    places = range(bars)
    shown_bars = table.categories[:bars]
    shares = [100 * (c.share.value or 0.0) for c in shown_bars]
    panel.barh(places, shares, height=0.66, facecolor="0.82", edgecolor="black", linewidth=0.8)
    first = next((y for y, c in enumerate(shown_bars) if _open(c)), None)
    for y, (c, share) in enumerate(zip(shown_bars, shares, strict=True)):
        if c.share.ci is not None and _open(c):
            low, high = (100 * end for end in c.share.ci)
            ends = max(share - low, 0.0), max(high - share, 0.0)
            label = "share of the errors, with its interval" if y == first else None
            _interval(panel, share, y, ends, label)
    if table.cumulative:
        covered = [100 * x for x in table.cumulative[:bars]]
        panel.plot(covered, places, color=ORANGE, marker="o", markersize=4, linewidth=1.4,
                   zorder=3, label="errors with this tag or one above it")  # fmt: skip
    known, can = table.split.drawn_from, table.detectable
    if known and can is not None and can.fewest_fixed <= known:
        label = f"{can.fewest_fixed} errors: a full fix of fewer would not show on dev"
        panel.axvline(100 * can.fewest_fixed / known, color="0.3", linestyle=":", label=label)
    _rows(panel, [shown(c.tag, 24) for c in shown_bars])
    panel.set_xlim(0, 100)
    if any(c.error is not None for c in shown_bars):
        scale = Scale()
        left = ["" if c.error is None else scale.value(c.error) for c in shown_bars]
        _beside(panel, "error\nwithout", left)
    panel.set_xlabel("share of the errors, %")


def _open(c: Category) -> bool:
    """Tell whether a share has an interval of some width: with all errors read it has none."""
    return c.share.ci is not None and c.share.ci[1] > c.share.ci[0]


def _interval(panel: Axes, x: float, y: int, ends: tuple[float, float], label: str | None) -> None:
    panel.errorbar(
        x, y, xerr=[[end] for end in ends], fmt="none", ecolor=BLUE, elinewidth=1.2, capsize=2.5,
        zorder=4, label=label,
    )  # fmt: skip


def _rows(panel: Axes, names: Sequence[str]) -> None:
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)


def _beside(panel: Axes, head: str, texts: Sequence[str]) -> None:
    panel.annotate(head, (1.03, 1.0), xycoords="axes fraction", va="bottom")
    for y, text in enumerate(texts):
        if text:
            panel.annotate(text, (1.03, y), xycoords=("axes fraction", "data"), va="center")
