"""Letters drawn with the fonts that matplotlib ships: classes, and fonts as sources.

Rows are independent draws, and the first ones stay the same when more are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.harness.datasets import Examples
from mlstrat.harness.recipes.recipe import Dataset, HumanLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pictures = NDArray[np.float32]

FONTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "DejaVu": {
        "sans": (
            "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique",
        ),
        "serif": (
            "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic",
        ),
        "mono": (
            "DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSansMono-Oblique",
            "DejaVuSansMono-BoldOblique",
        ),
    },
    "TeX": {
        "computer modern": ("cmr10", "cmb10", "cmss10", "cmtt10"),
        "stix": ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta"),
    },
}  # fmt: skip
"""Source: family: files. DejaVu is what screens show, Computer Modern and STIX are for print."""

SCREEN, PRINT = FONTS

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

TEMPLATE = 64
"""Side of the letters that examples are drawn from, in pixels."""
FILLED = 0.6
"""Height of a capital letter, of the picture's side."""

DEGREES, SCALES, SHIFT, SLANT = 20.0, (0.75, 1.15), 0.1, 0.2
"""Most that a letter is turned; how far it shrinks and grows; most that it is shifted, of the
side; most that it is slanted."""
NOISE = 0.15
"""Deviation of the noise on every pixel, of the range from black to white."""

ERROR_DRAWS = 400_000
"""Draws that the error of the exact posterior is counted on: its deviation is below 0.0008."""


def glyphs(
    dataset: Dataset, seed: int, *, side: int = 32, characters: str = ALPHABET, printed: int = 0
) -> Examples:
    """Return letters as (N, 1, side, side) pictures, turned, shifted, slanted and with noise.

    Each of the characters is a class; the first ``printed`` rows are of the fonts for print, the
    others of those for the screen.
    """
    parts = [
        _drawn(PRINT, characters, min(printed, dataset.rows), side, (seed, 30)),
        _drawn(SCREEN, characters, max(dataset.rows - printed, 0), side, (seed, 31)),
    ]
    pictures, labels, families, sources = (
        np.concatenate([part[k] for part in parts]) for k in range(4)
    )
    return Examples(pictures, labels, {"family": families}, sources if printed else None)


def blurred(
    dataset: Dataset, seed: int, *, side: int, characters: str, blur: float, noise: float
) -> Examples:
    """Return one font's letters, blurred until they look alike, with noise on every pixel.

    As the letters are a finite number K of pictures t and the noise is normal with deviation σ,
    the posterior is exact: p(k | x) ∝ exp(−‖x − t_k‖² / 2σ²). The error of its largest value is
    the Bayes error; it is counted on a large draw. ``blur`` is a radius, of the side; ``noise`` σ.
    """
    templates = _blurred_letters(characters, side, blur)
    random = np.random.default_rng([seed, 32])
    # Row by row, so that more rows leave the first ones as they are.
    which = np.random.default_rng([seed, 33]).integers(len(characters), size=dataset.rows)
    pixels = random.standard_normal((dataset.rows, side * side), dtype=np.float32)
    pictures = (templates[which] + noise * pixels).astype(np.float32)
    error = posterior_error(templates, noise, ERROR_DRAWS)
    human = HumanLevel(
        round(error, 4),
        f"the exact posterior of {len(characters)} known pictures under known noise, counted on "
        f"{ERROR_DRAWS:,} draws",
        known=True,
    )
    labels = np.array(list(characters))[which]
    return Examples(pictures.reshape(-1, 1, side, side), labels, human=human)


def posterior_error(templates: NDArray[np.float64], noise: float, draws: int) -> float:
    """Return the error of the most probable of K equally frequent pictures in normal noise.

    Only distances between pictures matter, so the noise is drawn in the K − 1 dimensions that the
    pictures span.
    """
    centred = templates - templates.mean(axis=0)
    spanned, strengths, _ = np.linalg.svd(centred, full_matrices=False)
    places = (spanned * strengths)[:, strengths > 1e-9 * max(strengths[0], 1e-300)]
    random, wrong, size = np.random.default_rng(34), 0, 20_000
    for start in range(0, draws, size):
        n = min(size, draws - start)
        which = random.integers(len(places), size=n)
        seen = places[which] + noise * random.standard_normal((n, places.shape[1]))
        # ‖x − t‖² without ‖x‖², which is the same for every picture t.
        score = seen @ places.T - (places**2).sum(axis=1) / 2
        wrong += int((score.argmax(axis=1) != which).sum())
    return wrong / draws


Part = tuple[Any, Any, Any, Any]


def _drawn(source: str, characters: str, rows: int, side: int, seed: Sequence[int]) -> Part:
    from PIL import Image

    fonts = [(family, name) for family, names in FONTS[source].items() for name in names]
    random = np.random.default_rng(seed)
    pictures = np.zeros((rows, 1, side, side), dtype=np.float32)
    labels, families = np.zeros(rows, dtype="<U1"), np.zeros(rows, dtype="<U15")
    half = (TEMPLATE - 1) / 2, (side - 1) / 2
    for row in range(rows):
        family, name = fonts[int(random.integers(len(fonts)))]
        letter = characters[int(random.integers(len(characters)))]
        moved = _letter(name, letter).transform(
            (side, side), Image.Transform.AFFINE, _placed(random, half), Image.Resampling.BILINEAR
        )
        ink = np.asarray(moved, dtype=np.float32) / 255
        ink += NOISE * random.standard_normal(ink.shape, dtype=np.float32)
        pictures[row, 0] = np.clip(ink, 0, 1)
        labels[row], families[row] = letter, family
    return pictures, labels, families, np.full(rows, source)


def _placed(
    random: np.random.Generator, half: tuple[float, float]
) -> tuple[float, float, float, float, float, float]:
    """Return where in the template a pixel lies: turned, scaled, slanted and shifted."""
    angle = np.radians(random.uniform(-DEGREES, DEGREES))
    scale = half[0] / half[1] / random.uniform(*SCALES)
    slant = random.uniform(-SLANT, SLANT)
    dx, dy = random.uniform(-SHIFT, SHIFT, 2) * 2 * half[1]
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    a, b, d, e = cos, slant * cos - sin, sin, slant * sin + cos
    x, y = half[1] + dx, half[1] + dy
    return a, b, half[0] - a * x - b * y, d, e, half[0] - d * x - e * y


@lru_cache(maxsize=2048)
def _letter(font: str, letter: str) -> Any:
    from PIL import Image, ImageDraw, ImageFont

    drawn = ImageFont.truetype(str(_font_folder() / f"{font}.ttf"), round(FILLED * TEMPLATE / 0.7))
    picture = Image.new("L", (TEMPLATE, TEMPLATE), 0)
    left, top, right, bottom = drawn.getbbox(letter)
    place = ((TEMPLATE - left - right) / 2, (TEMPLATE - top - bottom) / 2)
    ImageDraw.Draw(picture).text(place, letter, fill=255, font=drawn)
    return picture


def _blurred_letters(characters: str, side: int, blur: float) -> NDArray[np.float64]:
    """Return (K, side²) letters, as if seen by someone very short-sighted."""
    from PIL import Image, ImageFilter

    radius = blur * TEMPLATE
    rows = []
    for letter in characters:
        soft = _letter("DejaVuSans", letter).filter(ImageFilter.GaussianBlur(radius))
        small = soft.resize((side, side), Image.Resampling.BOX)
        rows.append(np.asarray(small, dtype=np.float64).ravel() / 255)
    return np.array(rows)


@lru_cache(maxsize=1)
def _font_folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"
