"""The figures of a report: files in a folder, and the same inline for HTML."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mlstrat.show.blocks import Block, Illustration

if TYPE_CHECKING:
    from mlstrat.show.document import Document
    from mlstrat.workflow.plot.pictures_read import Sheet
    from mlstrat.workflow.score.curves import ScoreCurves, ThresholdCurve


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

    Parameters
    ----------
    parts
        The documents by the command that made each.
    curves
        Of the scores of the run; None where it has none.
    thresholds
        What every threshold would give; None where the run has no scores of two classes.
    sheet
        The worst pictures; None of a run without any.
    folder
        Where the files go: all of them or none.
    beside
        The file that the report goes to: links are relative to it. Without it they are as
        `folder` was written.

    Raises
    ------
    InputError
        Where the folder cannot be written to.
    """
    from mlstrat.show.picture import draw_all, figure_svg
    from mlstrat.workflow.plot.kinds import pictures_of

    pictures = pictures_of(parts, curves, thresholds, sheet)
    inline = {one.kind: figure_svg(one) for several in pictures.values() for one in several}
    drawn = draw_all(folder, [one for several in pictures.values() for one in several])
    files = {one.kind: one for one in drawn}
    out: dict[str, tuple[Block, ...]] = {}
    for section, several in pictures.items():
        out[section] = tuple(
            Illustration(
                f"{one.title} {one.alt_text}", _link(files[one.kind].png, beside), inline[one.kind]
            )
            for one in several
        )
    return out


def figure_files(folder: str | Path) -> list[Path]:
    """Return all files that figures may be written to."""
    from mlstrat.show.canvas import ENDINGS
    from mlstrat.workflow.plot.kinds import KINDS

    return [Path(folder, f"{kind}{ending}") for kind in KINDS for ending in ENDINGS]


def _link(path: Path, beside: str | Path | None) -> str:
    if beside is None or path.is_absolute():
        return path.as_posix()
    return Path(os.path.relpath(path, Path(beside).parent)).as_posix()
