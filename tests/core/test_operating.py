"""The operating point by itself: which threshold a rule chooses, and what calibration comes to."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import precision_recall_curve

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.core.operating.calibration import calibration
from mlstrat.core.operating.choose import (
    FOLDS,
    Scored,
    Wanted,
    choose,
    cross_fitted,
    folds_of,
    folds_of_equals,
    parse_wanted,
)
from mlstrat.core.operating.point import TIMES
from mlstrat.core.operating.widening import jackknife, widened
from mlstrat.errors import UsageError


def drawn(n: int = 200, seed: int = 0, digits: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and scores with ties."""
    rng = np.random.default_rng(seed)
    label = rng.random(n) < 0.3
    return label, np.round(rng.normal(label * 1.5, 1.0), digits)


def scored(label: np.ndarray, score: np.ndarray, fold: np.ndarray | None = None) -> Scored:
    fold = np.zeros(len(score), np.int64) if fold is None else fold
    return Scored(score, label.astype(float), 1.0 - label, fold)


@pytest.mark.parametrize("seed", range(5))
def test_thresholds_are_those_of_scikit_learn(seed: int) -> None:
    label, score = drawn(seed=seed)
    precision, recall, cuts = precision_recall_curve(label, score)
    precision, recall = precision[:-1], recall[:-1]  # the last point has no threshold
    f1 = 2 * precision * recall / (precision + recall + 1e-300)
    best = cuts[np.flatnonzero(f1 >= f1.max() - 1e-12)[-1]]
    assert choose(scored(label, score), Wanted("f1")) == best
    for first, then, kind in ((recall, precision, "recall"), (precision, recall, "precision")):
        kept = np.flatnonzero(first >= 0.8)
        order = sorted(kept, key=lambda i: (round(then[i], 12), round(first[i], 12), cuts[i]))
        assert choose(scored(label, score), Wanted(kind, 0.8)) == cuts[order[-1]]


@pytest.mark.parametrize("far", [0.0, 0.01, 0.1, 0.5])
def test_the_smallest_threshold_that_keeps_a_false_alarm_rate(far: float) -> None:
    label, score = drawn()
    kept = [t for t in np.unique(score) if (score[~label] >= t).mean() <= far]
    assert choose(scored(label, score), Wanted("far", far)) == kept[0]


def test_where_no_score_keeps_it_nobody_is_called() -> None:
    label, score = np.array([True, False]), np.array([1.0, 2.0])
    assert choose(scored(label, score), Wanted("far", 0.0)) == np.nextafter(2.0, 3.0)
    assert choose(scored(label, score), Wanted("precision", 0.9)) is None


@pytest.mark.parametrize("costs", [(1.0, 1.0), (10.0, 1.0), (1.0, 10.0), (0.0, 1.0)])
def test_the_lowest_cost(costs: tuple[float, float]) -> None:
    label, score = drawn(seed=3)
    cuts = np.append(np.unique(score), np.nextafter(score.max(), np.inf))
    cost = [costs[0] * (score[label] < t).sum() + costs[1] * (score[~label] >= t).sum()
            for t in cuts]  # fmt: skip
    assert (
        choose(scored(label, score), Wanted("cost"), costs)
        == cuts[np.flatnonzero(np.array(cost) == min(cost))[-1]]
    )


def test_any_best_f1_is_that_of_trying_them_all() -> None:
    rng = np.random.default_rng(0)
    for n in rng.integers(2, 12, 300):
        label, score = rng.random(n) < 0.5, rng.integers(0, 4, n).astype(float)
        if not 0 < label.sum() < n:
            continue
        f1 = {
            t: round(2 * ((score >= t) & label).sum() / ((score >= t).sum() + label.sum()), 12)
            for t in np.unique(score)
        }
        assert choose(scored(label, score), Wanted("f1")) == max(f1, key=lambda t: (f1[t], t))


def test_each_fold_is_read_at_the_threshold_of_the_others() -> None:
    label, score = drawn(digits=3)
    fold = np.arange(len(score)) % FOLDS
    cuts = cross_fitted(scored(label, score, fold), Wanted("f1"), (1.0, 1.0), 0.0)
    for i, cut in enumerate(cuts):
        rest = fold != i
        assert cut == choose(scored(label[rest], score[rest]), Wanted("f1"))


def test_folds_follow_ids_and_without_them_scores_whatever_the_order() -> None:
    names = [f"d{i}" for i in range(1000)]
    assert folds_of(names[::-1]).tolist() == folds_of(names)[::-1].tolist()
    sizes = np.bincount(folds_of(names), minlength=FOLDS)
    assert sizes.min() > 150
    spread = np.bincount(folds_of_equals(np.random.default_rng(0).normal(size=1000),
                                         np.zeros(1000, np.int64)), minlength=FOLDS)  # fmt: skip
    assert spread.min() > 150
    assert sorted(folds_of_equals(np.full(5, 0.5), np.arange(5))) == list(range(FOLDS))


@pytest.mark.parametrize("said", [
    "f2", "recall", "recall <= 0.9", "recall >= 2", "far >= 0.1", "recall >= 1.2.3", "cost spam:3",
    "cost label=spam", "cost label=spam:-1", "cost label=spam:inf", "", "recall >= 0.9; rm",
])  # fmt: skip
def test_another_rule_is_refused_with_what_is_accepted(said: str) -> None:
    with pytest.raises(UsageError, match="is not a rule") as caught:
        parse_wanted(said)
    assert "recall >= 0.9" in (caught.value.accepted or "")


def test_rules_are_read_with_percent_and_any_blanks() -> None:
    assert parse_wanted(" FPR<=1% ") == Wanted("far", 0.01)
    assert parse_wanted("Recall>=0.9") == Wanted("recall", 0.9)
    assert parse_wanted("cost label=Spam:10 label=ham:1").costs == {"Spam": 10.0, "ham": 1.0}


def probabilities(n: int, seed: int, power: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    true = rng.beta(0.8, 1.6, n)
    odds = (true / (1 - true)) ** power
    return rng.random(n) < true, odds / (1 + odds)


def ece(label: np.ndarray, p: np.ndarray, bins: int) -> float:
    parts = np.array_split(np.argsort(p, kind="stable"), bins)
    return sum(len(x) / len(p) * abs(label[x].mean() - p[x].mean()) for x in parts)


def test_the_calibration_error_is_that_of_bins_of_equal_mass() -> None:
    label, p = probabilities(1000, 0, 2.0)
    ones = np.ones(1000)
    found = calibration(p, label, ones.astype(np.int64), ones, None, 0.95)
    assert found is not None
    assert found.bins == 10
    assert found.ece.value == pytest.approx(ece(label, p, 10))
    assert found.off
    assert (found.promised, found.observed) == pytest.approx((p.mean(), label.mean()))


def test_counts_say_what_rows_do_and_groups_of_one_nearly_so() -> None:
    label, p = probabilities(500, 1)
    p = np.round(p, 1)
    ones = np.ones(500)
    rows = calibration(p, label, ones.astype(np.int64), ones, None, 0.95)
    cells = [(x, y, ((p == x) & (label == y)).sum()) for x in np.unique(p) for y in (True, False)]
    x, y, n = (np.array(c) for c in zip(*[c for c in cells if c[2]], strict=True))
    counts = calibration(x, y, n, n.astype(float), None, 0.95)
    alone = calibration(p, label, ones.astype(np.int64), ones, np.arange(500), 0.95)
    assert rows is not None and counts is not None and alone is not None
    assert counts.ece.value == pytest.approx(rows.ece.value)
    assert counts.by_chance == pytest.approx(rows.by_chance)
    assert counts.ece.ci == pytest.approx(rows.ece.ci)
    assert alone.ece.ci == pytest.approx(rows.ece.ci, abs=0.002)


def test_few_groups_have_no_interval_and_margins_no_calibration() -> None:
    label, p = probabilities(100, 0)
    ones = np.ones(100)
    few = calibration(p, label, ones.astype(np.int64), ones, np.arange(100) % 4, 0.95)
    assert few is not None
    assert few.ece.ci is None
    assert not few.off
    assert calibration(2 * p, label, ones.astype(np.int64), ones, None, 0.95) is None


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 400, 2000])
def test_a_calibrated_model_is_seldom_said_to_be_off(n: int) -> None:
    """And the interval covers the error of a model that is off, at least as often as promised."""
    false, covered, trials = 0, 0, 400
    big, truth = probabilities(400_000, 0, 2.0)
    ones = np.ones(n)
    wanted = ece(big, truth, int(min(10, n // 20)))
    for seed in range(trials):
        one = calibration(*probabilities(n, seed)[::-1], ones.astype(np.int64), ones, None, 0.95)
        other = calibration(
            *probabilities(n, seed, 2.0)[::-1], ones.astype(np.int64), ones, None, 0.95
        )
        assert one is not None and other is not None and other.ece.ci is not None
        false += one.off
        covered += other.ece.ci[0] <= wanted <= other.ece.ci[1]
    assert false <= 0.04 * trials
    assert covered >= 0.93 * trials


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "bound"), [("f1", 0.0), ("recall", 0.9), ("cost", 0.0)])
def test_the_cross_fitted_level_of_100_examples_flatters_by_less_than_a_fifth_of_a_point(
    kind: str, bound: float
) -> None:
    """Where the apparent error of dev is too low; the truth is that of all examples there are."""
    rng, trials, n = np.random.default_rng(0), 4000, 100
    wanted = Wanted(kind, bound)
    fold = np.arange(n) % FOLDS
    fitted, apparent, covered = [], [], []
    for _ in range(trials):
        label = rng.random(n) < 0.4
        score = rng.normal(1.5 * label, 1.0)
        own = scored(label, score, fold)
        whole = choose(own, wanted)
        if whole is None or not own.both:
            continue
        cuts = np.array(cross_fitted(own, wanted, (1.0, 1.0), whole))[fold]
        truth = 0.4 * norm.cdf(whole - 1.5) + 0.6 * norm.sf(whole)
        fitted.append(((score >= cuts) != label).mean() - truth)
        apparent.append(((score >= whole) != label).mean() - truth)
        error = ((score >= cuts) != label).mean()
        plain = Figure(error, wilson_interval(error, n, normal_quantile(0.95)), n)
        each = [((score >= t) != label).mean() for t in cuts[:FOLDS]]
        low, high = widened(plain, jackknife(each), 0.95).ci
        covered.append(low <= truth <= high)
    assert abs(np.mean(fitted)) <= 0.002
    assert np.mean(apparent) < -0.01  # what cross-fitting takes away
    assert 0.93 <= np.mean(covered) <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "bound", "costs"),
    [("f1", 0.0, (1.0, 1.0)), ("recall", 0.9, (1.0, 1.0)), ("precision", 0.8, (1.0, 1.0)),
     ("cost", 0.0, (5.0, 1.0))],
)  # fmt: skip
def test_equal_models_at_thresholds_of_their_own_are_seldom_told_apart(
    kind: str, bound: float, costs: tuple[float, float]
) -> None:
    """By their errors; with thresholds taken as given, 1 in 4 are."""
    rng, n, trials = np.random.default_rng(0), 200, 600
    fold, wanted = np.arange(n) % FOLDS, Wanted(kind, bound)
    given_apart, apart = 0, 0
    for _ in range(trials):
        label = rng.random(n) < 0.4
        base = rng.normal(1.2 * label, 0.7)
        wrong, each = [], []
        for score in (base + rng.normal(0, 0.7, n), base + rng.normal(0, 0.7, n)):
            own_dev = scored(label, score, fold)
            whole = choose(own_dev, wanted, costs) or 0.0
            cuts = np.array(cross_fitted(own_dev, wanted, costs, whole))
            wrong.append((score >= cuts[fold]) != label)
            each.append([((score >= t) != label).mean() for t in cuts])
        change = wrong[1].astype(float) - wrong[0]
        own = change.var() / n
        extra = TIMES * jackknife(list(np.subtract(*each)))
        given_apart += abs(change.mean()) > 1.96 * own**0.5
        apart += abs(change.mean()) > 1.96 * (own + extra) ** 0.5
    assert given_apart > 0.15 * trials
    assert apart <= 0.055 * trials
