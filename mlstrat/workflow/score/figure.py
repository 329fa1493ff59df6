# Over 300 lines: the pictures of one split stand together, as they share their looks.
"""ROC, precision and recall, reliability and thresholds: what scores are worth, as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Figure as Number
from mlstrat.core.wording import Scale, count, listed
from mlstrat.errors import UsageError
from mlstrat.show.canvas import BLUE, ORANGE, conclusion
from mlstrat.show.picture import Picture, in_percent, shown
from mlstrat.workflow.score.curves import RankingCurve, ReliabilityBin, ScoreCurves, ThresholdCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREEN = "#009E73"
LOOKS: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "linestyle": "solid", "linewidth": 1.8},
    {"color": ORANGE, "linestyle": (0, (5, 2)), "linewidth": 1.5},
    {"color": "black", "linestyle": (0, (1, 1.2)), "linewidth": 1.5},
    {"color": GREEN, "linestyle": (0, (5, 1.5, 1, 1.5)), "linewidth": 1.5},
)
"""Of the classes that are named: colour and stroke, so that black and white tells them apart."""

MARKERS = ("o", "D", "s", "^")


def roc_picture(curves: ScoreCurves, confidence: float = 0.95) -> Picture:
    """Return the ROC curve, of each class against the rest where there are more than two."""
    named = _named(curves.curves, "roc_auc")
    title = _title(curves, "ROC AUC", [c.roc_auc for c in named], named, confidence)

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        panel.plot([0, 100], [0, 100], color="0.5", linewidth=1, linestyle=(0, (4, 3)), zorder=1,
                   label="chance")  # fmt: skip
        _draw(panel, curves, named, "roc_auc")
        for look, marker, c in zip(LOOKS, MARKERS, named, strict=False):
            at = c.operating
            _point(panel, at.false_positive_rate, at.recall, look["color"], marker)
        panel.set_xlabel("false positives among all that are not of the class, %")
        panel.set_ylabel("recall, %")
        _finish(figure, panel, title, any(c.operating.recall is not None for c in named))

    return Picture("roc", title, _alt_text("ROC curve", curves, named, "roc_auc"), draw, 3.9)


def precision_recall_picture(curves: ScoreCurves, confidence: float = 0.95) -> Picture:
    """Return precision against recall, of each class where there are more than two.

    The parameters are those of `roc_picture`.
    """
    named = _named(curves.curves, "average_precision")
    title = _title(
        curves, "average precision", [c.average_precision for c in named], named, confidence
    )

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        _draw(panel, curves, named, "average_precision")
        for look, marker, c in zip(LOOKS, MARKERS, named, strict=False):
            _point(panel, c.operating.recall, c.operating.precision, look["color"], marker)
        if len(curves.curves) == 1:
            share = 100 * curves.curves[0].share
            panel.axhline(share, color="0.5", linewidth=1, linestyle=(0, (4, 3)), zorder=1,
                          label="chance")  # fmt: skip
        panel.set_xlabel("recall, %")
        panel.set_ylabel("precision, %")
        _finish(figure, panel, title, any(c.operating.recall is not None for c in named))

    text = _alt_text("Precision against recall", curves, named, "average_precision")
    return Picture("precision-recall", title, text, draw, 3.9)


def _value(curve: RankingCurve, area: str) -> Number:
    number: Number = getattr(curve, area)
    return number


def _named(curves: Sequence[RankingCurve], area: str) -> list[RankingCurve]:
    """Return the classes that are named: those with the smallest area, in the order of it."""
    hardest = sorted(curves, key=lambda c: _value(c, area).value or 0.0)
    return hardest[: len(LOOKS)]


def _draw(panel: Axes, curves: ScoreCurves, named: Sequence[RankingCurve], area: str) -> None:
    roc = area == "roc_auc"

    def line(curve: RankingCurve) -> tuple[list[float], list[float]]:
        if roc:
            return in_percent(curve.false_positive_rate), in_percent(curve.recall)
        return in_percent(curve.recall), in_percent(curve.precision)

    # Between two thresholds precision does not lie on a line (Davis and Goadrich 2006): steps,
    # whose area is the average precision.
    drawn = "default" if roc else "steps-pre"
    others = [c for c in curves.curves if c not in named]
    for i, curve in enumerate(others):
        panel.plot(*line(curve), color="0.8", linewidth=0.9, zorder=1.5, drawstyle=drawn,
                   label=f"{len(others)} easier classes" if not i else None)  # fmt: skip
    for look, curve in reversed(list(zip(LOOKS, named, strict=False))):
        panel.plot(*line(curve), zorder=3, drawstyle=drawn, **look)
    for look, curve in zip(LOOKS, named, strict=False):
        value = Scale().value(_value(curve, area).value)
        panel.plot([], [], label=f"{shown(curve.label, 20)}: {value}", **look)


def _point(panel: Axes, x: float | None, y: float | None, color: str, marker: str) -> None:
    if x is None or y is None:
        return
    panel.plot([100 * x], [100 * y], marker=marker, markersize=7, color=color, linestyle="none",
               markeredgecolor="black", markeredgewidth=0.9, zorder=5)  # fmt: skip


def _finish(figure: Figure, panel: Axes, title: str, predicts: bool) -> None:
    panel.set_xlim(-2, 102)
    panel.set_ylim(-2, 102)
    panel.set_aspect("equal")
    panel.grid(color="0.92", linewidth=0.6)
    panel.set_axisbelow(True)
    if predicts:
        panel.plot([], [], marker="o", markersize=6, color="white", markeredgecolor="black",
                   linestyle="none", label="as the run predicts")  # fmt: skip
    conclusion(figure, title)
    figure.legend(loc="outside lower center", ncols=2, handlelength=2.6, columnspacing=1.2)


def _title(
    curves: ScoreCurves,
    what: str,
    numbers: Sequence[Number],
    named: Sequence[RankingCurve],
    confidence: float,
) -> str:
    scale = Scale()
    first = numbers[0]
    value = scale.value(first.value)
    if first.ci is not None:
        value += f" ({scale.interval(first.ci)} at {100 * confidence:g}%)"
    if len(curves.curves) == 1:
        text = f"{what[0].upper()}{what[1:]} of {shown(named[0].label, 24)} on {curves.split}: "
        if what == "ROC AUC":
            return f"{text}{value}."
        return f"{text}{value}, where chance has {scale.value(named[0].share)}."
    label = shown(named[0].label, 24)
    of = f"of {len(curves.curves)} classes on {curves.split}"
    return f"{label} has the lowest {what} {of}: {value}."


def _alt_text(what: str, curves: ScoreCurves, named: Sequence[RankingCurve], area: str) -> str:
    scale = Scale()
    parts = []
    for c in named:
        number, at = _value(c, area), c.operating
        around = "" if number.ci is None else f" ({scale.interval(number.ci)})"
        text = f"{shown(c.label, 30)}: area {scale.value(number.value)}{around}"
        if at.recall is not None:
            stands = f"recall {scale.value(at.recall)}, precision {scale.value(at.precision)}"
            text += f", the predictions at {stands} and {scale.value(at.false_positive_rate)} "
            text += "false positives"
        parts.append(text)
    rows = count(curves.curves[0].rows)
    return f"{what} on {curves.split}, {rows} rows. {'; '.join(parts)}."


def reliability_picture(curves: ScoreCurves, confidence: float = 0.95) -> Picture:
    """Return the reliability diagram of one split."""
    if not curves.reliability:
        raise UsageError(f"no reliability diagram: {curves.reason}")
    bins = curves.reliability
    title = _title_text(curves)

    def draw(figure: Figure) -> None:
        panel, below = figure.subplots(2, 1, height_ratios=(5, 1), sharex=True)
        _draw_text(panel, bins, confidence)
        rows = [b.n for b in bins]
        middle = in_percent([b.promised for b in bins])
        below.vlines(middle, 0, rows, color="0.35", linewidth=3)
        below.set_ylim(0, 1.15 * max(rows))
        below.set_yticks([max(rows)], [count(max(rows))])
        below.set_ylabel("rows")
        below.set_xlabel(f"promised by the scores: {_whose(curves)}, %")
        below.set_xlim(-3, 103)
        conclusion(figure, title)
        figure.legend(loc="outside lower center", ncols=2, handlelength=2.6, columnspacing=1.2)

    scale = Scale()
    said = "; ".join(
        f"promised {scale.value(b.promised)}, came {scale.value(b.observed)} of {count(b.n)}"
        for b in bins
    )
    text = f"Reliability diagram on {curves.split}, {len(bins)} bins: {said}."
    return Picture("reliability", title, text, draw, 4.1)


def _whose(curves: ScoreCurves) -> str:
    if len(curves.curves) == 1:
        return f"share of {shown(curves.curves[0].label, 20)}"
    return "share, all classes"


def _title_text(curves: ScoreCurves) -> str:
    off = [b for b in curves.reliability if b.off]
    scale = Scale()
    if not off:
        return (
            f"The scores keep what they promise on {curves.split}, as far as "
            f"{count(sum(b.n for b in curves.reliability))} rows tell."
        )
    mean = "" if curves.error is None else f", {scale.points(curves.error)} off on average"
    worst = max(off, key=lambda b: abs(b.observed - b.promised))
    return (
        f"Scores of {scale.value(worst.promised)} come true in {scale.value(worst.observed)} on "
        f"{curves.split}{mean}."
    )


def _draw_text(panel: Axes, bins: tuple[ReliabilityBin, ...], confidence: float) -> None:
    panel.plot([0, 100], [0, 100], color="0.5", linewidth=1, linestyle=(0, (4, 3)), zorder=1,
               label="as promised")  # fmt: skip
    for b in bins:
        if b.ci is not None:
            x, y = 100 * b.promised, 100 * b.observed
            low, high = (100 * end for end in b.ci)
            panel.errorbar(x, y, yerr=[[max(y - low, 0.0)], [max(high - y, 0.0)]], fmt="none",
                           ecolor="0.4", elinewidth=1.0, capsize=2.5, zorder=2)  # fmt: skip
    for off, marker, color, label in (
        (False, "o", BLUE, f"as observed, {100 * confidence:g}% interval"),
        (True, "D", ORANGE, "off beyond chance"),
    ):
        some = [b for b in bins if b.off == off]
        if some:
            panel.plot(
                in_percent([b.promised for b in some]), in_percent([b.observed for b in some]),
                linestyle="none", marker=marker, color=color, markeredgecolor="black",
                markeredgewidth=0.6, markersize=5.5, zorder=3, label=label,
            )  # fmt: skip
    panel.set_ylim(-3, 103)
    panel.set_ylabel("came true, %")
    panel.grid(color="0.92", linewidth=0.6)
    panel.set_axisbelow(True)


LINES: dict[str, dict[str, Any]] = {
    "precision": {"color": BLUE, "linestyle": "solid"},
    "recall": {"color": ORANGE, "linestyle": (0, (5, 2))},
    "f1": {"color": "black", "linestyle": (0, (1, 1.2))},
    "false accepts": {"color": BLUE, "linestyle": "solid"},
    "false rejects": {"color": ORANGE, "linestyle": (0, (5, 2))},
}
"""Colour and stroke, so that black and white tells them apart."""

NAMES = {name: "F1" if name == "f1" else name for name in LINES}


def threshold_picture(curve: ThresholdCurve, confidence: float = 0.95) -> Picture:
    """Return the figures of one class over thresholds."""
    title = _threshold_title(curve)

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

    return Picture("threshold", title, _threshold_text(curve), draw, 3.6)


def _line(panel: Axes, curve: ThresholdCurve, name: str) -> None:
    at = [(t, x[name]) for t, x in curve.points.items()]
    known = [(t, x) for t, x in at if x.value is not None]
    panel.plot([t for t, _ in known], in_percent([x.value or 0.0 for _, x in known]),
               linewidth=1.6, zorder=3, label=NAMES[name], **LINES[name])  # fmt: skip
    sure = [(t, x.ci) for t, x in known if x.ci is not None]
    panel.fill_between(
        [t for t, _ in sure], in_percent([ci[0] for _, ci in sure]),
        in_percent([ci[1] for _, ci in sure]), color=LINES[name]["color"], alpha=0.15, linewidth=0,
    )  # fmt: skip


def _told_at(curve: ThresholdCurve, threshold: float) -> str:
    scale, found = Scale(), curve.points[threshold]
    parts = []
    for name in curve.names:
        x = found[name]
        sure = f" ({scale.interval(x.ci)})" if x.ci else ""
        parts.append(f"{NAMES[name]} {scale.value(x.value)}{sure}")
    return ", ".join(parts)


def _threshold_title(curve: ThresholdCurve) -> str:
    scale, best = Scale(), curve.best
    used = curve.used if curve.used in curve.points and curve.used != best else None
    if "f1" not in curve.names:
        both = [scale.value(curve.points[best][x].value) for x in curve.names]
        text = f"{listed(list(curve.names))} on {curve.split} are closest at {best:.3g}: "
        text = f"{text[0].upper()}{text[1:]}{listed(both)}"
        read = "" if used is None else f". The run is read at {used:.3g}: {_told_at(curve, used)}"
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


def _threshold_text(curve: ThresholdCurve) -> str:
    cuts = list(curve.points)
    some = [cuts[round(i * (len(cuts) - 1) / 4)] for i in range(5)]
    own = [t for t in cuts if t == curve.used]
    wanted = sorted({*some, curve.best, *own})
    told = "; ".join(f"at {t:.3g} {_told_at(curve, t)}" for t in wanted)
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
    title = f"{shown(curve.label, 24)} on {curve.split}, where {where}: {_told_at(curve, at)}."
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

    return Picture("precision-recall", title, _threshold_text(curve), draw, 4.3)


def _cross(panel: Axes, found: Mapping[str, Number], label: str) -> None:
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
