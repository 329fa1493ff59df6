"""Boxes as corners, how far two of them agree, and what is wrong with a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats
from mlstrat.tasks.localisation import MIDDLE, XYXY

Bools = NDArray[np.bool_]

ENOUGH = 0.5
"""IoU from which a box is right (C4W3)."""

MISSED, PHANTOM, CLASS, LOOSE = "missed", "phantom", "class", "loose box"


def corners(box: Floats, form: str) -> Floats:
    """Return boxes as x1, y1, x2, y2; N rows of four numbers.

    Formula: x, y, w, h become x − w/2, y − h/2, x + w/2, y + h/2 (``middle``), or
    x, y, x + w, y + h (``xywh``). Source: C4W3 Object localization; Lin et al. (2014), COCO.

    Examples
    --------
    >>> corners(np.array([[50.0, 50.0, 20.0, 10.0]]), "middle").tolist()
    [[40.0, 45.0, 60.0, 55.0]]
    """
    if form == XYXY:
        return box
    start, size = box[:, :2], box[:, 2:]
    if form == MIDDLE:
        start = start - size / 2
    return np.hstack([start, start + size])


def iou(a: Floats, b: Floats) -> Floats:
    """Return the area that pairs of boxes share over the area that they cover together.

    Formula: |A ∩ B| / |A ∪ B|, of N boxes x1, y1, x2, y2 each; NaN where a side is NaN.
    Source: C4W3 Intersection over union; Everingham et al. (2010), Pascal VOC.

    Examples
    --------
    >>> left, right = np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[1.0, 0.0, 3.0, 2.0]])
    >>> iou(left, right).round(4).tolist()
    [0.3333]
    """
    shared = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    common = np.maximum(shared, 0).prod(axis=1)
    both = (a[:, 2:] - a[:, :2]).prod(axis=1) + (b[:, 2:] - b[:, :2]).prod(axis=1)
    return np.asarray(common / (both - common))


def kinds_of_error(there: Bools, said: Bools, same: Bools, overlap: Floats) -> dict[str, Bools]:
    """Return which pictures are wrong in which way.

    Presence comes first; class and box may both be wrong. ``there`` and ``said`` tell of N
    pictures whether there is an object, ``same`` whether its class agrees; ``overlap`` is the IoU.

    Examples
    --------
    >>> yes = np.array([True])
    >>> found = kinds_of_error(yes, yes, ~yes, np.array([0.4]))
    >>> [kind for kind, wrong in found.items() if wrong[0]]
    ['class', 'loose box']
    """
    both = there & said
    return {
        MISSED: there & ~said, PHANTOM: ~there & said, CLASS: both & ~same,
        LOOSE: both & ~(overlap >= ENOUGH),
    }  # fmt: skip
