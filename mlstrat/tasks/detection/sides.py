"""What one file or folder holds of boxes, whatever its format, and how two of them are joined."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError
from mlstrat.tasks.detection.boxes import Floats, Ints
from mlstrat.tasks.detection.compute import Boxes

HEAD = 5
"""Names of a list that a message shows."""

COCO, YOLO, VOC, TABLE = "COCO", "YOLO", "VOC", "table"


class Side(Boxes, eq=False):
    """Boxes of one file or folder; scores are NaN without.

    ``images`` are names without folder and ending, where it names them, else ids; ``categories``
    names, or numbers in a file that names none, which ``named`` says; ``sizes`` width and height of
    each image, NaN where nobody says; ``fractions`` whether boxes are in parts of the image;
    ``more`` further columns of the images; ``image_ids`` and ``category_ids`` those by which COCO's
    results speak of both.
    """

    form: str
    name: str
    inputs: tuple[InputFile, ...]
    images: Sequence[str]
    categories: Sequence[str]
    sizes: Floats
    fractions: bool = False
    named: bool = True
    more: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    image_ids: Mapping[Hashable, int] = field(default_factory=dict)
    category_ids: Mapping[Hashable, int] = field(default_factory=dict)


FILE = "file of image"
"""The column of what an image's file is called, with its folder, where the truth names it."""


def bare(path: str) -> str:
    """Return the name of a file without folder and ending."""
    name = path.replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return stem if dot and stem and ending.isalnum() and not ending.isdigit() else name


def heads(side: Side) -> str:
    """Return the first categories of a side, in words."""
    shown = ", ".join(x[:30] for x in side.categories[:HEAD])
    return shown + (", …" if len(side.categories) > HEAD else "")


def with_names(side: Side, other: Side) -> Side:
    """Return a folder of YOLO without data.yaml by the names of the other."""
    if side.named or not other.named or side.form != YOLO or other.form != YOLO:
        return side
    if len(side.categories) > len(other.categories):
        raise InputError(
            f"class {len(side.categories) - 1} has no name beside {other.name}", file=side.name,
            accepted=f"{len(other.categories)} classes, from 0 on",
        )  # fmt: skip
    return replace(side, categories=other.categories, named=True)


def by_name(truth: Side, said: Side) -> Ints:
    """Return of each category of the predictions its place among those of the truth and more."""
    if said.named != truth.named and len(said.image):
        silent, other = (truth, said) if said.named else (said, truth)
        raise InputError(
            f"categories are numbers, and names in {other.name}: {heads(silent)}; there "
            f"{heads(other)}", file=silent.name, accepted="names on both sides",
            hint='by name: add "categories" to the results' if silent.form == COCO
            else "name them in data.yaml, beside the folder or in it",
        )  # fmt: skip
    places = {name: i for i, name in enumerate(truth.categories)}
    if len(said.image) and not places.keys() & set(said.categories):
        raise InputError(
            f"no category in common with {truth.name}: here {heads(said)}; there {heads(truth)}",
            file=said.name, accepted="the same names on both sides",
        )  # fmt: skip
    return np.array([places.setdefault(x, len(places)) for x in said.categories], np.int64)


def check_images(truth: Side, names: Sequence[str], unknown: Sequence[str], file: str) -> None:
    """Refuse predictions for images that the truth does not have."""
    if not unknown:
        return
    first = ", ".join(repr(x[:60]) for x in unknown[:3])
    every = len(unknown) == len(names)
    raise InputError(
        f"{len(unknown):,} of {len(names):,} images are not in {truth.name}: {first}",
        file=file, accepted="predictions for images of the truth",
        hint=f"images are joined by file name without ending; the truth has "
        f"{', '.join(repr(x[:60]) for x in truth.images[:3])}" if every
        else "an image without boxes is named in the truth, too"
        + (": an empty label file" if truth.form == YOLO else ""),
    )  # fmt: skip


def in_pixels(truth: Side, said: Side) -> tuple[Side, Side]:
    """Return both sides in one unit; images of both are those of the truth."""
    sizes = np.where(np.isnan(truth.sizes), said.sizes, truth.sizes)
    truth, said = replace(truth, sizes=sizes), replace(said, sizes=sizes)
    known = not np.isnan(sizes).any()
    if truth.fractions and said.fractions and not known:
        return truth, said
    found = []
    for side, other in ((truth, said), (said, truth)):
        one = side
        if side.fractions:
            scale = np.tile(sizes, 2)[side.image]
            if np.isnan(scale).any() and len(other.image):
                raise InputError(
                    f"boxes are fractions of the image, and those of {other.name} are pixels",
                    file=side.name, accepted="width and height of each image on one side",
                    hint="COCO and VOC have it; tables with image_width, image_height",
                )  # fmt: skip
            one = replace(side, xywh=side.xywh * scale, fractions=False)
        found.append(one)
    return found[0], found[1]


LARGEST = 1e12
"""Pixels beyond which a number is no place in a picture."""


def check_boxes(xywh: Floats, file: str, where: Any, *, unit: str = "pixels") -> None:
    """Refuse boxes that are none; `where` says of a place which file, row and words name it."""
    # No picture is so large; beyond it, areas are no numbers.
    bad = ~(np.abs(xywh) <= LARGEST).all(axis=1) | ~(xywh[:, 2:] > 0).all(axis=1)
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        values = ", ".join(f"{x:g}" for x in xywh[place])
        told = where(place)
        raise InputError(
            f"{told.get('what', 'the box')} is {values}", file=told.get("file", file),
            row=told.get("row"), accepted="x, y, w, h with w and h above 0, and none above 1e12",
            hint=f"boxes here are x, y, w, h in {unit}",
        )  # fmt: skip
