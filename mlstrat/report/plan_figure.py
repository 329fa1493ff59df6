"""The power curve of a plan: the chance to tell the difference, by examples of dev."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

from mlstrat.errors import UsageError
from mlstrat.report.sentences_plan import fine, points
from mlstrat.report.writing import write_whole
from mlstrat.workflow import sample_size as size
from mlstrat.workflow.planning import Plan

Curve = tuple[str, Callable[[int], float], int]
"""What is compared, its power at n examples, and how many are enough."""

POINTS = 60
"""Points of a curve."""


def draw_power_curve(plan: Plan, path: str) -> None:
    """Write the power curve as SVG, from a power of a half on.

    Raises
    ------
    UsageError
        Where there is no difference to tell, or matplotlib is not installed.
    """
    wanted, test = plan.wanted, plan.test
    if wanted.detect is None or wanted.error is None:
        raise UsageError("a power curve needs a difference to tell", hint="give --detect")
    if not path.lower().endswith(".svg"):
        raise UsageError(f"the figure {path!r} is no SVG", accepted="a name that ends in .svg")
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError(
            "a figure needs matplotlib", hint="install it with: pip install 'mlstrat[figures]'"
        ) from None
    detect, error = wanted.detect, wanted.error
    curves: list[Curve] = [
        (
            "two independent sets",
            lambda n: size.unpaired_power(error, detect, n, test),
            size.unpaired_size(error, detect, test),
        )
    ]
    if (psi := wanted.discordance) is not None:
        curves.append((f"the same examples, differing on {fine(psi)} %",
                       lambda n: size.paired_power(psi, detect, n, test),
                       size.paired_size(psi, detect, test)))  # fmt: skip
    # The same plan gives the same bytes: no random ids, no date.
    with mpl.rc_context({"svg.hashsalt": "mlstrat", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.subplots()
        for name, power, enough in curves:
            sizes = [max(1, round(enough * 10 ** (k / POINTS - 0.5))) for k in range(POINTS + 1)]
            told = [(n, p) for n in sizes if (p := power(n)) > 0.5]
            axes.plot([n for n, _ in told], [p for _, p in told], label=f"{name}: {enough:,}")
        axes.axhline(test.power, color="grey", linewidth=0.8)
        axes.set_xscale("log")
        axes.set_xlabel("examples of dev")
        axes.set_ylabel(f"chance to tell {points(detect)}")
        axes.set_title(f"Power at an error of {fine(error)} %")
        axes.legend(loc="best")
        out = StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    write_whole(path, out.getvalue())
