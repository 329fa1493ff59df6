"""Precision, recall and F1 over thresholds, with their intervals, and where the run stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Figure as Number
from mlstrat.core.wording import Scale, count, listed
from mlstrat.errors import UsageError
from mlstrat.show.canvas import BLUE, ORANGE, conclusion
from mlstrat.show.picture import Picture, in_percent, shown
from mlstrat.workflow.score.threshold_compute import ThresholdCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOOKS: dict[str, dict[str, Any]] = {
    "precision": {"color": BLUE, "linestyle": "solid"},
    "recall": {"color": ORANGE, "linestyle": (0, (5, 2))},
    "f1": {"color": "black", "linestyle": (0, (1, 1.2))},
    "false accepts": {"color": BLUE, "linestyle": "solid"},
    "false rejects": {"color": ORANGE, "linestyle": (0, (5, 2))},
}
"""Colour and stroke, so that black and white tells them apart."""

NAMES = {name: "F1" if name == "f1" else name for name in LOOKS}


def threshold_picture(curve: ThresholdCurve, confidence: float = 0.95) -> Picture:
    """Return the figures of one class over thresholds."""
    title = _title(curve)

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        for name in curve.names:
            _line(panel, curve, name)
        if curve.used is not None:
            panel.axvline(curve.used, color="0.4", linewidth=1, linestyle=(0, (4, 3)), zorder=1,
                          label="as the run is read")  # fmt: skip
        panel.set_xlabel(f"threshold: {shown(curve.label, 24)} from this score on")
        panel.set_ylabel(f"%, with {100 * confidence:g}% interval")
        panel.set_ylim(-2, 102)
        panel.grid(color="0.92", linewidth=0.6)
        panel.set_axisbelow(True)
        conclusion(figure, title)
        figure.legend(loc="outside lower center", ncols=2, handlelength=2.6, columnspacing=1.2)

    return Picture("threshold", title, _alt_text(curve), draw, 3.6)


def _line(panel: Axes, curve: ThresholdCurve, name: str) -> None:
    at = [(t, x[name]) for t, x in curve.points.items()]
    known = [(t, x) for t, x in at if x.value is not None]
    panel.plot([t for t, _ in known], in_percent([x.value or 0.0 for _, x in known]),
               linewidth=1.6, zorder=3, label=NAMES[name], **LOOKS[name])  # fmt: skip
    sure = [(t, x.ci) for t, x in known if x.ci is not None]
    panel.fill_between(
        [t for t, _ in sure], in_percent([ci[0] for _, ci in sure]),
        in_percent([ci[1] for _, ci in sure]), color=LOOKS[name]["color"], alpha=0.15, linewidth=0,
    )  # fmt: skip


def _at(curve: ThresholdCurve, threshold: float) -> str:
    scale, found = Scale(), curve.points[threshold]
    parts = []
    for name in curve.names:
        x = found[name]
        sure = f" ({scale.interval(x.ci)})" if x.ci else ""
        parts.append(f"{NAMES[name]} {scale.value(x.value)}{sure}")
    return ", ".join(parts)


def _title(curve: ThresholdCurve) -> str:
    scale, best = Scale(), curve.best
    used = curve.used if curve.used in curve.points and curve.used != best else None
    if "f1" not in curve.names:
        both = [scale.value(curve.points[best][x].value) for x in curve.names]
        text = f"{listed(list(curve.names))} on {curve.split} are closest at {best:.3g}: "
        text = f"{text[0].upper()}{text[1:]}{listed(both)}"
        read = "" if used is None else f". The run is read at {used:.3g}: {_at(curve, used)}"
        return f"{text}{read}."
    found = curve.points[best]["f1"]
    sure = f" ({scale.interval(found.ci)})" if found.ci else ""
    text = (
        f"F1 of {shown(curve.label, 24)} on {curve.split} is highest, {scale.value(found.value)}"
        f"{sure}, at {best:.3g}"
    )
    if used is None:
        return f"{text}."
    return f"{text}; at {used:.3g} it is {scale.value(curve.points[used]['f1'].value)}."


def _alt_text(curve: ThresholdCurve) -> str:
    cuts = list(curve.points)
    some = [cuts[round(i * (len(cuts) - 1) / 4)] for i in range(5)]
    own = [t for t in cuts if t == curve.used]
    wanted = sorted({*some, curve.best, *own})
    told = "; ".join(f"at {t:.3g} {_at(curve, t)}" for t in wanted)
    chosen = "" if curve.rule is None else f" The run is read at {curve.used:.3g}: {curve.rule}."
    names = listed([NAMES[x] for x in curve.names])
    return (
        f"{names[0].upper()}{names[1:]} of {shown(curve.label, 30)} over {len(cuts)} thresholds on "
        f"{curve.split}, {count(curve.rows)} {curve.row}s: {told}.{chosen} Intervals are of each "
        f"threshold by itself, and the best one looks too good on the {curve.row}s it was found on."
    )


def operating_picture(curve: ThresholdCurve, confidence: float = 0.95) -> Picture:
    """Return precision against recall, with the threshold that the run is read at."""
    if "precision" not in curve.names:
        raise UsageError(f"{curve.label} have no precision and recall", accepted="plot threshold")
    used = curve.used if curve.used in curve.points else None
    at = curve.best if used is None else used
    where = f"{'F1 is highest' if used is None else 'the run is read'} at {at:.3g}"
    title = f"{shown(curve.label, 24)} on {curve.split}, where {where}: {_at(curve, at)}."
    title = title[0].upper() + title[1:]

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        known = [x for x in curve.points.values()
                 if x["precision"].value is not None and x["recall"].value is not None]  # fmt: skip
        across = in_percent([x["recall"].value or 0.0 for x in known])
        panel.plot(across, in_percent([x["precision"].value or 0.0 for x in known]), color=BLUE,
                   linewidth=1.6, zorder=3, label="thresholds")  # fmt: skip
        ends = [(r, x["precision"].ci) for r, x in zip(across, known, strict=True)]
        sure = [(r, ci) for r, ci in ends if ci is not None]
        panel.fill_between(
            [r for r, _ in sure], in_percent([ci[0] for _, ci in sure]),
            in_percent([ci[1] for _, ci in sure]), color=BLUE, alpha=0.15, linewidth=0,
            label=f"precision, {100 * confidence:g}% interval",
        )  # fmt: skip
        _cross(panel, curve.points[at], where)
        panel.set_xlim(-2, 102)
        panel.set_ylim(-2, 102)
        panel.set_aspect("equal")
        panel.set_xlabel("recall, %")
        panel.set_ylabel("precision, %")
        panel.grid(color="0.92", linewidth=0.6)
        panel.set_axisbelow(True)
        conclusion(figure, title)
        figure.legend(loc="outside lower center", handlelength=2.6)

    return Picture("precision-recall", title, _alt_text(curve), draw, 4.3)


def _cross(panel: Axes, found: Mapping[str, Number], label: str) -> None:
    """Mark one threshold, with the intervals of both."""
    ends = []
    for name in ("recall", "precision"):
        value = found[name].value or 0.0
        low, high = found[name].ci or (value, value)
        ends.append((100 * value, [[100 * (value - low)], [100 * (high - value)]]))
    (x, across), (y, up) = ends
    panel.errorbar(
        [x], [y], xerr=across, yerr=up, color=ORANGE, marker="o", markersize=7,
        markeredgecolor="black", markeredgewidth=0.9, elinewidth=1.2, capsize=2.5, zorder=5,
        linestyle="none", label=label,
    )  # fmt: skip
