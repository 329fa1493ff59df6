"""The power curve of a plan: what dev tells, by its size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mlstrat.core.sample_size.planned import paired_power, paired_size
from mlstrat.errors import UsageError
from mlstrat.show.canvas import BLUE, conclusion, plain_log, save_figure
from mlstrat.workflow.splits.findings import fine, points
from mlstrat.workflow.splits.planning import Plan, dev_tells

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 80
"""Points of the curve."""

USUAL = 10_000
"""The middle of the sizes shown where a plan has no dev set."""


def power_figure(plan: Plan, title: str, path: str | Path) -> None:
    """Write the power curve as SVG or PNG, the detectable difference where none is asked for.

    Of two models on the same examples. The formulas hold from a power of a half on, and there the
    curve begins. A plan without an expected error is refused.
    """
    if plan.wanted.error is None:
        raise UsageError(
            "a power curve needs a difference to tell, or an error",
            hint="give --error, and --detect",
        )

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        if plan.wanted.detect is None:
            _differences(panel, plan)
        else:
            _powers(panel, plan, plan.wanted.detect)
        panel.set_xlabel("examples of dev")
        panel.grid(color="0.9", linewidth=0.6)
        panel.set_axisbelow(True)
        conclusion(figure, title)
        figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", ncols=1)

    save_figure(path, draw, (7.0, 4.8))


def _powers(panel: Axes, plan: Plan, detect: float) -> None:
    test, psi = plan.test, plan.disagreement or detect
    enough = paired_size(psi, detect, test)

    def percent(n: float) -> float | None:
        power = paired_power(psi, detect, round(n), test)
        return 100 * power if power > 0.5 else None

    panel.axhline(100 * test.power, color="0.4", linewidth=0.9, zorder=1)
    panel.set_ylim(50, 101)
    panel.set_ylabel(f"chance to tell {points(detect)}, %")
    label = f"{_models(plan)}: {enough:,} for {100 * test.power:g}%"
    _draw(panel, percent, label, enough / 3, enough * 3, plan.sizes["dev"])


def _differences(panel: Axes, plan: Plan) -> None:
    def in_points(n: float) -> float | None:
        difference = dev_tells(plan.wanted, round(n), plan.test)
        return None if difference is None else 100 * difference

    middle = plan.sizes["dev"] or USUAL
    panel.set_yscale("log")
    panel.set_ylabel(f"improvement told with power {100 * plan.test.power:g}%, points")
    _draw(panel, in_points, _models(plan), middle / 30, middle * 30, plan.sizes["dev"])
    plain_log(panel.yaxis)


def _models(plan: Plan) -> str:
    psi = plan.disagreement
    differ = "" if psi is None else f" that differ on {fine(psi)}%"
    return f"two models on the same examples{differ}"


def _draw(
    panel: Axes,
    told: Callable[[float], float | None],
    label: str,
    low: float,
    high: float,
    dev: int | None,
) -> None:
    low, high = max(low, 2.0), max(high, 20.0)
    if dev is not None:
        low, high = max(min(low, dev / 2), 1.0), max(high, 2 * dev)
    sizes = [low * (high / low) ** (k / POINTS) for k in range(POINTS + 1)]
    curve = [(n, y) for n in sizes if (y := told(n)) is not None]
    panel.plot([n for n, _ in curve], [y for _, y in curve], color=BLUE, linewidth=2, zorder=3,
               label=label)  # fmt: skip
    if dev is not None and (y := told(dev)) is not None:
        panel.plot([dev], [y], marker="o", markersize=8, color=BLUE, linestyle="none",
                   markeredgecolor="black", zorder=5)  # fmt: skip
    panel.set_xscale("log")
    panel.set_xlim(low, high)
    plain_log(panel.xaxis)
    if dev is not None:
        panel.axvline(dev, color="black", linestyle=":", linewidth=1.2, zorder=2)
        on_left = dev > (low * high) ** 0.5
        panel.annotate(
            f"planned: {dev:,}", (dev, 0.02), xycoords=("data", "axes fraction"),
            xytext=(-5 if on_left else 5, 2), textcoords="offset points",
            ha="right" if on_left else "left", fontweight="bold",
        )  # fmt: skip
