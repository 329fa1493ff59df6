"""Reads COCO: what is right as one object, what is predicted as a list of results.

Boxes are read into columns: a record is gone once its numbers are taken.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mlstrat.core.record import Record
from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError
from mlstrat.tasks.detection.boxes import Floats, Ints
from mlstrat.tasks.detection.compute import CROWD, DIFFICULT
from mlstrat.tasks.detection.sides import COCO, FILE, Side, bare, check_boxes, check_images
from mlstrat.tasks.table.text import described, json_of

LISTS = ("annotations", "predictions", "results")
"""Keys of what holds boxes, the first that there is."""

TRUTH = '{"images": […], "annotations": […], "categories": […]}'
RESULTS = '[{"image_id": 1, "category_id": 1, "bbox": [x, y, w, h], "score": 0.9}, …]'
BY_NAME = 'by name: add "categories" to the results'
OF_IMAGES = frozenset({"id", "file_name", "width", "height", "license", "coco_url", "flickr_url",
                       "date_captured"})  # fmt: skip
"""Keys of an image that are no column of their own."""

MOST = 1e300
"""What no number of a box reaches."""


class Listed(Record, eq=False):
    """Boxes of a list: N ids of images and of categories, N×4 numbers, N scores and flags."""

    image_id: list[Any]
    category_id: list[Any]
    xywh: Floats
    score: Floats
    ignored: Ints


class _Box(int):
    """The place of a box among all of a file."""

    __slots__ = ()


class _Boxes:
    def __init__(self) -> None:
        self.images: list[Any] = []
        self.categories: list[Any] = []
        self.same: dict[Any, Any] = {}  # an id is kept once, however often it is written
        self.xywh, self.score, self.ignored = array("d"), array("d"), array("b")

    def taken(self, x: Any) -> Any:
        """Return the place of a box whose numbers are taken; what is none as it is."""
        return x if _fault(x) else self.add(x)

    def add(self, x: Mapping[str, Any]) -> _Box:
        """Take a box."""
        self.images.append(self._once(x["image_id"]))
        self.categories.append(self._once(x["category_id"]))
        self.xywh.extend(x["bbox"])
        self.score.append(x.get("score", np.nan))
        self.ignored.append(CROWD if x.get("iscrowd") in (1, True) else DIFFICULT if
                            x.get("difficult") in (1, True) or x.get("ignore") in (1, True)
                            else 0)  # fmt: skip
        return _Box(len(self.images) - 1)

    def _once(self, value: Any) -> Any:
        if not isinstance(value, Hashable) or isinstance(value, tuple):
            return value
        # 1, 1.0 and True are equal, and not the same in a message.
        return self.same.setdefault((type(value), value), value)

    def listed(self, rows: Sequence[Any], key: str, name: str) -> Listed:
        """Return the boxes of a list."""
        at = []
        for i, x in enumerate(rows):
            if not isinstance(x, _Box) and (fault := _fault(x)):
                raise InputError(f"{key}[{i}] {fault[0]}", file=name, accepted=fault[1])
            at.append(x if isinstance(x, _Box) else self.add(x))
        return Listed(
            [self.images[i] for i in at], [self.categories[i] for i in at],
            np.array(self.xywh).reshape(-1, 4)[at], np.array(self.score)[at],
            np.array(self.ignored, np.int64)[at],
        )  # fmt: skip


def _fault(x: Any) -> tuple[str, str] | None:
    """Return what is wrong with a box, and what is accepted."""
    if not isinstance(x, Mapping) or not ("image_id" in x and "category_id" in x and "bbox" in x):
        return "is not a box", "image_id, category_id and bbox"
    box, score = x["bbox"], x.get("score", 0)
    four = isinstance(box, list | tuple) and len(box) == 4
    # Numbers that are no place in a picture are refused by `check_boxes`.
    if not four or not all(isinstance(v, float) or (isinstance(v, int) and abs(v) < MOST)
                           for v in box):  # fmt: skip
        return f"has bbox {str(box)[:60]}", "[x, y, w, h]"
    if type(score) not in (float, int) or not abs(score) < MOST:
        return f"has score {score!r:.40}", "a finite number"
    return None


def read_json(path: str) -> Any:
    """Return what a JSON file holds, its lists of boxes as `Listed`."""
    boxes = _Boxes()
    value = json_of(path, TRUTH, boxes.taken)
    if isinstance(value, list):
        return boxes.listed(value, "", path)
    if isinstance(value, dict):
        value |= {x: boxes.listed(value[x], x, path) for x in LISTS
                  if isinstance(value.get(x), list)}  # fmt: skip
    return value


def is_coco(value: Any) -> bool:
    """Tell whether a value from Python is COCO's truth or results."""
    if isinstance(value, Mapping):
        return any(x in value for x in LISTS)
    return isinstance(value, list) and (
        not value or (isinstance(value[0], Mapping) and "bbox" in value[0])
    )


def read_coco(source: Any, truth: Side | None, *, checksum: bool) -> Side:
    """Return the boxes of COCO's truth; with a `truth` given, the detections of results."""
    if isinstance(source, str | Path):
        name, value = str(source), read_json(str(source))
        inputs: tuple[InputFile, ...] = (described(source, 0, checksum),)
    else:
        name, value, inputs = f"<{type(source).__name__}>", source, ()
    key, rows = _rows(value, name, truth is None)
    own = value if isinstance(value, Mapping) else {}
    images, image_ids, sizes, more = _images(own, name)
    categories, category_ids = _categories(own, name)
    if truth is not None and "images" not in own:
        images, image_ids = (
            truth.images,
            truth.image_ids or {x: i for i, x in enumerate(truth.images)},
        )
        sizes, more = np.full((len(images), 2), np.nan), {}
    named = bool(categories)
    if truth is not None and not named and truth.category_ids:
        categories, category_ids, named = truth.categories, truth.category_ids, truth.named
    image = _places(rows.image_id, image_ids)
    if truth is not None and (image < 0).any():
        wanted = [str(x) for x in rows.image_id]
        lost = dict.fromkeys(x for x, i in zip(wanted, image, strict=True) if i < 0)
        check_images(truth, list(dict.fromkeys(wanted)), list(lost), name)
    category = _places(rows.category_id, category_ids)
    if truth is not None and not named:
        numbers: dict[str, int] = {}
        category = np.array([numbers.setdefault(str(x), len(numbers)) for x in rows.category_id],
                            np.int64)  # fmt: skip
        categories = list(numbers)
    _check_known(rows.image_id, image, "image_id", "images", key, name)
    _check_categories(rows, category, categories, category_ids, truth, key, name)
    _check_pixels(rows.xywh, key, name)
    inputs = tuple(replace(x, rows=len(images)) for x in inputs)
    return Side(
        image, category, rows.xywh, rows.score, rows.ignored, COCO, name,
        inputs or (InputFile(name, None, None, len(images)),), images, categories, sizes,
        named=named, more=more, image_ids=image_ids, category_ids=category_ids,
    )  # fmt: skip


def _rows(value: Any, name: str, is_truth: bool) -> tuple[str, Listed]:
    """Return the boxes, and the key that holds them."""
    if isinstance(value, Mapping):
        key = next((x for x in LISTS if x in value), None)
        if key is not None and isinstance(value[key], list | Listed):
            if is_truth and not all(isinstance(value.get(x), list) for x in
                                    ("images", "categories")):  # fmt: skip
                raise InputError("no list of images, or of categories", file=name, accepted=TRUTH)
            return key, _in_columns(value[key], key, name)
    elif isinstance(value, list | Listed) and not is_truth:
        return "", _in_columns(value, "", name)
    words = ((Mapping | _Box, "an object"), (list | Listed, "a list"), (str, "a text"))
    kind = next((said for of, said in words if isinstance(value, of)), "a number")
    raise InputError(f"holds {kind}", file=name, row=1, accepted=TRUTH if is_truth else RESULTS)


def _in_columns(value: Any, key: str, name: str) -> Listed:
    return value if isinstance(value, Listed) else _Boxes().listed(value, key, name)


def _places(asked: Sequence[Any], ids: Mapping[Hashable, int]) -> Ints:
    """Return the place of each id; −1 for those that there are not."""
    try:
        found = [ids.get(x, -1) for x in asked]
    except TypeError:  # a list, say
        found = [-1] * len(asked)
    if -1 in found:
        texts = {str(x): i for x, i in ids.items()}
        for i, x in enumerate(asked):
            if found[i] < 0:
                found[i] = texts.get(str(x), texts.get(bare(str(x)), -1))
    return np.array(found, np.int64)


def _images(own: Mapping[str, Any], name: str) -> tuple[
    Sequence[str], Mapping[Hashable, int], Floats, dict[str, list[Any]]
]:  # fmt: skip
    rows = own.get("images", [])
    for i, x in enumerate(rows if isinstance(rows, list) else [rows]):
        if not isinstance(x, Mapping) or not isinstance(x.get("id"), int | str):
            raise InputError(f"images[{i}] has no id", file=name, accepted='"images": [{"id": 1}]')
    ids: dict[Hashable, int] = {x["id"]: i for i, x in enumerate(rows)}
    files = [str(x.get("file_name", x["id"])) for x in rows]
    names = [bare(x) for x in files]
    if len(set(names)) < len(names):  # told apart by their folders
        names = [x.rpartition(".")[0] or x for x in files]
    _check_once([str(x["id"]) for x in rows], "id", name)
    _check_once(names, "file name", name)
    known = {*ids, *map(str, ids)}
    ids |= {x: i for i, x in enumerate(names) if x not in known}
    sizes = np.full((len(rows), 2), np.nan)
    for j, key in enumerate(("width", "height")):
        told = [x.get(key) for x in rows]
        sizes[:, j] = [v if isinstance(v, int | float) and v > 0 else np.nan for v in told]
    more = dict.fromkeys(k for x in rows for k, v in x.items() if k not in OF_IMAGES
                         and isinstance(v, str | int | float))  # fmt: skip
    return names, ids, sizes, {FILE: files} | {k: [x.get(k) for x in rows] for k in more}


def _check_once(values: Sequence[str], what: str, name: str) -> None:
    twice = [x for x, n in Counter(values).items() if n > 1]
    if twice:
        raise InputError(f"the {what} {twice[0][:60]!r} of an image twice", file=name,
                         accepted="each image once")  # fmt: skip


def _categories(own: Mapping[str, Any], name: str) -> tuple[Sequence[str], Mapping[Hashable, int]]:
    rows = own.get("categories", [])
    for i, x in enumerate(rows if isinstance(rows, list) else [rows]):
        if not isinstance(x, Mapping) or not isinstance(x.get("id"), int | str) or not isinstance(
                x.get("name"), str):  # fmt: skip
            raise InputError(f"categories[{i}] has no id and name", file=name,
                             accepted='"categories": [{"id": 1, "name": "cat"}]')  # fmt: skip
    names = list(dict.fromkeys(x["name"] for x in rows))
    return names, {x["id"]: names.index(x["name"]) for x in rows}


def _check_known(
    asked: Sequence[Any], places: Ints, key: str, of: str, where: str, name: str
) -> None:
    lost = np.flatnonzero(places < 0)
    if len(lost):
        i = int(lost[0])
        raise InputError(f"{where}[{i}] has {key} {asked[i]!r:.60}, which is not in {of}",
                         file=name, accepted=f"an id of {of}")  # fmt: skip


def _check_categories(
    rows: Listed, places: Ints, categories: Sequence[str], ids: Mapping[Hashable, int],
    truth: Side | None, key: str, name: str,
) -> None:  # fmt: skip
    if truth is None or not (places < 0).any():
        _check_known(rows.category_id, places, "category_id", "categories", key, name)
        return
    known = [str(x) for x in ids]
    here = sorted({str(x)[:30] for x in rows.category_id}, key=lambda x: (len(x), x))
    lost = [x for x in here if x not in known]
    there = ", ".join(f"{k} {categories[i][:30]}" for k, i in list(ids.items())[:5])
    raise InputError(
        f"category ids {', '.join(lost[:5])} are not in {truth.name}: here "
        f"{', '.join(here[:5])}, …; there {there}, …",
        file=name, accepted="the ids of the truth", hint=BY_NAME,
    )  # fmt: skip


def _check_pixels(xywh: Floats, key: str, name: str) -> None:
    check_boxes(xywh, name, lambda i: {"what": f"the bbox of {key}[{i}]"})
    if len(xywh) > 1 and xywh.max() <= 1.0001:
        raise InputError(
            f"no bbox is above 1: {', '.join(f'{x:g}' for x in xywh[0])} is the first", file=name,
            accepted="x, y, w, h in pixels", hint="fractions of the image are what YOLO writes",
        )  # fmt: skip
