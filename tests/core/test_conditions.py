"""The little language: what it means, and how it says where it does not."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.core.conditions.grammar import parse_comparison, parse_equalities, parse_expression
from mlstrat.errors import UsageError
from mlstrat.workflow.select.evaluate import Measured, evaluate, scale_of

COLUMNS = {
    "a": Measured(np.array([6.0, 0.5])),
    "b": Measured(np.array([3.0, 0.25])),
    "dev acc.": Measured(np.array([90.0, 92.0]), 100.0),
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a - b - 1", [2.0, -0.75]),
        ("a / b / 2", [1.0, 1.0]),
        ("1 + 2 * a", [13.0, 2.0]),
        ("-(a - b) * -2", [6.0, 0.5]),
        ("--a", [6.0, 0.5]),
        ("mean(a, b, 3)", [4.0, 1.25]),
        ("min(a, b) + max(a, b)", [9.0, 0.75]),
        ("f1(a, b)", [4.0, 1 / 3]),
        ("`dev acc.` / 100", [0.9, 0.92]),
        ("`dev acc.` - 2%", [88.0, 90.0]),
        ("a * 50%", [3.0, 0.25]),
        (".5e1 * a", [30.0, 2.5]),
        ("a / (b - b)", [np.nan, np.nan]),
    ],
)
def test_arithmetic(text, wanted):
    found = evaluate(parse_expression(text).root, COLUMNS, 0.95).value
    np.testing.assert_allclose(found, wanted)


@pytest.mark.parametrize(
    ("text", "message", "caret"),
    [
        ("ms <=", "is missing here", 5),
        ("ms 100", "a comparison is missing", 3),
        ("ms = 100", "a single =", 3),
        ("ms != 100", "!= is not a constraint", 3),
        ("a < b < c", "one comparison is enough", 6),
        ("100 ms < 3", "a comparison is missing", 4),
        ("rate(fp) <= 1", "rate is written rate(fp, hours)", 0),
        ("rate(fp, ) <= 1", "is missing here", 9),
        ("(a + 2 < 3", 'an operator or ")"', 7),
        ("min(a", "never closed", 3),
        ("f2(a, b) < 1", "no function 'f2'", 0),
        ("`a < 1", "without its second", 0),
        ("`` < 1", "no name between", 0),
        ("a + $ < 1", "'$' means nothing", 4),
        ("日本 + $ < 1", "'$' means nothing", 7),
        ("__import__(1) < 1", "no function '__import__'", 0),
    ],
)
def test_a_mistake_has_a_caret_under_it(text, message, caret):
    with pytest.raises(UsageError) as caught:
        parse_comparison(text)
    first, shown, pointer = str(caught.value).splitlines()[:3]
    assert message in first
    assert shown == "    " + text
    assert pointer == " " * (4 + caret) + "^"


@pytest.mark.parametrize("text", ["(" * 10_000, "-" * 10_000 + "a", "min(" * 200 + "a", "a+" * 999])
def test_depth_has_an_end(text):
    with pytest.raises(UsageError) as caught:
        parse_expression(text)
    assert max(map(len, str(caught.value).splitlines())) < 90


def test_a_comparison_is_no_expression():
    with pytest.raises(UsageError, match="belongs to --where"):
        parse_expression("a < 1")


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("`dev acc.`", 100),
        ("100 - `dev acc.`", 100),
        ("mean(`dev acc.`, `dev acc.`)", 100),
        ("`dev acc.` - a", None),
        ("`dev acc.` / 100", None),
        ("a", None),
    ],
)
def test_what_is_a_share(text, scale):
    assert scale_of(parse_expression(text).root, COLUMNS) == scale


def test_intervals_go_through_arithmetic_and_share_the_confidence():
    def interval(confidence):
        half = np.array([1.0 if confidence < 0.96 else 2.0])
        return 5 - half, 5 + half

    columns = {"a": Measured(np.array([5.0]), None, interval), "c": Measured(np.array([2.0]))}
    columns["b"] = columns["a"]
    one = evaluate(parse_expression("10 - a * c").root, columns, 0.95)
    assert (one.low[0], one.value[0], one.high[0]) == (-2.0, 0.0, 2.0)
    two = evaluate(parse_expression("a - b").root, columns, 0.95)
    assert (two.low[0], two.high[0]) == (-4.0, 4.0)
    over = evaluate(parse_expression("c / (a - 5)").root, columns, 0.95)
    assert np.isnan(over.value[0])


@pytest.mark.parametrize(
    ("text", "sign", "wanted"),
    [
        ("region == north", "==", [("region", "north")]),
        (
            "home region == new york and unit == *",
            "==",
            [("home region", "new york"), ("unit", "*")],
        ),
        ("unit == ear and nose", "==", [("unit", "ear and nose")]),
        ("unit == 'a == b'", "==", [("unit", "a == b")]),
        ("unit == ''", "==", [("unit", "")]),
        ("unit = north", "==", None),
        ("unit ==", "==", None),
        ("== north", "==", None),
        ("label=cat,prediction=", "=", [("label", "cat"), ("prediction", "")]),
        ("site=a,b,unit='c'", "=", [("site", "a,b"), ("unit", "'c'")]),
        ("site", "=", None),
    ],
)
def test_equalities_are_joined_only_before_another_column(text, sign, wanted):
    found = parse_equalities(text, sign)
    assert found == (None if wanted is None else tuple(wanted))
