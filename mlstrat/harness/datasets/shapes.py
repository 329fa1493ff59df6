"""Faces drawn from a few strokes, with several yes-or-no questions about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUESTIONS = ("glasses", "smiles", "hat", "beard", "looks left")
"""What is asked of a face, independently of each other, each yes in half the faces."""

SIDE, SCALE = 32, 3
"""Side of a picture, and how many times larger it is drawn before it is shrunk."""
NOISE = 0.12
"""Deviation of the noise on every pixel, of the range from black to white."""


@dataclass(frozen=True, eq=False)
class Faces:
    """Pictures and their answers."""

    pictures: NDArray[np.float32]
    """(N, 1, 32, 32)"""
    answers: NDArray[np.float32]
    """(N, questions): 1 yes, 0 no, NaN where nobody said."""
    questions: tuple[str, ...] = QUESTIONS


def draw_faces(rows: int, seed: int, *, missing: float = 0.0) -> Faces:
    """Draw faces; the first ones stay the same when more are asked for.

    Parameters
    ----------
    rows
        How many.
    seed
        Of everything.
    missing
        Share of answers that nobody gave, at random.

    Raises
    ------
    UsageError
        Pillow is not installed.
    """
    random = np.random.default_rng([seed, 50])
    silent = np.random.default_rng([seed, 51]).random((rows, len(QUESTIONS))) < missing
    pictures = np.zeros((rows, 1, SIDE, SIDE), dtype=np.float32)
    answers = np.zeros((rows, len(QUESTIONS)), dtype=np.float32)
    for row in range(rows):
        answers[row] = random.random(len(QUESTIONS)) < 0.5
        drawn = _face(dict(zip(QUESTIONS, answers[row] > 0, strict=True)), random)
        drawn += NOISE * random.standard_normal(drawn.shape, dtype=np.float32)
        pictures[row, 0] = np.clip(drawn, 0, 1)
    answers[silent] = np.nan
    return Faces(pictures, answers)


def _face(yes: dict[str, bool], random: np.random.Generator) -> NDArray[np.float32]:
    """Draw one face, three times as large as it is to be, and shrink it."""
    image, draw = _canvas()
    side = SIDE * SCALE
    x, y = side / 2 + random.uniform(-6, 6, 2)
    r = random.uniform(0.26, 0.34) * side
    line, skin = round(random.uniform(2, 4)), int(random.uniform(90, 150))
    draw.ellipse((x - r, y - r * 1.15, x + r, y + r * 1.15), fill=skin, outline=220, width=line)
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
    box = (x - w, mouth - bend, x + w, mouth + bend)
    start, end = (0, 180) if yes["smiles"] else (180, 360)
    draw.arc(box, start, end, fill=230, width=line)
    return np.asarray(image.reduce(SCALE), dtype=np.float32) / np.float32(255)


def _canvas() -> tuple[Any, Any]:
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise UsageError(
            "faces are drawn with Pillow, which is not installed",
            hint="pip install 'mlstrat[figures]'",
        ) from error
    image = Image.new("L", (SIDE * SCALE, SIDE * SCALE), 0)
    return image, ImageDraw.Draw(image)
