"""The Pareto front: what is optimised against each constraint, one panel each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mlstrat.core.wording import Scale, clean, count
from mlstrat.errors import UsageError
from mlstrat.show.canvas import (
    BLUE,
    COLUMN,
    ORANGE,
    Labels,
    conclusion,
    plain_log,
)
from mlstrat.show.picture import Picture
from mlstrat.workflow.select.compute import Candidate, Selection
from mlstrat.workflow.select.constraints import Axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_INTERVALS = 60
"""With more candidates, only the front and the choice have intervals and names."""

MOST_NAMED = 12
"""Candidates that the text alternative names."""

LOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "yes": ("feasible", {"marker": "o", "fillstyle": "full"}),
    "undecided": ("undecided", {"marker": "o", "fillstyle": "left", "markerfacecoloralt": "white"}),
    "no": ("infeasible", {"marker": "X", "markerfacecolor": "white"}),
}


def pareto_picture(selection: Selection, axes: Sequence[Axis], title: str) -> Picture:
    """Return the candidates with their Pareto front."""
    if not axes:
        raise UsageError(
            "a Pareto front needs a second figure", hint='add a constraint: --where "COLUMN <= N"'
        )
    for axis in axes:
        if not _shown(selection, axis):
            raise UsageError(f"no candidate has both {selection.expression.title} and {axis.label}")

    def draw(figure: Figure) -> None:
        across = min(len(axes), 2)
        down = -(-len(axes) // across)
        panels = figure.subplots(down, across, squeeze=False)
        flat = [panel for row in panels for panel in row]
        for panel, axis in zip(flat, axes, strict=False):
            _panel(panel, selection, axis, alone=len(axes) == 1)
        for panel in flat[len(axes) :]:
            panel.set_axis_off()
        conclusion(figure, title)
        legend = {
            label: handle
            for panel in flat
            for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
        }
        figure.legend(list(legend.values()), list(legend), loc="outside lower center",
                      ncols=2 if len(axes) == 1 else 3, handlelength=2.4, columnspacing=1.0,
                      labelspacing=0.8)  # fmt: skip
        figure.draw_without_rendering()  # names are placed by where the points have come to lie
        for panel, axis in zip(flat, axes, strict=False):
            _names(panel, selection, axis)

    down = -(-len(axes) // 2)
    text = _alt_text(selection, axes)
    if len(axes) == 1:
        return Picture("pareto", title, text, draw, 4.4)
    return Picture("pareto", title, text, draw, 1.4 + 3.0 * down, 2 * COLUMN)


def _alt_text(s: Selection, axes: Sequence[Axis]) -> str:
    """Name the front and the choice, with their figures."""
    scale = Scale(s.scale is not None)
    against = ", ".join(clean(axis.text, 50) for axis in axes)
    said = []
    front = [c for c in s.candidates if c.pareto or c.name == s.choice]
    for c in front[:MOST_NAMED]:
        mark = " (the choice)" if c.name == s.choice else ""
        said.append(f"{clean(c.name, 30)} {scale.value(c.figure.value)}{mark}")
    more = f" and {count(len(front) - MOST_NAMED)} more" if len(front) > MOST_NAMED else ""
    return (
        f"{clean(s.expression.title, 40)} of {count(len(s.candidates))} candidates against "
        f"{against}. On the Pareto front: {', '.join(said) or 'none'}{more}."
    )


def _shown(s: Selection, axis: Axis) -> list[tuple[int, Candidate, float, float]]:
    scale = 1.0 if s.scale is None else 100.0
    return [
        (i, c, axis.values[i], scale * c.figure.value)
        for i, c in enumerate(s.candidates)
        if c.figure.value is not None and math.isfinite(axis.values[i])
    ]


def _panel(panel: Axes, s: Selection, axis: Axis, *, alone: bool) -> None:
    shown = _shown(s, axis)
    _range(panel, s, axis)
    _front(panel, s, axis, alone)
    panel.axvline(axis.bound, color="black", linestyle=(0, (5, 3)), linewidth=1, zorder=1,
                  label="bound of the constraint")  # fmt: skip
    for i, c, x, y in shown:
        if len(shown) <= MOST_INTERVALS or c.pareto or c.name == s.choice:
            _interval(panel, s, axis, i, c, x, y)
    for feasible, (label, look) in LOOKS.items():
        some = [(x, y) for _, c, x, y in shown if c.feasible == feasible]
        # Empty too: the legend says what the fills mean in every panel.
        panel.plot([x for x, _ in some], [y for _, y in some], linestyle="none", color=BLUE,
                   markersize=7, markeredgecolor=BLUE, zorder=4, label=label, **look)  # fmt: skip
    front = [(x, y) for _, c, x, y in shown if c.pareto]
    panel.plot([x for x, _ in front], [y for _, y in front], linestyle="none", marker="o",
               fillstyle="none", color=ORANGE, markersize=10.5, markeredgewidth=1.2, zorder=4.5,
               label="on the Pareto front")  # fmt: skip
    chosen = [(x, y) for _, c, x, y in shown if c.name == s.choice]
    if chosen:
        panel.plot(*chosen[0], linestyle="none", marker="o", fillstyle="none", color="black",
                   markersize=15, markeredgewidth=1.8, zorder=5, label="choice")  # fmt: skip
    better = {True: " (less is better)", False: " (more is better)", None: ""}
    panel.set_xlabel(clean(axis.label, 50) + better[axis.lower_is_better])
    unit = "" if s.scale is None else ", %"
    panel.set_ylabel(f"{clean(s.expression.title, 40)}{unit}{better[not s.maximize]}")
    if not alone:
        panel.set_title(clean(axis.text, 50), loc="left")


def _range(panel: Axes, s: Selection, axis: Axis) -> None:
    """Show all points and the bound; several orders of magnitude on a logarithmic axis."""
    ends = [axis.values[i] for i, *_ in _shown(s, axis)] + [axis.bound]
    ends += [e[i] for i, *_ in _shown(s, axis) for e in (axis.low, axis.high)
             if math.isfinite(e[i])]  # fmt: skip
    low, high = min(ends), max(ends)
    if low > 0 and high / low >= 10:
        room = (high / low) ** 0.1
        panel.set_xscale("log")
        panel.set_xlim(low / room, high * room)
        plain_log(panel.xaxis)
        return
    room = 0.1 * (high - low) or max(abs(high), 1.0) * 0.1
    panel.set_xlim(low - room, high + room)


def _interval(
    panel: Axes, s: Selection, axis: Axis, i: int, c: Candidate, x: float, y: float
) -> None:
    scale = 1.0 if s.scale is None else 100.0
    up = None
    if c.figure.ci is not None:
        low, high = (scale * end for end in c.figure.ci)
        up = [[max(y - low, 0.0)], [max(high - y, 0.0)]]
    along = None
    low, high = axis.low[i], axis.high[i]
    if math.isfinite(low) and math.isfinite(high) and high > low:
        along = [[max(x - low, 0.0)], [max(high - x, 0.0)]]
    if up or along:
        panel.errorbar(x, y, up, along, fmt="none", ecolor="0.6", elinewidth=0.8, capsize=2.5,
                       zorder=3)  # fmt: skip


def _staircase(s: Selection, axis: Axis) -> list[tuple[float, float]]:
    """Return the points that none beats in both figures of the panel."""
    lower = axis.lower_is_better
    if lower is None:
        return []
    sign = 1.0 if lower else -1.0
    sense = 1.0 if s.maximize else -1.0
    best = -math.inf
    front: list[tuple[float, float]] = []
    for x, y in sorted(((x, y) for *_, x, y in _shown(s, axis)),
                       key=lambda p: (sign * p[0], -sense * p[1])):  # fmt: skip
        if sense * y > best:
            best = sense * y
            front.append((x, y))
    return front


def _front(panel: Axes, s: Selection, axis: Axis, alone: bool) -> None:
    """Join the front of the panel.

    Between two of its points no candidate reaches more than the lesser, so that no slope is drawn.
    With several constraints the front of all of them is larger: rings mark it.
    """
    front = _staircase(s, axis)
    if len(front) < 2:
        return
    label = "Pareto front" if alone else "front of these two alone"
    panel.step([x for x, _ in front], [y for _, y in front], where="post", color=ORANGE,
               linewidth=2.2, zorder=2, label=label)  # fmt: skip


def _names(panel: Axes, s: Selection, axis: Axis) -> None:
    shown = _shown(s, axis)
    points = [(x, y, c.name == s.choice) for _, c, x, y in shown]
    lines = [(axis.bound, panel.get_ylim()[0], axis.bound, panel.get_ylim()[1])]
    for (x, y), (to_x, to_y) in pairwise(_staircase(s, axis)):
        lines += [(x, y, to_x, y), (to_x, y, to_x, to_y)]
    labels = Labels(panel, points, lines)
    few = len(shown) <= MOST_INTERVALS
    for _, c, x, y in sorted(shown, key=lambda one: (one[1].name != s.choice, not one[1].pareto)):
        if few or c.pareto or c.name == s.choice:
            labels.place(x, y, clean(c.name, 24), must=c.name == s.choice)
