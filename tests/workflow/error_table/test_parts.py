"""Error analysis by parts: each error is blamed on the first part that explains it."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.errors import UsageError
from mlstrat.workflow.error_table.blame import attribute_to_parts, order_parts
from mlstrat.workflow.study.read import part_shares


def flags(right: int, of: int = 100) -> np.ndarray:
    return np.arange(of) < right


def test_p1_ninety_of_a_hundred_errors_are_the_detectors():
    feeds = {"detect the cat": [], "name the breed": ["detect the cat"]}
    found = attribute_to_parts(flags(0), {"detect the cat": flags(90)}, feeds)
    assert [(x.part, x.errors) for x in found.parts] == [
        ("detect the cat", 90), ("name the breed", 10),
    ]  # fmt: skip
    low, high = found.parts[0].share.ci
    assert low < 0.9 < high


def test_p2_a_then_b_then_c():
    found = attribute_to_parts(flags(0), {"A": flags(60), "B": flags(85), "C": flags(100)})
    assert [(x.part, x.errors) for x in found.parts] == [("A", 60), ("B", 25), ("C", 15)]
    assert found.unexplained.errors == 0


def test_p2_the_order_is_that_of_what_feeds_what():
    feeds = {"C": ["A", "B"], "B": ["A"], "A": []}
    assert order_parts(feeds) == ["A", "B", "C"]
    found = attribute_to_parts(flags(0), {"B": flags(85), "A": flags(60)}, feeds)
    assert [(x.part, x.errors) for x in found.parts] == [("A", 60), ("B", 25), ("C", 15)]


def test_p2_swapping_independent_parts_changes_the_shares_a_little():
    """What either part alone would repair is blamed on whichever is asked first."""
    cars, people = flags(50), np.arange(100) >= 45
    both = cars | people
    first = attribute_to_parts(flags(0), {"cars": cars, "people": both},
                               {"cars": [], "people": [], "path": ["cars", "people"]})  # fmt: skip
    second = attribute_to_parts(flags(0), {"people": people, "cars": both},
                                {"people": [], "cars": [], "path": ["cars", "people"]})  # fmt: skip
    assert {x.part: x.errors for x in first.parts} == {"cars": 50, "people": 50, "path": 0}
    assert {x.part: x.errors for x in second.parts} == {"people": 55, "cars": 45, "path": 0}


def test_p3_errors_that_no_perfect_part_repairs_are_the_chains_own():
    found = attribute_to_parts(flags(0), {"cars": flags(5), "path": flags(8)})
    assert found.unexplained.errors == 92
    assert found.unexplained.share.value == pytest.approx(0.92)


def test_what_is_right_is_nobodys_fault():
    found = attribute_to_parts(flags(80), {"A": flags(95)}, {"A": [], "B": ["A"]})
    assert found.errors == 20
    assert [x.errors for x in found.parts] == [15, 5]
    assert set(found.blamed[:80]) == {-1}
    nothing = attribute_to_parts(flags(100), {"A": flags(100)})
    assert nothing.parts[0].share.value is None


@pytest.mark.parametrize(
    ("feeds", "message"),
    [
        ({"A": ["B"], "B": ["A"]}, "circle: A, B"),
        ({"A": ["A"]}, "circle"),
        ({"A": ["lidar"]}, "fed by 'lidar', which is not a part"),
    ],
)
def test_an_order_that_cannot_be_is_refused(feeds, message):
    with pytest.raises(UsageError, match=message):
        order_parts(feeds)


def test_flags_that_do_not_fit_are_refused():
    with pytest.raises(UsageError, match="'A' has 3 flags"):
        attribute_to_parts([True, False], {"A": [True] * 3})
    with pytest.raises(UsageError, match="no such part: D"):
        attribute_to_parts([True], {"D": [True]}, {"A": [], "B": ["A"]})
    with pytest.raises(UsageError, match="nothing is said of the part 'A'"):
        attribute_to_parts([False], {"B": [True]}, {"A": [], "B": ["A"]})
    with pytest.raises(UsageError, match="no parts"):
        attribute_to_parts([True], {})


def test_shares_over_seeds_add_up_and_have_intervals():
    def rows(seed: int, wrong: int) -> dict[str, tuple[str, bool]]:
        return {f"{seed}-{k}": (f"{seed}-{k}", k < wrong) for k in range(200)}

    seeds = [(rows(s, 40 + 2 * s), rows(s, 10)) for s in range(5)]
    find, read = part_shares(["find", "read"], seeds)
    assert find.errors == 30 + 32 + 34 + 36 + 38
    assert read.errors == 50
    assert find.share.value + read.share.value == pytest.approx(1)
    assert find.share.ci[0] < find.share.value < find.share.ci[1]
    assert part_shares(["find", "read"], seeds[:2])[0].share.ci is None
    assert part_shares(["find"], [(rows(0, 0),)])[0].share.value is None


def test_an_example_that_seeds_share_is_one_example():
    def rows(seed: int, wrong: int, *, shared: bool) -> dict[str, tuple[str, bool]]:
        of = "" if shared else f"{seed}-"
        return {f"{seed}-{k}": (f"{of}{k}", k < wrong) for k in range(200)}

    def width(*, shared: bool) -> float:
        seeds = [(rows(s, 40, shared=shared), rows(s, 20, shared=shared)) for s in range(5)]
        low, high = part_shares(["find", "read"], seeds)[0].share.ci
        return high - low

    assert width(shared=True) > 1.5 * width(shared=False)
