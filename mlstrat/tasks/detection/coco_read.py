"""Reads COCO: what is right as one object, what is predicted as a list of results."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError
from mlstrat.tasks.detection.boxes import Floats, Ints
from mlstrat.tasks.detection.compute import CROWD, DIFFICULT
from mlstrat.tasks.detection.sides import COCO, Side, bare, check_boxes, check_images
from mlstrat.tasks.table.text import described, text_of

TRUTH = '{"images": […], "annotations": […], "categories": […]}'
RESULTS = '[{"image_id": 1, "category_id": 1, "bbox": [x, y, w, h], "score": 0.9}, …]'
LISTS = ("annotations", "predictions", "results")
BY_NAME = 'by name: add "categories" to the results'
OF_IMAGES = frozenset({"id", "file_name", "width", "height", "license", "coco_url", "flickr_url",
                       "date_captured"})  # fmt: skip
"""Keys of an image that are no column of their own."""

MOST = 1e300
"""What no number of a box reaches."""

Records = Sequence[Mapping[str, Any]]


def parsed(path: str) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    InputError
        With the byte at which it ends or is none.
    """
    text = text_of(path, "JSON")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        at = len((text if cut else text[: error.pos]).encode())
        raise InputError(
            f"is not JSON: {'truncated' if cut else error.msg} at byte {at:,}", file=path,
            row=error.lineno, accepted="the whole file",
        ) from None  # fmt: skip
    except RecursionError:
        raise InputError("is not JSON: nested too deeply", file=path, accepted=TRUTH) from None
    except ValueError as error:
        raise InputError(f"is not JSON: {str(error)[:120]}", file=path, accepted=TRUTH) from None


def is_coco(value: Any) -> bool:
    """Tell whether a value from Python is COCO's truth or results."""
    if isinstance(value, Mapping):
        return any(x in value for x in LISTS)
    return isinstance(value, list) and (
        not value or (isinstance(value[0], Mapping) and "bbox" in value[0])
    )


def read_coco(source: Any, truth: Side | None, *, checksum: bool) -> Side:
    """Return the boxes of COCO's truth; with a `truth` given, the detections of results.

    Raises
    ------
    InputError
        With the place in its list, for what is no box, and for ids that the truth does not have.
    """
    if isinstance(source, str | Path):
        name, value = str(source), parsed(str(source))
        inputs: tuple[InputFile, ...] = (described(source, 0, checksum),)
    else:
        name, value, inputs = f"<{type(source).__name__}>", source, ()
    key, rows = _rows(value, name, truth is None)
    rows = _checked(rows, key, name)
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
    image = _places(rows, "image_id", image_ids)
    if truth is not None and (image < 0).any():
        wanted = [str(x["image_id"]) for x in rows]
        lost = dict.fromkeys(x for x, i in zip(wanted, image, strict=True) if i < 0)
        check_images(truth, list(dict.fromkeys(wanted)), list(lost), name)
    category = _places(rows, "category_id", category_ids)
    if truth is not None and not named:
        numbers: dict[str, int] = {}
        category = np.array([numbers.setdefault(str(x["category_id"]), len(numbers))
                             for x in rows], np.int64)  # fmt: skip
        categories = list(numbers)
    _check_known(rows, image, "image_id", "images", key, name)
    _check_categories(rows, category, categories, category_ids, truth, key, name)
    xywh = _boxes(rows, key, name)
    score = _scores(rows, key, name)
    inputs = tuple(replace(x, rows=len(images)) for x in inputs)
    return Side(
        COCO, name, inputs or (InputFile(name, None, None, len(images)),), images, image, category,
        categories, xywh, score, _ignored(rows), sizes, named=named, more=more,
        image_ids=image_ids, category_ids=category_ids,
    )  # fmt: skip


def _rows(value: Any, name: str, is_truth: bool) -> tuple[str, Any]:
    if isinstance(value, Mapping):
        key = next((x for x in LISTS if x in value), None)
        if key is not None and isinstance(value[key], list):
            if is_truth and not all(isinstance(value.get(x), list) for x in
                                    ("images", "categories")):  # fmt: skip
                raise InputError("no list of images, or of categories", file=name, accepted=TRUTH)
            return key, value[key]
    elif isinstance(value, list) and not is_truth:
        return "", value
    kind = "an object" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else (
        "a text" if isinstance(value, str) else "a number")  # fmt: skip
    raise InputError(f"holds {kind}", file=name, accepted=TRUTH if is_truth else RESULTS)


def _checked(rows: list[Any], key: str, name: str) -> Records:
    needed = {"image_id", "category_id", "bbox"}
    for i, x in enumerate(rows):
        if not (type(x) is dict or isinstance(x, Mapping)) or not needed <= x.keys():
            raise InputError(f"{key}[{i}] is not a box", file=name,
                             accepted="image_id, category_id and bbox")  # fmt: skip
    return rows


def _places(rows: Records, key: str, ids: Mapping[Hashable, int]) -> Ints:
    """Return the place of each id; −1 for those that there are not."""
    asked = [x[key] for x in rows]
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
    return names, ids, sizes, {k: [x.get(k) for x in rows] for k in more}


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


def _check_known(rows: Records, places: Ints, key: str, of: str, where: str, name: str) -> None:
    lost = np.flatnonzero(places < 0)
    if len(lost):
        i = int(lost[0])
        raise InputError(f"{where}[{i}] has {key} {rows[i][key]!r:.60}, which is not in {of}",
                         file=name, accepted=f"an id of {of}")  # fmt: skip


def _check_categories(
    rows: Records, places: Ints, categories: Sequence[str], ids: Mapping[Hashable, int],
    truth: Side | None, key: str, name: str,
) -> None:  # fmt: skip
    if truth is None or not (places < 0).any():
        _check_known(rows, places, "category_id", "categories", key, name)
        return
    known = [str(x) for x in ids]
    here = sorted({str(x["category_id"])[:30] for x in rows}, key=lambda x: (len(x), x))
    lost = [x for x in here if x not in known]
    there = ", ".join(f"{k} {categories[i][:30]}" for k, i in list(ids.items())[:5])
    raise InputError(
        f"category ids {', '.join(lost[:5])} are not in {truth.name}: here "
        f"{', '.join(here[:5])}, …; there {there}, …",
        file=name, accepted="the ids of the truth", hint=BY_NAME,
    )  # fmt: skip


def _boxes(rows: Records, key: str, name: str) -> Floats:
    try:
        found = np.array([x["bbox"] for x in rows], np.float64).reshape(len(rows), -1)
    except (TypeError, ValueError, OverflowError):
        found = np.zeros((0, 0))
    if len(rows) and found.shape != (len(rows), 4):
        for i, x in enumerate(rows):
            four = isinstance(x["bbox"], list | tuple) and len(x["bbox"]) == 4
            if not four or not all(isinstance(v, int | float) and abs(v) < MOST
                                   for v in x["bbox"]):  # fmt: skip
                raise InputError(f"{key}[{i}] has bbox {str(x['bbox'])[:60]}", file=name,
                                 accepted="[x, y, w, h]")  # fmt: skip
    found = found.reshape(-1, 4)
    check_boxes(found, name, lambda i: {"what": f"the bbox of {key}[{i}]"})
    if len(found) and found.max() <= 1.0001 and len(found) > 1:
        raise InputError(
            f"no bbox is above 1: {', '.join(f'{x:g}' for x in found[0])} is the first", file=name,
            accepted="x, y, w, h in pixels", hint="fractions of the image are what YOLO writes",
        )  # fmt: skip
    return found


def _scores(rows: Records, key: str, name: str) -> Floats:
    told = [x.get("score", np.nan) for x in rows]
    for i, x in enumerate(told):
        number = type(x) is float or type(x) is int
        if not number or (not abs(x) < MOST and "score" in rows[i]):
            raise InputError(f"{key}[{i}] has score {x!r:.40}", file=name,
                             accepted="a finite number")  # fmt: skip
    return np.array(told, np.float64)


def _ignored(rows: Records) -> Ints:
    return np.array([CROWD if x.get("iscrowd") in (1, True) else DIFFICULT if
                     x.get("difficult") in (1, True) or x.get("ignore") in (1, True) else 0
                     for x in rows], np.int64)  # fmt: skip
