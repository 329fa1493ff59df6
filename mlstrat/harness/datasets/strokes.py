"""Simulated handwriting: digits as 64 grey levels, neat on forms or hasty in notes.

Rows are independent draws, and the first ones stay the same when more are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlstrat.harness.datasets.examples import Examples
from mlstrat.harness.recipes.recipe import Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SIDE = 8
"""Of a picture, in pixels."""

PATHS = (
    "0,-10 5,-7 6,0 5,7 0,10 -5,7 -6,0 -5,-7 0,-10",
    "-4,-6 1,-10 1,10",
    "-6,-6 -2,-10 4,-9 6,-5 3,0 -6,10 6,10",
    "-6,-9 1,-10 5,-5 0,-1 6,4 1,10 -6,8",
    "3,10 3,-10 -6,4 6,4",
    "5,-10 -5,-10 -5,-1 2,-2 6,4 1,10 -6,8",
    "4,-10 -3,-4 -6,4 -1,10 5,6 3,1 -5,3",
    "-6,-10 6,-10 -1,10",
    "0,-1 -5,-5 0,-10 5,-5 0,-1 -6,5 0,10 6,5 0,-1",
    "5,-3 -1,0 -5,-4 -1,-10 5,-8 5,-3 3,10",
)
"""The corners of each digit's path, right and down: tenths of half its height."""

FORM, NOTE = "form", "note"

SLANT = {FORM: (-0.15, 0.15), NOTE: (-0.1, 0.45)}
"""How far the top leans to the right, of the height; hasty writing slants."""
UNSTEADY = {FORM: 0.05, NOTE: 0.08}
"""Deviation of each corner from where it belongs, of half the height."""

DEGREES, SCALES, SHIFT = 8.0, (0.65, 0.85), 0.08
"""Most that a digit is turned; half its height, of half the picture's; most that it is shifted."""
PEN = (0.1, 0.22)
"""Half the width of a stroke, of half the picture's side."""
NOISE = 0.08
"""Deviation of the noise on every pixel, of the range from white to black."""


def strokes(dataset: Dataset, seed: int, *, notes: int = 0) -> Examples:
    """Return digits as (N, 64) grey levels in 0 to 1; the first ``notes`` rows are from notes.

    Each corner of a digit's path is moved a little; the path is slanted, turned, scaled and
    shifted; a pixel is darker the nearer its middle is to the path. Slices: ``slant`` and ``pen``,
    the width of the stroke.
    """
    rows = dataset.rows
    hasty = np.arange(rows) < notes
    paths = _corners()
    # A stream each, drawn row by row, so that more rows leave the first ones as they are.
    luck = np.random.default_rng([seed, 14]).random((rows, 8))
    hand = np.random.default_rng([seed, 15]).standard_normal((rows, *paths.shape[1:]))
    noise = np.random.default_rng([seed, 16]).standard_normal((rows, SIDE * SIDE))
    which = (10 * luck[:, 0]).astype(int)
    low, high = (np.where(hasty, SLANT[NOTE][k], SLANT[FORM][k]) for k in (0, 1))
    slant = low + (high - low) * luck[:, 1]
    pen = PEN[0] + (PEN[1] - PEN[0]) * luck[:, 2]
    unsteady = np.where(hasty, UNSTEADY[NOTE], UNSTEADY[FORM])
    corners = _placed(paths[which] + unsteady[:, None, None] * hand, slant, luck[:, 3:])
    ink = np.clip(0.5 + (pen[:, None] - _distances(corners)) * SIDE / 2, 0, 1)
    thirds = ("thin", "medium", "thick")
    slices = {
        "slant": np.select([slant < 0.15, slant < 0.35], ["upright", "slanted"], "steep"),
        "pen": np.array(thirds)[np.minimum((3 * luck[:, 2]).astype(int), 2)],
    }
    return Examples(
        np.clip(ink + NOISE * noise, 0, 1),
        which.astype(str),
        slices,
        np.where(hasty, NOTE, FORM),
    )


def _corners() -> Floats:
    """Return the paths as (10, K, 2), the shorter ones with their last corner repeated."""
    paths = [[[float(x) / 10 for x in at.split(",")] for at in path.split()] for path in PATHS]
    longest = max(map(len, paths))
    return np.array([path + path[-1:] * (longest - len(path)) for path in paths])


def _placed(corners: Floats, slant: Floats, luck: Floats) -> Floats:
    """Return the corners (N, K, 2) slanted, turned, scaled and shifted."""
    angle = np.radians(DEGREES) * (2 * luck[:, 0] - 1)
    scale = SCALES[0] + (SCALES[1] - SCALES[0]) * luck[:, 1:3]
    x, y = corners[..., 0] * scale[:, :1], corners[..., 1] * scale[:, 1:]
    x = x - slant[:, None] * y
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    turned = np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)
    return turned + 2 * SHIFT * (2 * luck[:, None, 3:] - 1)


def _distances(corners: Floats) -> Floats:
    """Return how far each pixel's middle is from the path: (N, 64)."""
    middle = (np.arange(SIDE) + 0.5) * 2 / SIDE - 1
    pixels = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(1, -1, 2)
    nearest = np.full((len(corners), SIDE * SIDE), np.inf)
    for k in range(corners.shape[1] - 1):
        start, step = corners[:, None, k], (corners[:, k + 1] - corners[:, k])[:, None]
        along = ((pixels - start) * step).sum(axis=-1) / np.maximum((step**2).sum(axis=-1), 1e-12)
        off = pixels - start - np.clip(along, 0, 1)[..., None] * step
        nearest = np.minimum(nearest, (off**2).sum(axis=-1))
    return np.asarray(np.sqrt(nearest))
