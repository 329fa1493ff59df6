"""Reviews made by a grammar, in which a negation stands far from what it turns around.

"Nobody thinks that the film we saw on friday with friends was good" is no praise. A bag of words
cannot tell who is negated; a cell must hold the negation until the adjective comes. The Bayes error
is 0: the grammar knows what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.harness.datasets.examples import Examples
from mlstrat.harness.recipes.recipe import Dataset, HumanLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
"""All words; the first is token 1."""

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
    tokens = _tokens(texts)
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


def _tokens(texts: Sequence[str]) -> NDArray[np.int64]:
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
