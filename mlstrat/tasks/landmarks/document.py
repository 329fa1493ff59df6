"""What tells more of points than their error: NME, failures, each point, OKS; what erred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.figures import Sampling
from mlstrat.tasks.landmarks.coco_read import (
    AREA,
    IGNORED,
    KIND,
    LIKE,
    PERSON,
    PICTURE,
    POSE,
    RIGHT,
    SCORE,
    SPURIOUS,
)
from mlstrat.tasks.landmarks.compute import FAR, normalised_mean_error
from mlstrat.tasks.landmarks.oks_compute import (
    LEVELS,
    SIZES,
    SPREAD,
    Poses,
    average_precision,
    recall,
)
from mlstrat.tasks.measured import Shape
from mlstrat.tasks.table.figures import (
    beside,
    class_row,
    codes,
    groups_of,
    kept,
    plain,
    ratio,
    splits_of,
)

NOBODY = "nobody of that size is to be found"
OF_17 = "OKS needs the spread of each point, which is known for COCO's 17 alone"


def faces_of(frame: Any) -> tuple[Any, Any, Ints]:
    """Return the rows that have points, those of pictures, and the picture of each of the first."""
    if KIND not in frame.columns:
        return frame, frame, np.arange(len(frame))
    kind = frame[KIND]
    pictures, faces = frame.filter(kind == PICTURE), frame.filter(kind == PERSON)
    keys = [x for x in ("split", "id") if x in frame.columns]
    found = codes([*pictures.select(keys).rows(), *faces.select(keys).rows()])
    return faces, pictures, found[len(pictures) :]


def summed(values: Any, place: Ints, n: int) -> Ints:
    """Return the sum of values by picture."""
    return np.bincount(place, weights=values, minlength=n).astype(np.int64)


def extras_of(
    frame: Any, split: str, sampling: Sampling, names: list[str], distance: Floats
) -> Mapping[str, Any]:
    """Return NME, failures, and the figures of each point; of COCO also those of poses."""
    faces, _, place = faces_of(frame)
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
    """Return how many people were found, how alike the poses are, and average precision."""
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
    every, medium, large = (_of_size(frame, i) for i in range(len(SIZES)))
    for name, of, value in (
        ("oks_ap", every, average_precision(every)),
        ("oks_ap50", every, average_precision(every, [0])),
        ("oks_ap75", every, average_precision(every, [5])),
        ("oks_ap_medium", medium, average_precision(medium)),
        ("oks_ap_large", large, average_precision(large)),
        ("oks_ar", every, recall(every)),
    ):
        why = OF_17 if points != len(SPREAD) else None if of.people else NOBODY
        figures.append(plain(name, None if why else value, of.people, why))
    units = {"true": people, "predicted": tp + fp, "tp": tp, "fp": fp, "fn": people - tp}
    return units, figures


def _of_size(frame: Any, size: int) -> Poses:
    """Return all poses, and the people of one of the sizes."""
    low, high = SIZES[size]
    area = frame.filter(frame[KIND] == PERSON)[AREA].to_numpy()
    poses, bits = frame.filter(frame[KIND] == POSE), size * len(LEVELS) + np.arange(len(LEVELS))
    right, ignored = (
        (poses[x].to_numpy().astype(np.int64)[None, :] >> bits[:, None]) & 1 > 0
        for x in (RIGHT, IGNORED)
    )
    score = poses[SCORE].to_numpy().astype(float)
    return Poses(score, right, ignored, int(((area >= low) & (area <= high)).sum()))


def shapes_of(
    faces: Ints, names: list[str], sides: tuple[Floats, Floats], distance: Floats,
    found: Mapping[str, Any],
) -> list[Shape]:  # fmt: skip
    """Return the points of the faces of a picture, true ones and those that were said."""
    out = []
    for face in faces.tolist():
        pattern = next((k for k, n in found.items() if n[face]), "too far off")
        for name, true, said, off in zip(names, *(x[face] for x in sides), distance[face],
                                         strict=True):  # fmt: skip
            wrong = pattern if off > FAR else ""
            for side, (x, y) in (("truth", true.tolist()), ("prediction", said.tolist())):
                if not np.isnan(x):
                    told = wrong if side == "prediction" or np.isinf(off) else ""
                    out.append(Shape(side, name, told, (x, y, 0.0, 0.0)))
    return out


def units_of(
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
