"""Handwritten digits as pictures: alone at any side, in clutter with their boxes, or restyled.

Restyled digits are brought near woven ones by content and style cost. Source: Gatys et al. 2015, as
the course has it, with a small network of random weights, which are enough for textures
(Ustyuzhaninov et al. 2016).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.record import Record
from mlstrat.harness.datasets import Examples
from mlstrat.harness.datasets.tables import digits
from mlstrat.harness.networks.torch_needed import one_thread
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
    flat = digits(dataset, seed)
    return replace(flat, features=enlarged(flat.features, side))


def enlarged(pixels: NDArray[np.float64], side: int) -> Pictures:
    """Return (N, 64) pixels as (N, 1, side, side) pictures, each pixel a square."""
    times = side // DIGIT
    pictures = pixels.reshape(-1, 1, DIGIT, DIGIT).astype(np.float32)
    return pictures.repeat(times, axis=2).repeat(times, axis=3)


class Cluttered(Record, eq=False):
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
    examples = digits(Dataset("digits", "", 0), seed)
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


WOVEN_SIDE = 16
WOVEN, SYNTHESISED = "woven", "synthesised"

FILTERS, RATE, STYLE = (12, 16), 0.1, 300.0
"""Of both layers, of Adam on the pixels, and how much style counts beside content (ours)."""

Tensor = Any


def styled_digits(
    dataset: Dataset, seed: int, *, synthesised: int, styles: int, steps: int,
    spare: int = 0,  # noqa: ARG001  of the woven ones, for who wants to train on some
) -> Examples:  # fmt: skip
    """Return ``synthesised`` digits, then as many as are left on woven ground; no digit is both.

    Each of the former takes the style of one of ``styles`` woven pictures, by ``steps`` of gradient
    descent; which one, the slice ``style`` says, blank where nothing was synthesised.
    """
    flat = digits(Dataset("digits", "", 0), seed)
    random = np.random.default_rng([seed, 35])
    many = synthesised
    chosen = random.permutation(len(flat.labels))[: dataset.rows + styles]
    clean = enlarged(flat.features[chosen], WOVEN_SIDE)
    woven = weave(clean[many:], random)
    source = random.integers(styles, size=many)
    made = styled(clean[:many], woven[-styles:][source], steps, random)
    real = dataset.rows - many
    style = np.concatenate([np.char.add("style-", source.astype(str)), np.full(real, "")])
    return Examples(
        np.concatenate([made, woven[:real]]), flat.labels[chosen[: dataset.rows]],
        {"style": style}, np.repeat([SYNTHESISED, WOVEN], [many, real]),
    )  # fmt: skip


def weave(clean: Pictures, random: np.random.Generator) -> Pictures:
    """Return pictures (N, 1, side, side) on stripes, each with a direction and width of its own."""
    y, x = np.mgrid[:WOVEN_SIDE, :WOVEN_SIDE]
    angle, often, start = (
        random.uniform(low, high, (len(clean), 1, 1, 1))
        for low, high in ((0, np.pi), (0.15, 0.3), (0, 2 * np.pi))
    )
    stripes = 0.5 + 0.5 * np.sin(
        2 * np.pi * often * (x * np.cos(angle) + y * np.sin(angle)) + start
    )
    seen = 0.8 * clean + 0.95 * (1 - clean) * stripes + 0.06 * random.standard_normal(clean.shape)
    return np.asarray(np.clip(seen, 0, 1), dtype=np.float32)


def styled(content: Pictures, style: Pictures, steps: int, random: np.random.Generator) -> Pictures:
    """Return pictures that keep the content of some and take the style of others, one each.

    Content cost: mean square of the difference of the second layer's activations. Style cost: of
    the Gram matrices G = A Aᵀ / n of both layers. Descent starts at the content.
    """
    a, b = FILTERS
    with one_thread() as torch:
        f = torch.nn.functional
        weights = [torch.from_numpy(random.standard_normal(shape) / fan).float()
                   for shape, fan in (((a, 1, 5, 5), 5), ((b, a, 3, 3), 12))]  # fmt: skip

        def seen(x: Tensor) -> tuple[Tensor, Tensor]:
            first = f.conv2d(x, weights[0], padding=2).relu()
            return first, f.conv2d(f.avg_pool2d(first, 2), weights[1], padding=1).relu()

        pictures = torch.from_numpy(content)
        wanted = seen(pictures)[1]
        grams = [gram(x) for x in seen(torch.from_numpy(style))]
        made = pictures.clone().requires_grad_()
        optimizer = torch.optim.Adam([made], lr=RATE)
        for _ in range(steps):
            layers = seen(made)
            # A sum over pictures, so that none depends on how many there are.
            cost = ((layers[1] - wanted) ** 2).mean(dim=(1, 2, 3)).sum()
            for layer, right in zip(layers, grams, strict=True):
                cost = cost + STYLE * ((gram(layer) - right) ** 2).mean(dim=(1, 2)).sum()
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
            with torch.no_grad():
                made.clamp_(0, 1)
        out: Pictures = made.detach().numpy()
    return out


def gram(layer: Tensor) -> Tensor:
    """Return how activations (N, C, H, W) of a layer go together, (N, C, C): A Aᵀ / (H W)."""
    rows = layer.flatten(2)
    return rows @ rows.transpose(1, 2) / rows.shape[2]
