"""Synthetic tables whose Bayes error is known exactly, because we drew them.

Rows are independent draws, and the first ones stay the same when more are asked for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.harness.datasets.examples import Examples
from mlstrat.harness.recipes.recipe import Dataset, HumanLevel

if TYPE_CHECKING:
    pass

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
