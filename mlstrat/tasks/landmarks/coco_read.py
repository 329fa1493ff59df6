"""Reads COCO: people with keypoints, and the poses that were predicted in their pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlstrat.core.counts import Floats, Ints
from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError
from mlstrat.tasks.contract import Given, How
from mlstrat.tasks.landmarks import X, Y
from mlstrat.tasks.landmarks.compute import (
    LEAST,
    LEVELS,
    MOST_POSES,
    SIZES,
    joined,
    oks,
    other_sides,
)
from mlstrat.tasks.landmarks.read import SAID, TRUE, check_name, column
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.text import described, json_of, text_of

COCO = "coco "
"""What the names of columns start with that only rows of COCO have."""
KIND, BOX, AREA, LIKE, SCORE, RIGHT, IGNORED, SPURIOUS = (
    COCO + x for x in ("row", "box", "area", "oks", "score", "right", "ignored", "spurious")
)
PERSON, POSE, PICTURE = "person", "pose", "picture"
"""Rows are people that are to be found, poses that were predicted, and pictures."""
ENOUGH = 0.3
"""Score from which a pose counts, without --threshold (mlstrat's threshold)."""


def is_coco(given: Given) -> bool:
    """Tell whether what is right is a truth of COCO: a JSON object with annotations."""
    truth = given.truth
    if isinstance(truth, Mapping):
        return "annotations" in truth
    if not isinstance(truth, str | Path):
        return False
    ending = Path(str(truth).lower().removesuffix(".gz")).suffix
    if ending != ".json" or not Path(truth).is_file():
        return False
    text = text_of(truth, "JSON")
    return text.lstrip().startswith("{") and '"annotations"' in text


def read_poses(given: Given, how: How, threshold: float) -> Raw:
    """Return the people, poses and pictures of one split, a row each."""
    truth, results = Part(given.truth), Part(given.run)
    names, category = _points(truth)
    pictures = {_key(x, "id", truth, "images", i): x for i, x in enumerate(truth.list("images"))}
    people: dict[Any, list[Mapping[str, Any]]] = {x: [] for x in pictures}
    for i, one in enumerate(truth.list("annotations")):
        key = _key(one, "image_id", truth, "annotations", i)
        if key not in people:
            raise truth.refuse(f"annotations[{i}]: no image {key!r}", "the images of the file")
        if one.get("category_id") == category:
            people[key].append(_person(one, len(names), truth, f"annotations[{i}]"))
    poses: dict[Any, list[Mapping[str, Any]]] = {x: [] for x in pictures}
    strange: list[Any] = []
    for i, one in enumerate(results.list()):
        key = _key(one, "image_id", results, "results", i)
        if one.get("category_id") != category:
            raise results.refuse(f"results[{i}]: category_id {one.get('category_id')!r:.40}",
                                 f"{category!r}, the category with keypoints")  # fmt: skip
        pose = _pose(one, len(names), results, f"results[{i}]")
        if key in poses:
            poses[key].append(pose)
        else:
            strange.append(key)
    if strange:
        first = ", ".join(f"{x!r:.40}" for x in dict.fromkeys(strange))
        raise results.refuse(f"{len(strange):,} poses of images that the truth has not: "
                             + first[:120], "the images of the truth")  # fmt: skip
    ids = _ids(pictures)
    rows: list[dict[str, Any]] = []
    for key in pictures:
        rows += [x | {"id": ids[key]} for x in _rows(people[key], poses[key], names, threshold)]
    return Raw(_frame(rows, names), results.name, (*results.inputs(how), *truth.inputs(how)),
               {"id": "image_id"})  # fmt: skip


class Part:
    """One of the two JSON documents, and where it stands."""

    def __init__(self, source: Any) -> None:
        self.source = source
        self.path = isinstance(source, str | Path)
        self.name = str(source) if self.path else f"<{type(source).__name__}>"
        self.value = json_of(source, "COCO JSON") if self.path else source

    def refuse(self, said: str, accepted: str) -> InputError:
        """Return the error for something in it."""
        return InputError(said, file=self.name, accepted=accepted)

    def list(self, key: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Return a list of objects in it."""
        value = self.value
        if key is not None:
            value = value.get(key) if isinstance(value, Mapping) else None
        if not isinstance(value, list | tuple) or not all(isinstance(x, Mapping) for x in value):
            what = "results" if key is None else key
            raise self.refuse(f"{what}: not a list of objects", "COCO JSON")
        return value

    def inputs(self, how: How) -> tuple[InputFile, ...]:
        """Return what was read, for the signature."""
        rows = len(self.list(None if isinstance(self.value, list | tuple) else "images"))
        if self.path:
            return (described(self.source, rows, how.checksum),)
        return (InputFile(self.name, None, None, rows),)


def _key(one: Mapping[str, Any], key: str, part: Part, where: str, i: int) -> Any:
    value = one.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise part.refuse(f"{where}[{i}]: {key} is {value!r:.40}", "a number or a text")
    return value


def _points(truth: Part) -> tuple[list[str], Any]:
    """Return the names of the points, and the category that has them."""
    found = [x for x in truth.list("categories") if x.get("keypoints")]
    if len(found) != 1:
        raise truth.refuse(f"{len(found)} categories with keypoints", "one, with their names")
    names = found[0]["keypoints"]
    if not isinstance(names, list | tuple) or not all(isinstance(x, str) and x for x in names):
        raise truth.refuse("categories: keypoints are not names", "a list of names")
    if len(set(names)) != len(names):
        raise truth.refuse("categories: a name of keypoints twice", "each once")
    for name in names:
        check_name(name, truth.name)
    return list(names), found[0].get("id")


def _numbers(one: Mapping[str, Any], key: str, n: int, part: Part, where: str) -> Floats:
    value = one.get(key)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    good = isinstance(value, list | tuple) and len(value) == n
    if not good or not all(_is_number(x) for x in value or ()):
        said = f"{len(value)} values" if isinstance(value, list | tuple) else f"{value!r:.40}"
        raise part.refuse(f"{where}: {key} holds {said}", f"{n} finite numbers")
    return np.array(value, float)


def _is_number(x: Any) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and abs(x) <= 1e100


def _person(one: Mapping[str, Any], n: int, part: Part, where: str) -> dict[str, Any]:
    flat = _numbers(one, "keypoints", 3 * n, part, where).reshape(n, 3)
    visible = flat[:, 2] > 0
    box = _numbers(one, "bbox", 4, part, where)
    area = one.get("area", float(box[2] * box[3]))
    if not _is_number(area) or area < 0 or (box[2:] < 0).any():
        raise part.refuse(f"{where}: area {area!r:.40}, box {box[2]:g} x {box[3]:g}",
                          "sides and an area of at least 0")  # fmt: skip
    crowd = bool(one.get("iscrowd"))
    nobody = not one.get("num_keypoints", int(visible.sum()))
    return {"xy": flat[:, :2], "visible": visible, "box": box, "area": area, "crowd": crowd,
            "ignored": crowd or nobody}  # fmt: skip


def _pose(one: Mapping[str, Any], n: int, part: Part, where: str) -> dict[str, Any]:
    score = one.get("score")
    if not _is_number(score):
        raise part.refuse(f"{where}: score is {score!r:.40}", "a finite number")
    return {"xy": _numbers(one, "keypoints", 3 * n, part, where).reshape(n, 3)[:, :2],
            "score": float(score or 0)}  # fmt: skip


def _ids(pictures: Mapping[Any, Mapping[str, Any]]) -> dict[Any, str]:
    """Return what pictures are called: their file names without ending where these differ."""
    names = {key: Path(str(x.get("file_name") or "")).stem for key, x in pictures.items()}
    if all(names.values()) and len(set(names.values())) == len(names):
        return names
    return {key: str(key) for key in pictures}


def _rows(
    people: Sequence[Mapping[str, Any]], poses: Sequence[Mapping[str, Any]],
    names: Sequence[str], threshold: float,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the rows of one picture: itself, people with the pose that is theirs, all poses."""
    rows: list[dict[str, Any]] = [{KIND: PICTURE}]
    order = np.argsort([-x["score"] for x in poses], kind="stable")[:MOST_POSES]
    best = [poses[i] for i in order]
    ignored, crowd = (np.array([x[k] for x in people], bool) for k in ("ignored", "crowd"))
    like = mirrored = np.zeros((len(best), len(people)))
    if best and people:
        truth, visible, area, box = (
            np.array([x[k] for x in people], bool if k == "visible" else float)
            for k in ("xy", "visible", "area", "box")
        )
        said = np.array([x["xy"] for x in best])
        like, mirrored = (
            oks(truth, visible, area, box, x) for x in (said, said[:, other_sides(names)])
        )
    right, off = _by_size(people, best, like)
    # A pose whose sides are swapped is of that person, too; poses stand best score first.
    # Whoever has no point that is visible cannot be found; crowds are left out, as in COCO.
    sure, asked = sum(x["score"] >= threshold for x in best), np.flatnonzero(~ignored | crowd)
    alike = np.maximum(like, mirrored)[:sure, asked]
    person, _ = joined(alike, ignored[asked], crowd[asked], LEAST)
    mine = {int(asked[j]): i for i, j in enumerate(person.tolist()) if j >= 0}
    for j, one in enumerate(people):
        if one["ignored"]:
            continue
        pose = mine.get(j)
        row = {KIND: PERSON, BOX: math.hypot(*one["box"][2:]), AREA: one["area"],
               LIKE: None if pose is None else float(like[pose, j])}  # fmt: skip
        for k, name in enumerate(names):
            for axis, letter in enumerate((X, Y)):
                if one["visible"][k]:
                    row[column(TRUE, letter, name)] = float(one["xy"][k, axis])
                if pose is not None:
                    row[column(SAID, letter, name)] = float(best[pose]["xy"][k, axis])
        rows.append(row)
    for i, one in enumerate(best):
        rows.append({
            KIND: POSE, SCORE: one["score"], SPURIOUS: i < sure and int(person[i]) < 0,
            RIGHT: int(right[i]), IGNORED: int(off[i]),
        })  # fmt: skip
    return rows


def _by_size(
    people: Sequence[Mapping[str, Any]], poses: Sequence[Mapping[str, Any]], like: Floats
) -> tuple[Ints, Ints]:
    """Return of each pose at which sizes and levels it is somebody's, and left out, a bit each."""
    ignored, crowd = (np.array([x[k] for x in people], bool) for k in ("ignored", "crowd"))
    area = np.array([x["area"] for x in people], float)
    own = np.array([np.ptp(x["xy"], axis=0).prod() for x in poses], float)
    found = np.zeros((2, len(poses)), np.int64)
    for i, (low, high) in enumerate(SIZES):
        out = ignored | (area < low) | (area > high)
        elsewhere = (own < low) | (own > high)
        for j, level in enumerate(LEVELS):
            person, left_out = joined(like, out, crowd, level)
            left_out |= (person < 0) & elsewhere
            for k, bits in enumerate((person >= 0, left_out)):
                found[k] |= bits.astype(np.int64) << (i * len(LEVELS) + j)
    return found[0], found[1]


def _frame(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Any:
    import polars as pl

    kinds: dict[str, Any] = {
        "id": pl.String, KIND: pl.String, BOX: pl.Float64, AREA: pl.Float64, LIKE: pl.Float64,
        SCORE: pl.Float64,
        SPURIOUS: pl.Boolean, RIGHT: pl.Int64, IGNORED: pl.Int64,
        **{column(side, axis, name): pl.Float64 for side in (TRUE, SAID) for axis in (X, Y)
           for name in names},
    }  # fmt: skip
    return pl.DataFrame([{k: x.get(k) for k in kinds} for x in rows], schema=kinds)
