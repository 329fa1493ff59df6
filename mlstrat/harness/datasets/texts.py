"""Text that is drawn for tasks: letters and words of known entropy, sentences with names, dates.

What nobody can beat is −log p of the source itself, so that avoidable bias of a language model is
known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mlstrat.core.record import Record
from mlstrat.harness.datasets.sequences import sources_of
from mlstrat.harness.recipes.recipe import HumanLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
KNOWN_DRAWS = 2_000
"""Documents on which what nobody can beat is counted: a standard error below 0.01 nats."""

_WORDS, _NEXT, _KNOWN = 91, 92, 93  # streams of random numbers

CONSONANTS, VOWELS = "bdfgklmnprst", "aeiou"


class MarkovLetters(Record):
    """Letters, each drawn by the one before; all are equally frequent."""

    steps: Floats
    length: int

    def draw(self, random: np.random.Generator, _target: bool) -> str:
        """Return a document."""
        letters = [int(random.integers(len(self.steps)))]
        upto = self.steps.cumsum(axis=1)
        for luck in random.random(self.length - 1):
            place = int(np.searchsorted(upto[letters[-1]], luck, side="right"))
            letters.append(min(place, len(self.steps) - 1))
        return "".join(ALPHABET[x] for x in letters)

    @property
    def human(self) -> HumanLevel:
        """The entropy a letter: log K of the first, H of each after it.

        H = −1/K Σᵢⱼ pᵢⱼ log pᵢⱼ, the uniform distribution being stationary. Source: Shannon 1948.
        """
        kinds = len(self.steps)
        rate = float(-(self.steps * np.log(self.steps)).sum() / kinds)
        nats = (np.log(kinds) + (self.length - 1) * rate) / self.length
        return HumanLevel(
            round(float(nats), 4),
            f"by construction: the entropy of the source, in nats a letter; {rate:.4f} after the "
            "first letter",
            known=True,
        )


class Register(Record):
    """Words, and how probable each is after each: row of the word before, column of the word."""

    words: tuple[str, ...]
    steps: Floats


class Language(Record):
    """Words and blanks in two registers, of which the second is the target's."""

    registers: tuple[Register, Register]
    length: int

    def draw(self, random: np.random.Generator, target: bool) -> str:
        """Return a document: words with a blank after each, cut at its length."""
        register = self.registers[target]
        last = int(random.integers(len(register.words)))
        text = register.words[last] + " "
        while len(text) < self.length:
            last = _chosen(random, register.steps[last])
            text += register.words[last] + " "
        return text[: self.length]

    @property
    def human(self) -> HumanLevel:
        """What the source itself costs, in nats a letter, counted on documents of train."""
        random = np.random.default_rng(_KNOWN)
        costs = [self.cost(self.draw(random, False)) for _ in range(KNOWN_DRAWS)]
        deviation = float(np.std(costs, ddof=1) / len(costs) ** 0.5)
        return HumanLevel(
            round(float(np.mean(costs)), 4),
            f"by construction: the source's own nats a letter on {KNOWN_DRAWS:,} other documents "
            f"like those of train (standard error {deviation:.4f})",
            known=True,
        )

    def cost(self, text: str) -> float:
        """Return −log p / letters of a document of the first register under its source.

        Words that are whole have their probability; of one that is cut, all that begin so.
        """
        register = self.registers[0]
        place = {word: i for i, word in enumerate(register.words)}
        *whole, rest = text.split(" ")
        chance, total = np.full(len(place), 1 / len(place)), 0.0
        for word in whole:
            total += np.log(chance[place[word]])
            chance = register.steps[place[word]]
        if rest:
            begun = np.array([word.startswith(rest) for word in register.words])
            total += np.log(chance[begun].sum())
        return float(-total / len(text))


def markov_letters(letters: int, contrast: float, length: int, source: int) -> MarkovLetters:
    """Return a source of so many letters; ``source`` is its seed."""
    return MarkovLetters(sources_of(1, letters, contrast, source)[0], length)


def language(words: int, shared: int, contrast: float, length: int, source: int) -> Language:
    """Return a language of so many words in each register, of which ``shared`` are in both.

    ``contrast`` is how much a word prefers some to come next, ``source`` the language's seed.
    """
    random = np.random.default_rng([source, _WORDS])
    made: dict[str, None] = {}
    while len(made) < 2 * words - shared:
        made[_word(random)] = None
    every = tuple(made)
    registers = [
        Register(chosen, _steps(len(chosen), contrast, [source, _NEXT, which]))
        for which, chosen in enumerate((every[:words], every[words - shared :]))
    ]
    return Language((registers[0], registers[1]), length)


def _word(random: np.random.Generator) -> str:
    syllables = int(random.integers(1, 4))
    sounds = (
        random.choice(list(CONSONANTS)) + random.choice(list(VOWELS)) for _ in range(syllables)
    )
    return "".join(sounds) + (random.choice(["", "n", "r", "s"]) if syllables < 3 else "")


def _steps(words: int, contrast: float, seed: Sequence[int]) -> Floats:
    z = np.random.default_rng(seed).standard_normal((words, words))
    steps: Floats = np.exp(contrast * z)
    steps /= steps.sum(axis=1, keepdims=True)
    return steps


def _chosen(random: np.random.Generator, chances: Floats) -> int:
    upto = np.searchsorted(chances.cumsum(), random.random(), side="right")
    return min(int(upto), len(chances) - 1)


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


class Sentence(Record):
    """Words, and a tag of each: B-TYPE where a name begins, I-TYPE inside, else O."""

    words: tuple[str, ...]
    tags: tuple[str, ...]


class Sentences(Record):
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


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

FORMATS = {
    False: ("{day} {month} {year}", "{month} {day}, {year}", "{day}. {month} {year}"),
    True: ("{day} {month} {year}", "{year}, {month} {day}", "{month} {year}, the {day}"),
}
"""Whether it is of the target: how dates are written; one way is in both."""


class Written(Record):
    """A date as it was written, and as it is to come out: 1997-05-03."""

    source: str
    reference: str


class Dates:
    """What draws dates of 1950 to 2049."""

    human = HumanLevel(0.0, "by construction: each date is written in full, in one way", known=True)

    def draw(self, random: np.random.Generator, target: bool) -> Written:
        """Return a date."""
        year, month, day = random.integers((1950, 1, 1), (2050, 13, 29)).tolist()
        formats = FORMATS[target]
        shown = formats[random.integers(len(formats))]
        return Written(
            shown.format(day=day, month=MONTHS[month - 1], year=year),
            f"{year}-{month:02d}-{day:02d}",
        )
