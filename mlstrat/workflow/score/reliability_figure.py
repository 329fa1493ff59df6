"""The reliability diagram: do rows that are called 80 % come true in 80 %?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlstrat.core.wording import Scale, count
from mlstrat.errors import UsageError
from mlstrat.show.canvas import BLUE, ORANGE, conclusion
from mlstrat.show.picture import Picture, in_percent, shown
from mlstrat.workflow.score.curves import ReliabilityBin, ScoreCurves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def reliability_picture(curves: ScoreCurves, confidence: float = 0.95) -> Picture:
    """Return the reliability diagram of one split.

    Parameters
    ----------
    curves
        What the scores are worth.
    confidence
        Of the intervals.

    Raises
    ------
    UsageError
        Where the scores are no probabilities.
    """
    if not curves.reliability:
        raise UsageError(f"no reliability diagram: {curves.reason}")
    bins = curves.reliability
    title = _title(curves)

    def draw(figure: Figure) -> None:
        panel, below = figure.subplots(2, 1, height_ratios=(5, 1), sharex=True)
        _draw(panel, bins, confidence)
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


def _title(curves: ScoreCurves) -> str:
    """Say where the scores promise most too much or too little, beyond chance."""
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


def _draw(panel: Axes, bins: tuple[ReliabilityBin, ...], confidence: float) -> None:
    panel.plot([0, 100], [0, 100], color="0.5", linewidth=1, linestyle=(0, (4, 3)), zorder=1,
               label="as promised")  # fmt: skip
    for b in bins:
        if b.ci is not None:
            x, y = 100 * b.promised, 100 * b.observed
            low, high = (100 * end for end in b.ci)
            panel.errorbar(x, y, yerr=[[max(y - low, 0.0)], [max(high - y, 0.0)]], fmt="none",
                           ecolor="0.4", elinewidth=1.0, capsize=2.5, zorder=2)  # fmt: skip
    for off, marker, color, label in (
        (False, "o", BLUE, f"as observed, {100 * confidence:g} % interval"),
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
