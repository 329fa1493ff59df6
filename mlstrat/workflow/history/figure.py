"""The history of the gaps over runs: one panel a gap, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.wording import GAP_TITLES, Scale
from mlstrat.errors import UsageError
from mlstrat.show.canvas import BLUE, ORANGE, conclusion
from mlstrat.show.picture import Picture, shown
from mlstrat.workflow.diagnose.ladder import Decomposition, Gap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NAMES = 12
"""Runs whose names stand below the figure; of more, the first, the last and some between."""

MOST_RUNS = 60
"""The last runs that are shown: a column of a page tells no more apart."""


def history_picture(
    history: Sequence[tuple[str, Decomposition]], scale: Scale, title: str
) -> Picture:
    """Return the gaps over runs."""
    runs = [(name, ladder) for name, ladder in history if _known(ladder)][-MOST_RUNS:]
    gaps = [gap for gap in GAP_TITLES if any(_gap(ladder, gap) for _, ladder in runs)]
    if len(runs) < 2:
        raise UsageError(
            "a history needs two runs or more with a gap", hint="give the runs, the oldest first"
        )

    def draw(figure: Figure) -> None:
        panels = figure.subplots(len(gaps), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for panel, gap in zip(panels, gaps, strict=True):
            _panel(panel, runs, gap, scale)
        _names(panels[-1], [name for name, _ in runs])
        if any(ladder.focus for _, ladder in runs):
            panels[0].plot([], [], label="the gap to work on in this run", **_look(True))
            figure.legend(loc="outside lower center", handlelength=1.5)
        conclusion(figure, title)

    parts = []
    for gap in gaps:
        values = [_gap(ladder, gap) for _, ladder in runs]
        told = ", ".join("–" if g is None else scale.points(g.value, sign=True) for g in values)
        parts.append(f"{GAP_TITLES[gap]}: {told}")
    names = ", ".join(shown(name, 20) for name, _ in runs)
    text = shown(f"Gaps over the runs {names}. {'; '.join(parts)}.", 1500)
    return Picture("history", title, text, draw, 1.5 + 0.85 * len(gaps))


def _gap(ladder: Decomposition, name: str) -> Gap | None:
    gap = ladder.gap(name)
    return gap if gap is not None and gap.value is not None else None


def _known(ladder: Decomposition) -> bool:
    return any(g.value is not None for g in ladder.gaps)


def _panel(panel: Axes, runs: Sequence[tuple[str, Decomposition]], name: str, scale: Scale) -> None:
    unit = 100.0 if scale.share else 1.0
    found = [(x, g) for x, (_, ladder) in enumerate(runs) if (g := _gap(ladder, name)) is not None]
    places = [x for x, _ in found]
    values = [unit * (g.value or 0.0) for _, g in found]
    panel.axhline(0, color="0.6", linewidth=0.8, zorder=1)
    panel.plot(places, values, color=BLUE, linewidth=1.2, zorder=2)
    for (x, gap), y in zip(found, values, strict=True):
        if gap.ci is not None:
            low, high = (unit * end for end in gap.ci)
            panel.errorbar(x, y, yerr=[[max(y - low, 0.0)], [max(high - y, 0.0)]], fmt="none",
                           ecolor="0.45", elinewidth=0.9, capsize=2, zorder=2)  # fmt: skip
    focus = {x for x, (_, ladder) in enumerate(runs) if name in ladder.focus}
    for chosen in (False, True):
        some = [(x, y) for x, y in zip(places, values, strict=True) if (x in focus) == chosen]
        panel.plot([x for x, _ in some], [y for _, y in some], zorder=3, **_look(chosen))
    unit_of = ", points" if scale.share else ""
    panel.set_title(f"{GAP_TITLES[name]}{unit_of}", loc="left", fontsize=8, pad=3)
    panel.grid(axis="y", color="0.92", linewidth=0.6)
    panel.set_axisbelow(True)


def _look(focus: bool) -> dict[str, Any]:
    """Return the point of a gap, another one where it is the gap to work on."""
    marker, color = ("D", ORANGE) if focus else ("o", BLUE)
    return {"linestyle": "none", "marker": marker, "markersize": 5, "color": color,
            "markeredgecolor": "black", "markeredgewidth": 0.6}  # fmt: skip


def _names(panel: Axes, names: Sequence[str]) -> None:
    step = -(-len(names) // MOST_NAMES)
    places = [*range(0, len(names) - step, step), len(names) - 1] if len(names) > 1 else [0]
    letters = [shown(names[x], 16) for x in places]
    long = sum(map(len, letters)) > 40
    panel.set_xticks(places, letters, rotation=90 if long else 0)
    panel.set_xlim(-0.4, len(names) - 0.6)
