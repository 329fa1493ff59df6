"""Object keypoint similarity, the poses that it joins, and its average precision, as COCO does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Ints

Bools = NDArray[np.bool_]

SPREAD = np.array([.26, .25, .25, .35, .35, .79, .79, .72, .72, .62, .62, 1.07, 1.07, .87, .87,
                   .89, .89]) / 10  # fmt: skip
"""How much people differ on each of COCO's 17 points (Ruggero Ronchi and Perona, 2017)."""

USUAL = float(SPREAD.mean())
"""The spread that is taken for points that COCO does not have."""

LEAST = 0.5
"""OKS from which two poses are of one person."""

LEVELS = np.linspace(0.5, 0.95, 10)
SIZES = ((0.0, 1e10), (32.0**2, 96.0**2), (96.0**2, 1e10))
"""Areas of people: any, medium and large; COCO has no small people with keypoints."""

RECALLS = np.linspace(0, 1, 101)
MOST_POSES = 20
"""Poses of a picture that are looked at, by score."""


def spread_of(points: int) -> Floats:
    """Return the spread of each point: COCO's for 17 points, else one for all."""
    return SPREAD if points == len(SPREAD) else np.full(points, USUAL)


def oks(truth: Floats, visible: Bools, area: Floats, box: Floats, said: Floats) -> Floats:
    """Return how alike G people and D poses are; D x G, from 0 to 1.

    Formula: the mean of exp(−d² / (2 · area · (2σ)²)) over visible points, d the distance, σ the
    spread of the point. A person without visible points is as near as points are to the box twice
    as wide (to be ignored, not to be found). Source: COCO keypoints evaluation.

    Examples
    --------
    >>> truth = np.zeros((1, 17, 2))
    >>> seen, area, box = np.ones((1, 17), bool), np.array([100.0]), np.zeros((1, 4))
    >>> oks(truth, seen, area, box, truth).tolist()
    [[1.0]]
    """
    scale = 2 * (area[:, None] + np.spacing(1)) * (2 * spread_of(truth.shape[1])) ** 2
    d = said[:, None] - np.where(visible[:, :, None], truth, 0.0)[None]
    seen: Bools = np.asarray(visible.any(axis=1))
    if not seen.all():
        low, high = box[:, None, :2] - box[:, None, 2:], box[:, None, :2] + 2 * box[:, None, 2:]
        outside = np.maximum(low - said[:, None], 0) + np.maximum(said[:, None] - high, 0)
        d = np.where(seen[:, None, None], d, outside)
    counted = visible | ~seen[:, None]
    like = np.exp(-(d**2).sum(axis=3) / scale)
    return np.asarray((like * counted).sum(axis=2) / counted.sum(axis=1))


def joined(like: Floats, ignored: Bools, crowd: Bools, least: float) -> tuple[Ints, Bools]:
    """Return the person of each pose, −1 for none, and which poses are neither right nor wrong.

    Poses come best score first, and take the person that is most alike of those that are left, one
    that is ignored only where no other is. Source: pycocotools, ``COCOeval.evaluateImg``.

    Examples
    --------
    >>> like, none = np.array([[0.9, 0.6], [0.8, 0.7]]), np.zeros(2, bool)
    >>> joined(like, none, none, 0.5)[0].tolist()
    [0, 1]
    """
    person = np.full(len(like), -1, np.int64)
    order = np.argsort(ignored, kind="stable")
    free = np.ones(len(ignored), bool)
    for i, row in enumerate(like):
        best, most = -1, min(least, 1 - 1e-10)
        for j in order.tolist():
            if not free[j] and not crowd[j]:
                continue
            if best >= 0 and not ignored[best] and ignored[j]:
                break
            if row[j] >= most:
                best, most = j, float(row[j])
        if best >= 0:
            person[i], free[best] = best, False
    return person, np.array([j >= 0 and bool(ignored[j]) for j in person.tolist()], bool)


@dataclass(frozen=True, eq=False)
class Poses:
    """D poses of all pictures.

    ``right`` and ``ignored`` tell of each of the ten levels and each pose whether it is so
    (10 x D); ``people`` is how many there are to be found.
    """

    score: Floats
    right: Bools
    ignored: Bools
    people: int


def recall(poses: Poses) -> float | None:
    """Return the mean over levels of the share of people that are found; None without people.

    Formula: right poses / people. Source: COCO's average recall; pycocotools.

    Examples
    --------
    >>> right = np.array([[True, False]] * 5 + [[False, False]] * 5)
    >>> recall(Poses(np.array([0.9, 0.8]), right, np.zeros((10, 2), bool), 2))
    0.25
    """
    if not poses.people:
        return None
    return float((poses.right & ~poses.ignored).sum(axis=1).mean() / poses.people)


def average_precision(poses: Poses, levels: Sequence[int] = range(len(LEVELS))) -> float | None:
    """Return the mean over levels of the area under precision against recall; None without people.

    Formula: precision at 101 recalls, each the highest of that recall and above. Source: Lin et
    al. (2014), COCO; pycocotools, ``COCOeval.accumulate``.

    Examples
    --------
    >>> right = np.array([[True, False, True]] * 10)
    >>> poses = Poses(np.array([0.9, 0.8, 0.7]), right, np.zeros((10, 3), bool), 2)
    >>> round(average_precision(poses), 4)
    0.835
    """
    if not poses.people:
        return None
    order = np.argsort(-poses.score, kind="stable")
    found = []
    for level in levels:
        right, ignored = poses.right[level][order], poses.ignored[level][order]
        tp = np.cumsum(right & ~ignored)
        fp = np.cumsum(~right & ~ignored)
        precision = tp / np.maximum(tp + fp, 1)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        place = np.searchsorted(tp / poses.people, RECALLS, side="left")
        found.append(np.append(best, 0.0)[place])
    return float(np.mean(found))
