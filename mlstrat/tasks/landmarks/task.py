"""The task `landmarks`: named points of a picture, by the share that is too far off.

Beside that NME, failures, each point, and of poses of COCO object keypoint similarity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.figures import Sampling
from mlstrat.errors import UsageError
from mlstrat.tasks.contract import Given, How
from mlstrat.tasks.landmarks.coco_read import (
    AREA,
    BOX,
    COCO,
    ENOUGH,
    IGNORED,
    KIND,
    LIKE,
    PERSON,
    PICTURE,
    POSE,
    RIGHT,
    SCORE,
    SPURIOUS,
    is_coco,
    read_poses,
)
from mlstrat.tasks.landmarks.compute import (
    FAR,
    MISSED,
    SPREAD,
    diagonal,
    normalised_mean_error,
    off,
    oks_figures,
    patterns,
)
from mlstrat.tasks.landmarks.findings import left_out, of_patterns
from mlstrat.tasks.landmarks.read import (
    ROLES,
    SAID,
    TRUE,
    names_in,
    norm_of,
    points_of,
    read_points,
)
from mlstrat.tasks.measured import Shape
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import (
    beside,
    class_row,
    codes,
    groups_of,
    kept,
    pictured,
    plain,
    ratio,
    splits_of,
    told,
    truth_of,
)
from mlstrat.tasks.table.rows import SHARED
from mlstrat.tasks.table.task import TableTask, check_number, error, kinds_of

PEOPLE = "people"
"""The column that tells of a picture of COCO how many people it has."""


def _read(given: Given, how: How) -> Raw:
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
        faces, pictures, place = _faces_of(raw.frame)
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
        counts = {k: _summed(x, place, n) for k, x in (each | found).items()}
        table = pl.DataFrame({
            **kept(pictures, SHARED), "num": _summed(wrong.sum(axis=1), place, n),
            "den": _summed(visible.sum(axis=1), place, n),
            **kinds_of(counts, {k: -x for k, x in counts.items()}, {}),
            **kept(pictures, [x for x in pictures.columns
                              if x not in SHARED and not x.startswith((TRUE, SAID, COCO))]),
        })  # fmt: skip
        if coco:
            table = table.with_columns(pl.Series(PEOPLE, _summed(np.ones(len(faces)), place, n)))
        lost = np.isnan(measure) & ~np.isnan(truth).all(axis=(1, 2))
        norm = None if pair is None else " and ".join(names[i] for i in pair)
        given = how.options.get("threshold")
        point = told(ENOUGH if given is None else float(given)) | {
            "chosen": None if given is None else "given", "rule": "score of a pose",
        }  # fmt: skip
        return Examples(
            table, raw.name, raw.inputs, raw.columns,
            (*of_patterns(found, int(wrong.sum())), *left_out(lost, norm)),
            extras=lambda split, sampling: _extras_of(raw.frame, split, sampling, names, distance),
            document=lambda *_: {"threshold": point} if coco else {},
            units=lambda: _units_of(faces, names, (truth, said), distance, found),
            truth=lambda: _truth(pictures, place, truth),
            pictured=lambda split, most: pictured(
                table, split, most, lambda i: _shapes_of(
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


def _truth(pictures: Any, place: Ints, truth: Floats) -> Any:
    texts = [""] * len(pictures)
    for i, row in zip(place.tolist(), truth.reshape(len(truth), -1).tolist(), strict=True):
        texts[i] += "/" + " ".join(f"{x:.6g}" for x in row)
    return truth_of(pictures, texts)


NOBODY = "nobody of that size is to be found"
OF_17 = "OKS needs the spread of each point, which is known for COCO's 17 alone"


def _faces_of(frame: Any) -> tuple[Any, Any, Ints]:
    """Return the rows that have points, those of pictures, and the picture of each of the first."""
    if KIND not in frame.columns:
        return frame, frame, np.arange(len(frame))
    kind = frame[KIND]
    pictures, faces = frame.filter(kind == PICTURE), frame.filter(kind == PERSON)
    keys = [x for x in ("split", "id") if x in frame.columns]
    found = codes([*pictures.select(keys).rows(), *faces.select(keys).rows()])
    return faces, pictures, found[len(pictures) :]


def _summed(values: Any, place: Ints, n: int) -> Ints:
    return np.bincount(place, weights=values, minlength=n).astype(np.int64)


def _extras_of(
    frame: Any, split: str, sampling: Sampling, names: list[str], distance: Floats
) -> Mapping[str, Any]:
    """Return NME, failures, and the figures of each point; of COCO also those of poses."""
    faces, _, place = _faces_of(frame)
    here, coco = splits_of(faces) == split, KIND in frame.columns
    group = place[here] if coco else groups_of(faces, here)
    distance = distance[here]
    visible, wrong = ~np.isnan(distance), distance > FAR
    nme = normalised_mean_error(distance)
    known = np.isfinite(nme)
    told = known | np.isinf(nme)  # where nothing was found is a failure, too
    mean = ratio(np.where(known, nme, 0.0), known.astype(int), group, sampling, bounded=False)
    failures = ratio((nme > FAR).astype(int), told.astype(int), group, sampling)
    classes = [
        class_row(name, int((visible & ~wrong)[:, i].sum()), 0, int(wrong[:, i].sum()),
                  wrong[:, i].astype(int), visible[:, i].astype(int), group, sampling)
        for i, name in enumerate(names)
    ]  # fmt: skip
    figures = [beside("nme", mean), beside("failure_rate", failures)]
    found: dict[str, Any] = {"per_class": classes, "beside": figures}
    if coco:
        own = frame.filter(splits_of(frame) == split)
        like = faces[LIKE].to_numpy()[here]
        units, more = _of_poses(own, like, group, sampling, len(names))
        found |= {"units": units, "beside": [*figures, *more]}
    return found


def _of_poses(
    frame: Any, like: Floats, group: Ints | None, sampling: Sampling, points: int
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    poses = frame.filter(frame[KIND] == POSE)
    found, people = ~np.isnan(like), len(like)
    tp, fp = int(found.sum()), int(poses[SPURIOUS].sum())
    alike = ratio(np.where(found, like, 0.0), found.astype(int), group, sampling)
    spurious = frame[SPURIOUS].fill_null(value=False).to_numpy()
    person, met = (frame[KIND] == PERSON).to_numpy(), frame[LIKE].is_not_null().to_numpy()
    wrong = spurious | (person & ~met)
    unequal = ratio(wrong, wrong + 2 * met, codes(frame["id"].to_list()), sampling)
    figures = [
        beside("mean_oks", alike),
        beside("oks_one_minus_f1", replace(unequal, n=people)),
    ]
    right, ignored = (poses[x].to_numpy().astype(np.int64) for x in (RIGHT, IGNORED))
    score, area = poses[SCORE].to_numpy().astype(float), frame.filter(frame[KIND] == PERSON)[AREA]
    for name, value, wanted in oks_figures(score, right, ignored, area.to_numpy()):
        why = OF_17 if points != len(SPREAD) else None if wanted else NOBODY
        figures.append(plain(name, None if why else value, wanted, why))
    units = {"true": people, "predicted": tp + fp, "tp": tp, "fp": fp, "fn": people - tp}
    return units, figures


def _shapes_of(
    faces: Ints, names: list[str], sides: tuple[Floats, Floats], distance: Floats,
    found: Mapping[str, Any],
) -> list[Shape]:  # fmt: skip
    out = []
    for face in faces.tolist():
        pattern = next((k for k, n in found.items() if n[face]), "too far off")
        for name, true, said, far in zip(names, *(x[face] for x in sides), distance[face],
                                         strict=True):  # fmt: skip
            wrong = pattern if far > FAR else ""
            for side, (x, y) in (("truth", true.tolist()), ("prediction", said.tolist())):
                if not np.isnan(x):
                    told = wrong if side == "prediction" or np.isinf(far) else ""
                    out.append(Shape(side, name, told, (x, y, 0.0, 0.0)))
    return out


def _units_of(
    faces: Any, names: list[str], sides: tuple[Floats, Floats], distance: Floats,
    found: Mapping[str, Any],
) -> Any:  # fmt: skip
    """Return the points that are wrong, a row each: under its name, and the pattern if one is."""
    import polars as pl

    rows, points = np.nonzero(distance > FAR)
    truth, said = (["" if np.isnan(x[0]) else f"{x[0]:.6g} {x[1]:.6g}" for x in side[rows, points]]
                   for side in sides)  # fmt: skip
    kinds = [";".join([names[j], *(k for k, n in found.items() if n[i])])
             for i, j in zip(rows.tolist(), points.tolist(), strict=True)]  # fmt: skip
    off_by = distance[rows, points]
    text = pl.String
    return pl.DataFrame({
        **kept(faces[rows], ("id", "split")),
        "unit": pl.Series([names[j] for j in points], dtype=text),
        "category": pl.Series(kinds, dtype=text), "where": pl.Series(truth, dtype=text),
        "truth": pl.Series(truth, dtype=text), "prediction": pl.Series(said, dtype=text),
        "score": np.where(np.isfinite(off_by), off_by, np.nan),
    })  # fmt: skip


TASK = LandmarksTask(
    "landmarks", "image", ROLES,
    {"error": error("visible points further off than 0.1 of the measure / visible points")},
    unit="point", options=("truth", "norm", "threshold"), overlap=True, read_part=_read,
)  # fmt: skip
