"""Pictures that are drawn for tasks: shapes with their boxes, and signatures of many writers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mlstrat.harness.recipes.recipe import HumanLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KINDS = ("square", "disc", "triangle")
BARS = ("tall", "wide")

HUMAN = HumanLevel(0.0, "assumed: people see such shapes at once; not measured on these pictures")

LEAST, MOST, OVERLAP = 13, 24, 0.15
"""Sides of shapes, in pixels, and how much of the smaller of two may lie in the other."""

LIGHT = {False: ((0.55, 0.95), 0.05), True: ((0.15, 0.4), 0.15)}
"""Whether it is of the target: brightness of the shapes, and deviation of the noise."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture, (side, side) in 0 to 1, and the boxes in it: x, y, w, h (n, 4) and kinds (n,)."""

    picture: NDArray[np.float32]
    boxes: Floats
    kinds: NDArray[np.int64]


@dataclass(frozen=True)
class Shapes:
    """What draws one to ``most`` shapes on dark ground, which may ``overlap`` so far."""

    side: int
    most: int = 4
    overlap: float = OVERLAP
    kinds: ClassVar = KINDS
    human: ClassVar = HUMAN

    def draw(self, random: np.random.Generator, target: bool) -> Scene:
        """Return a picture."""
        (low, high), noise = LIGHT[target]
        picture = np.full((self.side, self.side), random.uniform(0.0, 0.12))
        boxes: list[Floats] = []
        kinds = []
        for _ in range(int(random.integers(1, self.most + 1))):
            size = random.uniform(LEAST, MOST, 2)
            box = np.concatenate([random.uniform(1, self.side - 1 - size), size])
            kind = int(random.integers(len(KINDS)))
            light = random.uniform(low, high)
            if any(_overlap(box, other) > self.overlap for other in boxes):
                continue
            picture[_inside(box, kind, self.side)] = light
            boxes.append(box)
            kinds.append(kind)
        return _scene(random, picture, noise, boxes, kinds)


@dataclass(frozen=True)
class CrossedBars:
    """What draws crosses of a tall and a wide bar with one midpoint, one or two in a picture."""

    side: int
    kinds: ClassVar = BARS
    human: ClassVar = HUMAN

    def draw(self, random: np.random.Generator, target: bool) -> Scene:  # noqa: ARG002
        """Return a picture."""
        (low, high), noise = LIGHT[False]
        picture = np.full((self.side, self.side), random.uniform(0.0, 0.12))
        boxes: list[Floats] = []
        kinds: list[int] = []
        half = self.side / 2
        for left in (0.0, half)[: int(random.integers(1, 3))]:
            x, y = left + half / 2 + random.uniform(-1, 1), random.uniform(13, self.side - 13)
            for kind, (w, h) in enumerate(((6, 22), (22, 6))):
                size = np.array([w, h]) * random.uniform(0.85, 1.1)
                box = np.concatenate([np.array([x, y]) - size / 2, size])
                picture[_inside(box, 0, self.side)] = random.uniform(low, high)
                boxes.append(box)
                kinds.append(kind)
        return _scene(random, picture, noise, boxes, kinds)


def _scene(
    random: np.random.Generator, picture: Floats, noise: float, boxes: list[Floats],
    kinds: list[int],
) -> Scene:  # fmt: skip
    seen = np.clip(picture + noise * random.standard_normal(picture.shape), 0, 1)
    return Scene(seen.astype(np.float32), np.array(boxes), np.array(kinds, dtype=np.int64))


def _overlap(a: Floats, b: Floats) -> float:
    sides = np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2])
    shared = float(np.prod(np.maximum(sides, 0)))
    return shared / min(float(a[2] * a[3]), float(b[2] * b[3]))


def _inside(box: Floats, kind: int, side: int) -> NDArray[np.bool_]:
    """Return the pixels of a shape: all of its box, the disc, or the triangle in it."""
    y, x = np.mgrid[:side, :side] + 0.5
    u, v = (x - box[0]) / box[2], (y - box[1]) / box[3]
    within: NDArray[np.bool_] = (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
    if kind == 1:
        within &= (u - 0.5) ** 2 + (v - 0.5) ** 2 <= 0.25
    if kind == 2:
        within &= np.abs(u - 0.5) <= v / 2
    return within


PAPER, KNOTS, PEN = 20, 5, 1.1
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
        knots = random.uniform(3, PAPER - 3, (KNOTS, 2))
        drawn = [_stroke(knots + shake * random.standard_normal((KNOTS, 2)))
                 for _ in range(self.pictures)]  # fmt: skip
        seen = np.array(drawn) + noise * random.standard_normal((self.pictures, PAPER, PAPER))
        return Writer(np.clip(seen, 0, 1).astype(np.float32))


def _stroke(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the picture of straight lines from knot to knot: 1 on the line, 0 a pen away."""
    y, x = np.mgrid[:PAPER, :PAPER] + 0.5
    nearest = np.full((PAPER, PAPER), np.inf)
    for (ax, ay), (bx, by) in pairwise(knots):
        dx, dy = bx - ax, by - ay
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - ax - along * dx, y - ay - along * dy))
    return np.clip(1 + PEN - nearest, 0, 1)
