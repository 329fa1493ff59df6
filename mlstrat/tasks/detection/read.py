"""Reads boxes, true and predicted ones, in any two formats; a row a box and a row an image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.detection.coco_read import is_coco, read_coco
from mlstrat.tasks.detection.compute import CROWD, DIFFICULT
from mlstrat.tasks.detection.folders_read import read_folder
from mlstrat.tasks.detection.sides import (
    FILE,
    TABLE,
    Side,
    bare,
    by_name,
    check_boxes,
    check_images,
    in_pixels,
    with_names,
)
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.rows import Rows, open_rows, reserved

ROLES = (
    Role("id", "names an image", needed=True),
    Role("kind", "gt or det; image for one without boxes"),
    Role("category", "what is in the box", needed=True),
    Role("x", "left edge of the box", needed=True),
    Role("y", "its upper edge", needed=True),
    Role("w", "its width", needed=True),
    Role("h", "its height", needed=True),
    Role("score", "of a detection"),
    Role("iscrowd", "1 for one box around a crowd"),
    Role("difficult", "1 for an object that nobody has to find"),
    Role("image_width", "of the image; needed beside boxes in fractions"),
    Role("image_height", "likewise"),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "what images share: a video, a camera"),
)
ALIASES = {
    "id": ("image_id", "image", "file_name", "filename", "id"), "kind": ("kind",),
    "category": ("category", "class", "label", "name"), "w": ("w", "width"), "h": ("h", "height"),
    "score": ("score", "confidence", "conf"), "iscrowd": ("iscrowd", "is_crowd"),
}  # fmt: skip
TRUE = frozenset({"gt", "truth", "ground_truth", "true", "annotation"})
SAID = frozenset({"det", "dt", "detection", "prediction", "pred"})
IMAGE = "image"

KIND, CATEGORY, SCORE, IGNORED = "kind of row", "category of box", "score of box", "ignored box"
XYWH = ("x of box", "y of box", "w of box", "h of box")
SIZE = ("width of image", "height of image")
OWN = (KIND, CATEGORY, SCORE, IGNORED, *XYWH, *SIZE, FILE)
OF_IMAGE, OF_TRUTH, OF_SAID = 0, 1, 2
"""What a row is of."""

NO_SCORES = "none"
SCORELESS = "YOLO writes it with save_conf=True; or count every detection: --threshold none"


def no_threshold(how: How) -> bool:
    """Tell whether every detection counts, as the call says."""
    given = how.options.get("threshold")
    return isinstance(given, str) and given.strip().lower() == NO_SCORES


def read_boxes(given: Given, how: How) -> Raw:
    """Return the images and boxes of a run, a row each."""
    if given.truth is None:
        truth, said, more = _one_table(given.run, how)
    else:
        truth = _side(given.truth, how, None)
        said = _side(given.run, how, truth)
        truth, said = _joined(truth, said)
        more = dict(truth.more)
    scored = np.isfinite(said.score)
    if given.people:
        said = replace(said, score=np.full(len(said.image), np.inf))
    elif no_threshold(how):
        said = replace(said, score=np.where(scored, said.score, np.inf))
    elif not scored.all():
        raise InputError(
            f"{int((~scored).sum()):,} of {len(scored):,} detections have no confidence",
            file=said.name, accepted="a score for every detection", hint=SCORELESS,
        )  # fmt: skip
    if how.options.get("difficult"):
        truth = replace(truth, ignored=np.where(truth.ignored == CROWD, CROWD, 0))
    inputs = truth.inputs if given.truth is None else (*said.inputs, *truth.inputs)
    return Raw(_frame(truth, said, more), said.name, inputs, {"id": "image"})


def _side(source: Any, how: How, truth: Side | None) -> Side:
    """Return the boxes of one side: the true ones, or with a `truth` those predicted."""
    if isinstance(source, str | Path) and Path(source).is_dir():
        return read_folder(str(source), checksum=how.checksum)
    json = isinstance(source, str | Path) and str(source).lower().endswith((".json", ".json.gz"))
    if json or is_coco(source):
        return read_coco(source, truth, checksum=how.checksum)
    rows = open_rows(Given(source), ROLES, how, ALIASES)
    kinds = _kinds(rows)
    known = kinds >= 0
    if known.any():  # both are here: one of them is asked for
        keep = (kinds != (OF_SAID if truth is None else OF_TRUTH)) | ~known
    else:
        keep = np.ones(len(kinds), bool)
    return _table(rows, keep)


def _joined(truth: Side, said: Side) -> tuple[Side, Side]:
    """Return both sides with the images and categories of both in one order."""
    if len(set(truth.images)) < len(truth.images):
        twice = next(x for x, n in Counter(truth.images).items() if n > 1)
        raise InputError(
            f"the image {twice[:60]!r} in two splits", file=truth.name,
            accepted="an image in one split, where predictions stand apart",
            hint="put both sides into one table, with kind: gt, det",
        )  # fmt: skip
    truth, said = with_names(truth, said), with_names(said, truth)
    category = by_name(truth, said)
    names = [*truth.categories, *(x for x in said.categories if x not in truth.categories)]
    said = replace(said, category=category[said.category] if len(said.image) else said.category,
                   categories=names)  # fmt: skip
    truth = replace(truth, categories=names)
    if said.images is not truth.images:
        places = {name: i for i, name in enumerate(truth.images)}
        used = dict.fromkeys(said.images[i] for i in said.image.tolist())
        # What has no box need not be known, but by a name that both have.
        check_images(truth, list(used), [x for x in used if x not in places], said.name)
        to = np.array([places.get(x, -1) for x in said.images], np.int64)
        sizes = np.full((len(truth.images), 2), np.nan)
        sizes[to[to >= 0]] = said.sizes[to >= 0]
        image = to[said.image] if len(said.image) else said.image
        said = replace(said, images=truth.images, image=image, sizes=sizes)
    return in_pixels(truth, said)


def _one_table(source: Any, how: How) -> tuple[Side, Side, dict[str, Any]]:
    """Return both sides of one table, told apart by its column `kind`."""
    path = isinstance(source, str | Path)
    if (path and (Path(source).is_dir() or str(source).lower().endswith(".json"))) or is_coco(
            source):  # fmt: skip
        raise InputError(
            "holds one side alone, and nothing says what is right",
            file=str(source) if path else f"<{type(source).__name__}>",
            accepted="predictions and the truth", hint="name the truth: --truth TRUTH",
        )  # fmt: skip
    rows = open_rows(Given(source), ROLES, how, ALIASES)
    if "kind" not in rows.roles:
        raise InputError(
            "no column kind, which says whether a box is true or predicted", file=rows.name,
            accepted="kind: gt, det", hint="or name the truth apart: --truth TRUTH",
        )  # fmt: skip
    kinds = _kinds(rows)
    both = _table(rows, np.ones(len(kinds), bool))
    kinds = kinds[kinds != OF_IMAGE]
    return both.where(kinds == OF_TRUTH), both.where(kinds == OF_SAID), dict(both.more)


def _kinds(rows: Rows) -> Any:
    """Return what each row is of; −1 where no column says it."""
    if "kind" not in rows.roles:
        return np.full(len(rows.frame), -1)
    column = rows.roles["kind"]
    texts = rows.texts(column)
    words = dict.fromkeys(TRUE, OF_TRUTH) | dict.fromkeys(SAID, OF_SAID) | {IMAGE: OF_IMAGE}
    found = np.array([words.get(x.lower(), -1) for x in texts], np.int64)
    if (found < 0).any():
        i = int(np.flatnonzero(found < 0)[0])
        raise rows.refuse(i, column, f"{texts[i][:40]!r} is not a kind of box",
                          accepted="gt, det, or image for one without boxes")  # fmt: skip
    return found


def _table(rows: Rows, keep: Any) -> Side:
    """Return the boxes of a table; every row names an image."""
    roles, kinds = rows.roles, _kinds(rows)
    names = [bare(x) for x in rows.texts(roles["id"])]
    split = rows.texts(roles["split"]) if "split" in roles else [""] * len(names)
    keys = dict.fromkeys(zip(split, names, strict=True))
    places = {key: i for i, key in enumerate(keys)}
    image = np.array([places[x] for x in zip(split, names, strict=True)], np.int64)
    first = np.unique(image, return_index=True)[1]
    numbers = np.column_stack([rows.numbers(roles[x], blank=True) for x in ("x", "y", "w", "h")])
    boxes = keep & (kinds != OF_IMAGE) & ~((kinds < 0) & np.isnan(numbers).all(axis=1))
    index = np.flatnonzero(boxes)

    def place(i: int) -> dict[str, Any]:
        error = rows.refuse(int(index[i]), roles["x"], "")
        return {"file": error.file, "row": error.row, "what": "the box"}

    xywh = numbers[boxes]
    check_boxes(xywh, rows.name, place)
    texts = rows.texts(roles["category"])
    told = [texts[i] for i in index]
    blank = next((i for i, x in zip(index.tolist(), told, strict=True) if not x), None)
    if blank is not None:
        raise rows.refuse(blank, roles["category"], "a blank category", accepted="a name")
    categories: dict[str, int] = {}
    category = np.array([categories.setdefault(x, len(categories)) for x in told], np.int64)
    score = (rows.numbers(roles["score"], blank=True)[boxes] if "score" in roles
             else np.full(len(index), np.nan))  # fmt: skip
    ignored = np.zeros(len(index), np.int64)
    for role, value in (("difficult", DIFFICULT), ("iscrowd", CROWD)):
        if role in roles:
            ignored[rows.numbers(roles[role], blank=True)[boxes] == 1] = value
    more: dict[str, Any] = {k: x.gather(first).to_list() for k, x in rows.free(()).items()
                            if k not in OWN}  # fmt: skip
    more |= {x: [rows.texts(roles[x])[i] for i in first] for x in ("split", "group") if x in roles}
    sizes = np.full((len(keys), 2), np.nan)
    for j, role in enumerate(("image_width", "image_height")):
        if role in roles:
            sizes[:, j] = rows.numbers(roles[role], blank=True, low=1)[first]
    return Side(
        image[boxes], category, xywh, score, ignored, TABLE, rows.name, rows.inputs,
        [name for _, name in keys], list(categories), sizes, more=more,
    )  # fmt: skip


def _frame(truth: Side, said: Side, more: Mapping[str, Any]) -> Any:
    """Return a row an image, then a row a box."""
    import polars as pl

    names = np.array(truth.images, object)
    categories = pl.Series([str(x) for x in truth.categories], dtype=pl.String)
    taken = {x for x in more if x in OWN or (reserved(x) and x not in ("split", "group"))}
    images = pl.DataFrame({
        "id": pl.Series(truth.images, dtype=pl.String),
        KIND: np.full(len(names), OF_IMAGE, np.int8),
        SIZE[0]: truth.sizes[:, 0], SIZE[1]: truth.sizes[:, 1],
        FILE: pl.Series(more.get(FILE, [None] * len(names)), dtype=pl.String),
        **{k: pl.Series(x, strict=False) for k, x in more.items() if k not in taken},
    })  # fmt: skip

    def boxes(side: Side, kind: int) -> Any:
        own = {"split": images["split"].gather(side.image)} if "split" in images.columns else {}
        return pl.DataFrame({
            "id": images["id"].gather(side.image),
            KIND: np.full(len(side.image), kind, np.int8), **own,
            CATEGORY: categories.gather(side.category),
            **{x: side.xywh[:, i] for i, x in enumerate(XYWH)},
            SCORE: side.score, IGNORED: side.ignored,
        })  # fmt: skip

    return pl.concat([images, boxes(truth, OF_TRUTH), boxes(said, OF_SAID)],
                     how="diagonal_relaxed")  # fmt: skip


def least_overlap(how: How) -> float:
    """Return the IoU from which a detection finds a box."""
    try:
        found = float(how.options.get("iou", 0.5))
    except (TypeError, ValueError):
        found = np.nan
    if not 0 < found <= 1:
        raise UsageError(f"--iou is {how.options['iou']}",
                         accepted="a number above 0, at most 1")  # fmt: skip
    return found
