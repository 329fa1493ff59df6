"""What is looked at: which labels and predictions occur together, in how many rows."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ABSTAINED, Cells, codes_in
from mlstrat.data.values import POSITIVE_WORDS, display_order

if TYPE_CHECKING:
    from mlstrat.core.pairs import PairCells


_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+\Z")
_CLASS_NUMBER = re.compile(r"(?:label|class|cls|category)[ _-]*([0-9]+)\Z")
_BETWEEN = re.compile(r"(?<=\w)[\s_\-\u2010-\u2015]+(?=\w)")
_AT_THE_ENDS = " \t\r\n.,;:!?…。\"'`“”‘’«»"


def key_of(label: str) -> str:
    """Return what labels have in common that are written alike.

    Examples
    --------
    >>> [key_of(x) for x in ("Négative.", "New_York", "LABEL_1", "007", "-1", "A-", "?")]
    ['negative', 'new york', '1', '7', '-1', 'a-', '?']
    """
    if _NUMBER.match(label):
        return label.lstrip("0") or "0" if label.isdecimal() else label
    text = unicodedata.normalize("NFKD", label).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c) and c.isprintable())
    text = _BETWEEN.sub(" ", text.strip(_AT_THE_ENDS))
    if found := _CLASS_NUMBER.match(text):
        return found[1].lstrip("0") or "0"
    return text or label


def only_case(one: str, other: str) -> bool:
    """Tell whether two labels differ in the case of letters alone."""
    return one.lower() == other.lower()


def alike(labels: Mapping[str, int]) -> dict[str, str]:
    """Return the label of which each other one is a spelling: that with the most rows.

    By label the rows of each; 0 where one is only predicted.

    Examples
    --------
    >>> alike({"cat": 9, "Cat": 0, "cat.": 1, "dog": 5})
    {'Cat': 'cat', 'cat.': 'cat'}
    """
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(key_of(label), []).append(label)
    found: dict[str, str] = {}
    for group in groups.values():
        main = max(group, key=lambda x: labels[x])
        if labels[main]:
            found |= {x: main for x in group if x != main}
    return found


def is_positive(label: str) -> bool:
    """Tell whether a label names the positive class by itself."""
    return key_of(label) in {key_of(word) for word in POSITIVE_WORDS}


MOST_FLAGS = 20
"""Values that are mapped each by itself; more of them are for a script."""


def flags_of(labels: Mapping[str, str], own: frozenset[str] = frozenset()) -> str:
    """Return the flags that read values as labels: letter case in one, else each by itself.

    Examples
    --------
    >>> flags_of({"Cat": "cat"}), flags_of({"0": "cat", "dog.": "dog"})
    ('--ignore-case', '--label-as 0=cat --label-as dog.=dog')
    """
    distinct = {x.lower() for x in own - labels.keys()}
    if all(map(only_case, *zip(*labels.items(), strict=True))) and len(distinct) == len(
        own - labels.keys()
    ):
        return "--ignore-case"
    named = [shlex.quote(f"{value}={label}") for value, label in labels.items()]
    flags = " ".join(f"--label-as {x}" for x in named[:MOST_FLAGS])
    more = len(named) - MOST_FLAGS
    return flags if more <= 0 else f"{flags} (and {more} more)"


Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MATTERS, OF_ERRORS = 0.005, 0.1
"""A cost of this share of the rows of a split, or of its errors, moves what is concluded: half of
the tolerance (mlstrat's thresholds)."""

AGREE, BETTER = 0.5, 0.2
"""Share of rows that must agree once classes are counted from the same number, and by how much
more that must be than as they are (mlstrat's thresholds)."""

_WHOLE = re.compile(r"-?[0-9]{1,9}\Z")


@dataclass(frozen=True)
class Seen:
    """Rows by label and prediction.

    ``truth`` and ``predicted`` are codes into ``labels``, the latter `ABSTAINED` where blank;
    ``split`` codes into ``splits``, ``n`` the rows of each.
    """

    labels: tuple[str, ...]
    truth: Ints
    predicted: Ints
    n: Ints
    split: Ints
    splits: tuple[str, ...] = ("dev",)

    @classmethod
    def of(cls, truths: Sequence[str], predicted: Sequence[str], n: Ints) -> Seen:
        """Return what texts say, a blank prediction an abstention.

        Examples
        --------
        >>> seen = Seen.of(["a", "b"], ["b", ""], np.array([3, 1]))
        >>> seen.labels, seen.predicted.tolist(), sorted(seen.own)
        (('a', 'b'), [1, -1], ['a', 'b'])
        """
        labels = display_order({*truths, *predicted} - {""})
        code = {label: i for i, label in enumerate(labels)} | {"": ABSTAINED}
        t, p = ([code[text] for text in texts] for texts in (truths, predicted))
        return cls(labels, np.array(t), np.array(p), n, np.zeros(len(n), np.int64))

    @classmethod
    def of_cells(cls, cells: Cells) -> Seen:
        """Return what a table of counts shows, without its groups and people."""
        size = len(cells.labels) + 1
        key = (cells.split * size + cells.truth) * size + cells.predicted + 1
        keys, place = np.unique(key, return_inverse=True)
        n = np.bincount(place, cells.n, len(keys)).astype(np.int64)
        rest, predicted = np.divmod(keys, size)
        split, truth = np.divmod(rest, size)
        return cls(cells.labels, truth, predicted - 1, n, split, cells.splits)

    @classmethod
    def of_pair(cls, cells: PairCells, predicted: NDArray[np.int64]) -> Seen:
        """Return one of two models on the same rows."""
        split = np.zeros_like(cells.n)
        return cls(cells.labels, cells.truth, predicted, cells.n, split, (cells.split,))

    @cached_property
    def own(self) -> frozenset[str]:
        """The labels that occur in the label column."""
        return frozenset(self.labels[i] for i in codes_in(self.truth[self.n > 0]))

    @cached_property
    def said(self) -> frozenset[str]:
        """The labels that are predicted."""
        codes = codes_in(self.predicted[self.n > 0])
        return frozenset(self.labels[i] for i in codes if i != ABSTAINED)

    @cached_property
    def rows_of(self) -> dict[str, int]:
        """Rows of each label."""
        found = np.bincount(self.truth, self.n, len(self.labels))
        return {label: int(n) for label, n in zip(self.labels, found, strict=True)}

    @cached_property
    def rows_said(self) -> dict[str, int]:
        """Rows of each prediction."""
        here = self.predicted != ABSTAINED
        found = np.bincount(self.predicted[here], self.n[here], len(self.labels))
        return {label: int(n) for label, n in zip(self.labels, found, strict=True)}

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Where the prediction is not the label."""
        flags: NDArray[np.bool_] = self.truth != self.predicted
        return flags

    @property
    def rows(self) -> int:
        """Number of examples."""
        return int(self.n.sum())

    def flags(self, labels: frozenset[str] | set[str]) -> NDArray[np.bool_]:
        """Return which codes are of these labels; the last entry serves abstentions."""
        return np.array([*(x in labels for x in self.labels), False])

    def by_split(self, where: NDArray[np.bool_]) -> dict[str, int]:
        """Return the rows where something holds, of each split that has any."""
        found = np.bincount(self.split[where], self.n[where], len(self.splits))
        return {x: int(n) for x, n in zip(self.splits, found, strict=True) if n}

    def matters(self, where: NDArray[np.bool_]) -> bool:
        """Tell whether errors in so many rows move what is concluded of a split."""
        for code in range(len(self.splits)):
            here = self.split == code
            cost = self.n[here & where].sum()
            errors = self.n[here & self.wrong].sum()
            if cost and (cost >= MATTERS * self.n[here].sum() or cost >= OF_ERRORS * errors):
                return True
        return False


def seen_of(
    truths: Sequence[str], truth: Ints, predicted: Sequence[str], said: Ints, n: Ints
) -> Seen:
    """Return what counted rows show, given distinct texts and the code of each row."""
    key, place = np.unique(truth * len(predicted) + said, return_inverse=True)
    t, p = np.divmod(key, len(predicted))
    rows = np.bincount(place, n, len(key)).astype(np.int64)
    return Seen.of([truths[i] for i in t], [predicted[i] for i in p], rows)


def shift_of(seen: Seen) -> tuple[int, float, float] | None:
    """Return by how much predictions are shifted, and how often they agree then, and as they are.

    None where labels are no whole numbers, or a shift by one makes no great difference.
    """
    whole = [int(x) if _WHOLE.match(x) else None for x in seen.labels]
    if None in whole or len(seen.own) < 2:
        return None
    values = np.array([*whole, 0], dtype=np.int64)
    given = seen.predicted != ABSTAINED
    n = seen.n[given]
    truth, said = values[seen.truth[given]], values[seen.predicted[given]]
    agree = {d: float(n[truth == said + d].sum() / max(n.sum(), 1)) for d in (0, -1, 1)}
    best = max((-1, 1), key=lambda d: agree[d])
    enough = agree[best] >= max(AGREE, agree[0] + BETTER)
    return (best, agree[best], agree[0]) if enough else None


def numbers_of(labels: Sequence[str]) -> Floats:
    """Return labels as numbers, percent as such; NaN where one is none.

    Examples
    --------
    >>> numbers_of(["7", "0.5", "97%", "cat", "nan"]).tolist()
    [7.0, 0.5, 0.97, nan, nan]
    """
    return np.array([_number(label) for label in labels], dtype=np.float64)


def _number(text: str) -> float:
    share = text.endswith("%")
    body = text.removesuffix("%").strip()
    if not body[-1:].isdigit():
        return float("nan")
    try:
        value = float(body)
    except ValueError:
        return float("nan")
    return value / 100 if share else value
