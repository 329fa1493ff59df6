"""The figures of a report: files in a folder, and the same inline for HTML."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mlstrat.show.blocks import Block, Illustration

if TYPE_CHECKING:
    from mlstrat.show.document import Document
    from mlstrat.show.picture import Picture
    from mlstrat.workflow.plot.pictures_read import Sheet
    from mlstrat.workflow.score.curves import ScoreCurves
    from mlstrat.workflow.score.threshold_compute import ThresholdCurve


def draw_figures(
    parts: Mapping[str, Document],
    curves: ScoreCurves | None,
    thresholds: ThresholdCurve | None,
    sheet: Sheet | None,
    *,
    folder: str | Path,
    beside: str | Path | None,
) -> dict[str, tuple[Block, ...]]:
    """Write every figure of a report as SVG and PNG; return them by section, to stand in it.

    Links are relative to the file that the report goes to, `beside`; without it they are as
    `folder` was written.
    """
    from mlstrat.show.picture import draw_all, figure_svg
    from mlstrat.workflow.plot.kinds import pictures_of

    pictures = pictures_of(parts, curves, thresholds, sheet)
    draw_all(Path(folder), [one for several in pictures.values() for one in several])

    def illustration(one: Picture) -> Illustration:
        link = _link(Path(folder, f"{one.kind}.png"), beside)
        return Illustration(f"{one.title} {one.alt_text}", link, figure_svg(one))

    return {section: tuple(map(illustration, several)) for section, several in pictures.items()}


def figure_files(folder: str | Path) -> list[Path]:
    """Return all files that figures may be written to."""
    from mlstrat.show.canvas import ENDINGS
    from mlstrat.workflow.plot.kinds import KINDS

    return [Path(folder, f"{kind}{ending}") for kind in KINDS for ending in ENDINGS]


def _link(path: Path, beside: str | Path | None) -> str:
    if beside is None or path.is_absolute():
        return path.as_posix()
    return Path(os.path.relpath(path, Path(beside).parent)).as_posix()
