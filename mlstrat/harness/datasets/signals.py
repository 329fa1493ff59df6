"""Signals in one dimension and in three: heartbeats, and squares that move.

Rows are independent draws, and the first ones stay the same when more are asked for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.harness.datasets import Examples
from mlstrat.harness.recipes.recipe import Dataset, HumanLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STEPS = 128
"""Steps of a trace: one heartbeat."""

# Centre, width and height of the five waves of a beat, in parts of the trace (McSharry et al. 2003
# draw them the same way, as a sum of normal bumps).
WAVES: dict[str, tuple[float, float, float]] = {
    "P": (0.25, 0.025, 0.15), "Q": (0.40, 0.010, -0.12), "R": (0.43, 0.012, 1.0),
    "S": (0.46, 0.012, -0.25), "T": (0.68, 0.045, 0.30),
}  # fmt: skip

RHYTHMS = ("normal", "no P wave", "raised ST", "wide QRS")

CLINIC, WEARABLE = "clinic", "wearable"
NOISES = {CLINIC: 0.04, WEARABLE: 0.10}
"""Deviation of the noise, of the height of R."""
WANDER = {CLINIC: 0.05, WEARABLE: 0.3}
"""Height of the slow wave of breathing and moving electrodes."""

FRAMES, SIDE, SQUARE = 8, 16, 4
"""Of a moving picture: frames, side, and the side of the square in it."""
DIRECTIONS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}

SQUARE_DRAWS = 20_000
"""Draws that the error of the exact posterior is counted on: its deviation is below 0.0036."""


def heartbeats(dataset: Dataset, seed: int, *, wearable: int = 0) -> Examples:
    """Return synthetic heartbeats as (N, 1, 128) signals.

    So many first rows are recorded by a ``wearable``, which is noisier and wanders; the others in
    a clinic.
    """
    parts = [
        _beats(WEARABLE, min(wearable, dataset.rows), (seed, 40)),
        _beats(CLINIC, max(dataset.rows - wearable, 0), (seed, 41)),
    ]
    signals = np.concatenate([part[0] for part in parts])
    labels = np.concatenate([part[1] for part in parts])
    sources = np.repeat([WEARABLE, CLINIC], [len(part[1]) for part in parts])
    return Examples(signals, labels, sources=sources if wearable else None)


def _beats(source: str, rows: int, seed: tuple[int, int]) -> tuple[NDArray[np.float32], Floats]:
    random = np.random.default_rng(seed)
    traces = np.zeros((rows, 1, STEPS), dtype=np.float32)
    labels = np.zeros(rows, dtype="<U9")
    time = np.arange(STEPS) / STEPS
    for row in range(rows):
        rhythm = RHYTHMS[int(random.integers(len(RHYTHMS)))]
        trace = _beat(rhythm, time, random)
        phase = random.uniform(0, 2 * np.pi)
        trace += WANDER[source] * random.uniform(-1, 1) * np.sin(2 * np.pi * time / 1.5 + phase)
        trace += NOISES[source] * random.standard_normal(STEPS)
        traces[row, 0], labels[row] = trace, rhythm
    return traces, labels


def _beat(rhythm: str, time: Floats, random: np.random.Generator) -> Floats:
    """One beat; every wave a little earlier or later, wider or narrower, higher or lower."""
    trace, shift, stretch = np.zeros_like(time), random.normal(0, 0.02), random.normal(1, 0.05)
    for name, (centre, width, height) in WAVES.items():
        wider = 1.7 if rhythm == "wide QRS" and name in "QRS" else 1.0
        place = 0.43 + (centre - 0.43) * (stretch + wider - 1) + shift + random.normal(0, 0.004)
        high = 0.0 if rhythm == "no P wave" and name == "P" else height * random.normal(1, 0.15)
        wide = width * wider * np.exp(random.normal(0, 0.15))
        trace += high * np.exp(-(((time - place) / wide) ** 2) / 2)
    if rhythm == "raised ST":
        between = (time > 0.48 + shift) & (time < 0.64 + shift)
        trace += between * random.normal(0.15, 0.03)
    return np.asarray(trace * np.exp(random.normal(0, 0.15)))


def moving_squares(dataset: Dataset, seed: int, *, noise: float) -> Examples:
    """Return squares that move, as (N, 1, 8, 16, 16) pictures; the class is the direction.

    The square starts anywhere and leaves on one side to return on the other; no single frame
    shows where it goes. Every pixel has normal noise of deviation ``noise``. Directions and
    starts are finite, so the posterior of a direction is exact, and so is the decision by it; the
    Bayes error is its error on a large draw.
    """
    which, pictures = _squares(dataset.rows, noise, (seed, 42))
    human = HumanLevel(
        round(squares_error(noise, SQUARE_DRAWS), 4),
        f"the exact posterior of the direction under known noise, counted on {SQUARE_DRAWS:,} "
        "draws",
        known=True,
    )
    labels = np.array(list(DIRECTIONS))[which]
    return Examples(pictures[:, None], labels, human=human)


@lru_cache(maxsize=16)
def squares_error(noise: float, draws: int) -> float:
    """Return the error of the most probable direction, counted.

    log p(x | direction, start) is Σ over frames of the brightness under the square / σ², up to
    what is the same for all; starts are equally frequent and summed over.
    """
    wrong, size = 0, 2_000
    for number, begin in enumerate(range(0, draws, size)):
        n = min(size, draws - begin)
        which, seen = _squares(n, noise, (43, number))
        under = _under_square(seen)
        scores = []
        for down, right in DIRECTIONS.values():
            total = np.zeros((n, SIDE, SIDE), dtype=np.float64)
            for frame in range(FRAMES):
                total += np.roll(under[:, frame], (-frame * down, -frame * right), axis=(1, 2))
            flat = total.reshape(n, -1) / noise**2
            peak = flat.max(axis=1)
            scores.append(peak + np.log(np.exp(flat - peak[:, None]).sum(axis=1)))
        wrong += int((np.argmax(scores, axis=0) != which).sum())
    return wrong / draws


def _under_square(seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum of the pixels under a square at each place: (N, frames, side, side)."""
    rows = sum(np.roll(seen, -k, axis=2) for k in range(SQUARE))
    return np.asarray(sum(np.roll(rows, -k, axis=3) for k in range(SQUARE)))


def _squares(
    rows: int, noise: float, seed: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return directions (N,) and pictures (N, frames, side, side)."""
    # Two generators, drawn from row by row: more rows leave the first ones as they are.
    places, random = np.random.default_rng([*seed, 0]), np.random.default_rng([*seed, 1])
    drawn = places.integers([len(DIRECTIONS), SIDE, SIDE], size=(rows, 3))
    pictures = noise * random.standard_normal((rows, FRAMES, SIDE, SIDE), dtype=np.float32)
    steps = np.array(list(DIRECTIONS.values()))[drawn[:, 0]]
    every = np.arange(rows)
    for frame in range(FRAMES):
        corner = drawn[:, 1:] + frame * steps
        for y in range(SQUARE):
            for x in range(SQUARE):
                at = (corner[:, 0] + y) % SIDE, (corner[:, 1] + x) % SIDE
                pictures[every, frame, at[0], at[1]] += 1
    return drawn[:, 0], pictures.astype(np.float32)
