"""Intervals of tasks over what is independent: how often they hold the truth (slow)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mlstrat.core.figures import Sampling
from mlstrat.core.ratio import Ratios, Sums, estimate
from mlstrat.core.ratio_pairs import Category, Cross, PairedRatios, ceiling, difference

SAMPLING = Sampling(resamples=100)
SETS = 600
Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]


def sentences(rng: np.random.Generator, docs: int = 30, each: int = 8) -> Drawn:
    """Return FP + FN, 2 TP + FP + FN and the document of sentences; some documents are hard."""
    hard = np.repeat(rng.beta(2, 10, docs), each)
    true = rng.poisson(3, docs * each)
    tp = rng.binomial(true, 1 - hard)
    wrong = (true - tp) + rng.poisson(3 * hard)
    return wrong.astype(float), (2 * tp + wrong).astype(float), np.repeat(np.arange(docs), each)


def texts(rng: np.random.Generator, docs: int = 30) -> Drawn:
    """Return nats and tokens of documents, an example each."""
    tokens = 20 + rng.poisson(80, docs)
    cost = tokens * rng.gamma(9, 0.4, docs) + rng.normal(0, 1, docs) * np.sqrt(tokens)
    return np.maximum(cost, 1.0), tokens.astype(float), np.arange(docs)


def utterances(rng: np.random.Generator, speakers: int = 20, each: int = 10) -> Drawn:
    """Return edits and words; each speaker is understood as well as others or worse."""
    rate = np.repeat(rng.gamma(2, 0.06, speakers), each)
    words = 1 + rng.poisson(11, speakers * each)
    return rng.poisson(words * rate).astype(float), words.astype(float), np.repeat(
        np.arange(speakers), each)  # fmt: skip


def truth(draw: Callable[[np.random.Generator], Drawn]) -> float:
    parts = [draw(np.random.default_rng(90_000 + i))[:2] for i in range(3_000)]
    return sum(x.sum() for x, _ in parts) / sum(y.sum() for _, y in parts)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "bounded"), [(sentences, True), (texts, False), (utterances, False)]
)
def test_the_interval_of_an_error_holds_the_truth(draw, bounded: bool):
    wanted, held = truth(draw), 0
    for seed in range(SETS):
        num, den, group = draw(np.random.default_rng(seed))
        ratios = Ratios(Sums.of(num, den), group, bounded, draw is not texts)
        low, high = estimate(ratios, SAMPLING, draws=False).ci or (0.0, 1.0)
        held += low <= wanted <= high
    assert 0.93 <= held / SETS <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("draw", [sentences, utterances])
def test_two_models_that_are_the_same_seldom_differ(draw):
    """A second model errs as often, on other units of the same sentences."""
    found, bounded = 0, draw is sentences
    for seed in range(SETS):
        rng = np.random.default_rng(seed)
        num, den, group = draw(rng)
        # What is wrong moves between neighbours of a document, so that the truth stays the same.
        other = num.reshape(-1, 2)[:, ::-1].ravel()
        den_b = den - num + other if bounded else den
        keep = (den_b >= other) if bounded else np.ones(len(num), bool)
        a, b = (Sums.of(x[keep], y[keep]) for x, y in ((num, den), (other, den_b)))
        pair = PairedRatios(Ratios(a, group[keep], bounded), Ratios(b, group[keep], bounded),
                            Cross.of(num[keep], den[keep], other[keep], den_b[keep]))  # fmt: skip
        p = difference(pair, SAMPLING).p_value
        found += p is not None and p <= 0.05
    assert found / SETS <= 0.055


@pytest.mark.slow
def test_the_gain_of_a_ceiling_holds_the_truth():
    """A third of the wrong units are missing ones: fixed, they change the line below as well."""

    def gain(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        num, den, group = sentences(rng)
        missing = rng.binomial(num.astype(int), 1 / 3).astype(float)
        return num, den, group, missing

    parts = [gain(np.random.default_rng(90_000 + i)) for i in range(3_000)]
    num, den, missing = (sum(p[i].sum() for p in parts) for i in (0, 1, 3))
    wanted, held = num / den - (num - missing) / (den + missing), 0
    for seed in range(SETS):
        num_, den_, group, lost = gain(np.random.default_rng(seed))
        fixed = Sums.of(num_ - lost, den_ + lost)
        cross = Cross.of(num_, den_, num_ - lost, den_ + lost)
        category = Category(lost, (lost > 0).astype(float), fixed, cross)
        found = ceiling(Ratios(Sums.of(num_, den_), group), category, SAMPLING)
        low, high = found.gain.ci or (-1.0, 1.0)
        held += low <= wanted <= high
    assert 0.93 <= held / SETS <= 0.99
