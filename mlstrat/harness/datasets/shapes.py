"""Pictures that are drawn for tasks: shapes with their boxes, faces, signatures of many writers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from mlstrat.core.record import Record
from mlstrat.harness.recipes.recipe import HumanLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


QUESTIONS = ("glasses", "smiles", "hat", "beard", "looks left")
"""What is asked of a face, independently of each other, each yes in half the faces."""

POINTS = ("left_eye", "right_eye", "left_mouth", "right_mouth")
"""Middles of the eyes and corners of the mouth, left and right as they are seen."""

SIDE, SCALE = 32, 3
"""Side of a picture, and how many times larger it is drawn before it is shrunk."""

NOISE = 0.12
"""Deviation of the noise on every pixel, of the range from black to white."""

LARGE, SMALL = (6.0, (0.26, 0.34)), (24.0, (0.15, 0.22))
"""How far a face lies from the middle, before it is shrunk, and its radius as a part of the side:
of a portrait, and of a face that is to be found."""


class Face(Record, eq=False):
    """A picture, (1, 32, 32) in 0 to 1, and what is known of it, places in pixels."""

    picture: NDArray[np.float32]
    answers: NDArray[np.float32]
    """(questions,): 1 yes, 0 no, NaN where nobody said."""
    points: Floats
    """(points, 2): x and y."""
    box: Floats
    """Of the face without its hat: x and y of its middle, width and height."""
    there: bool


class FacesOneByOne(Record):
    """What draws portraits, or with ``absent`` small faces, which so many pictures do not have.

    ``missing`` is the share of answers that nobody gave.
    """

    absent: float = 0.0
    missing: float = 0.0
    human: ClassVar = HumanLevel(
        0.0, "assumed: people see such faces at once; not measured on these pictures"
    )

    def draw(self, random: np.random.Generator, _target: bool) -> Face:
        """Return a face."""
        answers = (random.random(len(QUESTIONS)) < 0.5).astype(np.float32)
        there = bool(random.random() >= self.absent)
        yes = dict(zip(QUESTIONS, answers > 0, strict=True))
        drawn, points, box = _face(yes, random, *(SMALL if self.absent else LARGE), there=there)
        answers[random.random(len(QUESTIONS)) < self.missing] = np.nan
        return Face(_noisy(drawn, random)[None], answers, points, box, there)


class Faces(Record, eq=False):
    """Pictures and their answers."""

    pictures: NDArray[np.float32]
    """(N, 1, 32, 32)"""
    answers: NDArray[np.float32]
    """(N, questions): 1 yes, 0 no."""


def draw_faces(rows: int, seed: int) -> Faces:
    """Draw faces; the first ones stay the same when more are asked for."""
    random = np.random.default_rng([seed, 50])
    pictures = np.zeros((rows, 1, SIDE, SIDE), dtype=np.float32)
    answers = np.zeros((rows, len(QUESTIONS)), dtype=np.float32)
    for row in range(rows):
        answers[row] = random.random(len(QUESTIONS)) < 0.5
        drawn, _, _ = _face(dict(zip(QUESTIONS, answers[row] > 0, strict=True)), random)
        pictures[row, 0] = _noisy(drawn, random)
    return Faces(pictures, answers)


def _noisy(drawn: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    drawn = drawn + NOISE * random.standard_normal(drawn.shape, dtype=np.float32)
    return np.asarray(np.clip(drawn, 0, 1), dtype=np.float32)


def _face(
    yes: dict[str, bool], random: np.random.Generator, reach: float = LARGE[0],
    sizes: tuple[float, float] = LARGE[1], *, there: bool = True,
) -> tuple[NDArray[np.float32], Floats, Floats]:  # fmt: skip
    """Draw one face, three times as large as it is to be, and shrink it; return points and box.

    One that is not ``there`` has its outline, and nothing in it.
    """
    image, draw = _canvas()
    side = SIDE * SCALE
    x, y = side / 2 + random.uniform(-reach, reach, 2)
    r = random.uniform(*sizes) * side
    line, skin = round(random.uniform(2, 4)), int(random.uniform(90, 150))
    draw.ellipse((x - r, y - r * 1.15, x + r, y + r * 1.15), fill=skin, outline=220, width=line)
    box = np.array([x, y, 2 * r, 2.3 * r]) / SCALE
    if not there:
        return _shrunk(image), np.zeros((len(POINTS), 2)), box
    if yes["hat"]:
        top = y - r * random.uniform(0.75, 0.95)
        draw.rectangle((x - r * 1.2, top - 4, x + r * 1.2, top), fill=250)
        draw.rectangle((x - r * 0.7, top - r * 0.6, x + r * 0.7, top), fill=250)
    eye, apart, high = r * random.uniform(0.12, 0.17), r * 0.45, y - r * 0.25
    look = -r * 0.13 if yes["looks left"] else r * 0.13
    for middle in (x - apart, x + apart):
        draw.ellipse((middle - 2 * eye, high - eye, middle + 2 * eye, high + eye), fill=255)
        draw.ellipse((middle + look - eye, high - eye, middle + look + eye, high + eye), fill=0)
        if yes["glasses"]:
            g = r * random.uniform(0.3, 0.36)
            draw.ellipse((middle - g, high - g, middle + g, high + g), outline=20, width=line)
    if yes["glasses"]:
        draw.line((x - apart * 0.3, high, x + apart * 0.3, high), fill=20, width=line)
    if yes["beard"]:
        draw.chord((x - r * 0.8, y, x + r * 0.8, y + r * 1.15), 20, 160, fill=40)
    w, mouth = r * random.uniform(0.35, 0.5), y + r * random.uniform(0.45, 0.55)
    bend = r * random.uniform(0.15, 0.25)
    lips = (x - w, mouth - bend, x + w, mouth + bend)
    start, end = (0, 180) if yes["smiles"] else (180, 360)
    draw.arc(lips, start, end, fill=230, width=line)
    points = np.array([(x - apart, high), (x + apart, high), (x - w, mouth), (x + w, mouth)])
    return _shrunk(image), points / SCALE, box


def _shrunk(image: Any) -> NDArray[np.float32]:
    return np.asarray(image.reduce(SCALE), dtype=np.float32) / np.float32(255)


def _canvas() -> tuple[Any, Any]:
    from PIL import Image, ImageDraw

    image = Image.new("L", (SIDE * SCALE, SIDE * SCALE), 0)
    return image, ImageDraw.Draw(image)


KINDS = ("square", "disc", "triangle")
BARS = ("tall", "wide")

HUMAN = HumanLevel(0.0, "assumed: people see such shapes at once; not measured on these pictures")

LEAST, MOST, OVERLAP = 13, 24, 0.15
"""Sides of shapes, in pixels, and how much of the smaller of two may lie in the other."""

LIGHT = {False: ((0.55, 0.95), 0.05), True: ((0.15, 0.4), 0.15)}
"""Whether it is of the target: brightness of the shapes, and deviation of the noise."""


class Scene(Record, eq=False):
    """A picture, (side, side) in 0 to 1, and the boxes in it: x, y, w, h (n, 4) and kinds (n,)."""

    picture: NDArray[np.float32]
    boxes: Floats
    kinds: NDArray[np.int64]


class Shapes(Record):
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


class CrossedBars(Record):
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


class Writer(Record, eq=False):
    """What one writer drew: pictures (k, side, side) in 0 to 1."""

    pictures: NDArray[np.float32]


class Scribbles(Record):
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
