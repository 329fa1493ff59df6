# Over 300 lines: what labels and predictions show, and what is refused for it, stand together.
"""Labels and predictions: which occur together, in how many rows, and what cannot be meant.

Numbers and scores in the place of labels are refused, and labels and predictions without a value in
common, with the flags that would read or join them.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ABSTAINED, Cells, Floats, Ints, codes_in, places_in
from mlstrat.core.record import Record
from mlstrat.data.values import (
    POSITIVE_WORDS,
    SPELLING,
    display_order,
    shown,
    word_for_positive,
)
from mlstrat.errors import InputError
from mlstrat.tasks.classification.predictions import Rule

if TYPE_CHECKING:
    from mlstrat.core.pairs import PairCells


_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+\Z")
_CLASS_NUMBER = re.compile(r"(?:label|class|cls|category)[ _-]*([0-9]+)\Z")
_BETWEEN = re.compile(r"(?<=\w)[\s_\-\u2010-\u2015]+(?=\w)")
_AT_THE_ENDS = " \t\r\n.,;:!?…。\"'`“”‘’«»"


def key_of(label: str) -> str:
    """Return what labels have in common that are written alike."""
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
    """Return the flags that read values as labels: letter case in one, else each by itself."""
    distinct = {x.lower() for x in own - labels.keys()}
    if all(map(only_case, *zip(*labels.items(), strict=True))) and len(distinct) == len(
        own - labels.keys()
    ):
        return "--ignore-case"
    named = [shlex.quote(f"{value}={label}") for value, label in labels.items()]
    flags = " ".join(f"--label-as {x}" for x in named[:MOST_FLAGS])
    more = len(named) - MOST_FLAGS
    return flags if more <= 0 else f"{flags} (and {more} more)"


MATTERS, OF_ERRORS = 0.005, 0.1
"""A cost of this share of the rows of a split, or of its errors, moves what is concluded: half of
the tolerance (mlstrat's thresholds)."""

AGREE, BETTER = 0.5, 0.2
"""Share of rows that must agree once classes are counted from the same number, and by how much
more that must be than as they are (mlstrat's thresholds)."""

_WHOLE = re.compile(r"-?[0-9]{1,9}\Z")


class Seen(Record):
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
        """Return what texts say, a blank prediction an abstention."""
        labels = display_order({*truths, *predicted} - {""})
        code = {label: i for i, label in enumerate(labels)} | {"": ABSTAINED}
        t, p = ([code[text] for text in texts] for texts in (truths, predicted))
        return cls(labels, np.array(t), np.array(p), n, np.zeros(len(n), np.int64))

    @classmethod
    def of_cells(cls, cells: Cells) -> Seen:
        """Return what a table of counts shows, without its groups and people."""
        size = len(cells.labels) + 1
        key = (cells.split * size + cells.truth) * size + cells.predicted + 1
        keys, place = places_in(key)
        n = np.bincount(place, cells.n, len(keys)).astype(np.int64)
        rest, predicted = np.divmod(keys, size)
        split, truth = np.divmod(rest, size)
        return cls(cells.labels, truth, predicted - 1, n, split, cells.splits)

    @classmethod
    def of_pair(cls, cells: PairCells, predicted: NDArray[np.int64]) -> Seen:
        """Return one of two models on the same rows, without what only the other says."""
        used = codes_in(np.concatenate([cells.truth, predicted[predicted != ABSTAINED]]))
        place = np.full(len(cells.labels) + 1, ABSTAINED)  # the last entry serves ABSTAINED
        place[used] = np.arange(len(used))
        labels, split = tuple(cells.labels[i] for i in used), np.zeros_like(cells.n)
        return cls(labels, place[cells.truth], place[predicted], cells.n, split, (cells.split,))

    @cached_property
    def own(self) -> frozenset[str]:
        """The labels that occur in the label column."""
        return frozenset(label for label, n in self.rows_of.items() if n)

    @cached_property
    def said(self) -> frozenset[str]:
        """The labels that are predicted."""
        return frozenset(label for label, n in self.rows_said.items() if n)

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
    key, place = places_in(truth * len(predicted) + said)
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
    """Return labels as numbers, percent as such; NaN where one is none."""
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


MOSTLY = 0.9
"""Share of rows whose labels must be numbers before they are taken for such."""

FEW_SCORES = 0.01
"""Share of rows with a prediction between the labels from which predictions are scores."""

FEWEST_ROWS = 10

FEWEST_VALUES = 15
"""A numeric target has more values than this: digits, stars and grades have fewer."""

RARELY_RIGHT = 0.3
"""Numbers predicted to the last digit more often than this are classes."""

CLOSE, VERY_CLOSE = 0.5, 0.8
"""Correlation of label and prediction among the errors: that of a regression. The errors of a
classifier know nothing of the distance between two numbers of classes."""

OFTEN_NEW = 0.05
"""Share of rows predicted as a value that no label has, which a classifier cannot."""


def refuse_numbers(seen: Seen, file: str, label: str, prediction: str) -> None:
    """Refuse scores among the predictions, and numbers that are no classes."""
    if SPELLING.get().as_classes:
        return
    values = numbers_of(seen.labels)
    given = seen.predicted != ABSTAINED
    if not given.any():
        return
    n, said = seen.n[given], values[seen.predicted[given]]
    if n[np.isfinite(said)].sum() < MOSTLY * n.sum():
        return
    if scores := _scores(seen, n, said, given):
        low, high, some = scores
        raise _are_scores(seen, low, high, some, file, prediction)
    truth = values[seen.truth[given]]
    if n[np.isfinite(truth)].sum() >= MOSTLY * n.sum() and _is_regression(seen, truth, said, n):
        raise InputError(
            f"labels and predictions are numbers, not classes: {len(seen.own):,} values in "
            f"{label!r}, from {np.nanmin(truth):g} to {np.nanmax(truth):g}",
            file=file,
            column=prediction,
            accepted="classes",
            hint="--task regression, if a number is predicted; --task classification, if "
            "each number is a class",
        )


def _scores(
    seen: Seen, n: Floats, said: Floats, given: Floats
) -> tuple[float, float, list[str]] | None:
    """Return the range of predictions that are scores, and some of them; None if they are none."""
    if len(seen.own) > 2:
        numeric = np.isfinite(numbers_of(sorted(seen.own))).any()
        if numeric or not ((said >= 0) & (said <= 1)).all():
            return None
    new = ~seen.flags(seen.own)[seen.predicted[given]]
    between = new & (said != np.round(said)) & np.isfinite(said)
    shares = {x for x in seen.said if x.endswith("%")}
    if shares:
        between = new & seen.flags(shares)[seen.predicted[given]]
    if n[between].sum() < max(FEW_SCORES * n.sum(), 2) and n[between].sum() < 0.5 * n.sum():
        return None
    here = np.isfinite(said)
    some = [seen.labels[i] for i in np.unique(seen.predicted[given][between])[:3]]
    return float(said[here].min()), float(said[here].max()), some


def _are_scores(
    seen: Seen, low: float, high: float, some: list[str], file: str, column: str
) -> InputError:
    many = len(seen.own) > 2
    share = low >= 0 and high <= 1
    flags = [f"--map {shlex.quote(f'score={column}')}"]
    if not share:
        flags.append("--threshold 0" if low < 0 else f"--threshold {(low + high) / 2:g}")
    if not many and word_for_positive(seen.own) is None:
        flags.append(f"--positive {shlex.quote(max(seen.own))}")
    return InputError(
        f"the predictions are {'probabilities' if share else 'scores'}, such as "
        f"{', '.join(some)}, where labels belong",
        file=file,
        column=column,
        accepted="predicted labels, "
        + ("or prob_<class> columns" if many else "or a score of the positive class"),
        hint="name the column of predicted labels: --map prediction=COLUMN; a probability of the "
        "predicted label is a confidence"
        if many
        else " ".join(flags),
    )


def _is_regression(seen: Seen, truth: Floats, said: Floats, n: Floats) -> bool:
    """Tell whether numbers are predicted as a regression predicts them."""
    rows = n.sum()
    both = np.isfinite(truth) & np.isfinite(said)
    wrong = both & (truth != said)
    if len(seen.own) <= 2 or shift_of(seen) or n[~wrong].sum() > 0.5 * rows:
        return False
    broken = n[wrong & (said != np.round(said))].sum()
    new = ~seen.flags(seen.own)[[*range(len(seen.labels))]]
    unseen = sum(seen.rows_said[x] for x, is_new in zip(seen.labels, new, strict=True) if is_new)
    if (truth[both] == np.round(truth[both])).all() and broken >= 0.1 * rows:
        return bool(unseen >= OFTEN_NEW * rows)  # whole numbers, predicted with decimals
    if rows < FEWEST_ROWS or len(seen.own) <= FEWEST_VALUES:
        return False
    if n[~wrong].sum() > RARELY_RIGHT * rows:
        return False
    close = _correlation(truth[wrong], said[wrong], n[wrong])
    return close >= VERY_CLOSE or bool(close >= CLOSE and unseen >= OFTEN_NEW * rows)


def _correlation(x: Floats, y: Floats, n: Floats) -> float:
    """Return the correlation of ranks, each row counted."""
    x, y = _ranks(x, n), _ranks(y, n)
    x, y = x - np.average(x, weights=n), y - np.average(y, weights=n)
    scale = np.sqrt((n * x * x).sum() * (n * y * y).sum())
    return float((n * x * y).sum() / scale) if scale > 0 else 0.0


def _ranks(x: Floats, n: Floats) -> Floats:
    values, place = np.unique(x, return_inverse=True)
    rows = np.bincount(place, n, len(values))
    ranks: Floats = (np.cumsum(rows) - rows / 2)[place]
    return ranks


def check_meant(
    file: str,
    roles: Mapping[str, str],
    rule: Rule,
    texts: Mapping[str, tuple[Sequence[str], Ints]],
    n: Ints,
) -> None:
    """Refuse labels and predictions that are scores or numbers, or share no value."""
    if rule.kind == "threshold":
        return
    (truths, t), (predicted, p) = texts["label"], texts["prediction"]
    if rule.kind == "largest" and set(truths) & set(predicted):
        return
    seen = seen_of(truths, t, predicted, p, n)
    if rule.kind == "column":
        refuse_numbers(seen, file, roles["label"], rule.columns[0])
    if seen.own.isdisjoint(seen.said):
        _refuse_disjoint(seen, file, roles["label"], rule)


def _refuse_disjoint(seen: Seen, file: str, label: str, rule: Rule) -> None:
    if not seen.said:
        raise InputError("every prediction is blank", file=file, column=rule.columns[0])
    columns = ", ".join(repr(column) for column in rule.columns[:3])
    raise InputError(
        f"labels and predictions have no value in common: {shown(display_order(seen.own))} "
        f"in column {label!r}, {shown(display_order(seen.said))} from {columns}",
        file=file,
        accepted="predictions written like the labels",
        hint=hint_to_join(seen) or "name the columns: --map label=COLUMN --map prediction=COLUMN",
    )


MOST_MATCHED = 100
"""Values up to which those that meet most often are looked for."""

SURE = 0.2
"""By how much more of the rows a match must agree than the order of the names does."""

ENOUGH = 0.5
"""Share of rows that must agree once values are matched by how often they meet."""


def hint_to_join(seen: Seen) -> str | None:
    """Return the flags that make predictions of labels that share no value with them."""
    spelled = alike({x: seen.rows_of[x] for x in seen.labels})
    if seen.said and set(spelled) >= seen.said:
        return flags_of({x: spelled[x] for x in sorted(seen.said)}, seen.own)
    words = [[x for x in side if is_positive(x)] for side in (seen.own, seen.said)]
    if len(seen.own) == len(seen.said) == 2 and all(len(x) == 1 for x in words):
        (yes,), (said,) = words
        (no,), (denied,) = seen.own - {yes}, seen.said - {said}
        return flags_of({denied: no, said: yes})
    indices = {x: int(key_of(x)) for x in seen.said if key_of(x).isdecimal()}
    if indices and len(indices) == len(seen.said) and max(indices.values()) <= len(seen.own):
        return _of_indices(seen, seen.own, indices, labels_are_names=True)
    indices = {x: int(key_of(x)) for x in seen.own if key_of(x).isdecimal()}
    if indices and len(indices) == len(seen.own) and max(indices.values()) <= len(seen.said):
        return _of_indices(seen, seen.said, indices, labels_are_names=False)
    if 1 < len(seen.own) == len(seen.said) <= MOST_FLAGS:
        matched, share = _matched(seen, sorted(seen.said), display_order(seen.own))
        if share >= ENOUGH:
            return flags_of(matched)
    return None


def _of_indices(
    seen: Seen, names: frozenset[str], indices: Mapping[str, int], *, labels_are_names: bool
) -> str:
    """Return the flags that name indices: as rows agree best, else in the order of the names."""
    ordered = sorted(names)
    values = sorted(indices, key=lambda x: indices[x])
    if labels_are_names:
        matched, share = _matched(seen, values, ordered)
    else:
        back, share = _matched(seen, ordered, values)
        matched = {index: name for name, index in back.items()}
    first = min(1, *indices.values())
    by_order = {x: ordered[i - first] for x, i in indices.items() if i - first < len(ordered)}
    if len(by_order) == len(indices) and share < _share(seen, by_order) + SURE:
        matched = {x: by_order[x] for x in values}
    each = flags_of(matched)
    place = {indices[x]: name for x, name in matched.items()}
    rest = [x for x in ordered if x not in place.values()]
    listed = [place.get(i) or (rest.pop(0) if rest else "") for i in range(max(place) + 1)]
    if any("," in x or not x for x in listed) or any(x != str(indices[x]) for x in values):
        return each
    return f"--classes {shlex.quote(','.join(listed))}, or {each}"


def _share(seen: Seen, matched: Mapping[str, str]) -> float:
    """Return the share of rows that agree once values are matched, whichever side they are on."""
    as_name = [matched.get(x, x) for x in seen.labels]
    given = seen.predicted != ABSTAINED
    truth, said = seen.truth[given], seen.predicted[given]
    same = np.array([as_name[t] == as_name[p] for t, p in zip(truth, said, strict=True)])
    return float(seen.n[given][same].sum() / max(seen.n[given].sum(), 1))


def _matched(
    seen: Seen, values: list[str] | tuple[str, ...], labels: list[str] | tuple[str, ...]
) -> tuple[dict[str, str], float]:
    """Return the label that each predicted value meets most often, each once, and their share."""
    if min(len(values), len(labels)) > MOST_MATCHED:
        return {}, 0.0
    place = {x: i for i, x in enumerate(seen.labels)}
    table = np.zeros((len(seen.labels), len(seen.labels)))
    given = seen.predicted != ABSTAINED
    np.add.at(table, (seen.truth[given], seen.predicted[given]), seen.n[given])
    meets = table[np.ix_([place[x] for x in labels], [place[x] for x in values])]
    matched, agree = {}, 0.0
    left = meets.copy()
    for _ in range(min(meets.shape)):
        i, j = np.unravel_index(left.argmax(), left.shape)
        matched[values[j]] = labels[i]
        agree += meets[i, j]
        left[i, :] = left[:, j] = -1
    return {x: matched[x] for x in values if x in matched}, agree / max(meets.sum(), 1)
