"""What labels, splits and positive classes are as text."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from mlstrat.data.values import (
    SPLIT_ALIASES,
    check_split_as,
    display_order,
    label_text,
    resolve_positive,
    split_name,
)
from mlstrat.errors import UsageError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1"),
        ("1", "1"),
        (" 1.00 ", "1"),
        ("1.", "1"),
        ("-3.0", "-3"),
        ("0.0", "0"),
        ("-0.0", "0"),
        (-0.0, "0"),
        (Decimal("2.00"), "2"),
        (np.int8(7), "7"),
        (np.float32(2.0), "2"),
        ("01", "01"),
        ("01.0", "01.0"),
        ("1.5", "1.5"),
        (1.5, "1.5"),
        ("1e3", "1000"),
        ("+1", "1"),
        ("1e+05", "100000"),
        (1e5, "100000"),
        (".50", "0.5"),
        ("-.5", "-0.5"),
        ("1e-7", "0.0000001"),
        (1e-7, "0.0000001"),
        ("1e300", "1E+300"),
        (1e300, "1E+300"),
        ("0e5", "0"),
        ("1e", "1e"),
        ("01e3", "01e3"),
        (".", "."),
        ("cafe\u0301", "caf\u00e9"),
        (
            "12345678901234567890123456789012345678901234",
            "12345678901234567890123456789012345678901234",
        ),
        (True, "true"),
        (np.bool_(False), "false"),
        ("TRUE", "true"),
        ("False", "false"),
        ("tRuE", "tRuE"),
        ("New York\t", "New York"),
        (b"cat", "cat"),
        (date(2024, 2, 3), "2024-02-03"),
        ("nan", "nan"),
        (None, ""),
        (math.nan, ""),
        ("  ", ""),
    ],
)
def test_label_text(value: object, text: str) -> None:
    assert label_text(value) == text
    assert label_text(label_text(value)) == text


def test_numbers_are_shown_by_value_and_anything_else_as_text() -> None:
    assert display_order({"10", "9", "-1"}) == ("-1", "9", "10")
    assert display_order({"10", "9", "b", "B"}) == ("10", "9", "B", "b")


@pytest.mark.parametrize(("value", "split"), SPLIT_ALIASES.items())
def test_split_names_in_any_case(value: str, split: str) -> None:
    assert split_name(value.upper(), {}) == split


def test_split_as_says_what_a_value_is_and_a_star_what_all_others_are() -> None:
    said = check_split_as({"hans ": "Dev", "val": "test", "*": "train-dev"})
    assert [split_name(v, said) for v in ("hans", "val", "train", "fold 1")] == [
        "dev",
        "test",
        "train",
        "train-dev",
    ]
    assert split_name("", said) is None


def test_split_as_knows_the_four_splits_in_their_usual_spellings() -> None:
    assert check_split_as({"hans": "validation"}) == {"hans": "dev"}
    assert check_split_as({"hans": "Testing"}) == {"hans": "test"}
    with pytest.raises(UsageError, match=r"train, train-dev, dev, test"):
        check_split_as({"hans": "other"})


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (("0", "1"), "1"),
        (("NO", "YES"), "YES"),
        (("neg", "Pos"), "Pos"),
        (("negative", "positive"), "positive"),
        (("false", "true"), "true"),
        (("1", "true"), None),
        (("cat", "dog"), None),
        (("0", "1", "2"), None),
    ],
)
def test_the_positive_class_by_its_name(labels: tuple[str, ...], positive: str | None) -> None:
    assert resolve_positive(None, labels) == positive


def test_the_positive_class_as_named() -> None:
    assert resolve_positive("0.0", ("0", "1")) == "0"
    with pytest.raises(UsageError, match=r"'cat', 'dog'"):
        resolve_positive("Cat", ("cat", "dog"))
    with pytest.raises(UsageError, match=r"3 labels"):
        resolve_positive("1", ("0", "1", "2"))
