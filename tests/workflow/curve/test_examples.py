"""Worked examples: laws, points and verdicts of learning curves."""

from __future__ import annotations

from mlstrat.core.figures import Estimate, Figure, Sampling
from mlstrat.workflow.curve.compute import (
    Measured,
    PowerLaw,
    Target,
    diagnose_point,
    fit_power_law,
    learning_curve,
)
from mlstrat.workflow.curve.findings import sized
from mlstrat.workflow.curve.read import measured_of_folds


def test_a_curve_that_falls_below_the_target_will_reach_it():
    runs = [
        Measured(n, Figure(0.01), Figure(0.02 + 2 * n**-0.5), None, 20_000)
        for n in (100, 200, 400, 800, 1600, 3200)
    ]
    curve = learning_curve(runs, Target(0.04), Sampling())
    assert (curve.diagnosis, curve.reaches) == ("variance", "yes")


def test_the_larger_gap_is_the_diagnosis_where_intervals_allow():
    exact = Estimate(0.15), Estimate(0.16)
    assert (diagnose_point(*exact, 0.05, 0.95), diagnose_point(*exact, 0.2, 0.95)) == (
        "bias",
        "fine",
    )
    counted = exact[0], Estimate(0.16, (0.1, 0.244), 100, trials=100)
    assert (diagnose_point(*counted, 0.05, 0.95), diagnose_point(*counted, 0.2, 0.95)) == (
        "bias",
        None,
    )


def test_a_size_from_a_fit_has_two_digits():
    assert (sized(5213), sized(40), sized(96_500.0)) == ("5,200", "40", "96,000")


def test_folds_are_averaged_by_size():
    scores = [[0.70, 0.72, 0.68], [0.80, 0.78, 0.82], [0.85, 0.86, 0.84]]
    found = measured_of_folds(([10, 20, 40], scores, scores), accuracies=True, sampling=Sampling())
    assert [(x.n, round(x.dev.value, 2), x.runs) for x in found] == [
        (10, 0.3, 3),
        (20, 0.2, 3),
        (40, 0.15, 3),
    ]


def test_the_error_at_a_size_follows_the_law():
    assert round(PowerLaw(0.05, 0.1, 0.5, 1000).at(4000), 3) == 0.1


def test_the_size_for_an_error_is_the_law_the_other_way():
    assert round(PowerLaw(0.05, 0.1, 0.5, 1000).size_for(0.1)) == 4000


def test_points_on_a_law_give_it_back():
    n = [100, 200, 400, 800, 1600, 3200]
    fit = fit_power_law(n, [0.05 + 2 * x**-0.5 for x in n], [5000] * 6, 0.95)
    assert (round(fit.law.floor, 3), round(fit.law.exponent, 2)) == (0.05, 0.5)
