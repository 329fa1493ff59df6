"""Intervals where information concentrates in a few groups, rows, positives, classes or losses.

Nominal 95% covers at least 93% where ten errors (positives, effective trials) are expected, and at
least 90% below; more is no fault. Counted with three Monte Carlo standard errors beside the limits.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from mlstrat.core.counts import Cells, ScoreCells, Tally
from mlstrat.core.estimates import estimate, estimate_all
from mlstrat.core.figures import Sampling
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.pairs import PairCells, PairScores
from mlstrat.workflow.compare.difference import paired_difference
from mlstrat.workflow.diagnose.run import diagnose_cells
from tests.simulation import make_cells

pytestmark = pytest.mark.slow

TRIALS = 400


def holds(covered: int, trials: int, least: float = 0.93) -> bool:
    return covered / trials >= least - 3 * math.sqrt(least * (1 - least) / trials)


def sizes(kind: str, groups: int, rows: int) -> np.ndarray:
    """Return the sizes of groups: one with 40% of the rows, or each a tenth (twentieth) less."""
    share = (0.95 if kind == "slowly geometric" else 0.9) ** np.arange(groups)
    if kind == "one large":
        share = np.r_[0.4 * (groups - 1) / 0.6, np.ones(groups - 1)]
    return np.maximum(np.round(rows * share / share.sum()).astype(int), 1)


def joined(parts: list[Cells]) -> Cells:
    """Return the cells of train and of dev as those of one run."""
    columns = ["truth", "predicted", "n", "weight", "weight_squared"]
    columns += [] if parts[0].group is None else ["group"]
    both = {x: np.concatenate([getattr(part, x) for part in parts]) for x in columns}
    split = np.repeat([0, 1], [len(part.n) for part in parts])
    return replace(parts[0], splits=("train", "dev"), split=split, **both)


GROUPS = [("one large", 100), ("one large", 20), ("one large", 10), ("geometric", 30)]


@pytest.mark.parametrize(("kind", "groups"), GROUPS)
@pytest.mark.parametrize("metric", ["error", "f1"])
def test_figures_of_unequal_groups(kind, groups, metric):
    """Errors of 10%, intraclass correlation 0.1. F1 is macro-averaged over two classes, and 0.9."""
    rng, covered = np.random.default_rng(1), 0
    size = sizes(kind, groups, 1000)
    group = np.repeat(np.arange(groups), size)
    choice = MetricChoice(METRICS[metric], "macro" if metric == "f1" else None, None)
    wanted = 0.9 if metric == "f1" else 0.1
    for _ in range(TRIALS):
        rate = rng.beta(0.9, 8.1, groups)[group]
        truth = rng.integers(0, 2, len(group))
        predicted = np.where(rng.random(len(group)) < rate, 1 - truth, truth)
        cells = make_cells(truth, predicted, np.ones(len(group)), group, 2, False)
        low, high = estimate(cells, choice, Sampling(), draws=False).ci
        covered += low <= wanted <= high
    assert holds(covered, TRIALS)


@pytest.mark.parametrize("expected", [3, 5, 10])
@pytest.mark.parametrize("wholly", [True, False])
@pytest.mark.parametrize(("kind", "groups"), [("geometric", 40), ("slowly geometric", 150)])
def test_a_few_of_unequal_groups_that_are_wrong(kind, groups, wholly, expected):
    """So many are expected to err, wholly or each in a part of its rows; small ones seldom show it.

    The variance of groups as they were observed covered 81 to 83% of three or five of 150.
    """
    rng, covered = np.random.default_rng([groups, expected]), 0
    size = sizes(kind, groups, 1500)
    choice, one = MetricChoice(METRICS["error"], None, None), np.ones(size.sum())
    group = np.repeat(np.arange(groups), size)
    for _ in range(TRIALS):
        rate = 1.0 if wholly else rng.random(groups)
        rate = np.where(rng.random(groups) < expected / groups, rate, 0.0)[group]
        wrong = (rng.random(len(group)) < rate).astype(int)
        cells = make_cells(np.zeros(len(group), int), wrong, one, group, 2, False)
        low, high = estimate(cells, choice, Sampling(), draws=False).ci
        covered += low <= expected / groups * (1 if wholly else 0.5) <= high
    assert holds(covered, TRIALS, 0.93 if expected >= 10 else 0.90)


@pytest.mark.parametrize("kind", ["one large", "geometric"])
def test_a_gap_of_unequal_groups_that_is_0(kind):
    """Other groups in train than in dev, all equally often wrong."""
    rng, covered, trials = np.random.default_rng(11), 0, TRIALS // 2
    size = sizes(kind, 20, 600)
    group = np.concatenate([np.repeat(np.arange(20), size), np.repeat(np.arange(20, 40), size)])
    split = np.repeat([0, 1], size.sum())
    for trial in range(trials):
        rate = rng.beta(0.9, 8.1, 40)[group]
        truth = rng.integers(0, 2, len(group))
        predicted = np.where(rng.random(len(group)) < rate, 1 - truth, truth)
        parts = [
            make_cells(truth[x], predicted[x], np.ones(x.sum()), group[x], 2, False)
            for x in (split == 0, split == 1)
        ]
        cells = joined(parts)
        low, high = (
            diagnose_cells(cells, sampling=Sampling(0.95, 200, trial))
            .decomposition.gap("variance")
            .ci
        )
        covered += low <= 0 <= high
    assert holds(covered, trials)


@pytest.mark.parametrize(("kind", "groups"), [("one large", 10), ("geometric", 30)])
@pytest.mark.parametrize("metric", ["accuracy", "f1"])
def test_the_difference_of_two_models_on_unequal_groups(kind, groups, metric):
    """Equally good: an interval beside 0 is a false alarm. F1 is macro-averaged."""
    rng, apart = np.random.default_rng(2), 0
    size = sizes(kind, groups, 600)
    group = np.repeat(np.arange(groups), size)
    choice = MetricChoice(METRICS[metric], "macro" if metric == "f1" else None, None)
    n = len(group)
    trials = TRIALS // 2
    for trial in range(trials):
        rates = [rng.beta(0.9, 8.1, groups)[group] for _ in "ab"]
        truth = rng.integers(0, 2, n)
        a, b = (np.where(rng.random(n) < rate, 1 - truth, truth) for rate in rates)
        one = np.ones(n)
        cells = PairCells(("x", "y"), "dev", truth, a, b, np.ones(n, int), one, one, group=group)
        figure = paired_difference(cells, choice, Sampling(0.95, 200, trial), draws=False).figure
        apart += not figure.ci[0] <= 0 <= figure.ci[1]
    assert apart / trials <= 0.055 + 3 * math.sqrt(0.055 * 0.945 / trials)


WEIGHTS = {
    "lognormal": lambda rng, n: rng.lognormal(0, 2, n),
    "Pareto": lambda rng, n: rng.pareto(1.5, n) + 1,
    "1% weigh 100": lambda rng, n: np.where(rng.random(n) < 0.01, 100.0, 1.0),
}


@pytest.mark.parametrize("n", [100, 500])
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("metric", ["error", "f1"])
def test_figures_of_heavy_weights(weights, n, metric):
    """Errors of 10%; F1 is macro-averaged over two classes, and 0.9."""
    rng, covered = np.random.default_rng(3), 0
    choice = MetricChoice(METRICS[metric], "macro" if metric == "f1" else None, None)
    truth_is = 0.1 if metric == "error" else 0.9
    trials = TRIALS // 2
    for trial in range(trials):
        truth = rng.integers(0, 2, n)
        predicted = np.where(rng.random(n) < 0.1, 1 - truth, truth)
        cells = make_cells(truth, predicted, WEIGHTS[weights](rng, n), None, 2, True)
        low, high = estimate(cells, choice, Sampling(0.95, 400, trial), draws=False).ci
        covered += low <= truth_is <= high
    assert holds(covered, trials)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("metric", ["accuracy", "f1"])
def test_equal_models_with_heavy_weights_are_not_told_apart_and_have_no_gap(weights, metric):
    """100 rows, errors of 10%. F1 is macro-averaged."""
    rng, apart, covered, n, trials = np.random.default_rng(12), 0, 0, 100, TRIALS // 2
    choice = MetricChoice(METRICS[metric], "macro" if metric == "f1" else None, None)
    for trial in range(trials):
        truth, weight = rng.integers(0, 2, n), WEIGHTS[weights](rng, n)
        a, b = (np.where(rng.random(n) < 0.1, 1 - truth, truth) for _ in "ab")
        pair = PairCells(
            ("x", "y"), "dev", truth, a, b, np.ones(n, int), weight, weight**2, weighted=True
        )
        ci = paired_difference(pair, choice, Sampling(0.95, 200, trial), draws=False).figure.ci
        apart += ci is not None and not ci[0] <= 0 <= ci[1]
        if trial % 2:
            continue
        parts = [make_cells(truth, x, WEIGHTS[weights](rng, n), None, 2, True) for x in (a, b)]
        found = diagnose_cells(
            joined(parts), metric=None if metric == "accuracy" else metric,
            sampling=Sampling(0.95, 200, trial),
        )  # fmt: skip
        low, high = found.decomposition.gap("variance").ci
        covered += low <= 0 <= high
    assert apart / trials <= 0.055 + 3 * math.sqrt(0.055 * 0.945 / trials)
    assert holds(covered, trials // 2)


@pytest.mark.parametrize("error", [0.05, 0.4])
def test_a_rare_class_that_weighs_ten_times_as_much(error):
    """2% of 300 rows weigh 10, and are as often wrong as the others or eight times as often."""
    rng, covered, n = np.random.default_rng(4), 0, 300
    choice = MetricChoice(METRICS["error"], None, None)
    wanted = (0.02 * 10 * error + 0.98 * 0.05) / (0.02 * 10 + 0.98)
    for _ in range(TRIALS):
        truth = (rng.random(n) < 0.02).astype(int)
        wrong = rng.random(n) < np.where(truth == 1, error, 0.05)
        cells = make_cells(
            truth, np.where(wrong, 1 - truth, truth), np.where(truth == 1, 10.0, 1.0), None, 2, True
        )
        low, high = estimate(cells, choice, Sampling(), draws=False).ci
        covered += low <= wanted <= high
    assert holds(covered, TRIALS, 0.93)


def ranked(
    rng: np.random.Generator, positives: int, rows: int, area: float, spread: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return classes and scores of normal distributions, that of positives `spread` as wide."""
    label = np.r_[np.ones(positives, int), np.zeros(rows - positives, int)]
    apart = NormalDist().inv_cdf(area) * math.sqrt(1 + spread**2)
    noise = rng.normal(size=rows) * np.where(label == 1, spread, 1.0)
    return label, apart * label + noise


def score_cells(label: np.ndarray, score: np.ndarray) -> Cells:
    n = np.ones(len(label), int)
    scores = ScoreCells(np.zeros(len(label), int), label, score, n, n * 1.0, n * 1.0)
    made = make_cells(label, label, n * 1.0, None, 2, False)
    return Cells(**{**vars(made), "scores": {"c1": scores}})


@pytest.mark.parametrize("spread", [1.0, 2.0])
@pytest.mark.parametrize(("positives", "area"), [(10, 0.993), (15, 0.993), (50, 0.993), (15, 0.8)])
def test_the_area_under_the_roc_curve_of_few_positives(positives, area, spread):
    rng, covered = np.random.default_rng(5), 0
    choice = MetricChoice(METRICS["roc_auc"], "binary", "c1")
    for _ in range(TRIALS):
        cells = score_cells(*ranked(rng, positives, 500, area, spread))
        low, high = estimate(cells, choice, Sampling(0.95, 100), draws=False).ci
        covered += low <= area <= high
    assert holds(covered, TRIALS)


@pytest.mark.parametrize(
    ("metric", "positives", "area"),
    [("roc_auc", 10, 0.993), ("roc_auc", 15, 0.9), ("roc_auc", 50, 0.993),
     ("average_precision", 15, 0.9)],
)  # fmt: skip
def test_rankings_that_are_equally_good_are_not_told_apart(metric, positives, area):
    rng, apart, n = np.random.default_rng(6), 0, 200
    trials = 400 if metric == "roc_auc" else 150
    choice = MetricChoice(METRICS[metric], "binary", "p")
    one = np.ones(n)
    for trial in range(trials):
        label, a = ranked(rng, positives, n, area)
        shared = a - a * 0.5 + 0.5 * ranked(rng, positives, n, area)[1]
        b = shared + 0.1 * rng.normal(size=n)
        a = shared + 0.1 * rng.normal(size=n)
        scores = PairScores(label, a, b, np.ones(n, int), one, one)
        cells = PairCells(("n", "p"), "dev", label, label, label, np.ones(n, int), one, one,
                          scores={"p": scores})  # fmt: skip
        ci = paired_difference(cells, choice, Sampling(0.95, 99, trial)).figure.ci
        apart += ci is not None and not ci[0] <= 0 <= ci[1]
    assert apart / trials <= 0.055 + 3 * math.sqrt(0.055 * 0.945 / trials)


@pytest.mark.parametrize("prior", [(0.92, 0.05, 0.03), (0.94, 0.06), (0.2,) * 5])
def test_rankings_of_several_classes_that_are_equally_good_are_not_told_apart(prior):
    """The errors of the classes are averaged, the most that their mean can have: no swaps."""
    rng, apart, trials = np.random.default_rng(10), 0, 200
    label = np.repeat(np.arange(len(prior)), np.round(200 * np.array(prior)).astype(int))
    n, choice = np.ones(len(label), int), MetricChoice(METRICS["roc_auc"], "macro", None)
    labels = tuple(f"c{i}" for i in range(len(prior)))
    for trial in range(trials):
        own = [rng.normal(size=(len(label), len(prior))) for _ in "ab"]
        a, b = (np.exp(2.0 * (label[:, None] == np.arange(len(prior))) + x) for x in own)
        a, b = (x / x.sum(axis=1, keepdims=True) for x in (a, b))
        scores = {
            name: PairScores((label == k).astype(int), a[:, k], b[:, k], n, n * 1.0, n * 1.0)
            for k, name in enumerate(labels)
        }
        cells = PairCells(labels, "dev", label, a.argmax(1), b.argmax(1), n, n * 1.0, n * 1.0,
                          scores=scores)  # fmt: skip
        ci = paired_difference(cells, choice, Sampling(0.95, 99, trial)).figure.ci
        apart += ci is not None and not ci[0] <= 0 <= ci[1]
    assert apart / trials <= 0.055 + 3 * math.sqrt(0.055 * 0.945 / trials)


@pytest.mark.parametrize("metric", ["log_loss", "brier"])
@pytest.mark.parametrize(("n", "rate"), [(50, 0.02), (50, 0.1), (200, 0.03), (200, 0.1)])
def test_the_losses_of_a_confident_model(metric, n, rate):
    """Right rows lose next to nothing; wrong ones some 3.5 (log loss), or 0.8 (Brier)."""
    rng, covered = np.random.default_rng(7), 0
    choice = MetricChoice(METRICS[metric], None, None if metric == "log_loss" else "c1")
    for trial in range(TRIALS):
        wrong = rng.random(n) < rate
        if metric == "log_loss":
            loss = np.where(wrong, 2 + rng.exponential(1.5, n), rng.exponential(0.01, n))
            wanted = rate * 3.5 + (1 - rate) * 0.01
        else:
            loss = np.where(wrong, rng.uniform(0.6, 1, n), rng.uniform(0, 0.01, n))
            wanted = rate * 0.8 + (1 - rate) * 0.005
        n_by, sums, squares = (np.bincount(wrong, x, 2) for x in (None, loss, loss**2))
        cells = Cells(
            ("c0", "c1"), ("dev",), np.zeros(2, int), np.zeros(2, int), np.array([0, 1]),
            n_by.astype(int), n_by * 1.0, n_by * 1.0, loss=sums, loss_squared=squares,
            loss_weight_squared=sums,
        )  # fmt: skip
        cells = cells.where(n_by > 0)
        found = estimate(cells, choice, Sampling(0.95, 100, trial), draws=False)
        covered += found.ci is None or found.ci[0] <= wanted <= found.ci[1]
    assert holds(covered, TRIALS, 0.93 if n * rate >= 10 else 0.90)


def confusion(prior: np.ndarray, error: float) -> np.ndarray:
    """Return the true table: wrong rows are called another class by how common it is."""
    table = (1 - error) * np.diag(prior)
    for c, share in enumerate(prior):
        called = error * share * prior
        called[(c + 1) % len(prior)] += called[c]
        called[c] = 0.0
        table[c] += called
    return table


@pytest.mark.parametrize(
    ("classes", "n", "error"),
    [(50, 500, 0.2), (50, 2000, 0.2), (200, 2000, 0.2), (1000, 10_000, 0.2), (2, 300, 0.1)],
)
def test_averages_over_many_classes_and_a_long_tail(classes, n, error):
    """50 Zipf classes; 200, 1,000 classes of about ten rows; a class of three rows among 300."""
    prior = 1 / np.arange(1, classes + 1) if classes == 50 else np.ones(classes)
    prior = np.array([0.01, 0.99]) if classes == 2 else prior / prior.sum()
    table, labels = confusion(prior, error), tuple(f"c{i}" for i in range(classes))
    whole = Tally(np.diag(table)[None], table.sum(1)[None], table.sum(0)[None], np.ones(1))
    choices = [
        MetricChoice(METRICS[name], "macro" if METRICS[name].by_class else None, None)
        for name in ("f1", "precision", "balanced_accuracy", "cohen_kappa", "mcc")
        if classes < 1000 or name in ("f1", "balanced_accuracy")
    ]
    wanted = np.array([float(x.of_tally(whole, labels)[0]) for x in choices])
    rng, trials = np.random.default_rng(8), {1000: 100, 200: 120}.get(classes, 200)
    covered, given = np.zeros(len(choices)), np.zeros(len(choices))
    for trial in range(trials):
        truth = rng.choice(classes, n, p=prior)
        other = rng.choice(classes, n, p=prior)
        other = np.where(other == truth, (truth + 1) % classes, other)
        predicted = np.where(rng.random(n) < error, other, truth)
        cells = make_cells(truth, predicted, np.ones(n), None, classes, False)
        resamples = 100 if classes == 1000 else 300
        found = estimate_all(cells, choices, Sampling(0.95, resamples, trial), draws=False)
        for i, (one, want) in enumerate(zip(found, wanted, strict=True)):
            if one.ci is not None:
                given[i] += 1
                covered[i] += one.ci[0] <= want <= one.ci[1]
    # The rarest classes have two or three rows: fewer than ten are expected.
    least = 0.93 if classes >= 200 else 0.90
    assert all(holds(c, g, least) for c, g in zip(covered, given, strict=True)), covered / given


def test_a_macro_average_that_falls_with_the_rows_is_no_gap():
    """The same model on 20,000 rows of train and 1,000 of dev: 50 Zipf classes."""
    prior, rng, resolved, trials = 1 / np.arange(1, 51), np.random.default_rng(9), 0, 100
    prior /= prior.sum()
    for trial in range(trials):
        parts = []
        for n in (20_000, 1000):
            truth, other = (rng.choice(50, n, p=prior) for _ in range(2))
            other = np.where(other == truth, (truth + 1) % 50, other)
            predicted = np.where(rng.random(n) < 0.2, other, truth)
            parts.append(make_cells(truth, predicted, np.ones(n), None, 50, False))
        found = diagnose_cells(joined(parts), metric="f1", sampling=Sampling(0.95, 300, trial))
        resolved += bool(found.decomposition.gap("variance").resolved)
    assert resolved / trials <= 0.055 + 3 * math.sqrt(0.055 * 0.945 / trials)
