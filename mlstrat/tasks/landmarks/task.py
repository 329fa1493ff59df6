"""The task `landmarks`: named points of a picture, by the share that is too far off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.findings import Finding
from mlstrat.errors import UsageError
from mlstrat.tasks.cards import Given
from mlstrat.tasks.contract import How
from mlstrat.tasks.landmarks.coco_read import BOX, COCO, ENOUGH, KIND, is_coco, read_poses
from mlstrat.tasks.landmarks.compute import (
    FAR,
    MISSED,
    SHIFTED,
    SWAPPED,
    diagonal,
    off,
    patterns,
)
from mlstrat.tasks.landmarks.document import extras_of, faces_of, shapes_of, summed, units_of
from mlstrat.tasks.landmarks.findings import (
    ALL_SHIFTED,
    FEWEST_PICTURES,
    MEASURE_UNKNOWN,
    MOST_OF_WRONG,
    SIDES_SWAPPED,
)
from mlstrat.tasks.landmarks.read import (
    ROLES,
    SAID,
    TRUE,
    names_in,
    norm_of,
    points_of,
    read_points,
)
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import kept, pictured, truth_of
from mlstrat.tasks.table.operating import told
from mlstrat.tasks.table.rows import SHARED
from mlstrat.tasks.table.task import TableTask, check_number, error, kinds_of

PEOPLE = "people"
"""The column that tells of a picture of COCO how many people it has."""


def _read(given: Given, how: How) -> Raw:
    """Read one part of a run: what is right, and what was predicted."""
    threshold = check_number(how, "threshold", None, -np.inf)
    if is_coco(given):
        return read_poses(given, how, ENOUGH if threshold is None else threshold)
    if threshold is not None:
        raise UsageError(f"--threshold {threshold:g}: these points have no scores",
                         accepted="a truth and results of COCO")  # fmt: skip
    return read_points(given, how)


class LandmarksTask(TableTask):
    """Reads `id, x_<point>, y_<point>` twice, and keypoints of COCO."""

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return how many visible points of each picture are too far off, by point and pattern."""
        import polars as pl

        names = names_in(raw.frame)
        faces, pictures, place = faces_of(raw.frame)
        truth, said = (points_of(faces, x, names) for x in (TRUE, SAID))
        pair = norm_of(how, names)
        measure = _measure(faces, truth, pair)
        distance = off(truth, said, measure)
        wrong, visible = distance > FAR, ~np.isnan(distance)
        found = patterns(truth, said, measure, names)
        coco = KIND in raw.frame.columns
        if not coco:
            del found[MISSED]
        n, each = len(pictures), {x: wrong[:, i] for i, x in enumerate(names)}
        counts = {k: summed(x, place, n) for k, x in (each | found).items()}
        table = pl.DataFrame({
            **kept(pictures, SHARED), "num": summed(wrong.sum(axis=1), place, n),
            "den": summed(visible.sum(axis=1), place, n),
            **kinds_of(counts, {k: -x for k, x in counts.items()}, {}),
            **kept(pictures, [x for x in pictures.columns
                              if x not in SHARED and not x.startswith((TRUE, SAID, COCO))]),
        })  # fmt: skip
        if coco:
            table = table.with_columns(pl.Series(PEOPLE, summed(np.ones(len(faces)), place, n)))
        lost = np.isnan(measure) & ~np.isnan(truth).all(axis=(1, 2))
        norm = None if pair is None else " and ".join(names[i] for i in pair)
        given = how.options.get("threshold")
        point = told(ENOUGH if given is None else float(given)) | {
            "chosen": None if given is None else "given", "rule": "score of a pose",
        }  # fmt: skip
        return Examples(
            table, raw.name, raw.inputs, raw.columns,
            (*_notes(found, int(wrong.sum())), *_left_out(lost, norm)),
            extras=lambda split, sampling: extras_of(raw.frame, split, sampling, names, distance),
            document=lambda *_: {"threshold": point} if coco else {},
            units=lambda: units_of(faces, names, (truth, said), distance, found),
            truth=lambda: _truth(pictures, place, truth),
            pictured=lambda split, most: pictured(
                table, split, most, lambda i: shapes_of(
                    np.flatnonzero(place == i), names, (truth, said), distance, found)),
        )  # fmt: skip


LEAST = 1e-50
"""No picture is so small; below it, distances in this measure are no numbers."""


def _measure(faces: Any, truth: Floats, pair: tuple[int, int] | None) -> Floats:
    """Return the measure of each face: the distance of two points, else the diagonal of its box."""
    if pair is not None:
        ends = truth[:, pair]
        measure = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    else:
        measure = diagonal(truth)
        if BOX in faces.columns:
            box = faces[BOX].to_numpy()
            measure = np.where(box > 0, box, measure)
    return np.where(measure > LEAST, measure, np.nan)


def _notes(found: Mapping[str, Any], wrong: int) -> list[Finding]:
    """Return which patterns explain many of the wrong points."""
    notes = []
    for rule, kind in ((SIDES_SWAPPED, SWAPPED), (ALL_SHIFTED, SHIFTED)):
        points, pictures = int(found[kind].sum()), int((found[kind] > 0).sum())
        if pictures >= FEWEST_PICTURES and points >= MOST_OF_WRONG * wrong:
            notes.append(Finding(rule, {"points": points, "wrong": wrong, "pictures": pictures}))
    return notes


def _left_out(lost: Any, norm: str | None) -> list[Finding]:
    if not lost.any():
        return []
    evidence = {"left_out": int(lost.sum()), "of": len(lost), "norm": norm}
    return [Finding(MEASURE_UNKNOWN, evidence)]


def _truth(pictures: Any, place: Ints, truth: Floats) -> Any:
    """Return of each picture what two runs must agree on: its points."""
    texts = [""] * len(pictures)
    for i, row in zip(place.tolist(), truth.reshape(len(truth), -1).tolist(), strict=True):
        texts[i] += "/" + " ".join(f"{x:.6g}" for x in row)
    return truth_of(pictures, texts)


TASK = LandmarksTask(
    "landmarks", "image", ROLES,
    {"error": error("visible points further off than 0.1 of the measure / visible points")},
    unit="point", options=("truth", "norm", "threshold"), overlap=True, read_part=_read,
)  # fmt: skip
