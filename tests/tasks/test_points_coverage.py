"""Pictures are what is independent, not points: how often intervals hold the truth (slow)."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.core.figures import Sampling
from mlstrat.core.ratio import Ratios, Sums, estimate
from mlstrat.core.ratio_pairs import Cross, PairedRatios, difference

SAMPLING = Sampling(resamples=100)
SETS = 1_000
ERRING = 10
"""Pictures with an error that are expected."""

Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]


def landmarks(rng: np.random.Generator, images: int) -> Drawn:
    """Return wrong and visible points of pictures for two models of the same quality.

    A picture that errs has a shift, swapped sides or a single point wrong; some pictures are hard
    for both.
    """
    visible = 1 + rng.binomial(9, 0.85, images)
    hard = rng.beta(0.5, 0.5 * (images / ERRING - 1), images)
    sides = []
    for _ in "ab":
        erring = rng.random(images) < hard
        most = rng.choice([1.0, 0.8, 0.0], images)
        wrong = np.maximum(1, rng.binomial(visible, most))
        sides.append(np.where(erring, wrong, 0))
    return sides[0], sides[1], visible


def localisation(rng: np.random.Generator, images: int) -> Drawn:
    """Return which pictures are wrong for two models; some are hard for both."""
    hard = rng.beta(0.5, 0.5 * (images / ERRING - 1), images)
    a, b = (rng.random(images) < hard for _ in "ab")
    return a.astype(int), b.astype(int), np.ones(images, int)


def people(rng: np.random.Generator, images: int) -> Drawn:
    """Return the points of all people of a picture, some of which have nobody."""
    number = rng.poisson(1.5, images)
    _, _, each = landmarks(rng, images)
    a, b = (np.minimum(x, each) * np.maximum(number, 1) for x in landmarks(rng, images)[:2])
    some = number > 0
    return np.where(some, a, 0), np.where(some, b, 0), each * number


TASKS = [landmarks, localisation, people]


@pytest.mark.slow
@pytest.mark.parametrize("images", [60, 200])
@pytest.mark.parametrize("draw", TASKS)
def test_the_interval_by_picture_holds_the_truth(draw, images: int):
    every = [draw(np.random.default_rng(90_000 + i), images) for i in range(4_000)]
    truth, held = sum(x.sum() for x, _, _ in every) / sum(x.sum() for _, _, x in every), 0
    for seed in range(SETS):
        num, _, den = draw(np.random.default_rng(seed), images)
        ratios = Ratios(Sums.of(num.astype(float), den.astype(float)))
        low, high = estimate(ratios, SAMPLING, draws=False).ci or (0.0, 1.0)
        held += low <= truth <= high
    assert 0.93 <= held / SETS <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("images", [60, 200])
@pytest.mark.parametrize("draw", TASKS)
def test_two_models_of_one_quality_seldom_differ(draw, images: int):
    found = 0
    for seed in range(SETS):
        a, b, den = (x.astype(float) for x in draw(np.random.default_rng(seed), images))
        sides = [Ratios(Sums.of(x, den)) for x in (a, b)]
        p = difference(PairedRatios(*sides, Cross.of(a, den, b, den)), SAMPLING).p_value
        found += p is not None and p <= 0.05
    assert found / SETS <= 0.055
