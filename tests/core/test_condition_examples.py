"""Small conditions, each as it is parsed."""

from __future__ import annotations

from mlstrat.core.conditions.grammar import parse_comparison, parse_equalities, parse_expression
from mlstrat.core.conditions.rows import parse_condition
from mlstrat.core.conditions.rows import tests_in as comparisons_in


def test_parse_expression():
    assert repr(parse_expression("`dev acc.` - 2%").root.right) == "Number(value=2.0, percent=True)"


def test_parse_comparison():
    assert parse_comparison("rate(fp, hours) * 24 <= 1").operator == "<="


def test_parse_equalities():
    assert parse_equalities("region == north and unit == 'ear and nose'", "==") == (
        ("region", "north"),
        ("unit", "ear and nose"),
    )
    assert parse_equalities("label=cat,site=a,b", "=") == (("label", "cat"), ("site", "a,b"))


def test_parse_condition():
    assert [
        (x.column, x.sign, x.values)
        for x in comparisons_in(parse_condition("site == b and not n < 3"))
    ] == [("site", "==", ("b",)), ("n", "<", (3.0,))]
    assert parse_condition("`my site` not in (a, 'b c')").inside.values == ("a", "b c")
