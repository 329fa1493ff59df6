"""Error analysis by parts: each error is blamed on the first part that explains it."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.workflow.study.read import owners, part_shares


def flags(right: int, of: int = 100) -> np.ndarray:
    return np.arange(of) < right


def owned(right: np.ndarray, *perfect: np.ndarray) -> list[int]:
    """Return the errors that each part owns, then those that none explains."""
    found = owners(right, perfect)
    return [int((found == place).sum()) for place in range(len(perfect) + 1)]


def test_p1_ninety_of_a_hundred_errors_are_the_detectors():
    assert owned(flags(0), flags(90)) == [90, 10]


def test_p2_a_then_b_then_c():
    assert owned(flags(0), flags(60), flags(85), flags(100)) == [60, 25, 15, 0]


def test_p2_swapping_independent_parts_changes_the_shares_a_little():
    """What either part alone would repair is blamed on whichever is asked first."""
    cars, people = flags(50), np.arange(100) >= 45
    both = cars | people
    assert owned(flags(0), cars, both) == [50, 50, 0]
    assert owned(flags(0), people, both) == [55, 45, 0]


def test_p3_errors_that_no_perfect_part_repairs_are_the_chains_own():
    assert owned(flags(0), flags(5), flags(8)) == [5, 3, 92]


def test_what_is_right_is_nobodys_fault():
    assert owned(flags(80), flags(95)) == [15, 5]
    assert set(owners(flags(80), [flags(95)])[:80]) == {-1}
    assert owned(flags(100), flags(100)) == [0, 0]


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
