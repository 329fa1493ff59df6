"""Sizes of sets, and how far a sheet is read, in numbers that were checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.core.paired_tests import mcnemar_exact, mcnemar_exact_each
from mlstrat.core.sample_size.planned import (
    Test,
    assumed_disagreement,
    detectable,
    detectable_difference,
    examples_for,
    examples_for_errors,
    examples_for_half_width,
    fewest_fixed,
    half_width,
    paired_difference,
    paired_power,
    paired_size,
    train_dev_for,
    unpaired_size,
)
from mlstrat.core.sample_size.stopping import (
    Strata,
    chance_of_strata,
    chance_to_settle,
    ends,
    ends_of_strata,
    sequence,
    times,
)
from mlstrat.core.sample_size.to_settle import (
    OUTCOMES,
    mostly,
    settle_paired,
    smallest_number,
    to_settle_sentence,
)
from mlstrat.core.wording import rounded_up


def test_sizes_of_two_sets_and_of_one_that_both_predict():
    assert unpaired_size(0.10, 0.001, Test()) == 1_406_515  # 0.1 points at 90% accuracy
    assert paired_size(0.02, 0.01, Test()) == 1762
    assert paired_power(0.02, 0.01, 1762, Test()) == pytest.approx(0.8, abs=5e-4)
    assert paired_difference(0.02, 0.05, 1762, Test()) == pytest.approx(0.01, abs=5e-6)


def test_train_dev_for():
    assert train_dev_for(0.02, 0.10, 10_000, Test()) == 1973


def test_one_error_to_a_half_width():
    assert half_width(0.10, 10_000, 0.95) == pytest.approx(0.00588, abs=5e-6)
    assert examples_for_half_width(0.05, 0.01, 0.95) == 1838
    assert examples_for_errors(100, 0.05) == 2000


def test_what_a_dev_set_can_tell():
    assert (fewest_fixed(0.95), fewest_fixed(0.99)) == (6, 8)
    assert assumed_disagreement(0.05, 0.01) == 0.05
    assert assumed_disagreement(0.01, 0.005) == pytest.approx(0.0149)
    assert examples_for(0.05, 0.01, Test()) == 4120
    assert detectable_difference(0.05, 4120, Test()) == pytest.approx(0.01, abs=5e-6)
    found = detectable(0.0925, 800, 0.95)
    assert (found.fewest_fixed, found.disagreement) == (6, 0.05)
    assert found.difference == pytest.approx(0.023, abs=5e-4)


def test_ends_of_a_set_and_of_its_strata():
    assert [ends(74, *drawn, 0.05) for drawn in ((0, 0), (37, 20), (74, 30))] == [
        (0, 74), (27, 52), (30, 30)
    ]  # fmt: skip
    assert ends_of_strata(((74, 37, 20),), 0.05) == (27, 52)
    assert ends_of_strata(((30, 30, 7), (20, 20, 1)), 0.05) == (8, 8)


def test_when_a_sequence_is_looked_at():
    assert times(4) == [1, 2, 3, 4]
    assert times(1000)[-3:] == [940, 987, 1000]
    assert sequence(100, [True] * 12, 0.05) == (66, 100)
    assert sequence(100, [False] * 40, 0.05) == (0, 12)


def test_the_chance_that_the_whole_sheet_settles_a_tag():
    assert chance_to_settle(1000, 100, 20, 2, 100, 0.01) == pytest.approx(0.1, abs=5e-3)
    assert chance_to_settle(74, 74, 20, 2, 6, 0.01) == 1.0  # the sheet is the whole set
    halves = Strata((500, 500), (0, 1) * 50)
    assert chance_of_strata(halves, [True] + [False] * 19, 100, 0.01) < 0.2


def test_the_smallest_number_that_settles():
    assert mostly(OUTCOMES > -0.85)  # 80%
    assert not mostly(abs(OUTCOMES) < 0.85)  # 60%
    assert smallest_number(lambda n: n >= 57) == 57
    assert smallest_number(lambda _n: False) is None


def test_rows_in_words():
    assert (rounded_up(1347), rounded_up(43)) == (1400, 43)
    assert to_settle_sentence({"dev": 1347}, {"dev": 46_900}) == (
        "About 1,400 more dev examples would settle it if the figures stay; 47,000 whatever they "
        "are."
    )


def test_rows_that_settle_a_pair():
    def shows(d, n):
        a, b = (np.rint((0.10 + x) * n / 2).astype(int) for x in (-d, d))
        return (mcnemar_exact_each(a, b) <= 0.05) | (abs(d) <= 0.002)

    found = settle_paired("", "dev", 0.02, 0.10, 500, shows, (-0.008, 0.048))
    assert found.rows == {"dev": 1359}


def test_mcnemar_of_several_tables_is_that_of_each():
    only_a, only_b = np.array([0, 3, 59, 700, 4_999_000]), np.array([9, 3, 101, 640, 5_010_000])
    each = [mcnemar_exact(int(a), int(b)) for a, b in zip(only_a, only_b, strict=True)]
    assert mcnemar_exact_each(only_a, only_b).tolist() == each
