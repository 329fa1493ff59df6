"""The ladder as a waterfall: levels as bars, the gaps between as steps, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlstrat.core.intervals import Interval
from mlstrat.core.wording import GAP_TITLES, Scale
from mlstrat.show.canvas import BLUE, ORANGE, conclusion
from mlstrat.show.picture import Picture, shown
from mlstrat.workflow.diagnose.ladder import Decomposition, Gap, Level
from mlstrat.workflow.diagnose.layout import mark, title, verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVEL_LOOK: dict[str, Any] = {"facecolor": "0.82", "edgecolor": "black", "linewidth": 0.8}
GAP_LOOK: dict[str, Any] = {"facecolor": "white", "edgecolor": BLUE, "hatch": "////"}
FOCUS_LOOK: dict[str, Any] = {"facecolor": ORANGE, "edgecolor": "black", "linewidth": 0.8}
OPEN_LOOK: dict[str, Any] = {"facecolor": "white", "edgecolor": BLUE, "linestyle": (0, (3, 2))}

Row = Level | Gap


def ladder_picture(
    result: Decomposition, scale: Scale, loss: str = "error", confidence: float = 0.95
) -> Picture:
    """Return the waterfall of a ladder."""
    rows = _rows(result)
    headline = verdict(result, scale).text

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        _draw(panel, result, rows, scale)
        unit = ", %" if scale.share else ""
        panel.set_xlabel(f"{shown(loss, 40)}{unit}  (├─┤ {100 * confidence:g}% interval)")
        conclusion(figure, headline)

    return Picture("ladder", headline, _alt_text(rows, scale, loss), draw, 1.15 + 0.24 * len(rows))


def _rows(result: Decomposition) -> list[Row]:
    """Return levels and gaps from top to bottom, each gap before the level that it leads to."""
    out: list[Row] = []
    shown_gaps = {g.end: g for g in result.gaps}
    for level in result.levels:
        if level.name in shown_gaps:
            out.append(shown_gaps[level.name])
        out.append(level)
    return out


def _draw(panel: Axes, result: Decomposition, rows: list[Row], scale: Scale) -> None:
    unit = 100.0 if scale.share else 1.0
    levels = {level.name: level.value for level in result.levels}
    names, figures = [], []
    for y, row in enumerate(rows):
        if isinstance(row, Level):
            panel.barh(y, unit * row.value, height=0.72, **LEVEL_LOOK)
            _whisker(panel, y, row.value, row.estimate.ci, unit)
            names.append(row.name)
            figures.append(scale.value(row.value))
            continue
        low, high, look = _step(row, levels, _leads(row, result))
        panel.barh(y, unit * (high - low), left=unit * low, height=0.42, **look)
        if row.ci is not None and row.value is not None:
            start = levels.get(row.start, 0.0)
            moved = (start + row.ci[0], start + row.ci[1])
            _whisker(panel, y, start + row.value, moved, unit)
        names.append(f"{title(row, result)} {mark(row, result)[:1]}".rstrip())
        figures.append(_gap_text(row, scale))
    _connect(panel, rows, levels, unit)
    panel.set_yticks(range(len(rows)), names)
    panel.set_ylim(len(rows) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)
    for y, (label, row, text) in enumerate(
        zip(panel.get_yticklabels(), rows, figures, strict=True)
    ):
        bold = isinstance(row, Gap) and _leads(row, result)
        weight = "bold" if bold else "normal"
        label.set_fontweight(weight)
        label.set_color("black" if isinstance(row, Level) or bold else "0.25")
        panel.annotate(
            text, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontweight=weight
        )
    low, high = _reach(rows, levels)
    room = 0.04 * (high - low) or 0.01
    panel.set_xlim(unit * (low - room if low < 0 else 0.0), unit * (high + room))
    if low < 0:
        panel.axvline(0, color="black", linewidth=0.8, zorder=2)
        panel.spines["left"].set_visible(False)


def _leads(gap: Gap, result: Decomposition) -> bool:
    """Tell whether a gap is one to work on, and not one that only may be larger."""
    return mark(gap, result).startswith("◀")


def _reach(rows: list[Row], levels: dict[str, float]) -> Interval:
    """Return the least and the largest value that is drawn."""
    ends = [0.0, *levels.values()]
    for row in rows:
        if isinstance(row, Level):
            ends += row.estimate.ci or ()
        elif row.ci is not None and row.value is not None:
            ends += [levels.get(row.start, 0.0) + end for end in row.ci]
    return min(ends), max(ends)


def _step(gap: Gap, levels: dict[str, float], focus: bool) -> tuple[float, float, dict[str, Any]]:
    """Return from where to where a gap reaches, and how it is drawn."""
    if gap.only_bounded or gap.value is None:
        low, high = gap.bounds or (0.0, 0.0)
        return low, high, OPEN_LOOK
    start = levels.get(gap.start, 0.0)
    look = FOCUS_LOOK if focus else OPEN_LOOK if gap.bounds is not None else GAP_LOOK
    return min(start, start + gap.value), max(start, start + gap.value), look


def _connect(panel: Axes, rows: list[Row], levels: dict[str, float], unit: float) -> None:
    """Lead the eye from the end of each bar to the step below it."""
    for y, row in enumerate(rows):
        if isinstance(row, Level) and y + 1 < len(rows):
            at = unit * row.value
            panel.plot([at, at], [y + 0.36, y + 1.3], color="0.4", linewidth=0.7, zorder=1)
        elif isinstance(row, Gap):
            at = unit * levels[row.end]
            panel.plot([at, at], [y - 0.21, y + 0.64], color="0.4", linewidth=0.7, zorder=1)


def _whisker(panel: Axes, y: float, value: float, ci: Interval | None, unit: float) -> None:
    if ci is None:
        return
    low, high = ci
    panel.errorbar(
        unit * value, y, xerr=[[unit * max(value - low, 0.0)], [unit * max(high - value, 0.0)]],
        fmt="none", ecolor="black", elinewidth=1.0, capsize=2.5, zorder=4,
    )  # fmt: skip


def _gap_text(gap: Gap, scale: Scale) -> str:
    if gap.only_bounded and gap.bounds is not None:
        low, high = (scale.points(x).removesuffix(" points") for x in gap.bounds)
        return f"{low} to {high}{' points' if scale.share else ''}"
    return scale.points(gap.value, sign=True)


def _alt_text(rows: list[Row], scale: Scale, loss: str) -> str:
    parts = []
    for row in rows:
        if isinstance(row, Level):
            found = scale.interval(row.estimate.ci)
            around = "" if row.estimate.ci is None else f" ({found})"
            parts.append(f"{row.name} {scale.value(row.value)}{around}")
        else:
            parts.append(f"{GAP_TITLES[row.gap]} {_gap_text(row, scale)}")
    return shown(f"Waterfall of the {loss}, from level to level: {', '.join(parts)}.", 1500)
