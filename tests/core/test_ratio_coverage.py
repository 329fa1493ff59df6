"""How often the interval of a ratio covers its truth, and how often equal models are told apart.

Nominal 95% covers 93 to 97% wherever at least ten clusters of errors are expected, and at least
90% below. An error here is a cluster's: ten wrong words in one sentence are one observation.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from mlstrat.core.figures import Sampling
from mlstrat.core.ratio import Ratios, Sums, estimate
from mlstrat.core.ratio_pairs import Cross, PairedRatios, difference

pytestmark = pytest.mark.slow

SAMPLING = Sampling(resamples=100)
TRIALS = 600
NOISE = 3 * (0.95 * 0.05 / TRIALS) ** 0.5
"""Three Monte Carlo standard errors."""

Draw = Callable[[np.random.Generator, int, float], tuple[np.ndarray, np.ndarray]]


def words(rng: np.random.Generator, n: int, error: float) -> tuple[np.ndarray, np.ndarray]:
    """Sentences of some twenty words; errors cluster (intraclass correlation 0.1)."""
    den = 1 + rng.poisson(rng.gamma(2, 10, n))
    return rng.binomial(den, rng.beta(9 * error, 9 * (1 - error), n)), den


def boxes(rng: np.random.Generator, n: int, error: float) -> tuple[np.ndarray, np.ndarray]:
    """Pictures with some three boxes: FP + FN over 2TP + FP + FN; many false ones come together."""
    there = rng.poisson(rng.gamma(1.5, 2, n))
    missed = rng.binomial(there, rng.beta(4 * error, 4 * (1 - error), n))
    false = rng.poisson(error * 3 * rng.gamma(0.7, 1 / 0.7, n))
    return missed + false, 2 * (there - missed) + missed + false


def insertions(rng: np.random.Generator, n: int, error: float) -> tuple[np.ndarray, np.ndarray]:
    """Utterances of some thirteen words with more errors than words at times: no upper end."""
    den = 1 + rng.poisson(rng.gamma(2, 6, n))
    return rng.poisson(den * error * rng.gamma(1, 1, n)), den


def covered(draw: Draw, n: int, error: float, *, bounded: bool, groups: int = 0) -> float:
    """Return the share of samples whose interval holds the truth; at most one in ten has none."""
    rng = np.random.default_rng([n, int(1000 * error), groups])
    hits = there = 0
    for _ in range(TRIALS):
        num, den = draw(rng, n, error)
        group = None
        if groups:  # the error of a group is its own: half of them are right
            group = np.arange(n) % groups
            spoilt = (rng.random(groups) < 0.5)[group]
            num = np.where(spoilt, num, 0)
        ratios = Ratios(Sums.of(num.astype(float), den.astype(float)), group, bounded)
        found = estimate(ratios, SAMPLING, draws=False)
        if found.ci is None:
            continue
        there += 1
        wanted = error / 2 if groups else error
        hits += found.ci[0] <= wanted <= found.ci[1]
    assert there >= 0.9 * TRIALS
    return hits / there


@pytest.mark.parametrize("error", [0.1, 0.5])
@pytest.mark.parametrize("n", [50, 300])
@pytest.mark.parametrize(("draw", "bounded"), [(words, True), (boxes, True), (insertions, False)])
def test_where_ten_clusters_of_errors_are_expected_95_percent_is_93_to_97(
    draw: Draw, bounded: bool, n: int, error: float
):
    assert 0.93 - NOISE <= covered(draw, n, error, bounded=bounded) <= 0.97 + NOISE


@pytest.mark.parametrize(("draw", "bounded"), [(words, True), (boxes, True), (insertions, False)])
@pytest.mark.parametrize(("n", "error"), [(10, 0.1), (50, 0.01), (200, 0.01)])
def test_where_fewer_are_expected_95_percent_is_at_least_90(
    draw: Draw, bounded: bool, n: int, error: float
):
    assert covered(draw, n, error, bounded=bounded) >= 0.90


@pytest.mark.parametrize("bounded", [True, False])
@pytest.mark.parametrize("sizes", ["alike", "lognormal"])
@pytest.mark.parametrize("n", [20, 50, 250])
@pytest.mark.parametrize("expected", [0.3, 1, 2, 3, 5, 10])
def test_few_examples_that_err_are_covered(expected: float, n: int, sizes: str, bounded: bool):
    """Each that errs is wrong in any part of its units; up to ten of them are expected."""
    rng = np.random.default_rng([n, int(10 * expected), bounded])
    covered, part = 0, 0.5 if sizes == "alike" else 0.544
    for _ in range(TRIALS):
        den = np.full(n, 40) if sizes == "alike" else np.ceil(3 * rng.lognormal(size=n)).astype(int)
        wrong = np.maximum(rng.binomial(den, rng.random(n)), 1)
        num = np.where(rng.random(n) < expected / n, wrong, 0)
        ratios = Ratios(Sums.of(num.astype(float), den.astype(float)), None, bounded)
        low, high = estimate(ratios, SAMPLING, draws=False).ci
        covered += low <= part * expected / n <= high
    assert covered / TRIALS >= (0.93 if expected >= 10 else 0.90) - NOISE


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [*product(["alike", "each a tenth smaller"], [20, 40]), ("each a twentieth smaller", 150)],
)
@pytest.mark.parametrize("expected", [3, 5, 7, 10])
@pytest.mark.parametrize("units", [True, False])
def test_few_groups_that_are_wholly_wrong_are_covered(
    expected: int, groups: int, sizes: str, units: bool
):
    """From five to ten of them the interval goes over from one form to another.

    Each unit is an example, or each group is one. Without `trials_if_alike` 86% of units of 150.
    """
    rng, hits = np.random.default_rng([groups, expected]), 0
    size = np.full(groups, 20) if sizes == "alike" else np.array(SIZES[sizes](groups))
    for _ in range(TRIALS):
        num = np.where(rng.random(groups) < expected / groups, size, 0).astype(float)
        den = size.astype(float)
        sums = Sums(den, num, den, num, num, den) if units else Sums.of(num, den)
        ratios = Ratios(sums, np.arange(groups))
        low, high = estimate(ratios, SAMPLING, draws=False).ci
        hits += low <= expected / groups <= high
    assert hits / TRIALS >= (0.93 if expected >= 10 else 0.90) - NOISE


@pytest.mark.parametrize("groups", [10, 20, 60])
def test_with_groups_95_percent_is_at_least_93(groups: int):
    assert covered(words, 10 * groups, 0.2, bounded=True, groups=groups) >= 0.93 - NOISE


SIZES = {
    "one group holds 40%": lambda groups: [8 * groups] + [12] * (groups - 1),
    "each a tenth smaller": lambda groups: [max(1, round(20 * groups * 0.1 * 0.9**i))
                                            for i in range(groups)],
    "each a twentieth smaller": lambda groups: [max(1, round(groups * 0.5 * 0.95**i))
                                                for i in range(groups)],
}  # fmt: skip


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("groups", [10, 20, 60])
def test_unequal_groups_of_right_or_wrong_examples_are_covered(sizes: str, groups: int):
    """Where the variance with t(G − 1) alone covers 79 to 91% (an independent simulation)."""
    rng = np.random.default_rng(groups)
    group = np.repeat(np.arange(groups), SIZES[sizes](groups))
    hits = 0
    for _ in range(TRIALS):
        wrong = rng.random(len(group)) < rng.beta(1.8, 7.2, groups)[group]
        found = estimate(
            Ratios(Sums.of(wrong.astype(float), np.ones(len(group))), group), SAMPLING, draws=False
        )
        hits += found.ci[0] <= 0.2 <= found.ci[1]
    assert hits / TRIALS >= 0.93 - NOISE


@pytest.mark.parametrize("spread", ["lognormal", "one in a hundred weighs 100", "costs"])
@pytest.mark.parametrize("n", [100, 500])
def test_heavy_weights_of_right_or_wrong_examples_are_covered(spread: str, n: int):
    """Where the linearised variance alone covers 55 to 85% (an independent simulation)."""
    rng = np.random.default_rng(n)
    hits = 0
    for _ in range(TRIALS):
        weight = {
            "lognormal": np.exp(rng.normal(0, 2, n)),
            "one in a hundred weighs 100": np.where(rng.random(n) < 0.01, 100.0, 1.0),
            "costs": np.where(rng.random(n) < 0.02, 10.0, 1.0),
        }[spread]
        wrong = rng.random(n) < 0.1
        ratios = Ratios(Sums.of(weight * wrong, weight), None, True, False)
        found = estimate(ratios, SAMPLING, draws=False)
        hits += found.ci[0] <= 0.1 <= found.ci[1]
    assert hits / TRIALS >= 0.93 - NOISE


def changed(
    rng: np.random.Generator, draw: Draw, n: int, better: float, same: float
) -> tuple[PairedRatios, float]:
    """Return two models of error 0.2 and 0.2 · better that agree on a share of the examples.

    Elsewhere the errors of b are drawn anew, and thinned.
    """
    num, den = draw(rng, n, 0.2)
    redrawn = rng.binomial(den, rng.beta(1.8, 7.2, n)) if draw is words else rng.poisson(
        den * 0.2 * rng.gamma(1, 1, n)
    )  # fmt: skip
    mine = np.where(rng.random(n) < same, num, rng.binomial(redrawn, better))
    sides = [Sums.of(x.astype(float), den.astype(float)) for x in (num, mine)]
    bounded = draw is words
    cross = Cross.of(*(x.astype(float) for x in (num, den, mine, den)))
    truth = (1 - same) * (0.2 * better - 0.2)
    return PairedRatios(*(Ratios(x, None, bounded) for x in sides), cross), truth


@pytest.mark.parametrize("draw", [words, insertions])
@pytest.mark.parametrize(("n", "better", "same"), [(60, 1, 0.5), (60, 0.6, 0.5), (300, 0.8, 0.8)])
def test_a_paired_difference_is_covered_and_equal_models_are_seldom_told_apart(
    draw: Draw, n: int, better: float, same: float
):
    rng = np.random.default_rng([n, int(10 * better)])
    hits = alarms = 0
    for _ in range(TRIALS):
        pair, truth = changed(rng, draw, n, better, same)
        found = difference(pair, SAMPLING)
        hits += found.figure.ci[0] <= truth <= found.figure.ci[1]
        alarms += found.p_value <= 0.05
    assert hits / TRIALS >= 0.93 - NOISE
    if better == 1:
        assert alarms / TRIALS <= 0.05 + NOISE
