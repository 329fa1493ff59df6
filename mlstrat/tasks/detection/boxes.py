"""Boxes as ``x, y, w, h``: their overlap, and the best of those that overlap."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlstrat.errors import UsageError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def overlap(a: Floats, b: Floats, whole: Flags | None = None) -> Floats:
    """Return the intersection over union of each pair of boxes of two equally long lists.

    Where `whole` is true it is the share of `a` that lies in `b`, as COCO has it for crowds.
    """
    wide = np.minimum(a[:, 2] + a[:, 0], b[:, 2] + b[:, 0]) - np.maximum(a[:, 0], b[:, 0])
    high = np.minimum(a[:, 3] + a[:, 1], b[:, 3] + b[:, 1]) - np.maximum(a[:, 1], b[:, 1])
    both = np.where((wide > 0) & (high > 0), wide * high, 0.0)
    area = a[:, 2] * a[:, 3]
    union = area + b[:, 2] * b[:, 3] - both
    if whole is not None:
        union = np.where(whole, area, union)
    return np.asarray(both / union, np.float64)


def iou(a: ArrayLike, b: ArrayLike) -> Floats:
    """Return the intersection over union of every box of a with every box of b.

    Formula: area of a ∩ b / (area of a + area of b − area of a ∩ b); boxes that do not meet have 0.

    Parameters
    ----------
    a, b
        Boxes ``x, y, w, h`` (n × 4 and m × 4): the upper left corner, width and height above 0.

    Returns
    -------
    array
        n × m.

    Raises
    ------
    UsageError
        For what is no list of boxes.

    References
    ----------
    C4W3 Intersection over union

    Examples
    --------
    >>> iou([[0, 0, 2, 2]], [[1, 0, 2, 2], [5, 5, 1, 1]]).round(3).tolist()
    [[0.333, 0.0]]
    """
    left, right = _checked(a), _checked(b)
    n, m = len(left), len(right)
    return overlap(np.repeat(left, m, axis=0), np.tile(right, (n, 1))).reshape(n, m)


def nms(
    boxes: ArrayLike, scores: ArrayLike, most: float = 0.5, categories: ArrayLike | None = None
) -> Ints:
    """Return the boxes that non-maximum suppression keeps, highest score first.

    Formula: take the box with the highest score, drop those of its category that overlap it with
    IoU ≥ `most`, and go on with the rest.

    Parameters
    ----------
    boxes
        ``x, y, w, h`` (n × 4).
    scores
        Of each (n).
    most
        IoU from which the lower box is dropped.
    categories
        Of each (n); without them all are of one.

    Returns
    -------
    array
        Places of the boxes that are kept.

    Raises
    ------
    UsageError
        For what is no list of boxes, or another number of scores.

    References
    ----------
    C4W3 Non-max suppression

    Examples
    --------
    >>> nms([[0, 0, 10, 10], [1, 0, 10, 10], [20, 0, 10, 10]], [0.8, 0.9, 0.7]).tolist()
    [1, 2]
    """
    found = _checked(boxes)
    score = np.asarray(scores, np.float64)
    kinds = np.zeros(len(found)) if categories is None else np.asarray(categories)
    if score.shape != (len(found),) or kinds.shape != (len(found),):
        raise UsageError(f"{len(found)} boxes, {score.size} scores and {kinds.size} categories",
                         accepted="one of each for every box")  # fmt: skip
    left = np.argsort(-score, kind="stable")
    kept: list[int] = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        close = iou(found[best : best + 1], found[left])[0] >= most
        left = left[~(close & (kinds[left] == kinds[best]))]
    return np.array(kept, np.int64)


def _checked(boxes: ArrayLike) -> Floats:
    found = np.asarray(boxes, np.float64)
    if found.size == 0:
        return found.reshape(0, 4)
    if found.ndim != 2 or found.shape[1] != 4 or not (found[:, 2:] > 0).all():
        raise UsageError(f"boxes of shape {found.shape}" if found.ndim != 2 or found.shape[1] != 4
                         else "a box without width or height",
                         accepted="rows x, y, w, h with w and h above 0")  # fmt: skip
    return found
