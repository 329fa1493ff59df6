"""Draws the figure of the README from the results: ``python -m benchmarks.figures``."""

from __future__ import annotations

from typing import Any

from benchmarks.results import HERE, load

FIGURE = HERE / "cost.svg"
LINES = {
    "mlstrat": ("mlstrat diagnose", "#0b6e4f", "o", "-"),
    "polars": ("bare Polars", "#8a8a8a", "s", "--"),
    "duckdb": ("bare DuckDB", "#c77d0a", "^", ":"),
}
"""Who, how it is called, drawn and marked: marks and dashes tell them apart without colour."""


def draw(found: list[dict[str, Any]]) -> None:
    """Draw seconds of CSV, seconds of Parquet and peak memory against rows, on log axes."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(
        {
            "svg.hashsalt": "mlstrat",
            "svg.fonttype": "none",
            "font.family": "sans-serif",
            "font.size": 9,
        }
    )
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.2), layout="constrained")
    panels = (
        ("CSV: seconds", "csv", 0, 1.0),
        ("Parquet: seconds", "parquet", 0, 1.0),
        ("Parquet: peak memory, MiB", "parquet", 1, 2.0**20),
    )
    for ax, (title, format_, place, unit) in zip(axes, panels, strict=True):
        rows = [x for x in found if x["format"] == format_]
        for who, (name, color, mark, dash) in LINES.items():
            if all(who in x for x in rows):
                n, cost = ([x["rows"] for x in rows], [x[who][place] / unit for x in rows])
                look = {"color": color, "marker": mark, "linestyle": dash, "markersize": 4}
                ax.plot(n, cost, label=name, **look)
        ax.set(xscale="log", yscale="log", title=title, xlabel="rows")
        ax.grid(color="#dddddd", linewidth=0.6)
        ax.spines[["top", "right"]].set_visible(False)
    for ax, limits in zip(axes, ((0.1, 100), (0.1, 100), (10, 10_000)), strict=True):
        ax.set_ylim(*limits)
    axes[0].legend(frameon=False)
    figure.savefig(FIGURE, metadata={"Date": None})


if __name__ == "__main__":
    draw(load()["sizes"])
