"""The eyeball set: who is in it, and when it is worn out (course case E12)."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.data.sheet.design import EyeballSet, Part, eyeball_of_text, eyeball_wear


def wear(start: tuple[int, int], now: tuple[int, int], n: tuple[int, int] = (500, 4500)):
    fixed = EyeballSet(0, 1, Part(start[0], n[0]), Part(start[1], n[1]))
    return eyeball_wear(fixed, Part(now[0], n[0]), Part(now[1], n[1]), 0.95)


def test_a_cell_holds_all_of_it():
    fixed = EyeballSet(7, 1 << 63, Part(50, 500), Part(451, 4500))
    assert eyeball_of_text(fixed.to_text()) == fixed
    for text in ("", "seed 0", "seed 0 cut 00000000000000ff eyeball 5/4 blackbox 1/2", "=1+1"):
        assert eyeball_of_text(text) is None


def test_errors_that_fell_alike_wear_nothing_out():
    found = wear((100, 900), (50, 450))
    assert not found.worn
    assert found.difference.value == 0
    assert found.to_settle is None


def test_an_eyeball_error_that_fell_much_faster_is_worn_out():
    found = wear((100, 900), (25, 720))
    assert found.worn
    assert found.difference.value == pytest.approx(0.11)
    low, high = found.difference.ci
    assert 0.07 < low < 0.11 < high < 0.14


def test_a_set_that_was_easier_from_the_start_is_not_worn_out_for_that():
    found = wear((50, 900), (50, 900))
    assert found.difference.ci[0] > 0
    assert found.bar == pytest.approx(0.1)
    assert not found.worn


def test_it_says_how_many_rows_would_settle_it():
    found = wear((10, 900), (6, 855), (50, 4500))
    assert not found.worn
    assert found.to_settle.rows.keys() == {"eyeball"}  # of which there are fewer
    more = EyeballSet(0, 1, Part(10, 50), Part(900, 4500))
    n = 50 + found.to_settle.total
    assert eyeball_wear(more, Part(round(0.12 * n), n), Part(855, 4500), 0.95).worn


def test_without_a_blackbox_nothing_can_be_told():
    found = wear((10, 0), (1, 0), (100, 0))
    assert (found.difference.value, found.difference.ci, found.worn) == (None, None, False)
    assert found.difference.reason == "the blackbox set is empty"


@pytest.mark.slow
@pytest.mark.parametrize(("eyeball", "blackbox"), [(100, 900), (500, 4500), (500, 500)])
@pytest.mark.parametrize(("broken", "mended"), [(0.1, 0.5), (0.3, 0.2), (0.1, 0.0)])
def test_false_alarms_are_rare_and_intervals_cover(eyeball, blackbox, broken, mended):
    """Nobody worked on the eyeball errors: alarms at most 2.5% and cover 93 to 97%."""
    rng = np.random.default_rng([eyeball, blackbox, int(100 * broken), int(100 * mended)])
    trials, alarms, covered = 4000, 0, 0
    for _ in range(trials):
        e0, b0 = rng.binomial(eyeball, broken), rng.binomial(blackbox, broken)
        # A part of the errors is mended, and 2% of what was right breaks.
        e = e0 - rng.binomial(e0, mended) + rng.binomial(eyeball - e0, 0.02)
        b = b0 - rng.binomial(b0, mended) + rng.binomial(blackbox - b0, 0.02)
        fixed = EyeballSet(0, 1, Part(e0, eyeball), Part(b0, blackbox))
        found = eyeball_wear(fixed, Part(e, eyeball), Part(b, blackbox), 0.95)
        alarms += found.worn
        covered += found.difference.ci[0] <= 0 <= found.difference.ci[1]
    assert alarms / trials <= 0.025 + 0.008
    assert 0.93 <= covered / trials <= 0.97


@pytest.mark.slow
def test_an_eyeball_set_that_was_tuned_on_is_found_out():
    rng, found = np.random.default_rng(0), 0
    for _ in range(1000):
        e0, b0 = rng.binomial(500, 0.2), rng.binomial(4500, 0.2)
        e, b = rng.binomial(e0, 0.4), rng.binomial(b0, 0.8)
        fixed = EyeballSet(0, 1, Part(e0, 500), Part(b0, 4500))
        found += eyeball_wear(fixed, Part(e, 500), Part(b, 4500), 0.95).worn
    assert found / 1000 >= 0.8
