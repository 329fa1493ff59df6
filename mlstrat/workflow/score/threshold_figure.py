"""Precision, recall and F1 over thresholds, with their intervals, and where the run stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlstrat.core.wording import Scale, count
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
}
"""Colour and stroke, so that black and white tells them apart."""

NAMES = {"precision": "precision", "recall": "recall", "f1": "F1"}


def threshold_picture(curve: ThresholdCurve, confidence: float = 0.95) -> Picture:
    """Return the figures of one class over thresholds.

    Parameters
    ----------
    curve
        What every threshold gives.
    confidence
        Of the intervals.
    """
    title = _title(curve)

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        for name in LOOKS:
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
    for name in LOOKS:
        x = found[name]
        sure = f" ({scale.interval(x.ci)})" if x.ci else ""
        parts.append(f"{NAMES[name]} {scale.value(x.value)}{sure}")
    return ", ".join(parts)


def _title(curve: ThresholdCurve) -> str:
    scale, best = Scale(), curve.best
    found = curve.points[best]["f1"]
    sure = f" ({scale.interval(found.ci)})" if found.ci else ""
    text = (
        f"F1 of {shown(curve.label, 24)} on {curve.split} is highest, {scale.value(found.value)}"
        f"{sure}, at {best:.3g}"
    )
    if curve.used is None or curve.used not in curve.points or curve.used == best:
        return f"{text}."
    used = scale.value(curve.points[curve.used]["f1"].value)
    return f"{text}; at {curve.used:.3g} it is {used}."


def _alt_text(curve: ThresholdCurve) -> str:
    cuts = list(curve.points)
    some = [cuts[round(i * (len(cuts) - 1) / 4)] for i in range(5)]
    own = [t for t in cuts if t == curve.used]
    wanted = sorted({*some, curve.best, *own})
    told = "; ".join(f"at {t:.3g} {_at(curve, t)}" for t in wanted)
    chosen = "" if curve.rule is None else f" The run is read at {curve.used:.3g}: {curve.rule}."
    return (
        f"Precision, recall and F1 of {shown(curve.label, 30)} over {len(cuts)} thresholds on "
        f"{curve.split}, {count(curve.rows)} rows: {told}.{chosen} Intervals are of each threshold "
        f"by itself, and the best one looks too good on the rows it was found on."
    )
