"""DNA: does a motif stand in a random sequence? The Bayes error is 0.

Two genomes differ in how common G and C are. Where A and T are rare, half a motif gives the whole
one away; where they are common it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlstrat.harness.datasets.examples import Examples
from mlstrat.harness.recipes.recipe import Dataset, HumanLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTERS = "ACGT"
"""Tokens 1 to 4."""

NEAR, FAR = "GC-rich", "AT-rich"
"""The genomes; the first is what train is of."""

_LETTERS, _PLANTED = 40, 41  # streams of random numbers


def dna(
    dataset: Dataset, seed: int, *, motif: str, length: int, gc: float, other_gc: float = 0.5,
    other_rows: int = 0, spare: int = 0,
) -> Examples:  # fmt: skip
    """Return sequences, labelled by whether the motif stands in them, by chance or planted.

    ``gc`` is the share of G and C. Where there are two genomes, ``other_rows`` of the first rows
    are of the other one; ``spare`` more of that one there are beside the rows of the dataset, for
    who wants to train on some of them.
    """
    sought = np.array([1 + LETTERS.index(letter) for letter in motif])
    rows, other_rows = dataset.rows + spare, other_rows + spare
    other = np.arange(rows) < other_rows
    shares = np.where(other, other_gc, gc)
    sequences = _background(shares, length, np.random.default_rng([seed, _LETTERS]))
    luck = np.random.default_rng([seed, _PLANTED]).random((rows, 2))
    planted = luck[:, 0] < 0.5
    starts = (luck[:, 1] * (length - len(sought) + 1)).astype(np.int64)
    for offset, token in enumerate(sought):
        sequences[planted, (starts + offset)[planted]] = token
    found = _found(sequences, sought)
    human = HumanLevel(0.0, "by construction: the motif is there or it is not", known=True)
    return Examples(
        sequences,
        np.where(found.any(axis=1), "motif", "none"),
        {"motif": _where(found)},
        np.where(other, FAR, NEAR) if other_rows else None,
        human=human,
    )


def _background(
    gc: NDArray[np.float64], length: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Return independent letters (N, length), of which the share gc is G or C, each half of it."""
    luck = random.random((len(gc), length, 2))
    strong = luck[:, :, 0] < gc[:, None]
    second = luck[:, :, 1] < 0.5
    tokens = np.where(strong, np.where(second, 3, 2), np.where(second, 4, 1))
    return np.asarray(tokens, dtype=np.int64)


def _found(sequences: NDArray[np.int64], motif: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return at which places (N, length − motif + 1) the motif starts."""
    places = sequences.shape[1] - len(motif) + 1
    found = np.ones((len(sequences), places), dtype=bool)
    for offset, token in enumerate(motif):
        found &= sequences[:, offset : offset + places] == token
    return found


def _where(found: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Return in which third of the sequence the motif stands first."""
    third = 3 * found.argmax(axis=1) // found.shape[1]
    names = np.array(["first third", "second third", "last third"])
    return np.where(found.any(axis=1), names[third], "none")
