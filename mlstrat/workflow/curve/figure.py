"""A learning curve: train and dev over the training examples, the fit, and the target."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mlstrat.core.intervals import Interval
from mlstrat.core.wording import Scale, count
from mlstrat.show.canvas import BLUE, ORANGE, conclusion, plain_log
from mlstrat.show.picture import Picture, shown
from mlstrat.workflow.curve.compute import FAR, LearningCurve
from mlstrat.workflow.curve.findings import sized

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCALE = Scale()

STEPS = 25
"""Points of the fitted curve and of its band."""

CROWDED = 40
"""Times the smallest size from which ticks at 1, 2 and 5 would run into each other."""

DEV: dict[str, Any] = {"marker": "o", "color": BLUE, "markeredgecolor": "black"}
TRAIN: dict[str, Any] = {"marker": "s", "color": ORANGE, "markerfacecolor": "white"}


def curve_picture(curve: LearningCurve, title: str, confidence: float = 0.95) -> Picture:
    """Return the picture of a learning curve, whose title is the conclusion."""
    band = _band(curve)

    def draw(figure: Figure) -> None:
        from matplotlib.ticker import LogLocator

        panel = figure.subplots()
        top = _points(panel, curve)
        _fit(panel, curve, band, confidence)
        _target(panel, curve)
        panel.set_xscale("log")
        panel.set_xlim(0.8 * curve.points[0].n, 1.1 * _reach(curve))
        panel.set_ylim(0, 1.08 * top)
        plain_log(panel.xaxis)
        if _reach(curve) > CROWDED * curve.points[0].n:
            panel.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0), numticks=20))
        panel.set_xlabel("training examples")
        panel.set_ylabel("error, %")
        panel.grid(color="0.92", linewidth=0.6)
        panel.set_axisbelow(True)
        conclusion(figure, title)
        figure.legend(loc="outside lower center", ncols=2, handlelength=2.4, columnspacing=1.2)

    return Picture("curve", title, _alt_text(curve), draw, 3.7)


def _reach(curve: LearningCurve) -> float:
    """Return the largest size that is shown: where the target is reached, else the double."""
    last, size = curve.last.n, curve.beyond.size
    if size is None or math.isinf(size[0]) or curve.reaches not in ("yes", "cannot_tell"):
        return 2.0 * last
    least, most = size[0], math.inf if size[1] is None else size[1][1]
    wanted = 1.5 * least if math.isinf(most) else 1.2 * most
    return max(2.0 * last, min(wanted, FAR * last))


def _points(panel: Axes, curve: LearningCurve) -> float:
    """Draw the errors with their intervals; return the highest end, in percent."""
    top = 0.0 if curve.target is None else 100 * curve.target.error
    for name, look in (("dev", DEV), ("train", TRAIN)):
        label: str | None = f"{name}, with its interval"
        for p in curve.points:
            one = p.dev if name == "dev" else p.train
            y = 100 * (one.value or 0.0)
            low, high = (100 * x for x in one.ci or (y / 100, y / 100))
            panel.errorbar(
                p.n, y, yerr=[[max(y - low, 0.0)], [max(high - y, 0.0)]], label=label,
                linestyle="none", markersize=5, markeredgewidth=0.8, ecolor="0.35",
                elinewidth=0.9, capsize=2, zorder=4, clip_on=False, **look,
            )  # fmt: skip
            top, label = max(top, high), None
    return top


def _between(start: float, end: float) -> list[float]:
    """Return sizes from start to end, equally far apart on a logarithmic axis."""
    return [start * (end / start) ** (k / STEPS) for k in range(STEPS + 1)]


def _band(curve: LearningCurve) -> list[Interval]:
    """Return the interval of the fit at each size that is shown; nothing where there is none."""
    sizes = _between(curve.points[0].n, _reach(curve))
    return [around for n in sizes if (around := curve.fit.errors_at(n, steps=400)) is not None]


def _fit(panel: Axes, curve: LearningCurve, band: list[Interval], confidence: float) -> None:
    """Draw the fitted curve, dashed where nobody has trained, and what it may be."""
    first, last, reach = curve.points[0].n, curve.last.n, _reach(curve)
    law = curve.fit.law
    for start, end, stroke, label in (
        (first, last, "solid", "dev, fitted"),
        (last, reach, (0, (4, 2)), "carried on"),
    ):
        sizes = _between(start, end)
        panel.plot(sizes, [100 * law.at(n) for n in sizes], color=BLUE, linestyle=stroke,
                   linewidth=1.4, zorder=3, label=label)  # fmt: skip
    if band:
        sizes, ends = _between(first, reach), band
        panel.fill_between(
            sizes, [100 * low for low, _ in ends], [100 * high for _, high in ends],
            color="0.85", linewidth=0, zorder=1, label=f"its {100 * confidence:g}% interval",
        )  # fmt: skip


def _target(panel: Axes, curve: LearningCurve) -> None:
    if curve.target is None:
        return
    y = 100 * curve.target.error
    panel.axhline(y, color="black", linestyle=":", linewidth=1.4, zorder=2)
    panel.annotate(
        f"target\n{SCALE.value(curve.target.error)}", (1.02, y),
        xycoords=("axes fraction", "data"), va="center", fontweight="bold",
    )  # fmt: skip
    if curve.reaches == "yes" and curve.beyond.size is not None:
        size, (low, high) = (
            curve.beyond.size[0],
            curve.beyond.size[1] or (curve.beyond.size[0],) * 2,
        )
        panel.errorbar(size, y, xerr=[[max(size - low, 0.0)], [max(high - size, 0.0)]], marker="D",
                       markersize=5, color="black", linestyle="none", capsize=3, zorder=5,
                       label="target reached")  # fmt: skip


def _alt_text(curve: LearningCurve) -> str:
    parts = []
    for p in curve.points:
        around = "" if p.dev.ci is None else f" ({SCALE.interval(p.dev.ci)})"
        parts.append(
            f"{count(p.n)}: train {SCALE.value(p.train.value)}, dev "
            f"{SCALE.value(p.dev.value)}{around}"
        )
    floor = curve.beyond.floor
    around = "" if floor.ci is None else f" ({SCALE.interval(floor.ci)})"
    text = f"Learning curve by training examples. {'; '.join(parts)}. "
    text += f"The fitted dev error falls towards {SCALE.value(floor.value)}{around}."
    if curve.target is not None:
        text += f" The target is {SCALE.value(curve.target.error)}"
        if curve.reaches == "yes" and curve.beyond.size is not None:
            text += f", reached at about {sized(curve.beyond.size[0])}"
        text += "."
    return shown(text, 1500)
