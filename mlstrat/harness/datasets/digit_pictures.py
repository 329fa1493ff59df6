"""Handwritten digits as pictures: alone at any side, or pasted into clutter, with their boxes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.harness.datasets import bundled
from mlstrat.harness.datasets.examples import Examples
from mlstrat.harness.recipes.recipe import Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pictures = NDArray[np.float32]

DIGIT = 8
"""The side of a digit as scikit-learn ships it."""

TRAINED_WRITERS = 1200
"""Digits that training pictures are pasted from; what is held out has the others."""

CLUTTER_SIDE, PASTED = 40, 16
"""Sides of a cluttered picture, and of the digit in it."""
SCRAPS, SCRAP = 8, (4, 9)
"""Scraps of other digits in a picture, and their smallest and largest side (exclusive)."""


def digit_pictures(dataset: Dataset, seed: int, *, side: int = 32) -> Examples:
    """Return the digits as (N, 1, side, side) pictures; ``side`` is a multiple of 8."""
    flat = bundled.digits(dataset, seed)
    return replace(flat, features=enlarged(flat.features, side))


def enlarged(pixels: NDArray[np.float64], side: int) -> Pictures:
    """Return (N, 64) pixels as (N, 1, side, side) pictures, each pixel a square.

    Examples
    --------
    >>> enlarged(np.zeros((3, 64)), 32).shape
    (3, 1, 32, 32)
    """
    times = side // DIGIT
    pictures = pixels.reshape(-1, 1, DIGIT, DIGIT).astype(np.float32)
    return pictures.repeat(times, axis=2).repeat(times, axis=3)


@dataclass(frozen=True, eq=False)
class Cluttered:
    """Pictures with one whole digit each, among scraps of others."""

    pictures: Pictures
    """(N, 1, 40, 40)"""
    labels: NDArray[np.str_]
    boxes: NDArray[np.int64]
    """(N, 4): top, left, height and width of the digit."""
    digits: NDArray[np.int64]
    """(N,), the row of the digit in scikit-learn's file."""


def draw_cluttered(rows: int, held: int, seed: int) -> Cluttered:
    """Draw pictures; the first ones stay the same when more are asked for.

    The first ``held`` have digits, and scraps, of other writers than the rest: no digit is both
    trained on and held out.
    """
    examples = bundled.digits(Dataset("digits", "", 0), seed)
    pictures = np.zeros((rows, 1, CLUTTER_SIDE, CLUTTER_SIDE), dtype=np.float32)
    boxes, chosen = np.zeros((rows, 4), dtype=np.int64), np.zeros(rows, dtype=np.int64)
    sheet = enlarged(examples.features, PASTED)[:, 0]
    # A generator a side, so that more training pictures leave those held out as they are.
    sides = (
        (range(held), np.arange(TRAINED_WRITERS, len(sheet)), np.random.default_rng([seed, 20])),
        (range(held, rows), np.arange(TRAINED_WRITERS), np.random.default_rng([seed, 21])),
    )
    for numbers, pool, random in sides:
        for number in numbers:
            canvas = pictures[number, 0]
            _scatter(canvas, sheet, pool, random)
            row = int(random.choice(pool))
            top, left = random.integers(0, CLUTTER_SIDE - PASTED, 2, endpoint=True).tolist()
            canvas[top : top + PASTED, left : left + PASTED] = sheet[row]
            boxes[number], chosen[number] = (top, left, PASTED, PASTED), row
    return Cluttered(pictures, examples.labels[chosen], boxes, chosen)


def _scatter(
    canvas: NDArray[np.float32],
    sheet: NDArray[np.float32],
    pool: NDArray[np.int64],
    random: np.random.Generator,
) -> None:
    for _ in range(SCRAPS):
        side = int(random.integers(*SCRAP))
        top, left = random.integers(0, PASTED - side, 2, endpoint=True).tolist()
        scrap = sheet[int(random.choice(pool)), top : top + side, left : left + side]
        y, x = random.integers(0, CLUTTER_SIDE - side, 2, endpoint=True).tolist()
        canvas[y : y + side, x : x + side] = scrap
