"""The stop rule: at no time does it say what reading on would contradict, but rarely."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import comb

import numpy as np
import pytest

from mlstrat.core.sample_size.stopping import (
    Strata,
    chance_of_strata,
    chance_to_settle,
    ends,
    ends_of_strata,
    level,
    sequence,
    state,
    times,
)


def test_an_end_is_where_the_prior_outgrows_the_posterior():
    size, drawn, hits, alpha = 20, 8, 3, 0.1
    ways = [comb(k, hits) * comb(size - k, drawn - hits) for k in range(size + 1)]
    prior = Fraction(1, size + 1)
    kept = [k for k, w in enumerate(ways) if w and prior / Fraction(w, sum(ways)) < 1 / alpha]
    assert ends(size, drawn, hits, alpha) == (kept[0], kept[-1])


def test_all_read_is_known():
    assert ends(30, 30, 7, 0.01) == (7, 7)


def test_nothing_read_is_open():
    assert sequence(30, [], 0.05) == (0, 30)
    assert state(sequence(30, [], 0.05), 6) == "open"


def test_more_readings_never_widen_it():
    rng = np.random.default_rng(0)
    marks = list(rng.random(60) < 0.3)
    found = [sequence(80, marks[:n], 0.02) for n in range(61)]
    assert all(a[0] <= b[0] and b[1] <= a[1] for a, b in itertools.pairwise(found))


def test_after_many_draws_it_is_looked_at_now_and_then():
    assert times(150) == list(range(1, 151))
    assert len(times(100_000)) < 400
    assert times(100_000)[-1] == 100_000


def test_the_states_in_order():
    assert state((6, 30), 6) == "worth"
    assert state((0, 5), 6) == "not worth"
    assert state((5, 6), 6) == "open"


def test_the_chance_to_settle_is_that_of_simulated_readings():
    size, sheet, drawn, hits, least, alpha = 400, 60, 20, 4, 60, 0.05
    rng = np.random.default_rng(1)
    p = rng.beta(hits + 1, drawn - hits + 1, 20_000)
    total = hits + rng.binomial(sheet - drawn, p)
    settled = np.mean([state(ends(size, sheet, int(k), alpha), least) != "open" for k in total])
    found = chance_to_settle(size, sheet, drawn, hits, least, alpha)
    assert found == pytest.approx(settled, abs=0.015)


def wrong_statements(size: int, sheet: int, truth: list[int], least: int, seed: int) -> bool:
    """Whether reading in random order ever shows a statement that is not so.

    A tag is known from the first row that has it on, so that their number grows while reading.
    """
    rng = np.random.default_rng(seed)
    has = np.zeros((len(truth), size), bool)
    for tag, number in enumerate(truth):
        has[tag, rng.choice(size, number, replace=False)] = True
    marks = has[:, rng.permutation(size)[:sheet]]
    counts = np.cumsum(marks, axis=1)
    for n in range(1, sheet + 1):
        known = [t for t in range(len(truth)) if counts[t, n - 1]]
        alpha = level(0.95, len(known))
        unseen = ends(size, n, 0, alpha)[1]
        if unseen < least and any(truth[t] >= least for t in set(range(len(truth))) - set(known)):
            return True
        for t in known:
            said = state(ends(size, n, int(counts[t, n - 1]), alpha), least)
            if said == ("not worth" if truth[t] >= least else "worth"):
                return True
    return False


WORLDS = {
    "two tags": (74, 74, [14, 3], 6),
    "at the edge": (74, 74, [6, 5, 6, 5], 6),
    "the lecture's": (100, 100, [61, 43, 8, 5], 16),
    "a part is read": (1000, 100, [610, 430, 100, 80], 100),
    "twelve near the edge": (74, 74, [6, 5] * 6, 6),
    "eight of a larger set": (300, 120, [30, 29, 31, 28, 60, 10, 15, 33], 30),
}


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_at_most_one_reading_in_twenty_ever_shows_a_wrong_statement(world: str):
    wrong = sum(wrong_statements(*WORLDS[world], seed) for seed in range(400))
    assert wrong <= 20, wrong


def test_strata_that_are_one_are_none():
    assert ends_of_strata(((80, 30, 7),), 0.02) == ends(80, 30, 7, 0.02)
    marks = [i % 3 == 0 for i in range(40)]
    assert sequence(Strata((80,), (0,) * 40), marks, 0.02) == sequence(80, marks, 0.02)


def test_the_ends_of_strata_are_those_of_every_pair_of_numbers():
    (m, a, i), (n, b, j), alpha = (9, 4, 1), (7, 3, 2), 0.2

    def ratio(size: int, drawn: int, hits: int, k: int) -> Fraction:
        ways = [comb(x, hits) * comb(size - x, drawn - hits) for x in range(size + 1)]
        return Fraction(ways[k] * (size + 1), sum(ways))

    kept = [x + y for x in range(m + 1) for y in range(n + 1)
            if ratio(m, a, i, x) * ratio(n, b, j, y) > alpha]  # fmt: skip
    assert ends_of_strata(((m, a, i), (n, b, j)), alpha) == (min(kept), max(kept))


def test_strata_that_are_read_leave_nothing_open():
    strata = Strata((3, 2), (0, 1, 0, 1, 0))
    assert sequence(strata, [True, False, True, True, False], 0.05) == (3, 3)
    assert chance_of_strata(strata, [True], 3, 0.05) == 1.0


STRATA = {
    "two of unlike weight": ((60, 400), (30, 40), [(50, 20), (5, 60), (30, 30), (2, 1)], 46),
    "many small ones": ((40,) * 10, (2, 8) * 5, [(4,) * 10, (20,) * 10, (0, 8) * 5], 40),
}


def wrong_of_strata(
    sizes: tuple[int, ...], sheet: tuple[int, ...], truth: list[tuple[int, ...]], least: int,
    seed: int,
) -> bool:  # fmt: skip
    """Whether reading strata in random order ever shows a statement that is not so."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(np.repeat(np.arange(len(sizes)), sheet))
    strata = Strata(sizes, tuple(order.tolist()))
    marks = np.zeros((len(truth), len(order)), bool)
    for tag, numbers in enumerate(truth):
        for h, number in enumerate(numbers):
            has = rng.permutation(sizes[h]) < number
            marks[tag, order == h] = has[: sheet[h]]
    for n in range(1, len(order) + 1):
        known = [t for t in range(len(truth)) if marks[t, :n].any()]
        alpha = level(0.95, len(known))
        for t in known:
            worth = sum(truth[t]) >= least
            if state(strata.ends(marks[t, :n].tolist(), alpha), least) == (
                "not worth" if worth else "worth"
            ):
                return True
        unseen = [t for t in range(len(truth)) if t not in known and sum(truth[t]) >= least]
        if unseen and strata.ends([False] * n, alpha)[1] < least:
            return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("world", STRATA)
def test_strata_show_a_wrong_statement_as_rarely(world: str):
    wrong = sum(wrong_of_strata(*STRATA[world], seed) for seed in range(300))
    assert wrong <= 15, wrong
