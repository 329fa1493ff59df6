"""Reads lists of boxes out of JSON into columns: a record is gone once its numbers are taken."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlstrat.errors import InputError
from mlstrat.tasks.detection.boxes import Floats, Ints
from mlstrat.tasks.detection.compute import CROWD, DIFFICULT
from mlstrat.tasks.table.text import text_of

LISTS = ("annotations", "predictions", "results")
"""Keys of what holds boxes, the first that there is."""

TRUTH = '{"images": […], "annotations": […], "categories": […]}'

MOST = 1e300
"""What no number of a box reaches."""

NO_BLANK = re.compile(r"[^ \t\n\r]")

Scan = Callable[[str, int], tuple[Any, int]]


@dataclass(frozen=True, eq=False)
class Listed:
    """Boxes of a list: N ids of images and of categories, N×4 numbers, N scores and flags."""

    image_id: list[Any]
    category_id: list[Any]
    xywh: Floats
    score: Floats
    ignored: Ints

    def __len__(self) -> int:
        """How many."""
        return len(self.image_id)


def read_json(path: str) -> Any:
    """Return what a JSON file holds, its lists of boxes as `Listed`."""
    text = text_of(path, "JSON")
    try:
        return _document(text, path)
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


def _document(text: str, name: str) -> Any:
    decoder: Any = json.JSONDecoder()
    scan: Scan = decoder.scan_once  # in C, one value from a place on
    start = _skip(text, 0)
    if text.startswith("[", start):
        rows = _Elements(text, start, scan)
        value: Any = collected(rows, "", name)
        end = rows.end
    elif text.startswith("{", start):
        value, end = _object(text, start, scan, name)
    else:
        value, end = decoder.raw_decode(text, start)
    end = _skip(text, end)
    if end < len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def _object(text: str, at: int, scan: Scan, name: str) -> tuple[dict[str, Any], int]:
    """Return an object whose lists of boxes are read into columns, and where it ends."""
    found: dict[str, Any] = {}
    at = _skip(text, at + 1)
    if text.startswith("}", at):
        return found, at + 1
    while True:
        if not text.startswith('"', at):
            raise json.JSONDecodeError(
                "Expecting property name enclosed in double quotes", text, at)  # fmt: skip
        key, at = scan(text, at)
        at = _skip(text, at)
        if not text.startswith(":", at):
            raise json.JSONDecodeError("Expecting ':' delimiter", text, at)
        at = _skip(text, at + 1)
        if key in LISTS and text.startswith("[", at):
            rows = _Elements(text, at, scan)
            found[key] = collected(rows, key, name)
            at = rows.end
        else:
            found[key], at = _value(text, at, scan)
        at = _skip(text, at)
        if text.startswith("}", at):
            return found, at + 1
        if not text.startswith(",", at):
            raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
        at = _skip(text, at + 1)


class _Elements:
    """The elements of a list in a text, each parsed as it is asked for; then its `end` is known."""

    def __init__(self, text: str, start: int, scan: Scan) -> None:
        self.text, self.start, self.scan = text, start, scan
        self.end = start

    def __iter__(self) -> Iterator[Any]:
        text, scan = self.text, self.scan
        at = _skip(text, self.start + 1)
        if text.startswith("]", at):
            self.end = at + 1
            return
        while True:
            value, at = _value(text, at, scan)
            yield value
            at = _skip(text, at)
            if text.startswith("]", at):
                self.end = at + 1
                return
            if not text.startswith(",", at):
                raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
            at = _skip(text, at + 1)


def _value(text: str, at: int, scan: Scan) -> tuple[Any, int]:
    try:
        return scan(text, at)
    except StopIteration as end:
        raise json.JSONDecodeError("Expecting value", text, end.value) from None


def _skip(text: str, at: int) -> int:
    found = NO_BLANK.search(text, at)
    return len(text) if found is None else found.start()


def collected(rows: Iterable[Any], key: str, name: str) -> Listed:
    """Return the boxes of a list as columns."""
    images: list[Any] = []
    categories: list[Any] = []
    same: dict[Any, Any] = {}  # an id is kept once, however often it is written
    xywh, score, ignored = array("d"), array("d"), array("b")
    for i, x in enumerate(rows):
        if not isinstance(x, Mapping) or not ("image_id" in x and "category_id" in x
                                              and "bbox" in x):  # fmt: skip
            raise InputError(f"{key}[{i}] is not a box", file=name,
                             accepted="image_id, category_id and bbox")  # fmt: skip
        images.append(_once(x["image_id"], same))
        categories.append(_once(x["category_id"], same))
        xywh.extend(_box(x["bbox"], i, key, name))
        score.append(_score(x, i, key, name))
        ignored.append(CROWD if x.get("iscrowd") in (1, True) else DIFFICULT if
                       x.get("difficult") in (1, True) or x.get("ignore") in (1, True)
                       else 0)  # fmt: skip
    return Listed(images, categories, np.array(xywh).reshape(-1, 4), np.array(score),
                  np.array(ignored, np.int64))  # fmt: skip


def _once(value: Any, same: dict[Any, Any]) -> Any:
    if not isinstance(value, Hashable) or isinstance(value, tuple):
        return value
    # 1, 1.0 and True are equal, and not the same in a message.
    return same.setdefault((type(value), value), value)


def _box(box: Any, i: int, key: str, name: str) -> Any:
    four = isinstance(box, list | tuple) and len(box) == 4
    if four and all(isinstance(v, float) or (isinstance(v, int) and abs(v) < MOST) for v in box):
        return box  # numbers that are no place in a picture are refused by `check_boxes`
    raise InputError(f"{key}[{i}] has bbox {str(box)[:60]}", file=name, accepted="[x, y, w, h]")


def _score(x: Mapping[str, Any], i: int, key: str, name: str) -> float:
    if "score" not in x:
        return np.nan
    found = x["score"]
    if type(found) not in (float, int) or not abs(found) < MOST:
        raise InputError(f"{key}[{i}] has score {found!r:.40}", file=name,
                         accepted="a finite number")  # fmt: skip
    return float(found)
