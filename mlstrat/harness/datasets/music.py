"""Markov music: which of several sources composed this tune? The Bayes error is known.

Every source plays each note equally often; only what follows what differs. So the notes alone say
next to nothing, and a model must read them in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlstrat.harness.datasets.examples import Examples
from mlstrat.harness.recipes.recipe import Dataset, HumanLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Notes = NDArray[np.int64]

DRAWN = 100_000
"""Tunes on which the Bayes error is computed: a standard error of at most 0.002."""

BALANCING = 200
"""Rounds of Sinkhorn, after which rows and columns add up to 1 within rounding."""

_TUNES, _WHO, _SOURCES, _KNOWN = 20, 21, 22, 23  # streams of random numbers


def music(
    dataset: Dataset, seed: int, *, sources: int, notes: int, length: int, contrast: float,
    scores: int,
) -> Examples:  # fmt: skip
    """Return tunes, as tokens from 1, labelled by the source that composed them.

    ``contrast`` is how much a source prefers some transitions, ``scores`` the seed of the sources.
    These are the same whatever the seed of the tunes, and so is the Bayes error.
    """
    steps = sources_of(sources, notes, contrast, scores)
    who = np.random.default_rng([seed, _WHO]).integers(sources, size=dataset.rows)
    tunes = compose(steps, who, length, np.random.default_rng([seed, _TUNES]))
    error, deviation = bayes_error(steps, length, scores)
    human = HumanLevel(
        round(error, 6),
        f"by construction: all sources are known, and the most likely one of each of {DRAWN:,} "
        f"other tunes is the wrong one with this probability (standard error {deviation:.4f})",
        known=True,
    )
    names = np.array([f"source {letter}" for letter in "ABCDEFGHIJ"])
    return Examples(tunes + 1, names[who], human=human)


def sources_of(count: int, notes: int, contrast: float, seed: int) -> Floats:
    """Return the transitions (count, notes, notes) of sources that play all notes equally often.

    exp(contrast · z) with normal z, whose rows and columns are then made to add up to 1 by
    Sinkhorn's algorithm: the uniform distribution is stationary.
    """
    z = np.random.default_rng([seed, _SOURCES]).standard_normal((count, notes, notes))
    steps: Floats = np.exp(contrast * z)
    for _ in range(BALANCING):
        steps /= steps.sum(axis=1, keepdims=True)
        steps /= steps.sum(axis=2, keepdims=True)
    return steps


def compose(
    sources: Floats, who: NDArray[np.int64], length: int, random: np.random.Generator
) -> Notes:
    """Return a tune (N, length) of each composer: a note at random, then its transitions."""
    luck = random.random((len(who), length))
    upto = sources.cumsum(axis=2)
    notes = sources.shape[1]
    tunes = np.empty((len(who), length), dtype=np.int64)
    tunes[:, 0] = np.minimum(luck[:, 0] * notes, notes - 1)
    for step in range(1, length):
        below = upto[who, tunes[:, step - 1]] <= luck[:, step, None]
        tunes[:, step] = np.minimum(below.sum(axis=1), notes - 1)
    return tunes


def posterior(sources: Floats, tunes: Notes) -> Floats:
    """Return the probability (N, sources) that each source composed each tune.

    All sources are equally likely beforehand and begin alike, so that it is in proportion to the
    product of the transitions that were taken.
    """
    logs = np.log(sources)
    likelihood = np.zeros((len(tunes), len(sources)))
    for before, after in zip(tunes.T[:-1], tunes.T[1:], strict=True):
        likelihood += logs[:, before, after].T
    shares: Floats = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def bayes_error(sources: Floats, length: int, seed: int, drawn: int = DRAWN) -> tuple[float, float]:
    """Return the error of the best rule there is, and its standard error.

    The mean of 1 − max posterior over tunes that were drawn: the probability itself of being
    wrong about each tune, which varies less than whether it was.
    """
    random = np.random.default_rng([seed, _KNOWN])
    who = random.integers(len(sources), size=drawn)
    wrong = 1 - posterior(sources, compose(sources, who, length, random)).max(axis=1)
    return float(wrong.mean()), float(wrong.std(ddof=1) / drawn**0.5)
