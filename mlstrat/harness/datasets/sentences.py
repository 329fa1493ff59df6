"""Sentences with names in them, of which the word after a name says what it is the name of.

Read from the left alone, a name could be of a person, a place or a firm; so a network that reads
in one direction cannot tell. In the target's sentences most names, and half of the words that tell,
are others than in train.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mlstrat.harness.recipes.recipe import HumanLevel

if TYPE_CHECKING:
    import numpy as np

TELLS = {
    "PER": (("said", "smiled", "wrote", "slept"), ("laughed", "wept", "sang", "nodded")),
    "LOC": (("valley", "harbour", "street", "lake"), ("bridge", "hills", "market", "park")),
    "ORG": (("announced", "merged", "hired", "shares"), ("sued", "sold", "invested", "profits")),
}
"""Type of a name to the words that follow it: those of train, and the target's own."""

FILLERS = (
    "the", "a", "was", "near", "when", "old", "and", "then", "we", "saw", "much", "of", "it",
    "by", "rain", "today", "with", "light", "quietly", "after", "some", "had", "long", "they",
)  # fmt: skip

SOUNDS = ("al", "ber", "cor", "dan", "el", "far", "gil", "hol", "is", "jor", "kel", "lan")

UNSEEN_NAME, UNSEEN_TELL = 0.5, 0.4
"""In the target's sentences: share of names that are in no sentence of train, and of such words."""


@dataclass(frozen=True)
class Sentence:
    """Words, and a tag of each: B-TYPE where a name begins, I-TYPE inside, else O."""

    words: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Sentences:
    """What draws sentences, ``names`` being those of train and as many others."""

    names: int
    human: ClassVar = HumanLevel(
        0.0, "by construction: the word after a name says its type", known=True
    )

    def draw(self, random: np.random.Generator, target: bool) -> Sentence:
        """Return a sentence with one or two names of one or two words."""
        words: list[str] = []
        tags: list[str] = []
        for _ in range(int(random.integers(1, 3))):
            fillers = [
                FILLERS[i] for i in random.integers(len(FILLERS), size=random.integers(1, 4))
            ]
            kind = tuple(TELLS)[random.integers(len(TELLS))]
            other = target and random.random() < UNSEEN_NAME
            name = [self._name(random, other) for _ in range(int(random.integers(1, 3)))]
            known, own = TELLS[kind]
            tells = own if target and random.random() < UNSEEN_TELL else known
            words += [*fillers, *name, tells[random.integers(len(tells))]]
            tags += ["O"] * len(fillers)
            tags += [f"B-{kind}", *[f"I-{kind}"] * (len(name) - 1), "O"]
        return Sentence(tuple(words), tuple(tags))

    def _name(self, random: np.random.Generator, other: bool) -> str:
        """Return a name: the first ones are frequent, and others are of no sentence of train."""
        place = int(self.names * random.random() ** 2) + (self.names if other else 0)
        first, second = divmod(place, len(SOUNDS))
        third = SOUNDS[first % len(SOUNDS)] + SOUNDS[second]
        return (third + "on" * (1 + first // len(SOUNDS))).capitalize()
