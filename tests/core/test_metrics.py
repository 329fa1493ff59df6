"""Every metric against scikit-learn, by hand, and by properties that hold for all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from mlstrat.core.counts import ABSTAINED, tally
from mlstrat.core.metrics import METRICS, MetricChoice, choose_metric
from mlstrat.errors import UsageError
from tests.simulation import make_cells

HARD = [m for m in METRICS.values() if m.compute is not None]
BY_CLASS = [m for m in HARD if m.by_class]


def value(choice, truth, predicted, weight=None, classes=None):
    weight = np.ones(len(truth)) if weight is None else weight
    k = classes or int(max(truth.max(), predicted.max())) + 1
    cells = make_cells(truth, predicted, weight, None, k, False)
    return float(choice.of_tally(tally(cells), cells.labels)[0])


def choice(name, average=None, positive=None, beta=1.0):
    return MetricChoice(METRICS[name], average, positive, beta)


def rows(seed=0, n=500, classes=4, skew=True):
    rng = np.random.default_rng(seed)
    prior = rng.dirichlet(np.ones(classes) * (1 if skew else 50))
    truth = rng.choice(classes, n, p=prior)
    predicted = np.where(rng.random(n) < 0.6, truth, rng.integers(0, classes, n))
    return truth, predicted, rng.choice([1.0, 2.0, 5.0], n)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_metrics_of_all_rows_agree_with_scikit_learn(seed, weighted):
    truth, predicted, weight = rows(seed, skew=False)
    w = weight if weighted else None
    expected = {
        "accuracy": oracle.accuracy_score(truth, predicted, sample_weight=w),
        "error": oracle.zero_one_loss(truth, predicted, sample_weight=w),
        "balanced_accuracy": oracle.balanced_accuracy_score(truth, predicted, sample_weight=w),
        "mcc": oracle.matthews_corrcoef(truth, predicted, sample_weight=w),
        "cohen_kappa": oracle.cohen_kappa_score(truth, predicted, sample_weight=w),
        "quadratic_kappa": oracle.cohen_kappa_score(
            truth, predicted, weights="quadratic", sample_weight=w
        ),
    }
    for name, wanted in expected.items():
        assert value(choice(name), truth, predicted, w) == pytest.approx(wanted, abs=1e-12), name


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
@pytest.mark.parametrize("seed", range(3))
def test_averages_over_classes_agree_with_scikit_learn(seed, average, weighted):
    truth, predicted, weight = rows(seed, skew=False)
    w = weight if weighted else None
    options = {"average": average, "sample_weight": w}
    expected = {
        "precision": oracle.precision_score(truth, predicted, **options),
        "recall": oracle.recall_score(truth, predicted, **options),
        "f1": oracle.f1_score(truth, predicted, **options),
        "f_beta": oracle.fbeta_score(truth, predicted, beta=2, **options),
    }
    for name, wanted in expected.items():
        got = value(choice(name, average, beta=2.0), truth, predicted, w)
        assert got == pytest.approx(wanted, abs=1e-12), name


def test_the_positive_class_agrees_with_scikit_learn():
    truth, predicted, _ = rows(classes=2)
    for name, wanted in {
        "precision": oracle.precision_score(truth, predicted),
        "recall": oracle.recall_score(truth, predicted),
        "f1": oracle.f1_score(truth, predicted),
        "specificity": oracle.recall_score(truth, predicted, pos_label=0),
    }.items():
        assert value(choice(name, "binary", "c1"), truth, predicted) == pytest.approx(wanted)


def test_by_hand():
    # mbadry's example to the lecture: TP 3, FP 1, FN 2, TN 4.
    truth = np.array([1] * 3 + [0] + [1] * 2 + [0] * 4)
    predicted = np.array([1] * 3 + [1] + [0] * 2 + [0] * 4)
    wanted = {"precision": 3 / 4, "recall": 3 / 5, "f1": 2 / 3, "specificity": 4 / 5}
    for name, expected in wanted.items():
        assert value(choice(name, "binary", "c1"), truth, predicted) == pytest.approx(expected)
    assert value(choice("accuracy"), truth, predicted) == pytest.approx(0.7)


def test_f1_is_the_harmonic_mean_of_the_lecture():
    # C3W1: precision 95%, recall 90% gives 92.4%; 98% and 85% give 91.0%.
    for precision, recall, wanted in ((95, 90, 92.432432), (98, 85, 91.038251)):
        hits = precision * recall
        truth = np.array([1] * (100 * precision) + [0] * (100 * recall - hits))
        predicted = np.array([1] * hits + [0] * (100 * precision - hits)
                             + [1] * (100 * recall - hits))  # fmt: skip
        assert hits + len(truth[truth == 0]) == 100 * recall
        got = value(choice("f1", "binary", "c1"), truth, predicted, classes=2)
        assert 100 * got == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "truth", "predicted"),
    [
        ("precision", [1, 0], [0, 0]),
        ("recall", [0, 0], [0, 1]),
        ("f1", [0, 0], [0, 0]),
        ("specificity", [1, 1], [1, 0]),
    ],
)
def test_a_zero_denominator_is_undefined(name, truth, predicted):
    got = value(choice(name, "binary", "c1"), np.array(truth), np.array(predicted), classes=2)
    assert np.isnan(got)


@pytest.mark.parametrize("name", ["mcc", "cohen_kappa"])
def test_one_class_alone_has_no_correlation(name):
    assert np.isnan(value(choice(name), np.zeros(9, int), np.zeros(9, int), classes=2))


def test_a_macro_average_leaves_out_undefined_classes():
    # Class 2 is never predicted: its precision is 0/0, and the mean is over the other two.
    truth, predicted = np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1])
    assert value(choice("precision", "macro"), truth, predicted) == pytest.approx((1 + 0.5) / 2)
    # Its F1 is defined, and 0.
    assert value(choice("f1", "macro"), truth, predicted) == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_an_abstention_is_wrong_and_belongs_to_no_predicted_class():
    truth, predicted = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])
    cells = make_cells(truth, predicted, np.ones(4), None, 2, False)
    blank = cells.predicted.copy()
    blank[1] = ABSTAINED
    from dataclasses import replace

    t = tally(replace(cells, predicted=blank))
    assert choice("accuracy").of_tally(t, cells.labels)[0] == 0.5
    assert choice("precision", "macro").of_tally(t, cells.labels)[0] == 1.0
    assert choice("recall", "binary", "c1").of_tally(t, cells.labels)[0] == 0.0


tables = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)
choices = st.sampled_from(
    [MetricChoice(m, a, None, 1.5) for m in BY_CLASS for a in ("macro", "weighted", "micro")]
    + [MetricChoice(m, None, None) for m in HARD if not m.by_class]
)


@settings(max_examples=150, deadline=None)
@given(tables, choices, st.randoms(use_true_random=False))
def test_properties_of_every_metric(table, chosen, random):
    truth, predicted = np.array(table).T
    got = value(chosen, truth, predicted, classes=4)
    low, high = chosen.metric.low, chosen.metric.high
    assert np.isnan(got) or low - 1e-12 <= got <= high + 1e-12
    shuffled = list(table)
    random.shuffle(shuffled)
    other = np.array(shuffled).T
    assert value(chosen, *other, classes=4) == pytest.approx(got, nan_ok=True)
    doubled = value(chosen, np.tile(truth, 2), np.tile(predicted, 2), classes=4)
    assert doubled == pytest.approx(got, nan_ok=True)
    if chosen.metric.name != "quadratic_kappa":  # which lives by the order of the labels
        names = np.array(random.sample(range(4), 4))
        renamed = value(chosen, names[truth], names[predicted], classes=4)
        assert renamed == pytest.approx(got, nan_ok=True)
    best = chosen.metric.high if chosen.metric.higher_is_better else chosen.metric.low
    perfect = value(chosen, truth, truth, classes=4)
    assert np.isnan(perfect) or perfect == pytest.approx(best)


def test_quadratic_kappa_punishes_what_is_far():
    truth = np.array([0, 1, 2, 3] * 10)
    by_one, by_three = truth.copy(), truth.copy()
    by_one[0], by_three[0] = 1, 3
    kappa = choice("quadratic_kappa")
    near, far = (value(kappa, truth, x, classes=4) for x in (by_one, by_three))
    assert 1 > near > far
    # By hand: Σ (i − j)² nᵢⱼ = 1 of an expected Σ (i − j)² tᵢ pⱼ / s.
    table = np.outer([10, 10, 10, 10], [9, 11, 10, 10]) / 40
    expected = sum((i - j) ** 2 * table[i, j] for i in range(4) for j in range(4))
    assert near == pytest.approx(1 - 1 / expected)


def test_quadratic_kappa_is_for_labels_that_are_numbers():
    assert choose_metric("quadratic_kappa", labels=("1", "2", "3"), positive=None)
    with pytest.raises(UsageError, match="'high' is not a number"):
        choose_metric("quadratic_kappa", labels=("high", "low", "mid"), positive=None)
    # Of two labels either order is the same, and it is Cohen's kappa.
    truth, predicted, _ = rows(classes=2, skew=False)
    assert value(choice("quadratic_kappa"), truth, predicted) == pytest.approx(
        value(choice("cohen_kappa"), truth, predicted)
    )


def test_choosing_a_metric():
    labels = ("cat", "dog")
    assert choose_metric(None, labels=labels, positive="cat").title == "F1"
    assert choose_metric(None, labels=labels, positive=None).title == "macro-F1"
    assert choose_metric("Balanced-Accuracy", labels=labels, positive=None).average is None
    with pytest.raises(UsageError, match="did you mean 'recall'"):
        choose_metric("recal", labels=labels, positive=None)
    with pytest.raises(UsageError, match="needs a positive class"):
        choose_metric("f1", labels=labels, positive=None, average="binary")
