# Over 300 lines: the table of counts and what its codes come to stand together.
"""The one small table that every question is answered from: counts, not rows.

A run of any size becomes one row a distinct (split, label, prediction, …) with its number of
rows. Counts add up, so shards of a run can be counted apart and summed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, fields, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.record import Record
from mlstrat.errors import UsageError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SPLITS = ("train", "train-dev", "dev", "test")
"""The splits in the order of the ladder."""

ABSTAINED = -1
"""Code of a blank prediction or a blank answer of a person."""

OTHER = -2
"""Code of a person's answer that is no label of the run: given, and wrong."""


RIGHT_OR_WRONG = ("\x1fright", "\x1fwrong")
"""The labels of a run that tells of each row whether it is right, and no more: the label of every
row is the first. They are never shown, and no run has them: blanks around a label are stripped."""


def is_person(codes: Ints, n: Ints) -> bool:
    """Tell whether a column holds a person's answers: at least half of them are labels.

    Times, counts and comments are no answers. mlstrat's threshold: a person who is wrong more often
    than not still names labels.
    """
    given = n[codes != ABSTAINED].sum()
    return bool(given > 0 and 2 * n[codes == OTHER].sum() <= given)


def sum_by(codes: Ints, values: Floats, size: int = 0) -> Floats:
    """Return the sums of values by code, at least `size` of them."""
    return np.bincount(codes, values, size).astype(np.float64)


class ByRow(Record):
    """What holds arrays of one length, a value a row of a table, or further such tables."""

    APART: ClassVar[tuple[str, ...]] = ()
    """Fields that hold arrays of another length."""

    def where(self, keep: NDArray[Any]) -> Self:
        """Return the rows where `keep` is true, or at the places that it names."""
        of_rows = (f.name for f in fields(self) if f.name not in self.APART)
        return replace(self, **{name: _kept(getattr(self, name), keep) for name in of_rows})


def _kept(held: Any, keep: NDArray[Any]) -> Any:
    if isinstance(held, np.ndarray):
        return held[keep]
    if isinstance(held, ByRow):
        return held.where(keep)
    if isinstance(held, Mapping):
        return {name: _kept(one, keep) for name, one in held.items()}
    if isinstance(held, tuple) and held and isinstance(held[-1], np.ndarray):
        return tuple(_kept(one, keep) for one in held)  # values, and codes into them
    return held


class ScoreCells(ByRow):
    """Counts by distinct score, for metrics of a ranking (ROC AUC, average precision).

    Arrays of one length M: ``split`` indexes `Cells.splits`, ``positive`` is 1 for the positive
    class, ``score`` the score (or the middle of its bin), ``n``, ``weight`` (Σw) and
    ``weight_squared`` (Σw²) as in `Cells`, ``group`` as in `Cells` or None.
    ``bin_width`` is 0 where the scores are exact; ``slices`` as in `Cells`.
    """

    split: Ints
    positive: Ints
    score: Floats
    n: Ints
    weight: Floats
    weight_squared: Floats
    group: Ints | None = None
    bin_width: float = 0.0
    slices: Mapping[str, tuple[tuple[str, ...], Ints]] = field(default_factory=dict)


class Cells(ByRow):
    """The contingency table of a run; K rows."""

    APART = ("scores",)

    labels: tuple[str, ...]
    """The classes that occur among labels or predictions, in display order."""
    splits: tuple[str, ...]
    """Those that occur, in the order of the ladder."""
    split: Ints
    truth: Ints
    predicted: Ints
    """Like ``truth`` codes into ``labels``, `ABSTAINED` where blank; ``split`` into ``splits``."""
    n: Ints
    weight: Floats
    weight_squared: Floats
    """Σw², as ``weight`` is Σw; both are ``n`` in a run without weights."""
    weighted: bool = False
    group: Ints | None = None
    """Codes of groups: rows of one group are not independent."""
    answers: Mapping[str, Ints] = field(default_factory=dict)
    """For each human column codes of the answers; `ABSTAINED` for none, `OTHER` for no label."""
    votes: Ints | None = None
    """K×3, where people were counted by their answer: how many answered, how many of them the
    label, and the code of the most frequent answer (`ABSTAINED` where tied)."""
    loss: Floats | None = None
    loss_weight_squared: Floats | None = None
    loss_squared: Floats | None = None
    """Σwℓ, Σw²ℓ and Σw²ℓ² of the loss by row that the metric asked for (log loss, Brier)."""
    scores: Mapping[str, ScoreCells] | None = None
    """By class that is ranked, its counts by score, where the metric asked for needs them."""
    slices: Mapping[str, tuple[tuple[str, ...], Ints]] = field(default_factory=dict)
    """For each column to slice by, its values and codes into them."""
    predicts: bool = True
    """Scores that are no probabilities rank, and without a threshold say no class."""
    apart: Callable[[Any], float] | None = None
    """The variance that a threshold chosen on these very rows adds to a metric."""

    def of_split(self, split: str) -> Cells:
        """Return the part of the table that belongs to one split, scores included."""
        code = self.splits.index(split)
        part = self if len(self.splits) == 1 else self.where(self.split == code)
        if split != "dev":  # where thresholds are chosen
            part = replace(part, apart=None)
        if self.scores is None:
            return part
        return replace(part, scores={k: v.where(v.split == code) for k, v in self.scores.items()})

    @cached_property
    def by_split(self) -> Mapping[str, Cells]:
        """The part of the table that belongs to each split."""
        return {name: self.of_split(name) for name in self.splits}

    def of_value(self, column: str, code: int) -> Cells:
        """Return the rows with one value of a column to slice by, scores included."""
        part = self.where(self.slices[column][1] == code)
        if self.scores is None:
            return part
        return replace(
            part,
            scores={k: v.where(v.slices[column][1] == code) for k, v in self.scores.items()},
        )

    @cached_property
    def wrong(self) -> NDArray[np.bool_]:
        """K flags: the prediction is not the label (an abstention is wrong)."""
        flags: NDArray[np.bool_] = self.truth != self.predicted
        return flags

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels to show: none where only right and wrong are known."""
        return () if self.labels == RIGHT_OR_WRONG else self.labels

    @cached_property
    def rows(self) -> int:
        """Number of examples."""
        return int(self.n.sum())

    @cached_property
    def errors(self) -> int:
        """Number of examples whose prediction is wrong."""
        return int(self.n[self.wrong].sum())


class Tally(Record):
    """B replicates of the margins of a confusion matrix over C classes.

    ``right``, ``actual`` and ``predicted`` have shape (B, C), ``total`` (B,). Abstentions are in
    ``actual`` and ``total`` and in no class of ``predicted``. ``distance`` (B,) is the sum of the
    squared distances between label and prediction, by their places (`distances`).
    """

    right: Floats
    actual: Floats
    predicted: Floats
    total: Floats
    distance: Floats = field(default_factory=lambda: np.zeros(1))


def distances(truth: Ints, predicted: Ints, classes: int) -> Floats:
    """Return squared distances of places in the order of labels; no answer is the farthest one."""
    far = np.maximum(truth, classes - 1 - truth)
    apart = np.where(predicted == ABSTAINED, far, truth - predicted)
    return (apart**2).astype(np.float64)


def tally(cells: Cells) -> Tally:
    """Return the tally of the cells themselves, as one replicate."""
    classes, right, called = len(cells.labels), ~cells.wrong, cells.predicted != ABSTAINED
    return Tally(
        sum_by(cells.truth[right], cells.weight[right], classes)[None, :],
        sum_by(cells.truth, cells.weight, classes)[None, :],
        sum_by(cells.predicted[called], cells.weight[called], classes)[None, :],
        cells.weight.sum(keepdims=True),
        (cells.weight @ distances(cells.truth, cells.predicted, classes))[None],
    )


def codes_in(codes: Ints) -> Ints:
    """Return the codes that occur, in order.

    What `np.unique` does, without importing numpy.ma, 15 ms, to look for masks.
    """
    if not len(codes):
        return codes
    low = int(codes.min())
    found: Ints = np.flatnonzero(np.bincount(codes - low)) + low
    return found


def places_in(codes: Ints) -> tuple[Ints, Ints]:
    """Return the codes that occur, in order, and the place of each row's among them.

    As `np.unique` does, but without sorting where most of the numbers in their range occur.
    """
    low, high = (int(codes.min()), int(codes.max())) if len(codes) else (0, 0)
    if high - low > 4 * len(codes):
        return np.unique(codes, return_inverse=True)
    there = np.bincount(codes - low) > 0
    return np.flatnonzero(there) + low, (np.cumsum(there) - 1)[codes - low]


def distinct_codes(*codes: Ints) -> tuple[list[Ints], Ints]:
    """Return the combinations of codes that occur, in order, and the place of each row's.

    By a whole number a row: sorting columns takes some twenty times as long.
    """
    keys, place = places_in(row_keys(codes))
    one_of = np.empty(len(keys), np.int64)
    one_of[place] = np.arange(len(place))
    return [code[one_of] for code in codes], place


def row_keys(codes: Sequence[Ints]) -> Ints:
    """Return a whole number a row that tells rows of codes apart, and sorts as they do."""
    key, combinations = np.zeros(len(codes[0]), np.int64), 1
    for code in codes:
        low, high = (int(code.min()), int(code.max())) if len(code) else (0, 0)
        width = high - low + 1
        if combinations * width > MOST_COMBINATIONS:
            occurring, key = np.unique(key, return_inverse=True)
            combinations = len(occurring)
        key = key * width + (code - low)
        combinations *= width
    return key


MOST_COMBINATIONS = 2**62
"""Whole numbers that tell combinations apart in 64 bits with a sign."""


def pick_split(splits: tuple[str, ...], asked: str | None) -> str:
    """Return the split that a single number looks at: the one asked for, dev, or the only one.

    Where train and test stand alone, as `train_test_split` leaves them, it is test.
    """
    if asked is not None:
        if asked not in splits:
            raise UsageError(f"there is no split {asked!r}", accepted=", ".join(splits))
        return asked
    if "dev" in splits:
        return "dev"
    if len(splits) == 1:
        return splits[0]
    if set(splits) == {"train", "test"}:
        return "test"
    raise UsageError(
        "there is no dev split and more than one other",
        accepted=", ".join(splits),
        hint="say which one with --split",
    )
