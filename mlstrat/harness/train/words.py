"""What stands before a recurrent network that reads free text: the words of train, as tokens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.harness.train.fitted import Note

if TYPE_CHECKING:
    from numpy.typing import NDArray

PADDING, UNKNOWN = 0, 1
"""Tokens that are no words: what is after the end, and words that train does not have twice."""

MOST_TOKENS, MOST_STEPS, SHARE = 10_000, 256, 0.99
"""Words that are known, the most frequent ones; tokens of a text that are read, and the share of
train's texts that are read to their end where not all are so short. Ours."""

_TOKEN = re.compile(r"\w+(?:['’]\w+)?|[^\w\s]")


def tokens_of(text: str) -> list[str]:
    """Return the words and signs of a text, in lower case.

    Examples
    --------
    >>> tokens_of("It isn't GOOD, it's great!")
    ['it', "isn't", 'good', ',', "it's", 'great', '!']
    """
    return _TOKEN.findall(text.lower())


@dataclass(frozen=True)
class Words:
    """What makes free text into the tokens of a recurrent network."""

    columns: tuple[str, ...]
    """Whose texts are read, one after the other."""
    known: tuple[str, ...]
    """The words, the first of which is the token after `UNKNOWN`."""
    steps: int
    """How many tokens of a text are read."""

    @property
    def nbytes(self) -> int:
        """Bytes of the words."""
        return sum(len(x.encode()) for x in self.known)

    @property
    def notes(self) -> Mapping[str, Note]:
        """What the run's config says of them."""
        return {"words": len(self.known), "tokens_read": self.steps}

    def transform(self, frame: Any) -> NDArray[np.int64]:
        """Return (N, steps) tokens, padding at the end."""
        token = {word: number for number, word in enumerate(self.known, start=UNKNOWN + 1)}
        made = np.full((len(frame), self.steps), PADDING, np.int64)
        for row, text in enumerate(_texts(frame, self.columns)):
            said = [token.get(x, UNKNOWN) for x in tokens_of(text)[: self.steps]]
            made[row, : len(said)] = said
        return made

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"columns": list(self.columns), "known": list(self.known), "steps": self.steps}


def words_of(frame: Any, columns: tuple[str, ...]) -> Words:
    """Return the words of train that occur twice or more, the most frequent first.

    Examples
    --------
    >>> import pandas as pd
    >>> words_of(pd.DataFrame({"text": ["good, good film", "bad film"]}), ("text",)).known
    ('film', 'good')
    """
    said = [tokens_of(text) for text in _texts(frame, columns)]
    often = Counter(word for words in said for word in words)
    ranked = sorted((x for x in often if often[x] > 1), key=lambda x: (-often[x], x))
    longest = np.quantile([len(x) for x in said], SHARE, method="higher")
    return Words(columns, tuple(ranked[:MOST_TOKENS]), int(min(max(longest, 1), MOST_STEPS)))


def _texts(frame: Any, columns: tuple[str, ...]) -> list[str]:
    parts = [frame[name].to_numpy().astype(str).tolist() for name in columns]
    return [" ".join(row) for row in zip(*parts, strict=True)]
