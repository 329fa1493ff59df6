"""The figure of `study gradients`: shares over lags, a line a cell, before and after training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlstrat.core.figures import Figure as Number
from mlstrat.show.canvas import conclusion
from mlstrat.show.picture import Picture, shown
from mlstrat.workflow.study.figure import SERIES, WIDE
from mlstrat.workflow.study.gradients import TITLES, CellFindings, Shares

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOWEST = 1e-10
"""Where the axis ends at the latest: what is below is as good as nothing, and stands on it."""

PANELS = {"untrained": "before training", "trained": "trained", "clipped": "trained, clipped"}


def gradient_picture(
    cells: Sequence[CellFindings], lags: Sequence[int], title: str, confidence: float
) -> Picture:
    """Return the figure of a study of gradients."""
    ends = [getattr(x, state).by_lag[-1].value or LOWEST for x in cells for state in PANELS]
    bottom = max(min(ends) / 10, LOWEST)

    def draw(figure: Figure) -> None:
        from matplotlib.ticker import FuncFormatter

        panels = figure.subplots(1, len(PANELS), sharey=True)
        for panel, (state, name) in zip(panels, PANELS.items(), strict=True):
            for number, x in enumerate(cells):
                look = SERIES[number % len(SERIES)]
                shift = 0.12 * (number - (len(cells) - 1) / 2)
                label = TITLES[x.cell] if state == "untrained" else None
                _line(panel, [lag + shift for lag in lags], getattr(x, state), look, label)
            panel.set_title(name, loc="left", fontsize=9)
            panel.set_xlabel("steps back")
            panel.grid(color="0.92", linewidth=0.6)
            panel.set_axisbelow(True)
        panels[0].set_yscale("log")
        panels[0].set_ylim(bottom, 5)
        panels[0].yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
        panels[0].set_ylabel(f"share of the gradient  (├─┤ {100 * confidence:g}%)")
        figure.legend(loc="outside lower center", ncols=len(cells), handlelength=3)
        conclusion(figure, title)

    told = [
        f"{TITLES[x.cell]} {name} {_told(getattr(x, state).by_lag[-1])}"
        for x in cells for state, name in PANELS.items()
    ]  # fmt: skip
    text = shown(
        f"Share of the gradient that reaches {lags[-1]} steps back. {'; '.join(told)}.", 1500
    )
    return Picture("gradients", title, text, draw, 3.4, WIDE)


def _line(
    panel: Axes, across: Sequence[float], found: Shares, look: dict[str, object], label: str | None
) -> None:
    up = [max(one.value or 0.0, LOWEST) for one in found.by_lag]
    panel.plot(across, up, label=label, markersize=4.5, linewidth=1.2, zorder=3, clip_on=False,
               **look)  # type: ignore[arg-type]  # fmt: skip
    for x, y, one in zip(across, up, found.by_lag, strict=True):
        if one.ci is not None:
            low, high = max(one.ci[0], LOWEST), max(one.ci[1], LOWEST)
            panel.errorbar(x, y, yerr=[[max(y - low, 0.0)], [max(high - y, 0.0)]], fmt="none",
                           ecolor=look["color"], elinewidth=0.8, capsize=2, zorder=2)  # type: ignore[arg-type]  # fmt: skip


def _told(one: Number) -> str:
    text = f"{one.value or 0:.2g}"
    return text if one.ci is None else f"{text} ({one.ci[0]:.2g} to {one.ci[1]:.2g})"
