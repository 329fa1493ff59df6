"""How far points are off, which pattern of error a picture shows, and OKS as COCO has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.record import Record

Bools = NDArray[np.bool_]

FAR = 0.1
"""Share of the measure of a picture beyond which a point is wrong, and a picture a failure."""

SWAPPED, SHIFTED, ONE_OFF, MISSED = "sides swapped", "all shifted", "one point off", "missed"
PATTERNS = (SWAPPED, SHIFTED, ONE_OFF, MISSED)

OTHER_SIDE = {"left": "right", "right": "left", "l": "r", "r": "l"}


def diagonal(points: Floats) -> Floats:
    """Return the diagonal of the box around the visible points of N pictures, N x P x 2.

    Formula: √(w² + h²) of the smallest upright box; NaN where none is visible. Source: mlstrat.
    """
    hidden = np.isnan(points)
    low = np.where(hidden, np.inf, points).min(axis=1)
    high = np.where(hidden, -np.inf, points).max(axis=1)
    size = np.where(np.isfinite(low), high, np.nan) - np.where(np.isfinite(low), low, np.nan)
    return np.asarray(np.hypot(size[:, 0], size[:, 1]))


def off(truth: Floats, said: Floats, measure: Floats) -> Floats:
    """Return how far each point is off, in the measure of its picture; N x P.

    Formula: |said − truth| / measure; NaN where the point is not visible, infinite where it was
    not predicted. Source: Dantone et al. (2012) and Sagonas et al. (2013), where the measure is
    the distance of the eyes.
    """
    found = np.hypot(*np.moveaxis(said - truth, 2, 0)) / measure[:, None]
    visible = ~np.isnan(truth[:, :, 0]) & ~np.isnan(measure)[:, None]
    return np.where(visible, np.where(np.isnan(found), np.inf, found), np.nan)


def normalised_mean_error(distance: Floats) -> Floats:
    """Return the mean over visible points of each picture; NaN where none is visible."""
    visible = ~np.isnan(distance)
    points = visible.sum(axis=1)
    total = np.where(visible, distance, 0.0).sum(axis=1)
    return np.where(points > 0, total / np.maximum(points, 1), np.nan)


def other_sides(names: Sequence[str]) -> Ints:
    """Return for each point the place of the same point on the other side, else its own."""
    place = {x.lower(): i for i, x in enumerate(names)}
    found = []
    for i, name in enumerate(names):
        words = re.split(r"([^a-z0-9]+)", name.lower())
        other = "".join(OTHER_SIDE.get(x, x) for x in words)
        found.append(place.get(other, i))
    return np.array(found, np.int64)


def patterns(truth: Floats, said: Floats, measure: Floats, names: Sequence[str]) -> dict[str, Ints]:
    """Return how many wrong points of each picture a pattern explains; at most one a picture.

    A pattern explains as many points as would be right without it: with the names of both sides
    exchanged where that helps; with the median displacement undone, where that is as far as a
    wrong point and more than half of the visible points are wrong; or the one point that is wrong.
    Where nothing was predicted, all are.
    """
    distance = off(truth, said, measure)
    wrong, visible = distance > FAR, ~np.isnan(distance)
    number = wrong.sum(axis=1)
    missed: Bools = np.asarray(np.isnan(said).all(axis=(1, 2)))

    other = other_sides(names)
    exchanged = off(truth, said[:, other], measure) > FAR
    # Of a pair, counted at both points: what is gained by exchanging it.
    gained = (wrong.astype(int) - exchanged) + (wrong[:, other].astype(int) - exchanged[:, other])
    pair = other != np.arange(len(names))
    swapped = np.where(pair, np.maximum(gained, 0), 0).sum(axis=1) // 2

    moved = np.where(visible[:, :, None] & ~missed[:, None, None], said - truth, np.nan)
    shift = _median(moved)
    back = (off(truth, said - shift[:, None], measure) > FAR).sum(axis=1)
    far = np.hypot(*shift.T) > FAR * measure  # else noise of many points would be called a shift
    most = 2 * number > visible.sum(axis=1)
    shifted = np.where(far & most, np.maximum(number - back, 0), 0)

    by_swap = (swapped >= shifted) & (swapped > 0) & ~missed
    by_shift = ~by_swap & (shifted > 0) & ~missed
    alone = ~by_swap & ~by_shift & ~missed & (number == 1)
    return {
        SWAPPED: np.where(by_swap, swapped, 0), SHIFTED: np.where(by_shift, shifted, 0),
        ONE_OFF: alone.astype(np.int64), MISSED: np.where(missed, number, 0),
    }  # fmt: skip


def _median(moved: Floats) -> Floats:
    """Return the median of each coordinate over the points that are no NaN; N x P x 2 to N x 2."""
    ordered = np.sort(moved, axis=1)  # NaN come last
    n = (~np.isnan(moved)).sum(axis=1)
    low, high = (
        np.take_along_axis(ordered, np.maximum(x, 0)[:, None], axis=1)[:, 0]
        for x in ((n - 1) // 2, n // 2 - (n == 0))
    )
    return np.asarray((low + high) / 2)


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


class Poses(Record, eq=False):
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
    """
    if not poses.people:
        return None
    return float((poses.right & ~poses.ignored).sum(axis=1).mean() / poses.people)


def average_precision(poses: Poses, levels: Sequence[int] = range(len(LEVELS))) -> float | None:
    """Return the mean over levels of the area under precision against recall; None without people.

    Formula: precision at 101 recalls, each the highest of that recall and above. Source: Lin et
    al. (2014), COCO; pycocotools, ``COCOeval.accumulate``.
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


def oks_figures(
    score: Floats, right: Ints, ignored: Ints, area: Floats
) -> Iterator[tuple[str, float | None, int]]:
    """Yield the figures of COCO's summary, each with how many people are to be found.

    ``right`` and ``ignored`` hold of each pose a bit for each size and level; ``area`` is that of
    each person.
    """

    def poses(size: int) -> Poses:
        low, high = SIZES[size]
        bits = size * len(LEVELS) + np.arange(len(LEVELS))
        mine, out = (x[None, :] >> bits[:, None] & 1 > 0 for x in (right, ignored))
        return Poses(score, mine, out, int(((area >= low) & (area <= high)).sum()))

    every_level = range(len(LEVELS))
    every, medium, large = map(poses, range(len(SIZES)))
    for name, of, levels in (
        ("oks_ap", every, every_level), ("oks_ap50", every, [0]), ("oks_ap75", every, [5]),
        ("oks_ap_medium", medium, every_level), ("oks_ap_large", large, every_level),
    ):  # fmt: skip
        yield name, average_precision(of, levels), of.people
    yield "oks_ar", recall(every), every.people
