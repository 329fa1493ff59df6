"""Wrong labels from rows that were read: the arithmetic, the decision, and honest intervals."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.core.figures import Sampling
from mlstrat.workflow.mislabels.compute import LabelRow, SetSize, concentrations, estimate_mislabels
from mlstrat.workflow.mislabels.versus import typed_versus, versus


def row(label, prediction, truth=None, *, read=True, mislabeled=None, **more) -> LabelRow:
    """Return a row whose label is right unless another truth is named."""
    bad = truth not in (None, label) if mislabeled is None else mislabeled
    return LabelRow(label, prediction, read, bad, truth if bad else label, **more)


def test_a_wrong_label_can_hide_a_right_prediction_or_leave_an_error():
    rows = [row("cat", "dog", "dog")] * 3 + [row("cat", "dog", "cow")] * 2 + [row("cat", "dog")] * 5
    found = estimate_mislabels(rows, SetSize(100, 10))
    assert found.error_from_labels.value == pytest.approx(0.05)
    assert found.error_from_other.value == pytest.approx(0.05)
    assert found.corrected_error.value == pytest.approx(0.07)
    assert found.errors.turned == 3


def test_without_correct_rows_the_corrected_error_is_a_bound():
    assert estimate_mislabels([row("a", "b")], SetSize(100, 1)).bound == "at_least"
    with_correct = estimate_mislabels([row("a", "b"), row("a", "a")], SetSize(100, 1))
    assert with_correct.bound is None


def test_wrong_labels_of_correct_rows_are_errors_once_corrected():
    rows = [row("a", "b")] * 10 + [row("a", "a", "b")] * 2 + [row("a", "a")] * 18
    found = estimate_mislabels(rows, SetSize(100, 10))
    assert found.corrected_error.value == pytest.approx((10 + 90 * 0.1) / 100)
    assert found.wrong_labels.value == pytest.approx(0.09)
    assert found.error_from_labels.value == 0


def test_a_correct_row_with_a_wrong_label_is_wrong_whatever_the_right_one_is():
    rows = [row("a", "b"), row("a", "a", mislabeled=True)]
    assert estimate_mislabels(rows, SetSize(2, 1)).corrected_error.value == 1


def test_an_unknown_true_label_leaves_an_error_and_a_range():
    rows = [row("a", "b", mislabeled=True)] * 5 + [row("a", "b", "b")] * 10 + [row("a", "b")] * 72
    found = estimate_mislabels(rows, SetSize(10_000, 87))
    assert found.corrected_error.value == pytest.approx(0.0077)
    assert found.corrected_range == pytest.approx((0.0072, 0.0077))


def test_the_weights_of_the_sheet_tell_the_size_of_the_split():
    rows = [row("a", "b", "b", stratum="error", weight=2.0)] * 5
    rows += [row("a", "b", stratum="error", weight=2.0)] * 45
    rows += [row("a", "a", stratum="correct", weight=18.0)] * 50
    found = estimate_mislabels(rows, SetSize(), weighted=True)
    assert (found.size.rows, found.size.errors) == (1000, 100)
    assert found.overall_error.value == pytest.approx(0.1)
    assert found.error_from_labels.value == pytest.approx(0.01)


def test_strata_count_with_their_size():
    rows = [row("a", "b", "b", stratum="error: a→b", weight=1.0)] * 10
    rows += [row("c", "b", stratum="error: c→b", weight=9.0)] * 10
    assert estimate_mislabels(rows, SetSize(1000, 100), weighted=True).label_share.value == (
        pytest.approx(0.1)
    )


def test_picked_rows_are_counted_and_never_estimated():
    rows = [row("a", "b", "b", weight=0.0)] * 3 + [row("a", "a", "b", weight=0.0)]
    found = estimate_mislabels(rows, SetSize(1000, 50), weighted=True)
    assert found.picked
    assert found.label_share.ci is None
    assert found.corrected_error.value == pytest.approx((50 - 3 + 1) / 1000)


def test_a_split_without_errors_has_no_share():
    found = estimate_mislabels([row("a", "a")], SetSize(10, 0))
    assert found.label_share.value is None
    assert found.error_from_labels.value == 0


@pytest.mark.slow
@pytest.mark.parametrize("correct_rows", [0, 200])
@pytest.mark.parametrize(
    ("rows", "error", "blamed", "hidden"),
    [(2000, 0.1, 0.3, 0.08), (5000, 0.05, 0.2, 0.06), (10_000, 0.02, 0.4, 0.1)],
)
def test_the_corrected_error_is_covered(rows, error, blamed, hidden, correct_rows):
    """Errors of two strata, one with twice the rate of wrong labels; 7 of 10 of them turn right."""
    rng, trials, turn = np.random.default_rng(21), 1500, 0.7
    rates = (blamed, 2 * blamed)
    truth = error * np.mean([1 - turn * p for p in rates])
    truth += (1 - error) * hidden if correct_rows else 0.0
    labelled = error * np.mean(rates)
    covered = labels_covered = 0
    for _ in range(trials):
        *wrong, right = rng.multinomial(rows, [error / 2, error / 2, 1 - error])
        sheet = []
        for name, size, rate in zip("xy", wrong, rates, strict=True):
            sheet += drawn(rng, name, size, min(size, 80), rate, turn)
        if correct_rows:
            bad = rng.hypergeometric(n := rng.binomial(right, hidden), right - n, correct_rows)
            weight = right / correct_rows
            sheet += [row("a", "a", "b", stratum="correct", weight=weight)] * bad
            sheet += [row("a", "a", stratum="correct", weight=weight)] * (correct_rows - bad)
        found = estimate_mislabels(sheet, SetSize(rows, int(sum(wrong))), weighted=True)
        low, high = found.corrected_error.ci
        covered += low <= truth <= high
        low, high = found.error_from_labels.ci
        labels_covered += low <= labelled <= high
    assert 0.93 <= covered / trials <= 0.97
    assert 0.93 <= labels_covered / trials <= 0.97


def drawn(rng, name: str, size: int, n: int, rate: float, turn: float) -> list[LabelRow]:
    """Return n rows drawn from a stratum of errors."""
    bad = rng.binomial(size, rate)
    turned = rng.binomial(bad, turn)
    k = rng.multivariate_hypergeometric([turned, bad - turned, size - bad], n)
    kinds = (row("a", "b", "b", stratum=name, weight=size / n),
             row("a", "b", "c", stratum=name, weight=size / n),
             row("a", "b", stratum=name, weight=size / n))  # fmt: skip
    return [kind for kind, count in zip(kinds, k, strict=True) for _ in range(count)]


def test_wrong_labels_of_one_annotator_are_systematic():
    rows = [row("a", "b", "b", attributes={"annotator": "kim"})] * 9
    rows += [row("a", "b", attributes={"annotator": "kim"})] * 3
    rows += [row("a", "b", attributes={"annotator": x}) for x in ("lee", "sam")] * 14
    (found,) = concentrations(rows, ["annotator"])
    assert (found.column, found.value, found.mislabeled, found.read) == ("annotator", "kim", 9, 12)
    assert found.p_adjusted < 0.001


def test_errors_and_correct_rows_are_not_mixed_up_with_a_concentration():
    # Wrong labels are common among errors; that label 'a' has more errors is no concentration.
    rows = [row("a", "b", "b")] * 20 + [row("a", "b")] * 20 + [row("c", "c")] * 60
    assert all(one.p_adjusted > 0.5 for one in concentrations(rows))


def test_nothing_wrong_is_nothing_to_test():
    assert concentrations([row("a", "b"), row("c", "b")]) == ()


@pytest.mark.slow
def test_random_wrong_labels_are_seldom_called_systematic():
    rng, trials, called = np.random.default_rng(22), 300, 0
    for i in range(trials):
        rows = [
            row(str(rng.integers(5)), "x", "x" if rng.random() < 0.2 else None,
                attributes={"annotator": str(rng.integers(4))})
            for _ in range(100)
        ]  # fmt: skip
        found = concentrations(rows, ["annotator"], seed=i)
        called += any(one.p_adjusted <= 0.05 for one in found)
    assert called / trials <= 0.08


def test_correcting_the_labels_of_both_models_can_turn_the_choice():
    # b is right on 30 rows by wrong labels: there a said the true label.
    rows = [row("x", "y", "y", id=str(i)) for i in range(30)]
    rows += [row("x", "x", id=str(i)) for i in range(30, 50)]
    others = {str(i): "x" if i < 30 else "y" for i in range(50)}
    found = versus((920, 20, 30, 30), 0, rows, others, Sampling())
    assert found.observed_difference == pytest.approx(-0.01)
    assert found.corrected_difference == pytest.approx((20 + 30) / 1000)
    assert found.p_better_observed < 0.2
    assert found.p_better_corrected > 0.99
    assert found.assumed is None


@pytest.mark.parametrize("k", [1, 2, 5])
def test_a_choice_turned_on_few_rows_is_as_open_as_it_was(k):
    # b is right on k rows by wrong labels alone: corrected, a is right on the same k rows.
    rows = [row("x", "y", "y", id=str(i)) for i in range(k)]
    others = dict.fromkeys(map(str, range(k)), "x")
    found = versus((1000 - k, 0, k, 0), 0, rows, others, Sampling())
    assert found.corrected_difference == pytest.approx(k / 1000)
    assert found.p_better_corrected == pytest.approx(1 - found.p_better_observed, abs=0.02)


def test_rows_that_nobody_read_leave_the_corrected_choice_open():
    rows = [row("x", "y", "y", id="1")]
    found = versus((920, 20, 30, 30), 0, rows, {"1": "y"}, Sampling())
    assert found.p_better_corrected is None
    assert "differ" in found.reason


def test_wrong_labels_that_hit_only_one_side_are_mirrored():
    rows = [row("x", "y", "y", id=str(i)) for i in range(30)]
    found = versus((900, 30, 30, 40), 0, rows, dict.fromkeys(map(str, range(30)), "x"), Sampling())
    assert found.assumed == "mirrored"
    assert found.corrected_difference == pytest.approx(0)
    assert found.p_better_corrected == pytest.approx(0.5, abs=0.05)


def test_typed_rates_without_rows_tell_no_probability():
    found = typed_versus(0.021, 0.019, 0.006, None, Sampling())
    assert found.observed_difference == -0.002
    assert found.p_better_observed is None


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "errors_read", "correct_read"),
                         [(0.02, 100, 0), (0.02, 200, 1000), (0.05, 100, 300)])  # fmt: skip
def test_of_two_models_that_are_equally_good_neither_is_surely_better(
    noise, errors_read, correct_read
):
    """Both err on a tenth of the rows by the true labels: each tail holds a twentieth at most."""
    rng, trials, n = np.random.default_rng(23), 400, 3000
    sure = np.zeros(2)
    for _ in range(trials):
        a = np.where(rng.random(n) < 0.1, 1, 0)
        b = np.where(rng.random(n) < 0.1, rng.choice([1, 2], n), 0)
        label = np.where(rng.random(n) < noise, rng.choice([1, 2], n), 0)
        quadrant = 2 * (label != a) + (label != b)
        rows = []
        for part, count in ((label != a, errors_read), (label == a, correct_read)):
            there = np.flatnonzero(part)
            for i in rng.permutation(there)[:count]:
                rows.append(
                    row(str(label[i]), str(a[i]), "0", id=str(i), weight=len(there) / count)
                )
        found = versus(
            np.bincount(quadrant, minlength=4).tolist(),
            int(((quadrant == 3) & (a != b)).sum()),
            rows,
            {one.id: str(b[int(one.id)]) for one in rows},
            Sampling(resamples=1000),
        )
        sure += (found.p_better_corrected < 0.025, found.p_better_corrected > 0.975)
    assert (sure / trials <= 0.05).all()
    assert sure.sum() / trials >= 0.01


def test_one_row_read_of_a_side_says_little_of_it():
    # Of the 30 rows that only b gets right nine in thirty have wrong labels; of the 30 that only
    # a does one row was read, and its label is right.
    rows = [row("x", "y", "y" if i < 9 else None, id=str(i)) for i in range(30)]
    rows.append(row("x", "x", id="30"))
    others = {str(i): "x" for i in range(30)} | {"30": "y"}
    found = versus((900, 30, 30, 40), 0, rows, others, Sampling())
    assert found.assumed == "mirrored"
    assert 0.5 < found.p_better_corrected < 0.75
    many = [row("x", "x", id=str(i)) for i in range(30, 60)]
    others |= {str(i): "y" for i in range(30, 60)}
    sure = versus((900, 30, 30, 40), 0, rows[:-1] + many, others, Sampling())
    assert sure.assumed is None or sure.assumed == "unchanged"
    assert sure.p_better_corrected > 0.85


@pytest.mark.slow
def test_a_claim_about_the_better_model_is_as_often_right_as_it_says():
    """100 errors of a and 40 of its correct rows are read, and wrong labels hit both alike."""
    rng, trials, n = np.random.default_rng(24), 1_200, 3000
    claims, right = [], []
    for _ in range(trials):
        d, noise = rng.normal(0, rng.choice([0.01, 0.02])), rng.choice([0.05, 0.1])
        alike = rng.random(n) < rng.choice([0.0, 0.6])  # rows on which the two go together
        draws = [rng.random(n), rng.choice([1, 2], n), rng.random(n), rng.choice([1, 2], n)]
        a = np.where(draws[0] < 0.1 - d / 2, draws[1], 0)
        b = np.where(np.where(alike, draws[0], draws[2]) < 0.1 + d / 2,
                     np.where(alike, draws[1], draws[3]), 0)  # fmt: skip
        label = np.where(rng.random(n) < noise, rng.choice([1, 2], n), 0)
        rows = []
        for part, count in ((label != a, 100), (label == a, 40)):
            there = np.flatnonzero(part)
            rows += [
                row(str(label[i]), str(a[i]), "0", id=str(i), weight=len(there) / count)
                for i in rng.permutation(there)[:count]
            ]
        quadrant = 2 * (label != a) + (label != b)
        p = versus(
            np.bincount(quadrant, minlength=4).tolist(),
            int(((quadrant == 3) & (a != b)).sum()),
            rows,
            {one.id: str(b[int(one.id)]) for one in rows},
            Sampling(resamples=1000),
        ).p_better_corrected
        claims.append(max(p, 1 - p))
        right.append((p > 0.5) == (d > 0))
    claims, right = np.array(claims), np.array(right)
    for low, high in ((0.8, 0.9), (0.9, 0.97), (0.9, 1.01)):
        those = (low <= claims) & (claims < high)
        assert those.sum() >= 150
        assert right[those].mean() == pytest.approx(claims[those].mean(), abs=0.05)
