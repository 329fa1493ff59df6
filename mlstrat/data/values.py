"""What a value means: labels as text, split names, positive classes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import field
from decimal import Decimal
from typing import Any

from mlstrat.core.counts import SPLITS
from mlstrat.core.record import Record
from mlstrat.errors import InputError, UsageError

BLANK = ""
"""The text of a value that is not there."""

SPLIT_ALIASES: Mapping[str, str] = {
    "train": "train",
    "training": "train",
    "train-dev": "train-dev",
    "train_dev": "train-dev",
    "train/dev": "train-dev",
    "traindev": "train-dev",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "eval": "dev",
    "test": "test",
    "testing": "test",
    "holdout": "test",
}
"""The split that each value of a split column stands for, in lower case."""

POSITIVE_WORDS = ("1", "true", "yes", "positive", "pos")
"""Labels that name the positive class by themselves."""

OPPOSITES = {"1": "0", "true": "false", "yes": "no", "positive": "negative", "pos": "neg"}
"""The other class, where the only label that occurs is a positive word."""

_WHOLE_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))\.0*\Z")
_WHOLE = re.compile(r"-?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_AS_NUMBER = re.compile(
    r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\Z"
)
"""A number however it is written; what begins with a needless 0 is the name of something."""

MOST_PLACES = 40
"""Digits up to which a number is written out: 1e+05 is 100000, and 1E+300 stays short (ours)."""

_MISSING = ("NoneType", "NAType", "NaTType")


class Spelling(Record):
    """How a call reads labels, predictions and answers: as ``--label-as`` and its kin say.

    ``labels`` goes from what is written to the label, ``ignored`` is what is no label at all;
    with ``any_of`` a cell holds several right labels, ``cat|lynx``.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    any_case: bool = False
    any_of: bool = False
    shift: int = 0
    """What is added to predictions that are whole numbers."""
    as_classes: bool = False
    """Whether every label is a class, whatever it looks like."""
    options: tuple[str, ...] = ()
    """The options that said so."""

    def predicted(self, text: str) -> str:
        """Return the label that a text stands for as a prediction."""
        if self.shift and _WHOLE.match(text):
            text = str(int(text) + self.shift)
        return self(text)

    def __call__(self, text: str) -> str:
        """Return the label that a text stands for."""
        label = self.labels.get(text, text)
        return label.lower() if self.any_case else label


PLAIN = Spelling()
SPELLING: ContextVar[Spelling] = ContextVar("spelling", default=PLAIN)
"""What holds within a call, for whatever it reads: see `mlstrat.data.asked.read_as`."""


def label_text(value: object) -> str:
    """Return a label as text: one for each number however it is written; blank if missing.

    Letters are composed (NFC).
    """
    return SPELLING.get()(plain_label(value))


def plain_label(value: object) -> str:
    """Return a label as text, as it is where a call says nothing of labels."""
    if isinstance(value, float) and abs(value) > 2**53:
        value = str(value)  # not the digits of its last bit, but those that are written
    text = value_text(value)
    if not text.isascii():
        return unicodedata.normalize("NFC", text)
    if text.isalpha() or not _AS_NUMBER.match(text):
        return text
    number = Decimal(text)
    if abs(number.adjusted()) > MOST_PLACES and number:
        return text if text.lstrip("-").isdecimal() else str(number.normalize())
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return plain if number else "0"


def value_text(value: object) -> str:
    """Return a value as text, such as an id or a group: ``1.0`` is 1, and 1e5 may be a name."""
    if type(value).__name__ in _MISSING or value != value:  # noqa: PLR0124  NaN
        return BLANK
    if isinstance(value, bytes):
        if not is_utf8(value):
            raise not_text(value)
        value = value.decode()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if "." in text and (whole := _WHOLE_NUMBER.match(text)):
        text = whole[1]
    if text == "-0":
        return "0"
    return text.lower() if text in {"True", "TRUE", "False", "FALSE"} else text


def label_texts(values: Iterable[object]) -> list[str]:
    """Return a column of labels as text."""
    return [label_text(value) for value in values]


def prediction_texts(values: Iterable[object]) -> list[str]:
    """Return a column of predictions as text."""
    spelled = SPELLING.get()
    return [spelled.predicted(plain_label(value)) for value in values]


def value_texts(values: Iterable[object]) -> list[str]:
    """Return a column of values as text."""
    return [value_text(value) for value in values]


class PercentError(InputError):
    """A number that ends with a percent sign, which may be read as percent."""


TRUTH_VALUES = {"1": "true", "0": "false", "true": "1", "false": "0"}
"""The other way to write each."""


def as_labels(texts: Iterable[str], labels: Iterable[str]) -> list[str]:
    """Return texts with truth values as the labels write them, where these are nothing else."""
    own = set(labels)
    if not own or not (own <= {"true", "false"} or own <= {"0", "1"}):
        return list(texts)
    numbers = own <= {"0", "1"}
    return [TRUTH_VALUES[x] if x in TRUTH_VALUES and x.isdecimal() != numbers else x
            for x in texts]  # fmt: skip


def is_utf8(value: bytes) -> bool:
    """Whether bytes are text."""
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def not_text(value: bytes, **where: Any) -> InputError:
    """Return the error for a value of bytes that are no text."""
    return InputError(
        f"the bytes {value[:20]!r} are not UTF-8 text",
        accepted="text, or bytes of UTF-8",
        hint="decode the column first",
        **where,
    )


def display_order(labels: Collection[str]) -> tuple[str, ...]:
    """Return labels in the order to show: numbers by value, anything else as text."""
    ordered = sorted(labels)
    if all(_NUMBER.match(label) for label in ordered):
        ordered.sort(key=float)
    return tuple(ordered)


def check_split_as(split_as: Mapping[str, str]) -> dict[str, str]:
    """Return ``--split-as`` with the names of splits written out."""
    targets = {}
    for value, target in split_as.items():
        known = SPLIT_ALIASES.get(target.strip().lower())
        if known is None:
            raise UsageError(
                f"--split-as {value}={target}: {target!r} is not a split",
                accepted=", ".join(SPLITS),
            )
        targets[value.strip()] = known
    return targets


def split_name(value: str, split_as: Mapping[str, str]) -> str | None:
    """Return the split that a value stands for, or None."""
    if value in split_as:
        return split_as[value]
    return SPLIT_ALIASES.get(value.lower()) or (split_as.get("*") if value else None)


def split_texts(values: Iterable[object]) -> list[str]:
    """Return a split column as text: blank where a value is missing."""
    return [BLANK if value_text(v) == BLANK else str(v).strip() for v in values]


def split_names(values: Iterable[str], split_as: Mapping[str, str]) -> list[str | None]:
    """Return the splits that the values of a column stand for."""
    return [split_name(value, split_as) for value in values]


def word_for_positive(labels: Iterable[str]) -> str | None:
    """Return the one label that names the positive class by itself, or None."""
    found = [label for label in labels if label.lower() in POSITIVE_WORDS]
    return found[0] if len(found) == 1 else None


def resolve_positive(positive: str | None, labels: Sequence[str]) -> str | None:
    """Return the positive class of these labels."""
    if positive is None:
        return word_for_positive(labels) if len(labels) <= 2 else None
    (name,) = as_labels([label_text(positive)], labels)
    if len(labels) > 2:
        raise UsageError(
            f"--positive {positive}: there are {len(labels)} labels, a positive class needs two",
            hint="average over the classes instead: --average macro",
        )
    if name not in labels:
        raise UsageError(
            f"--positive {positive}: no such label", accepted=", ".join(map(repr, labels))
        )
    return name


def shown(values: Sequence[str], most: int = 5) -> str:
    """Return some values in quotes, and how many more there are."""
    some = ", ".join(repr(value[:40]) for value in values[:most])
    return some if len(values) <= most else f"{some} and {len(values) - most} more"
