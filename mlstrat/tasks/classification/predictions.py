"""How a run predicts: by a column, by the largest probability, or by a threshold on a score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from mlstrat.core.counts import ABSTAINED, OTHER, Ints
from mlstrat.core.record import Record
from mlstrat.data.columns import COUNT, Columns
from mlstrat.data.counting import Number, Range
from mlstrat.data.grouping import Counted
from mlstrat.data.table import Table
from mlstrat.data.values import (
    OPPOSITES,
    PercentError,
    as_labels,
    display_order,
    label_text,
    label_texts,
    prediction_texts,
    word_for_positive,
)
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.keys import NO_ANSWER, RowKeys, locate

if TYPE_CHECKING:
    from mlstrat.core.operating.choose import Threshold
    from mlstrat.core.operating.point import Point

T = TypeVar("T")

DEFAULT_THRESHOLD = 0.5
"""The score from which a row is predicted positive where no threshold is given."""


class Rule(Record):
    """Where the prediction of a row comes from.

    ``column`` as written, ``largest`` of the probabilities, ``threshold`` on one number,
    ``correct`` whether it is right and no more. ``classes`` are those of the columns of
    ``largest``, or that of the one of ``threshold``; none where a score speaks of the positive
    class. ``flip``: the number is one minus the column; ``probability``: it must lie in [0, 1];
    ``cut``: the expression of the threshold of a row, where dev is cross-fitted.
    """

    kind: Literal["column", "largest", "threshold", "correct"]
    columns: tuple[str, ...]
    classes: tuple[str, ...] = ()
    threshold: float = DEFAULT_THRESHOLD
    flip: bool = False
    probability: bool = False
    cut: Any = field(default=None, compare=False)
    point: Point | None = field(default=None, compare=False)

    @property
    def numbers(self) -> list[Number]:
        """The columns to read as numbers."""
        if self.kind in ("column", "correct"):
            return []
        if self.kind == "largest":  # of any scores: a log loss alone needs probabilities
            return [Number("probability", column) for column in self.columns]
        hint = "for a score on another scale say from where it is positive: --threshold"
        ask = hint if self.kind == "threshold" else None
        return [
            number_of(column, probability=self.probability, hint=ask) for column in self.columns
        ]

    def predicts(self, ranges: Mapping[str, Range]) -> bool:
        """Tell whether numbers in these ranges say a class, without a threshold that was given."""
        if self.kind != "threshold" or not self.probability:
            return True
        return all(x.low >= 0 and x.high <= 1 for c in self.columns if (x := ranges.get(c)))

    def key(self, table: Table) -> Any:
        """Return the expression to count by: a raw value, a class number, or a yes or no."""
        ns = table.ns
        if self.kind in ("column", "correct"):
            return table.category(self.columns[0])
        numbers = [table.number(column) for column in self.columns]
        if self.kind == "threshold":
            number = 1.0 - numbers[0] if self.flip else numbers[0]
            return number >= (self.threshold if self.cut is None else self.cut)
        largest = ns.max_horizontal(*numbers)
        none = len(numbers)
        return ns.min_horizontal(
            *(
                ns.when(p == largest).then(i).otherwise(none).alias(f"class{i}")
                for i, p in enumerate(numbers)
            )
        )

    def texts(self, raw: Sequence[Any], truths: Sequence[str], positive: str | None) -> list[str]:
        """Return the label that each distinct key stands for."""
        if self.kind == "column":
            return as_labels(prediction_texts(raw), truths)
        if self.kind == "largest":
            names = match_classes(self.classes, truths)
            return [names[self.classes[int(value)]] for value in raw]
        yes, no = _two_classes(self.classes, truths, positive)
        return [yes if value else no for value in raw]


def as_percent(table: Table, read: Callable[[Table], T]) -> tuple[Table, T]:
    """Read a table, numbers that end with a percent sign as percent; which, the table knows."""
    while True:
        try:
            return table, read(table)
        except PercentError as error:
            if error.column is None or error.column in table.percents:
                raise
            table = replace(table, percents=table.percents | {error.column})


def hint_of_scores(columns: Columns) -> str | None:
    """Return how counts come to have scores; None for a run that is no counts."""
    counted = columns.get(COUNT) is not None
    return "count the run again with its scores: mlstrat count --scores" if counted else None


def number_of(column: str, *, probability: bool, hint: str | None = None) -> Number:
    """Return how a score or a probability is read."""
    if probability:
        return Number("probability", column, 0.0, 1.0, hint)
    return Number("score", column)


def choose_rule(columns: Columns, threshold: Threshold, positive: str | None, *, file: str) -> Rule:
    """Return how this run predicts; a threshold that is to be chosen is not chosen yet."""
    option = "--threshold" if isinstance(threshold, Real | None) else "--choose-threshold"
    if correct := columns.get("correct"):
        if threshold is not None:
            raise UsageError(
                f"{option} turns a score into a prediction, and this run tells which rows are "
                "right",
                hint=f"leave out {option}",
            )
        return Rule("correct", (correct,))
    classes = class_columns(columns, file)
    score, prediction = columns.get("score"), columns.get("prediction")
    if threshold is None and prediction:
        return Rule("column", (prediction,))
    cut = threshold if isinstance(threshold, int | float) else DEFAULT_THRESHOLD
    strict = threshold is None
    if threshold is None and len(classes) > 1:
        names = display_order(classes)  # of equals the first, as argmax over sorted classes
        return Rule("largest", tuple(classes[n] for n in names), names)
    if score:
        return Rule("threshold", (score,), (), cut, probability=strict)
    if not classes:
        raise UsageError(
            f"{option} needs a score, or probabilities of two classes",
            hint=hint_of_scores(columns),
        )
    if len(classes) > 2:
        raise UsageError(f"{option} needs two classes; there are {len(classes)} probabilities")
    wanted = label_text(positive) if positive is not None else word_for_positive(classes)
    if wanted is None and len(classes) == 1:
        wanted = next(iter(classes))
    if wanted is None:
        raise UsageError(
            f"{option} needs a positive class", hint=f"name it: --positive {next(iter(classes))}"
        )
    own = next((c for c in classes if c.lower() == wanted.lower()), None)
    if own is not None:
        return Rule("threshold", (classes[own],), (own,), cut, probability=strict)
    other = next(iter(classes))
    return Rule("threshold", (classes[other],), (wanted,), cut, flip=True, probability=strict)


def class_columns(columns: Columns, file: str) -> dict[str, str]:
    """Return the class, as label text, and the column of each probability."""
    found: dict[str, str] = {}
    named = columns.probabilities
    for label, column in zip(label_texts(named), named.values(), strict=True):
        if label in found:
            raise InputError(
                f"two columns hold the probability of {label!r}: {found[label]!r}, {column!r}",
                file=file,
                hint=f"say which one: --map prob_{label}={column}",
            )
        found[label] = column
    return found


def match_classes(classes: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """Return the label that each class is; in another case where only one label can be meant."""
    matched = {}
    for name, same in zip(classes, as_labels(classes, labels), strict=True):
        near = [label for label in labels if label.lower() == name.lower()]
        rivals = [other for other in classes if other.lower() == name.lower()]
        alone = name not in labels and len(near) == 1 and len(rivals) == 1
        matched[name] = near[0] if alone else same
    return matched


def match_columns(columns: Columns, labels: Sequence[str], file: str) -> Mapping[str, str]:
    """Return the column of the probability of each class, classes named as the labels are."""
    classes = class_columns(columns, file)
    names = match_classes(list(classes), labels)
    return {names[name]: column for name, column in classes.items()}


def _two_classes(
    classes: Sequence[str], truths: Sequence[str], positive: str | None
) -> tuple[str, str]:
    """Return the class predicted at and above a threshold, and the one below it."""
    if len(truths) > 2:
        raise UsageError(
            f"a score tells two classes apart, and there are {len(truths)} labels",
            hint="give a prediction column, or prob_<class> columns, and no --threshold",
        )
    yes = match_classes(classes, truths)[classes[0]] if classes else _positive(truths, positive)
    if len(truths) == 2 and yes not in truths:
        raise UsageError(
            f"the positive class {yes!r} is not a label", accepted=", ".join(map(repr, truths))
        )
    others = [label for label in truths if label != yes]
    return yes, others[0] if others else opposite(yes)


def _positive(truths: Sequence[str], positive: str | None) -> str:
    """Return the class that a score speaks of."""
    if positive is not None:
        return as_labels([label_text(positive)], truths)[0]
    found = word_for_positive(truths)
    if found is None and len(truths) == 1:
        negatives = {negative: word for word, negative in OPPOSITES.items()}
        found = negatives.get(truths[0].lower())
    if found is None:
        raise UsageError(
            "a score belongs to the positive class, and none is named",
            accepted=", ".join(map(repr, truths)),
            hint=f"name it: --positive {truths[-1] if truths else 'LABEL'}",
        )
    return found


def opposite(label: str) -> str:
    """Return a name for the other class, where only one occurs."""
    other = OPPOSITES.get(label.lower(), f"not {label}")
    return other.capitalize() if label.istitle() and label.lower() in OPPOSITES else other


CODES = {"1": 0, "true": 0, "0": 1, "false": 1}
"""What stands in such a column, as codes of `mlstrat.core.counts.RIGHT_OR_WRONG`."""


def correctness_codes(keys: RowKeys, found: Counted, column: str) -> dict[str, Ints]:
    """Return the codes of label, prediction and each person, who is right or wrong likewise."""
    codes = {"label": np.zeros(len(found), np.int64)}
    for role in ("prediction", *keys.columns.people):
        raw, rows = found.codes(role)
        texts = [text.lower() for text in label_texts(raw)]
        bad = [raw[i] for i, text in enumerate(texts) if text not in CODES]
        if role == "prediction" and bad:
            file, row, value = locate(keys.table, column, bad)
            text = str(value or "")[:60]
            raise InputError(
                f"{text!r} is neither right nor wrong" if text.strip()
                else "a row that is neither right nor wrong: it is blank",
                file=file, row=row, column=column, accepted="0 or 1, true or false",
                hint="shares of right answers are a ratio: --task ratio with columns num and den",
            )  # fmt: skip
        none = ("", *NO_ANSWER)
        values = [CODES.get(x, ABSTAINED if x in none else OTHER) for x in texts]
        codes[role] = np.array(values, np.int64)[rows]
    return codes
