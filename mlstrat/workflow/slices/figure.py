"""The heat map: the error by the values of two columns."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from mlstrat.core.wording import clean
from mlstrat.errors import UsageError
from mlstrat.show.canvas import conclusion, save_figure
from mlstrat.workflow.slices.analysis import Heat

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST = 18
"""Characters of a value beside the map."""

WRITTEN = 12
"""Up to so many columns of the map the figures stand in the cells."""


def heatmap_figure(heat: Heat | None, title: str, path: str | Path) -> None:
    """Write the error by the values of two columns as SVG or PNG.

    A darker cell has more errors; its rows stand in it, and a cell without rows is crossed out.
    """
    if heat is None:
        raise UsageError("a heat map needs two columns", hint="name them: --by COLUMN --by COLUMN")
    found = heat
    down, across = (len(x.values) for x in found.columns)

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        cells = [list(zip(n, k, strict=True)) for n, k in
                 zip(found.rows.tolist(), found.errors.tolist(), strict=True)]  # fmt: skip
        rate = [[100 * k / n if n else math.nan for n, k in row] for row in cells]
        top = max((x for row in rate for x in row if x == x), default=0.0) or 1e-9  # noqa: PLR0124
        image = panel.imshow(rate, cmap="Blues", vmin=0, vmax=top, aspect="auto")
        for i, row in enumerate(cells):
            for j, (n, _) in enumerate(row):
                if not n:
                    panel.plot([j], [i], marker="x", color="0.6", markersize=6)
                elif across <= WRITTEN:
                    color = "white" if rate[i][j] > 0.6 * top else "black"
                    panel.text(j, i, f"{rate[i][j]:.1f}%\nof {n:,}", ha="center", va="center",
                               color=color, fontsize=7)  # fmt: skip
        names = [[clean(x, LONGEST) or "(blank)" for x in c.values] for c in found.columns]
        panel.set_yticks(range(down), names[0])
        panel.set_xticks(range(across), names[1], rotation=30 if across > 4 else 0,
                         ha="right" if across > 4 else "center")  # fmt: skip
        panel.set_ylabel(clean(found.columns[0].name, 40))
        panel.set_xlabel(clean(found.columns[1].name, 40))
        panel.tick_params(length=0)
        figure.colorbar(image, ax=panel, label="error, %", shrink=0.8)
        conclusion(figure, title)

    save_figure(path, draw, (3.0 + 0.75 * min(across, 16), 1.8 + 0.45 * min(down, 30)))
