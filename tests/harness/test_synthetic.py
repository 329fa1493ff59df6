"""Drawn tables: their Bayes error is what they say, and they grow without changing."""

import math
from dataclasses import replace

import numpy as np
import pytest

from mlstrat.harness.datasets import load_examples
from mlstrat.harness.recipes.tables import (
    CIRCLE,
    CROWD_RANDOM,
    CROWD_SYSTEMATIC,
    GAUSSIANS,
    STROKES,
    WINE,
)

ROWS = 200_000
TOLERANCE = 4 * math.sqrt(0.03 / ROWS)  # four standard errors of a share of 3%


def drawn(dataset, rows=ROWS, seed=0, **options):
    return load_examples(replace(dataset, rows=rows, options={**dataset.options, **options}), seed)


def test_the_best_rule_on_a_circle_errs_as_often_as_labels_were_flipped():
    examples = drawn(CIRCLE)
    inside = (examples.features**2).sum(axis=1) < 2 / math.pi

    assert inside.mean() == pytest.approx(0.5, abs=0.005)
    error = ((examples.labels == "inside") != inside).mean()
    assert error == pytest.approx(examples.human.error, abs=TOLERANCE)
    assert examples.human.known


@pytest.mark.parametrize(("distance", "error"), [(2.0, 0.158655), (4.0, 0.022750)])
def test_the_best_rule_on_two_normals_errs_as_phi_says(distance, error):
    examples = drawn(GAUSSIANS, distance=distance)
    nearer = examples.features[:, :5].sum(axis=1) > 0

    assert examples.human.error == pytest.approx(error, abs=1e-6)
    found = ((examples.labels == "second") != nearer).mean()
    assert found == pytest.approx(error, abs=4 * math.sqrt(error / ROWS))


def test_a_crowd_is_wrong_in_one_quarter_and_experts_are_not():
    examples = drawn(CROWD_SYSTEMATIC, experts=ROWS // 2)
    inside = (examples.features**2).sum(axis=1) < 2 / math.pi
    quarter = inside & (examples.features > 0).all(axis=1)
    said = examples.labels == "inside"
    crowd = examples.sources == "crowd"

    assert said[quarter & crowd].mean() == pytest.approx(0.02, abs=0.005)
    assert said[quarter & ~crowd].mean() == pytest.approx(0.98, abs=0.005)
    assert said[~quarter & crowd].mean() == pytest.approx(said[~quarter & ~crowd].mean(), abs=0.01)


def test_a_crowd_that_errs_at_random_errs_everywhere():
    examples = drawn(CROWD_RANDOM, experts=ROWS // 2)
    inside = (examples.features**2).sum(axis=1) < 2 / math.pi
    wrong = (examples.labels == "inside") != inside
    crowd = examples.sources == "crowd"

    both = 0.2 * 0.98 + 0.02 * 0.8  # an error of either sort, and not of both
    assert wrong[crowd].mean() == pytest.approx(both, abs=0.006)
    assert wrong[crowd & inside].mean() == pytest.approx(both, abs=0.008)
    assert wrong[~crowd].mean() == pytest.approx(0.02, abs=0.003)


@pytest.mark.parametrize(
    "dataset", [CIRCLE, CROWD_SYSTEMATIC, CROWD_RANDOM, GAUSSIANS, STROKES, WINE]
)
def test_more_rows_begin_with_the_same_ones(dataset):
    few, many = drawn(dataset, rows=5000), drawn(dataset, rows=9000)

    np.testing.assert_array_equal(many.features[:5000], few.features)
    np.testing.assert_array_equal(many.labels[:5000], few.labels)
    assert (drawn(dataset, rows=5000, seed=1).labels != few.labels).any()


def test_simulated_wine_is_spread_as_the_bottles_are():
    from sklearn.datasets import load_wine

    bottles, wine = load_wine(), drawn(WINE, rows=50_000)
    for number, name in enumerate(bottles.target_names):
        measured, simulated = (
            bottles.data[bottles.target == number],
            wine.features[wine.labels == name],
        )
        assert len(simulated) / 50_000 == pytest.approx(len(measured) / 178, abs=0.01)
        spread = measured.std(axis=0, ddof=1)
        apart = (simulated.mean(axis=0) - measured.mean(axis=0)) / spread
        assert np.abs(apart).max() < 0.04  # four standard errors of a mean of 13,000
        np.testing.assert_allclose(
            np.corrcoef(simulated.T), np.corrcoef(measured.T), atol=0.04, err_msg=name
        )


def test_notes_slant_and_forms_do_not():
    examples = drawn(STROKES, rows=4000, notes=2000)
    ones = examples.labels == "1"
    top, bottom = (examples.features.reshape(-1, 8, 8)[ones][:, row] for row in (2, 5))
    leans = (top - bottom) @ np.arange(8) / (top + bottom).sum(axis=1)
    slants, sources = examples.slices["slant"], examples.sources

    assert (sources == np.repeat(["note", "form"], 2000)).all()
    assert set(examples.labels) == set("0123456789")
    assert set(slants[sources == "form"]) == {"upright"}
    assert set(slants[sources == "note"]) == {"upright", "slanted", "steep"}
    steep, upright = (leans[slants[ones] == name].mean() for name in ("steep", "upright"))
    assert steep > upright + 0.3
