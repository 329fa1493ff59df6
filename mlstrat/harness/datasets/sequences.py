"""Sequences of tokens to classify, whose Bayes error is known: tunes, reviews, DNA, copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.harness.datasets import Examples
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


SAYS = ("i think", "we say", "everybody thinks", "they say")
DENIES = ("i doubt", "we deny", "nobody thinks", "they deny")
THINGS = ("film", "book", "play", "show")
PHRASES = (
    "on friday", "with friends", "in town", "near the river", "after work", "for hours",
    "before dinner", "in the rain", "at the old cinema", "with the family", "over the summer",
)  # fmt: skip
GOOD = ("good", "great", "lovely", "superb")
BAD = ("bad", "dull", "awful", "poor")

WORDS = tuple(
    dict.fromkeys(
        word
        for part in (SAYS, DENIES, ("that the",), THINGS, ("we saw",), PHRASES, ("was",), GOOD, BAD)
        for phrase in part
        for word in phrase.split()
    )
)

_CHOICES, _PHRASES = 30, 31  # streams of random numbers


def reviews(
    dataset: Dataset, seed: int, *, negated: float, phrases: tuple[int, int], counts: bool = False
) -> Examples:
    """Return reviews of one sentence, labelled by whether they praise.

    ``negated`` is the share that denies; ``phrases``, how many stand at least and at most between
    the negation and the adjective; ``counts`` gives a table of how often each word stands in a
    review, without their order.
    """
    low, high = phrases
    luck = np.random.default_rng([seed, _CHOICES]).random((dataset.rows, 5))
    filling = np.random.default_rng([seed, _PHRASES]).random((dataset.rows, len(PHRASES)))
    denied = luck[:, 0] < negated
    good = luck[:, 1] < 0.5
    many = low + (luck[:, 2] * (high - low + 1)).astype(np.int64)
    texts = [
        _sentence(row, bool(no), bool(yes), order[:count])
        for row, no, yes, order, count in zip(
            luck[:, 3:], denied, good, filling.argsort(axis=1), many, strict=True
        )
    ]
    tokens = _coded(texts)
    slices = {
        "negation": np.where(denied, "denied", "said"),
        "distance": np.where(many > (low + high) / 2, "far", "near"),
    }
    features = _counts(tokens) if counts else tokens
    labels = np.where(good ^ denied, "praise", "complaint")
    human = HumanLevel(0.0, "by construction: the grammar knows what it says", known=True)
    return Examples(features, labels, slices, human=human)


def _sentence(
    luck: NDArray[np.float64], denied: bool, good: bool, between: NDArray[np.intp]
) -> str:
    opening, thing = (int(4 * share) for share in luck)
    adjective = int(16 * luck[0]) % 4
    phrases = [PHRASES[number] for number in between]
    return " ".join([
        (DENIES if denied else SAYS)[opening], "that the", THINGS[thing], "we saw", *phrases,
        "was", (GOOD if good else BAD)[adjective],
    ])  # fmt: skip


def _coded(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the tokens (N, longest) of texts, with padding at the end."""
    number_of = {word: number for number, word in enumerate(WORDS, start=1)}
    split = [[number_of[word] for word in text.split()] for text in texts]
    tokens = np.zeros((len(split), max(map(len, split))), dtype=np.int64)
    for row, numbers in enumerate(split):
        tokens[row, : len(numbers)] = numbers
    return tokens


def _counts(tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how often each word (N, words) stands in each text."""
    words = np.arange(1, len(WORDS) + 1)
    return np.stack([(tokens == word).sum(axis=1) for word in words], axis=1).astype(np.float64)


BASES = "ACGT"
"""Tokens 1 to 4."""

NEAR, FAR = "GC-rich", "AT-rich"
"""The genomes; the first is what train is of."""

_BASES, _MOTIFS = 40, 41  # streams of random numbers


def dna(
    dataset: Dataset, seed: int, *, motif: str, length: int, gc: float, other_gc: float = 0.5,
    other_rows: int = 0, spare: int = 0,
) -> Examples:  # fmt: skip
    """Return sequences, labelled by whether the motif stands in them, by chance or planted.

    ``gc`` is the share of G and C. Where there are two genomes, ``other_rows`` of the first rows
    are of the other one; ``spare`` more of that one there are beside the rows of the dataset, for
    who wants to train on some of them.
    """
    sought = np.array([1 + BASES.index(letter) for letter in motif])
    rows, other_rows = dataset.rows + spare, other_rows + spare
    other = np.arange(rows) < other_rows
    shares = np.where(other, other_gc, gc)
    sequences = _background(shares, length, np.random.default_rng([seed, _BASES]))
    luck = np.random.default_rng([seed, _MOTIFS]).random((rows, 2))
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
    third = 3 * found.argmax(axis=1) // found.shape[1]
    names = np.array(["first third", "second third", "last third"])
    return np.where(found.any(axis=1), names[third], "none")


BLANK, FIRST = 1, 2
"""The token of the steps between, and the first of the tokens to be kept; 0 is padding."""

_SHOWN = 50  # stream of random numbers


def copying(dataset: Dataset, seed: int, *, symbols: int, lag: int) -> Examples:
    """Return sequences of one of the symbols and ``lag`` blanks, labelled by the symbol."""
    shown, tokens = copies(dataset.rows, symbols, lag, seed)
    names = np.array([f"token {letter}" for letter in "ABCDEFGHIJ"])
    human = HumanLevel(0.0, "by construction: the answer is the first token", known=True)
    return Examples(tokens, names[shown], human=human)


def copies(
    rows: int, symbols: int, lag: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which token is shown (rows,), and the sequences (rows, lag + 1)."""
    shown = np.random.default_rng([seed, _SHOWN]).integers(symbols, size=rows)
    tokens = np.full((rows, lag + 1), BLANK, dtype=np.int64)
    tokens[:, 0] = FIRST + shown
    return shown, tokens
