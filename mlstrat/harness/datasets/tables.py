"""Rows of numbers: shipped with scikit-learn, or drawn, some with a Bayes error known exactly.

Drawn rows are independent, and the first ones stay the same when more are asked for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.harness.datasets import Examples
from mlstrat.harness.recipes.recipe import Dataset, HumanLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WRITER_BLOCK = 600
"""Rows of a third of the digits file; the writers change along it."""


def digits(_dataset: Dataset, _seed: int) -> Examples:
    """Return 1,797 handwritten digits as 64 grey levels in 0 to 1, in the order of their file."""
    pixels, digits = _bundled("digits")
    features = pixels / 16  # 17 grey levels
    ink = features.mean(axis=1)
    level = np.searchsorted(np.quantile(ink, [1 / 3, 2 / 3]), ink)
    third = np.minimum(np.arange(len(digits)) // WRITER_BLOCK, 2)
    slices = {
        "third": np.array(["first", "second", "last"])[third],
        "ink": np.array(["light", "medium", "heavy"])[level],
    }
    return Examples(features, digits.astype(str), slices)


def digits_parity(dataset: Dataset, seed: int) -> Examples:
    """Return the digits, odd or even, with a share of these labels flipped at random."""
    pixels, digits = _bundled("digits")
    # Another stream than the splits have, so that neither moves when the other changes.
    flip = np.random.default_rng([seed, 1]).random(len(digits)) < dataset.flipped
    odd = (digits % 2 == 1) ^ flip
    slices = {"digit": digits.astype(str), "flipped": np.where(flip, "yes", "no")}
    return Examples(pixels / 16, np.where(odd, "odd", "even"), slices)


def measurements(dataset: Dataset, _seed: int) -> Examples:
    """Return a table of measurements under its own name, with the names of its classes."""
    features, target, names = _bundled(dataset.name, names=True)
    return Examples(features, names[target])


def wine(dataset: Dataset, seed: int) -> Examples:
    """Return measurements of wine, drawn anew from those of the 178 bottles that are bundled.

    Each cultivar is as common as among the bottles, and its measurements are normal with their mean
    and covariance. Rows are independent draws, and the first ones stay the same when more are asked
    for.
    """
    measured, target, names = _bundled("wine", names=True)
    shares = np.bincount(target) / len(target)
    luck = np.random.default_rng([seed, 17]).random(dataset.rows)
    which = np.searchsorted(shares.cumsum()[:-1], luck, side="right")
    table = np.random.default_rng([seed, 18]).standard_normal((dataset.rows, measured.shape[1]))
    for cultivar in range(len(names)):
        bottles, drawn = measured[target == cultivar], which == cultivar
        spread = np.linalg.cholesky(np.cov(bottles, rowvar=False))
        # Not by BLAS, which rounds a row by how many there are.
        table[drawn] = bottles.mean(axis=0) + np.einsum("nk,mk->nm", table[drawn], spread)
    return Examples(table, names[which])


def _bundled(name: str, *, names: bool = False) -> tuple[Any, ...]:
    from sklearn import datasets

    bundle = getattr(datasets, f"load_{name}")()
    data = (bundle.data, bundle.target)
    return (*data, bundle.target_names.astype(str)) if names else data


RADIUS = math.sqrt(2 / math.pi)
"""Of the circle that covers half of the square from −1 to 1."""

MISREAD = 0.0
"""Where both coordinates are above it, a crowd that is systematically wrong says outside: a
quarter of the circle, an eighth of all points."""


def circle(
    dataset: Dataset, seed: int, *, experts: int | None = None, crowd: str = "", share: float = 0.0
) -> Examples:
    """Return points of a square, labelled by whether they lie in a circle of half its area.

    A share ``flipped`` of all labels is turned around at random: this is the Bayes error, exactly,
    as it is below a half and the same everywhere. ``experts`` is the number of first rows that
    experts labelled, the others being the crowd's; ``crowd`` is ``systematic`` where the crowd
    calls a quarter of the circle outside, always, or ``random`` where it turns a ``share`` of its
    labels around at random, in addition.
    """
    points = np.random.default_rng([seed, 10]).uniform(-1, 1, (dataset.rows, 2))
    radius = np.hypot(points[:, 0], points[:, 1])
    inside = radius < RADIUS
    flips = np.random.default_rng([seed, 11]).random((dataset.rows, 2))
    sources = None
    said = inside.copy()
    if experts is not None:
        others = np.arange(dataset.rows) >= experts
        sources = np.where(others, "crowd", "experts")
        wrong = flips[:, 1] < share
        if crowd == "systematic":
            wrong = inside & (points > MISREAD).all(axis=1)
        said[others] ^= wrong[others]
    flipped = flips[:, 0] < dataset.flipped
    slices = {
        "quadrant": np.char.add(
            np.where(points[:, 1] > 0, "upper ", "lower "),
            np.where(points[:, 0] > 0, "right", "left"),
        ),
        "ring": np.where(np.abs(radius - RADIUS) < 0.1, "near the circle", "away from it"),
    }
    labels = np.where(said ^ flipped, "inside", "outside")
    source = f"by construction: {dataset.flipped:.0%} of the labels were flipped at random"
    human = HumanLevel(dataset.flipped, source, known=True)
    return Examples(points, labels, slices, sources, human=human)


def gaussians(
    dataset: Dataset, seed: int, *, features: int, useful: int, distance: float
) -> Examples:
    """Return two normal distributions of unit variance whose means lie ``distance`` apart.

    The Bayes error is Φ(−distance / 2), exactly: the best rule asks which mean is nearer. Of the
    features ``useful`` carry the distance, each the same share of it.
    """
    second = np.random.default_rng([seed, 12]).random(dataset.rows) < 0.5
    table = np.random.default_rng([seed, 13]).standard_normal((dataset.rows, features))
    step = distance / math.sqrt(useful)
    table[:, :useful] += np.where(second, step / 2, -step / 2)[:, None]
    error = math.erfc(distance / 2 / math.sqrt(2)) / 2
    human = HumanLevel(
        error, f"by construction: two normal distributions {distance:g} deviations apart",
        known=True,
    )  # fmt: skip
    return Examples(table, np.where(second, "second", "first"), human=human)


SIDE = 8

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
