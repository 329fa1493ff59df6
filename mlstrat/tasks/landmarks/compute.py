"""How far points are off, and which pattern of error a picture shows."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Ints

Bools = NDArray[np.bool_]

FAR = 0.1
"""Share of the measure of a picture beyond which a point is wrong, and a picture a failure."""

SWAPPED, SHIFTED, ONE_OFF, MISSED = "sides swapped", "all shifted", "one point off", "missed"
PATTERNS = (SWAPPED, SHIFTED, ONE_OFF, MISSED)

OTHER_SIDE = {"left": "right", "right": "left", "l": "r", "r": "l"}


def diagonal(points: Floats) -> Floats:
    """Return the diagonal of the box around the visible points of N pictures, N x P x 2.

    Formula: √(w² + h²) of the smallest upright box; NaN where none is visible. Source: mlstrat.

    Examples
    --------
    >>> diagonal(np.array([[[0.0, 0.0], [3.0, 4.0], [np.nan, np.nan]]])).tolist()
    [5.0]
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

    Examples
    --------
    >>> truth, said = np.array([[[0.0, 0.0], [9.0, 9.0]]]), np.array([[[3.0, 4.0], [9.0, 9.0]]])
    >>> off(truth, said, np.array([10.0])).tolist()
    [[0.5, 0.0]]
    """
    found = np.hypot(*np.moveaxis(said - truth, 2, 0)) / measure[:, None]
    visible = ~np.isnan(truth[:, :, 0]) & ~np.isnan(measure)[:, None]
    return np.where(visible, np.where(np.isnan(found), np.inf, found), np.nan)


def normalised_mean_error(distance: Floats) -> Floats:
    """Return the mean over visible points of each picture; NaN where none is visible.

    Examples
    --------
    >>> normalised_mean_error(np.array([[0.25, np.nan, 0.75], [np.nan] * 3])).tolist()
    [0.5, nan]
    """
    visible = ~np.isnan(distance)
    points = visible.sum(axis=1)
    total = np.where(visible, distance, 0.0).sum(axis=1)
    return np.where(points > 0, total / np.maximum(points, 1), np.nan)


def other_sides(names: Sequence[str]) -> Ints:
    """Return for each point the place of the same point on the other side, else its own.

    Examples
    --------
    >>> other_sides(["left_eye", "nose", "RightEye", "right_eye", "hip.l", "hip.r"]).tolist()
    [3, 1, 2, 0, 5, 4]
    """
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

    Examples
    --------
    >>> truth = np.array([[[0.0, 0.0], [9.0, 0.0], [5.0, 5.0]]])
    >>> names = ["left_eye", "right_eye", "nose"]
    >>> found = patterns(truth, truth[:, [1, 0, 2]], np.array([9.0]), names)
    >>> {kind: int(n[0]) for kind, n in found.items()}
    {'sides swapped': 2, 'all shifted': 0, 'one point off': 0, 'missed': 0}
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
