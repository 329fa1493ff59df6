"""Signatures of many writers: a stroke each of a writer's own, drawn anew by a shaky hand.

Writers of one split are in no other, so that what is verified is sameness, not who it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mlstrat.harness.recipes.recipe import HumanLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE, KNOTS, PEN = 20, 5, 1.1
"""Pixels of a picture's side, points that a stroke goes through, and radius of the pen."""

SHAKE = {False: (1.1, 0.08), True: (1.9, 0.22)}
"""Whether it is of the target: how far the hand strays from each point, and noise of a pixel."""


@dataclass(frozen=True, eq=False)
class Writer:
    """What one writer drew: pictures (k, side, side) in 0 to 1."""

    pictures: NDArray[np.float32]


@dataclass(frozen=True)
class Scribbles:
    """What draws writers, each with so many ``pictures``."""

    pictures: int
    human: ClassVar = HumanLevel(
        0.0, "assumed: two drawings of one stroke look alike; not measured on these pictures"
    )

    def draw(self, random: np.random.Generator, target: bool) -> Writer:
        """Return a writer."""
        shake, noise = SHAKE[target]
        knots = random.uniform(3, SIDE - 3, (KNOTS, 2))
        drawn = [_stroke(knots + shake * random.standard_normal((KNOTS, 2)))
                 for _ in range(self.pictures)]  # fmt: skip
        seen = np.array(drawn) + noise * random.standard_normal((self.pictures, SIDE, SIDE))
        return Writer(np.clip(seen, 0, 1).astype(np.float32))


def _stroke(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the picture of straight lines from knot to knot: 1 on the line, 0 a pen away."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    nearest = np.full((SIDE, SIDE), np.inf)
    for (ax, ay), (bx, by) in pairwise(knots):
        dx, dy = bx - ax, by - ay
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - ax - along * dx, y - ay - along * dy))
    return np.clip(1 + PEN - nearest, 0, 1)
